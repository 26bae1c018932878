"""An import writes what a file tells, once, and says so."""

import gzip
import json
import threading
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command

from moked.accounts.models import Department
from moked.accounts.rules import Role
from moked.audit.models import AuditRecord
from moked.cases.models import Case, CaseArea, Change, Contact
from moked.cases.queries.timeline import staff_timeline
from moked.catalogue.models import Service
from moked.events.models import Event, OutboxRow
from moked.exchange.imports.moments import Clock
from moked.exchange.imports.progress import Progress
from moked.exchange.imports.rows import split_update
from moked.exchange.models import ImportBatch, ImportedCase
from moked.insights import projections as insights
from moked.insights.published import figures
from moked.notices.models import Notice
from moked.places.models import Area
from moked.places.operations import set_areas
from moked.places.records import AreaRecord
from moked.residents.models import ContactPoint, NameKey, Resident
from tests.exchange.histories import COLUMNS, EAST, MAPPING, NOW, csv_of, row, run, write
from tests.exchange.snapshots import snapshot
from tests.factories import make_department, make_service, make_staff, make_town

pytestmark = pytest.mark.django_db


def noon(day: str) -> datetime:
    """Return noon in Budapest, in winter."""
    return datetime.fromisoformat(day).replace(hour=11, tzinfo=UTC)


def test_a_record_becomes_a_case_with_all_it_tells(tmp_path):
    town = make_town(language="hu")
    report, _ = run(town, write(tmp_path, csv_of([row(7, words="Nagy kátyú.\nÉs mély.")])))
    assert (report.counts.read, report.counts.accepted, report.written) == (1, 1, 1)
    assert report.made == {"services": 1, "departments": 1, "areas": 2}
    case = Case.objects.select_related("service", "department").get()
    assert (case.title, case.language, case.channel) == ("Nagy kátyú", "hu", "WEB")
    assert (case.state, case.outcome, case.is_open, case.is_imported) == ("RESOLVED", "FIXED", False, True)
    assert (case.opened_at, case.closed_at) == (noon("2024-03-05"), noon("2024-03-09"))
    assert case.number.startswith("24-000001-")
    assert (case.service.name, case.department.name) == ({"hu": "Kátyú"}, {"hu": "Útügy"})
    assert (case.address, case.latitude, case.longitude) == ("Fő utca 1", 47.5, 19.05)
    assert [one.area.name for one in CaseArea.objects.select_related("area")] == [{"hu": "West"}]
    assert [(one.kind, one.at, one.body) for one in staff_timeline(case)] == [
        ("CONTACT_IN", noon("2024-03-05"), "Nagy kátyú.\nÉs mély."),
        ("OPENED", noon("2024-03-05"), ""),
        ("ANSWERED", noon("2024-03-07"), ""),
        ("CLOSED", noon("2024-03-09"), ""),
    ]
    journal = ImportedCase.objects.get()
    assert (journal.external_id, journal.line, journal.case) == ("7", 2, case)
    verbs = AuditRecord.objects.filter(object_kind="import").order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["import.started", "import.finished"]


def test_nobody_is_told_of_what_is_imported(tmp_path, work):
    run(make_town(language="hu"), write(tmp_path, csv_of([row(1), row(2, state="going")])))
    work()
    assert (OutboxRow.objects.count(), Notice.objects.count()) == (0, 0)
    assert Event.objects.filter(name="cases.recorded").count() == 1


@pytest.mark.parametrize(
    ("values", "state", "closed_at", "is_dated"),
    [
        ({"state": "done"}, "RESOLVED", noon("2024-03-09"), True),
        ({"state": "no"}, "DECLINED", noon("2024-03-09"), True),
        ({"state": "back"}, "WITHDRAWN", noon("2024-03-09"), True),
        ({"state": "done", "closed": ""}, "RESOLVED", noon("2024-03-07"), False),
        ({"state": "done", "closed": "", "answered": ""}, "RESOLVED", noon("2024-03-05"), False),
        ({"state": "going"}, "IN_PROGRESS", None, True),
        ({"state": "new", "closed": "no date"}, "RECEIVED", None, True),
    ],
)
def test_the_status_decides_whether_a_case_is_closed(tmp_path, values, state, closed_at, is_dated):
    run(make_town(language="hu"), write(tmp_path, csv_of([row(1, **values)])))
    case = Case.objects.get()
    assert (case.state, case.closed_at, case.closing_is_dated) == (state, closed_at, is_dated)


def test_an_answer_after_the_closing_stays_after_it(tmp_path):
    run(make_town(language="hu"), write(tmp_path, csv_of([row(1, answered="2024-04-01")])))
    kinds = Change.objects.order_by("at").values_list("kind", flat=True)
    assert list(kinds) == ["OPENED", "CLOSED", "ANSWERED"]


@pytest.mark.parametrize(
    ("values", "at"),
    [
        ({}, noon("2024-03-07")),
        ({"answered": ""}, noon("2024-03-09")),
        ({"answered": "", "closed": "", "state": "going"}, noon("2024-03-05")),
    ],
)
def test_an_update_on_top_of_the_text_is_a_message_of_its_own(tmp_path, values, at):
    words = "UPDATE: 2024.03.07.\nMended.\n-----\nUPDATE 2024.03.06.:\nWe look.\n----\nA hole.\n--\nDeep."
    run(make_town(language="hu"), write(tmp_path, csv_of([row(1, words=words, **values)])))
    told = Contact.objects.order_by("id").values_list("direction", "body", "at")
    assert list(told) == [
        ("IN", "A hole.\n--\nDeep.", noon("2024-03-05")),
        ("OUT", "UPDATE: 2024.03.07.\nMended.\n\nUPDATE 2024.03.06.:\nWe look.", at),
    ]


@pytest.mark.parametrize(
    "text", ["UPDATE: only", "UPDATE: a\n---\nUPDATE: b", "A\n---\nUPDATE: c", "UPDATE: a\n---\n"]
)
def test_a_text_in_which_nothing_tells_update_from_report_stays_whole(text):
    assert split_update(text, "UPDATE:") == ("", text)


def test_the_named_area_counts_and_without_a_name_the_position(tmp_path):
    east = row(2, district="", lon=str(EAST[1]))
    rows = [row(1, district="East"), east, row(3, district="", lat="", lon="")]
    run(make_town(language="hu"), write(tmp_path, csv_of(rows)))
    found = CaseArea.objects.order_by("case_id").values_list("area__name__hu", flat=True)
    assert list(found) == ["East", "East"]


def test_what_the_town_has_already_is_used_and_its_other_districts_stay(tmp_path):
    town = make_town(language="hu")
    office = make_department(town)
    service = make_service(town, department=office, name={"hu": "Kátyú", "en": "Pothole"})
    square = {"type": "Polygon", "coordinates": [[[1, 1], [2, 1], [2, 2], [1, 1]]]}
    districts = [AreaRecord("west", {"hu": "West"}, square), AreaRecord("own", {"hu": "Own"}, square)]
    set_areas(municipality=town, kind="DISTRICT", records=districts, source="", by_user_id=None, now=NOW)
    report, _ = run(town, write(tmp_path, csv_of([row(1, office=office.code, district="Own")])))
    assert report.made == {"services": 0, "departments": 0, "areas": 1}
    assert (Case.objects.get().service, Case.objects.get().department) == (service, office)
    kept = Area.objects.filter(is_retired=False).order_by("code").values_list("code", flat=True)
    assert list(kept) == ["east", "own", "west"]


def test_only_an_open_case_that_names_no_department_goes_to_its_services_own(tmp_path):
    rows = [row(1), row(2, office=""), row(3, office="", state="going")]
    run(make_town(language="hu"), write(tmp_path, csv_of(rows)))
    departments = Case.objects.order_by("id").values_list("department__name__hu", flat=True)
    assert list(departments) == ["Útügy", None, "Útügy"]


def test_services_that_are_made_are_not_offered_to_residents(tmp_path):
    mapping = MAPPING.replace('department = "office"', 'service_group = "office"')
    town = make_town(language="hu")
    run(town, write(tmp_path, csv_of([row(1)]), mapping))
    made = Service.objects.get()
    assert (made.slug, made.is_offered, made.description) == ("katyu", False, {"hu": "Útügy"})
    # No department was named, and the town had none: there is one by its own name.
    assert made.department.name == town.name


def test_importing_the_same_file_again_writes_nothing(tmp_path):
    town = make_town(language="hu")
    path = write(tmp_path, csv_of([row(1), row(2), row(3, opened="never")]))
    run(town, path)
    before = snapshot(but=set())
    report, rejects = run(town, path)
    counts = report.counts
    assert (counts.read, counts.accepted, counts.rejected, counts.present) == (3, 0, 1, 2)
    assert (report.written, report.batch, [one.line for one in rejects]) == (0, "", [4])
    assert snapshot(but=set()) == before


def test_a_newer_file_of_the_same_system_adds_what_is_new(tmp_path):
    town = make_town(language="hu")
    run(town, write(tmp_path, csv_of([row(1), row(2)])))
    report, _ = run(town, write(tmp_path, csv_of([row(0), row(1), row(2), row(3)])))
    assert (report.counts.accepted, report.counts.present, report.written) == (2, 2, 2)
    assert Case.objects.count() == 4


def test_a_dry_run_writes_nothing_and_tells_the_same(tmp_path):
    town = make_town(language="hu")
    path = write(tmp_path, csv_of([row(1), row(2, kind="Járda"), row(3, state="gone"), row(1)]))
    before = snapshot(but=set())
    dry, dry_rejects = run(town, path, is_dry=True)
    assert snapshot(but=set()) == before
    real, rejects = run(town, path)
    assert (dry.counts, dry.made, dry_rejects) == (real.counts, real.made, rejects)
    assert (dry.written, dry.batch, real.written) == (0, "", 2)


def test_exact_repetitions_without_an_id_are_one_case(tmp_path):
    identity = '\n[external_id]\nhash_of = ["opened", "kind", "lat"]\n'
    mapping = MAPPING.replace('external_id = "id"\n', "") + identity
    rows = [row(1), row(2), row(3, kind="Járda")]
    report, rejects = run(make_town(language="hu"), write(tmp_path, csv_of(rows), mapping))
    assert (report.counts.accepted, report.counts.present, rejects) == (2, 1, [])


def test_records_may_be_told_apart_by_their_number_alone(tmp_path):
    mapping = MAPPING.replace('external_id = "id"\n', "") + "\n[external_id]\nrow_number = true\n"
    town = make_town(language="hu")
    path = write(tmp_path, csv_of([row(1), row(1)]), mapping)
    assert run(town, path)[0].counts.accepted == 2
    assert run(town, path)[0].counts.present == 2


def test_reporters_become_residents_and_one_address_is_one_person(tmp_path):
    town = make_town(language="hu")
    mapping = (
        MAPPING.replace(
            'title = "title"',
            'reporter_name = "title"\nreporter_email = "address"\nreporter_phone = "answered"',
        )
        .replace('address = "address"\n', "")
        .replace('first_response_at = "answered"\n', "")
    )
    people = [
        {"title": "Anna Kiss", "address": "Anna@example.org", "answered": "06 1 234 5678"},
        {"title": "Anna K.", "address": "anna@example.org", "answered": ""},
        {"title": "Béla", "address": "", "answered": ""},
        {"title": "", "address": "", "answered": ""},
    ]
    rows = [row(number, **person) for number, person in enumerate(people)]
    run(town, write(tmp_path, csv_of(rows), mapping))
    assert list(Resident.objects.order_by("id").values_list("name", flat=True)) == ["Anna Kiss", "Béla"]
    contacts = Contact.objects.order_by("id").values_list("resident__name", flat=True)
    assert list(contacts) == ["Anna Kiss", "Anna Kiss", "Béla", None]
    assert list(ContactPoint.objects.order_by("id").values_list("kind", "normalised")) == [
        ("EMAIL", "anna@example.org"),
        ("PHONE", "0612345678"),
    ]
    assert NameKey.objects.filter(word="anna").exists()


def test_text_stays_text(tmp_path):
    words = '=HYPERLINK("x") <script>alert(1)</script> {{ 7 }}'
    run(make_town(language="hu"), write(tmp_path, csv_of([row(1, words=words, title=words)])))
    assert Contact.objects.get().body == words
    assert Case.objects.get().title == words


@pytest.mark.parametrize(("encoding", "bom"), [("utf-8", b"\xef\xbb\xbf"), ("windows-1255", b"")])
@pytest.mark.parametrize("is_packed", [False, True])
def test_files_come_in_other_encodings_and_packed(tmp_path, encoding, bom, is_packed):
    content = csv_of([row(1, kind="בור", title="", words="בור בכביש", office="דרכים")]).decode()
    content = bom + content.replace("Fő utca 1", "").encode(encoding)
    mapping = MAPPING.replace('encoding = "utf-8"', f'encoding = "{encoding}"').replace('"hu"', '"he"')
    run(make_town(), write(tmp_path, gzip.compress(content) if is_packed else content, mapping))
    assert (Contact.objects.get().body, Service.objects.get().name) == ("בור בכביש", {"he": "בור"})


def clock(now: datetime = NOW, *, ignores_offset: bool = False) -> Clock:
    return Clock(ZoneInfo("Europe/Budapest"), ignores_offset=ignores_offset, now=now)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-01-31", "2024-01-31T11:00"),
        ("2024-07-31", "2024-07-31T10:00"),
        ("2024-01-31 08:30", "2024-01-31T07:30"),
        ("2024-01-31T08:30:15.250", "2024-01-31T07:30:15.250"),
        ("2024-01-31 08:30:00+00:00", "2024-01-31T08:30"),
        ("2024-01-31 08:30:00Z", "2024-01-31T08:30"),
        ("2024-03-31 02:30", "2024-03-31T01:30"),  # there is no such time: as before the change
        ("2024-10-27 02:30", "2024-10-27T00:30"),  # it comes twice: the first
    ],
)
def test_moments_are_read_by_the_clock_of_the_town(text, expected):
    assert clock().read(text, "opened_at").at == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_an_offset_that_the_file_does_not_mean_is_ignored():
    read = clock(ignores_offset=True).read("2024-01-31 08:30:00+00:00", "opened_at")
    assert read.at == datetime(2024, 1, 31, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("opened", "closed", "expected"),
    [
        ("2024-03-05 15:00", "2024-03-05", "2024-03-05T14:00"),  # noon had passed
        ("2024-03-05", "2024-03-05 08:00", "2024-03-05T11:00"),
        ("2024-10-27 02:50", "2024-10-27 02:10", "2024-10-27T01:10"),  # the second 02:10
    ],
)
def test_a_closing_on_the_same_day_is_not_before_the_opening(opened, closed, expected):
    one = clock()
    after = one.after(one.read(opened, ""), closed, "closed_at", "CLOSED_BEFORE_OPENED")
    assert after == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_a_day_that_has_begun_is_not_in_the_future():
    assert clock().read("2026-11-16", "opened_at").at == NOW


def test_the_command_reports_as_json_and_in_words(tmp_path, capsys):
    town = make_town(language="hu")
    path = write(tmp_path, csv_of([row(1), row(2, state="gone")]))
    options = {"mapping": tmp_path / "mapping.toml", "municipality": town.slug}
    call_command("import_requests", path, **options, dry_run=True)
    said = capsys.readouterr().out
    assert "2 rows read: 1 accepted, 1 rejected, 0 there already." in said
    assert "It would make: 1 services, 1 departments, 2 areas." in said
    call_command("import_requests", path, **options, json=True, rejects=tmp_path / "rejects.csv")
    answer = json.loads(capsys.readouterr().out)
    batch = ImportBatch.objects.get()
    assert answer == {
        "read": 2,
        "accepted": 1,
        "rejected": 1,
        "present": 0,
        "written": 1,
        "batch": batch.reference,
        "reasons": {"UNKNOWN_STATUS": 1},
        "made": {"services": 1, "departments": 1, "areas": 2},
    }
    assert (batch.state, batch.counts["read"]) == ("FINISHED", 2)
    assert "3,2,status,UNKNOWN_STATUS" in (tmp_path / "rejects.csv").read_text(encoding="utf-8-sig")
    with pytest.raises(CommandError, match="There is no municipality 'nowhere'"):
        call_command("import_requests", path, **options | {"municipality": "nowhere"})


def test_progress_is_told_while_it_waits_and_at_the_end():
    told: list[str] = []
    two = threading.Event()

    def say(line: str) -> None:
        told.append(line)
        if len(told) == 2:
            two.set()

    with Progress(say, lambda: (1234, 5, 0.25)):
        assert two.wait(10)
    assert told[-1].startswith("1,234 rows (25%), ")
    assert told[-1].endswith(" s left") and "5 rejected" in told[-1]
    assert len(told) >= 3


def test_what_is_dated_later_than_now_is_not_known_yet(tmp_path):
    town = make_town(language="hu")
    tomorrow = (NOW + timedelta(days=1)).date().isoformat()
    _, rejects = run(town, write(tmp_path, csv_of([row(1, closed=tomorrow)])))
    assert [one.code for one in rejects] == ["IN_FUTURE"]


def test_the_page_of_an_imported_case_says_where_it_came_from(tmp_path, sign_in):
    town = make_town(language="hu")
    run(town, write(tmp_path, csv_of([row("A-17")], COLUMNS)))
    case = Case.objects.get()
    browser = sign_in(make_staff(town, Role.AGENT))
    address = f"/t/{town.slug}/desk/cases/{case.number}/"
    page = browser.get(address, HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert "Imported from mapping" in page
    assert "A-17" in page
    assert Department.objects.count() == 1


def test_figures_count_imported_cases_on_their_real_dates(tmp_path):
    town = make_town(language="hu", time_zone="Europe/Budapest")
    rows = [row(number, opened=f"2024-03-{number % 7 + 1:02}") for number in range(20)]
    rows += [row(number, opened="2024-02-29", state="going") for number in range(20, 30)]
    run(town, write(tmp_path, csv_of(rows)))
    for event in Event.objects.filter(name="cases.recorded"):
        insights.count(town.pk, event.document["case_ids"])
    counted = {
        str(month): figures(town.pk, month, month, NOW.date()).town
        for month in (date(2024, 2, 1), date(2024, 3, 1))
    }
    assert {month: (one.received, one.closed) for month, one in counted.items()} == {
        "2024-02-01": (10, 0),
        "2024-03-01": (20, 20),
    }
