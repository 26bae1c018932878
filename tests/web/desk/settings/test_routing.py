"""Routing rules in the settings: written, moved and tried on the page, kept once they are published."""

import html
import json
import re

import pytest

from moked.accounts.models import Department, Team
from moked.accounts.rules import Role
from moked.base.question_documents import from_documents
from moked.cases.models import Label
from moked.routing.models import RuleSet
from moked.routing.queries import rules_of
from tests.factories import make_body, make_case, make_department, make_label, make_service, make_staff
from tests.routing.making import rule
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
    assert f"Services: {name} Department: {department.name['en']}" in text(page)
    assert "Not published yet" in text(page)
    assert not RuleSet.objects.exists()
    page = step(manager, page, "put:0", department=other.code)
    assert f"Everything else Department: {other.name['en']}" in text(page)
    assert step(manager, page, "publish").status_code == 303
    assert rules_of(town.pk) == (rule(department.code, services=(service.slug,)), rule(other.code))
    assert "Not published yet" not in text(manager.get(URL))


def test_rules_are_moved_changed_and_removed(manager, town, places):
    first, second, service = places
    page = step(manager, manager.get(URL), "put:0", services=[service.slug], department=first.code)
    page = step(manager, page, "put:0", services=[service.slug], department=second.code)
    page = step(manager, page, "up:2")
    assert goes_to(page) == [second.code, first.code]
    page = step(manager, page, "down:1")
    assert goes_to(page) == [first.code, second.code]
    page = step(manager, page, "edit:2")
    assert "Change rule 2" in text(page)
    page = step(manager, page, "put:2", department=first.code)
    assert json.loads(hidden(page, "rules"))[1] == rule(first.code).as_document()
    page = step(manager, page, "remove:1")
    assert len(json.loads(hidden(page, "rules"))) == 1
    for nonsense in ("up:1", "down:1", "remove:9", "edit:x", "edit:0", "fly"):
        assert len(json.loads(hidden(step(manager, page, nonsense), "rules"))) == 1


def goes_to(page) -> list[str]:
    return [one["then"]["department"] for one in json.loads(hidden(page, "rules"))]


def test_a_rule_that_does_nothing_is_asked_what_to_do_and_nothing_is_lost(manager, places):
    page = step(manager, manager.get(URL), "put:0", services=[places[2].slug])
    assert text(page).count("Choose where these cases go.") == 2
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
    assert rules_of(town.pk) == (rule(other.code),)


@pytest.mark.parametrize(
    "sent",
    ["", "{", "null", '"x"', "[1]", "[" * 100_000, '[{"department": ["x"]}]', '[{"then": {"team": 5}}]'],
)
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
    was, now_is = (f"Everything else → Department: {one.name['en']}" for one in (department, other))
    assert f"Rule · 1 {was} {now_is}" in page
    assert manager.post(history, {"number": "1"}).status_code == 303
    assert rules_of(town.pk) == (rule(department.code),)


def test_a_trial_says_which_cases_would_go_elsewhere(manager, town, places):
    department, _other, service = places
    case = make_case(town, service=service)
    page = step(manager, manager.get(URL), "put:0", department=department.code)
    page = step(manager, page, "try")
    words = text(page)
    assert "Changed 1 Unchanged 0 No rule fits 0" in words
    was, would_be = service.department.name["en"], department.name["en"]
    assert f"{case.number} {case.title} {was} {would_be} by rule 1" in words
    assert "Cases tried that it decides: 1" in words
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


EVERYTHING = {
    "name": "Nights",
    "words": "gas smell\ncable*\n\n gas  smell ",
    "channels": ["PHONE"],
    "languages": ["he", "ar"],
    "priorities": ["HIGH"],
    "weekdays": ["FRI"],
    "begins": "17:00",
    "ends": "700",
    "domains": "Ann@School.example.org",
    "priority": "URGENT",
}


def test_every_condition_can_be_chosen_and_is_told_in_words(manager, town, places):
    department, _other, _service = places
    question = {
        "code": "depth",
        "kind": "CHOICE",
        "label": {"en": "How deep?"},
        "options": [{"code": "DEEP", "label": {"en": "Deep"}}, {"code": "FLAT", "label": {"en": "Flat"}}],
    }
    service = make_service(town, questions=from_documents([question]))
    person, body = make_staff(town, Role.AGENT), make_body(town)
    team = Team.objects.create(municipality=town, code="night", name={"en": "Night"})
    said = EVERYTHING | {"services": [service.slug], "person": str(person.pk), "body": body.code}
    said |= {"team": team.code, "department": department.code}
    page = step(manager, manager.get(URL), "ask:0", **said)
    assert "How deep?" in text(page)
    assert count(page, "rule") == 0
    page = step(manager, page, "put:0", **said, answers=["depth=DEEP"])
    words = text(page)
    for part in (
        *("Nights", "Channel: Phone", "Language: עברית, العربيّة", "Priority: Important", "Days: Friday"),
        *("Words: “gas smell”, “cable*”", "The sender's domain: school.example.org"),
        *("Time of day: 17:00–07:00", "How deep?: Deep", f"Person: {person.name}", "Priority: Urgent"),
        *(f"External body: {body.name['en']}", "Team: Night"),
    ):
        assert part in words, part
    page = step(manager, page, "edit:1")
    assert step(manager, page, "put:1", **said, answers=["depth=DEEP"]).status_code == 200
    assert step(manager, page, "publish").status_code == 303
    [published] = rules_of(town.pk)
    assert published == rule(
        *(department.code,),
        name="Nights",
        services=(service.slug,),
        words=("gas smell", "cable*"),
        channels=("PHONE",),
        languages=("he", "ar"),
        priorities=("HIGH",),
        weekdays=("FRI",),
        begins="17:00",
        ends="07:00",
        domains=("school.example.org",),
        answers=(("depth", ("DEEP",)),),
        team="night",
        person=person.pk,
        body=body.code,
        priority="URGENT",
    )


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"words": "…"}, "Write letters in each line."),
        ({"words": "x" * 201}, "Write letters in each line."),
        ({"words": "\n".join(f"word{number}" for number in range(51))}, "Up to 50 lines fit."),
        ({"domains": "no domain"}, "Write domains like school.example.org, one on each line."),
        ({"begins": "25:00", "ends": "07:00"}, "Write a time like 17:00."),
        ({"begins": "17:00"}, "Write both times, or neither."),
        ({"begins": "17:00", "ends": "17:00"}, "Write two different times."),
        ({"channels": ["PIGEON"]}, "Choose only what is shown."),
        ({"person": "999999"}, "Choose only what is shown."),
        ({"name": "x" * 81}, "80"),
    ],
)
def test_what_cannot_be_asked_is_told_beside_the_field_and_kept(manager, places, said, words):
    page = step(manager, manager.get(URL), "put:0", **{"department": places[0].code, **said})
    assert words in text(page)
    assert count(page, "rule") == 0


def test_a_rule_being_written_is_still_there_after_a_trial(manager, places):
    page = step(manager, manager.get(URL), "try", words="half a thought")
    assert "half a thought" in page.content.decode()
    assert "Choose where these cases go." not in text(page)


def test_a_draft_is_kept_for_colleagues_and_holds_for_nothing(manager, town, places):
    department, other, _service = places
    page = step(manager, manager.get(URL), "put:0", department=department.code)
    assert step(manager, page, "keep").status_code == 303
    page = manager.get(URL)
    assert "Kept by" in text(page)
    assert goes_to(page) == [department.code]
    assert rules_of(town.pk) == ()
    page = step(manager, page, "put:0", words="cable", department=other.code)
    page = step(manager, page, "up:2")
    assert step(manager, page, "publish").status_code == 303
    assert "Kept by" not in text(manager.get(URL))
    assert [one.target.department for one in rules_of(town.pk)] == [other.code, department.code]
    assert "1" in text(manager.get("/desk/settings/history/routing_rules/rules/"))


def test_a_person_of_another_department_is_told_when_publishing(manager, town, places):
    department, other, _service = places
    person = make_staff(town, Role.DEPARTMENT_WORKER, department=other)
    page = step(manager, manager.get(URL), "put:0", department=department.code, person=str(person.pk))
    told = f"Rule 1 names “{person.name}”, who does not work on cases of its department. Change the rule."
    assert told in text(step(manager, page, "publish"))
    assert rules_of(town.pk) == ()


def test_a_draft_can_be_discarded_and_grows_old(manager, town, places):
    department, other, _service = places
    page = step(manager, manager.get(URL), "put:0", department=department.code)
    step(manager, page, "keep")
    assert step(manager, page, "drop").status_code == 303
    assert count(manager.get(URL), "rule") == 0
    theirs = step(manager, manager.get(URL), "put:0", department=other.code)
    step(manager, theirs, "publish")
    assert "A colleague published other rules in the meantime." in text(step(manager, page, "keep"))


def test_a_rule_that_leads_nowhere_any_more_is_marked(manager, town, places):
    department, _other, service = places
    page = step(manager, manager.get(URL), "put:0", services=[service.slug], department=department.code)
    step(manager, page, "publish")
    Department.objects.filter(pk=department.pk).update(is_retired=True)
    words = f"The department “{department.name['en']}” of rule 1 is no longer there."
    assert words in text(manager.get(URL))


def test_a_trial_of_chosen_cases(manager, town, places):
    department, _other, service = places
    make_case(town, service=service)
    page = step(manager, manager.get(URL), "put:0", department=department.code)
    for said, tried in (
        ({"of_service": service.slug, "last": "100"}, "Changed 1"),
        ({"since": "2026-11-16", "until": "2026-11-16"}, "Changed 1"),
        ({"since": "2026-11-17"}, "Changed 0"),
        ({"until": "2026-11-15"}, "Changed 0"),
    ):
        assert tried in text(step(manager, page, "try", **said)), said
    assert "Choose only what is shown." in text(step(manager, page, "try", last="7"))


def test_a_rule_that_only_adds_labels_is_written_and_flagged_once_one_is_retired(manager, town, places):
    _department, _other, service = places
    storm, press = make_label(town, "Storm"), make_label(town, "Press")
    page = step(manager, manager.get(URL), "put:0", services=[service.slug], labels=[storm.code, press.code])
    assert "Labels: Storm, Press" in text(page) and "even one that only adds labels" in text(page)
    page = step(manager, page, "edit:1")
    assert re.findall(r'name="labels"\s+value="([^"]+)"\s+checked', page.content.decode()) == [
        "press",
        "storm",
    ]
    assert step(manager, page, "publish").status_code == 303
    Label.objects.filter(pk=storm.pk).update(is_retired=True)
    assert "The label “Storm” of rule 1 is no longer in use. Change the rule." in text(manager.get(URL))


def test_a_trial_names_the_labels_that_cases_would_get(manager, town, places):
    department, _other, service = places
    storm = make_label(town, "Storm")
    make_case(town, service=service)
    page = step(manager, manager.get(URL), "put:0", department=department.code, labels=[storm.code])
    page = step(manager, page, "try")
    assert f"{department.name['en']}, Storm" in text(page)
