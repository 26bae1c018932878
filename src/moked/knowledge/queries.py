"""Guides as residents read them."""

import dataclasses

from django.db.models import QuerySet

from moked.base.labels import label
from moked.base.sorting import sort_key
from moked.catalogue.models import Service
from moked.catalogue.queries import offered
from moked.knowledge import rules
from moked.knowledge.models import LifeEvent, LifeSituation
from moked.knowledge.rules import LifeSituationDocument


@dataclasses.dataclass(frozen=True)
class Chapter:
    """A life event with its guides by title; without an event, what belongs to none."""

    event: LifeEvent | None
    situations: list[LifeSituation]


@dataclasses.dataclass(frozen=True)
class Guide:
    """One life situation, all it says, and the services that begin there."""

    situation: LifeSituation
    document: LifeSituationDocument
    services: list[Service]


def has_guides(municipality_id: int) -> bool:
    """Tell whether the town has written any."""
    return shown(municipality_id).exists()


def shown(municipality_id: int) -> QuerySet[LifeSituation]:
    """Return the guides residents can read."""
    return LifeSituation.objects.filter(municipality_id=municipality_id, is_retired=False)


def every_life_event(municipality_id: int) -> QuerySet[LifeEvent]:
    """Return the town's life events in the order residents see them, with the retired ones."""
    events = LifeEvent.objects.filter(municipality_id=municipality_id)
    return events.select_related("revision").order_by("position", "code")


def every_guide(municipality_id: int) -> QuerySet[LifeSituation]:
    """Return the town's guides by slug, with the retired ones."""
    guides = LifeSituation.objects.filter(municipality_id=municipality_id)
    return guides.select_related("revision").order_by("slug")


def documents(municipality_id: int) -> list[tuple[LifeSituation, LifeSituationDocument]]:
    """Return the guides residents can read with all they say, by slug."""
    rows = shown(municipality_id).select_related("revision").order_by("slug")
    return [(one, document) for one in rows if (document := document_of(one))]


def document_of(situation: LifeSituation) -> LifeSituationDocument | None:
    """Return what the revision in force of a guide says."""
    revision = situation.revision
    return LifeSituationDocument.from_document(revision.document) if revision else None


def chapters(municipality_id: int, language: str, fallback: str, *, typed: str = "") -> list[Chapter]:
    """Return the town's guides by life event; with `typed` only those whose title or summary may be meant.

    They stand by the title that is shown: that in `language`, else in `fallback`.
    """
    situations = [
        one
        for one in shown(municipality_id)
        if not typed or rules.means(typed, [*one.title.values(), *one.summary.values()])
    ]
    situations.sort(key=lambda one: sort_key(label(one.title, language, fallback), language))
    events = list(every_life_event(municipality_id).filter(is_retired=False))
    known = {event.code for event in events}
    found = [Chapter(event, [one for one in situations if event.code in one.life_events]) for event in events]
    found.append(Chapter(None, [one for one in situations if not known & set(one.life_events)]))
    return [chapter for chapter in found if chapter.situations]


def guide(municipality_id: int, slug: str) -> Guide | None:
    """Return one guide with the services on offer that begin there, or None."""
    situation = shown(municipality_id).select_related("revision").filter(slug=slug).first()
    document = document_of(situation) if situation else None
    if situation is None or document is None:
        return None
    by_slug = {one.slug: one for one in offered(municipality_id).filter(slug__in=document.services)}
    return Guide(situation, document, [by_slug[one] for one in document.services if one in by_slug])
