"""Documents and their index: what is written is found, what is forgotten is not."""

from datetime import timedelta

import pytest
from django.db import connection

from moked.search import index, operations, queries
from moked.search.models import Document
from moked.search.operations import Words
from moked.search.queries import Search
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def write(*texts: str, scope: int | None = 7, people: str = "", town: int = 1) -> list[int]:
    """Write documents, each an hour newer than the one before; return their ids."""
    first = Document.objects.count() + 1
    operations.add(
        "CASE",
        [
            Words(town, first + number, NOW + timedelta(hours=first + number), scope, [text], [people])
            for number, text in enumerate(texts)
        ],
    )
    return list(range(first, first + len(texts)))


def find(*words: str, scopes: set[int] | None = None, people: bool = False, town: int = 1) -> list[int]:
    search = Search(town, "CASE", words, None if scopes is None else frozenset(scopes), people)
    return [hit.object_id for hits in queries.hits(search) for hit in hits]


def test_documents_with_all_of_the_words_are_found_the_newest_first():
    write("a hole in the road", "a hole in the wall", "the road has a hole", "nothing")
    assert find("hole", "road") == [3, 1]
    assert find("hol") == [3, 2, 1]
    assert find("tree") == []


def test_letters_that_only_follow_each_other_in_parts_are_not_a_word():
    write("abcd bcde", "abcde")
    assert find("abcde") == [2]


def test_short_words_narrow_but_find_nothing_by_themselves():
    write("old oak", "told oak")
    assert find("oak", "ol") == [1]
    assert find("ol") == []


def test_only_the_towns_own_documents_and_those_of_the_scopes_are_found():
    write("hole", scope=7)
    write("hole", scope=8)
    write("hole", scope=None)
    write("hole", town=2)
    assert find("hole") == [3, 2, 1]
    assert find("hole", scopes={7}) == [1]
    assert find("hole", scopes={7, 8}) == [2, 1]
    assert find("hole", scopes=set()) == []
    assert find("hole", town=2) == [4]


def test_words_of_people_are_found_only_when_asked_for_and_are_told_apart():
    write("hole", people="ann brook")
    assert find("brook") == find("hole", "brook") == []
    assert find("hole", "brook", people=True) == [1]
    search = Search(1, "CASE", ["hole"], people=True)
    assert [hit.in_text for hits in queries.hits(search) for hit in hits] == [True]
    search = Search(1, "CASE", ["hole", "brook"], people=True)
    assert [hit.in_text for hits in queries.hits(search) for hit in hits] == [False]


def test_a_document_written_anew_is_found_by_its_new_words_only():
    write("hole")
    operations.rewrite("CASE", Words(1, 1, NOW, 9, ["tree"], ["ann"]))
    assert (find("hole"), find("tree"), find("tree", scopes={9}), find("tree", scopes={7})) == (
        [],
        [1],
        [1],
        [],
    )
    assert find("ann", people=True) == [1]
    operations.set_scope("CASE", 1, 7)
    assert (find("tree", scopes={9}), find("tree", scopes={7})) == ([], [1])


def test_what_has_no_document_yet_is_left_to_whoever_writes_it_first():
    operations.rewrite("CASE", Words(1, 1, NOW, 9, ["tree"]))
    operations.set_scope("CASE", 1, 7)
    assert not Document.objects.exists()


def test_forgotten_documents_are_not_found_and_not_in_the_index():
    write("hole", "hole", "hole")
    assert operations.forget("CASE", [1, 3, 99]) == 2
    assert find("hole") == [2]
    assert queries.index_size() == Document.objects.count() == 1
    operations.forget_all()
    assert queries.index_size() == Document.objects.count() == 0
    write("hole")
    assert find("hole") == [1]


def test_a_document_that_the_index_lost_can_still_be_changed():
    write("hole")
    index.take_out(connection, list(Document.objects.all()))
    operations.rewrite("CASE", Words(1, 1, NOW, 9, ["tree"]))
    assert find("tree") == [1]


def test_many_finds_come_in_chunks_and_no_further_than_asked(monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(queries, "FIRST", 2)
    monkeypatch.setattr(queries, "NEXT", 3)
    monkeypatch.setattr(queries, "NEWEST", 4)
    write(*["hole"] * 10)
    everything = queries.hits(Search(1, "CASE", ["hole"]))
    assert [[hit.object_id for hit in hits] for hits in everything if hits] in (
        [[10, 9], [8, 7, 6], [5, 4, 3], [2, 1]],  # FTS5, a chunk a query
        [[10, 9], [8, 7], [6, 5, 4], [3, 2, 1]],  # the newest four, then eight more
    )
    with django_assert_num_queries(1 if connection.vendor == "sqlite" else 2):
        assert len(next(queries.hits(Search(1, "CASE", ["hole"])))) == 2


def test_what_is_rare_among_the_newest_is_found_among_all(monkeypatch):
    monkeypatch.setattr(queries, "NEWEST", 2)
    monkeypatch.setattr(queries, "DENSE", 1)
    write("hole", "tree", "hole", "tree", "tree", "hole", *["tree"] * 4)
    assert find("hole") == [6, 3, 1]
    assert find("tree") == [10, 9, 8, 7, 5, 4, 2]


def test_the_index_serves_a_rare_word():
    """Whatever the planner likes best for three rows, it has to be able to use the index."""
    write("hole", "tree")
    if connection.vendor == "sqlite":
        query = f"EXPLAIN QUERY PLAN SELECT rowid FROM {index.FTS} WHERE {index.FTS} MATCH '\"hol\"'"
    else:
        query = "EXPLAIN SELECT 1 FROM search_document WHERE text LIKE '%hole%' OR people LIKE '%hole%'"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(query)
        plan = str(cursor.fetchall())
    assert ("VIRTUAL TABLE INDEX" in plan) if connection.vendor == "sqlite" else (plan.count(index.GIN) == 2)
