"""A made-up history of a large city, in the shape in which other systems export theirs."""

import csv
import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROWS = 30_000
SERVICES, DEPARTMENTS, DISTRICTS = 14, 250, 23
SOUTH, WEST, SIZE = 47.0, 19.0, 0.02
WORDS = [
    "járda",
    "kátyú",
    "lámpa",
    "szemét",
    "közterület",
    "sarkán",
    "napok",
    "óta",
    "veszélyes",
    "kérjük",
    "intézkedést",
    "utca",
    "előtt",
    "fa",
    "ága",
]
COLUMNS = [
    *("id", "created", "first_response", "resolved", "status", "category", "institution"),
    *("title", "description", "address", "district", "lat", "lon"),
]
MAPPING = """
[source]
encoding = "utf-8"
zone = "Europe/Budapest"
language = "hu"

[columns]
external_id = "id"
opened_at = "created"
first_response_at = "first_response"
closed_at = "resolved"
status = "status"
service = "category"
department = "institution"
title = "title"
text = "description"
address = "address"
area = "district"
latitude = "lat"
longitude = "lon"

[area]
kind = "district"
boundaries = "districts.geojson"
name = "name"

[status.values]
"done" = "RESOLVED"
"no" = "DECLINED"
"going" = "IN_PROGRESS"
"new" = "RECEIVED"

[defaults]
channel = "WEB"
create = ["services", "departments", "areas"]

[clean]
split_leading_update = "UPDATE:"
"""


def make(folder: Path, rows: int = ROWS) -> tuple[Path, Path]:
    """Write a history with its mapping and districts; return file and mapping. It is the same each time."""
    chance = random.Random(106)
    path, mapping = folder / "history.csv", folder / "history.toml"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(_row(number, chance) for number in range(rows))
    mapping.write_text(MAPPING, encoding="utf-8")
    features = [_district(number) for number in range(DISTRICTS)]
    document = {"type": "FeatureCollection", "features": features}
    (folder / "districts.geojson").write_text(json.dumps(document), encoding="utf-8")
    return path, mapping


def _row(number: int, chance: random.Random) -> list[object]:
    opened = datetime(2023, 1, 1, tzinfo=UTC) + timedelta(minutes=25 * number)
    answered = opened + timedelta(days=chance.randrange(1, 20))
    closed = answered + timedelta(days=chance.randrange(60))
    status = chance.choices(["done", "no", "going", "new"], [60, 17, 18, 5])[0]
    text = _words(chance, 60)
    if chance.random() < 0.2:
        text = f"UPDATE: {_words(chance, 40)}\n-----\n{text}"
    district = chance.randrange(DISTRICTS)
    return [
        100_000 + number,
        opened.date(),
        answered.date() if status != "new" else "",
        closed.date() if status in ("done", "no") else "",
        status,
        f"Ügy {chance.randrange(SERVICES)}",
        f"Intézmény {min(chance.randrange(DEPARTMENTS), chance.randrange(DEPARTMENTS))}",
        _words(chance, 4),
        text,
        f"{_words(chance, 1)} utca {chance.randrange(1, 90)}",
        f"District {district}",
        round(SOUTH + chance.random() * SIZE, 7),
        round(WEST + (district + chance.random()) * SIZE, 7),
    ]


def _words(chance: random.Random, count: int) -> str:
    return " ".join(chance.choices(WORDS, k=count))


def _district(number: int) -> dict[str, object]:
    west, east, north = WEST + number * SIZE, WEST + (number + 1) * SIZE, SOUTH + SIZE
    ring = [[west, SOUTH], [east, SOUTH], [east, north], [west, north], [west, SOUTH]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": {"name": f"District {number}"}, "geometry": geometry}
