"""Give existing residents their reference, their name's keys, and the tails of their phone numbers."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.db import migrations

from moked.base.ids import reference
from moked.base.text import folded_words
from moked.residents.rules import LONGEST_WORD, ContactKind, name_keys, phone_tail

BATCH = 1000


def batches(rows: Any) -> Iterator[list[Any]]:
    remaining = rows.order_by("id").iterator(BATCH)
    while batch := list(islice(remaining, BATCH)):
        yield batch


def fill(apps: Any, editor: Any) -> None:
    residents, points, keys = (
        apps.get_model("residents", name).objects for name in ("Resident", "ContactPoint", "NameKey")
    )
    for batch in batches(residents.filter(reference=None)):
        for resident in batch:
            resident.reference = reference()
        residents.bulk_update(batch, ["reference"], batch_size=BATCH)
        keys.bulk_create(
            [
                keys.model(
                    municipality_id=one.municipality_id, resident=one, key=key, word=word[:LONGEST_WORD]
                )
                for one in batch
                for word in sorted(set(folded_words(one.name)))
                for key in name_keys(word[:LONGEST_WORD])
            ]
        )
    for batch in batches(points.filter(kind=ContactKind.PHONE, tail="")):
        for point in batch:
            point.tail = phone_tail(point.normalised)
        points.bulk_update(batch, ["tail"], batch_size=BATCH)


class Migration(migrations.Migration):
    dependencies = [("residents", "0002_found_again")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
