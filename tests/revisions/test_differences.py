"""What differs between two revisions."""

from moked.revisions.rules import Difference, differences


def test_only_what_differs_is_told_with_the_way_to_it():
    was = {"name": {"en": "Hole", "he": "בור"}, "kind": "REPORT", "words": ["a", "b"]}
    now = {"name": {"en": "Pothole", "he": "בור"}, "kind": "REPORT", "words": ["a"]}
    assert differences(was, now) == [
        Difference(("name", "en"), "Hole", "Pothole"),
        Difference(("words",), ["a", "b"], ["a"]),
    ]


def test_what_came_and_what_went_is_told():
    assert differences({"gone": 1}, {"came": 2}) == [
        Difference(("came",), None, 2),
        Difference(("gone",), 1, None),
    ]


def test_entries_of_a_list_are_counted_from_one():
    was = [{"department": "roads"}, {"department": "parks"}]
    now = [{"department": "roads"}, {"department": "centre"}, {"department": "parks"}]
    assert differences(was, now) == [
        Difference(("2", "department"), "parks", "centre"),
        Difference(("3",), None, {"department": "parks"}),
    ]


def test_equal_documents_differ_in_nothing():
    assert differences({"a": [{"b": None}]}, {"a": [{"b": None}]}) == []
