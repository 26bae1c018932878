"""Labels on the page of a case: shown, added and removed in place, told on the timeline."""

import re
from collections.abc import Callable

import pytest
from django.test import Client

from moked.accounts.models import User
from moked.accounts.queries import actor_for
from moked.accounts.rules import Role
from moked.cases import operations
from moked.cases.labels import MOST_ON_CASE
from moked.cases.models import Case, CaseLabel, Label
from moked.links import operations as links
from moked.links.models import Link
from moked.municipalities.models import Municipality
from tests.factories import NOW, make_case, make_label, make_staff
from tests.web.desk.pages import count, text


def at(case: Case, action: str = "") -> str:
    return f"/desk/cases/{case.number}/{action}"


def on(case: Case) -> list[str]:
    rows = CaseLabel.objects.filter(case=case).order_by("label_id")
    return list(rows.values_list("label__code", flat=True))


def offered(html: str) -> list[str]:
    """Return the codes that may be chosen."""
    choice = re.search(r'<select name="add".*?</select>', html, re.DOTALL)
    return re.findall(r'<option value="([^"]+)"', choice[0]) if choice else []


@pytest.fixture
def case(town: Municipality) -> Case:
    return make_case(town)


@pytest.fixture
def storm(town: Municipality) -> Label:
    return make_label(town, "Storm", colour="BLUE")


def put_on(case: Case, agent: User, *labels: Label) -> None:
    actor = actor_for(agent, case.municipality_id)
    operations.change_labels(case_id=case.pk, add=[one.code for one in labels], by=actor, now=NOW)


def test_a_label_is_added_and_removed_and_the_timeline_tells_by_whom(
    desk: Client, agent: User, town: Municipality, case: Case, storm: Label
) -> None:
    make_label(town, "Press")
    html = desk.get(at(case)).content.decode()
    assert offered(html) == ["press", "storm"]
    response = desk.post(at(case, "labels/"), {"add": "storm"})
    assert (response.status_code, response["Location"]) == (303, f"{at(case)}#labels")
    assert on(case) == ["storm"]
    page = desk.get(at(case))
    header = re.search(
        r'id="header-labels">(.*?)</span>\s*<span class="dk-holder"', page.content.decode(), re.DOTALL
    )
    assert header and "<bdi>Storm</bdi>" in header[1] and "mk-blue" in header[1]
    assert offered(page.content.decode()) == ["press"]
    assert "Label added: Storm" in text(page) and f"by {agent.name}" in text(page)
    assert desk.post(at(case, "labels/"), {"remove": "storm"}).status_code == 303
    assert on(case) == [] and "Label removed: Storm" in text(desk.get(at(case)))


def test_a_part_of_the_page_leads_on_to_the_next_label(desk: Client, case: Case, storm: Label) -> None:
    assert "autofocus" not in desk.get(at(case)).content.decode()
    part = desk.get(at(case), headers={"HX-Request": "true"}).content.decode()
    assert re.search(r'<select name="add"[^>]*autofocus', part)
    assert 'hx-select-oob="#header-labels,#timeline-entries"' in part
    notes = desk.get(at(case), {"show": "notes"}).content.decode()
    assert 'hx-select-oob="#header-labels"' in notes, "a narrowed timeline stays as it is"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"add": ""}, "Choose a label."),
        ({"add": "no-such-label"}, "This label is no longer in use. Choose another."),
        ({"remove": "no-such-label"}, "This label is no longer in use. Choose another."),
    ],
)
def test_what_cannot_be_done_is_said_in_its_place(
    desk: Client, case: Case, storm: Label, said: dict[str, str], words: str
) -> None:
    response = desk.post(at(case, "labels/"), said)
    assert (response.status_code, on(case)) == (200, [])
    assert words in text(response) and "<title>Error:" in response.content.decode()


def test_a_label_retired_meanwhile_is_not_added(
    desk: Client, agent: User, town: Municipality, case: Case, storm: Label
) -> None:
    operations.retire_label(label_id=storm.pk, by=actor_for(agent, town.pk), now=NOW)
    response = desk.post(at(case, "labels/"), {"add": "storm"})
    assert "This label is no longer in use. Choose another." in text(response)
    assert (on(case), count(desk.get(at(case)), "add-label")) == ([], 0)


def test_what_a_colleague_did_meanwhile_is_no_mistake(
    desk: Client, agent: User, case: Case, storm: Label
) -> None:
    put_on(case, agent, storm)
    assert desk.post(at(case, "labels/"), {"add": "storm"}).status_code == 303
    for _ in range(2):
        assert desk.post(at(case, "labels/"), {"remove": "storm"}).status_code == 303
    assert on(case) == []


def test_a_full_case_says_how_many_there_is_room_for(
    desk: Client, agent: User, town: Municipality, case: Case, storm: Label
) -> None:
    put_on(case, agent, *(make_label(town) for _ in range(MOST_ON_CASE)))
    response = desk.post(at(case, "labels/"), {"add": "storm"})
    assert "A case has room for 20 labels. Remove one first." in text(response)


def test_who_only_reads_sees_labels_without_buttons(
    agent: User, town: Municipality, case: Case, storm: Label, sign_in: Callable[[User], Client]
) -> None:
    put_on(case, agent, storm)
    auditor = sign_in(make_staff(town, Role.AUDITOR))
    page = auditor.get(at(case))
    assert (count(page, "label"), count(page, "remove-label"), count(page, "add-label")) == (2, 0, 0)
    assert auditor.post(at(case, "labels/"), {"remove": "storm"}).status_code == 404
    assert on(case) == ["storm"]


def test_a_town_without_labels_has_no_place_for_them(desk: Client, case: Case) -> None:
    page = desk.get(at(case))
    assert 'id="labels"' not in page.content.decode() and count(page, "label") == 0


def test_the_reporter_reads_nothing_of_labels(client: Client, agent: User, case: Case, storm: Label) -> None:
    put_on(case, agent, storm)
    link = links.find(purpose=Link.Purpose.TRACKING, object_id=case.pk)
    page = client.get(f"/track/{links.render(link)}/", follow=True)
    assert str(case.number) in text(page) and "Storm" not in page.content.decode()
