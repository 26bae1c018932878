"""How the town performs, for everybody: a page, and the same as JSON."""

from datetime import UTC, datetime
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render

from moked.insights import published
from moked.web.ui.access import PUBLIC, access
from moked.web.ui.requests import TownRequest
from moked.web.ui.templatetags.ui import text_in_town


@access(PUBLIC)
def figures(request: TownRequest) -> HttpResponse:
    """Show received, finished and open reports of this month, in all and by service."""
    municipality = request.municipality
    today = datetime.now(UTC).astimezone(municipality.zone).date()
    month = published.month(municipality.pk, today)
    if request.GET.get("format") == "json":
        return JsonResponse(as_json(request, month), json_dumps_params={"ensure_ascii": False})
    most = max((count for one in month.services for count in _counts(one)), default=0)
    context = {"figures": month, "most": most, "is_empty": not (month.received or month.closed or month.open)}
    return render(request, "transparency/figures.html", context)


def as_json(request: TownRequest, month: published.PublishedMonth) -> dict[str, Any]:
    """Return the figures as open data; a hidden count is null."""
    return {
        "municipality": request.municipality.slug,
        "month": f"{month.month:%Y-%m}",
        "as_of": month.as_of.isoformat() if month.as_of else None,
        "received": month.received,
        "closed": month.closed,
        "open": month.open,
        "services": [
            {
                "slug": one.slug,
                "name": text_in_town(request, one.name),
                "received": one.received,
                "closed": one.closed,
                "open": one.open,
            }
            for one in month.services
        ],
    }


def _counts(one: published.PublishedService) -> list[int]:
    return [count for count in (one.received, one.closed, one.open) if count is not None]
