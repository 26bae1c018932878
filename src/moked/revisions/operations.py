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
    """Make a checked document the published revision of an object; the one before it is retired."""
    history = Revision.objects.filter(kind=kind, object_id=object_id)
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
