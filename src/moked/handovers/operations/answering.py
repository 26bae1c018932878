"""Take what a body answers by the link it was sent."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from moked.accounts.rules import Actor
from moked.cases import operations as cases
from moked.cases.models import Case
from moked.cases.rules import ChangeKind
from moked.events.operations import publish
from moked.handovers.events import BodyAnswered
from moked.handovers.models import HandOver, Statement
from moked.handovers.operations.handing import come_back
from moked.handovers.operations.mails import reached
from moked.handovers.rules import (
    LAST_WORDS,
    OPEN,
    STATE_AFTER,
    WITHOUT_WORDS,
    Kind,
    State,
    is_late,
    refusal_of,
)
from moked.notices import staff
from moked.notices.rules import StaffKind

CHANGE_OF = {
    Kind.ACCEPTED: ChangeKind.BODY_ACCEPTED,
    Kind.ASKED: ChangeKind.BODY_ASKED,
    Kind.WROTE: ChangeKind.BODY_WROTE,
    Kind.DONE: ChangeKind.BODY_DONE,
    Kind.NOT_OURS: ChangeKind.BODY_NOT_OURS,
}


class UnableToAnswer(Exception):
    """The answer was not taken; `code` is NOT_FOUND, NOTHING_SAID, TAKEN_BACK, ALREADY_ANSWERED,
    ALREADY_ACCEPTED or ALREADY_ASKED.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@transaction.atomic
def answer(
    *,
    hand_over_id: int,
    kind: str,
    words: str,
    photos: Sequence[str],
    by: Actor,
    now: datetime,
    submission: str | None = None,
    documents: Sequence[cases.NewDocument] = (),
) -> Statement:
    """Keep what a body says. Its last words bring the case back for a person to decide: they close nothing.

    `photos` are tokens of uploads, `documents` other files, already written. What comes when the case waits
    for it no more is kept on the timeline and changes nothing else. The same `submission` again is answered
    with what it was. Raises UnableToAnswer.
    """
    case, found = _locked(hand_over_id, by)
    if known := _known(found, submission):
        return known
    if kind not in STATE_AFTER or (kind not in WITHOUT_WORDS and not words.strip()):
        raise UnableToAnswer("NOTHING_SAID")
    if code := refusal_of(found.state, kind, is_answered=bool(found.answered_at), is_case_open=case.is_open):
        raise UnableToAnswer(code)
    said = Statement.objects.create(
        municipality_id=found.municipality_id,
        hand_over=found,
        kind=kind,
        words=words,
        is_late=is_late(found.state, is_case_open=case.is_open),
        at=now,
        submission=submission,
    )
    if said.is_late:
        _keep_for_later(case, found, said, photos, documents, by)
    else:
        _act(case, found, said, photos, documents, by)
    publish(
        BodyAnswered(
            municipality_id=found.municipality_id,
            hand_over_id=found.pk,
            case_id=found.case_id,
            statement_id=said.pk,
            kind=kind,
            is_late=said.is_late,
        ),
        now=now,
    )
    _tell_colleagues(case, said)
    reached(found.body_id)
    return said


def count_late(*, case_id: int, by: Actor, now: datetime) -> None:
    """Let count what a body said while its case was merged into another, as the case stands alone again.

    For reactions, in the transaction of the change. An answer counts more than what it wrote beside.
    """
    case = cases.locked(case_id, by)
    found = HandOver.objects.select_for_update().filter(case=case, state__in=OPEN).first()
    if found is None:
        return
    late = Statement.objects.filter(hand_over=found, is_late=True).order_by("id")
    said = late.exclude(kind=Kind.WROTE).last() or late.last()
    if said:
        late.update(is_late=False)
        _count(case, found, said, by, now)


def _tell_colleagues(case: Case, said: Statement) -> None:
    """Tell whoever has the case, else everybody in its department, that there is something to read."""
    staff.tell(case, staff.handlers_of(case), kind=StaffKind.BODY_ANSWERED, what=said.kind, now=said.at)


def _locked(hand_over_id: int, by: Actor) -> tuple[Case, HandOver]:
    """Return case and hand-over locked, the case first as everywhere."""
    rows = HandOver.objects.filter(id=hand_over_id, municipality_id=by.municipality_id, case__is_spam=False)
    case_id = rows.values_list("case_id", flat=True).first()
    if case_id is None:
        raise UnableToAnswer("NOT_FOUND")
    case = cases.locked(case_id, by)
    return case, rows.select_for_update(of=("self",)).get()


def _known(found: HandOver, submission: str | None) -> Statement | None:
    return Statement.objects.filter(hand_over=found, submission=submission).first() if submission else None


def _act(
    case: Case,
    found: HandOver,
    said: Statement,
    photos: Sequence[str],
    documents: Sequence[cases.NewDocument],
    by: Actor,
) -> None:
    cases.take_photos(case, photos, said.at, is_proof=said.kind == Kind.DONE)
    _count(case, found, said, by, said.at, documents)


def _count(
    case: Case,
    found: HandOver,
    said: Statement,
    by: Actor,
    now: datetime,
    documents: Sequence[cases.NewDocument] = (),
) -> None:
    """Bring the hand-over and its case to where a body's words leave them."""
    kind = Kind(said.kind)
    found.state = STATE_AFTER[kind]
    found.answered_at = said.at if kind in LAST_WORDS else None
    found.save(update_fields=["state", "answered_at"])
    if kind == Kind.NOT_OURS:
        come_back(found, State.NOT_OURS, now)
    cases.note_hand_over(case, CHANGE_OF[kind], said.pk, by, now, documents)
    if kind != Kind.ACCEPTED:
        cases.come_back(case, by, now)


def _keep_for_later(
    case: Case,
    found: HandOver,
    said: Statement,
    photos: Sequence[str],
    documents: Sequence[cases.NewDocument],
    by: Actor,
) -> None:
    """Keep an answer nobody waits for, where a merged case went; it was the only one the page takes."""
    found.answered_at = said.at if said.kind != Kind.WROTE else found.answered_at
    found.save(update_fields=["answered_at"])
    case = cases.where_it_went(case, by)
    cases.take_photos(case, photos, said.at, is_proof=False)
    cases.note_hand_over(case, ChangeKind.BODY_LATE, said.pk, by, said.at, documents)
