"""Residents who are one person: merged, taken apart again, and suggested."""

import hashlib
import threading

import pytest
from django.apps import apps
from django.db import connection

from moked.accounts.rules import Role
from moked.audit.models import AuditRecord
from moked.cases import operations, residents
from moked.cases.likely import likely_same
from moked.cases.models import Case, Participant
from moked.cases.operations import people
from moked.cases.queries import search
from moked.cases.residents import merged_here
from moked.insights.models import CaseFact
from moked.insights.projections import rebuild
from moked.links import operations as links
from moked.links.models import Link
from moked.notices.models import Notice
from moked.notices.operations import plan
from moked.notices.rules import Kind
from moked.places.rules import Place
from moked.residents.models import Resident
from moked.residents.operations import ContactDetails
from moked.residents.queries import contact_points_of
from moked.residents.refusals import UnableToChangeResident
from moked.residents.rules import Reason
from tests.factories import NOW, make_actor, make_case, make_department, make_service, make_town

pytestmark = pytest.mark.django_db

WRITTEN_DOWN = {"audit_auditrecord", "events_event", "events_outboxrow"}


@pytest.fixture
def town():
    return make_town()


@pytest.fixture
def agent(town):
    return make_actor(town, Role.AGENT)


def resident_of(case: Case) -> Resident:
    return Participant.objects.get(case=case, role="REPORTER").resident


def reported(town, name: str = "", *, address: str = "", **options) -> Resident:
    return resident_of(make_case(town, name=name, place=Place(address=address), **options))


def fresh(*found: Resident) -> list[Resident]:
    return [Resident.objects.get(pk=one.pk) for one in found]


def merge(one: Resident, into: Resident, by) -> None:
    people.merge_residents(resident=one, into=into, by=by, now=NOW)


def unmerge(one: Resident, by) -> None:
    people.unmerge_residents(resident=one, by=by, now=NOW)


def everything() -> dict[str, str]:
    """Return a digest of each table, but of those that only tell what was done."""
    tables = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]
    return {
        model._meta.db_table: hashlib.sha256(
            repr(list(model._base_manager.order_by("pk").values_list())).encode()
        ).hexdigest()
        for model in tables
        if model._meta.db_table not in WRITTEN_DOWN
    }


def test_a_merge_of_two_who_have_everything_alike_is_undone_to_exactly_what_was(town, agent):
    """Both follow the same case, have the same address and number, and a notice of the same event waits."""
    first = make_case(town, name="Ann Brook", email="home@example.org", phone="0501234567")
    ann = resident_of(first)
    details = ContactDetails(name="A. Brook", email="home@example.org", phone="0501234567")
    other = make_case(town, name="A. Brook")
    anna = resident_of(other)
    for value in ("home@example.org", "0501234567"):
        people.add_contact_point(resident=anna, value=value, by=agent, now=NOW)
    for one in (ann, anna):
        point = contact_points_of(one)[0]
        people.prefer_contact_point(resident=one, point_id=point.id, by=agent, now=NOW)
    follower = operations.Reporter(anna, details)
    operations.join_case(
        case_id=first.pk, follower=follower, language="en", channel="PHONE", body="", by=agent, now=NOW
    )
    for role in Participant.Role:
        plan(event_id=9, case_id=first.pk, kind=Kind.CASE_MERGED, contact_id=None, now=NOW, to=role)
    assert Notice.objects.filter(event_id=9).count() == 2
    people.keep_residents_apart(resident=ann, other=anna, by=agent, now=NOW)
    before = everything()
    merge(anna, ann, agent)
    assert everything() != before
    assert [one.value for one in contact_points_of(ann)] == ["home@example.org", "0501234567"]
    assert sum(one.is_preferred for one in contact_points_of(ann)) == 1
    unmerge(fresh(anna)[0], agent)
    assert everything() == before
    told = AuditRecord.objects.filter(object_kind="resident", verb__endswith="merged").order_by("id")
    assert [(one.verb, one.object_id, one.actor_id, one.after) for one in told] == [
        ("resident.merged", anna.pk, agent.user_id, {"resident": ann.pk}),
        ("resident.unmerged", anna.pk, agent.user_id, {"resident": ann.pk}),
    ]


def test_a_chain_is_one_person_and_is_taken_apart_link_by_link(town, agent):
    a, b, c = (reported(town, name) for name in ("Ann", "Bea", "Cora"))
    merge(a, b, agent)
    chained = everything()
    merge(b, c, agent)
    assert [one.known_as_id for one in fresh(a, b, c)] == [c.pk, c.pk, None]
    assert [one.merged_into_id for one in fresh(a, b, c)] == [b.pk, c.pk, None]
    assert len(residents.all_cases_of(agent, c).cases) == 3
    unmerge(b, agent)
    assert everything() == chained
    merge(b, c, agent)
    unmerge(a, agent)
    assert [one.known_as_id for one in fresh(a, b, c)] == [None, c.pk, None]


def test_who_is_merged_already_is_neither_merged_again_nor_merged_into(town, agent):
    a, b, c = (reported(town, name) for name in ("Ann", "Bea", "Cora"))
    merge(a, b, agent)
    for one, into, code in (
        (a, c, "WRONG_STATE"),
        (c, a, "WRONG_STATE"),
        (b, a, "WRONG_STATE"),
        (b, b, "SAME_RESIDENT"),
    ):
        with pytest.raises(UnableToChangeResident, match=code):
            merge(one, into, agent)
    unmerge(a, agent)
    for one in (a, b):
        with pytest.raises(UnableToChangeResident, match="WRONG_STATE"):
            unmerge(one, agent)


@pytest.mark.django_db(transaction=True)
def test_two_who_are_merged_both_ways_at_once_are_merged_one_way():
    town = make_town()
    agent = make_actor(town, Role.AGENT)
    a, b = reported(town, "Ann"), reported(town, "Bea")
    both_ready, outcomes = threading.Barrier(2), []

    def try_merge(one: Resident, into: Resident) -> None:
        both_ready.wait(10)
        try:
            merge(one, into, agent)
            outcomes.append("MERGED")
        except UnableToChangeResident as refusal:
            outcomes.append(refusal.code)
        connection.close()

    threads = [threading.Thread(target=try_merge, args=pair) for pair in ((a, b), (b, a))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["MERGED", "WRONG_STATE"]
    assert Resident.objects.filter(merged_into__isnull=False).count() == 1


def test_after_a_merge_everything_finds_and_shows_the_one(town, agent):
    ann = reported(town, "Ann Brook", phone="050-123 4567", email="ann@example.org", matter="First")
    bea = reported(town, "Beatrice Stone", phone="052-765 4321", matter="Second")
    merge(bea, ann, agent)
    for text in ("brook", "stone", "0501234567", "0527654321", "ann@example.org"):
        [caller] = residents.find_callers(agent, text)
        assert (caller.resident, caller.open_cases) == (ann, 2)
        assert caller.reach.email == "ann@example.org" and caller.reach.phone == "052-765 4321"
    assert residents.resident_by_reference(agent, bea.reference) == ann
    assert [one.title for one in residents.all_cases_of(agent, ann).cases] == ["Second", "First"]
    assert residents.promises_of(agent, ann).kept == 0
    assert {one.case.title for one in search(agent, "0501234567").found} == {"First", "Second"}


def test_a_case_on_which_both_are_is_counted_once(town, agent):
    case = make_case(town, name="Ann Brook", email="ann@example.org")
    bea = reported(town, "Bea")
    operations.join_case(
        case_id=case.pk,
        follower=operations.Reporter(bea, ContactDetails(name="Bea")),
        language="en",
        channel="PHONE",
        body="",
        by=agent,
        now=NOW,
    )
    ann = resident_of(case)
    merge(bea, ann, agent)
    [caller] = residents.find_callers(agent, "ann@example.org")
    assert caller.open_cases == len(residents.all_cases_of(agent, ann).cases) == 2


def test_who_takes_part_under_another_name_does_not_join_a_second_time(town, agent):
    case = make_case(town, name="Ann Brook")
    bea = reported(town, "Bea")
    merge(bea, resident_of(case), agent)
    part = operations.join_case(
        case_id=case.pk,
        follower=operations.Reporter(fresh(bea)[0], ContactDetails(name="Bea")),
        language="en",
        channel="PHONE",
        body="",
        by=agent,
        now=NOW,
    )
    assert part.role == "REPORTER" and Participant.objects.filter(case=case).count() == 1


def test_a_department_sees_only_its_cases_of_who_was_merged(town, agent):
    own = make_department(town)
    ann = reported(town, "Ann Brook", matter="Theirs")
    bea = reported(town, "Bea", service=make_service(town, department=own), matter="Ours")
    merge(bea, ann, agent)
    manager = make_actor(town, Role.DEPARTMENT_MANAGER, department=own)
    assert residents.resident_by_reference(manager, bea.reference) == ann
    assert residents.resident_by_reference(manager, ann.reference) == ann
    assert [one.title for one in residents.all_cases_of(manager, ann).cases] == ["Ours"]
    unmerge(fresh(bea)[0], agent)
    with pytest.raises(residents.NoSuchResident):
        residents.resident_by_reference(manager, ann.reference)


@pytest.mark.parametrize(
    "role", [Role.AUDITOR, Role.ADMINISTRATOR, Role.DEPARTMENT_MANAGER, Role.DEPARTMENT_WORKER]
)
def test_only_who_works_for_the_whole_town_merges(town, agent, role):
    case = make_case(town, name="Ann Brook")
    ann, bea = resident_of(case), reported(town, "Bea")
    by = make_actor(town, role, department=case.department if "DEPARTMENT" in role else None)
    for change in (
        lambda: merge(bea, ann, by),
        lambda: people.keep_residents_apart(resident=ann, other=bea, by=by, now=NOW),
        lambda: people.add_contact_point(resident=ann, value="0501234567", by=by, now=NOW),
    ):
        with pytest.raises(UnableToChangeResident, match="NOT_ALLOWED"):
            change()


@pytest.mark.abuse("A08")
def test_nobody_is_merged_with_who_cannot_be_seen(town, agent):
    ann, elsewhere = reported(town, "Ann Brook"), reported(make_town(), "Ann Brook")
    hidden = reported(
        town, "Ann Brook", service=make_service(town, confidential_roles=(Role.SERVICE_MANAGER,))
    )
    for other in (elsewhere, hidden):
        for one, into in ((ann, other), (other, ann)):
            with pytest.raises(UnableToChangeResident, match="NOT_FOUND"):
                merge(one, into, agent)


def test_figures_know_a_repeated_matter_of_one_person(town, agent):
    service = make_service(town)
    ann = reported(town, "Ann Brook", service=service)
    bea = reported(town, "Bea", service=service)
    assert repeats(town) == 0
    merge(bea, ann, agent)
    assert repeats(town) == 1
    unmerge(fresh(bea)[0], agent)
    assert repeats(town) == 0


def repeats(town) -> int:
    list(rebuild(town.pk))
    return CaseFact.objects.filter(municipality_id=town.pk, is_repeat=True).count()


def test_a_corrected_address_is_told_about_cases_as_long_as_their_links_open(town, agent):
    case = make_case(town, name="Ann", email="ann@exmaple.org")
    closed = make_case(town, email="ann@exmaple.org")
    operations.close_case(case_id=closed.pk, outcome="FIXED", message="Done.", by=agent, now=NOW)
    ann = resident_of(case)
    [point] = contact_points_of(ann)
    people.correct_contact_point(resident=ann, point_id=point.id, value="ann@example.org", by=agent, now=NOW)
    told = dict(Participant.objects.values_list("case_id", "email"))
    assert set(told.values()) == {"ann@example.org"}
    assert {one.case.pk for one in search(agent, "ann@example.org").found} == {case.pk, closed.pk}


@pytest.mark.parametrize(
    ("purpose", "is_of_the_case"),
    [
        (Link.Purpose.TRACKING, True),
        (Link.Purpose.SURVEY, True),
        (Link.Purpose.REPLY, False),
        (Link.Purpose.NOTICES, False),
    ],
)
def test_no_link_sent_to_a_wrong_address_opens_anything(town, agent, purpose, is_of_the_case):
    case, closed, of_bob = (
        make_case(town, name=name, email=email)
        for name, email in 2 * [("Ann", "ann@exmaple.org")] + [("Bob", "bob@example.org")]
    )
    operations.close_case(case_id=closed.pk, outcome="FIXED", message="Done.", by=agent, now=NOW)
    secrets = {
        one: links.render(links.ensure(municipality_id=town.pk, purpose=purpose, object_id=owner.pk))
        for one in (case, closed, of_bob)
        for owner in [one if is_of_the_case else Participant.objects.get(case=one)]
    }
    [point] = contact_points_of(resident_of(case))
    people.correct_contact_point(
        resident=resident_of(case), point_id=point.id, value="ann@example.org", by=agent, now=NOW
    )
    opens = {"municipality_id": town.pk, "purpose": purpose, "now": NOW}
    for lost in (case, closed):
        with pytest.raises(links.NoSuchLink):
            links.open_link(secrets[lost], **opens)
    assert links.open_link(secrets[of_bob], **opens)


def test_a_wrong_number_that_is_corrected_leaves_links_alone(town, agent):
    case = make_case(town, name="Ann", phone="0501111111")
    [point] = contact_points_of(resident_of(case))
    before = links.render(links.find(purpose=Link.Purpose.TRACKING, object_id=case.pk))
    people.correct_contact_point(
        resident=resident_of(case), point_id=point.id, value="0502222222", by=agent, now=NOW
    )
    assert links.render(links.find(purpose=Link.Purpose.TRACKING, object_id=case.pk)) == before


def why(actor, resident: Resident) -> dict[str, tuple[Reason, ...]]:
    return {one.resident.name: one.reasons for one in likely_same(actor, resident)}


def test_likely_same_persons_come_with_reasons_the_likeliest_first(town, agent):
    ann = reported(town, "Ann Brook", phone="050-123 4567", address="Oak Street 4")
    reported(town, "Ann Broock", phone="+972501234567")
    reported(town, "Brook Ann", phone="0521234567")
    reported(town, "ann brook", address="oak street 4")
    shared = reported(town, "A. Brook")
    people.add_contact_point(resident=ann, value="home@example.org", by=agent, now=NOW)
    people.add_contact_point(resident=shared, value="home@example.org", by=agent, now=NOW)
    # None of these is: the phone of a household, a namesake, somebody called nearly the same.
    reported(town, "Tom Field", phone="050-123 4567")
    reported(town, "Ann Brook", address="Elm Street 9")
    reported(town, "Ann Brooks", address="Oak Street 4")
    reported(town, phone="050-123 4567")
    assert why(agent, ann) == {
        "A. Brook": (Reason.SAME_EMAIL, Reason.NAMES_ALIKE),
        "Ann Broock": (Reason.SAME_PHONE, Reason.NAMES_ALIKE),
        "Brook Ann": (Reason.PHONE_ENDS_ALIKE, Reason.SAME_NAME),
        "ann brook": (Reason.SAME_ADDRESS, Reason.SAME_NAME),
    }
    assert list(why(agent, ann)) == ["A. Brook", "Ann Broock", "Brook Ann", "ann brook"]


def test_two_of_a_household_with_one_address_are_not_suggested(town, agent):
    ann, bob = reported(town, "Ann Brook", email="home@example.org"), reported(town, "Bob Brook")
    people.add_contact_point(resident=bob, value="home@example.org", by=agent, now=NOW)
    assert why(agent, ann) == why(agent, bob) == {}


@pytest.mark.abuse("A08")
def test_only_who_the_reader_may_find_is_suggested(town, agent):
    own = make_department(town)
    service = make_service(town, department=own)
    case = make_case(town, name="Ann Brook", phone="0501234567", service=service)
    ann = resident_of(case)
    hidden = make_service(town, department=own, confidential_roles=(Role.SERVICE_MANAGER,))
    reported(town, "Ann Hidden Brook", phone="0501234567", service=hidden)
    reported(make_town(), "Ann Else Brook", phone="0501234567")
    reported(town, "Ann Seen Brook", phone="0501234567")
    assert list(why(agent, ann)) == ["Ann Seen Brook"]
    assert set(why(make_actor(town, Role.SERVICE_MANAGER), ann)) == {"Ann Seen Brook", "Ann Hidden Brook"}
    for role in (Role.AUDITOR, Role.DEPARTMENT_WORKER, Role.DEPARTMENT_MANAGER):
        assert why(make_actor(town, role, department=own if "DEPARTMENT" in role else None), ann) == {}


def test_of_those_merged_only_who_the_reader_may_find_is_named(town, agent):
    manager = make_actor(town, Role.SERVICE_MANAGER)
    ann, seen = reported(town, "Ann Brook"), reported(town, "Ann Seen Brook")
    service = make_service(town, confidential_roles=(Role.SERVICE_MANAGER,))
    hidden = reported(town, "Ann Hidden Brook", service=service)
    merge(seen, ann, manager)
    merge(hidden, ann, manager)
    assert merged_here(manager, ann) == [hidden, seen]
    assert merged_here(agent, ann) == [seen]


def test_not_the_same_is_remembered_also_of_who_was_merged(town, agent):
    ann, anna, bea = (reported(town, name, phone="0501234567") for name in ("Ann B", "Ann Br", "Ann Bro"))
    people.keep_residents_apart(resident=anna, other=ann, by=agent, now=NOW)
    people.keep_residents_apart(resident=ann, other=anna, by=agent, now=NOW)
    assert list(why(agent, ann)) == ["Ann Bro"] and list(why(agent, anna)) == ["Ann Bro"]
    merge(anna, bea, agent)
    assert why(agent, ann) == {} and why(agent, bea) == {}
    assert AuditRecord.objects.filter(verb="resident.kept_apart").count() == 1


def test_who_was_merged_is_suggested_as_the_one_they_are(town, agent):
    ann = reported(town, "Ann Brook", phone="0501234567")
    bea = reported(town, "Ann Brook", phone="0501234567")
    cora = reported(town, "Cora Stone")
    merge(bea, cora, agent)
    assert why(agent, ann) == {"Cora Stone": (Reason.SAME_PHONE, Reason.SAME_NAME)}
    merge(ann, cora, agent)
    assert why(agent, cora) == {}


@pytest.mark.parametrize("rows", [1, 3])
def test_looking_for_likely_persons_takes_nine_queries(rows, town, agent, django_assert_num_queries):
    ann = reported(town, "Ann Brook", phone="0501234567", email="ann@example.org", address="Oak Street 4")
    for number in range(rows):
        reported(town, "Ann Brook", phone="0501234567", email=f"{number}@example.org", address="Oak Street 4")
    with django_assert_num_queries(9):
        assert len(likely_same(agent, ann)) == rows
