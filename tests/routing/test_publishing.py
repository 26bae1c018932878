"""Rules are published as revisions, of one municipality only."""

import pytest

from moked.accounts.rules import Role
from moked.audit.models import AuditRecord
from moked.revisions.models import Revision
from moked.routing import queries
from moked.routing.models import RuleSet
from moked.routing.operations import RulesChangedMeanwhile, publish_rules
from moked.routing.rules import BadRules
from tests.factories import NOW, make_department, make_service, make_staff, make_town, make_user
from tests.routing.making import rule

pytestmark = pytest.mark.django_db


@pytest.fixture
def town(db):
    return make_town()


def publish(town, *rules, by=None, base=None):
    return publish_rules(municipality=town, rules=rules, by_user_id=by, now=NOW, base=base)


def test_published_rules_are_in_force_and_the_ones_before_stay_in_the_history(town):
    service = make_service(town)
    first, second = make_department(town), make_department(town)
    author = make_user()
    publish(town, rule(first.code))
    rule_set = publish(town, rule(second.code, services=(service.slug,)), rule(first.code), by=author.pk)
    assert queries.rules_of(town.pk) == (rule(second.code, services=(service.slug,)), rule(first.code))
    history = Revision.objects.filter(object_id=rule_set.pk, kind="routing_rules").order_by("number")
    assert [(one.state, len(one.document["rules"]), one.author_id) for one in history] == [
        ("RETIRED", 1, None),
        ("PUBLISHED", 2, author.pk),
    ]
    assert RuleSet.objects.get().revision == history[1]
    assert AuditRecord.objects.filter(verb="routing.published").latest("id").after == {
        "revision": 2,
        "rules": 2,
    }


def test_a_municipality_without_rules_has_none(town):
    publish(make_town())
    assert queries.rules_of(town.pk) == ()


def test_a_person_is_named_with_a_department_on_whose_cases_they_work(town):
    parks = make_department(town)
    beds = make_department(town, parent=parks)
    worker = make_staff(town, Role.DEPARTMENT_WORKER, department=parks)
    manager = make_staff(town, Role.DEPARTMENT_MANAGER, department=parks)
    agent, auditor = make_staff(town, Role.AGENT), make_staff(town, Role.AUDITOR)
    for department, person in ((parks, worker), (parks, manager), (beds, manager), (beds, agent)):
        publish(town, rule(department.code, person=person.pk))
    for department, person, code in (
        (beds, worker, "PERSON_ELSEWHERE"),
        (make_department(town), manager, "PERSON_ELSEWHERE"),
        (parks, auditor, "UNKNOWN_PERSON"),
    ):
        with pytest.raises(BadRules) as refused:
            publish(town, rule(department.code, person=person.pk))
        assert (refused.value.code, refused.value.name) == (code, str(person.pk))


@pytest.mark.abuse("A08")
def test_departments_and_services_of_another_town_are_refused(town):
    own = make_department(town)
    service = make_service(make_town())
    for bad, code in (
        (rule(service.department.code), "UNKNOWN_DEPARTMENT"),
        (rule(own.code, services=(service.slug,)), "UNKNOWN_SERVICE"),
    ):
        with pytest.raises(BadRules) as refused:
            publish(town, bad)
        assert refused.value.code == code
    assert not RuleSet.objects.exists()


def test_of_two_who_publish_at_once_the_second_is_told(town):
    department = make_department(town)
    publish(town, rule(department.code), base=0)
    with pytest.raises(RulesChangedMeanwhile):
        publish(town, rule(department.code, words=("fire",)), base=0)
    assert queries.rules_of(town.pk) == (rule(department.code),)
    publish(town, rule(department.code, words=("fire",)), base=1)
    assert queries.revision_of(town.pk) == 2
