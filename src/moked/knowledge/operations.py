"""Publish guides for residents, put them in order, show them no longer, and show them again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from moked.audit import operations as audit
from moked.knowledge.models import LifeEvent, LifeSituation
from moked.knowledge.rules import LifeEventDocument, LifeSituationDocument
from moked.municipalities.models import Municipality
from moked.revisions import operations as revisions

EVENT_KIND, SITUATION_KIND = "life_event", "life_situation"


@transaction.atomic
def publish_life_event(
    *,
    municipality: Municipality,
    code: str,
    document: LifeEventDocument,
    by_user_id: int | None,
    now: datetime,
    position: int | None = None,
) -> LifeEvent:
    """Publish a new revision of a life event, making it when it is new. A retired one stays retired.

    Lists show them by `position`; without one it stays where it is, and a new one comes last.
    """
    events = LifeEvent.objects.select_for_update().filter(municipality=municipality)
    last = events.aggregate(last=Max("position"))["last"]
    event, _ = events.get_or_create(
        municipality=municipality, code=code, defaults={"position": 0 if last is None else last + 1}
    )
    if position is not None:
        event.position = position
    event.name, event.description = dict(document.name), dict(document.description)
    _keep_event(event, document, "published", by_user_id, now)
    return event


@transaction.atomic
def order_life_events(
    *, municipality_id: int, codes: Sequence[str], by_user_id: int, now: datetime
) -> list[LifeEvent]:
    """Put life events into this order, those not named after them; return those that moved."""
    rows = LifeEvent.objects.select_for_update(of=("self",)).filter(municipality_id=municipality_id)
    events = list(rows.select_related("revision").order_by("position", "code"))
    places = {code: place for place, code in enumerate(codes)}
    events.sort(key=lambda one: places.get(one.code, len(places)))
    moved = [(place, one) for place, one in enumerate(events) if one.position != place and one.revision]
    for place, event in moved:
        event.position = place
        _keep_event(event, _event_document(event), "moved", by_user_id, now)
    return [event for _place, event in moved]


@transaction.atomic
def publish_life_situation(
    *,
    municipality: Municipality,
    slug: str,
    document: LifeSituationDocument,
    by_user_id: int | None,
    now: datetime,
) -> LifeSituation:
    """Publish a new revision of a guide, making it when it is new. A retired one stays retired.

    A life event or service that it names and the town does not have is passed over where it is read.
    """
    situation, _ = LifeSituation.objects.select_for_update().get_or_create(
        municipality=municipality, slug=slug
    )
    situation.title, situation.summary = dict(document.title), dict(document.summary)
    situation.life_events, situation.services = list(document.life_events), list(document.services)
    _keep_situation(situation, document, "published", by_user_id, now)
    return situation


@transaction.atomic
def retire_life_event(*, municipality_id: int, event_id: int, by_user_id: int, now: datetime) -> LifeEvent:
    """Show a life event no longer; its guides stay. Raises LifeEvent.DoesNotExist for another town's."""
    return _retire_event(municipality_id, event_id, True, by_user_id, now)


@transaction.atomic
def restore_life_event(*, municipality_id: int, event_id: int, by_user_id: int, now: datetime) -> LifeEvent:
    """Show a retired life event again. Raises LifeEvent.DoesNotExist for one of another town."""
    return _retire_event(municipality_id, event_id, False, by_user_id, now)


@transaction.atomic
def retire_life_situation(
    *, municipality_id: int, situation_id: int, by_user_id: int, now: datetime
) -> LifeSituation:
    """Show a guide no longer. Raises LifeSituation.DoesNotExist for one of another town."""
    return _retire_situation(municipality_id, situation_id, True, by_user_id, now)


@transaction.atomic
def restore_life_situation(
    *, municipality_id: int, situation_id: int, by_user_id: int, now: datetime
) -> LifeSituation:
    """Show a retired guide again. Raises LifeSituation.DoesNotExist for one of another town."""
    return _retire_situation(municipality_id, situation_id, False, by_user_id, now)


def _retire_event(
    municipality_id: int, event_id: int, is_retired: bool, by_user_id: int, now: datetime
) -> LifeEvent:
    event = LifeEvent.objects.select_for_update().get(municipality_id=municipality_id, pk=event_id)
    if event.is_retired != is_retired and event.revision is not None:
        event.is_retired = is_retired
        verb = "retired" if is_retired else "restored"
        _keep_event(event, _event_document(event), verb, by_user_id, now)
    return event


def _retire_situation(
    municipality_id: int, situation_id: int, is_retired: bool, by_user_id: int, now: datetime
) -> LifeSituation:
    situations = LifeSituation.objects.select_for_update()
    situation = situations.get(municipality_id=municipality_id, pk=situation_id)
    if situation.is_retired != is_retired and situation.revision is not None:
        situation.is_retired = is_retired
        document = LifeSituationDocument.from_document(situation.revision.document)
        verb = "retired" if is_retired else "restored"
        _keep_situation(situation, document, verb, by_user_id, now)
    return situation


def _event_document(event: LifeEvent) -> LifeEventDocument:
    return LifeEventDocument(event.name, event.description)


def _keep_event(
    event: LifeEvent, document: LifeEventDocument, verb: str, by_user_id: int | None, now: datetime
) -> None:
    said = {**document.as_document(), "position": event.position, "is_retired": event.is_retired}
    _keep_revision(event, EVENT_KIND, said, verb, by_user_id, now)


def _keep_situation(
    situation: LifeSituation,
    document: LifeSituationDocument,
    verb: str,
    by_user_id: int | None,
    now: datetime,
) -> None:
    said = {**document.as_document(), "is_retired": situation.is_retired}
    _keep_revision(situation, SITUATION_KIND, said, verb, by_user_id, now)


def _keep_revision(
    row: LifeEvent | LifeSituation,
    kind: str,
    document: dict[str, Any],
    verb: str,
    by_user_id: int | None,
    now: datetime,
) -> None:
    """Save a row as what its new revision says, and who said so."""
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
        verb=f"{kind}.{verb}",
        object_kind=kind,
        object_id=row.pk,
        after={"revision": row.revision.number},
        now=now,
    )
