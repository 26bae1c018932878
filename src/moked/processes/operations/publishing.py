"""Publish reactions, all of a town at once."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from moked.audit import operations as audit
from moked.events.operations import publish
from moked.municipalities.models import Municipality
from moked.processes.events import ReactionsPublished
from moked.processes.models import ReactionSet
from moked.processes.queries.published import KIND, known_in
from moked.processes.rules import Reaction, check_names
from moked.revisions import operations as revisions
from moked.revisions.queries import is_published


class Outdated(Exception):
    """Somebody has published other reactions since these were begun."""


@transaction.atomic
def publish_reactions(
    *,
    municipality: Municipality,
    reactions: Sequence[Reaction],
    by_user_id: int | None,
    now: datetime,
    base: int | None = None,
) -> ReactionSet:
    """Make these the reactions of the municipality; what happens from now on follows them.

    `base` is the number of the revision they began from, None for whatever it is by now. Raises Outdated, and
    rules.BadReactions when one names what the municipality does not have or has retired.
    """
    row, _made = ReactionSet.objects.select_for_update(of=("self",)).get_or_create(municipality=municipality)
    if base is not None and base != row.number:
        raise Outdated
    check_names(reactions, known_in(municipality.pk))
    document = [one.as_document() for one in reactions]
    if is_published(KIND, row.pk, {"reactions": document}):
        return row
    row.document = document
    row.revision = revisions.publish(
        municipality_id=municipality.pk,
        kind=KIND,
        object_id=row.pk,
        document={"reactions": document},
        author_id=by_user_id,
        now=now,
    )
    row.save()
    audit.record(
        municipality_id=municipality.pk,
        actor_kind="STAFF" if by_user_id else "SYSTEM",
        actor_id=by_user_id,
        verb="reactions.published",
        object_kind=KIND,
        object_id=row.pk,
        after={"revision": row.revision.number, "reactions": len(document)},
        now=now,
    )
    publish(ReactionsPublished(municipality_id=municipality.pk, revision_id=row.revision.pk), now=now)
    return row
