"""What was measured, and whether it keeps to limits.toml."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LIMITS = Path(__file__).parent / "limits.toml"


@dataclass(frozen=True)
class Measurement:
    """One number. `limit` names its entry in limits.toml; without one it is for information."""

    name: str
    value: float
    unit: str
    limit: str = ""


@dataclass(frozen=True)
class Judged:
    """A measurement beside its limit, in words; `is_met` where there is none."""

    measurement: Measurement
    limit: str
    is_met: bool

    def as_document(self) -> dict[str, Any]:
        """Return what the JSON file says of it."""
        one = self.measurement
        return {
            "name": one.name,
            "value": one.value,
            "unit": one.unit,
            "limit": self.limit or None,
            "met": self.is_met,
        }


def judge(benchmark: str, database: str, measurements: list[Measurement]) -> list[Judged]:
    """Compare each measurement with its limit; raises KeyError for a limit that limits.toml lacks."""
    limits = tomllib.loads(LIMITS.read_text(encoding="utf-8"))[benchmark]
    return [_judged(one, limits[one.limit] if one.limit else {}, database) for one in measurements]


def _judged(one: Measurement, limit: dict[str, Any], database: str) -> Judged:
    if limit and limit["unit"] != one.unit:
        raise ValueError(f"{one.name} is in {one.unit}, its limit in {limit['unit']}.")
    most, least = _bound(limit, "most", database), _bound(limit, "least", database)
    if most is not None:
        return Judged(one, f"≤ {most:g}", one.value <= most)
    if least is not None:
        return Judged(one, f"≥ {least:g}", one.value >= least)
    return Judged(one, "", True)


def _bound(limit: dict[str, Any], side: str, database: str) -> float | None:
    bound = limit.get(side)
    return bound.get(database) if isinstance(bound, dict) else bound


def table(judged: list[Judged]) -> str:
    """Return the measurements as lines that align."""
    width = max(len(one.measurement.name) for one in judged)
    return "\n".join(_line(one, width) for one in judged)


def _line(one: Judged, width: int) -> str:
    said = f"  {one.measurement.name:<{width}}  {one.measurement.value:>10,.1f} {one.measurement.unit:<8}"
    if not one.limit:
        return said.rstrip()
    return f"{said} {one.limit:>6}  {'ok' if one.is_met else 'MISSED'}"


def percentile(values: list[float], share: float) -> float:
    """Return the value that `share` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def median(values: list[float]) -> float:
    """Return the value in the middle."""
    return percentile(values, 0.5)
