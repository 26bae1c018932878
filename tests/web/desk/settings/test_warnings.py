"""The warnings' page: written, put in order, published, taken back."""

import json

import pytest

from moked.accounts.rules import Role
from moked.sla.models import WarningSet
from moked.sla.operations import publish_warnings
from moked.sla.warnings import read
from tests.factories import NOW, make_service, make_staff, make_town
from tests.web.desk.pages import text

pytestmark = pytest.mark.django_db
URL = "/desk/settings/warnings/"
LEVEL = {"kinds": ["RESOLUTION"], "at": "80%", "whom": ["MANAGER"]}
FORM = {
    "kinds": ["RESOLUTION"],
    "amount": "80",
    "unit": "%",
    "when": "%",
    "whom": ["MANAGER"],
    "later_amount": "",
    "reason_en": "",
    "reason_he": "",
}


@pytest.fixture
def town():
    return make_town()


@pytest.fixture
def manager(sign_in, town):
    return sign_in(make_staff(town, Role.SERVICE_MANAGER))


def send(manager, step, *levels, base="0", **form):
    return manager.post(URL, {"step": step, "warnings": json.dumps(list(levels)), "base": base, **form})


def draft_of(answer):
    return [level.as_document() for level in answer.context["draft"].levels]


def test_a_warning_is_written_shown_as_a_sentence_and_published(manager, town):
    assert "Nobody is warned yet" in text(manager.get(URL))
    answer = send(manager, "put:0", **FORM, by_mail="on")
    page = text(answer)
    assert "80% of the time used up" in page and "Told: the department's manager" in page
    assert "by mail too" in page and "Not published yet" in page
    assert not WarningSet.objects.exists()
    (written,) = draft_of(answer)
    assert send(manager, "publish", written).status_code == 303
    assert WarningSet.objects.get().document == [written]
    assert "Not published yet" not in text(manager.get(URL))


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ({"amount": "2", "unit": "h", "when": "-"}, "-2h"),
        ({"amount": "1", "unit": "d", "when": "+"}, "+1d"),
        ({"amount": "4", "unit": "h", "when": "*"}, "*4h"),
        ({"amount": "50", "unit": "h", "when": "%"}, "50%"),
    ],
)
def test_moments_are_put_together_and_shown_again_for_changing(manager, said, at):
    (written,) = draft_of(send(manager, "put:0", **FORM | said))
    assert written["at"] == at
    form = send(manager, "edit:1", written).context["form"]
    assert (form.initial["amount"], form.initial["when"]) == (int(said["amount"]), said["when"])


def test_a_later_time_for_the_resident_is_written_with_its_reason_and_shown_again(manager):
    said = {"later_amount": "2", "later_unit": "d", "reason_en": "It takes longer.", "reason_he": "עוד קצת."}
    (written,) = draft_of(send(manager, "put:0", **FORM | said))
    assert (written["later"], written["reason"]) == ("2d", {"en": "It takes longer.", "he": "עוד קצת."})
    page = text(send(manager, "edit:1", written))
    assert "the resident is told: 2 working days later" in page and "It takes longer." in page


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"later_amount": "2", "later_unit": "d"}, "Write why it takes longer."),
        ({"later_amount": "59999", "later_unit": "d", "reason_en": "x"}, "is too far away"),
        ({"kinds": []}, "Choose of which promise it warns."),
        ({"whom": []}, "Choose who is told."),
        ({"amount": ""}, "Write how much."),
        ({"amount": "101"}, "Write a share from 1 to 100."),
        ({"amount": "1", "unit": "d", "when": "-"}, "Count the time before in hours or minutes of opening."),
        ({"amount": "59999", "unit": "d", "when": "+"}, "is too far away"),
    ],
)
def test_what_is_missing_is_asked_for_and_nothing_is_lost(manager, wrong, words):
    answer = send(manager, "put:0", LEVEL, **FORM | wrong)
    assert words in text(answer)
    assert len(draft_of(answer)) == 1


def test_warnings_are_moved_and_removed(manager):
    other = LEVEL | {"at": "100%"}
    assert [one["at"] for one in draft_of(send(manager, "down:1", LEVEL, other))] == ["100%", "80%"]
    assert [one["at"] for one in draft_of(send(manager, "remove:1", LEVEL, other))] == ["100%"]


def test_two_who_publish_at_once_do_not_overwrite_each_other(manager, town):
    publish_warnings(municipality=town, levels=read([LEVEL]), by_user_id=None, now=NOW)
    answer = send(manager, "publish", LEVEL | {"at": "50%"}, base="0")
    assert "A colleague published other warnings in the meantime." in text(answer)
    assert WarningSet.objects.get().document[0]["at"] == "80%"


def test_an_earlier_revision_is_published_again(manager, town):
    service = make_service(town)
    publish_warnings(
        municipality=town, levels=read([LEVEL | {"services": [service.slug]}]), by_user_id=None, now=NOW
    )
    publish_warnings(municipality=town, levels=(), by_user_id=None, now=NOW)
    assert manager.post("/desk/settings/history/warnings/warnings/", {"number": "1"}).status_code == 303
    assert WarningSet.objects.get().document[0]["services"] == [service.slug]


@pytest.mark.parametrize("broken", ["", "{}", "[1]", '[{"at": "soon"}]', "[" * 1000])
def test_a_page_that_comes_back_broken_shows_what_is_in_force(manager, broken):
    answer = manager.post(URL, {"step": "publish", "warnings": broken, "base": "0"})
    assert "cannot be read any more" in text(answer)
    assert not WarningSet.objects.exists()
