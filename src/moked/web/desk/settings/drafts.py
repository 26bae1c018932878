"""What travels with a page that is published as a whole: its document, and the revision it began from."""

import json
from typing import Any

from moked.web.ui.requests import TownRequest

LONGEST = 200_000


def sent(request: TownRequest, name: str) -> tuple[Any, int]:
    """Return the document that came back with the page, and its revision's number, -1 for none.

    Raises ValueError for what the page did not send.
    """
    text = request.POST.get(name, "")
    try:
        document = json.loads(text if len(text) <= LONGEST else "")
    except RecursionError:
        raise ValueError(name) from None
    return document, base_sent(request)


def base_sent(request: TownRequest) -> int:
    """Return the number of the revision that what came back began from, -1 for none."""
    base = request.POST.get("base", "")
    return int(base) if base.isdecimal() and len(base) < 10 else -1
