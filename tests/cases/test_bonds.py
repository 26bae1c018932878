"""Residents who join a case, cases merged into another and taken out again, cases linked and split."""

from datetime import timedelta

import pytest

from moked.accounts.rules import Role, resident
from moked.audit.models import AuditRecord
from moked.cases import operations, queries
from moked.cases.models import Case, CaseLink, Change, Contact, Participant
from moked.cases.operations import UnableToChangeCase
from moked.cases.rules import Channel, LinkKind, Outcome, State
from moked.intake.operations import join, write_again
from moked.links.models import Link
from moked.residents.operations import ContactDetails
from tests.factories import NOW, make_actor, make_case, make_department, make_photo, make_service, make_town

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def town():
    return make_town()


@pytest.fixture
def service(town):
    return make_service(town, is_public=True)


@pytest.fixture
def agent(town):
    return make_actor(town, Role.AGENT)


def joined(case, *, email="", name="", matter="Mine too.", submission=None):
    return join(
        case_id=case.pk,
        matter=matter,
        channel=Channel.WEB,
        language="he",
        details=ContactDetails(name=name, email=email),
        by=resident(case.municipality_id),
        now=NOW,
        submission=submission,
    )


def followers(case) -> list[str]:
    parts = Participant.objects.filter(case=case, role="FOLLOWER").order_by("id")
    return [part.email for part in parts]


def merge(case, into, by):
    return operations.merge_case(case_id=case.pk, into_id=into.pk, by=by, now=NOW)


def test_who_joins_follows_with_a_link_of_their_own_and_their_words_are_kept(town, service):
    case = make_case(town, service=service, email="ann@example.org")
    part = joined(case, email="ben@example.org", matter="By the school as well.")
    case.refresh_from_db()
    assert (case.joined, followers(case)) == (1, ["ben@example.org"])
    assert Link.objects.filter(purpose="FOLLOWING", object_id=part.pk).count() == 1
    words = Contact.objects.get(follower=part)
    assert (words.body, words.direction) == ("By the school as well.", "IN")


def test_who_left_no_details_follows_too(town, service):
    case = make_case(town, service=service)
    first, second = joined(case), joined(case)
    case.refresh_from_db()
    assert case.joined == 2 and first.pk != second.pk
    assert {first.resident_id, second.resident_id} == {None}


def test_joining_twice_makes_one_follower(town, service):
    case = make_case(town, service=service)
    assert joined(case, email="ben@example.org").pk == joined(case, email="BEN@example.org").pk
    case.refresh_from_db()
    assert case.joined == 1


def test_the_same_form_sent_twice_joins_once(town, service):
    case = make_case(town, service=service)
    again = "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed"
    assert joined(case, submission=again).pk == joined(case, submission=again).pk
    assert Contact.objects.filter(case=case).count() == 2


def test_a_reporter_who_joins_their_own_case_stays_its_reporter_and_is_heard(town, service):
    case = make_case(town, service=service, email="ann@example.org")
    part = joined(case, email="ann@example.org", matter="Still there.")
    case.refresh_from_db()
    assert (part.role, case.joined, case.awaits_answer) == ("REPORTER", 0, True)


@pytest.mark.parametrize(
    ("columns", "code"), [({"is_public": False}, "NOT_PUBLIC"), ({"is_spam": True}, "NOT_PUBLIC")]
)
def test_what_the_public_does_not_see_nobody_joins(town, service, columns, code):
    case = make_case(town, service=service)
    Case.objects.filter(pk=case.pk).update(**columns)
    with pytest.raises(UnableToChangeCase) as refusal:
        joined(case)
    assert refusal.value.code == code
    assert not Participant.objects.filter(case=case).exists()


def test_a_closed_case_is_not_joined(town, service, agent):
    case = make_case(town, service=service)
    operations.close_case(case_id=case.pk, outcome=Outcome.FIXED, message="Done.", by=agent, now=NOW)
    with pytest.raises(UnableToChangeCase, match="WRONG_STATE"):
        joined(case)


def test_what_followers_say_is_not_shown_to_the_reporter(town, service):
    case = make_case(town, service=service, matter="The reporter's words")
    joined(case, matter="The follower's words")
    shown = [entry.body for entry in queries.resident_timeline(case)]
    assert "The reporter's words" in shown and "The follower's words" not in shown
    told = [entry.body for entry in queries.staff_timeline(case)]
    assert "The follower's words" in told


def test_a_follower_reads_public_changes_and_the_closing_words_only(town, service, agent):
    case = make_case(town, service=service, matter="private-words")
    operations.reply(case_id=case.pk, body="private-answer", by=agent, now=NOW)
    operations.close_case(case_id=case.pk, outcome=Outcome.FIXED, message="Filled.", by=agent, now=NOW)
    shown = [entry.body for entry in queries.follower_timeline(case) if entry.body]
    assert "Filled." in shown and "private-words" not in shown


def test_a_case_that_an_urgent_one_is_merged_into_is_urgent_with_its_danger(town, service, agent):
    case, into, calm = (make_case(town, service=service) for _ in range(3))
    operations.note_danger(case_id=case.pk, danger="gas", advice="Open the windows.", now=NOW)
    merge(calm, into, agent)
    into.refresh_from_db()
    assert (into.priority, into.danger) == ("NORMAL", "")
    merge(case, into, agent)
    into.refresh_from_db()
    assert (into.priority, into.danger, into.advice) == ("URGENT", "gas", "Open the windows.")


def test_merging_carries_reporters_and_followers_along(town, service, agent):
    into = make_case(town, service=service, email="ann@example.org")
    case = make_case(town, service=service, email="ben@example.org")
    joined(case, email="cleo@example.org")
    joined(case, email="ann@example.org")
    merge(case, into, agent)
    case.refresh_from_db()
    into.refresh_from_db()
    assert (case.state, case.is_open, case.merged_into_id) == (State.MERGED, False, into.pk)
    assert followers(into) == ["ben@example.org", "cleo@example.org"]
    assert into.joined == 2
    assert followers(case) == ["cleo@example.org", "ann@example.org"], "the merged case keeps its own people"


def test_taking_a_merged_case_out_restores_everything_that_can_be_seen(town, service, agent):
    into = make_case(town, service=service, email="ann@example.org")
    case = make_case(town, service=service, email="ben@example.org")
    operations.move(case_id=case.pk, target=State.WITH_EXTERNAL_BODY, by=agent, now=NOW)
    kept = ("state", "is_open", "closed_at", "merged_into_id", "joined", "awaits_answer")

    def columns(one):
        return Case.objects.filter(pk=one.pk).values(*kept).get()

    before = columns(case), columns(into), followers(case), followers(into)
    merge(case, into, agent)
    operations.unmerge_case(case_id=case.pk, by=agent, now=NOW)
    assert (columns(case), columns(into), followers(case), followers(into)) == before


def test_taking_a_merged_case_out_restores_when_it_is_to_be_looked_at(town, service, agent):
    into, case = make_case(town, service=service), make_case(town, service=service)
    operations.move(case_id=case.pk, target=State.WITH_EXTERNAL_BODY, by=agent, now=NOW)
    operations.set_follow_up(case_id=case.pk, at=LATER)
    merge(case, into, agent)
    assert Case.objects.get(pk=case.pk).follow_up_at is None
    operations.unmerge_case(case_id=case.pk, by=agent, now=NOW)
    assert Case.objects.get(pk=case.pk).follow_up_at == LATER


@pytest.mark.parametrize(
    ("before", "since", "after"),
    [
        (set(), set(), set()),
        ({"case"}, set(), {"case"}),
        ({"into"}, set(), {"into"}),
        ({"case", "into"}, set(), {"case", "into"}),
        (set(), {"case"}, {"case"}),
        ({"case"}, {"into"}, {"case", "into"}),
        ({"case"}, {"answered"}, {"case"}),
    ],
)
def test_taking_a_merged_case_out_lets_each_await_the_answer_to_its_own_reporter(
    town, service, agent, before, since, after
):
    cases = {name: make_case(town, service=service, email=f"{name}@example.org") for name in ("case", "into")}
    by = resident(town.pk)
    for name in sorted(before):
        write_again(case_id=cases[name].pk, body="Any news?", by=by, now=NOW)
    merge(cases["case"], cases["into"], agent)
    for name in sorted(since - {"answered"}):
        write_again(case_id=cases[name].pk, body="And now?", by=by, now=LATER)
    if "answered" in since:
        operations.reply(case_id=cases["into"].pk, body="Soon.", by=agent, now=LATER)
    operations.unmerge_case(case_id=cases["case"].pk, by=agent, now=LATER)
    found = Case.objects.filter(pk__in=[one.pk for one in cases.values()], awaits_answer=True)
    assert {name for name, one in cases.items() if one in found} == after


def test_a_chain_of_merges_leads_to_its_end_and_can_be_undone_in_the_middle(town, service, agent):
    first, second, third = (
        make_case(town, service=service, email=f"{name}@example.org") for name in ("ann", "ben", "cleo")
    )
    merge(first, second, agent)
    merge(second, third, agent)
    assert followers(third) == ["ben@example.org", "ann@example.org"]
    write_again(case_id=first.pk, body="Any news?", by=resident(town.pk), now=NOW)
    third.refresh_from_db()
    assert third.awaits_answer
    assert "Any news?" in [entry.body for entry in queries.staff_timeline(third)]
    assert queries.case_it_went_to(Case.objects.get(pk=first.pk)) == third
    operations.unmerge_case(case_id=first.pk, by=agent, now=NOW)
    third.refresh_from_db()
    assert (followers(third), third.joined) == (["ben@example.org"], 1)
    assert followers(second) == []
    assert not third.awaits_answer and Case.objects.get(pk=first.pk).awaits_answer


def test_what_a_merge_would_do_is_known_before(town, service, agent):
    into = make_case(town, service=service, email="ann@example.org")
    case = make_case(town, service=service, email="ben@example.org")
    photo = make_photo(into)
    for email in ("ann@example.org", "cleo@example.org", ""):
        joined(case, email=email)
    joined(case, name="Dan")
    preview = queries.merge_preview(case, into, agent)
    assert (preview.into, preview.photo, preview.refusal) == (into, photo, "")
    assert (preview.told, preview.follow) == (3, 4), "two have no address, one follows already"
    merge(case, into, agent)
    into.refresh_from_db()
    assert into.joined == preview.follow


@pytest.mark.parametrize(
    ("of", "code"),
    [
        ("itself", "SAME_CASE"),
        ("closed", "WRONG_STATE"),
        ("secret", "CONFIDENTIAL_APART"),
        ("other", "NOT_ALLOWED"),
    ],
)
def test_what_cannot_be_merged_is_known_before(town, service, agent, of, code):
    case = make_case(town, service=service)
    into = case if of == "itself" else make_case(town, service=service)
    if of == "closed":
        operations.close_case(case_id=into.pk, outcome=Outcome.FIXED, message="Done.", by=agent, now=NOW)
    if of == "secret":
        into = make_case(town, service=make_service(town, confidential_roles=("SERVICE_MANAGER",)))
    into.refresh_from_db()
    by = make_actor(town, Role.DEPARTMENT_WORKER) if of == "other" else agent
    assert queries.merge_preview(case, into, by).refusal == code


def test_cases_cannot_be_merged_in_a_circle(town, service, agent):
    first, second = make_case(town, service=service), make_case(town, service=service)
    merge(first, second, agent)
    for case, into, code in [
        (second, first, "WRONG_STATE"),
        (first, second, "WRONG_STATE"),
        (second, second, "SAME_CASE"),
    ]:
        with pytest.raises(UnableToChangeCase, match=code):
            merge(case, into, agent)


def test_a_confidential_case_is_not_merged_into_one_that_others_read(town, service):
    manager = make_actor(town, Role.SERVICE_MANAGER)
    secret = make_service(town, confidential_roles=("SERVICE_MANAGER",))
    case, into = make_case(town, service=secret), make_case(town, service=service)
    for one, other in [(case, into), (into, case)]:
        with pytest.raises(UnableToChangeCase, match="CONFIDENTIAL_APART"):
            merge(one, other, manager)


def test_nobody_merges_into_a_case_they_do_not_see(town, service):
    department = make_department(town)
    worker = make_actor(town, Role.DEPARTMENT_WORKER, department=department)
    own = make_case(town, service=make_service(town, department=department))
    other = make_case(town, service=service)
    for case, into in [(own, other), (other, own)]:
        with pytest.raises(UnableToChangeCase, match="NOT_FOUND"):
            merge(case, into, worker)
    assert not Case.objects.filter(state=State.MERGED).exists()


def test_both_sides_of_a_merge_are_on_their_timelines_and_audited(town, service, agent):
    into, case = make_case(town, service=service), make_case(town, service=service)
    merge(case, into, agent)
    operations.unmerge_case(case_id=case.pk, by=agent, now=NOW)
    kinds = {
        one.pk: list(Change.objects.filter(case=one).order_by("id").values_list("kind", flat=True))
        for one in (case, into)
    }
    assert kinds == {
        case.pk: ["OPENED", "MERGED", "UNMERGED"],
        into.pk: ["OPENED", "MERGED_HERE", "UNMERGED_HERE"],
    }
    verbs = set(AuditRecord.objects.filter(object_id__in=[case.pk, into.pk]).values_list("verb", flat=True))
    assert {"case.merged", "case.merged_here", "case.unmerged", "case.unmerged_here"} <= verbs


def test_the_link_of_a_merged_case_lives_as_long_as_the_case_it_went_to(town, service, agent):
    into, case = make_case(town, service=service), make_case(town, service=service)
    merge(case, into, agent)
    expiry = Link.objects.filter(purpose="TRACKING", object_id=case.pk).values_list("expires_at", flat=True)
    assert expiry.get() is None
    operations.close_case(case_id=into.pk, outcome=Outcome.FIXED, message="Done.", by=agent, now=NOW)
    assert expiry.get() == NOW + operations.TRACKING_AFTER_CLOSING


def test_a_second_matter_becomes_a_case_of_its_own_with_the_same_reporter_and_place(town, service, agent):
    case = make_case(town, service=service, email="ann@example.org", name="Ann")
    Case.objects.filter(pk=case.pk).update(address="High Street 4", latitude=32.1, longitude=34.8)
    other = make_service(town)
    new = operations.split_case(
        case_id=case.pk, matter="And a dead lamp", service_id=other.pk, by=agent, now=NOW
    )
    assert (new.service_id, new.address, new.latitude, new.title) == (
        other.pk,
        "High Street 4",
        32.1,
        "And a dead lamp",
    )
    assert Participant.objects.get(case=new).email == "ann@example.org"
    assert CaseLink.objects.get() == CaseLink.objects.get(case=new, other=case, kind=LinkKind.SPLIT_FROM)
    assert [(kind, came_first, one.pk) for kind, came_first, one in queries.linked_cases(new, agent)] == [
        (LinkKind.SPLIT_FROM, True, case.pk)
    ]


def test_links_are_shown_only_to_who_sees_both_cases(town, service, agent):
    department = make_department(town)
    own = make_case(town, service=make_service(town, department=department))
    other = make_case(town, service=service)
    operations.link_cases(case_id=own.pk, other_id=other.pk, by=agent, now=NOW)
    worker = make_actor(town, Role.DEPARTMENT_WORKER, department=department)
    assert [one.pk for *_, one in queries.linked_cases(own, agent)] == [other.pk]
    assert queries.linked_cases(own, worker) == []
    with pytest.raises(UnableToChangeCase, match="ALREADY_LINKED"):
        operations.link_cases(case_id=other.pk, other_id=own.pk, by=agent, now=NOW)
    operations.unlink_cases(case_id=other.pk, other_id=own.pk, by=agent, now=NOW)
    assert queries.linked_cases(own, agent) == []


def test_every_foreign_key_to_a_case_says_what_a_merge_does_to_it():
    """What hangs on a case stays with it; only its people are carried along."""
    from tests.architecture.test_models import own_models

    carried, kept = (
        {"cases.Participant.case"},
        {
            "cases.Answer.case",
            "cases.Attachment.case",
            "cases.Case.merged_into",
            "cases.CaseArea.case",
            "cases.CaseLabel.case",
            "cases.CaseLink.case",
            "cases.CaseLink.other",
            "cases.Change.case",
            "cases.Check.case",
            "cases.Contact.case",
            "cases.Document.case",
            "cases.Merging.case",
            "cases.Merging.into",
            "cases.Note.case",
            "cases.Review.case",
            "exchange.ImportedCase.case",
            "handovers.HandOver.case",
            "notices.Notice.case",
            "notices.StaffNotice.case",
            "processes.Firing.case",
            "processes.Timer.case",
            "sla.Commitment.case",
            "sla.Pause.case",
            "surveys.Survey.case",
        },
    )
    found = {
        f"{model._meta.label}.{field.name}"
        for model in own_models()
        for field in model._meta.concrete_fields
        if field.related_model is Case
    }
    assert found == carried | kept


def test_where_a_merged_case_went_is_named_only_to_who_sees_that_case(town, service, agent):
    department = make_department(town)
    case, into = (
        make_case(town, service=make_service(town, department=department)),
        make_case(town, service=service),
    )
    merge(case, into, agent)
    case.refresh_from_db()
    worker = make_actor(town, Role.DEPARTMENT_WORKER, department=department)
    assert queries.visible_case_it_went_to(case, agent) == into
    assert queries.visible_case_it_went_to(case, worker) is None
