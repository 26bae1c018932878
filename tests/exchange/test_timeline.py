"""The export of the timeline: what stands in it, and that it tells of nobody."""

import io
import json
import zipfile
from datetime import timedelta

import pytest

from moked.accounts.rules import Role
from moked.cases import operations as cases
from moked.cases.rules import Channel, Outcome, State
from moked.events import worker
from moked.exchange.exports import making, operations, queries, store
from moked.exchange.exports.rules import Format
from moked.exchange.exports.timeline import lines_of
from tests.exchange.files import ask, content, lines
from tests.factories import NOW, make_actor, make_case, make_label, make_service, make_town
from tests.sla.calendars import ISRAELI
from tests.sla.promising import MONDAY, at, make_promising_service

TOWN = "2026-11-16T"


@pytest.fixture
def town(db):
    return make_town()


@pytest.fixture
def agent(town):
    return make_actor(town, Role.AGENT)


def tables(town, agent, **more):
    """Return the tables of an export by name, and the calendars."""
    export = ask(town, agent, kind=Format.ZIP, **more)
    with zipfile.ZipFile(io.BytesIO(content(export, agent))) as bundle:
        assert bundle.testzip() is None
        found = {name.removesuffix(".csv"): bundle.read(name) for name in bundle.namelist()}
    calendars = json.loads(found.pop("calendars.json"))
    return {name: lines(data) for name, data in found.items()}, calendars


def worked_on(town, agent):
    service = make_promising_service(town)
    case = make_case(
        town, service=service, matter="My secret", name="Ann", email="ann@example.org", now=MONDAY
    )
    cases.assign(
        case_id=case.pk,
        department_id=service.department_id,
        assignee_id=agent.user_id,
        by=agent,
        now=at(16, 12),
    )
    cases.reply(case_id=case.pk, body="Private words", by=agent, now=at(16, 13))
    cases.move(case_id=case.pk, target=State.WAITING_FOR_RESIDENT, by=agent, now=at(16, 14))
    cases.add_note(case_id=case.pk, body="A private note", by=agent, now=at(16, 14))
    cases.close_case(case_id=case.pk, outcome=Outcome.FIXED, message="Good words", by=agent, now=at(16, 15))
    return case


def test_all_that_happened_is_told_in_codes_and_in_the_order_of_time(town, agent):
    case = worked_on(town, agent)
    found, calendars = tables(town, agent)
    assert found["cases"] == [
        {
            "number": case.number,
            "kind": "REPORT",
            "opened_at": f"{TOWN}09:00:00.000000Z",
            "channel": "WEB",
            "service": case.service.slug,
            "department": case.department.code,
            "team": "",
            "area": "",
            "priority": "NORMAL",
            "is_imported": "0",
            "closing_is_dated": "1",
        }
    ]
    told = [
        (one["at"][11:16], one["kind"], one["before"], one["after"], one["by"], one["channel"])
        for one in found["timeline"]
    ]
    assert told == [
        ("09:00", "CONTACT", "", "IN", "RESIDENT", "WEB"),
        ("09:00", "OPENED", "", "RECEIVED", "RESIDENT", ""),
        ("10:00", "ASSIGNEE", "", "", "STAFF", ""),
        ("11:00", "CONTACT", "", "OUT", "STAFF", "EMAIL"),
        ("11:00", "STATE", "RECEIVED", "IN_PROGRESS", "STAFF", ""),
        ("12:00", "STATE", "IN_PROGRESS", "WAITING_FOR_RESIDENT", "STAFF", ""),
        ("13:00", "CONTACT", "", "OUT", "STAFF", "EMAIL"),
        ("13:00", "CLOSED", "WAITING_FOR_RESIDENT", "FIXED", "STAFF", ""),
    ]
    promised = {one["kind"]: one for one in found["promises"]}
    assert set(promised) == {"FIRST_ANSWER", "RESOLUTION"}
    assert promised["RESOLUTION"] == {
        "number": case.number,
        "kind": "RESOLUTION",
        "target": "3d",
        "calendar": "office",
        "calendar_revision": "1",
        "paused_by": "WAITING_FOR_RESIDENT,WITH_EXTERNAL_BODY",
        "is_legal": "0",
        "started_at": f"{TOWN}09:00:00.000000Z",
        "told_until": "",
        "is_current": "1",
    }
    assert calendars["zone"] == "Asia/Jerusalem"
    (revision,) = calendars["calendars"]["office"]
    assert (revision["number"], revision["hours"]["week"]) == (1, ISRAELI["week"])


def test_it_tells_nobodys_name_and_no_words(town, agent):
    worked_on(town, agent)
    export = ask(town, agent, kind=Format.ZIP)
    with zipfile.ZipFile(io.BytesIO(content(export, agent))) as bundle:
        said = b"".join(bundle.read(name) for name in bundle.namelist()).decode()
    for secret in ("secret", "Ann", "ann@", "rivate", "Good words", "Person "):
        assert secret not in said


def test_confidential_cases_are_for_those_who_may_see_them(town, agent):
    hidden = make_service(town, confidential_roles=(Role.SERVICE_MANAGER,))
    case = make_case(town, service=hidden)
    manager = make_actor(town, Role.SERVICE_MANAGER)
    assert tables(town, agent)[0] == {"cases": [], "timeline": [], "promises": []}
    assert [one["number"] for one in tables(town, manager)[0]["cases"]] == [case.number]


@pytest.mark.django_db(transaction=True)
def test_a_large_one_is_made_in_steps_and_holds_the_same(town, agent, monkeypatch):
    service = make_promising_service(town)
    made = [make_case(town, service=service, now=MONDAY + timedelta(minutes=n)) for n in range(5)]
    whole = tables(town, agent)
    monkeypatch.setattr(operations, "AT_ONCE", 2)
    monkeypatch.setattr(making, "STEP_ROWS", 2)
    monkeypatch.setattr(queries, "PAGE", 1)
    export = ask(town, agent, kind=Format.ZIP)
    assert export.is_in_work
    while worker.run_outbox():
        pass
    export.refresh_from_db()
    assert (export.state, export.rows) == ("READY", len(made))
    with zipfile.ZipFile(io.BytesIO(content(export, agent))) as bundle:
        assert lines(bundle.read("timeline.csv")) == whole[0]["timeline"]
    assert {file.suffix for file in store.folder().glob(f"{town.pk}/{export.key}.*")} == {".zip"}


def test_one_and_many_cases_take_as_many_queries(town, agent, django_assert_num_queries):
    service = make_promising_service(town)
    for number in (1, 3):
        found = [make_case(town, service=service, channel=Channel.PHONE) for _ in range(number)]
        with django_assert_num_queries(8):
            lines_of(found, town)


def test_labels_are_told_by_their_codes(town, agent):
    case, label = make_case(town), make_label(town, "Storm")
    cases.change_labels(case_id=case.pk, add=[label.code], by=agent, now=NOW)
    cases.change_labels(case_id=case.pk, remove=[label.code], by=agent, now=NOW)
    told = [line[2:7] for line in lines_of([case], town) if "LABELLED" in line[3]]
    assert [line[1:] for line in told] == [
        ("LABELLED", "", "storm", ""),
        ("UNLABELLED", "storm", "", ""),
    ]
