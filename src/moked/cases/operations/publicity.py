"""What the public may read of a case."""

from datetime import datetime

from django.db import transaction

from moked.accounts.rules import Actor
from moked.cases import rules
from moked.cases.models import Attachment, Case
from moked.cases.operations import steps
from moked.cases.operations.indexing import index_case
from moked.cases.operations.refusals import UnableToChangeCase


@transaction.atomic
def edit_public_words(*, case_id: int, title: str, by: Actor, now: datetime) -> Case:
    """Choose the words under which the public sees a case; a hidden case is shown again by it.

    Raises UnableToChangeCase (NOT_FOUND, NOT_ALLOWED, NOTHING_SAID, NOT_PUBLIC: the service shows no cases).
    """
    case = steps.locked_for_work(case_id, by)
    if not title.strip():
        raise UnableToChangeCase("NOTHING_SAID")
    if not case.service.is_public or case.service.is_confidential:
        raise UnableToChangeCase("NOT_PUBLIC")
    if (case.is_public, case.public_title) == (True, title):
        return case
    case.is_public, case.public_title = True, title
    case.save(update_fields=["is_public", "public_title"])
    index_case(case)
    steps.record(case, by, now, rules.ChangeKind.PUBLIC_EDITED)
    return case


@transaction.atomic
def hide_from_public(*, case_id: int, by: Actor, now: datetime) -> Case:
    """Show nothing of a case to the public any more. Raises UnableToChangeCase (NOT_FOUND, NOT_ALLOWED)."""
    case = steps.locked_for_work(case_id, by)
    if not case.is_public:
        return case
    case.is_public, case.public_title = False, ""
    case.save(update_fields=["is_public", "public_title"])
    index_case(case)
    steps.record(case, by, now, rules.ChangeKind.PUBLIC_HIDDEN)
    return case


@transaction.atomic
def show_photo(*, case_id: int, attachment_id: int, is_public: bool, by: Actor, now: datetime) -> Attachment:
    """Show a photo of a case to the public or hide it. Raises UnableToChangeCase (NOT_FOUND, NOT_ALLOWED)."""
    case = steps.locked_for_work(case_id, by)
    photo = Attachment.objects.filter(id=attachment_id, case=case).first()
    if photo is None:
        raise UnableToChangeCase("NOT_FOUND")
    if photo.is_public != is_public:
        photo.is_public = is_public
        photo.save(update_fields=["is_public"])
        kind = rules.ChangeKind.PUBLIC_EDITED if is_public else rules.ChangeKind.PUBLIC_HIDDEN
        steps.record(case, by, now, kind, after=photo.pk, reason="PHOTO")
    return photo
