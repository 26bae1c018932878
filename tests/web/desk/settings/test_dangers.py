"""What is dangerous, in the settings: written and tried on the page, in force once it is published."""

import html
import json
import re

import pytest

from moked.base.question_documents import from_documents
from moked.routing.dangers import Danger
from moked.routing.operations import publish_dangers
from moked.routing.queries import signs_of_town
from tests.factories import NOW, make_case, make_service
from tests.web.desk.pages import count, text

URL = "/desk/settings/dangers/"
GAS = {"name_en": "Gas", "words_en": "smell of gas\n\nleak*\nsmell  of gas", "advice_en": "Call {phone}."}


def hidden(response, name: str) -> str:
    return html.unescape(re.search(rf'name="{name}" value="([^"]*)"', response.content.decode())[1])


def step(manager, response, step, **said):
    """Press a button of the page as it is."""
    kept = {"dangers": hidden(response, "dangers"), "base": hidden(response, "base")}
    return manager.post(URL, kept | {"step": step} | said)


def in_force(town) -> list[Danger]:
    return list(signs_of_town(town.pk).dangers)


def test_a_danger_is_written_on_the_page_and_holds_once_it_is_published(manager, town):
    question = {
        "code": "depth",
        "kind": "CHOICE",
        "label": {"en": "How deep?"},
        "options": [{"code": "DEEP", "label": {"en": "Deep"}}],
    }
    service = make_service(town, questions=from_documents([question]))
    assert "No danger is known yet" in text(manager.get(URL))
    page = step(manager, manager.get(URL), "put:0", **GAS, services=[service.slug], answers=["depth=DEEP"])
    words = text(page)
    assert "“smell of gas”, “leak*”" in words and "How deep?: Deep" in words
    assert f"Call {town.emergency_phone}." in words
    assert "Not published yet" in words and in_force(town) == []
    assert step(manager, page, "publish").status_code == 303
    [found] = in_force(town)
    assert (found.code, found.words, found.services, found.answers) == (
        *("gas", {"en": ("smell of gas", "leak*")}, (service.slug,), (("depth", ("DEEP",)),)),
    )


def test_words_in_languages_the_page_does_not_show_stay(manager, town):
    gas = Danger(
        "gas", {"en": "Gas", "hu": "Gáz"}, words={"en": ("gas",), "hu": ("gáz",)}, advice={"hu": "Ki!"}
    )
    publish_dangers(municipality=town, dangers=[gas], by_user_id=None, now=NOW)
    page = step(manager, manager.get(URL), "edit:1")
    assert "Change danger 1" in text(page)
    page = step(manager, page, "put:1", **GAS)
    step(manager, page, "publish")
    [found] = in_force(town)
    assert found.words == {"en": ("smell of gas", "leak*"), "hu": ("gáz",)}
    assert (found.name, found.advice) == ({"en": "Gas", "hu": "Gáz"}, {"en": "Call {phone}.", "hu": "Ki!"})


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"name_en": ""}, "Write what the danger is."),
        ({"words_en": ""}, "Write words, or choose a service."),
        ({"words_en": "…"}, "Write letters in each line."),
        ({"words_en": "\n".join(f"word{number}" for number in range(51))}, "Up to 50 lines fit."),
        ({"services": ["none"]}, "Choose only what is shown."),
        ({"advice_en": "x" * 601}, "600"),
    ],
)
def test_what_cannot_be_meant_is_told_and_nothing_is_lost(manager, town, said, words):
    page = step(manager, manager.get(URL), "put:0", **{**GAS, **said})
    assert words in text(page)
    assert count(page, "danger") == 0
    assert "Call {phone}." in page.content.decode() or "advice_en" in said


@pytest.mark.parametrize("sent", ["", "{", "[1]", "[" * 100_000, '[{"code": "gas"}]', '[{"words": []}]'])
def test_what_the_page_did_not_send_changes_nothing(sent, manager, town):
    response = manager.post(URL, {"dangers": sent, "base": "0", "step": "publish"})
    assert "cannot be read any more" in text(response)
    assert in_force(town) == []


def test_a_trial_and_two_managers_at_once(manager, town):
    case = make_case(town, matter="A smell of gas.")
    mine = step(manager, manager.get(URL), "put:0", **GAS)
    assert "Cases tried 1 Would have been urgent 1" in text(step(manager, mine, "try"))
    assert case.number in text(step(manager, mine, "try"))
    theirs = step(manager, manager.get(URL), "put:0", **GAS, name_he="x")
    assert step(manager, theirs, "publish").status_code == 303
    assert "A colleague published other dangers" in text(step(manager, mine, "publish"))


def test_history_leads_back(manager, town):
    step(manager, step(manager, manager.get(URL), "put:0", **GAS), "publish")
    step(manager, step(manager, manager.get(URL), "remove:1"), "publish")
    assert in_force(town) == []
    history = "/desk/settings/history/dangers/dangers/"
    assert "smell of gas" in text(manager.get(history))
    assert manager.post(history, {"number": "1"}).status_code == 303
    assert [one.code for one in in_force(town)] == ["gas"]


def test_the_agent_sees_the_danger_and_what_the_resident_reads(manager, town):
    step(manager, step(manager, manager.get(URL), "put:0", **GAS), "publish")
    case = make_case(town, matter="A smell of gas.")
    page = text(manager.get(f"/desk/cases/{case.number}/"))
    assert "Danger: Gas" in page
    assert "A danger was noticed Gas" in page
    assert f"The resident reads meanwhile: Call {town.emergency_phone}." in page
    beside = text(manager.post("/desk/new/beside/", {"matter": "There is a smell of gas"}))
    assert f"Dangerous: say at once Call {town.emergency_phone}." in beside
    assert "Dangerous" not in text(manager.post("/desk/new/beside/", {"matter": "A dark lamp"}))
    assert json.loads(hidden(manager.get(URL), "dangers"))[0]["code"] == "gas"
