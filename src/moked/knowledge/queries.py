"""Guides as residents read them."""

import dataclasses

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
    return LifeSituation.objects.filter(municipality_id=municipality_id).exists()


def chapters(municipality_id: int, language: str, fallback: str, *, typed: str = "") -> list[Chapter]:
    """Return the town's guides by life event; with `typed` only those whose title or summary may be meant.

    They stand by the title that is shown: that in `language`, else in `fallback`.
    """
    situations = [
        one
        for one in LifeSituation.objects.filter(municipality_id=municipality_id)
        if not typed or rules.means(typed, [*one.title.values(), *one.summary.values()])
    ]
    situations.sort(key=lambda one: sort_key(label(one.title, language, fallback), language))
    events = list(LifeEvent.objects.filter(municipality_id=municipality_id).order_by("position", "code"))
    known = {event.code for event in events}
    found = [Chapter(event, [one for one in situations if event.code in one.life_events]) for event in events]
    found.append(Chapter(None, [one for one in situations if not known & set(one.life_events)]))
    return [chapter for chapter in found if chapter.situations]


def guide(municipality_id: int, slug: str) -> Guide | None:
    """Return one guide with the services on offer that begin there, or None."""
    situations = LifeSituation.objects.filter(municipality_id=municipality_id, slug=slug)
    situation = situations.select_related("revision").first()
    if situation is None or situation.revision is None:
        return None
    document = LifeSituationDocument.from_document(situation.revision.document)
    by_slug = {one.slug: one for one in offered(municipality_id).filter(slug__in=document.services)}
    return Guide(situation, document, [by_slug[one] for one in document.services if one in by_slug])
