"""Moments as other systems write them: dates and times in the town's clock, or with an offset."""

import dataclasses
import re
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from moked.exchange.imports.reasons import LONGEST_SAID, Refused

EARLIEST = 1970
NOON = time(12)
_WRITTEN = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?: ?(?:Z|[+-]\d\d(?::?\d\d)?))?)?", re.ASCII
)


@dataclasses.dataclass(frozen=True)
class Said:
    """What a field says: a moment, the day it lies on by the town's clock, and whether only the day was said.

    `again` is the same time on the clock an hour later, where clocks are turned back in between.
    """

    at: datetime
    day: date
    is_day: bool
    again: datetime


class Clock:
    """Reads moments in the time zone of a file. A day without a time is noon; none may lie after `now`."""

    def __init__(self, zone: ZoneInfo, *, ignores_offset: bool, now: datetime) -> None:
        self._zone = zone
        self._ignores_offset = ignores_offset
        self._now = now
        self._days: dict[str, Said] = {}

    def read(self, text: str, field: str) -> Said:
        """Return what a field says. Raises Refused (BAD_DATE, IN_FUTURE)."""
        known = self._days.get(text)
        if known is None:
            known = self._read(text, field)
            if known.is_day:
                self._days[text] = known
        return known

    def after(self, opened: Said, text: str, field: str, code: str) -> datetime:
        """Return a moment that cannot lie before the opening. Raises Refused with `code` where it does.

        Of a day without a time only the day is compared; of a time that the clock shows twice in the night
        when it is turned back, the one is meant that is not before.
        """
        said = self.read(text, field)
        if said.at >= opened.at:
            return said.at
        if said.again >= opened.at:
            return said.again
        if (said.is_day or opened.is_day) and said.day == opened.day:
            return opened.at
        raise Refused(code, field)

    def _read(self, text: str, field: str) -> Said:
        try:
            if not _WRITTEN.fullmatch(text):
                raise ValueError
            said = self._day(text) if len(text) == 10 else self._moment(text)
            if said.day.year < EARLIEST:
                raise ValueError
        except (ValueError, OverflowError):
            raise Refused("BAD_DATE", field, value=text[:LONGEST_SAID]) from None
        if said.at > self._now:
            raise Refused("IN_FUTURE", field, value=text[:LONGEST_SAID])
        return said

    def _day(self, text: str) -> Said:
        day = date.fromisoformat(text)
        noon = datetime.combine(day, NOON, self._zone).astimezone(UTC)
        # Of today, noon may be still to come.
        is_today = noon > self._now and day == self._now.astimezone(self._zone).date()
        at = self._now if is_today else noon
        return Said(at, day, True, at)

    def _moment(self, text: str) -> Said:
        moment = datetime.fromisoformat(text.replace(" +", "+").replace(" -", "-").replace(" Z", "Z"))
        if moment.tzinfo and not self._ignores_offset:
            at = moment.astimezone(UTC)
            return Said(at, at.astimezone(self._zone).date(), False, at)
        local = moment.replace(tzinfo=self._zone)
        at = local.astimezone(UTC)
        again = local.replace(fold=1).astimezone(UTC)
        return Said(at, moment.date(), False, max(at, again))
