"""Write histories: what `operations` would have written at those moments, but nobody is told.

Neither immediate nor durable subscribers see it, only projections. All is prepared before the transaction,
which is left with storing plain rows.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice

from django.db import transaction
from django.db.models import Model

from moked.base.pace import Pace
from moked.base.rows import insert, new_ids
from moked.cases import events, numbering, rules
from moked.cases.bulk.past import PastCase
from moked.cases.bulk.timeline import Ids, Timelines
from moked.cases.models import Case, Contact
from moked.cases.operations import TRACKING_AFTER_CLOSING
from moked.cases.operations.opening import answers, new_case
from moked.cases.operations.steps import attach, in_areas
from moked.events.operations import publish_history
from moked.links import operations as links
from moked.links.models import Link
from moked.municipalities.models import Municipality

FIRST_BATCH = 50
CASES_AN_EVENT = 100
"""Projections take an event as a whole: it is to be no larger than their transactions."""


Written = tuple[Case, PastCase]
Beside = Callable[[Sequence[Written]], Iterable[Model]]
"""What an app above adds to cases of the past that are about to be stored, with their ids and numbers.

It may set columns of the cases, and returns rows of its own, which are stored in the same transaction.
"""


def open_many(
    municipality: Municipality, past: Iterable[PastCase], *beside: Beside, first: int = FIRST_BATCH
) -> Iterator[list[Case]]:
    """Write cases with their contacts, links, timeline, audit and events; yield each committed batch.

    A batch is as many cases as take about 100 ms to store, so that it commits well within 200 ms and others
    can write in between; the first has `first`. Each `beside` sees a batch just before it is stored, in the
    order given. Whoever holds a transaction around all of it gives no more than fits into one.
    """
    remaining, pace = iter(past), Pace(first)
    case_ids, ids = new_ids(Case, first), Ids(first)
    while batch := list(islice(remaining, pace.size)):
        cases = [_case(municipality, one, case_id) for one, case_id in zip(batch, case_ids, strict=False)]
        pace.learn(len(batch), _write(municipality, list(zip(cases, batch, strict=True)), ids, beside))
        yield cases


def _write(municipality: Municipality, pairs: list[Written], ids: Ids, beside: Sequence[Beside]) -> float:
    """Prepare and store a batch; returns for how many seconds others could not write."""
    cases = [case for case, _ in pairs]
    _number(municipality, cases)
    timelines = Timelines(pairs, ids)
    further = [row for add in beside for row in add(pairs)]
    started = time.monotonic()
    with transaction.atomic():
        insert(cases)
        insert(answer for case, one in pairs for answer in answers(case, one.said))
        insert(row for case, one in pairs for row in in_areas(case, one.said.place))
        timelines.store()
        for case, one in (pair for pair in pairs if pair[1].said.photos):
            first = Contact.objects.filter(case=case).earliest("id")
            attach(case, one.said.photos, rules.PhotoKind.REPORT, one.opened_at, first)
        _link(municipality, cases)
        insert(further)
        publish_history([_recorded(municipality, of_event) for of_event in _in_parts(cases)])
    return time.monotonic() - started


def _in_parts(cases: list[Case]) -> Iterator[list[Case]]:
    for first in range(0, len(cases), CASES_AN_EVENT):
        yield cases[first : first + CASES_AN_EVENT]


def _recorded(municipality: Municipality, cases: Sequence[Case]) -> tuple[events.CasesRecorded, datetime]:
    case_ids = tuple(case.id for case in cases)
    return events.CasesRecorded(municipality_id=municipality.pk, case_ids=case_ids), cases[-1].opened_at


def _case(municipality: Municipality, one: PastCase, case_id: int) -> Case:
    closing, state = one.closing, one.state
    case = new_case(municipality, one.service, one.matter, one.said, one.opened_at, title=one.title)
    case.pk = case_id
    case.language, case.channel = one.language, one.channel
    case.state = state
    case.is_open = closing is None
    case.assignee_id = one.assignee_id
    case.department_id = one.department_id or case.department_id
    case.closed_at = closing.at if closing else None
    case.closing_is_dated = closing is None or closing.is_dated
    case.outcome = closing.outcome if closing else ""
    case.closed_at_first_contact = closing is not None and closing.at_first_contact
    case.is_imported = one.is_imported
    return case


def _link(municipality: Municipality, cases: list[Case]) -> None:
    links.create_many(
        municipality_id=municipality.pk,
        purpose=Link.Purpose.TRACKING,
        expiry_of={case.pk: _end_of_tracking(case.closed_at) for case in cases},
    )


def _end_of_tracking(closed_at: datetime | None) -> datetime | None:
    return closed_at + TRACKING_AFTER_CLOSING if closed_at else None


def _number(municipality: Municipality, cases: list[Case]) -> None:
    """Give cases their numbers, taken at once and before, so that nobody else who opens one waits for us."""
    years: dict[int, list[Case]] = {}
    for case in cases:
        years.setdefault(numbering.local_year(case.opened_at, municipality), []).append(case)
    for year, of_year in sorted(years.items()):
        first = numbering.take(municipality.pk, year, len(of_year))
        for running, case in enumerate(of_year, first):
            case.number = rules.case_number(year, running)
