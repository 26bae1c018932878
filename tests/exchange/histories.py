"""Made-up files to import: a mapping, two districts, and records."""

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path

from moked.exchange.imports.files import SourceFile
from moked.exchange.imports.mapping import read_mapping
from moked.exchange.imports.operations import Import, Report
from moked.exchange.imports.reasons import Reject
from moked.municipalities.models import Municipality

NOW = datetime(2026, 11, 16, 9, 30, tzinfo=UTC)
COLUMNS = (
    *("id", "opened", "answered", "closed", "state", "kind", "office"),
    *("title", "words", "address", "district", "lat", "lon"),
)
MAPPING = """
[source]
encoding = "utf-8"
zone = "Europe/Budapest"
language = "hu"

[columns]
external_id = "id"
opened_at = "opened"
first_response_at = "answered"
closed_at = "closed"
status = "state"
service = "kind"
department = "office"
title = "title"
text = "words"
address = "address"
area = "district"
latitude = "lat"
longitude = "lon"

[area]
kind = "district"
boundaries = "districts.geojson"
name = "name"
trim_prefix = "Town "

[status.values]
"done" = "RESOLVED"
"no" = "DECLINED"
"back" = "WITHDRAWN"
"going" = "IN_PROGRESS"
"new" = "RECEIVED"

[defaults]
channel = "WEB"
create = ["services", "departments", "areas"]

[clean]
split_leading_update = "UPDATE:"
"""
WEST, EAST = (47.5, 19.05), (47.5, 19.15)
GOOD = {
    "id": "1",
    "opened": "2024-03-05",
    "answered": "2024-03-07",
    "closed": "2024-03-09",
    "state": "done",
    "kind": "Kátyú",
    "office": "Útügy",
    "title": "Nagy kátyú",
    "words": "Nagy kátyú a sarkon.",
    "address": "Fő utca 1",
    "district": "West",
    "lat": "47.5",
    "lon": "19.05",
}


def row(number: int, **values: str) -> dict[str, str]:
    """Return a good record with this id, changed where told."""
    return GOOD | {"id": str(number)} | values


def csv_of(rows: list[dict[str, str]], columns: tuple[str, ...] = COLUMNS) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([one.get(column, "") for column in columns] for one in rows)
    return text.getvalue().encode("utf-8", "surrogateescape")


def write(folder: Path, content: bytes, mapping: str = MAPPING, name: str = "cases.csv") -> Path:
    """Write a file to import with its mapping and the two districts beside it."""
    (folder / name).write_bytes(content)
    (folder / "mapping.toml").write_text(mapping, encoding="utf-8")
    square = [(47.4, 19.0, 19.1, "Town West"), (47.4, 19.1, 19.2, "Town East")]
    features = [
        {
            "type": "Feature",
            "properties": {"name": name},
            "geometry": {
                "type": "Polygon",
                "coordinates": [
                    [[west, south], [east, south], [east, south + 0.2], [west, south + 0.2], [west, south]]
                ],
            },
        }
        for south, west, east, name in square
    ]
    document = {"type": "FeatureCollection", "features": features}
    (folder / "districts.geojson").write_text(json.dumps(document), encoding="utf-8")
    return folder / name


def run(
    town: Municipality, path: Path, *, is_dry: bool = False, now: datetime = NOW
) -> tuple[Report, list[Reject]]:
    """Import a file that `write` wrote; return the report and the rejections."""
    rejects: list[Reject] = []
    mapping = read_mapping(path.parent / "mapping.toml")
    with SourceFile(path, mapping.encoding) as file:
        one = Import(town, file, mapping, clock=lambda: now, is_dry=is_dry, rejected=rejects.append)
        return one.run(), rejects
