"""Figures for the staff: of all a person sees, or of one department and those below it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from moked.accounts.models import Department
from moked.accounts.queries import tree, with_all_below
from moked.accounts.rules import SEES_CASES, TOWN_WIDE
from moked.insights.queries import OverdueBand, StaffFigures, counted_months, staff_figures
from moked.insights.rules import first_of_month
from moked.web.ui.access import access
from moked.web.ui.figures import (
    Column,
    Entry,
    FigureTable,
    Period,
    as_csv,
    largest_first,
    period,
    table,
)
from moked.web.ui.labels import channel_word
from moked.web.ui.requests import TownRequest
from moked.web.ui.templatetags.numbers import duration, number, percent
from moked.web.ui.templatetags.ui import month, text_in_town

USUAL = 11
"""How many months before the running one are shown unless others are asked for."""
COLUMNS = (
    Column("received", gettext_lazy("Received"), lambda one: one.received, has_bar=True),
    Column("closed", gettext_lazy("Finished"), lambda one: one.closed),
    Column("open", gettext_lazy("Open now"), lambda one: one.open),
    Column("in_time_percent", gettext_lazy("In the promised time"), lambda one: one.in_time, percent),
    Column("median_minutes", gettext_lazy("Half took at most"), lambda one: one.median, duration),
    Column("p10_minutes", gettext_lazy("The quickest tenth"), lambda one: one.low, duration),
    Column("p90_minutes", gettext_lazy("Nine in ten"), lambda one: one.high, duration),
    Column("answer_minutes", gettext_lazy("Half were answered within"), lambda one: one.answer, duration),
    Column("satisfied_percent", pgettext_lazy("figures", "Satisfied"), lambda one: one.satisfied, percent),
    Column(
        "first_contact_percent", gettext_lazy("At first contact"), lambda one: one.at_first_contact, percent
    ),
    Column("reopened", gettext_lazy("Opened again"), lambda one: one.reopened),
    Column("repeat", gettext_lazy("Repeats"), lambda one: one.repeat),
)
OF_MONTHS = tuple(column for column in COLUMNS if column.code != "open")
OVERDUE = (Column("overdue", gettext_lazy("Open and late"), lambda one: one.count, has_bar=True),)
_TABLES = {
    "services": (gettext_lazy("By service"), gettext_lazy("Service")),
    "departments": (gettext_lazy("By department"), gettext_lazy("Department")),
    "people": (gettext_lazy("By person"), gettext_lazy("Person")),
    "districts": (gettext_lazy("By district"), gettext_lazy("District")),
    "channels": (gettext_lazy("By channel"), gettext_lazy("Channel")),
    "months": (gettext_lazy("Month by month"), gettext_lazy("Month")),
    "overdue": (gettext_lazy("Open and late, by how much"), gettext_lazy("Late by")),
}


@access(*SEES_CASES)
def figures(request: TownRequest) -> HttpResponseBase:
    """Show the figures of the months and the department asked for; as CSV, one table of them."""
    actor, now = request.actor, datetime.now(UTC)
    months = counted_months(actor.municipality_id, now.astimezone(request.municipality.zone).date())
    asked = period(request.GET, months, back=USUAL)
    offered = departments_offered(request)
    chosen = next((one for one in offered if one.code == request.GET.get("department")), None)
    found = staff_figures(
        actor,
        first_of_month(asked.first),
        asked.last,
        now,
        department_ids=with_all_below({chosen.pk}, actor.municipality_id) if chosen else None,
    )
    if request.GET.get("format") == "csv":
        return _csv(request, found, asked)
    more = {"department": chosen.code} if chosen else {}
    context = {
        "place": "figures",
        "found": found,
        "period": asked,
        "months": months[::-1],
        "departments": offered,
        "chosen": chosen,
        "tables": list(_tables(request, found, f"{asked.query}&{urlencode(more)}" if more else asked.query)),
        "chart": _chart(found),
    }
    return render(request, "desk/figures.html", context)


def departments_offered(request: TownRequest) -> list[Department]:
    """Return the departments whose figures the person may ask for apart, in the order of the tree."""
    actor = request.actor
    branches = (branch.department for branch in tree(actor.municipality_id))
    return [one for one in branches if actor.has_any(TOWN_WIDE) or one.pk in actor.department_ids]


def _tables(request: TownRequest, found: StaffFigures, query: str) -> Sequence[FigureTable]:
    tables = []
    for code, (title, head) in _TABLES.items():
        columns, entries = _entries(request, found, code)
        if entries:
            address = f"{reverse('desk:figures')}?{query}&format=csv&table={code}"
            tables.append(table(code, title, head, columns, entries, address))
    return tables


def _entries(request: TownRequest, found: StaffFigures, code: str) -> tuple[Sequence[Column], list[Entry]]:
    if code == "overdue":
        return OVERDUE, [Entry(f"{one.least}", _late(one), one) for one in found.overdue]
    rows = {
        "services": found.services,
        "departments": found.departments,
        "people": found.people,
        "districts": found.districts,
        "channels": found.channels,
        "months": found.months[::-1],
    }[code]
    columns = OF_MONTHS if code == "months" else COLUMNS
    nobody = {
        "departments": _("Without a department"),
        "districts": _("Without a known place"),
    }.get(code, "–")

    def name(row: Any) -> str:
        if code == "channels":
            return channel_word(row.code)
        if code == "months":
            return month(datetime.strptime(row.code, "%Y-%m").date())  # noqa: DTZ007 - a month has no zone
        return text_in_town(request, row.name) if row.name else row.code or nobody

    entries = [Entry(row.code, name(row), row.measures, names=row.name) for row in rows]
    return columns, entries if code == "months" else largest_first(columns[0], entries)


def _late(band: OverdueBand) -> str:
    more = "+" if band.is_capped else ""
    if band.most is None:
        days = band.least - 1
        words = ngettext("more than %(days)s day", "more than %(days)s days", days) % {"days": days}
    else:
        words = _("%(first)s to %(last)s days") % {"first": band.least, "last": band.most}
    return f"{words} ({number(band.count)}{more})" if more else words


def _chart(found: StaffFigures) -> dict[str, Any]:
    return {
        "kind": "bar",
        "names": [month(datetime.strptime(row.code, "%Y-%m").date()) for row in found.months],  # noqa: DTZ007
        "unit": "",
        "series": [
            {"name": _("Received"), "values": [row.measures.received for row in found.months]},
            {"name": _("Finished"), "values": [row.measures.closed for row in found.months]},
        ],
    }


def _csv(request: TownRequest, found: StaffFigures, asked: Period) -> HttpResponseBase:
    code = request.GET.get("table", "services")
    if code not in _TABLES:
        raise Http404
    columns, entries = _entries(request, found, code)
    name = f"{request.municipality.slug}-{code}-{asked.first:%Y-%m}-{asked.last:%Y-%m}.csv"
    return as_csv(name, columns, entries)
