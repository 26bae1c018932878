"""Calendars that tests count on, in their JSON form."""

WEEKDAYS = ("sun", "mon", "tue", "wed", "thu")


def calendar(zone: str = "Asia/Jerusalem", days: dict | None = None, **week: list) -> dict:
    """Return a calendar; without a week, Sunday to Thursday 08:00–16:00."""
    week = week or {name: [["08:00", "16:00"]] for name in WEEKDAYS}
    return {"zone": zone, "week": week, "days": days or {}}


ISRAELI = calendar()
ROUND_THE_CLOCK = {name: [["00:00", "24:00"]] for name in (*WEEKDAYS, "fri", "sat")}
NIGHTS = {name: [["22:00", "30:00"]] for name in (*WEEKDAYS, "fri", "sat")}
EUROPEAN = {name: [["08:00", "16:00"]] for name in ("mon", "tue", "wed", "thu", "fri")}
