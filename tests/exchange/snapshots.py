"""All rows of the database, to be compared: as they are, or by what they say where ids may differ."""

import hashlib
from typing import Any

from django.apps import apps
from django.db import models

REMAINS = {
    "audit.AuditRecord",
    "audit.AccessRecord",
    "events.Event",
    "events.OutboxRow",
    "events.Position",
    "exchange.ImportBatch",
    "exchange.ImportedCase",
    "exchange.MadeByImport",
    "cases.Counter",
    "search.Document",
    "insights.Reckoning",
}
Snapshot = dict[str, tuple[int, str]]


def tables() -> list[type[models.Model]]:
    return [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]


def snapshot(*, but: set[str] = REMAINS) -> Snapshot:
    """Return how many rows each table has, and a digest of them all."""
    found = {}
    for model in tables():
        if model._meta.label not in but:
            rows = sorted(repr(sorted(row.items())) for row in model._default_manager.values())
            found[model._meta.label] = (len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest())
    return found


def told(
    town_id: int, labels: list[str], named_by: dict[str, str], without: set[str]
) -> dict[str, list[str]]:
    """Return a town's rows of some tables, with what stands for other rows in place of their ids.

    `named_by` says which field of a table stands for a row of it; `without` are columns left out.
    """
    by_label = {model._meta.label: model for model in tables()}
    return {label: sorted(map(repr, _rows(by_label[label], town_id, named_by, without))) for label in labels}


def _rows(
    model: type[models.Model], town_id: int, named_by: dict[str, str], without: set[str]
) -> list[tuple[Any, ...]]:
    columns = []
    for field in model._meta.concrete_fields:
        target = field.related_model._meta.label if field.is_relation else ""
        if field.primary_key or field.attname in without or (target and target not in named_by):
            continue
        columns.append(f"{field.name}__{named_by[target]}" if target else field.attname)
    return list(model._default_manager.filter(municipality_id=town_id).values_list(*columns))
