"""Routing rules in the settings: written, moved and tried on the page, kept once they are published."""

import html
import json
import re

import pytest

from moked.routing.models import RuleSet
from moked.routing.queries import rules_of
from moked.routing.rules import Rule
from tests.factories import make_case, make_department, make_service
from tests.web.desk.pages import count, text

URL = "/desk/settings/routing/"


@pytest.fixture
def places(town):
    """Two departments and a service."""
    return make_department(town), make_department(town), make_service(town)


def hidden(response, name: str) -> str:
    return html.unescape(re.search(rf'name="{name}" value="([^"]*)"', response.content.decode())[1])


def step(manager, response, step, **said):
    """Press a button of the page as it is."""
    kept = {"rules": hidden(response, "rules"), "base": hidden(response, "base"), "department": ""}
    return manager.post(URL, kept | {"step": step} | said)


def test_a_rule_is_written_on_the_page_and_holds_once_it_is_published(manager, town, places):
    department, other, service = places
    page = step(manager, manager.get(URL), "put:0", services=[service.slug], department=department.code)
    assert page.status_code == 200 and count(page, "rule") == 1
    name = service.name["en"]
    assert f"{name}: goes to {department.name['en']}, wherever it is." in text(page)
    assert "Not published yet" in text(page)
    assert not RuleSet.objects.exists()
    page = step(manager, page, "put:0", department=other.code)
    assert f"Everything else goes to {other.name['en']}." in text(page)
    assert step(manager, page, "publish").status_code == 303
    assert rules_of(town.pk) == (Rule(department.code, (service.slug,)), Rule(other.code))
    assert "Not published yet" not in text(manager.get(URL))


def test_rules_are_moved_changed_and_removed(manager, town, places):
    first, second, service = places
    page = step(manager, manager.get(URL), "put:0", services=[service.slug], department=first.code)
    page = step(manager, page, "put:0", services=[service.slug], department=second.code)
    page = step(manager, page, "up:2")
    assert [one["department"] for one in json.loads(hidden(page, "rules"))] == [second.code, first.code]
    page = step(manager, page, "down:1")
    assert [one["department"] for one in json.loads(hidden(page, "rules"))] == [first.code, second.code]
    page = step(manager, page, "edit:2")
    assert "Change rule 2" in text(page)
    page = step(manager, page, "put:2", department=first.code)
    assert json.loads(hidden(page, "rules"))[1] == Rule(first.code).as_document()
    page = step(manager, page, "remove:1")
    assert len(json.loads(hidden(page, "rules"))) == 1
    for nonsense in ("up:1", "down:1", "remove:9", "edit:x", "edit:0", "fly"):
        assert len(json.loads(hidden(step(manager, page, nonsense), "rules"))) == 1


def test_a_sentence_without_a_department_is_asked_for_and_nothing_is_lost(manager, places):
    page = step(manager, manager.get(URL), "put:0", services=[places[2].slug])
    assert text(page).count("Choose the department it goes to.") == 2
    assert "checked" in page.content.decode()


def test_a_rule_that_decides_nothing_is_told_before_and_when_publishing(manager, town, places):
    department, other, _service = places
    page = step(manager, manager.get(URL), "put:0", department=department.code)
    page = step(manager, page, "put:0", department=other.code)
    words = "Rule 2 never decides anything: rule 1 before it takes everything."
    assert words in text(page)
    assert words in text(step(manager, page, "publish"))
    assert not RuleSet.objects.exists()


def test_what_a_colleague_published_meanwhile_is_not_overwritten(manager, town, places):
    department, other, _service = places
    mine = step(manager, manager.get(URL), "put:0", department=department.code)
    theirs = step(manager, manager.get(URL), "put:0", department=other.code)
    assert step(manager, theirs, "publish").status_code == 303
    assert "A colleague published other rules in the meantime." in text(step(manager, mine, "publish"))
    assert rules_of(town.pk) == (Rule(other.code),)


@pytest.mark.parametrize("sent", ["", "{", "null", '"x"', "[1]", "[" * 100_000, '[{"department": ["x"]}]'])
def test_rules_that_the_page_did_not_send_change_nothing(sent, manager, town):
    response = manager.post(URL, {"rules": sent, "base": "0", "step": "publish"})
    assert response.status_code == 200
    assert not RuleSet.objects.exists()


def test_history_of_rules_leads_back(manager, town, places):
    department, other, _service = places
    page = step(manager, manager.get(URL), "put:0", department=department.code)
    step(manager, page, "publish")
    page = step(manager, manager.get(URL), "put:1", department=other.code)
    step(manager, page, "publish")
    history = "/desk/settings/history/routing_rules/rules/"
    page = text(manager.get(history))
    assert f"Rule · 1 · Department {department.name['en']} {other.name['en']}" in page
    assert manager.post(history, {"number": "1"}).status_code == 303
    assert rules_of(town.pk) == (Rule(department.code),)


def test_a_trial_says_which_cases_would_go_elsewhere(manager, town, places):
    department, _other, service = places
    case = make_case(town, service=service)
    page = step(manager, manager.get(URL), "put:0", department=department.code)
    page = step(manager, page, "try")
    words = text(page)
    assert "Changed 1 Unchanged 0 No rule fits 0" in words
    was, would_be = service.department.name["en"], department.name["en"]
    assert f"{case.number} {case.title} {was} {would_be} by rule 1" in words
    assert "Publish: 1 case of the last ones would have gone elsewhere" in words
    case.refresh_from_db()
    assert case.department == service.department
    assert not RuleSet.objects.exists()


def test_the_timeline_tells_the_rule_by_which_a_case_was_routed(manager, town, places):
    department, _other, service = places
    page = step(manager, manager.get(URL), "put:0", department=department.code)
    step(manager, page, "publish")
    case = make_case(town, service=service)
    page = text(manager.get(f"/desk/cases/{case.number}/"))
    assert f"Routed to: {department.name['en']}" in page
    assert "by rule 1" in page
