"""What an export holds, in which form, and how it is made, fetched and forgotten."""

import os
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction
from django.test import TestCase
from django.utils.translation import override

from moked.accounts.models import User
from moked.accounts.operations import add_member
from moked.accounts.queries import actor_for
from moked.accounts.rules import Actor, Role, system
from moked.audit.models import AccessRecord, AuditRecord
from moked.cases import operations as cases
from moked.cases.models import Case, CaseArea
from moked.cases.rules import Outcome
from moked.events import worker
from moked.events.models import Event, OutboxRow
from moked.events.subscribers import LeaseLost
from moked.exchange.exports import making, operations, queries, store
from moked.exchange.exports.rules import Column, Format, Selection, columns_for
from moked.exchange.models import Export
from moked.municipalities.models import Municipality
from moked.places.models import Area
from moked.web.desk.export_words import WORDS
from tests.exchange.files import ask, content, lines, numbers, sheet, update
from tests.factories import NOW, make_actor, make_case, make_department, make_label, make_service, make_town


@pytest.fixture
def town(db) -> Municipality:
    return make_town()


@pytest.fixture
def agent(town: Municipality) -> Actor:
    return make_actor(town, Role.AGENT)


@pytest.fixture
def in_steps(monkeypatch) -> None:
    """Make exports of more than two cases in the background, two cases a step, one case a page."""
    monkeypatch.setattr(operations, "AT_ONCE", 2)
    monkeypatch.setattr(making, "STEP_ROWS", 2)
    monkeypatch.setattr(queries, "PAGE", 1)


def make_cases(town: Municipality, count: int) -> list[Case]:
    """Return cases to whose opening nobody has still to react."""
    service = make_service(town)
    made = [make_case(town, service=service) for _ in range(count)]
    work()
    return made


def work() -> None:
    while worker.run_outbox():
        pass


def told_case(town: Municipality, agent: Actor) -> Case:
    """Return a closed case of which everything is known."""
    case = make_case(
        town,
        service=make_service(town, name={"en": "Pothole", "he": "בור"}),
        matter="A deep hole",
        name="Ann Brook",
        email="ann@example.org",
        phone="050-123 4567",
    )
    cases.reply(case_id=case.pk, body="We look.", by=agent, now=NOW + timedelta(hours=1))
    cases.close_case(
        case_id=case.pk, outcome=Outcome.FIXED, message="Done.", by=agent, now=NOW + timedelta(hours=2)
    )
    labels = [make_label(town, name).code for name in ("Storm", "Press", "School")]
    cases.change_labels(case_id=case.pk, add=labels[:2], by=agent, now=NOW)
    promised_at = NOW + timedelta(days=3)
    update(case, address="Low Street 1", latitude=-32.5, longitude=34.75, promised_at=promised_at)
    for kind, name in (("DISTRICT", "North"), ("COLLECTION", "Tuesday")):
        area = Area.objects.create(
            municipality=town, kind=kind, code=name.lower(), name={"en": name}, geometry={}, **BOX
        )
        CaseArea.objects.create(municipality=town, case=case, area=area)
    case.refresh_from_db()
    return case


BOX = {"south": 0, "west": 0, "north": 1, "east": 1}


def test_a_csv_file_says_all_of_a_case_in_words_and_in_the_time_of_the_town(town, agent) -> None:
    case = told_case(town, agent)
    export = ask(town, agent)
    assert (export.state, export.rows, export.total) == ("READY", 1, 1)
    data = content(export, agent)
    assert data.startswith(b"\xef\xbb\xbfNumber,Matter,") and data.endswith(b"\r\n")
    assert lines(data) == [
        {
            "Number": case.number,
            "Matter": "A deep hole",
            "Kind": "Report",
            "Service": "Pothole",
            "Department": case.department.name["en"],
            "State": "Resolved",
            "Outcome": "Fixed",
            "Channel": "Web",
            "Language": "English",
            "Opened": "2026-11-16T11:30:00+02:00",
            "First answer": "2026-11-16T12:30:00+02:00",
            "Promised for": "2026-11-19T11:30:00+02:00",
            "Closed": "2026-11-16T13:30:00+02:00",
            "Address": "Low Street 1",
            "District": "North",
            "Labels": "Press, Storm",
            "Latitude": "-32.5",
            "Longitude": "34.75",
            "Reporter": "Ann Brook",
            "Phone": "050-123 4567",
            "E-mail": "ann@example.org",
        }
    ]


def test_a_workbook_says_the_same_with_dates_and_numbers_as_such(town, agent) -> None:
    case = told_case(town, agent)
    page = sheet(content(ask(town, agent, kind=Format.XLSX), agent))
    headers, values = ([cell.value for cell in row] for row in page.rows)
    told = dict(zip(headers, values, strict=True))
    assert page.title == "Cases" and page.freeze_panes == "A2" and not page.sheet_view.rightToLeft
    assert told["Number"] == case.number and told["State"] == "Resolved" and told["District"] == "North"
    assert told["Opened"] == datetime(2026, 11, 16, 11, 30)
    assert told["Closed"] == datetime(2026, 11, 16, 13, 30)
    assert (told["Latitude"], told["Longitude"]) == (-32.5, 34.75)


@pytest.mark.parametrize(("language", "is_mirrored"), [("he", True), ("ar", True), ("cs", False)])
def test_a_workbook_runs_and_speaks_as_its_reader_does(town, agent, language, is_mirrored) -> None:
    told_case(town, agent)
    page = sheet(content(ask(town, agent, kind=Format.XLSX, language=language), agent))
    assert bool(page.sheet_view.rightToLeft) is is_mirrored
    headers, values = ([cell.value for cell in row] for row in page.rows)
    with override(language):
        assert page.title == str(WORDS.sheet)
        assert headers == [str(WORDS.headers[column]) for column in Column]
        assert values[5] == str(WORDS.codes[Column.STATE]["RESOLVED"])
    assert headers[0] != "Number"
    assert values[3] == ("בור" if language == "he" else "Pothole")


def test_what_is_not_known_of_a_case_stays_empty(town, agent) -> None:
    case = make_case(town)
    update(case, department=None)
    [line] = lines(content(ask(town, agent), agent))
    known = {"Number", "Matter", "Kind", "Service", "State", "Channel", "Language", "Opened"}
    assert {name for name, value in line.items() if value} == known


def test_each_choice_holds_what_it_says(town, agent) -> None:
    roads, lamps = make_service(town), make_service(town)
    opened = make_case(town, service=roads)
    closed = make_case(town, service=lamps)
    cases.close_case(case_id=closed.pk, outcome=Outcome.FIXED, message="Done.", by=agent, now=NOW)
    late = make_case(town, service=lamps, now=NOW - timedelta(days=9))
    update(late, promised_at=NOW - timedelta(days=5), promise_state="RUNNING")
    update(late, queue_at=NOW - timedelta(days=5))

    def held(selection: Selection) -> list[str]:
        return numbers(content(ask(town, agent, selection=selection), agent))

    assert held(Selection()) == [opened.number, late.number]
    assert held(Selection("closed")) == [closed.number]
    assert held(Selection("any")) == [opened.number, closed.number, late.number]
    assert held(Selection("late")) == [late.number]
    assert held(Selection("any", lamps.slug)) == [closed.number, late.number]
    assert held(Selection("any", "no-such-service")) == []
    label = make_label(town)
    for case in (opened, closed):
        cases.change_labels(case_id=case.pk, add=[label.code], by=agent, now=NOW)
    assert held(Selection(label=label.code)) == [opened.number]
    assert held(Selection("any", lamps.slug, label=label.code)) == [closed.number]
    assert held(Selection("any", label=make_label(make_town()).code)) == []


def test_days_are_those_of_the_town_and_both_are_included(town, agent) -> None:
    service = make_service(town)
    moments = [datetime(2026, 11, 14, 22, 0), datetime(2026, 11, 15, 21, 59), datetime(2026, 11, 15, 22, 0)]
    first, last, _after = (make_case(town, service=service, now=at.replace(tzinfo=UTC)) for at in moments)
    before = make_case(town, service=service, now=moments[0].replace(tzinfo=UTC) - timedelta(seconds=1))
    day = Selection("any", opened_from=date(2026, 11, 15), opened_to=date(2026, 11, 15))
    assert numbers(content(ask(town, agent, selection=day), agent)) == [first.number, last.number]
    up_to = Selection("any", opened_to=date(2026, 11, 14))
    assert numbers(content(ask(town, agent, selection=up_to), agent)) == [before.number]


@pytest.mark.parametrize("count", [1, 3])
def test_a_page_of_rows_takes_six_queries(town, agent, count, django_assert_num_queries) -> None:
    label = make_label(town)
    for case in make_cases(town, count):
        cases.change_labels(case_id=case.pk, add=[label.code], by=agent, now=NOW)
    found = queries.selected(agent, Selection("any"), town=town, now=NOW)
    with django_assert_num_queries(6):
        page = queries.page(found, after=0, most=500)
        rows = queries.rows_of(page, agent, town=town, words=WORDS.spoken(), language="en")
    assert len(rows) == count


def test_a_small_export_is_there_at_once_and_said_once(town, agent) -> None:
    made = make_cases(town, 2)
    exports = [ask(town, agent, submission="once") for _ in range(2)]
    assert exports[0] == exports[1] and Export.objects.count() == 1
    assert OutboxRow.objects.filter(subscriber="exchange.advance_export").count() == 0
    assert numbers(content(exports[0], agent)) == [case.number for case in made]
    assert ask(town, agent, submission="other") != exports[0]


def test_who_exported_what_is_on_record_without_a_word_about_anybody(town, agent) -> None:
    make_case(town, matter="Secret matter", name="Ann Brook", email="ann@example.org")
    export = ask(town, agent, selection=Selection("any", "", date(2026, 1, 1)), kind=Format.XLSX)
    asked, made = AuditRecord.objects.filter(object_kind="export", object_id=export.pk).order_by("id")
    assert (asked.verb, asked.actor_kind, asked.actor_id) == ("export.asked", "STAFF", agent.user_id)
    assert asked.after == {"format": "XLSX", "which": "any", "opened_from": "2026-01-01", "rows": 1}
    assert (made.verb, made.actor_id) == ("export.made", agent.user_id)
    assert made.after == {"format": "XLSX", "rows": 1, "contacts": True}
    read = AccessRecord.objects.get(object_kind="export", object_id=export.pk)
    assert (read.actor_id, read.what) == (agent.user_id, "cases_exported")
    assert [event.document for event in Event.objects.filter(name="export.advanced")] == []


@pytest.mark.parametrize("kind", [Format.CSV, Format.XLSX])
def test_a_large_export_is_made_in_steps_whose_progress_is_seen(town, agent, kind, in_steps) -> None:
    made = make_cases(town, 5)
    export = ask(town, agent, kind=kind)
    seen = []
    while export.is_in_work:
        seen.append((export.rows, export.total))
        assert worker.run_outbox()
        export.refresh_from_db()
    assert seen == [(0, 5), (2, 5), (4, 5)]
    assert (export.state, export.rows) == ("READY", 5)
    data = content(export, agent)
    held = numbers(data) if kind == Format.CSV else [row[0].value for row in sheet(data).rows][1:]
    assert held == [case.number for case in made]
    kinds = {file.suffix for file in store.folder().glob(f"{town.pk}/{export.key}.*")}
    assert kinds == {f".{kind.lower()}"}


def test_nobody_fetches_an_export_before_it_is_whole(town, agent, in_steps) -> None:
    make_cases(town, 5)
    export = ask(town, agent)
    worker.run_outbox()
    with pytest.raises(operations.NoSuchExport):
        content(export, agent)


def test_a_step_done_twice_or_broken_off_leaves_no_row_twice(town, agent, in_steps) -> None:
    made = make_cases(town, 5)
    export = ask(town, agent)
    again = {"export_id": export.pk, "step": 0, "words": WORDS, "now": NOW}
    file = making.file_of(export)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"Half a step that a crash left behind, longer than the whole file. " * 99)
    making.advance(**again)
    making.advance(**again)
    work()
    assert numbers(content(export, agent)) == [case.number for case in made]
    assert AuditRecord.objects.filter(verb="export.made").count() == 1


def test_a_worker_that_lost_its_lease_writes_nothing(town, agent, in_steps) -> None:
    make_cases(town, 3)
    export = ask(town, agent)
    with pytest.raises(LeaseLost):
        making.advance(export_id=export.pk, step=0, words=WORDS, now=NOW, still_mine=lambda: False)
    export.refresh_from_db()
    assert (export.step, export.rows, making.file_of(export).exists()) == (0, 0, False)


def test_a_step_is_not_done_inside_a_transaction(town, agent, in_steps) -> None:
    make_cases(town, 3)
    export = ask(town, agent)
    with transaction.atomic(), pytest.raises(making.InTransaction):
        making.advance(export_id=export.pk, step=0, words=WORDS, now=NOW)


def refused(town: Municipality, by: Actor, **asked) -> str:
    with pytest.raises(operations.UnableToExport) as refusal:
        ask(town, by, **asked)
    return refusal.value.code


def test_an_export_is_refused_with_its_reason(town, agent, in_steps, monkeypatch) -> None:
    make_cases(town, 3)
    monkeypatch.setattr(operations, "MOST_IN_WORKBOOK", 2)
    assert refused(town, agent, kind=Format.XLSX) == "TOO_MANY_ROWS"
    for _ in range(3):
        ask(town, agent)
    assert refused(town, agent) == "TOO_MANY_IN_WORK"
    assert ask(town, make_actor(town, Role.AGENT)).is_in_work
    work()
    monkeypatch.setattr(operations, "has_room", lambda: False)
    assert refused(town, agent) == "NO_ROOM"


def test_an_export_is_forgotten_after_seven_days_with_its_file(town, agent) -> None:
    make_cases(town, 1)
    old, young = ask(town, agent), ask(town, agent, now=NOW + timedelta(minutes=1))
    end = NOW + timedelta(days=7)
    content(old, agent, now=end - timedelta(seconds=1))
    with pytest.raises(operations.NoSuchExport):
        content(old, agent, now=end)
    assert [one.pk for one in queries.exports_of(agent, now=end)] == [young.pk]
    with TestCase.captureOnCommitCallbacks(execute=True):
        assert operations.forget_expired(end) == "1 exports forgotten"
    assert list(Export.objects.all()) == [young]
    assert not making.file_of(old).exists() and making.file_of(young).exists()


def test_files_that_no_export_knows_are_removed_after_a_day(town, agent) -> None:
    known = making.file_of(ask(town, agent))
    strays = [store.path(municipality_id=town.pk, key=name, kind="csv") for name in ("old", "new")]
    for file in strays:
        file.write_bytes(b"")
    for file in (known, strays[0]):
        os.utime(file, (NOW.timestamp() - 90_000,) * 2)
    os.utime(strays[1], (NOW.timestamp() - 80_000,) * 2)
    operations.forget_expired(NOW)
    assert [file.exists() for file in (known, *strays)] == [True, False, True]


def test_files_are_for_our_eyes_only(town, agent) -> None:
    for kind in Format:
        file = making.file_of(ask(town, agent, kind=kind))
        assert file.stat().st_mode & 0o777 == 0o600 and file.parent.stat().st_mode & 0o777 == 0o700


def test_contact_details_are_as_on_the_pages(town, agent) -> None:
    ours, theirs = make_department(town), make_department(town)
    here, there = (
        make_case(town, service=make_service(town, department=one), name="Ann Brook", email="ann@example.org")
        for one in (ours, theirs)
    )
    manager = make_actor(town, Role.DEPARTMENT_MANAGER, department=ours)
    user = User.objects.get(pk=manager.user_id)
    both = actor_with(town, user, Role.AUDITOR)
    told = {
        line["Number"]: (line["Reporter"], line["E-mail"]) for line in lines(content(ask(town, both), both))
    }
    assert told == {here.number: ("Ann Brook", "ann@example.org"), there.number: ("A•••", "a•••")}
    for role in (Role.AUDITOR, Role.DEPARTMENT_WORKER):
        one = make_actor(town, role, department=ours if role == Role.DEPARTMENT_WORKER else None)
        data = content(ask(town, one), one)
        assert len(columns_for(one)) == 18
        assert {"Reporter", "Phone", "E-mail"}.isdisjoint(lines(data)[0]) and b"Ann" not in data


def actor_with(town: Municipality, user: User, role: Role) -> Actor:
    add_member(municipality=town, user=user, role=role, department=None, by_user_id=None, now=NOW)
    found = actor_for(user, town.pk)
    assert found is not None
    return found


def test_only_a_person_has_exports(town, agent) -> None:
    ask(town, agent)
    assert queries.exports_of(system(town.pk), now=NOW) == []
