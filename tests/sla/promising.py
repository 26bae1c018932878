"""A town that promises something, and what it promised."""

from datetime import UTC, datetime, timedelta
from typing import Any

from moked.accounts.rules import Actor, resident
from moked.cases import operations
from moked.cases.models import Case
from moked.cases.rules import Channel, Outcome
from moked.catalogue.models import Service
from moked.events.models import Event
from moked.municipalities.models import Municipality
from moked.sla import calendars
from moked.sla.models import Calendar, Commitment, Target
from moked.sla.operations import publish_calendar, publish_target
from moked.sla.targets import Promise
from tests.factories import make_service
from tests.sla.calendars import ISRAELI

# A Monday, 11:00 in Jerusalem; the office is open until 16:00.
MONDAY = datetime(2026, 11, 16, 9, tzinfo=UTC)
ALL_FOUR = {"acknowledgement": "1h", "first_answer": "4h", "next_answer": "2h", "resolution": "3d"}


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """Return a moment of November 2026 by Jerusalem's winter clocks."""
    return datetime(2026, 11, day, tzinfo=UTC) + timedelta(hours=hour - 2, minutes=minute)


def make_calendar(
    town: Municipality, document: dict[str, Any] = ISRAELI, *, code: str = "office", now: datetime = MONDAY
) -> Calendar:
    return publish_calendar(
        municipality=town,
        code=code,
        name={"en": "Office"},
        hours=calendars.Calendar.from_document(document),
        by_user_id=None,
        now=now,
    )


def promise(
    service: Service,
    *,
    first_answer: str = "",
    resolution: str = "",
    calendar: Calendar | None = None,
    **more: Any,
) -> Target:
    counted_by = calendar or make_calendar(service.municipality)
    said = {"calendar": counted_by.code, "first_answer": first_answer, "resolution": resolution, **more}
    return publish_target(
        service=service,
        promise=Promise.from_document(said),
        by_user_id=None,
        now=MONDAY,
    )


def make_promising_service(town: Municipality, **document: Any) -> Service:
    """Return a service that promises an answer in four hours and an end in three days."""
    service = make_service(town, **document)
    promise(service, first_answer="4h", resolution="3d")
    return service


def commitments(case: Case, *, past: bool = False) -> dict[str, tuple[str, datetime | None, datetime | None]]:
    """Return state, due and met of the commitments of a case that count, or of those before them, by kind."""
    rows = Commitment.objects.filter(case_id=case.pk, is_current=not past).order_by("id")
    return {row.kind: (row.state, row.due_at, row.met_at) for row in rows}


def shown(case: Case) -> tuple[Any, ...]:
    """Return what the case says of its promise, and by when it stands in the queue."""
    case.refresh_from_db()
    return case.promised_at, case.promise_state, case.queue_at


def told(case: Case) -> list[str]:
    """Return the moments residents were told a promise moved to."""
    moved = Event.objects.filter(name="case.promise_moved", document__case_id=case.pk)
    return [event.document["promised_at"] for event in moved.order_by("id")]


def broken(case: Case) -> list[tuple[str, int]]:
    """Return which promises of a case were told to be broken, each with the id of its row, in order."""
    told_of = Event.objects.filter(name="sla.promise_broken", document__case_id=case.pk).order_by("id")
    return [(event.document["kind"], event.document["commitment_id"]) for event in told_of]


def wait(case: Case, by: Actor, now: datetime, target: str = "WAITING_FOR_RESIDENT") -> None:
    operations.move(case_id=case.pk, target=target, by=by, now=now)


def go_on(case: Case, by: Actor, now: datetime) -> None:
    operations.move(case_id=case.pk, target="IN_PROGRESS", by=by, now=now)


def close(case: Case, by: Actor, now: datetime, outcome: str = Outcome.FIXED) -> None:
    operations.close_case(case_id=case.pk, outcome=outcome, message="Done.", by=by, now=now)


def reply(case: Case, by: Actor, now: datetime) -> None:
    operations.reply(case_id=case.pk, body="We are coming.", by=by, now=now)


def write(case: Case, now: datetime) -> None:
    """Let the resident write."""
    operations.add_resident_contact(
        case_id=case.pk, body="And?", channel=Channel.WEB, by=resident(case.municipality_id), now=now
    )
