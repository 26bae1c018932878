"""What becomes of a case that an external body is asked to see to.

For hand-overs, inside the transaction of what they do and with the case locked.
"""

from collections.abc import Sequence
from datetime import datetime

from moked.accounts.rules import Actor
from moked.cases import rules
from moked.cases.models import Case
from moked.cases.operations import steps


def note_hand_over(
    case: Case,
    kind: rules.ChangeKind,
    of: int,
    by: Actor,
    now: datetime,
    documents: Sequence[steps.NewDocument] = (),
) -> None:
    """Note on the timeline what a body or we did; `of` is the hand-over, or what was said in it.

    `documents` are files that came with it.
    """
    steps.attach_documents(case, steps.record(case, by, now, kind, after=of), documents, now)


def come_back(case: Case, by: Actor, now: datetime) -> None:
    """Bring a case that waited for a body back into work; one that goes on already stays as it is."""
    if case.state == rules.State.WITH_EXTERNAL_BODY:
        steps.move(case, rules.Step.BODY_ANSWERS, rules.State.IN_PROGRESS, by, now)


def take_photos(case: Case, tokens: Sequence[str], now: datetime, *, is_proof: bool) -> None:
    """Hang on a case what a body sends; the public sees none of it before a person says so."""
    kind = rules.PhotoKind.PROOF if is_proof else rules.PhotoKind.CONTACT
    steps.attach(case, tokens, kind, now, is_public=False)
