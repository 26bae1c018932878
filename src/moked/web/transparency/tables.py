"""The tables and charts of the public figures, laid out for page and CSV."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from moked.insights import published
from moked.web.ui.figures import Column, Entry, FigureTable, Period, largest_first, table
from moked.web.ui.labels import channel_word
from moked.web.ui.promises import in_words
from moked.web.ui.requests import TownRequest
from moked.web.ui.templatetags.numbers import duration, percent
from moked.web.ui.templatetags.ui import month, text_in_town

COLUMNS = (
    Column(
        "received",
        gettext_lazy("Received"),
        lambda one: one.received,
        least=lambda one: one.received_least,
        has_bar=True,
    ),
    Column("closed", gettext_lazy("Finished"), lambda one: one.closed, least=lambda one: one.closed_least),
    Column("open", gettext_lazy("Open now"), lambda one: one.open),
    Column("in_time_percent", gettext_lazy("In the promised time"), lambda one: one.in_time, percent),
    Column("median_minutes", gettext_lazy("Half took at most"), lambda one: one.median, duration),
    Column("p10_minutes", gettext_lazy("The quickest tenth"), lambda one: one.low, duration),
    Column("p90_minutes", gettext_lazy("Nine in ten"), lambda one: one.high, duration),
    Column("satisfied_percent", pgettext_lazy("figures", "Satisfied"), lambda one: one.satisfied, percent),
)
OF_MONTHS = tuple(column for column in COLUMNS if column.code != "open")
OF_AGES = (Column("open", gettext_lazy("Open now"), lambda one: one.count, has_bar=True),)
CODES = ("months", "services", "departments", "districts", "channels", "ages")
_TITLES = {
    "months": (gettext_lazy("Month by month"), gettext_lazy("Month")),
    "services": (gettext_lazy("By service"), gettext_lazy("Service")),
    "departments": (gettext_lazy("By department"), gettext_lazy("Department")),
    "districts": (gettext_lazy("By district"), gettext_lazy("District")),
    "channels": (gettext_lazy("By channel"), gettext_lazy("Channel")),
    "ages": (gettext_lazy("Open now, by age"), gettext_lazy("Received")),
}


def tables_of(request: TownRequest, found: published.Figures, asked: Period) -> dict[str, FigureTable]:
    """Return the tables that have rows, by code."""
    tables = {}
    for code in CODES:
        columns, entries = entries_of(request, found, code)
        if not entries:
            continue
        address = f"{reverse('transparency:figures')}?{asked.query}&format=csv&table={code}"
        tables[code] = table(code, *_TITLES[code], columns, entries, address)
    return tables


def entries_of(
    request: TownRequest, found: published.Figures, code: str
) -> tuple[Sequence[Column], list[Entry]]:
    """Return the columns and rows of a table."""
    if code == "months":
        months = reversed(found.months)
        return OF_MONTHS, [Entry(f"{row.month:%Y-%m}", month(row.month), row.measures) for row in months]
    if code == "ages":
        return OF_AGES, [Entry(_age_code(band), _age(band), band) for band in found.ages]
    if code == "channels":
        return COLUMNS, [Entry(row.code, channel_word(row.code), row.measures) for row in found.channels]
    rows: dict[str, Sequence[published.Row]] = {
        "services": found.services,
        "departments": found.departments,
        "districts": found.districts,
    }
    without_name = _("Confidential services together") if code == "services" else _("Without a known place")
    entries = [
        Entry(
            row.code,
            text_in_town(request, row.name) if row.name else without_name,
            row.measures,
            _("Promised: %(time)s") % {"time": in_words(row.promise)} if row.promise else "",
            row.name,
        )
        for row in rows[code]
    ]
    return COLUMNS, largest_first(COLUMNS[0], entries)


def months_chart(found: published.Figures) -> dict[str, Any]:
    """Return what the chart of months draws."""
    return {
        "kind": "bar",
        "names": [month(row.month) for row in found.months],
        "unit": "",
        "series": [
            {"name": _("Received"), "values": [row.measures.received for row in found.months]},
            {"name": _("Finished"), "values": [row.measures.closed for row in found.months]},
        ],
    }


def _age(band: published.AgeBand) -> str:
    if band.most is None:
        days = band.least - 1
        return ngettext("more than %(days)s day ago", "more than %(days)s days ago", days) % {"days": days}
    if not band.least:
        return ngettext("at most %(days)s day ago", "at most %(days)s days ago", band.most) % {
            "days": band.most
        }
    return _("%(first)s to %(last)s days ago") % {"first": band.least, "last": band.most}


def _age_code(band: published.AgeBand) -> str:
    return f"{band.least}-{band.most}" if band.most is not None else f"{band.least}+"
