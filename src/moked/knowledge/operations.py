"""Publish guides for residents."""

from datetime import datetime
from typing import Any

from django.db import transaction

from moked.audit import operations as audit
from moked.knowledge.models import LifeEvent, LifeSituation
from moked.knowledge.rules import LifeEventDocument, LifeSituationDocument
from moked.municipalities.models import Municipality
from moked.revisions import operations as revisions


@transaction.atomic
def publish_life_event(
    *,
    municipality: Municipality,
    code: str,
    position: int,
    document: LifeEventDocument,
    by_user_id: int | None,
    now: datetime,
) -> LifeEvent:
    """Publish a new revision of a life event, making it when it is new; lists show them by `position`."""
    event, _ = LifeEvent.objects.select_for_update().get_or_create(municipality=municipality, code=code)
    event.position = position
    event.name, event.description = dict(document.name), dict(document.description)
    _keep_revision(event, "life_event", document.as_document(), by_user_id, now)
    return event


@transaction.atomic
def publish_life_situation(
    *,
    municipality: Municipality,
    slug: str,
    document: LifeSituationDocument,
    by_user_id: int | None,
    now: datetime,
) -> LifeSituation:
    """Publish a new revision of a guide, making it when it is new."""
    situation, _ = LifeSituation.objects.select_for_update().get_or_create(
        municipality=municipality, slug=slug
    )
    situation.title, situation.summary = dict(document.title), dict(document.summary)
    situation.life_events, situation.services = list(document.life_events), list(document.services)
    _keep_revision(situation, "life_situation", document.as_document(), by_user_id, now)
    return situation


def _keep_revision(
    row: LifeEvent | LifeSituation, kind: str, document: dict[str, Any], by_user_id: int | None, now: datetime
) -> None:
    row.revision = revisions.publish(
        municipality_id=row.municipality_id,
        kind=kind,
        object_id=row.pk,
        document=document,
        author_id=by_user_id,
        now=now,
    )
    row.save()
    audit.record(
        municipality_id=row.municipality_id,
        actor_kind="STAFF" if by_user_id else "SYSTEM",
        actor_id=by_user_id,
        verb=f"{kind}.published",
        object_kind=kind,
        object_id=row.pk,
        after={"revision": row.revision.number},
        now=now,
    )
