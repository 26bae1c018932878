"""An import that was killed five times ends as one that was not."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection

from moked.cases.models import Case
from moked.events.models import Event
from moked.exchange.models import ImportBatch
from moked.municipalities.models import Municipality
from tests.exchange.histories import csv_of, row, write
from tests.exchange.snapshots import told
from tests.factories import make_town

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).resolve().parents[2]
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
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "MOKED_DATA": str(settings.DATA),
        "MOKED_DATABASE_URL": database_url(),
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
    }
    command = [sys.executable, "-m", "tests.exchange.killed", str(folder), town.slug, str(commits)]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=240, check=False, cwd=ROOT
    )


def database_url() -> str:
    """Return the address of the database that this test works on."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["MOKED_DATABASE_URL"])._replace(path=f"/{name}").geturl()
