"""The page of exports: what it says before, what it hands over, and to whom."""

import csv
import io
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client

from moked.accounts.models import Membership, User
from moked.accounts.operations import add_member
from moked.accounts.rules import Role
from moked.events import worker
from moked.exchange.exports import operations
from moked.exchange.models import Export
from moked.municipalities.models import Municipality
from tests.factories import NOW, make_case, make_service
from tests.web.desk.pages import count, submission, text

EXPORTS = "/desk/exports/"
CHOSEN = {"which": "all", "service": "", "opened_from": "", "opened_to": "", "kind": "CSV"}


def export(desk: Client, **said: str) -> HttpResponse:
    return desk.post(EXPORTS, CHOSEN | {"step": "export"} | said)


def fetch(desk: Client, key: str) -> list[list[str]]:
    response = desk.get(f"{EXPORTS}{key}/")
    assert response.status_code == 200
    return list(csv.reader(io.StringIO(response.getvalue().decode("utf-8-sig"))))


def test_the_queue_leads_to_an_export_of_what_it_shows(desk: Client, town: Municipality) -> None:
    lamps = make_service(town)
    for service in (lamps, lamps, make_service(town)):
        make_case(town, service=service)
    queue = desk.get(f"/desk/?view=unassigned&service={lamps.slug}").content.decode()
    assert f'href="{EXPORTS}?view=unassigned&amp;service={lamps.slug}"' in queue
    page = desk.get(f"{EXPORTS}?view=unassigned&service={lamps.slug}")
    assert "2 cases You get the file at once." in text(page)
    body = page.content.decode()
    assert '<option value="unassigned" selected>' in body
    assert f'<option value="{lamps.slug}" selected>' in body
    assert "Reporter" in text(page)


def test_a_small_export_is_handed_over_at_once_and_stays_on_the_page(
    desk: Client, town: Municipality
) -> None:
    case = make_case(town, matter="A hole")
    response = export(desk)
    made = Export.objects.get()
    assert (response.status_code, response.headers["Location"]) == (303, f"{EXPORTS}?ready={made.key}")
    page = desk.get(response.headers["Location"])
    assert f'<meta http-equiv="refresh" content="0;url={EXPORTS}{made.key}/">' in page.content.decode()
    assert "The file is ready" in text(page) and "1 case Download" in text(page)
    file = desk.get(f"{EXPORTS}{made.key}/")
    day = made.asked_at.astimezone(town.zone).date()
    assert file.headers["Content-Disposition"] == f'attachment; filename="cases-{town.slug}-{day}.csv"'
    assert file.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert file.headers["Cache-Control"] == "no-store"
    assert case.number in file.getvalue().decode()
    assert b"http-equiv" not in desk.get(f"{EXPORTS}?ready=other").content


def test_a_large_export_is_made_by_the_worker_and_then_linked(
    desk: Client, town: Municipality, monkeypatch
) -> None:
    monkeypatch.setattr("moked.web.desk.exports.AT_ONCE", 1)
    monkeypatch.setattr(operations, "AT_ONCE", 1)
    service = make_service(town)
    for _ in range(2):
        make_case(town, service=service)
    assert "2 cases The file is made in the background" in text(desk.get(EXPORTS))
    response = export(desk)
    assert response.headers["Location"] == EXPORTS
    waiting = desk.get(EXPORTS)
    assert "0 of 2" in text(waiting) and count(waiting, "download") == 0
    assert 'hx-trigger="every 3s"' in waiting.content.decode()
    assert desk.get(f"{EXPORTS}{Export.objects.get().key}/").status_code == 404
    worker.run_outbox()
    part = desk.get(EXPORTS, headers={"HX-Request": "true"})
    assert "2 cases Download" in text(part) and "hx-trigger" not in part.content.decode()
    assert "<html" not in part.content.decode()
    assert len(fetch(desk, Export.objects.get().key)) == 3


def test_the_same_form_sent_twice_makes_one_export_another_choice_another(
    desk: Client, town: Municipality
) -> None:
    make_case(town)
    mark = submission(desk.get(EXPORTS))
    same = [export(desk, submission=mark).headers["Location"] for _ in range(2)]
    assert same[0] == same[1] and Export.objects.count() == 1
    export(desk, submission=mark, kind="XLSX")
    export(desk, submission=mark, which="closed")
    assert Export.objects.count() == 3


def test_counting_says_how_many_and_makes_nothing(desk: Client, town: Municipality) -> None:
    make_case(town, now=NOW)
    make_case(town, now=NOW - timedelta(days=40))
    counted = {"step": "count", "opened_from": "2026-11-01"}
    assert "1 case You get" in text(desk.post(EXPORTS, CHOSEN | counted))
    part = desk.post(EXPORTS, CHOSEN | counted, headers={"HX-Request": "true"})
    assert text(part) == "1 case You get the file at once."
    assert "No case fits." in text(desk.post(EXPORTS, CHOSEN | {"step": "count", "which": "closed"}))
    assert Export.objects.count() == 0


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"opened_from": "yesterday"}, "Write the day like 2026-11-29."),
        ({"opened_from": "0001-01-01"}, "Write the day like 2026-11-29."),
        ({"opened_to": "9999-12-31"}, "Write the day like 2026-11-29."),
        ({"opened_to": "2026-11-\x00"}, "Write the day like 2026-11-29."),
        (
            {"opened_from": "2026-11-02", "opened_to": "2026-11-01"},
            "Choose a day that is not before the first one.",
        ),
        ({"which": "x"}, "Choose which cases."),
        ({"service": "x\x00"}, "Choose one of the answers shown."),
        ({"kind": "PDF"}, "Choose the kind of file."),
    ],
)
def test_what_makes_no_sense_is_asked_for_again(desk: Client, db, said, complaint) -> None:
    page = export(desk, **said)
    assert page.status_code == 200
    assert complaint in text(page) and "Correct what is marked" in text(page)
    assert Export.objects.count() == 0


def test_a_refused_export_says_why(desk: Client, db, monkeypatch) -> None:
    monkeypatch.setattr(operations, "has_room", lambda: False)
    assert "The server has no room for files at present." in text(export(desk))


@pytest.mark.abuse("A06")
def test_a_link_works_no_longer_once_the_role_was_taken(
    desk: Client, agent: User, town: Municipality
) -> None:
    make_case(town, matter="A hole nobody else may read of")
    export(desk)
    address = f"{EXPORTS}{Export.objects.get().key}/"
    assert desk.get(address).getvalue()
    Membership.objects.filter(user=agent).delete()
    add_member(municipality=town, user=agent, role=Role.AUDITOR, department=None, by_user_id=None, now=NOW)
    refused = desk.get(address)
    assert refused.status_code == 403 and "This file is no longer yours to see" in text(refused)
    assert b"A hole" not in refused.content
    Membership.objects.filter(user=agent).update(role=Role.ADMINISTRATOR)
    assert desk.get(address).status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_takes_ten_queries(
    rows: int, desk: Client, town: Municipality, django_assert_num_queries
) -> None:
    service = make_service(town)
    for _ in range(rows):
        make_case(town, service=service)
        export(desk)
    with django_assert_num_queries(10):
        assert count(desk.get(EXPORTS), "download") == rows
