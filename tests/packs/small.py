"""A pack of two services on disk, to be spoilt in one place each time."""

import copy
import json
from pathlib import Path
from typing import Any

WEEK = {day: [["08:00", "16:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}


def texts(word: str) -> dict[str, str]:
    return {"en": word, "he": f"{word} בעברית"}


def documents() -> dict[str, dict[str, Any]]:
    """Return the files of a sound pack, each time anew."""
    return copy.deepcopy(_DOCUMENTS)


_DOCUMENTS: dict[str, dict[str, Any]] = {
    "town.toml": {
        "slug": "smallton",
        "language": "en",
        "languages": ["en", "he"],
        "time_zone": "Europe/London",
        "phone": "106",
        "emergency_phone": "112",
        "sender": "helpdesk@smallton.example",
        "name": texts("Smallton"),
        "departments": [
            {"code": "works", "name": texts("Works")},
            {"code": "roads", "name": texts("Roads"), "parent": "works"},
        ],
        "teams": [
            {"code": "duty", "name": texts("Duty desk"), "on_call": True},
            {"code": "crew", "name": texts("Crew"), "department": "roads", "sharing": "IN_TURN"},
        ],
        "labels": [
            {"code": "storm", "name": texts("Storm"), "colour": "BLUE"},
            {"code": "school", "name": texts("School")},
        ],
        "calendars": [{"code": "office", "name": texts("Office hours"), "country": "GB", "week": WEEK}],
    },
    "services.toml": {
        "services": [
            {
                "slug": "pothole",
                "department": "roads",
                "name": texts("Pothole"),
                "description": texts("A hole in the road."),
                "promise": {"resolution": "3d"},
                "questions": [
                    {
                        "code": "size",
                        "kind": "CHOICE",
                        "label": texts("How large?"),
                        "options": [
                            {"code": "L", "label": texts("Large")},
                            {"code": "S", "label": texts("Small")},
                        ],
                    },
                    {
                        "code": "deep",
                        "kind": "TEXT",
                        "label": texts("How deep?"),
                        "ask_if": {"field": "size", "is": "L"},
                    },
                ],
            },
            {
                "slug": "question",
                "department": "works",
                "kind": "QUESTION",
                "name": texts("A question"),
                "description": {},
                "promise": {"first_answer": "8h"},
            },
        ]
    },
    "replies.toml": {
        "reply_templates": [
            {
                "code": "thanks",
                "name": texts("Thanks"),
                "text": texts("Thank you, {name}."),
                "service": "pothole",
            }
        ]
    },
    "guides.toml": {
        "life_events": [{"code": "moving", "name": texts("Moving"), "description": texts("A new home")}],
        "life_situations": [
            {
                "slug": "address",
                "life_events": ["moving"],
                "services": ["question"],
                "title": texts("A new address"),
                "summary": texts("Tell us where you live."),
                "who": texts("Everybody."),
                "costs": texts("Nothing."),
                "takes": texts("A day."),
                "bring": {"en": ["a passport"], "he": ["דרכון"]},
                "steps": {"en": ["Come."], "he": ["לבוא."]},
            }
        ],
    },
    "bodies.toml": {
        "external_bodies": [
            {
                "code": "water",
                "name": texts("Water company"),
                "language": "en",
                "email": "faults@water.example",
                "services": ["pothole"],
            }
        ]
    },
    "map.toml": {
        "seed": "smallton",
        "latitude": 51.5,
        "longitude": -0.1,
        "radius": 1500,
        "languages": ["en"],
        "districts": ["Centre", "North", "East", "South", "West"],
        "landmarks": ["Town Hall"],
        "streets": ["High Street", "Station Road", "Mill Lane"],
    },
}


def write(folder: Path, pack: dict[str, dict[str, Any]]) -> Path:
    """Write a pack's files into a folder, which is made, and return the folder."""
    folder.mkdir(exist_ok=True)
    for name, document in pack.items():
        lines = [f"{key} = {_toml(value)}" for key, value in document.items()]
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def _toml(value: Any) -> str:
    """Return a value in one line of TOML; JSON's texts are TOML's, too."""
    match value:
        case dict():
            return "{" + ", ".join(f"{json.dumps(key)} = {_toml(one)}" for key, one in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
