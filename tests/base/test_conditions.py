"""Conditions: what is refused in words, and what holds for which answers."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moked.base.conditions import (
    MOST_READ,
    BadCondition,
    Comparison,
    FieldType,
    Kind,
    Not,
    Operator,
    check,
    fields_of,
    holds,
    parse,
)

FIELDS = {
    "words": FieldType(Kind.TEXT),
    "width": FieldType(Kind.NUMBER),
    "since": FieldType(Kind.DATE),
    "depth": FieldType(Kind.CHOICE, frozenset({"FLAT", "DEEP"})),
    "blocks": FieldType(Kind.CHOICES, frozenset({"ROAD", "PATH"})),
    "is_dark": FieldType(Kind.YES_NO),
}
ANSWERS = {
    "words": "green gate",
    "width": 2.5,
    "since": "2026-11-16",
    "depth": "DEEP",
    "blocks": ["ROAD"],
    "is_dark": True,
}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"field": "depth", "is": "DEEP"}, True),
        ({"field": "depth", "is": "FLAT"}, False),
        ({"field": "depth", "is_not": "FLAT"}, True),
        ({"field": "depth", "is_not": "DEEP"}, False),
        ({"field": "depth", "one_of": ["FLAT", "DEEP"]}, True),
        ({"field": "depth", "one_of": ["FLAT"]}, False),
        ({"field": "words", "is": "green gate"}, True),
        ({"field": "blocks", "includes": "ROAD"}, True),
        ({"field": "blocks", "includes": "PATH"}, False),
        ({"field": "width", "is": 2.5}, True),
        ({"field": "width", "is_not": 2}, True),
        ({"field": "width", "less_than": 2.5}, False),
        ({"field": "width", "less_than": 3}, True),
        ({"field": "width", "at_least": 2.5}, True),
        ({"field": "width", "at_least": 2.6}, False),
        ({"field": "since", "before": "2026-11-17"}, True),
        ({"field": "since", "before": "2026-11-16"}, False),
        ({"field": "since", "after": "2026-11-15"}, True),
        ({"field": "since", "after": "2026-11-16"}, False),
        ({"field": "is_dark", "is": True}, True),
        ({"field": "depth", "is_answered": True}, True),
        ({"field": "depth", "is_answered": False}, False),
        ({"all": [{"field": "depth", "is": "DEEP"}, {"field": "width", "at_least": 3}]}, False),
        ({"any": [{"field": "depth", "is": "DEEP"}, {"field": "width", "at_least": 3}]}, True),
        ({"not": {"field": "depth", "is": "DEEP"}}, False),
    ],
)
def test_a_condition_holds_for_the_answers_it_names(condition, expected):
    check(condition, FIELDS)
    assert holds(condition, ANSWERS) is expected


@pytest.mark.parametrize("nothing", [{}, {"depth": None}, {"depth": ""}, {"blocks": [], "depth": 3}])
def test_what_is_not_answered_fails_every_comparison_but_that_it_is_missing(nothing):
    assert not holds({"field": "depth", "is": "DEEP"}, nothing)
    assert not holds({"field": "depth", "is_not": "DEEP"}, nothing)
    assert not holds({"field": "blocks", "includes": "ROAD"}, nothing)
    assert holds({"not": {"field": "depth", "is": "DEEP"}}, nothing)
    assert holds({"field": "blocks", "is_answered": False}, nothing)


NESTED: dict[str, Any] = {"field": "depth", "is": "DEEP"}
for _ in range(5):
    NESTED = {"not": NESTED}


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        ("depth is deep", "Write the condition as a comparison"),
        ({}, "Write the condition as a comparison"),
        ({"field": "depth"}, "Write the condition as a comparison"),
        ({"field": "depth", "is": "DEEP", "is_not": "FLAT"}, "Write the condition as a comparison"),
        ({"all": [{"field": "depth", "is": "DEEP"}], "field": "x"}, "in one of these ways"),
        ({"all": []}, "at least one condition"),
        ({"any": "depth"}, "at least one condition"),
        ({"field": "depth", "resembles": "DEEP"}, "Compare “depth” in one of these ways"),
        ({"field": "colour", "is": "RED"}, "“colour”, which is not known"),
        ({"field": "depth", "less_than": 3}, "“depth” cannot be compared by “less_than”"),
        ({"field": "blocks", "is": "ROAD"}, "“blocks” cannot be compared by “is”"),
        ({"field": "depth", "is": "BLUE"}, "“BLUE” is not an answer"),
        ({"field": "depth", "one_of": []}, "Name a few values"),
        ({"field": "depth", "one_of": "DEEP"}, "Name a few values"),
        ({"field": "depth", "one_of": ["DEEP", 3]}, "one of its answers"),
        ({"field": "words", "is": "x" * 201}, "short text"),
        ({"field": "width", "at_least": "3"}, "with a number, not with “3”"),
        ({"field": "width", "at_least": True}, "with a number"),
        ({"field": "width", "at_least": float("nan")}, "with a number"),
        ({"field": "since", "after": "yesterday"}, "with a day like 2026-11-30"),
        ({"field": "since", "after": "2026-W47-1"}, "with a day like 2026-11-30"),
        ({"field": "since", "after": "2026-02-30"}, "with a day like 2026-11-30"),
        ({"field": "is_dark", "is": "yes"}, "with true or false"),
        ({"field": "depth", "is_answered": "yes"}, "with true or false"),
        (NESTED, "at most 5 levels"),
        ({"any": [{"field": "depth", "is": "DEEP"}] * 51}, "up to 50 comparisons"),
        ({"any": [{"all": [{"field": "depth", "is": "DEEP"}] * 26}] * 2}, "up to 50 comparisons"),
    ],
)
def test_a_wrong_condition_is_refused_in_a_sentence(condition, says):
    with pytest.raises(BadCondition, match=says) as refusal:
        check(condition, FIELDS)
    assert str(refusal.value).endswith(".")


def test_the_fields_and_the_tree_of_a_condition_can_be_read():
    condition = {"not": {"any": [{"field": "depth", "is": "DEEP"}, {"field": "width", "is_answered": True}]}}
    assert fields_of(condition) == {"depth", "width"}
    tree = parse(condition)
    assert isinstance(tree, Not)
    assert tree.part.parts[0] == Comparison("depth", Operator.IS, "DEEP")


def comparisons() -> st.SearchStrategy[dict[str, Any]]:
    code = st.sampled_from(["FLAT", "DEEP"])
    number = st.integers(-5, 5) | st.floats(-5, 5)
    day = st.dates().map(str)
    operators = [
        ("words", ["is", "is_not"], st.text(min_size=1, max_size=5)),
        ("depth", ["is", "is_not"], code),
        ("depth", ["one_of"], st.lists(code, min_size=1, max_size=3)),
        ("blocks", ["includes"], st.sampled_from(["ROAD", "PATH"])),
        ("width", ["is", "is_not", "less_than", "at_least"], number),
        ("since", ["before", "after", "is", "is_not"], day),
        ("is_dark", ["is"], st.booleans()),
        ("since", ["is_answered"], st.booleans()),
    ]
    return st.sampled_from(operators).flatmap(
        lambda one: st.builds(
            lambda operator, value: {"field": one[0], operator: value}, st.sampled_from(one[1]), one[2]
        )
    )


def joined(parts: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    lists = st.lists(parts, min_size=1, max_size=3)
    return st.one_of(
        lists.map(lambda some: {"all": some}),
        lists.map(lambda some: {"any": some}),
        parts.map(lambda part: {"not": part}),
    )


CONDITIONS = comparisons() | joined(comparisons()) | joined(joined(comparisons()))
JSON = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.dates().map(str)
VALUES = st.fixed_dictionaries(
    {},
    optional={
        name: st.just(ANSWERS[name]) | JSON | st.lists(JSON, max_size=2) | st.just({"a": 1})
        for name in FIELDS
    },
)


@given(CONDITIONS, VALUES)
def test_what_was_checked_never_raises(condition, values):
    check(condition, FIELDS)
    assert holds(condition, values) in {True, False}


@given(st.lists(comparisons() | joined(comparisons()), min_size=1, max_size=4), VALUES)
def test_not_all_is_any_not_and_not_any_is_all_not(parts, values):
    turned = [{"not": part} for part in parts]
    assert holds({"not": {"all": parts}}, values) == holds({"any": turned}, values)
    assert holds({"not": {"any": parts}}, values) == holds({"all": turned}, values)


@given(
    st.lists(comparisons(), min_size=1, max_size=4).flatmap(
        lambda parts: st.tuples(st.just(parts), st.permutations(parts))
    ),
    VALUES,
)
def test_the_order_of_parts_does_not_matter(orders, values):
    one, other = orders
    assert holds({"all": one}, values) == holds({"all": other}, values)
    assert holds({"any": one}, values) == holds({"any": other}, values)
    backwards = dict(reversed(values.items()))
    assert holds({"all": one}, values) == holds({"all": one}, backwards)


@given(
    st.recursive(
        JSON,
        lambda parts: (
            st.lists(parts, max_size=3)
            | st.dictionaries(
                st.sampled_from(["all", "any", "not", "field", "is", "one_of", "less_than"]),
                parts,
                max_size=3,
            )
        ),
    )
)
def test_whatever_comes_is_checked_or_refused_in_words(condition):
    try:
        check(condition, FIELDS)
    except BadCondition as refusal:
        assert str(refusal)
    else:
        assert holds(condition, ANSWERS) in {True, False}


@pytest.mark.parametrize(
    ("condition", "is_so"),
    [
        ({"field": "words", "mentions": ["blue", "Green GATE"]}, True),
        ({"field": "words", "mentions": ["gat*"]}, True),
        ({"field": "words", "mentions": ["gat"]}, False),
        ({"field": "words", "mentions": ["gate green"]}, False),
        ({"field": "blocks", "one_of": ["PATH", "ROAD"]}, True),
        ({"field": "blocks", "one_of": ["PATH"]}, False),
        ({"field": "at", "at_least": "16:30"}, True),
        ({"field": "at", "at_least": "16:31"}, False),
        ({"field": "at", "less_than": "24:00"}, True),
        ({"field": "at", "less_than": "16:30"}, False),
    ],
)
def test_words_several_codes_and_times_are_compared(condition: dict[str, Any], is_so: bool) -> None:
    fields = FIELDS | {"at": FieldType(Kind.TIME)}
    check(condition, fields)

    assert holds(condition, ANSWERS | {"at": "16:30"}) is is_so


def test_words_are_looked_for_in_as_much_as_a_report_holds() -> None:
    condition = {"field": "words", "mentions": ["gate"]}
    assert holds(condition, {"words": "x " * (MOST_READ // 2 - 2) + "gate"})
    assert not holds(condition, {"words": "x " * (MOST_READ // 2) + "gate"})


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ({"field": "words", "mentions": "gate"}, "Name a few values"),
        ({"field": "words", "mentions": ["…"]}, "holds no letter"),
        ({"field": "at", "at_least": "9:00"}, "a time like 16:30"),
        ({"field": "at", "less_than": "25:00"}, "a time like 16:30"),
        ({"field": "blocks", "one_of": ["SEA"]}, "is not an answer"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_what_to_do(condition: dict[str, Any], words: str) -> None:
    with pytest.raises(BadCondition, match=words):
        check(condition, FIELDS | {"at": FieldType(Kind.TIME)})
