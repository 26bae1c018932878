"""An import that was killed five times ends as one that was not."""

import json
import signal
import subprocess
from pathlib import Path

import pytest

from moked.cases.models import Case
from moked.events.models import Event
from moked.exchange.models import ImportBatch
from moked.municipalities.models import Municipality
from tests.apart import run_apart
from tests.exchange.histories import csv_of, row, write
from tests.exchange.snapshots import told
from tests.factories import make_town

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]

ROWS = 460
KILLED_AT = (1, 2, 2, 2, 2)
NAMED_BY = {
    "cases.Case": "number",
    "catalogue.Service": "slug",
    "accounts.Department": "code",
    "places.Area": "code",
    "revisions.Revision": "kind",
}
COMPARED = [
    *("cases.Case", "cases.Contact", "cases.Change", "cases.CaseArea", "cases.Counter"),
    *("exchange.ImportBatch", "exchange.ImportedCase", "exchange.MadeByImport"),
    *("catalogue.Service", "accounts.Department", "places.Area", "sla.Commitment"),
    *("revisions.Revision", "links.Link", "audit.AuditRecord"),
]
WITHOUT = {"object_id", "reference", "municipality_id"}


def test_an_import_that_was_killed_ends_as_one_that_was_not(tmp_path):
    rows = [
        row(number, kind=f"Kind {number % 7}", state="gone" if number % 50 == 9 else "done")
        for number in range(ROWS)
    ]
    write(tmp_path, csv_of(rows))
    whole, killed = make_town(language="hu"), make_town(language="hu", name={"hu": "Other"})
    expected = ended(import_in_a_process(tmp_path, whole, 0), tmp_path)
    for at in KILLED_AT:
        process = import_in_a_process(tmp_path, killed, at)
        assert process.returncode == -signal.SIGKILL, process.stderr
    committed = Case.objects.filter(municipality=killed).count()
    assert 0 < committed < expected[0]["written"]
    assert ended(import_in_a_process(tmp_path, killed, 0), tmp_path) == expected
    assert ImportBatch.objects.filter(municipality=killed).count() == 1
    before, after = (told(town.pk, COMPARED, NAMED_BY, WITHOUT) for town in (whole, killed))
    assert {label for label, rows in before.items() if not rows} == {"sla.Commitment"}
    assert after == before
    assert recorded(killed) == recorded(whole) == sorted(range(expected[0]["written"]))


def ended(process: "subprocess.CompletedProcess[str]", folder: Path) -> tuple[dict[str, object], bytes]:
    """Return what an import that ended said, less its name, and its reject report."""
    assert process.returncode == 0, process.stderr
    assert " rejected" in process.stderr
    said = json.loads(process.stdout)
    assert said.pop("batch")
    return said, (folder / "rejects.csv").read_bytes()


def recorded(town: Municipality) -> list[int]:
    """Return the cases that projections are told of, as their places among the town's cases."""
    ids = Case.objects.filter(municipality=town).order_by("id").values_list("pk", flat=True)
    places = {pk: at for at, pk in enumerate(ids)}
    events = Event.objects.filter(municipality_id=town.pk, name="cases.recorded")
    documents = events.values_list("document", flat=True)
    return sorted(places[pk] for document in documents for pk in document["case_ids"])


def import_in_a_process(folder: Path, town: Municipality, commits: int) -> "subprocess.CompletedProcess[str]":
    """Import in a process that kills itself while it writes its `commits`-th batch; 0 is never."""
    return run_apart("tests.exchange.killed", str(folder), town.slug, str(commits))
