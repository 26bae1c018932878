"""How the town performs, for everybody: a page, and the same as JSON and CSV."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from django.http import Http404, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from moked.insights import published
from moked.web.transparency.tables import CODES, entries_of, months_chart, tables_of
from moked.web.ui.access import PUBLIC, access
from moked.web.ui.figures import LICENCE, Period, as_csv, period
from moked.web.ui.requests import TownRequest
from moked.web.ui.templatetags.ui import text_in_town


@access(PUBLIC)
def figures(request: TownRequest) -> HttpResponseBase:
    """Show the figures of the months asked for, or of this month."""
    today = today_in(request)
    months = published.published_months(request.municipality.pk, today)
    asked = period(request.GET, months)
    found = published.figures(request.municipality.pk, asked.first, asked.last, today)
    match request.GET.get("format"):
        case "json":
            return JsonResponse(as_json(request, found), json_dumps_params={"ensure_ascii": False})
        case "csv":
            return _csv(request, found, asked)
    town = found.town
    context = {
        "figures": found,
        "period": asked,
        "months": months[::-1],
        "is_one_month": asked.first == asked.last,
        "is_empty": not (town.received or town.closed or town.open),
        "tables": tables_of(request, found, asked),
        "chart": months_chart(found),
        "licence": LICENCE,
        "feed": reverse("transparency:months_feed"),
    }
    return render(request, "transparency/figures.html", context)


def today_in(request: TownRequest) -> date:
    """Return the day it is in the town."""
    return datetime.now(UTC).astimezone(request.municipality.zone).date()


def as_json(request: TownRequest, found: published.Figures) -> dict[str, Any]:
    """Return the figures as open data; a count that is not shown is null."""
    return {
        "municipality": request.municipality.slug,
        "month": f"{found.last:%Y-%m}",
        "from": f"{found.first:%Y-%m}",
        "to": f"{found.last:%Y-%m}",
        "as_of": found.as_of.isoformat() if found.as_of else None,
        "licence": LICENCE,
        **_measured(found.town),
        "promised": found.promised,
        "kept": found.kept,
        "open_by_age": [
            {"days_from": band.least, "days_to": band.most, "open": band.count} for band in found.ages
        ],
        "months": [{"month": f"{row.month:%Y-%m}", **_measured(row.measures)} for row in found.months],
        "services": _listed(request, found.services),
        "departments": _listed(request, found.departments),
        "districts": _listed(request, found.districts),
        "channels": [{"code": row.code, **_measured(row.measures)} for row in found.channels],
    }


def _listed(request: TownRequest, rows: Iterable[published.Row]) -> list[dict[str, Any]]:
    return [
        {"slug": row.code, "name": text_in_town(request, row.name), **_measured(row.measures)} for row in rows
    ]


def _measured(measures: published.Measures) -> dict[str, Any]:
    return {
        "received": measures.received,
        "closed": measures.closed,
        "open": measures.open,
        "received_at_least": measures.received_least,
        "closed_at_least": measures.closed_least,
        "in_time_percent": measures.in_time,
        "median_minutes": measures.median,
        "p10_minutes": measures.low,
        "p90_minutes": measures.high,
        "satisfied_percent": measures.satisfied,
    }


def _csv(request: TownRequest, found: published.Figures, asked: Period) -> HttpResponseBase:
    code = request.GET.get("table", "services")
    if code not in CODES:
        raise Http404(_("There is no such table."))
    columns, entries = entries_of(request, found, code)
    name = f"{request.municipality.slug}-{code}-{asked.first:%Y-%m}-{asked.last:%Y-%m}.csv"
    return as_csv(name, columns, entries)
