"""Which other rows refer to a row, whichever app they belong to."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Model


def referring(model: type[Model]) -> Iterator[Any]:
    """Yield every foreign key of any table that points at this one."""
    for relation in model._meta.get_fields(include_hidden=True):
        if relation.auto_created and not relation.concrete and (relation.one_to_many or relation.one_to_one):
            yield relation.field  # type: ignore[union-attr]


def is_referred_to(row: Model, *, but: type[Model] | None = None) -> bool:
    """Tell whether any row refers to this one, those of the table `but` aside."""
    return any(
        key.model._default_manager.filter(**{key.name: row.pk}).exists()
        for key in referring(type(row))
        if key.model is not but
    )


def referred_to(model: type[Model], ids: Iterable[Any], *, but: Iterable[type[Model]] = ()) -> set[Any]:
    """Return those of the ids of a table to which rows of other tables than `but` refer."""
    wanted, left_out = list(ids), set(but)
    found: set[Any] = set()
    for key in referring(model):
        if key.model not in left_out:
            rows = key.model._default_manager.filter(**{f"{key.name}__in": wanted})
            found.update(rows.values_list(key.attname, flat=True))
    return found
