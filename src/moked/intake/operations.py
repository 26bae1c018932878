"""What becomes of a contact: it opens a case or joins one. Every channel comes through here."""

import hashlib
from datetime import datetime

from django.db import IntegrityError, transaction

from moked.accounts.rules import Actor
from moked.cases import operations as cases
from moked.cases.models import Case, Contact
from moked.cases.rules import Channel
from moked.catalogue.models import Service
from moked.municipalities.models import Municipality
from moked.residents.operations import ContactDetails, identify


def report(
    *,
    municipality: Municipality,
    service: Service,
    matter: str,
    channel: Channel,
    language: str,
    details: ContactDetails,
    by: Actor,
    now: datetime,
    submission: str | None = None,
) -> Case:
    """Open a case for what somebody reports, or return the one the same form opened before.

    The same form means the same `submission` with the same content, so that a form sent twice makes one case
    and one that was corrected makes another. Raises cases.UnableToOpenCase.
    """
    key = submission_key(submission, service.slug, matter, details.name, details.email, details.phone)
    if key and (known := _case_of(municipality.pk, key)):
        return known
    try:
        with transaction.atomic():
            resident = identify(municipality_id=municipality.pk, details=details, language=language, now=now)
            return cases.open_case(
                municipality=municipality,
                service=service,
                matter=matter,
                channel=channel,
                language=language,
                reporter=cases.Reporter(resident, details) if resident else None,
                by=by,
                now=now,
                submission=key,
            )
    except IntegrityError:
        if key and (known := _case_of(municipality.pk, key)):
            return known
        raise


def write_again(*, case_id: int, body: str, by: Actor, now: datetime, submission: str | None = None) -> None:
    """Add a resident's words to the case whose link they hold; the same form sent twice adds them once.

    Raises cases.UnableToChangeCase.
    """
    key = submission_key(submission, str(case_id), body)
    try:
        cases.add_resident_contact(
            case_id=case_id, body=body, channel=Channel.WEB, by=by, now=now, submission=key
        )
    except IntegrityError:
        if not (key and _case_of(by.municipality_id, key)):
            raise


def submission_key(submission: str | None, *content: str) -> str | None:
    """Return what recognises a form sent twice; None when the form carried no submission."""
    if not submission:
        return None
    return hashlib.sha256("\x1f".join([submission, *content]).encode()).hexdigest()


def _case_of(municipality_id: int, key: str) -> Case | None:
    contact = (
        Contact.objects.filter(municipality_id=municipality_id, submission=key).select_related("case").first()
    )
    return contact.case if contact else None
