"""The clocks on the wall of a place, as moments."""

from datetime import UTC, date, datetime, timedelta, tzinfo

DAY_MINUTES = 24 * 60


def on_the_clock(on: date, minutes: int, zone: tzinfo) -> datetime:
    """Return in UTC when the clocks of a zone show so many minutes after midnight of a date.

    A time that the clocks skip counts by the offset before the gap, one that they show twice is the first of
    the two (RFC 5545, 3.3.5; PEP 495 with fold=0).
    """
    midnight = datetime(on.year, on.month, on.day, tzinfo=zone)
    return (midnight + timedelta(minutes=minutes)).astimezone(UTC)
