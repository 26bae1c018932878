"""The page of a search: what it shows to whom, and what it says when nothing is found."""

import importlib
import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from moked.accounts.models import User
from moked.accounts.rules import Role
from moked.cases.models import Case
from moked.municipalities.models import Municipality
from tests.factories import NOW, make_case, make_department, make_service, make_staff, make_town
from tests.web.desk.pages import count, text

SEARCH = "/desk/search/"


@pytest.mark.parametrize("separator", ["-", "", " "])
def test_search_opens_the_case_with_the_number(separator: str, desk: Client, town: Municipality) -> None:
    case = make_case(town)
    response = desk.get(SEARCH, {"q": str(case.number).replace("-", separator)})
    assert response["Location"] == reverse("desk:case", args=[case.number])


def test_search_for_an_invisible_case_answers_as_for_none(
    town: Municipality, sign_in: Callable[[User], Client]
) -> None:
    hidden = make_case(town, matter="Not for you")
    browser = sign_in(make_staff(town, Role.DEPARTMENT_WORKER))
    found = browser.get(SEARCH, {"q": hidden.number})
    none = browser.get(SEARCH, {"q": "31-999999-0"})
    assert found.status_code == none.status_code == 200
    assert "No case with this number that you can see" in text(found)
    assert text(found).replace(str(hidden.number), "") == text(none).replace("31-999999-0", "")


@pytest.mark.abuse("A20")
@pytest.mark.parametrize(
    "typed",
    [
        *("x" * 20_000, "\x00", "a\x00bc", "‮26-000777-5", "<script>alert(1)</script>", "٢٦"),
        *("%", "_", "%%%", "___", "\\", "'", '"', "' OR 1=1 --", "'; DROP TABLE search_document; --"),
        *('"nothing"', "NEAR(a b)", "text : hole", "ho*", "-hole", "^hole", "hole AND", "OR hole", "(hole"),
    ],
)
def test_search_survives_whatever_is_typed(typed: str, desk: Client, town: Municipality) -> None:
    make_case(town, matter="Plain matter")
    response = desk.get(SEARCH, {"q": typed})
    assert response.status_code == 200
    assert "<script>alert" not in response.content.decode() and "‮" not in response.content.decode()
    assert "Plain matter" not in text(response)


@pytest.mark.abuse("A20")
@pytest.mark.parametrize("more", [{"state": "' OR 1=1"}, {"after": "x"}, {"sort": "resident__name"}])
def test_other_parameters_are_read_from_a_list_or_not_at_all(
    more: dict[str, str], desk: Client, town: Municipality
) -> None:
    make_case(town, matter="A hole")
    assert count(desk.get(SEARCH, {"q": "hole"} | more), "found-row") == 1


def test_a_find_shows_where_the_words_stand_and_how_the_case_stands(desk: Client, town: Municipality) -> None:
    service = make_service(town)
    case = make_case(
        town, service=service, matter=f"{'A matter with a long beginning. ' * 5} The hole <b>is deep"
    )
    response = desk.get(SEARCH, {"q": "HOLE deep"})
    body, words = response.content.decode(), text(response)
    assert "The <mark>hole</mark> &lt;b&gt;is <mark>deep</mark>" in body
    assert "1 case found" in words
    for shown in (case.number, service.name["en"], "Received", "16 November 2026"):
        assert str(shown) in words, shown


def test_a_department_finds_what_it_handles_and_nothing_else(
    town: Municipality, sign_in: Callable[[User], Client]
) -> None:
    department = make_department(town)
    make_case(town, service=make_service(town, department=department), matter="Our hole")
    make_case(town, service=make_service(town), matter="Their hole")
    make_case(make_town(), matter="Foreign hole")
    browser = sign_in(make_staff(town, Role.DEPARTMENT_WORKER, department=department))
    words = text(browser.get(f"/t/{town.slug}/desk/search/", {"q": "hole"}))
    assert "1 case found" in words and "Our hole" in words
    assert "Their hole" not in words and "Foreign hole" not in words


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"q": "absent"}, "Try fewer words"),
        ({"q": "עץ"}, "Type a word of three letters or more"),
        ({"q": "absent", "state": "closed"}, "Show open and closed cases"),
        ({"q": "hole", "after": "-9"}, "There is nothing further down"),
        ({"q": "99-999999-9"}, "Compare the number"),
    ],
)
def test_when_nothing_is_found_the_page_says_what_to_try(
    query: dict[str, str], words: str, desk: Client, town: Municipality
) -> None:
    make_case(town, matter="A hole")
    assert words in text(desk.get(SEARCH, query))


def test_without_words_the_page_asks_for_them(desk: Client, town: Municipality) -> None:
    make_case(town, matter="A hole")
    words = text(desk.get(SEARCH))
    assert "Search cases" in words and "found" not in words.replace("are found", "") and "A hole" not in words


def test_pages_and_filters_keep_the_words(
    desk: Client, town: Municipality, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.import_module("moked.cases.queries.search"), "PAGE", 2)
    service = make_service(town)
    for number in range(3):
        make_case(town, service=service, matter=f"Hole-{number}")
    response = desk.get(SEARCH, {"q": "hole", "state": "open"})
    assert re.findall(r"</mark>-(\d)", response.content.decode()) == ["2", "1"]
    rest = desk.get(response.context["next_url"])
    assert re.findall(r"</mark>-(\d)", rest.content.decode()) == ["0"]
    assert 'name="state" value="open"' in rest.content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_search_takes_the_same_queries_for_any_number_of_finds(
    rows: int, desk: Client, town: Municipality, django_assert_num_queries
) -> None:
    service = make_service(town)
    for _ in range(rows):
        make_case(town, service=service, matter="A hole", email="ann@example.org", now=NOW)
    # session, person, town by host, the only town, memberships; documents (PostgreSQL first asks how far to
    # look), visible ones, rows, contacts, notes, answers, people
    with django_assert_num_queries(12 if connection.vendor == "sqlite" else 13):
        response = desk.get(SEARCH, {"q": "hole"})
    assert count(response, "found-row") == rows
    assert Case.objects.count() == rows
