"""What to say about the report just saved. It travels signed in the address, since its case may be hidden."""

import dataclasses
from datetime import datetime

from django.core import signing

from moked.cases.models import Case
from moked.catalogue.rules import CaseKind

SALT = "moked.desk.saved"


@dataclasses.dataclass(frozen=True)
class Saved:
    """What to tell the resident: the number, by when it is done or answered, and how they hear of it.

    `step` is what was done, as in call_draft.Step.
    """

    number: str
    step: str
    has_email: bool
    promised_at: datetime | None
    is_question: bool


def sign(case: Case, step: str, *, has_email: bool) -> str:
    """Return what to say about a case, for an address."""
    case.refresh_from_db(fields=["number", "promised_at", "is_open"])
    promised_at = case.promised_at if case.is_open else None
    moment = promised_at.isoformat() if promised_at else ""
    is_question = case.kind == CaseKind.QUESTION
    return signing.dumps([case.number, step, has_email, moment, is_question], salt=SALT)


def read(signed: str) -> Saved | None:
    """Return what was signed; None for anything else."""
    try:
        number, step, has_email, moment, is_question = signing.loads(signed, salt=SALT)
    except (signing.BadSignature, ValueError):
        return None
    return Saved(number, step, has_email, datetime.fromisoformat(moment) if moment else None, is_question)
