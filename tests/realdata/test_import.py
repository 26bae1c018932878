"""Histories of real cities are imported whole, and counted again by other means."""

import csv
import gzip
import itertools
import json
from collections import Counter
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command

from moked.cases.models import Case, CaseArea, Change, Contact
from moked.insights import projections
from moked.insights.published import figures
from moked.municipalities.models import Municipality
from tests.factories import make_town

pytestmark = pytest.mark.django_db
SLICE, WHOLE = 400, 1_000_000
SETS = {
    "budapest": ("budapest_reports_2023_2025h1.csv.gz", "Europe/Budapest"),
    "saopaulo": ("saopaulo_requests_2015_2018.csv.gz", "America/Sao_Paulo"),
    "zurich": ("zurich_reports_2016_2024.csv.gz", "Europe/Zurich"),
}
STATES = {
    "Megoldott": "RESOLVED",
    "Megoldatlan": "DECLINED",
    "Válaszra vár": "RECEIVED",
    "Megerősítésre vár": "IN_PROGRESS",
    "Megoldásra vár": "IN_PROGRESS",
    "FINALIZADA": "RESOLVED",
    "INDEFERIDO": "DECLINED",
    "CANCELADA": "WITHDRAWN",
    "AGUARDANDO ATENDIMENTO": "IN_PROGRESS",
}


@pytest.fixture
def size(pytestconfig) -> int:
    """How many records of each set are imported."""
    return WHOLE if pytestconfig.getoption("--realdata-whole") else SLICE


def slice_of(
    realdata: Path, folder: Path, name: str, first: int, size: int
) -> tuple[Path, list[dict[str, str]]]:
    """Write some records of a set into a file of their own; return it with the records."""
    with gzip.open(realdata / SETS[name][0], "rt", encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows = list(itertools.islice(reader, first, first + size))
        path = folder / f"{name}.csv.gz"
        with gzip.open(path, "wt", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, reader.fieldnames or [])
            writer.writeheader()
            writer.writerows(rows)
    return path, rows


def imported(realdata, folder, name, capsys, size, first=0):
    town = make_town(time_zone=SETS[name][1])
    path, rows = slice_of(realdata, folder, name, first, size)
    mapping = realdata / "maps" / f"{name}.toml"
    call_command("import_requests", path, mapping=mapping, municipality=town.slug, json=True)
    return town, rows, json.loads(capsys.readouterr().out)


def counted(town: Municipality, zone: str) -> Counter[tuple[str, ...]]:
    """Count cases by service, department, state, and the local days they were opened and closed."""
    cases = Case.objects.filter(municipality=town).select_related("service", "department")
    local = ZoneInfo(zone)
    return Counter(
        (
            next(iter(case.service.name.values())),
            next(iter(case.department.name.values())) if case.department else "",
            case.state,
            str(case.opened_at.astimezone(local).date()),
            str(case.closed_at.astimezone(local).date()) if case.closed_at and case.closing_is_dated else "",
        )
        for case in cases
    )


def test_budapest_equals_an_independent_recount(realdata, tmp_path, capsys, size):
    town, rows, said = imported(realdata, tmp_path, "budapest", capsys, size)
    assert (said["read"], said["accepted"], said["written"]) == (len(rows),) * 3
    closed = {"Megoldott", "Megoldatlan"}
    assert counted(town, "Europe/Budapest") == Counter(
        (
            row["category"].strip(),
            " ".join(row["institution"].split()),
            STATES[row["status"]],
            row["created"],
            row["resolved"] if row["status"] in closed else "",
        )
        for row in rows
    )
    areas = CaseArea.objects.filter(case__municipality=town).values_list("area__name__hu", flat=True)
    named = Counter(row["district"] for row in rows if row["district"])
    assert all(Counter(areas)[name] >= count for name, count in named.items())
    answered = Change.objects.filter(case__municipality=town, kind="ANSWERED").count()
    updates = Contact.objects.filter(case__municipality=town, direction="OUT")
    assert all(body.startswith("FRISSÍTÉS:") for body in updates.values_list("body", flat=True))
    is_split = [row["description"].startswith("FRISSÍTÉS:") for row in rows]
    assert 0 < updates.count() <= sum(is_split)
    assert answered <= sum(bool(row["first_response"]) for row in rows) <= answered + updates.count()


def test_the_figures_equal_an_independent_recount(realdata, tmp_path, capsys, size):
    town, rows, _ = imported(realdata, tmp_path, "budapest", capsys, size)
    cases = Case.objects.filter(municipality=town)
    projections.count(town.pk, list(cases.values_list("pk", flat=True)))
    first, last = date.fromisoformat(rows[0]["created"]), date.fromisoformat(rows[-1]["created"])
    told = figures(town.pk, first.replace(day=1), date(2026, 1, 1), date(2026, 1, 31))
    received = Counter(row["created"][:7] for row in rows)
    ended = [row for row in rows if row["status"] in {"Megoldott", "Megoldatlan"}]
    # Nobody knows when some were closed: these count in the month they were opened.
    closed = Counter((row["resolved"] or row["created"])[:7] for row in ended)
    assert last >= first
    months = {str(one.month)[:7]: (one.measures.received, one.measures.closed) for one in told.months}
    expected = {month: (received[month], closed[month]) for month in received.keys() | closed.keys() if month}
    assert {month: counts for month, counts in months.items() if counts != (0, 0)} == expected
    by_service = Counter(row["category"] for row in rows)
    shown = {one.name["hu"]: one.measures.received_least for one in told.services}
    assert all(shown[name] <= by_service[name] for name in shown)


def test_sao_paulo_equals_an_independent_recount(realdata, tmp_path, capsys, size):
    town, rows, said = imported(realdata, tmp_path, "saopaulo", capsys, size)
    assert said["read"] == said["accepted"] + said["present"] + said["rejected"] == len(rows)
    unlike = {
        tuple(row[column] for column in ("opened_at", "service", "street", "house_no", "lon", "lat")): row
        for row in reversed(rows)
        if row["status"] == "AGUARDANDO ATENDIMENTO" or row["closed_at"] >= row["opened_at"]
    }
    assert counted(town, "America/Sao_Paulo") == Counter(
        (
            row["service"].strip(),
            row["agency"].strip(),
            STATES[row["status"]],
            row["opened_at"][:10],
            row["closed_at"][:10] if row["status"] != "AGUARDANDO ATENDIMENTO" else "",
        )
        for row in unlike.values()
    )


def test_zurich_equals_an_independent_recount(realdata, tmp_path, capsys, size):
    town, rows, said = imported(realdata, tmp_path, "zurich", capsys, size)
    assert said["made"]["areas"] == 34
    cases = Case.objects.filter(municipality=town).select_related("service")
    found = Counter((case.service.name["de"], str(case.opened_at.date()), case.state) for case in cases)
    assert found == Counter((row["service_code"], row["date"], "RESOLVED") for row in rows)
    assert not cases.filter(closing_is_dated=True).exists()
    assert (
        CaseArea.objects.filter(case__municipality=town).values("case").distinct().count() > len(rows) * 0.9
    )


@pytest.mark.parametrize("name", SETS)
def test_no_record_of_a_set_is_rejected_but_those_closed_before_they_were_opened(
    realdata, tmp_path, capsys, size, name
):
    first = 154_700 if name == "saopaulo" else 3_000
    _, rows, said = imported(realdata, tmp_path, name, capsys, size, first)
    assert said["reasons"].keys() <= ({"CLOSED_BEFORE_OPENED"} if name == "saopaulo" else set())
    assert said["read"] == said["accepted"] + said["rejected"] + said["present"] == len(rows)
