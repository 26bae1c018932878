"""Cases as marks on a map: the shape says the state, the fill the promise."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Protocol

from moked.cases.rules import State
from moked.web.ui.promises import Promised, standing

SHAPES = {
    State.RECEIVED: "circle",
    State.IN_PROGRESS: "square",
    State.SCHEDULED: "square",
    State.WAITING_FOR_RESIDENT: "triangle",
    State.WITH_EXTERNAL_BODY: "triangle",
    State.RESOLVED: "ring",
    State.DECLINED: "ring",
    State.WITHDRAWN: "ring",
    State.MERGED: "ring",
}
FILLS = {"on-time": "on-time", "soon": "soon", "late": "late", "paused": "none"}


class Placed(Promised, Protocol):
    """What of a case is drawn."""

    @property
    def number(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def latitude(self) -> float | None: ...
    @property
    def longitude(self) -> float | None: ...


def collection(cases: Iterable[Placed], now: datetime) -> dict[str, Any]:
    """Return a GeoJSON FeatureCollection of the cases with a position: number, shape and promise of each.

    What else is known of a case stands in the list beside the map.
    """
    return {"type": "FeatureCollection", "features": [_mark(case, now) for case in cases if _is_placed(case)]}


def _is_placed(case: Placed) -> bool:
    return case.latitude is not None and case.longitude is not None


def _mark(case: Placed, now: datetime) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [case.longitude, case.latitude]},
        "properties": {
            "number": case.number,
            "shape": SHAPES[State(case.state)],
            "promise": _fill(case, now),
        },
    }


def _fill(case: Placed, now: datetime) -> str:
    if not case.is_open:
        return "done"
    found = standing(case, now)
    return FILLS[found.kind] if found and found.kind in FILLS else "none"
