"""SQLite's planner knows the tables, so that it does not read a whole town for some of its cases."""

import pytest
from django.db import connection

from moked.base.rows import insert, new
from moked.insights.models import CaseFact
from moked.insights.rules import Standing
from moked.municipalities import statistics
from moked.municipalities.statistics import LARGE, take_statistics
from tests.factories import NOW, make_service, make_town

pytestmark = pytest.mark.django_db


def test_some_cases_of_a_town_are_found_by_their_ids_once_there_are_many():
    if connection.vendor != "sqlite":
        assert take_statistics(NOW) == "the database looks by itself"
        return
    town = make_town()
    add_facts(make_service(town), range(1, LARGE + 1))
    assert "(case_id=?)" not in plan_for(town)
    assert take_statistics(NOW) == "1 large tables looked at"
    assert "(case_id=?)" in plan_for(town)


def test_a_towns_cases_are_walked_in_order_though_a_sample_ends_early(monkeypatch):
    if connection.vendor == "sqlite":
        monkeypatch.setattr(statistics, "SAMPLE", 100)
        town = make_town()
        add_facts(make_service(town), range(1, 5 * LARGE))
        take_statistics(NOW)
        in_order = CaseFact.objects.filter(municipality=town, case_id__gt=10).order_by("case_id")
        assert "TEMP B-TREE" not in in_order.values_list("case_id")[:40].explain()


def test_what_was_seen_of_a_small_table_is_forgotten():
    if connection.vendor == "sqlite":
        add_facts(make_service(make_town()), range(1, LARGE))
        assert take_statistics(NOW) == "0 large tables looked at"


def add_facts(service, case_ids):
    insert(
        new(
            CaseFact,
            case_id=case_id,
            municipality_id=service.municipality_id,
            generation=1,
            service_id=service.pk,
            is_confidential=False,
            channel="WEB",
            opened_at=NOW,
            opened_on=NOW.date(),
            standing=Standing.OPEN,
            was_reopened=False,
            is_repeat=False,
            ended_at_once=False,
            is_first_contact=False,
        )
        for case_id in case_ids
    )


def plan_for(town):
    return CaseFact.objects.filter(municipality=town, case_id__in=range(1, 76)).explain()
