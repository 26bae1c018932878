"""An import can be undone as a whole, and leaves nothing behind but its traces."""

import pytest
from django.core.management import CommandError, call_command
from django.db.models import CASCADE

from moked.accounts.rules import Role, resident
from moked.audit.models import AuditRecord
from moked.base.references import referring
from moked.cases import operations
from moked.cases.models import Case, Change
from moked.cases.rules import Outcome, State
from moked.cases.withdrawal import GOES_ALONG, WRITTEN, UnableToWithdraw, withdraw_many, worked_on
from moked.catalogue.models import Service
from moked.events.models import Event
from moked.exchange.imports import undo
from moked.exchange.imports.undo import UnableToUndo, undo_import
from moked.exchange.models import ImportBatch, ImportedCase
from moked.intake.operations import write_again
from moked.residents.models import Resident
from tests.counting import WAIT, catch_up
from tests.exchange.histories import MAPPING, NOW, csv_of, row, run, write
from tests.exchange.snapshots import snapshot
from tests.factories import make_actor, make_case, make_department, make_follower, make_service, make_town

LATER = NOW.replace(hour=15)


def imported(tmp_path, town=None, rows=None, mapping=MAPPING):
    town = town or make_town(language="hu")
    rows = rows or [row(1), row(2, state="going"), row(3, state="new")]
    report, _ = run(town, write(tmp_path, csv_of(rows), mapping))
    return ImportBatch.objects.get(reference=report.batch)


def undone(batch, **options):
    return undo_import(batch, clock=lambda: LATER, **options)


@pytest.fixture
def impatient(monkeypatch):
    """Do not wait for figures, which a test that never commits would do in vain."""
    monkeypatch.setattr(undo, "PATIENCE", 0.0)


@pytest.fixture
def patient(monkeypatch):
    """Wait for figures as long as other tests may hold them up."""
    monkeypatch.setattr(undo, "PATIENCE", WAIT)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("is_counted", [False, True])
def test_import_and_undo_leave_the_database_as_it_was(tmp_path, is_counted):
    town = make_town(language="hu")
    service = make_service(town, name={"hu": "Járda"})
    make_case(town, service=service, email="anna@example.org")
    catch_up()
    before = snapshot()
    mapping = MAPPING.replace('title = "title"', 'reporter_email = "title"')
    rows = [row(1, title="anna@example.org"), row(2, title="b@x.example", state="new"), row(3, kind="Járda")]
    batch = imported(tmp_path, town, rows, mapping)
    if is_counted:
        catch_up()
    done = undone(batch)
    assert (done.withdrawn, done.kept, dict(done.left) | {"residents": 0}) == (3, 0, {"residents": 0})
    assert done.made == {"residents": 2, "services": 1, "departments": 1, "areas": 2}
    assert snapshot() == before
    withdrawn = Event.objects.filter(name="cases.withdrawn").values_list("document", flat=True)
    assert [len(document["case_ids"]) for document in withdrawn] == [3]
    verbs = AuditRecord.objects.filter(object_kind="import").order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["import.started", "import.finished", "import.undoing", "import.undone"]


@pytest.mark.django_db
@pytest.mark.usefixtures("impatient")
def test_what_was_undone_can_be_imported_again(tmp_path):
    batch = imported(tmp_path)
    undone(batch)
    report, _ = run(batch.municipality, tmp_path / "cases.csv")
    assert (report.written, report.counts.present) == (3, 0)


def note(case, agent):
    operations.add_note(case_id=case.pk, body="Look.", by=agent, now=LATER)


def assign(case, agent):
    operations.assign(
        case_id=case.pk, department_id=case.department_id, assignee_id=agent.user_id, by=agent, now=LATER
    )


def close(case, agent):
    operations.close_case(case_id=case.pk, outcome=Outcome.FIXED, message="Done.", by=agent, now=LATER)


def write_more(case, agent):
    write_again(case_id=case.pk, body="More.", by=resident(case.municipality_id), now=LATER)


def follow(case, agent):
    Case.objects.update(is_public=True)
    make_follower(case)


def merge(case, agent):
    other = make_case(case.municipality, service=case.service)
    operations.merge_case(case_id=other.pk, into_id=case.pk, by=agent, now=LATER)


@pytest.mark.django_db
@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("work_on", [note, assign, close, write_more, follow])
def test_a_case_that_was_worked_on_stops_the_undoing_unless_it_is_kept(tmp_path, work_on):
    batch = imported(tmp_path)
    case = Case.objects.filter(is_open=True).first()
    Service.objects.update(is_offered=True)
    work_on(case, make_actor(batch.municipality, Role.AGENT))
    before = snapshot(but=set())
    with pytest.raises(UnableToUndo) as refusal:
        undone(batch)
    assert [one.case_id for one in refusal.value.cases] == [case.pk]
    assert snapshot(but=set()) == before
    with pytest.raises(CommandError, match=f"(?s)1 cases .*{case.number}.*--keep-touched"):
        call_command("undo_import", batch.reference)
    done = undone(batch, keeps_touched=True)
    assert (done.withdrawn, done.kept) == (2, 1)
    assert list(Case.objects.all()) == [case]
    # Its service, department and area are in use.
    assert done.left["services"] == done.left["departments"] == 1


@pytest.mark.django_db
@pytest.mark.usefixtures("impatient")
def test_what_the_clock_does_is_no_work(tmp_path):
    mapping = MAPPING.replace('"going" = "IN_PROGRESS"', '"going" = "WAITING_FOR_RESIDENT"')
    batch = imported(tmp_path, mapping=mapping)
    operations.time_out_waiting(LATER)
    moved = Case.objects.filter(state=State.IN_PROGRESS).get()
    assert Change.objects.filter(case=moved, at=LATER).exists()
    assert undone(batch).withdrawn == 3


@pytest.mark.django_db
@pytest.mark.usefixtures("impatient")
def test_an_interrupted_undoing_is_completed(tmp_path):
    batch = imported(tmp_path, rows=[row(number) for number in range(250)])
    newest = ImportedCase.objects.order_by("-id").values_list("case_id", flat=True)[:100]
    withdraw_many(batch.municipality_id, list(newest), imported_at=batch.started_at, now=LATER)
    ImportBatch.objects.update(state=ImportBatch.State.UNDOING)
    batch.refresh_from_db()
    assert undone(batch).withdrawn == 150
    assert not Case.objects.exists()


@pytest.mark.django_db
@pytest.mark.usefixtures("impatient")
def test_what_others_have_come_to_use_stays(tmp_path):
    batch = imported(tmp_path)
    Service.objects.update(is_offered=True)
    service = Service.objects.get()
    make_case(batch.municipality, service=service)
    make_department(batch.municipality, parent=service.department)
    done = undone(batch)
    assert dict(done.left) == {"services": 1, "departments": 1}
    assert Service.objects.filter(pk=service.pk).exists()


@pytest.mark.django_db
def test_a_case_that_was_not_imported_is_never_deleted():
    case = make_case(make_town())
    with pytest.raises(UnableToWithdraw):
        withdraw_many(case.municipality_id, [case.pk], imported_at=LATER, now=LATER)
    assert Case.objects.filter(pk=case.pk).exists()


@pytest.mark.django_db
def test_undoing_twice_and_undoing_nothing_are_refused(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(undo, "PATIENCE", 0.0)
    batch = imported(tmp_path)
    call_command("undo_import", batch.reference, json=True)
    assert '"withdrawn": 3' in capsys.readouterr().out
    with pytest.raises(CommandError, match="undone already"):
        call_command("undo_import", batch.reference)
    with pytest.raises(CommandError, match="no import 'nothing'"):
        call_command("undo_import", "nothing")


def test_every_table_that_refers_to_a_case_goes_along_is_written_by_an_import_or_counts_as_work():
    """A new table with a key to cases is one of the three, or this fails."""
    goes_along = {key.model._meta.label for key in referring(Case) if key.remote_field.on_delete is CASCADE}
    assert goes_along == {model._meta.label for model in GOES_ALONG} | {
        "exchange.ImportedCase",
        "notices.StaffNotice",
        "processes.Firing",
        "processes.Timer",
        "sla.Commitment",
        "sla.Pause",
    }
    written = {model._meta.label for model in WRITTEN}
    others = {key.model._meta.label for key in referring(Case)} - goes_along - written
    assert others == {
        "cases.Attachment",
        "cases.Case",
        "cases.CaseLink",
        "cases.Check",
        "cases.Document",
        "cases.Merging",
        "cases.Note",
        "cases.Review",
        "handovers.HandOver",
        "notices.Notice",
        "surveys.Survey",
    }


@pytest.mark.django_db
@pytest.mark.usefixtures("impatient")
def test_a_case_that_others_were_merged_into_was_worked_on(tmp_path):
    batch = imported(tmp_path)
    case = Case.objects.filter(is_open=True).first()
    Service.objects.update(is_offered=True)
    merge(case, make_actor(batch.municipality, Role.AGENT))
    assert case.pk in {one.case_id for one in worked_on([case.pk], since=batch.started_at)}
    assert not Resident.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("patient")
def test_an_interrupted_undoing_waits_for_the_figures_of_the_cases_that_went_before(tmp_path):
    batch = imported(tmp_path)
    catch_up()
    ids = list(ImportedCase.objects.values_list("case_id", flat=True))
    withdraw_many(batch.municipality_id, ids, imported_at=batch.started_at, now=LATER)
    ImportBatch.objects.update(state=ImportBatch.State.UNDOING)
    batch.refresh_from_db()
    assert undone(batch).made["services"] == 1
