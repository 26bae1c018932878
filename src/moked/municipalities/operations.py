"""Change what a town set about itself."""

import dataclasses
from datetime import datetime

from django.db import transaction

from moked.audit import operations as audit
from moked.municipalities.models import Municipality
from moked.municipalities.rules import Brand, check_brand
from moked.revisions import operations as revisions

BRAND = "brand"


@transaction.atomic
def set_brand(
    *, municipality_id: int, brand: Brand | None, by_user_id: int | None, now: datetime
) -> Municipality:
    """Give the town its own colours, or the product's again with None; each change is a revision.

    Raises BadColour, with the measured ratio, when any pair of colours falls below 4.5:1.
    """
    if brand is not None:
        check_brand(brand)
    town = Municipality.objects.select_for_update().get(pk=municipality_id)
    before, town.brand = town.brand, dataclasses.asdict(brand) if brand else {}
    if town.brand == before:
        return town
    town.save(update_fields=["brand"])
    revision = revisions.publish(
        municipality_id=town.pk,
        kind=BRAND,
        object_id=town.pk,
        document=town.brand,
        author_id=by_user_id,
        now=now,
    )
    audit.record(
        municipality_id=town.pk,
        actor_kind="STAFF" if by_user_id else "SYSTEM",
        actor_id=by_user_id,
        verb="brand.set",
        object_kind=BRAND,
        object_id=town.pk,
        before=before,
        after=town.brand | {"revision": revision.number},
        now=now,
    )
    return town
