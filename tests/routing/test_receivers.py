"""Cases go where the rules say, when they are opened and when they turn out to be something else."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from moked.accounts.models import Department, Membership, Team, TeamMember
from moked.accounts.rules import Role, Sharing, system
from moked.cases import operations as cases
from moked.cases.labels import MOST_ON_CASE
from moked.cases.models import Case, CaseArea, CaseLabel, Change, Label
from moked.cases.operations import Said
from moked.cases.queries.past import Sample
from moked.cases.rules import ChangeKind, Channel
from moked.catalogue.rules import Priority
from moked.events.models import Event, OutboxRow
from moked.handovers.models import HandOver
from moked.intake.operations import report
from moked.notices.models import StaffNotice
from moked.places.models import Area
from moked.places.queries import locate
from moked.places.rules import Point
from moked.residents.operations import ContactDetails
from moked.routing.dangers import Danger
from moked.routing.events import BodyChosen
from moked.routing.models import RuleSet
from moked.routing.operations import publish_dangers, publish_rules, retire_label
from moked.routing.queries import dry_run
from moked.routing.receivers import hand_over_as_chosen
from moked.routing.rules import Reason, Rule, read_reason
from tests.factories import (
    NOW,
    make_actor,
    make_body,
    make_case,
    make_department,
    make_label,
    make_service,
    make_staff,
)
from tests.places.maps import make_map
from tests.routing.making import rule

pytestmark = pytest.mark.django_db

NORTH_WEST, SOUTH_EAST = Point(32.02, 34.77), Point(31.97, 34.83)


@pytest.fixture
def town(db):
    return make_map()


@pytest.fixture
def service(town):
    return make_service(town)


@pytest.fixture
def north(town):
    return make_department(town)


def publish(town, *rules) -> RuleSet:
    return publish_rules(municipality=town, rules=rules, by_user_id=None, now=NOW)


def in_the_north_west(north, service) -> Rule:
    return rule(north.code, services=(service.slug,), area_kind="DISTRICT", areas=("nw",))


def open_at(town, service, point: Point | None, *, matter: str = "A hole.") -> Case:
    case = report(
        municipality=town,
        service=service,
        matter=matter,
        channel=Channel.WEB,
        language="en",
        details=ContactDetails(),
        by=system(town.pk),
        now=NOW,
        said=Said(place=locate(town.pk, point=point)) if point else Said(),
    )
    return Case.objects.get(pk=case.pk)


def routed(case) -> list[tuple[str, str]]:
    """Return where the case was routed to, and why, in order."""
    rows = Change.objects.filter(case=case, kind=ChangeKind.ROUTED).order_by("id")
    return list(rows.values_list("after", "reason"))


def test_a_new_case_goes_where_the_first_fitting_rule_says(town, service, north):
    publish(town, in_the_north_west(north, service))
    case = open_at(town, service, NORTH_WEST)
    area = Area.objects.get(municipality=town, code="nw")
    assert case.department == north
    assert routed(case) == [(str(north.pk), str(Reason(1, 1, area.pk)))]
    assert read_reason(routed(case)[0][1]) == Reason(1, 1, area.pk)


def test_a_case_no_rule_fits_stays_with_its_services_department_and_says_so(town, service, north):
    publish(town, in_the_north_west(north, service))
    case = open_at(town, service, SOUTH_EAST)
    assert case.department == service.department
    assert routed(case) == [(str(service.department_id), "SERVICE")]


def test_without_rules_nothing_is_said_about_routing(town, service):
    case = open_at(town, service, NORTH_WEST)
    assert (case.department, routed(case)) == (service.department, [])


def test_rules_of_another_town_do_not_count(town, service, north):
    other = make_map()
    publish(other, rule(make_department(other).code))
    assert open_at(town, service, NORTH_WEST).department == service.department


def test_another_place_leads_elsewhere(town, service, north):
    publish(town, in_the_north_west(north, service))
    case = open_at(town, service, SOUTH_EAST)
    place = locate(town.pk, point=NORTH_WEST)
    cases.change_place(case_id=case.pk, place=place, by=system(town.pk), now=NOW)
    case.refresh_from_db()
    assert case.department == north
    assert CaseArea.objects.get(case=case).area.code == "nw"


@pytest.mark.parametrize("has_rules", [True, False])
def test_another_service_leads_elsewhere_with_or_without_rules(town, service, north, has_rules):
    if has_rules:
        publish(town, in_the_north_west(north, service))
    case = open_at(town, service, SOUTH_EAST)
    other = make_service(town)
    cases.change_service(case_id=case.pk, service_id=other.pk, by=system(town.pk), now=NOW)
    case.refresh_from_db()
    assert case.department == other.department
    assert routed(case)[-1] == (str(other.department_id), "SERVICE")


def test_a_rule_whose_department_has_gone_is_skipped_and_says_so(town, service, north):
    gone = make_department(town)
    publish(town, rule(gone.code))
    both = [rule(gone.code).as_document(), rule(north.code).as_document()]
    RuleSet.objects.update(document=both, version="both")
    Department.objects.filter(pk=gone.pk).update(is_retired=True)
    case = open_at(town, service, None)
    assert case.department == north
    assert read_reason(routed(case)[0][1]) == Reason(2, 1, None, skipped=1)
    RuleSet.objects.update(document=both[:1], version="first")
    case = open_at(town, service, None)
    assert case.department == service.department
    assert read_reason(routed(case)[0][1]) == Reason(0, 1, None, skipped=1)


def labels_of(case) -> list[str]:
    return list(
        CaseLabel.objects.filter(case=case).order_by("label_id").values_list("label__code", flat=True)
    )


def test_a_rule_adds_labels_and_says_why(town, service, north):
    storm, press = make_label(town, "Storm"), make_label(town, "Press")
    publish(town, rule(labels=(storm.code, press.code), words=("tree",)), rule(north.code))
    case = open_at(town, service, None, matter="A tree fell.")
    assert labels_of(case) == ["storm", "press"]
    assert case.department == service.department, "the first rule that fits decides, also one of labels alone"
    labelled = Change.objects.filter(case=case, kind=ChangeKind.LABELLED).order_by("id")
    assert [(row.after, row.actor_kind, row.reason) for row in labelled] == [
        (str(label.pk), "SYSTEM", "RULE:1:1::") for label in (storm, press)
    ]
    other = open_at(town, service, None, matter="A hole.")
    assert (labels_of(other), other.department) == ([], north)


def test_labels_of_a_rule_are_added_to_those_a_case_has(town, service):
    press, storm = make_label(town, "Press"), make_label(town, "Storm")
    case = open_at(town, service, None)
    cases.change_labels(case_id=case.pk, add=[press.code], by=system(town.pk), now=NOW)
    other = make_service(town)
    publish(town, rule(services=(other.slug,), labels=(storm.code, press.code)))
    cases.change_service(case_id=case.pk, service_id=other.pk, by=system(town.pk), now=NOW)
    assert labels_of(case) == ["press", "storm"]
    assert Change.objects.filter(case=case, kind=ChangeKind.LABELLED).count() == 2


def test_a_full_case_is_labelled_by_a_rule_all_the_same(town, service):
    case, other, storm = open_at(town, service, None), make_service(town), make_label(town, "Storm")
    full = [make_label(town).code for _ in range(MOST_ON_CASE)]
    cases.change_labels(case_id=case.pk, add=full, by=system(town.pk), now=NOW)
    publish(town, rule(services=(other.slug,), labels=(storm.code,)))
    cases.change_service(case_id=case.pk, service_id=other.pk, by=system(town.pk), now=NOW)
    assert len(labels_of(case)) == MOST_ON_CASE + 1


def test_a_rule_whose_label_was_retired_is_skipped_and_says_so(town, service, north):
    storm, press = make_label(town, "Storm"), make_label(town, "Press")
    publish(town, rule(north.code, labels=(press.code, storm.code)))
    Label.objects.filter(pk=storm.pk).update(is_retired=True)
    case = open_at(town, service, None)
    assert (case.department, labels_of(case)) == (service.department, [])
    assert read_reason(routed(case)[0][1]) == Reason(0, 1, None, skipped=1)


def test_a_label_that_a_rule_adds_is_not_retired(town):
    by, storm, press = make_actor(town, Role.SERVICE_MANAGER), make_label(town), make_label(town)
    publish(town, rule(labels=(storm.code,)))
    with pytest.raises(cases.UnableToChangeLabel, match="IN_RULES"):
        retire_label(label_id=storm.pk, by=by, now=NOW)
    retire_label(label_id=press.pk, by=by, now=NOW)
    assert set(Label.objects.filter(is_retired=False)) == {storm}


def test_a_trial_tells_which_cases_would_get_labels(town, service):
    storm = make_label(town, "Storm")
    case = open_at(town, service, None, matter="A tree fell.")
    open_at(town, service, None, matter="A hole.")
    by = make_actor(town, Role.SERVICE_MANAGER)
    trial = dry_run(by, [rule(labels=(storm.code,), words=("tree",))])
    assert [(one.case, one.was.label_ids, one.would_be.label_ids) for one in trial.rows] == [
        (case, (), (storm.pk,))
    ]
    assert (trial.changed, trial.unchanged, labels_of(case)) == (1, 1, [])


def test_opening_asks_nothing_of_labels_where_no_rule_names_any(town, service, north):
    make_label(town)
    publish(town, rule(north.code))
    with CaptureQueriesContext(connection) as asked:
        open_at(town, service, None)
    assert not [one["sql"] for one in asked if "cases_label" in one["sql"] or "caselabel" in one["sql"]]


def test_a_rule_gives_to_a_team_and_a_person_and_says_how_soon(town, service, north):
    team = Team.objects.create(municipality=town, department=north, code="night", name={"en": "Night"})
    person = make_staff(town, Role.DEPARTMENT_WORKER, department=north)
    publish(town, rule(team="night", person=person.pk, priority="URGENT", words=("cable",)))
    case = open_at(town, service, None, matter="A cable hangs down.")
    assert (case.department, case.team, case.assignee) == (north, team, person)
    assert (case.priority, case.queue_at < NOW - timedelta(days=365)) == ("URGENT", True)
    reason = str(Reason(1, 1))
    kinds = Change.objects.filter(case=case, reason=reason).order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["ROUTED", "TEAM", "ASSIGNEE", "PRIORITY"]
    assert StaffNotice.objects.filter(case=case, user=person, kind="URGENT").exists()
    other = open_at(town, service, None)
    assert (other.department, other.team, other.priority) == (service.department, None, "NORMAL")


GAS = Danger("gas", {"en": "Smell of gas"}, words={"en": ("smell of gas",)})


def publish_gas(town) -> None:
    publish_dangers(municipality=town, dangers=[GAS], by_user_id=None, now=NOW)


def set_priority(case, priority, by) -> None:
    cases.set_priority(case_id=case.pk, priority=Priority(priority), by=by, now=NOW)


def put_in_the_north_west(town, case) -> Case:
    place = locate(town.pk, point=NORTH_WEST)
    cases.change_place(case_id=case.pk, place=place, by=system(town.pk), now=NOW)
    case.refresh_from_db()
    return case


def change_service(town, case, service, by=None) -> Case:
    cases.change_service(case_id=case.pk, service_id=service.pk, by=by or system(town.pk), now=NOW)
    case.refresh_from_db()
    return case


def test_a_rule_does_not_lower_a_dangerous_case_but_does_the_rest(town, service, north):
    publish_gas(town)
    publish(town, rule(north.code, priority="LOW"))
    case = open_at(town, service, None, matter="A smell of gas.")
    assert (case.danger, case.priority, case.department) == ("gas", "URGENT", north)
    other = open_at(town, service, None, matter="A hole.")
    assert (other.danger, other.priority, other.department) == ("", "LOW", north)


def test_a_rule_does_not_lower_a_case_whose_danger_was_noted_earlier(town, service, north):
    case = open_at(town, service, SOUTH_EAST)
    cases.note_danger(case_id=case.pk, danger="gas", advice="", now=NOW)
    publish(town, rule(north.code, priority="LOW"))
    assert put_in_the_north_west(town, case).priority == "URGENT"
    assert change_service(town, case, make_service(town)).priority == "URGENT"
    assert case.department == north


def test_a_rule_raises_a_dangerous_case_that_no_person_lowered(town, service, north):
    case = open_at(town, service, SOUTH_EAST)
    cases.note_danger(case_id=case.pk, danger="gas", advice="", now=NOW)
    set_priority(case, "LOW", system(town.pk))
    publish(town, rule(north.code, priority="HIGH"))
    assert put_in_the_north_west(town, case).priority == "HIGH"


@pytest.mark.parametrize(("by_hand", "by_rule"), [("URGENT", "LOW"), ("LOW", "URGENT"), ("HIGH", "NORMAL")])
def test_a_rule_leaves_the_priority_that_a_person_set(town, service, north, by_hand, by_rule):
    case = open_at(town, service, SOUTH_EAST)
    set_priority(case, by_hand, make_actor(town, Role.AGENT))
    publish(town, rule(north.code, priority=by_rule))
    assert put_in_the_north_west(town, case).priority == by_hand
    assert change_service(town, case, make_service(town)).priority == by_hand


def test_who_lowers_a_dangerous_case_decides_that_whatever_rules_say(town, service, north):
    publish_gas(town)
    case = open_at(town, service, SOUTH_EAST, matter="A smell of gas.")
    set_priority(case, "LOW", make_actor(town, Role.AGENT))
    publish(town, rule(north.code, priority="HIGH"))
    assert put_in_the_north_west(town, case).priority == "LOW"
    assert change_service(town, case, make_service(town)).priority == "LOW"


def test_a_rule_asks_for_the_priority_a_person_left_a_dangerous_case_with(town, service, north):
    publish_gas(town)
    case = open_at(town, service, SOUTH_EAST, matter="A smell of gas.")
    set_priority(case, "LOW", make_actor(town, Role.AGENT))
    publish(town, rule(north.code, priorities=("URGENT",)))
    other = make_service(town)
    assert change_service(town, case, other).department == other.department


def test_what_came_with_another_service_was_not_set_by_hand(town, service, north):
    case, by = open_at(town, service, SOUTH_EAST), make_actor(town, Role.AGENT)
    assert change_service(town, case, make_service(town, priority="HIGH"), by).priority == "HIGH"
    changed = Change.objects.get(case=case, kind=ChangeKind.PRIORITY)
    assert (changed.actor_kind, changed.reason) == ("STAFF", "SERVICE")
    publish(town, rule(north.code, priority="LOW"))
    assert put_in_the_north_west(town, case).priority == "LOW"


def test_what_a_rule_sets_is_told_after_what_came_with_another_service(town, service, north):
    person, case = make_staff(town, Role.DEPARTMENT_WORKER, department=north), open_at(town, service, None)
    publish(town, rule(north.code, priority="URGENT"))
    change_service(town, case, make_service(town, priority="HIGH"), make_actor(town, Role.AGENT))
    told = Event.objects.filter(name="case.priority_changed").order_by("id")
    assert [(one.document["before"], one.document["priority"]) for one in told] == [
        ("NORMAL", "HIGH"),
        ("HIGH", "URGENT"),
    ]
    assert StaffNotice.objects.filter(case=case, user=person, kind="URGENT").count() == 1


def test_a_dangerous_case_stays_urgent_when_it_is_about_another_service(town):
    publish_gas(town)
    case = open_at(town, make_service(town, priority="URGENT"), None, matter="A smell of gas.")
    calm = make_service(town)
    assert change_service(town, case, calm, make_actor(town, Role.AGENT)).priority == "URGENT"
    set_priority(case, "NORMAL", make_actor(town, Role.AGENT))
    assert change_service(town, case, make_service(town, priority="LOW")).priority == "NORMAL"
    assert change_service(town, case, make_service(town, priority="HIGH")).priority == "NORMAL"


def test_a_trial_tells_that_dangerous_cases_stay_urgent(town, service):
    publish_gas(town)
    open_at(town, service, None, matter="A smell of gas.")
    case = open_at(town, service, None, matter="A hole.")
    trial = dry_run(make_actor(town, Role.SERVICE_MANAGER), [rule(priority="LOW")])
    assert [(one.case, one.would_be.priority) for one in trial.rows] == [(case, "LOW")]
    assert (trial.changed, trial.unchanged) == (1, 1)


def test_a_rule_whose_person_works_elsewhere_by_now_is_skipped_and_says_so(town, service, north):
    person = make_staff(town, Role.DEPARTMENT_WORKER, department=north)
    publish(town, rule(north.code, person=person.pk, priority="HIGH"))
    assert open_at(town, service, None).assignee == person
    Membership.objects.filter(user=person).update(department=make_department(town))
    case = open_at(town, service, None)
    assert (case.department, case.assignee, case.priority) == (service.department, None, "NORMAL")
    assert read_reason(routed(case)[0][1]) == Reason(0, 1, None, skipped=1)


def test_a_rule_that_names_only_a_person_is_skipped_for_services_of_other_departments(town, service, north):
    person = make_staff(town, Role.DEPARTMENT_WORKER, department=north)
    publish(town, rule(person=person.pk))
    assert open_at(town, make_service(town, department=north), None).assignee == person
    case = open_at(town, service, None)
    assert (case.department, case.assignee) == (service.department, None)
    assert read_reason(routed(case)[0][1]) == Reason(0, 1, None, skipped=1)
    agent = make_staff(town, Role.AGENT)
    publish(town, rule(person=agent.pk))
    assert open_at(town, service, None).assignee == agent


def test_a_rule_that_names_a_team_gives_the_case_to_somebody_on_duty_of_it(town, service, north):
    team = Team.objects.create(
        municipality=town, department=north, code="night", name={"en": "Night"}, sharing=Sharing.IN_TURN
    )
    person = make_staff(town, Role.DEPARTMENT_WORKER, department=north)
    TeamMember.objects.create(municipality=town, team=team, user=person)
    publish(town, rule(team="night"))
    case = open_at(town, service, None)
    assert (case.department, case.team, case.assignee) == (north, team, person)


def test_who_works_on_a_case_keeps_it_when_it_is_routed_anew_within_the_department(town, service, north):
    Team.objects.create(municipality=town, department=north, code="night", name={"en": "Night"})
    first, second = (make_staff(town, Role.DEPARTMENT_WORKER, department=north) for _ in "12")
    publish(town, rule(team="night", person=first.pk))
    case = open_at(town, service, SOUTH_EAST)
    by = system(town.pk)
    cases.assign(case_id=case.pk, department_id=north.pk, assignee_id=second.pk, by=by, now=NOW)
    cases.change_place(case_id=case.pk, place=locate(town.pk, point=NORTH_WEST), by=by, now=NOW)
    case.refresh_from_db()
    assert (case.department, case.team, case.assignee) == (north, None, second)


def test_a_rule_hands_a_case_over_to_a_body_once(town, service):
    body = make_body(town)
    publish(town, rule(body=body.code))
    case = open_at(town, service, None)
    assert (case.state, case.department) == ("RECEIVED", service.department)
    event = BodyChosen(municipality_id=town.pk, case_id=case.pk, body_id=body.pk)
    assert OutboxRow.objects.filter(subscriber="routing.hand_over").count() == 1
    work = SimpleNamespace(event=event, event_id=5)
    hand_over_as_chosen(work)
    case.refresh_from_db()
    assert case.state == "WITH_EXTERNAL_BODY"
    found = HandOver.objects.get(case=case)
    assert (found.body, found.by_id) == (body, None)
    cases.move(case_id=case.pk, target="IN_PROGRESS", by=system(town.pk), now=datetime.now(UTC))
    hand_over_as_chosen(work)
    assert HandOver.objects.get(case=case).state == "WITHDRAWN"


def test_a_trial_counts_what_would_change_and_changes_nothing(town, service, north):
    by = make_actor(town, Role.SERVICE_MANAGER)
    first = open_at(town, service, NORTH_WEST)
    open_at(town, service, SOUTH_EAST)
    hidden = make_service(town, confidential_roles=("AGENT",))
    make_case(town, service=hidden)
    make_case(make_map())
    trial = dry_run(by, [in_the_north_west(north, service)])
    assert (trial.changed, trial.unchanged, trial.without_match, trial.tried) == (1, 1, 1, 2)
    assert trial.by_rule == {0: 1, 1: 1}
    [row] = trial.rows
    assert (row.case, row.was.department_id, row.would_be.department_id, row.would_be.number) == (
        *(first, service.department_id, north.pk, 1),
    )
    first.refresh_from_db()
    assert first.department == service.department
    publish(town, in_the_north_west(north, service))
    assert dry_run(by, [in_the_north_west(north, service)]).changed == 0
    assert dry_run(by, []).changed == 1


def test_a_trial_looks_at_the_chosen_cases_only(town, service, north):
    by = make_actor(town, Role.SERVICE_MANAGER)
    other = make_service(town)
    for _ in range(3):
        make_case(town, service=service)
    make_case(town, service=other)
    trial = dry_run(by, [rule(north.code)], Sample(last=2), most_rows=1)
    assert (trial.changed, len(trial.rows)) == (2, 1)
    for chosen, tried in (
        (Sample(service=other.slug), 1),
        (Sample(service="none"), 0),
        (Sample(since=NOW), 4),
        (Sample(since=NOW + timedelta(seconds=1)), 0),
        (Sample(until=NOW), 0),
        (Sample(until=NOW + timedelta(seconds=1)), 4),
    ):
        assert dry_run(by, [rule(north.code)], chosen).tried == tried


def test_a_trial_of_many_cases_reads_them_in_few_queries(town, service, north, django_assert_num_queries):
    by = make_actor(town, Role.SERVICE_MANAGER)
    for _ in range(5):
        make_case(town, service=service)
    # The rules in force, cases, their words and areas, departments.
    with django_assert_num_queries(5):
        dry_run(
            by, [rule(north.code, words=("no such",)), rule(north.code, area_kind="SEA"), rule(north.code)]
        )


def test_what_a_trial_says_of_cases_is_what_then_happens_to_copies_of_them(town, service, north):
    by = make_actor(town, Role.SERVICE_MANAGER)
    said = [(NORTH_WEST, "A cable."), (NORTH_WEST, "A hole."), (SOUTH_EAST, "A cable."), (None, "A hole.")]
    for point, matter in said:
        open_at(town, service, point, matter=matter)
    rules = (
        rule(make_department(town).code, words=("cable",), area_kind="DISTRICT", areas=("nw",)),
        rule(service.department.code, words=("cable",), priority="HIGH"),
        in_the_north_west(north, service),
    )
    trial = dry_run(by, rules)
    foretold = {(one.case.title, str(one.would_be.department_id), one.would_be.number) for one in trial.rows}
    publish(town, *rules)
    copies = [open_at(town, service, point, matter=matter) for point, matter in said]
    happened = Counter[int]()
    for case in copies:
        [(department, code)] = routed(case)
        reason = read_reason(code)
        happened[reason.number if reason else 0] += 1
        if (case.title, department, reason.number if reason else 0) in foretold:
            foretold.remove((case.title, department, reason.number))
    assert happened == trial.by_rule
    assert not foretold
    assert trial.tried == len(said)
