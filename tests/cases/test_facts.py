"""What rules read of cases."""

import pytest

from moked.accounts.rules import system
from moked.base.conditions import check, holds
from moked.cases.facts import FIELDS, Fact, answer_field
from moked.cases.models import Case
from moked.cases.operations import Said
from moked.cases.queries.facts import facts_of
from moked.cases.rules import Channel
from moked.intake.operations import report
from moked.knowledge.models import LifeSituation
from moked.places.queries import locate
from moked.places.rules import Point
from moked.residents.operations import ContactDetails
from tests.factories import NOW, make_service
from tests.places.maps import make_map

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> Case:
    town = make_map()
    service = make_service(town)
    LifeSituation.objects.create(
        municipality=town, slug="roads", life_events=["driving"], services=[service.slug]
    )
    return report(
        municipality=town,
        service=service,
        matter="A deep hole.\nBeside the green gate.",
        channel=Channel.PHONE,
        language="he",
        details=ContactDetails("Ann", "ann@Firm.Example.org", ""),
        by=system(town.pk),
        now=NOW,
        said=Said(place=locate(town.pk, point=Point(32.02, 34.77)), answers={"depth": "DEEP"}),
    )


def test_every_field_has_the_value_its_type_says(case: Case) -> None:
    facts = facts_of([case], [*FIELDS, answer_field("depth")])[case.pk]

    assert facts == {
        Fact.SERVICE: case.service.slug,
        Fact.LIFE_EVENTS: ["driving"],
        Fact.KIND: "REPORT",
        Fact.AREAS: ["DISTRICT/nw"],
        Fact.AREA_KINDS: ["DISTRICT"],
        Fact.CHANNEL: "PHONE",
        Fact.LANGUAGE: "he",
        Fact.PRIORITY: "NORMAL",
        Fact.WORDS: "A deep hole.\nBeside the green gate.",
        Fact.DOMAIN: "firm.example.org",
        Fact.WEEKDAY: "MON",
        Fact.TIME: "11:30",
        "answer.depth": "DEEP",
    }
    condition = {
        "all": [
            {"field": Fact.WORDS, "mentions": ["green gate"]},
            {"field": Fact.AREAS, "one_of": ["DISTRICT/nw"]},
        ]
    }
    check(condition, FIELDS)
    assert holds(condition, facts)


def test_what_no_field_asks_for_is_not_read(case: Case, django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        facts_of([case], [Fact.SERVICE, Fact.PRIORITY, Fact.TIME])
    with django_assert_num_queries(2):
        facts_of([case], [Fact.WORDS, Fact.DOMAIN])
