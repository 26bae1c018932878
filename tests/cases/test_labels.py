"""Labels on cases, and the labels a town has."""

from datetime import timedelta

import pytest

from moked.accounts.rules import Role, resident
from moked.audit.models import AuditRecord
from moked.cases import operations, queries
from moked.cases.labels import MOST_ON_CASE, unique_name
from moked.cases.models import CaseLabel, Change, Label
from moked.cases.operations import UnableToChangeCase, UnableToChangeLabel
from moked.cases.rules import Outcome
from moked.events.models import Event
from moked.revisions.models import Revision
from tests.factories import NOW, make_actor, make_case, make_department, make_label, make_service, make_town

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def town():
    return make_town()


@pytest.fixture
def agent(town):
    return make_actor(town, Role.AGENT)


def change(case, by, *, add=(), remove=(), now=NOW):
    codes = {name: [one.code for one in some] for name, some in (("add", add), ("remove", remove))}
    return operations.change_labels(case_id=case.pk, by=by, now=now, **codes)


def on(case) -> list[str]:
    rows = CaseLabel.objects.filter(case=case).select_related("label").order_by("label_id")
    assert {row.municipality_id for row in rows} <= {case.municipality_id}
    return [row.label.name["en"] for row in rows]


def told(case) -> list[tuple[str, str, str]]:
    rows = Change.objects.filter(case=case, kind__in=["LABELLED", "UNLABELLED"])
    return list(rows.order_by("id").values_list("kind", "before", "after"))


def labelled() -> list[dict]:
    rows = Event.objects.filter(name="case.labelled").order_by("id")
    return [{key: row.document[key] for key in ("case_id", "added", "removed")} for row in rows]


def test_labels_are_put_on_and_taken_off_in_one_change(town, agent):
    case, storm, school = make_case(town), make_label(town, "Storm"), make_label(town, "School")
    change(case, agent, add=[storm])
    change(case, agent, add=[school], remove=[storm])
    assert on(case) == ["School"]
    assert told(case) == [
        ("LABELLED", "", str(storm.pk)),
        ("LABELLED", "", str(school.pk)),
        ("UNLABELLED", str(storm.pk), ""),
    ]
    assert labelled() == [
        {"case_id": case.pk, "added": [storm.pk], "removed": []},
        {"case_id": case.pk, "added": [school.pk], "removed": [storm.pk]},
    ]
    verbs = AuditRecord.objects.filter(object_kind="case", object_id=case.pk).exclude(verb="case.opened")
    assert list(verbs.order_by("id").values_list("verb", "actor_id", "before", "after")) == [
        ("case.labelled", agent.user_id, {"code": ""}, {"code": str(storm.pk)}),
        ("case.labelled", agent.user_id, {"code": ""}, {"code": str(school.pk)}),
        ("case.unlabelled", agent.user_id, {"code": str(storm.pk)}, {"code": ""}),
    ]


def test_what_is_so_already_changes_nothing(town, agent):
    case, storm, school = make_case(town), make_label(town, "Storm"), make_label(town, "School")
    change(case, agent, add=[storm, storm])
    change(case, agent, add=[storm], remove=[school], now=LATER)
    assert (on(case), len(told(case)), len(labelled())) == (["Storm"], 1, 1)


def test_a_closed_case_can_be_labelled(town, agent):
    case, press = make_case(town), make_label(town, "Press")
    operations.close_case(case_id=case.pk, outcome=Outcome.FIXED, message="Done.", by=agent, now=NOW)
    change(case, agent, add=[press])
    assert on(case) == ["Press"]


@pytest.mark.parametrize("whose", ["retired", "another town's", "nobody's"])
def test_only_labels_in_use_of_the_town_are_put_on(town, agent, whose):
    case, label = make_case(town), make_label(make_town() if whose == "another town's" else town)
    if whose == "retired":
        operations.retire_label(label_id=label.pk, by=agent, now=NOW)
    if whose == "nobody's":
        label.code = "no-such-label"
    with pytest.raises(UnableToChangeCase, match="UNKNOWN_LABEL"):
        change(case, agent, add=[make_label(town), label])
    assert (on(case), told(case), labelled()) == ([], [], [])


def test_a_retired_label_stays_on_its_cases_and_can_be_taken_off(town, agent):
    case, storm = make_case(town), make_label(town, "Storm")
    change(case, agent, add=[storm])
    operations.retire_label(label_id=storm.pk, by=agent, now=NOW)
    change(case, agent, add=[storm])
    assert on(case) == ["Storm"], "asking for what is so already is no complaint"
    change(case, agent, remove=[storm])
    assert on(case) == []


def test_a_case_has_room_for_twenty(town, agent):
    case, labels = make_case(town), [make_label(town) for _ in range(MOST_ON_CASE + 1)]
    change(case, agent, add=labels[:-1])
    with pytest.raises(UnableToChangeCase, match="TOO_MANY_LABELS"):
        change(case, agent, add=labels[-1:])
    change(case, agent, add=labels[-1:], remove=labels[:1])
    assert len(on(case)) == MOST_ON_CASE


@pytest.mark.parametrize(
    ("role", "own", "code"),
    [
        (Role.AGENT, False, ""),
        (Role.SERVICE_MANAGER, False, ""),
        (Role.DEPARTMENT_WORKER, True, ""),
        (Role.DEPARTMENT_WORKER, False, "NOT_FOUND"),
        (Role.AUDITOR, False, "NOT_ALLOWED"),
        (Role.ADMINISTRATOR, False, "NOT_FOUND"),
    ],
)
def test_whoever_may_work_on_a_case_labels_it(town, role, own, code):
    case, storm = make_case(town), make_label(town, "Storm")
    department = case.department if own else make_department(town)
    by = make_actor(town, role, department=department if role == Role.DEPARTMENT_WORKER else None)
    if code:
        with pytest.raises(UnableToChangeCase, match=code):
            change(case, by, add=[storm])
    else:
        change(case, by, add=[storm])
    assert on(case) == ([] if code else ["Storm"])


@pytest.mark.parametrize("who", ["stranger", "resident", "confidential"])
def test_nobody_else_labels_a_case(town, who):
    service = make_service(town, confidential_roles=("SERVICE_MANAGER",) if who == "confidential" else ())
    case, storm = make_case(town, service=service), make_label(town, "Storm")
    by = {
        "stranger": make_actor(make_town(), Role.AGENT),
        "resident": resident(town.pk),
        "confidential": make_actor(town, Role.AGENT),
    }[who]
    with pytest.raises(UnableToChangeCase, match="NOT_FOUND"):
        change(case, by, add=[storm])
    assert on(case) == []


def test_residents_and_followers_read_nothing_of_labels(town, agent):
    case, storm = make_case(town), make_label(town, "Storm")
    change(case, agent, add=[storm])
    (entry,) = (one for one in queries.staff_timeline(case) if one.kind == "LABELLED")
    assert (entry.after_of, entry.author != "") == (storm, True)
    assert {one.kind for one in queries.resident_timeline(case)} == {"OPENED", "CONTACT_IN"}
    assert {one.kind for one in queries.follower_timeline(case)} == {"OPENED"}


def merge(case, into, by):
    operations.merge_case(case_id=case.pk, into_id=into.pk, by=by, now=NOW)


def test_a_merged_case_brings_its_labels_and_takes_them_back(town, agent):
    service = make_service(town)
    case, into = make_case(town, service=service), make_case(town, service=service)
    storm, school = make_label(town, "Storm"), make_label(town, "School")
    change(case, agent, add=[storm, school])
    change(into, agent, add=[school])
    merge(case, into, agent)
    assert (on(case), on(into)) == (["Storm", "School"], ["Storm", "School"])
    assert told(into)[-1] == ("LABELLED", "", str(storm.pk))
    operations.unmerge_case(case_id=case.pk, by=agent, now=LATER)
    assert (on(case), on(into)) == (["Storm", "School"], ["School"])
    assert told(into)[-1] == ("UNLABELLED", str(storm.pk), "")


def test_a_label_that_another_merged_case_has_too_stays(town, agent):
    service, storm = make_service(town), make_label(town, "Storm")
    first, second, into = (make_case(town, service=service) for _ in range(3))
    for case in (first, second):
        change(case, agent, add=[storm])
        merge(case, into, agent)
    operations.unmerge_case(case_id=first.pk, by=agent, now=LATER)
    assert on(into) == ["Storm"]


def test_labels_go_back_through_a_chain_of_merges(town, agent):
    service, storm, press = make_service(town), make_label(town, "Storm"), make_label(town, "Press")
    first, second, third = (make_case(town, service=service) for _ in range(3))
    change(first, agent, add=[storm])
    change(second, agent, add=[press])
    merge(first, second, agent)
    merge(second, third, agent)
    assert on(third) == ["Storm", "Press"]
    operations.unmerge_case(case_id=first.pk, by=agent, now=LATER)
    assert (on(second), on(third)) == (["Press"], ["Press"])


def test_merging_loses_no_label_however_many_there_are(town, agent):
    service = make_service(town)
    case, into = make_case(town, service=service), make_case(town, service=service)
    labels = [make_label(town) for _ in range(MOST_ON_CASE + 1)]
    change(case, agent, add=labels[:1])
    change(into, agent, add=labels[1:])
    merge(case, into, agent)
    assert len(on(into)) == MOST_ON_CASE + 1
    change(into, agent, remove=labels[:1])
    assert len(on(into)) == MOST_ON_CASE


def test_open_cases_are_counted_as_far_as_they_are_seen(town, agent):
    secret = make_service(town, confidential_roles=("SERVICE_MANAGER",))
    manager = make_actor(town, Role.SERVICE_MANAGER)
    storm, school, unused = make_label(town, "Storm"), make_label(town, "School"), make_label(town, "Unused")
    cases = [make_case(town), make_case(town), make_case(town, service=secret)]
    for case in cases:
        change(case, manager, add=[storm])
    change(cases[0], manager, add=[school])
    operations.close_case(case_id=cases[1].pk, outcome=Outcome.FIXED, message="Done.", by=manager, now=NOW)
    assert queries.open_cases_by_label(manager) == {storm.pk: 2, school.pk: 1}
    assert queries.open_cases_by_label(agent) == {storm.pk: 1, school.pk: 1}
    assert unused.pk not in queries.open_cases_by_label(manager)


# The labels a town has


def add(town, by, name, colour="", **more):
    return operations.add_label(municipality=town, name=name, colour=colour, by=by, now=NOW, **more)


def revisions(label) -> list[dict]:
    rows = Revision.objects.filter(kind="label", object_id=label.pk).order_by("number")
    return [row.document for row in rows]


def test_each_change_of_a_label_is_a_revision_that_is_audited(town):
    manager = make_actor(town, Role.SERVICE_MANAGER)
    label = add(town, manager, {"en": "Storm", "he": "סערה"}, "BLUE")
    for _ in range(2):
        operations.change_label(label_id=label.pk, name={"en": "Gale"}, colour="RED", by=manager, now=NOW)
        operations.retire_label(label_id=label.pk, by=manager, now=NOW)
    operations.restore_label(label_id=label.pk, by=manager, now=NOW)
    label.refresh_from_db()
    assert (label.code, label.name, label.colour, label.is_retired) == ("storm", {"en": "Gale"}, "RED", False)
    assert revisions(label) == [
        {"name": {"en": "Storm", "he": "סערה"}, "colour": "BLUE", "is_retired": False},
        {"name": {"en": "Gale"}, "colour": "RED", "is_retired": False},
        {"name": {"en": "Gale"}, "colour": "RED", "is_retired": True},
        {"name": {"en": "Gale"}, "colour": "RED", "is_retired": False},
    ]
    verbs = AuditRecord.objects.filter(object_kind="label", object_id=label.pk, actor_id=manager.user_id)
    assert list(verbs.order_by("id").values_list("verb", flat=True)) == [
        "label.added",
        "label.changed",
        "label.retired",
        "label.restored",
    ]


@pytest.mark.parametrize("name", ["Storm", "storm ", "  STORM"])
def test_a_name_is_there_once_in_a_town_whatever_its_case(town, agent, name):
    storm = add(town, agent, {"en": "Storm"})
    operations.retire_label(label_id=storm.pk, by=agent, now=NOW)
    with pytest.raises(UnableToChangeLabel, match="NAME_TAKEN"):
        add(town, agent, {"en": name})
    other = add(town, agent, {"en": "School", "he": "סערה"})
    with pytest.raises(UnableToChangeLabel, match="NAME_TAKEN"):
        operations.change_label(label_id=other.pk, name={"en": name}, colour="", by=agent, now=NOW)
    other.refresh_from_db()
    assert other.name == {"en": "School", "he": "סערה"}
    elsewhere = make_town()
    assert add(elsewhere, make_actor(elsewhere, Role.SERVICE_MANAGER), {"en": name}).code == "storm"


def test_letters_with_marks_make_other_words():
    assert unique_name("Kór") != unique_name("Kor")
    assert unique_name("ŠKOLA") == unique_name("škola")
    assert len(unique_name("ﷺß" * 20)) <= 120


@pytest.mark.parametrize(
    ("name", "colour", "code"),
    [
        ({}, "", "NO_NAME"),
        ({"en": " "}, "", "NO_NAME"),
        ({"en": "x" * 41}, "", "NO_NAME"),
        ({"en": "Storm"}, "PINK", "UNKNOWN_COLOUR"),
    ],
)
def test_a_label_has_a_short_name_and_a_colour_of_the_set(town, agent, name, colour, code):
    with pytest.raises(UnableToChangeLabel, match=code):
        add(town, agent, name, colour)
    assert not Label.objects.exists()


def test_another_towns_label_is_not_there(town, agent):
    label, stranger = make_label(town, "Storm"), make_actor(make_town(), Role.SERVICE_MANAGER)
    with pytest.raises(UnableToChangeLabel, match="NOT_FOUND"):
        operations.change_label(label_id=label.pk, name={"en": "Gale"}, colour="", by=stranger, now=NOW)
    for operation in (operations.retire_label, operations.restore_label):
        with pytest.raises(UnableToChangeLabel, match="NOT_FOUND"):
            operation(label_id=label.pk, by=stranger, now=NOW)
