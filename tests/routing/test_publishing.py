"""Rules are published as revisions, of one municipality only."""

import pytest

from moked.audit.models import AuditRecord
from moked.revisions.models import Revision
from moked.routing import queries
from moked.routing.models import RuleSet
from moked.routing.operations import publish_rules
from moked.routing.rules import BadRules, Rule
from tests.factories import NOW, make_department, make_service, make_town, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def town(db):
    return make_town()


def publish(town, *rules, by=None):
    return publish_rules(municipality=town, rules=rules, by_user_id=by, now=NOW)


def test_published_rules_are_in_force_and_the_ones_before_stay_in_the_history(town):
    service = make_service(town)
    first, second = make_department(town), make_department(town)
    author = make_user()
    publish(town, Rule(first.code))
    rule_set = publish(town, Rule(second.code, services=(service.slug,)), Rule(first.code), by=author.pk)
    assert queries.rules_of(town.pk) == (Rule(second.code, services=(service.slug,)), Rule(first.code))
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


@pytest.mark.abuse("A08")
def test_departments_and_services_of_another_town_are_refused(town):
    own = make_department(town)
    service = make_service(make_town())
    for rule, code in (
        (Rule(service.department.code), "UNKNOWN_DEPARTMENT"),
        (Rule(own.code, services=(service.slug,)), "UNKNOWN_SERVICE"),
    ):
        with pytest.raises(BadRules) as refused:
            publish(town, rule)
        assert refused.value.code == code
    assert not RuleSet.objects.exists()
