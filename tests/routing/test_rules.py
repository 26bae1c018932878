"""The first rule that fits decides; rules that cannot work are refused."""

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moked.cases.facts import WEEKDAYS, Fact
from moked.routing.clauses import Clauses
from moked.routing.clauses import read as read_clauses
from moked.routing.rules import (
    MOST_RULES,
    BadRules,
    Known,
    Reason,
    Rule,
    Target,
    check,
    fields_of,
    matches,
    read,
    read_reason,
)
from tests.routing.making import rule

RULES = (
    rule("north-roads", services=("pothole", "lamp"), area_kind="DISTRICT", areas=("north",)),
    rule("roads", services=("pothole",)),
    rule("wards", area_kind="WARD"),
)
KNOWN = Known(
    departments={"north-roads", "roads", "wards"},
    services={"pothole", "lamp"},
    areas={("DISTRICT", "north"), ("DISTRICT", "south"), ("WARD", "north")},
    teams={"night": "roads", "centre": ""},
    people={7: {"roads", "north-roads"}, 9: {"wards"}},
    bodies={"water"},
    life_events={"moving"},
    questions={"depth": {"FLAT", "DEEP"}},
)
CASE = {
    Fact.SERVICE: "pothole",
    Fact.LIFE_EVENTS: ["driving"],
    Fact.AREAS: ["DISTRICT/north", "WARD/n1"],
    Fact.AREA_KINDS: ["DISTRICT", "WARD"],
    Fact.CHANNEL: "PHONE",
    Fact.LANGUAGE: "he",
    Fact.PRIORITY: "HIGH",
    Fact.WORDS: "A deep hole with a cable in it",
    Fact.DOMAIN: "school.example.org",
    Fact.WEEKDAY: "FRI",
    Fact.TIME: "23:10",
    "answer.depth": "DEEP",
    "answer.blocks": ["ROAD", "PATH"],
}


def first(rules: tuple[Rule, ...], **said: Any) -> tuple[str, int, Any] | None:
    """Return where the first rule that fits leads, its number and area."""
    found = next(matches(rules, said), None)
    return (found.rule.target.department, found.number, found.area) if found else None


@pytest.mark.parametrize(
    ("service", "areas", "decided"),
    [
        ("pothole", ["DISTRICT/north", "WARD/n"], ("north-roads", 1, ("DISTRICT", "north"))),
        ("lamp", ["DISTRICT/north"], ("north-roads", 1, ("DISTRICT", "north"))),
        ("pothole", ["DISTRICT/south"], ("roads", 2, None)),
        ("pothole", [], ("roads", 2, None)),
        ("lamp", ["DISTRICT/south", "WARD/n"], ("wards", 3, ("WARD", "n"))),
        ("tree", ["WARD/n"], ("wards", 3, ("WARD", "n"))),
        ("lamp", ["DISTRICT/south"], None),
        ("tree", [], None),
        ("lamp", ["WARD/north"], ("wards", 3, ("WARD", "north"))),
    ],
)
def test_the_first_rule_that_fits_decides(service: str, areas: list[str], decided: Any) -> None:
    kinds = [one.partition("/")[0] for one in areas]
    assert first(RULES, service=service, areas=areas, area_kinds=kinds) == decided


@pytest.mark.parametrize(
    "said",
    [
        {"services": ("lamp", "pothole")},
        {"life_events": ("moving", "driving")},
        {"area_kind": "DISTRICT", "areas": ("north", "south")},
        {"area_kind": "WARD"},
        {"channels": ("PHONE",)},
        {"languages": ("he", "ar")},
        {"priorities": ("HIGH", "URGENT")},
        {"words": ("fire", "deep hole")},
        {"words": ("cabl*",)},
        {"domains": ("school.example.org",)},
        {"weekdays": ("FRI", "SAT")},
        {"begins": "23:00", "ends": "24:00"},
        {"begins": "17:00", "ends": "07:00"},
        {"answers": (("depth", ("DEEP",)),)},
        {"answers": (("depth", ("DEEP", "FLAT")), ("blocks", ("PATH",)))},
    ],
)
def test_every_clause_fits_what_it_says(said: dict[str, Any]) -> None:
    assert rule("roads", **said).fits(CASE)


@pytest.mark.parametrize(
    "said",
    [
        {"services": ("lamp",)},
        {"life_events": ("moving",)},
        {"area_kind": "DISTRICT", "areas": ("south",)},
        {"area_kind": "SEA"},
        {"channels": ("WEB",)},
        {"languages": ("ar",)},
        {"priorities": ("URGENT",)},
        {"words": ("hole deep", "able")},
        {"domains": ("example.org",)},
        {"weekdays": ("SAT",)},
        {"begins": "00:00", "ends": "23:10"},
        {"begins": "23:11", "ends": "07:00"},
        {"answers": (("depth", ("FLAT",)),)},
        {"answers": (("depth", ("DEEP",)), ("blocks", ("FIELD",)))},
        {"services": ("pothole",), "channels": ("WEB",)},
        {"answers": (("never_asked", ("X",)),)},
    ],
)
def test_one_clause_that_does_not_hold_is_enough_not_to_fit(said: dict[str, Any]) -> None:
    assert not rule("roads", **said).fits(CASE)


def test_only_what_rules_ask_is_to_be_read_of_a_case() -> None:
    assert fields_of(RULES) == {"service", "areas", "area_kinds"}
    assert fields_of([rule("roads"), rule("roads", words=("x",))]) == {"words"}


texts = st.text("abc", min_size=1, max_size=3)
several = st.lists(texts, unique=True, max_size=3).map(tuple)
times = st.sampled_from(["00:00", "07:00", "16:30", "24:00"])


@st.composite
def clauses(draw: st.DrawFn) -> Clauses:
    """Return any clauses that could be chosen."""
    kind = draw(st.sampled_from(["", "WARD"]))
    begins, ends = draw(st.one_of(st.just(("", "")), st.tuples(times, times)))
    return Clauses(
        services=draw(several),
        life_events=draw(several),
        area_kind=kind,
        areas=draw(several) if kind else (),
        channels=draw(st.sampled_from([(), ("WEB",), ("WEB", "PHONE")])),
        languages=draw(several),
        priorities=draw(st.sampled_from([(), ("LOW", "HIGH")])),
        words=draw(several),
        domains=draw(several),
        weekdays=draw(st.sampled_from([(), WEEKDAYS[:2]])),
        begins=begins,
        ends=ends,
        answers=tuple((code, (code,)) for code in draw(several)),
    )


@given(clauses(), texts)
def test_rules_come_back_from_their_document_as_they_were(said: Clauses, name: str) -> None:
    one = Rule(Target("roads", "night", 7, "water", "HIGH"), said, name)
    assert read([one.as_document()]) == (one,)
    assert read_clauses(said.condition)[0] == said


def test_rules_of_the_first_form_mean_what_they_meant() -> None:
    before = {"department": "roads", "services": ["lamp"], "area_kind": "WARD", "areas": ["north"]}
    assert read([before]) == (rule("roads", services=("lamp",), area_kind="WARD", areas=("north",)),)


def when(condition: Any) -> list[dict[str, Any]]:
    return [{"name": "", "when": condition, "then": {"department": "roads"}}]


@pytest.mark.parametrize(
    ("document", "code", "number"),
    [
        ({"department": "roads"}, "NOT_A_LIST", 0),
        (["roads"], "NOT_A_LIST", 0),
        ([rule("roads").as_document(), {"when": None}], "NO_TARGET", 2),
        ([{"then": {}}], "NO_TARGET", 1),
        ([{"then": "roads"}], "NO_TARGET", 1),
        ([rule("roads").as_document()] * (MOST_RULES + 1), "TOO_MANY", MOST_RULES + 1),
        ([rule("roads").as_document() | {"name": "x" * 81}], "NAME_TOO_LONG", 1),
        (when({"field": "service", "is": "lamp"}), "BAD_CONDITION", 1),
        (when({"all": []}), "BAD_CONDITION", 1),
        (when({"all": [{"field": "areas", "one_of": []}]}), "BAD_CONDITION", 1),
        (when({"all": [{"field": "service", "one_of": [3]}]}), "BAD_CONDITION", 1),
        (when({"all": [{"field": "service", "is": "lamp"}]}), "BAD_CONDITION", 1),
        (when({"all": [{"field": "nothing", "one_of": ["x"]}]}), "BAD_CONDITION", 1),
        (when({"all": [{"not": {"field": "service", "one_of": ["x"]}}]}), "BAD_CONDITION", 1),
        (when({"all": [{"field": "time", "at_least": "9"}]}), "BAD_CONDITION", 1),
        (when({"all": [{"field": "words", "mentions": ["(a+)+$"]}]}), "", 0),
        (when("(a+)+$"), "BAD_CONDITION", 1),
    ],
)
def test_a_document_of_another_shape_is_refused(document: Any, code: str, number: int) -> None:
    if not code:
        read(document)
        return
    with pytest.raises(BadRules) as refused:
        read(document)
    assert (refused.value.code, refused.value.number) == (code, number)


@pytest.mark.parametrize(
    ("bad", "code", "name"),
    [
        (rule("sea"), "UNKNOWN_DEPARTMENT", "sea"),
        (rule("roads", services=("lamp", "boat")), "UNKNOWN_SERVICE", "boat"),
        (rule("roads", area_kind="SEA"), "UNKNOWN_KIND", "SEA"),
        (rule("roads", area_kind="WARD", areas=("north", "south")), "UNKNOWN_AREA", "south"),
        (rule(team="day"), "UNKNOWN_TEAM", "day"),
        (rule("wards", team="night"), "TEAM_ELSEWHERE", "night"),
        (rule(person=8), "UNKNOWN_PERSON", "8"),
        (rule("wards", person=7), "PERSON_ELSEWHERE", "7"),
        (rule(team="night", person=9), "PERSON_ELSEWHERE", "9"),
        (rule("roads", team="centre", person=9), "PERSON_ELSEWHERE", "9"),
        (rule(body="gas"), "UNKNOWN_BODY", "gas"),
        (rule(priority="NOW"), "UNKNOWN_PRIORITY", "NOW"),
        (rule("roads", life_events=("birth",)), "UNKNOWN_LIFE_EVENT", "birth"),
        (rule("roads", answers=(("width", ("BIG",)),)), "UNKNOWN_QUESTION", "width"),
        (rule("roads", answers=(("depth", ("DEEP", "HUGE")),)), "UNKNOWN_QUESTION", "depth"),
    ],
)
def test_a_rule_that_names_what_does_not_exist_is_refused(bad: Rule, code: str, name: str) -> None:
    with pytest.raises(BadRules) as refused:
        check([RULES[0], bad], KNOWN)
    assert (refused.value.code, refused.value.number, refused.value.name) == (code, 2, name)


def test_a_rule_behind_one_that_always_fits_is_refused() -> None:
    with pytest.raises(BadRules) as refused:
        check([rule("roads"), RULES[0]], KNOWN)
    assert (refused.value.code, refused.value.number, refused.value.name) == ("NEVER_REACHED", 2, "1")


def test_rules_whose_names_exist_are_accepted() -> None:
    everything = rule(
        *("roads",),
        team="night",
        person=7,
        body="water",
        priority="URGENT",
        life_events=("moving",),
        answers=(("depth", ("DEEP",)),),
    )
    with_people = rule("wards", team="centre", person=9, words=("hole",)), rule(team="centre", person=7)
    check([*RULES, everything, *with_people], KNOWN)


@pytest.mark.parametrize("reason", [Reason(4, 12), Reason(4, 12, 88), Reason(0, 12, None, 3)])
def test_a_reason_comes_back_from_its_code(reason: Reason) -> None:
    assert read_reason(str(reason)) == reason
    assert len(str(dataclasses.replace(reason, area_id=10**18, revision=10**9))) <= 60


def test_reasons_kept_before_rules_could_be_skipped_are_read() -> None:
    assert read_reason("RULE:4:12:88") == Reason(4, 12, 88)
    assert read_reason("SERVICE") is None


def test_labels_of_a_target_are_kept_and_one_without_them_says_what_it_said_before() -> None:
    labelled, plain = rule("roads", labels=("storm", "press")), rule("roads")
    assert read([labelled.as_document(), plain.as_document()]) == (labelled, plain)
    assert labelled.as_document()["then"]["labels"] == ["storm", "press"]
    assert "labels" not in plain.as_document()["then"]


def test_a_rule_of_labels_alone_does_something() -> None:
    assert read([rule(labels=("storm",)).as_document()]) == (rule(labels=("storm",)),)


def test_a_label_that_is_not_there_is_told() -> None:
    known = Known(departments={"roads"}, services=(), areas=(), labels={"storm"})
    check([rule("roads", labels=("storm",))], known)
    with pytest.raises(BadRules) as refusal:
        check([rule("roads", labels=("storm", "gone"))], known)
    assert (refusal.value.code, refusal.value.number, refusal.value.name) == ("UNKNOWN_LABEL", 1, "gone")
