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
class PastMessage:
    """Words to the resident, or from them when `is_incoming`; '' when only the moment is known."""

    at: datetime
    words: str
    is_incoming: bool = False
    author_id: int | None = None


@dataclasses.dataclass(frozen=True)
class PastMove:
    """An open case went to another open state."""

    at: datetime
    state: rules.State
    author_id: int | None = None


@dataclasses.dataclass(frozen=True)
class PastClosing:
    """A case was closed; not `is_dated` when nobody knows when, and `at` is only where its timeline ends."""

    at: datetime
    outcome: rules.Outcome
    words: str = ""
    author_id: int | None = None
    is_dated: bool = True


@dataclasses.dataclass(frozen=True)
class PastReopening:
    """A closed case was taken up again."""

    at: datetime
    author_id: int | None = None


PastStep = PastMessage | PastMove | PastClosing | PastReopening


@dataclasses.dataclass(frozen=True)
class PastCase:
    """A case as it happened: how it was opened, and what became of it, in the order of time.

    `department_id` is who handled it, when that was not its service's own department; `title` is taken from
    the matter when it is not given.
    """

    service: Service
    matter: str
    opened_at: datetime
    channel: rules.Channel
    language: str
    reporter: Reporter | None = None
    assignee_id: int | None = None
    steps: Sequence[PastStep] = ()
    said: Said = NOTHING_MORE
    department_id: int | None = None
    title: str = ""
    is_imported: bool = False

    @property
    def closings(self) -> list[PastClosing]:
        """Each time it was closed."""
        return [step for step in self.steps if isinstance(step, PastClosing)]

    @property
    def state(self) -> rules.State:
        """Where it stands after all that."""
        state = rules.State.RECEIVED
        for _step, state in self.states():  # noqa: B007 - the last one
            pass
        return state

    @property
    def closing(self) -> PastClosing | None:
        """How it ended, when it has not been opened again."""
        return self.closings[-1] if self.state in rules.CLOSED else None

    def states(self) -> Iterator[tuple[PastStep, rules.State]]:
        """Yield each step that led to a state, with that state."""
        for step in self.steps:
            match step:
                case PastMove():
                    yield step, step.state
                case PastClosing():
                    yield step, rules.STATE_OF_OUTCOME[step.outcome]
                case PastReopening():
                    yield step, rules.State.IN_PROGRESS


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
    recorded = events.CasesRecorded(
        municipality_id=municipality.pk, case_ids=tuple(case.pk for case in cases)
    )
    publish_history([(recorded, batch[-1].opened_at)])
    _link(municipality, cases)
    _number(municipality, cases)
    return cases


def _case(municipality: Municipality, one: PastCase) -> Case:
    closing, state = one.closing, one.state
    case = new_case(municipality, one.service, one.matter, one.said, one.opened_at, title=one.title)
    case.language, case.channel = one.language, one.channel
    case.state = state
    case.is_open = closing is None
    case.assignee_id = one.assignee_id
    case.department_id = one.department_id or case.department_id
    case.closed_at = closing.at if closing else None
    case.closing_is_dated = closing is None or closing.is_dated
    case.outcome = closing.outcome if closing else ""
    case.closings = len(one.closings)
    case.was_reopened = any(isinstance(step, PastReopening) for step in one.steps)
    case.is_imported = one.is_imported
    return case


def _contacts(case: Case, one: PastCase) -> Iterator[Contact]:
    resident = one.reporter.resident if one.reporter else None
    answered = rules.Channel.EMAIL if one.reporter and one.reporter.details.email else rules.Channel.WEB
    of_case = {"municipality_id": case.municipality_id, "case": case, "resident": resident}
    yield Contact(
        **of_case,
        direction=Contact.Direction.IN,
        channel=one.channel,
        body=one.matter,
        at=one.opened_at,
    )
    for step in one.steps:
        if not isinstance(step, PastMessage | PastClosing) or not step.words:
            continue
        is_incoming = isinstance(step, PastMessage) and step.is_incoming
        yield Contact(
            **of_case,
            author_id=step.author_id,
            direction=Contact.Direction.IN if is_incoming else Contact.Direction.OUT,
            channel=one.channel if is_incoming else answered,
            body=step.words,
            at=step.at,
        )


def _changes(case: Case, one: PastCase) -> Iterator[Change]:
    before = rules.State.RECEIVED
    yield _change(case, rules.ChangeKind.OPENED, one.opened_at, None, after=before)
    reached = dict(one.states())
    for step in one.steps:
        match step:
            case PastMove():
                yield _change(case, rules.ChangeKind.STATE, step.at, step.author_id, before, step.state)
            case PastClosing():
                yield _change(case, rules.ChangeKind.CLOSED, step.at, step.author_id, before, step.outcome)
            case PastReopening():
                yield _change(case, rules.ChangeKind.REOPENED, step.at, step.author_id, before)
            case PastMessage(words="", is_incoming=False):
                yield _change(case, rules.ChangeKind.ANSWERED, step.at, step.author_id)
        before = reached.get(step, before)


def _change(
    case: Case,
    kind: rules.ChangeKind,
    at: datetime,
    author_id: int | None,
    before: str = "",
    after: str = "",
) -> Change:
    return Change(
        municipality_id=case.municipality_id,
        case=case,
        kind=kind,
        actor_kind=ActorKind.STAFF if author_id else ActorKind.SYSTEM,
        actor_id=author_id,
        at=at,
        before=before,
        after=after,
    )


def _audited(change: Change) -> AuditRecord:
    return AuditRecord(
        municipality_id=change.municipality_id,
        at=change.at,
        actor_kind=change.actor_kind,
        actor_id=change.actor_id,
        verb=f"case.{change.kind.lower()}",
        object_kind="case",
        object_id=change.case_id,
        before={"code": change.before},
        after={"code": change.after},
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
