"""Find documents by their words, the newest first, no further than the reader asks.

What is found here is not yet what somebody may see: that is for the app whose things they are.
"""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection

from moked.search import index
from moked.search.rules import can_be_looked_up, needle, scope_mark, town_mark, trigrams

FIRST, NEXT = 300, 1000
NEWEST = 2000
DENSE = 70
"""One document in so many has to be a hit for walking on to be faster than the index, among a million."""
_ABOVE_ALL, _BELOW_ALL = 2**63 - 1, -(2**63)


@dataclasses.dataclass(frozen=True)
class Hit:
    """A document with all the words; `in_text` when none of them is found among people only."""

    recency: int
    object_id: int
    in_text: bool


@dataclasses.dataclass(frozen=True)
class Search:
    """What is looked for in whose documents: every word has to be there.

    `scopes` are the parts of the town to look in, None for all of them; with `people`, words may also name or
    reach a person.
    """

    municipality_id: int
    kind: str
    words: Sequence[str]
    scopes: frozenset[int] | None = None
    people: bool = False


def hits(search: Search) -> Iterator[list[Hit]]:
    """Yield what is found, the newest first, a chunk at a time; stop reading when there is enough.

    Without a word of three letters nothing is.
    """
    if not can_be_looked_up(search.words) or search.scopes == frozenset():
        return iter(())
    return _with_fts(search) if connection.vendor == "sqlite" else _with_trigrams(search)


def _with_fts(search: Search) -> Iterator[list[Hit]]:
    """Walk the index from its newest end: the database compares trigrams, then the words themselves."""
    holds = _Condition("instr({column}, %s) > 0", list(map(needle, search.words)), search.people)
    query = f"""
        SELECT d.recency, d.object_id, {holds.in_text}
        FROM {index.FTS} i CROSS JOIN {index.TABLE} d ON d.recency = i.rowid
        WHERE i.{index.FTS} MATCH %s AND i.rowid < %s AND d.municipality_id = %s AND d.kind = %s
        AND {holds.anywhere}
        ORDER BY i.rowid DESC LIMIT %s
    """  # noqa: S608 - our own names; what was typed is a parameter
    before, limit = _ABOVE_ALL, FIRST
    town, kind = search.municipality_id, search.kind
    while True:
        values = [*holds.in_text_values, _match(search), before, town, kind, *holds.anywhere_values, limit]
        found = _hits(query, values)
        yield found
        if len(found) < limit:
            return
        before, limit = found[-1].recency, NEXT


def _match(search: Search) -> str:
    """Return the expression of FTS5: letters, digits and marks only, each in quotes."""
    terms = [f'"{town_mark(search.municipality_id)}"']
    if search.scopes is not None:
        terms.append("(" + " OR ".join(f'"{scope_mark(one)}"' for one in sorted(search.scopes)) + ")")
    return " AND ".join([*terms, *(f'"{one}"' for one in trigrams(search.words))])


def _with_trigrams(search: Search) -> Iterator[list[Hit]]:
    """Look through the newest documents while there is something, then use the index, which knows no order.

    A common word is found often enough among the newest; of a rare one the index yields few.
    """
    holds = _Condition("{column} LIKE %s", [f"%{needle(word)}%" for word in search.words], search.people)
    within, values = "municipality_id = %s AND kind = %s", [search.municipality_id, search.kind]
    if search.scopes is not None:
        within, values = f"{within} AND scope = ANY(%s)", [*values, sorted(search.scopes)]
    select = f"SELECT recency, object_id, {holds.in_text} AS in_text FROM {index.TABLE} WHERE {within}"  # noqa: S608
    newest = f"{select} AND recency > %s AND recency < %s AND {holds.anywhere} ORDER BY recency DESC LIMIT %s"
    before, limit, at_once = _ABOVE_ALL, FIRST, NEWEST
    while True:
        end, count = _end_of_next(within, values, before, at_once), 0
        while True:
            bounds = [*values, end, before]
            found = _hits(newest, [*holds.in_text_values, *bounds, *holds.anywhere_values, limit])
            yield found
            count += len(found)
            if len(found) < limit:
                break
            before, limit = found[-1].recency, NEXT
        if end == _BELOW_ALL:
            return
        before = end + 1
        # Documents of a part of the town lie far apart, so that walking on among them takes longer.
        if search.scopes is not None or count * DENSE < at_once:
            break
        at_once *= 2
    # Materialised, or the planner may walk all documents in order for the sake of the last clause.
    rest = f"""
        WITH found AS MATERIALIZED ({select} AND recency < %s AND {holds.anywhere})
        SELECT recency, object_id, in_text FROM found ORDER BY recency DESC
    """  # noqa: S608
    yield from _in_chunks(_hits(rest, [*holds.in_text_values, *values, before, *holds.anywhere_values]))


def _end_of_next(within: str, values: list[Any], before: int, at_once: int) -> int:
    """Return the key behind the documents looked through next; below all keys when there are no others."""
    query = f"""
        SELECT recency FROM {index.TABLE} WHERE {within} AND recency < %s
        ORDER BY recency DESC OFFSET %s LIMIT 1
    """  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(query, [*values, before, at_once])
        row = cursor.fetchone()
    return int(row[0]) if row else _BELOW_ALL


class _Condition:
    """That a document holds all the words: in its text alone, and with people's words wherever they may be.

    `test` compares a column with one parameter; without `people` the two are the same.
    """

    def __init__(self, test: str, parameters: list[str], people: bool) -> None:
        text, other = test.format(column="text"), test.format(column="people")
        in_text = " AND ".join([text] * len(parameters))
        self.in_text, self.in_text_values = (f"({in_text})", parameters) if people else ("1 = 1", [])
        self.anywhere, self.anywhere_values = in_text, parameters
        if people:
            self.anywhere = " AND ".join([f"({text} OR {other})"] * len(parameters))
            self.anywhere_values = [one for one in parameters for _ in range(2)]


def _hits(query: str, values: list[Any]) -> list[Hit]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return [Hit(recency, object_id, bool(in_text)) for recency, object_id, in_text in cursor.fetchall()]


def _in_chunks(found: list[Hit]) -> Iterator[list[Hit]]:
    yield found[:FIRST]
    for start in range(FIRST, len(found), NEXT):
        yield found[start : start + NEXT]


def index_size() -> int:
    """Return how many documents the index knows, of whatever kind."""
    return index.size(connection)
