"""The pages that a benchmark asks for, as paths below the town's own."""

from typing import Any

QUEUE = "/desk/"
QUEUE_VIEWS = (
    "/desk/?view=mine",
    "/desk/?view=unassigned",
    "/desk/?view=resident_wrote",
    "/desk/?service=pothole",
)


def case(one: dict[str, str]) -> str:
    """Return where staff see a case."""
    return f"/desk/cases/{one['number']}/"


def tracking(one: dict[str, str]) -> str:
    """Return where the resident sees it."""
    return f"/track/{one['secret']}/"


def of_town(facts: dict[str, Any], path: str) -> str:
    """Return a path as the server knows it, for a town without a host of its own."""
    return f"/t/{facts['town']}{path}"
