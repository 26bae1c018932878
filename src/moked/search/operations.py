"""Write the documents and their index, in the transaction of the change they follow."""

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection, transaction

from moked.base.rows import insert, new
from moked.search import index
from moked.search.models import Document
from moked.search.rules import comparable, recency


@dataclasses.dataclass(frozen=True)
class Words:
    """What one thing is found by: `at` is when it began, `people` what names or reaches a person."""

    municipality_id: int
    object_id: int
    at: datetime
    scope: int | None
    text: Sequence[str]
    people: Sequence[str] = ()


def add(kind: str, words: Sequence[Words]) -> None:
    """Write the documents of things that have none yet."""
    made = [_document(kind, one) for one in words]
    insert(made)
    index.put_in(connection, made)


def rewrite(kind: str, words: Words) -> None:
    """Bring a document up to date. One that is not written yet is left to whoever writes it first."""
    old = Document.objects.filter(kind=kind, object_id=words.object_id).first()
    if old is not None:
        _change(old, _document(kind, words))


def set_scope(kind: str, object_id: int, scope: int | None) -> None:
    """Say which part of the town has a thing now; one without a document is told when it gets one."""
    old = Document.objects.filter(kind=kind, object_id=object_id).first()
    if old is not None:
        moved = Document(**{field.attname: getattr(old, field.attname) for field in Document._meta.fields})
        moved.scope = scope
        _change(old, moved)


def forget(kind: str, object_ids: Iterable[int]) -> int:
    """Delete the documents of things; return how many there were."""
    old = list(Document.objects.filter(kind=kind, object_id__in=list(object_ids)))
    index.take_out(connection, old)
    Document.objects.filter(recency__in=[one.recency for one in old]).delete()
    return len(old)


@transaction.atomic
def forget_all() -> None:
    """Delete every document of the installation, to write them anew."""
    index.begin_anew(connection)


def _change(old: Document, changed: Document) -> None:
    changed.recency = old.recency
    if (old.scope, old.text, old.people) != (changed.scope, changed.text, changed.people):
        index.take_out(connection, [old])
        changed.save(force_update=True)
        index.put_in(connection, [changed])


def _document(kind: str, words: Words) -> Document:
    return new(
        Document,
        recency=recency(words.at, words.object_id),
        municipality_id=words.municipality_id,
        kind=kind,
        object_id=words.object_id,
        scope=words.scope,
        text=comparable(words.text),
        people=comparable(words.people),
    )
