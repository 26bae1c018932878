"""How well promises are kept, by the unit one chooses: as a page, sorted by any column, and as CSV."""

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from moked.accounts.queries import with_all_below
from moked.accounts.rules import SEES_CASES
from moked.insights.performance import By, Performance, PerformanceFigures, performance
from moked.insights.queries import counted_months
from moked.insights.rules import OVERDUE, first_of_month
from moked.web.desk.figures import USUAL, departments_offered
from moked.web.ui.access import access
from moked.web.ui.figures import Column, Entry, FigureTable, Period, Words, as_csv, period, table
from moked.web.ui.labels import channel_word
from moked.web.ui.requests import TownRequest
from moked.web.ui.templatetags.numbers import percent, working_time
from moked.web.ui.templatetags.ui import month, text_in_town


@dataclasses.dataclass(frozen=True)
class Group:
    """Columns under one heading."""

    words: Words
    columns: tuple[Column, ...]


_OVERDUE: tuple[Words, ...] = (
    gettext_lazy("less than a day"),
    gettext_lazy("1 to 7 days"),
    gettext_lazy("8 to 30 days"),
    gettext_lazy("more than 30 days"),
)
NOW = Group(
    gettext_lazy("Now"),
    (
        Column("open", gettext_lazy("Open"), lambda one: one.open),
        Column("waiting", gettext_lazy("Of them waiting for others"), lambda one: one.waiting),
        Column("overdue", gettext_lazy("Open and late"), lambda one: one.all_overdue),
        *(
            Column(
                f"overdue_from_{least}_days",
                words,
                lambda one, place=place: one.overdue[place] if one.overdue else None,  # type: ignore[misc]
            )
            for place, ((least, _most), words) in enumerate(zip(OVERDUE, _OVERDUE, strict=True))
        ),
    ),
)
DONE = (
    Group(
        gettext_lazy("First answer"),
        (
            Column("received", gettext_lazy("Received"), lambda one: one.received),
            Column(
                "answered_in_time_percent", gettext_lazy("In time"), lambda one: one.answered_in_time, percent
            ),
            Column(
                "answer_median_minutes",
                gettext_lazy("Half within"),
                lambda one: one.answer_median,
                working_time,
            ),
            Column(
                "answer_p90_minutes",
                gettext_lazy("Nine in ten within"),
                lambda one: one.answer_high,
                working_time,
            ),
        ),
    ),
    Group(
        gettext_lazy("The end"),
        (
            Column("finished", gettext_lazy("Finished"), lambda one: one.finished),
            Column(
                "finished_in_time_percent", gettext_lazy("In time"), lambda one: one.finished_in_time, percent
            ),
            Column(
                "end_median_minutes", gettext_lazy("Half within"), lambda one: one.end_median, working_time
            ),
            Column(
                "end_p90_minutes", gettext_lazy("Nine in ten within"), lambda one: one.end_high, working_time
            ),
            Column("handed_over", gettext_lazy("Of them by external bodies"), lambda one: one.handed_over),
            Column("set_aside", gettext_lazy("Set aside"), lambda one: one.set_aside),
        ),
    ),
)
PARTS: dict[str, tuple[Group, ...]] = {"done": DONE, "late": (NOW,)}
"""The tables of the page by their codes."""
COLUMNS = {column.code: column for groups in PARTS.values() for group in groups for column in group.columns}
UNITS: dict[By, tuple[Words, Words]] = {
    By.DEPARTMENT: (gettext_lazy("By department"), gettext_lazy("Department")),
    By.TEAM: (gettext_lazy("By team"), gettext_lazy("Team")),
    By.SERVICE: (gettext_lazy("By service"), gettext_lazy("Service")),
    By.AREA: (gettext_lazy("By district"), gettext_lazy("District")),
    By.CHANNEL: (gettext_lazy("By channel"), gettext_lazy("Channel")),
    By.MONTH: (gettext_lazy("Month by month"), gettext_lazy("Month")),
}
NOBODY: dict[By, Words] = {
    By.DEPARTMENT: gettext_lazy("Without a department"),
    By.TEAM: gettext_lazy("Without a team"),
    By.AREA: gettext_lazy("Without a known place"),
}


@dataclasses.dataclass(frozen=True)
class Part:
    """What one table holds; the last entry is the sum."""

    title: Words
    groups: tuple[Group, ...]
    entries: Sequence[Entry]

    @property
    def columns(self) -> list[Column]:
        """The columns under all headings."""
        return [column for group in self.groups for column in group.columns]


@dataclasses.dataclass(frozen=True)
class Block:
    """One table of the page: its columns under their headings, the same rows as the others, the sum below."""

    groups: tuple[tuple[Words, list["Head"]], ...]
    head: "Head"
    table: FigureTable


@dataclasses.dataclass(frozen=True)
class Head:
    """A column's head: a link that sorts by it, and how the page is sorted by it now (aria-sort) or ''."""

    words: Words
    url: str
    sorted: str


@dataclasses.dataclass(frozen=True)
class Asked:
    """What somebody asks to see; `sort` is a column's code, with "-" before it for the largest first."""

    by: By
    period: Period
    department: str
    sort: str

    def query(self, **other: str) -> str:
        """The address's part that asks for it, or for something else in it."""
        said = {"by": self.by.value, "department": self.department, "sort": self.sort} | other
        return f"{self.period.query}&{urlencode({name: value for name, value in said.items() if value})}"


@access(*SEES_CASES)
def performance_page(request: TownRequest) -> HttpResponseBase:
    """Show how well promises are kept in the months and the department asked for, by one kind of unit."""
    actor, now = request.actor, datetime.now(UTC)
    months = counted_months(actor.municipality_id, now.astimezone(request.municipality.zone).date())
    offered = departments_offered(request)
    chosen = next((one for one in offered if one.code == request.GET.get("department")), None)
    by = By(request.GET["by"]) if request.GET.get("by") in set(By) else By.DEPARTMENT
    asked = Asked(
        by=by,
        period=period(request.GET, months, back=USUAL),
        department=chosen.code if chosen else "",
        sort=_sort(request.GET.get("sort", "")),
    )
    found = performance(
        actor,
        by,
        first_of_month(asked.period.first),
        asked.period.last,
        now,
        department_ids=with_all_below({chosen.pk}, actor.municipality_id) if chosen else None,
    )
    entries = _sorted(_entries(request, found, by), asked)
    parts = _parts(by, entries, Entry("", _("All together"), found.total))
    if request.GET.get("format") == "csv":
        return _csv(request, asked, parts)
    context = {
        "place": "figures",
        "found": found,
        "period": asked.period,
        "months": months[::-1],
        "departments": offered,
        "chosen": chosen,
        "units": [(unit.value, words, unit == by) for unit, (words, _head) in UNITS.items()],
        "sort": asked.sort,
        "blocks": [_block(asked, code, part) for code, part in parts.items()],
    }
    return render(request, "desk/performance.html", context)


def _csv(request: TownRequest, asked: Asked, parts: dict[str, Part]) -> HttpResponseBase:
    """Return one table of the page as it is shown."""
    code = request.GET.get("table", "done")
    if code not in PARTS:
        raise Http404
    part = parts.get(code, Part("", PARTS[code], []))
    months = f"{asked.period.first:%Y-%m}-{asked.period.last:%Y-%m}"
    name = f"{request.municipality.slug}-promises-{code}-{asked.by}-{months}.csv"
    return as_csv(name, part.columns, part.entries)


def _sort(asked: str) -> str:
    """Return by which column rows are sorted, and which way; '' for the usual order."""
    return asked if asked.removeprefix("-") in {"name", *COLUMNS} else ""


def _entries(request: TownRequest, found: PerformanceFigures, by: By) -> list[Entry]:
    def name(code: str, names: Any) -> str:
        if by == By.CHANNEL:
            return channel_word(code)
        if by == By.MONTH:
            return month(datetime.strptime(code, "%Y-%m").date())  # noqa: DTZ007 - a month has no zone
        return text_in_town(request, names) if names else code or str(NOBODY.get(by, "–"))

    return [Entry(row.code, name(row.code, row.name), row.measures, names=row.name) for row in found.rows]


def _sorted(entries: list[Entry], asked: Asked) -> list[Entry]:
    """Return the rows as asked for, without a value last; usually by name, the newest month first."""
    code, is_falling = asked.sort.removeprefix("-"), asked.sort.startswith("-")
    entries = entries[::-1] if asked.by == By.MONTH else sorted(entries, key=lambda one: one.name)
    if code == "name":
        return sorted(
            entries, key=lambda one: one.code if asked.by == By.MONTH else one.name, reverse=is_falling
        )
    column = COLUMNS.get(code)
    if column is None:
        return entries
    known = [one for one in entries if column.value(one.measures) is not None]
    unknown = [one for one in entries if column.value(one.measures) is None]
    return [*sorted(known, key=lambda one: column.value(one.measures) or 0, reverse=is_falling), *unknown]


def _head(asked: Asked, code: str, words: Words, *, largest_first: bool) -> Head:
    falling, rising = f"-{code}", code
    first, second = (falling, rising) if largest_first else (rising, falling)
    url = f"?{asked.query(sort=second if asked.sort == first else first)}"
    return Head(words, url, {falling: "descending", rising: "ascending"}.get(asked.sort, ""))


def _parts(by: By, entries: Sequence[Entry], total: Entry) -> dict[str, Part]:
    """Return what was done in the months and, apart, what is open now, where anything is."""
    done = [one for one in entries if by == By.MONTH or _was_busy(one.measures)]
    is_open = [one for one in entries if one.measures.open]
    parts = {
        "done": Part(UNITS[by][0], PARTS["done"], [*done, total] if done else []),
        "late": Part(
            gettext_lazy("Open and late, by how much"), PARTS["late"], [*is_open, total] if is_open else []
        ),
    }
    return {code: part for code, part in parts.items() if part.entries}


def _was_busy(measures: Performance) -> bool:
    return bool(measures.received or measures.finished or measures.set_aside)


def _block(asked: Asked, code: str, part: Part) -> Block:
    unit = UNITS[asked.by][1]
    address = f"{reverse('desk:performance')}?{asked.query(format='csv', table=code)}"
    return Block(
        groups=tuple(
            (group.words, [_head(asked, one.code, one.words, largest_first=True) for one in group.columns])
            for group in part.groups
        ),
        head=_head(asked, "name", unit, largest_first=False),
        table=table(code, part.title, unit, part.columns, part.entries, address),
    )
