"""Cases go where the rules say, when they are opened and when they turn out to be something else."""

import pytest

from moked.accounts.rules import Role, system
from moked.cases import operations as cases
from moked.cases.models import Case, CaseArea, Change
from moked.cases.operations import Said
from moked.cases.rules import ChangeKind, Channel
from moked.intake.operations import report
from moked.places.models import Area
from moked.places.queries import locate
from moked.places.rules import Point
from moked.residents.operations import ContactDetails
from moked.routing.models import RuleSet
from moked.routing.operations import publish_rules
from moked.routing.queries import dry_run
from moked.routing.rules import Reason, Rule, read_reason
from tests.factories import NOW, make_actor, make_case, make_department, make_service
from tests.places.maps import make_map

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
    return Rule(north.code, (service.slug,), "DISTRICT", ("nw",))


def open_at(town, service, point: Point | None) -> Case:
    case = report(
        municipality=town,
        service=service,
        matter="A hole.",
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
    publish(other, Rule(make_department(other).code))
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


def test_a_rule_whose_department_has_gone_leaves_the_case_with_its_service(town, service, north):
    publish(town, Rule(north.code))
    RuleSet.objects.update(document=[Rule("gone").as_document()])
    assert open_at(town, service, None).department == service.department


def test_a_trial_counts_what_would_change_and_changes_nothing(town, service, north):
    by = make_actor(town, Role.SERVICE_MANAGER)
    first = open_at(town, service, NORTH_WEST)
    open_at(town, service, SOUTH_EAST)
    hidden = make_service(town, confidential_roles=("AGENT",))
    make_case(town, service=hidden)
    make_case(make_map())
    trial = dry_run(by, [in_the_north_west(north, service)])
    assert (trial.changed, trial.unchanged, trial.without_match, trial.tried) == (1, 1, 1, 2)
    [row] = trial.rows
    assert (row.case, row.was, row.would_be, row.number) == (first, service.department.code, north.code, 1)
    first.refresh_from_db()
    assert first.department == service.department
    publish(town, in_the_north_west(north, service))
    assert dry_run(by, [in_the_north_west(north, service)]).changed == 0
    assert dry_run(by, []).changed == 1


def test_a_trial_looks_at_the_last_cases_only(town, service, north):
    by = make_actor(town, Role.SERVICE_MANAGER)
    for _ in range(3):
        make_case(town, service=service)
    trial = dry_run(by, [Rule(north.code)], last=2, most_rows=1)
    assert (trial.changed, len(trial.rows)) == (2, 1)
