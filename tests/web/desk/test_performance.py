"""The page that says how well promises are kept."""

import csv
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from moked.accounts.models import User
from moked.accounts.queries import actor_for
from moked.accounts.rules import Role
from moked.cases import operations
from moked.cases.models import Case
from moked.insights.projections import count
from moked.municipalities.models import Municipality
from moked.sla.models import Target
from tests.factories import make_case, make_department, make_service, make_staff
from tests.sla.promising import promise
from tests.web.desk.pages import text

PERFORMANCE = "/desk/figures/performance/"


def rows(response) -> list[list[str]]:
    return list(csv.reader(b"".join(response.streaming_content).decode().splitlines()))


def heads(response) -> list[str]:
    """Return the names of the rows in the order of the page."""
    body = response.content.decode().partition("<tbody>")[2].partition("</tbody>")[0]
    found = re.findall(r'<th scope="row">(.*?)</th>', body, re.DOTALL)
    return [re.sub(r"<[^>]+>", "", head).strip() for head in found]


@pytest.fixture
def counted(town: Municipality, agent: User) -> list:
    """One department with a case that was answered and closed, another with two open ones."""
    actor, now = actor_for(agent, town.pk), timezone.now()
    departments = [make_department(town), make_department(town)]
    services = [make_service(town, department=one) for one in departments]
    promise(services[0], first_answer="4h", resolution="3d")
    promise(
        services[1],
        first_answer="4h",
        resolution="3d",
        calendar=Target.objects.get(service=services[0]).calendar,
    )
    done = make_case(town, service=services[0], now=now - timedelta(minutes=3))
    operations.close_case(case_id=done.pk, outcome="FIXED", message="Done.", by=actor, now=now)
    for _ in range(2):
        make_case(town, service=services[1], now=now)
    count(town.pk, list(Case.objects.values_list("id", flat=True)))
    return departments


def test_the_page_tells_shares_and_the_rules_they_are_counted_by(desk: Client, counted: list) -> None:
    page = text(desk.get(PERFORMANCE))
    assert "Answered in time 100% of 1 promised answer" in page
    assert "Finished in time 100% of 1 finished case with a promise" in page
    assert "No urgent case was answered in these months" in page
    assert "Open and late 0 of 2 open cases" in page
    assert "A confirmation that goes out by itself is none." in page


def test_the_file_holds_what_is_shown_and_in_its_order(desk: Client, counted: list) -> None:
    asked = {"by": "department", "sort": "-received"}
    said = rows(desk.get(PERFORMANCE, asked | {"format": "csv"}))
    names = [row[1] for row in said[1:]]
    assert names == heads(desk.get(PERFORMANCE, asked))
    assert names == [counted[1].name["en"], counted[0].name["en"], "All together"]
    told = [dict(zip(said[0], row, strict=True)) for row in said[1:]]
    assert [one["code"] for one in told] == [counted[1].code, counted[0].code, ""]
    assert [(one["received"], one["finished"]) for one in told] == [("2", "0"), ("1", "1"), ("3", "1")]
    assert [one["finished_in_time_percent"] for one in told] == ["", "100", "100"]
    late = rows(desk.get(PERFORMANCE, asked | {"format": "csv", "table": "late"}))
    assert late[0][2:] == [
        *("open", "waiting", "overdue"),
        *(f"overdue_from_{least}_days" for least in (0, 1, 8, 31)),
    ]
    assert [row[0] for row in late[1:]] == [counted[1].code, ""]
    assert desk.get(PERFORMANCE, {"format": "csv", "table": "people"}).status_code == 404


def test_a_column_sorts_both_ways_and_what_has_no_value_comes_last(desk: Client, counted: list) -> None:
    one, other = (department.name["en"] for department in counted)
    for sort in ("finished_in_time_percent", "-finished_in_time_percent"):
        assert heads(desk.get(PERFORMANCE, {"sort": sort})) == [one, other, "All together"]
    falling = desk.get(PERFORMANCE, {"sort": "-received"})
    assert heads(falling) == [other, one, "All together"]
    assert 'aria-sort="descending"' in falling.content.decode()
    assert "sort=received" in falling.content.decode()
    assert heads(desk.get(PERFORMANCE, {"sort": "received"})) == [one, other, "All together"]
    assert heads(desk.get(PERFORMANCE, {"sort": "name; drop"})) == heads(desk.get(PERFORMANCE))


@pytest.mark.parametrize("by", ["team", "service", "area", "channel", "month", "person", ""])
def test_every_unit_has_its_rows_but_people_have_none(desk: Client, counted: list, by: str) -> None:
    response = desk.get(PERFORMANCE, {"by": by})
    assert response.status_code == 200
    assert heads(response)[-1] == "All together"
    if by == "person":
        assert heads(response) == heads(desk.get(PERFORMANCE))
    assert ("Of them waiting for others" in text(response)) == (by != "month")


def test_where_nothing_was_counted_the_page_says_so(desk: Client, town: Municipality) -> None:
    response = desk.get(PERFORMANCE)
    assert "Nothing was counted in these months" in text(response)
    assert rows(desk.get(PERFORMANCE, {"format": "csv"}))[1:] == []


def test_a_department_sees_its_own_and_no_other(
    town: Municipality, counted: list, sign_in: Callable[[User], Client]
) -> None:
    worker = sign_in(make_staff(town, Role.DEPARTMENT_WORKER, department=counted[0]))
    for asked in ({}, {"department": counted[1].code}):
        assert heads(worker.get(PERFORMANCE, asked)) == [counted[0].name["en"], "All together"]


def test_one_and_many_departments_take_as_many_queries(
    desk: Client, town: Municipality, counted: list
) -> None:
    taken = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            desk.get(PERFORMANCE)
        taken.append(len(queries))
        for _ in range(3):
            count(town.pk, [make_case(town).pk])
    assert taken == [14, 14]
