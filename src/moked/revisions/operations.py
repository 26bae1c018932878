"""Publish revisions of configured objects."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from moked.revisions.models import Revision


@transaction.atomic
def publish(
    *,
    municipality_id: int,
    kind: str,
    object_id: int,
    document: dict[str, Any],
    author_id: int | None,
    now: datetime,
) -> Revision:
    """Make a checked document the published revision of an object; the one before it is retired, and a
    draft is gone.
    """
    history = Revision.objects.filter(kind=kind, object_id=object_id)
    history.filter(state=Revision.State.DRAFT).delete()
    last = history.aggregate(last=Max("number"))["last"] or 0
    history.filter(state=Revision.State.PUBLISHED).update(state=Revision.State.RETIRED)
    return Revision.objects.create(
        municipality_id=municipality_id,
        kind=kind,
        object_id=object_id,
        number=last + 1,
        document=document,
        state=Revision.State.PUBLISHED,
        author_id=author_id,
        created_at=now,
        published_at=now,
    )


@transaction.atomic
def keep_draft(
    *,
    municipality_id: int,
    kind: str,
    object_id: int,
    document: dict[str, Any],
    author_id: int | None,
    now: datetime,
) -> Revision:
    """Keep a document as the draft of an object, in place of the one there was; it holds for nothing yet."""
    history = Revision.objects.filter(kind=kind, object_id=object_id)
    history.filter(state=Revision.State.DRAFT).delete()
    last = history.aggregate(last=Max("number"))["last"] or 0
    return Revision.objects.create(
        municipality_id=municipality_id,
        kind=kind,
        object_id=object_id,
        number=last + 1,
        document=document,
        author_id=author_id,
        created_at=now,
    )


def drop_draft(kind: str, object_id: int) -> None:
    """Forget the draft of an object, if there is one."""
    Revision.objects.filter(kind=kind, object_id=object_id, state=Revision.State.DRAFT).delete()


@transaction.atomic
def take_back(revision: Revision) -> None:
    """Delete an object's published revision; the one before it, if there is one, is published again.

    For undoing an import, which leaves no trace but in the audit trail: whoever refers to the revision lets
    go of it first.
    """
    history = Revision.objects.filter(kind=revision.kind, object_id=revision.object_id)
    revision.delete()
    before = history.filter(state=Revision.State.RETIRED).order_by("-number").first()
    if before:
        before.state = Revision.State.PUBLISHED
        before.save(update_fields=["state"])


def forget(kind: str, object_id: int) -> None:
    """Delete every revision of an object that was taken out again."""
    Revision.objects.filter(kind=kind, object_id=object_id).delete()
