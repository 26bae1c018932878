"""The page of figures for the staff."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from moked.accounts.models import User
from moked.accounts.rules import Role
from moked.cases.models import Case
from moked.insights.projections import count
from moked.municipalities.models import Municipality
from tests.factories import make_case, make_department, make_service, make_staff
from tests.web.desk.pages import text

FIGURES = "/desk/figures/"


def lines(response) -> list[str]:
    return b"".join(response.streaming_content).decode().splitlines()


@pytest.fixture
def counted(town: Municipality) -> list:
    """Two cases of one department and one of another, all of now."""
    departments = [make_department(town), make_department(town)]
    for number, department in enumerate(departments):
        service = make_service(town, department=department)
        for _ in range(2 - number):
            make_case(town, service=service, now=timezone.now())
    count(town.pk, list(Case.objects.values_list("id", flat=True)))
    return departments


def test_the_page_says_it_first_and_has_each_table_as_csv(desk: Client, counted: list) -> None:
    page = text(desk.get(FIGURES))
    assert "3 reports came in and 0 were finished." in page
    assert "By person" not in page
    rows = lines(desk.get(FIGURES, {"format": "csv", "table": "departments"}))
    assert rows[0].startswith("code,name,received,closed,open,in_time_percent")
    assert {row.split(",")[0]: row.split(",")[2] for row in rows[1:]} == {
        counted[0].code: "2",
        counted[1].code: "1",
    }
    assert desk.get(FIGURES, {"format": "csv", "table": "nothing"}).status_code == 404


def test_one_department_can_be_looked_at_alone(desk: Client, counted: list) -> None:
    response = desk.get(FIGURES, {"department": counted[1].code})
    assert "1 report came in and 0 were finished." in text(response)
    assert f"department={counted[1].code}&amp;format=csv" in response.content.decode()


def test_a_department_sees_its_own_and_no_other(
    town: Municipality, counted: list, sign_in: Callable[[User], Client]
) -> None:
    worker = sign_in(make_staff(town, Role.DEPARTMENT_WORKER, department=counted[0]))
    assert "2 reports came in" in text(worker.get(FIGURES))
    assert "2 reports came in" in text(worker.get(FIGURES, {"department": counted[1].code}))
    administrator = sign_in(make_staff(town, Role.ADMINISTRATOR))
    assert administrator.get(FIGURES).status_code in {302, 404}


def test_a_month_that_cannot_be_read_is_explained(desk: Client, counted: list) -> None:
    response = desk.get(FIGURES, {"from": "2026-13"})
    assert response.status_code == 200
    assert "Write months as year and month, for example 2026-10." in text(response)
