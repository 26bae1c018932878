"""Search: cases by number, by what was said on them, by place and by whom they are from."""

from datetime import UTC, datetime
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy, pgettext_lazy

from moked.accounts.rules import SEES_CASES
from moked.base.text import clean_line, storable
from moked.cases import queries
from moked.cases.rules import read_number
from moked.web.desk.queue import Tab
from moked.web.ui.access import access
from moked.web.ui.requests import TownRequest

STATES = {
    "all": gettext_lazy("Open and closed"),
    "open": pgettext_lazy("cases", "Open"),
    "closed": pgettext_lazy("cases", "Closed"),
}
LONGEST = 100
DIGITS_OF_A_NUMBER = 6


@access(*SEES_CASES)
def search(request: TownRequest) -> HttpResponse:
    """Open the case whose number was typed; else show the cases that were found, the newest first."""
    typed = clean_line(storable(request.GET.get("q", "")))[:LONGEST]
    if number := _visible_number(request, typed):
        return HttpResponseRedirect(reverse("desk:case", args=[number]))
    state = request.GET.get("state", "all")
    state = state if state in STATES else "all"
    after = request.GET.get("after")
    page = queries.search(request.actor, typed, state=state, after=after)
    here_url = _address(typed, state)
    return render(
        request,
        "desk/search.html",
        {
            "place": "search",
            "typed": typed,
            "page": page,
            "is_number": _looks_like_a_number(typed),
            "most": queries.MOST_FOUND,
            "state": state,
            "tabs": [
                Tab(str(label), _address(typed, code), code == state, "") for code, label in STATES.items()
            ],
            "any_state_url": _address(typed, "all"),
            "here_url": here_url,
            "first_url": here_url if after else "",
            "next_url": _address(typed, state, after=page.next_key) if page.next_key else "",
            "is_continued": bool(after),
            "now": datetime.now(UTC),
        },
    )


def _visible_number(request: TownRequest, typed: str) -> str | None:
    """Return the number of the visible case that is meant, in its proper form."""
    number = read_number(typed)
    try:
        return queries.case_by_number(request.actor, number).number if number else None
    except queries.NoSuchCase:
        return None


def _looks_like_a_number(typed: str) -> bool:
    """Tell whether somebody has typed nothing but digits, as many as a number has."""
    digits = sum(char.isdecimal() for char in typed)
    return digits >= DIGITS_OF_A_NUMBER and not any(char.isalpha() for char in typed)


def _address(typed: str, state: str, after: str | None = None) -> str:
    kept = {"q": typed, "state": None if state == "all" else state, "after": after}
    return f"{reverse('desk:search')}?{urlencode({name: value for name, value in kept.items() if value})}"
