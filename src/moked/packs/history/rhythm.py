"""When people write to an invented town, and what about: seasons, weekdays, hours, holidays and storms."""

import dataclasses
import random
import tomllib
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

from moked.cases.rules import Channel
from moked.sla.calendars import Calendar

DAYS = 365
CLOSED_DAY, AFTER_CLOSED_DAY, HOLIDAY, HALF_DAY = 0.35, 1.2, 0.22, 0.75
HALF_DAY_MINUTES = 6 * 60
LIVELY_DAYS = 14
STORMS = 8
STORM_FORCE = (9.0, 4.5, 2.0)
STORM_CHANCE_BY_MONTH = (5, 4, 3, 1, 1, 1, 1, 1, 2, 3, 4, 5)
WORKING_HOURS = (1, 1, 1, 1, 1, 3, 8, 24, 42, 44, 40, 34, 26, 24, 25, 26, 24, 20, 17, 15, 13, 11, 7, 3)
FREE_HOURS = (2, 1, 1, 1, 1, 2, 3, 6, 10, 14, 16, 16, 14, 12, 12, 13, 15, 17, 19, 19, 17, 13, 8, 4)
WRITTEN, SPOKEN = (Channel.WEB, Channel.EMAIL), (Channel.PHONE, Channel.COUNTER)
CHANNELS = (*WRITTEN, *SPOKEN)
OFFICE_CHANNELS, OTHER_CHANNELS = (40, 12, 42, 6), (70, 12, 18, 0)


@dataclasses.dataclass(frozen=True)
class Occasion:
    """Somebody has something to say: when, about which of the town's services, after which storm."""

    at: datetime
    slug: str
    channel: Channel
    is_at_work: bool
    storm: str = ""


@dataclasses.dataclass(frozen=True)
class Storm:
    """Wind and rain over one district, felt for a few days."""

    on: date
    district: str

    def force(self, day: date) -> float:
        """Return how many times more is reported about what storms break."""
        age = (day - self.on).days
        return STORM_FORCE[age] if 0 <= age < len(STORM_FORCE) else 1.0


class Rhythm:
    """A year that ends now. The same chance yields the same occasions."""

    def __init__(
        self,
        slugs: Sequence[str],
        office: Calendar,
        districts: Sequence[str],
        now: datetime,
        chance: random.Random,
    ) -> None:
        written = tomllib.loads((Path(__file__).parent / "rhythms.toml").read_text(encoding="utf-8"))
        self._slugs = list(slugs)
        self._services = [_Service.read(written, slug) for slug in slugs]
        self._office = office
        self._now = now
        self._chance = chance
        today = office.date_of(now)
        self._days = [today - timedelta(days=age) for age in reversed(range(DAYS))]
        self._storms = _storms(self._days, districts, chance)

    def occasions(self, count: int) -> Iterator[Occasion]:
        """Yield that many occasions in the order of time.

        Of few, more are of the last days, so that something is going on.
        """
        lively = min(20.0, 3000 / max(count, 1))
        weights = [self._weights(day, lively) for day in self._days]
        total = sum(map(sum, weights))
        done, reached = 0, 0.0
        for day, of_day in zip(self._days, weights, strict=True):
            reached += sum(of_day)
            upto = count if day is self._days[-1] else round(count * reached / total)
            yield from self._occasions_of(day, of_day, upto - done)
            done = upto

    def _weights(self, day: date, lively: float) -> list[float]:
        """Return how much is reported on a day about each service."""
        factor = self._share_of(day) * (1 + lively * (self._days[-1] - day <= timedelta(LIVELY_DAYS)))
        force = max((storm.force(day) for storm in self._storms), default=1.0)
        return [
            factor * one.weight * one.season[day.month - 1] * (force if one.storms else 1.0)
            for one in self._services
        ]

    def _share_of(self, day: date) -> float:
        if day == self._days[-1]:
            begins = datetime(day.year, day.month, day.day, tzinfo=self._office.civil_time)
            return max((self._now - begins) / timedelta(days=1), 0.001)
        hours = self._office.hours_on(day)
        if not hours:
            return HOLIDAY if day in self._office.days else CLOSED_DAY
        if sum(closes - opens for opens, closes in hours) < HALF_DAY_MINUTES:
            return HALF_DAY
        return 1.0 if self._office.hours_on(day - timedelta(days=1)) else AFTER_CLOSED_DAY

    def _occasions_of(self, day: date, weights: list[float], count: int) -> Iterator[Occasion]:
        chance = self._chance
        moments = sorted(self._moment(day) for _ in range(count))
        places = chance.choices(range(len(weights)), cum_weights=list(accumulate(weights)), k=count)
        opening = self._office.opening_on(day)
        storms = {one.force(day): one for one in self._storms if one.force(day) > 1}
        district = storms[max(storms)].district if storms else ""
        for at, place in zip(moments, places, strict=True):
            is_at_work = any(opens <= at < closes for opens, closes in opening)
            channels = OFFICE_CHANNELS if is_at_work else OTHER_CHANNELS
            yield Occasion(
                at=at,
                slug=self._slugs[place],
                channel=chance.choices(CHANNELS, channels)[0],
                is_at_work=is_at_work,
                storm=district if self._services[place].storms else "",
            )

    def _moment(self, day: date) -> datetime:
        chance = self._chance
        hours = WORKING_HOURS if self._office.hours_on(day) else FREE_HOURS
        hour = chance.choices(range(24), hours)[0]
        begins = datetime(day.year, day.month, day.day, tzinfo=self._office.civil_time)
        at = (begins + timedelta(hours=hour, seconds=chance.randrange(3600))).astimezone(UTC)
        latest = max(self._now - timedelta(minutes=3), begins.astimezone(UTC))
        if at < latest:
            return at
        return latest - (latest - begins) * chance.random()


@dataclasses.dataclass(frozen=True)
class _Service:
    weight: float
    season: list[float]
    storms: bool

    @classmethod
    def read(cls, written: dict[str, Any], slug: str) -> "_Service":
        """Return what is written of a service; of one that nobody wrote about, the usual."""
        entry = {"weight": 1.0, "season": "even", "storms": False} | written["services"].get(slug, {})
        return cls(entry["weight"], written["seasons"][entry["season"]], entry["storms"])


def _storms(days: Sequence[date], districts: Sequence[str], chance: random.Random) -> list[Storm]:
    if not districts:
        return []
    chances = [STORM_CHANCE_BY_MONTH[day.month - 1] for day in days]
    return [
        Storm(on, chance.choice(districts)) for on in sorted(set(chance.choices(days, chances, k=STORMS)))
    ]
