"""The bulk form of opening and closing cases: whole histories, committed in small batches.

What it writes is what `operations` would have written at those moments, but nobody is told: neither
immediate nor durable subscribers see it, only projections.
"""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice

from django.db import transaction

from moked.accounts.rules import ActorKind
from moked.audit import operations as audit
from moked.audit.models import AuditRecord
from moked.base.event import DomainEvent
from moked.cases import events, numbering, rules
from moked.cases.models import Answer, Case, CaseArea, Change, Contact, Participant
from moked.cases.operations import NOTHING_MORE, TRACKING_AFTER_CLOSING, Reporter, Said
from moked.cases.operations.opening import answers, new_case, participant
from moked.cases.operations.steps import attach, in_areas
from moked.catalogue.models import Service
from moked.events.operations import publish_history
from moked.links import operations as links
from moked.links.models import Link
from moked.municipalities.models import Municipality

BATCH = 100


@dataclasses.dataclass(frozen=True)
class PastClosing:
    """How a case of the past ended."""

    at: datetime
    outcome: rules.Outcome
    words: str
    author_id: int | None = None


@dataclasses.dataclass(frozen=True)
class PastCase:
    """A case as it happened. `state` is where an open one stands; a closed one has its `closing`.

    `department_id` is who handled it, when that was not its service's own department.
    """

    service: Service
    matter: str
    opened_at: datetime
    channel: rules.Channel
    language: str
    reporter: Reporter | None = None
    state: rules.State = rules.State.RECEIVED
    assignee_id: int | None = None
    closing: PastClosing | None = None
    said: Said = NOTHING_MORE
    department_id: int | None = None


def open_many(municipality: Municipality, past: Iterable[PastCase]) -> Iterator[list[Case]]:
    """Write cases with their contacts, links, timeline, audit and events; yield each committed batch.

    A batch is a hundred cases, so that it commits well within 200 ms and others can write in between.
    """
    remaining = iter(past)
    while batch := list(islice(remaining, BATCH)):
        yield _write(municipality, batch)


def set_promises(cases: Sequence[Case]) -> None:
    """Store what the promises of such cases came to, when they are looked at and stand in the queue."""
    Case.objects.bulk_update(
        cases, ["promised_at", "promise_state", "queue_at", "follow_up_at"], batch_size=BATCH
    )


@transaction.atomic
def _write(municipality: Municipality, batch: list[PastCase]) -> list[Case]:
    cases = Case.objects.bulk_create([_case(municipality, one) for one in batch])
    pairs = list(zip(cases, batch, strict=True))
    contacts = Contact.objects.bulk_create(
        [contact for case, one in pairs for contact in _contacts(case, one)]
    )
    Participant.objects.bulk_create([participant(case, one.reporter) for case, one in pairs if one.reporter])
    Answer.objects.bulk_create([answer for case, one in pairs for answer in answers(case, one.said)])
    CaseArea.objects.bulk_create([row for case, one in pairs for row in in_areas(case, one.said.place)])
    first = {one.case_id: one for one in contacts if one.direction == Contact.Direction.IN}
    for case, one in (pair for pair in pairs if pair[1].said.photos):
        attach(case, one.said.photos, rules.PhotoKind.REPORT, one.opened_at, first[case.pk])
    changes = [change for case, one in pairs for change in _changes(case, one)]
    Change.objects.bulk_create(changes)
    audit.record_many([_audited(change) for change in changes])
    publish_history([item for case, one in pairs for item in _events(case, one)])
    _link(municipality, cases)
    _number(municipality, cases)
    return cases


def _case(municipality: Municipality, one: PastCase) -> Case:
    closing = one.closing
    case = new_case(municipality, one.service, one.matter, one.said, one.opened_at)
    case.language, case.channel = one.language, one.channel
    case.state = rules.STATE_OF_OUTCOME[closing.outcome] if closing else one.state
    case.is_open = closing is None
    case.assignee_id = one.assignee_id
    case.department_id = one.department_id or case.department_id
    case.closed_at = closing.at if closing else None
    case.outcome = closing.outcome if closing else ""
    case.closings = 1 if closing else 0
    return case


def _contacts(case: Case, one: PastCase) -> Iterator[Contact]:
    resident = one.reporter.resident if one.reporter else None
    yield Contact(
        municipality_id=case.municipality_id,
        case=case,
        resident=resident,
        direction=Contact.Direction.IN,
        channel=one.channel,
        body=one.matter,
        at=one.opened_at,
    )
    if one.closing:
        yield Contact(
            municipality_id=case.municipality_id,
            case=case,
            resident=resident,
            author_id=one.closing.author_id,
            direction=Contact.Direction.OUT,
            channel=rules.Channel.EMAIL if one.reporter and one.reporter.details.email else rules.Channel.WEB,
            body=one.closing.words,
            at=one.closing.at,
        )


def _changes(case: Case, one: PastCase) -> Iterator[Change]:
    by = {"municipality_id": case.municipality_id, "case": case, "actor_kind": ActorKind.SYSTEM}
    yield Change(**by, kind=rules.ChangeKind.OPENED, at=one.opened_at, after=rules.State.RECEIVED)
    if one.closing:
        yield Change(
            **by,
            kind=rules.ChangeKind.CLOSED,
            at=one.closing.at,
            before=rules.State.RECEIVED,
            after=one.closing.outcome,
        )
    elif one.state != rules.State.RECEIVED:
        yield Change(
            **by,
            kind=rules.ChangeKind.STATE,
            at=one.opened_at,
            before=rules.State.RECEIVED,
            after=one.state,
        )


def _audited(change: Change) -> AuditRecord:
    return AuditRecord(
        municipality_id=change.municipality_id,
        at=change.at,
        actor_kind=change.actor_kind,
        verb=f"case.{change.kind.lower()}",
        object_kind="case",
        object_id=change.case_id,
        before={"code": change.before},
        after={"code": change.after},
    )


def _events(case: Case, one: PastCase) -> Iterator[tuple[DomainEvent, datetime]]:
    of_case = {"municipality_id": case.municipality_id, "case_id": case.pk, "service_id": case.service_id}
    yield events.CaseOpened(**of_case), one.opened_at
    if one.closing:
        yield (
            events.CaseClosed(**of_case, closing=1, state=case.state, contact_id=0),
            one.closing.at,
        )


def _link(municipality: Municipality, cases: list[Case]) -> None:
    links.create_many(
        municipality_id=municipality.pk,
        purpose=Link.Purpose.TRACKING,
        expiry_of={
            case.pk: case.closed_at + TRACKING_AFTER_CLOSING if case.closed_at else None for case in cases
        },
    )


def _number(municipality: Municipality, cases: list[Case]) -> None:
    years: dict[int, list[Case]] = {}
    for case in cases:
        years.setdefault(numbering.local_year(case.opened_at, municipality), []).append(case)
    for year, of_year in sorted(years.items()):
        first = numbering.take(municipality.pk, year, len(of_year))
        for running, case in enumerate(of_year, first):
            case.number = rules.case_number(year, running)
    Case.objects.bulk_update(cases, ["number"])
