"""The first rule that fits decides; rules that cannot work are refused."""

import pytest

from moked.routing.rules import MOST_RULES, BadRules, Match, Rule, check, read, route

NORTH, SOUTH, WARD = ("DISTRICT", "north"), ("DISTRICT", "south"), ("WARD", "north")
RULES = (
    Rule("north-roads", services=("pothole", "lamp"), area_kind="DISTRICT", areas=("north",)),
    Rule("roads", services=("pothole",)),
    Rule("wards", area_kind="WARD"),
)
KNOWN = {
    "departments": {"north-roads", "roads", "wards"},
    "services": {"pothole", "lamp"},
    "areas": {NORTH, SOUTH, WARD},
}


@pytest.mark.parametrize(
    ("service", "areas", "decided"),
    [
        ("pothole", {NORTH, WARD}, Match("north-roads", 1, NORTH)),
        ("lamp", {NORTH}, Match("north-roads", 1, NORTH)),
        ("pothole", {SOUTH}, Match("roads", 2)),
        ("pothole", set(), Match("roads", 2)),
        ("lamp", {SOUTH, WARD}, Match("wards", 3, WARD)),
        ("tree", {WARD}, Match("wards", 3, WARD)),
        ("lamp", {SOUTH}, None),
        ("tree", set(), None),
    ],
)
def test_the_first_rule_that_fits_decides(service, areas, decided):
    assert route(RULES, service, areas) == decided


def test_an_area_of_another_kind_with_the_same_code_does_not_fit():
    assert route(RULES[:1], "pothole", {WARD}) is None


def test_rules_come_back_from_their_document_as_they_were():
    assert read([rule.as_document() for rule in RULES]) == RULES


@pytest.mark.parametrize(
    ("document", "code", "number"),
    [
        ({"department": "roads"}, "NOT_A_LIST", 0),
        (["roads"], "NOT_A_LIST", 0),
        ([{"department": "roads"}, {"services": ["lamp"]}], "NO_DEPARTMENT", 2),
        ([{"department": "roads", "areas": ["north"]}], "NO_KIND", 1),
        ([{"department": "roads"}] * (MOST_RULES + 1), "TOO_MANY", MOST_RULES + 1),
    ],
)
def test_a_document_of_another_shape_is_refused(document, code, number):
    with pytest.raises(BadRules) as refused:
        read(document)
    assert (refused.value.code, refused.value.number) == (code, number)


@pytest.mark.parametrize(
    ("rule", "code", "name"),
    [
        (Rule("sea"), "UNKNOWN_DEPARTMENT", "sea"),
        (Rule("roads", services=("lamp", "boat")), "UNKNOWN_SERVICE", "boat"),
        (Rule("roads", area_kind="SEA"), "UNKNOWN_KIND", "SEA"),
        (Rule("roads", area_kind="WARD", areas=("north", "south")), "UNKNOWN_AREA", "south"),
    ],
)
def test_a_rule_that_names_what_does_not_exist_is_refused(rule, code, name):
    with pytest.raises(BadRules) as refused:
        check([RULES[0], rule], **KNOWN)
    assert (refused.value.code, refused.value.number, refused.value.name) == (code, 2, name)


def test_a_rule_behind_one_that_always_fits_is_refused():
    with pytest.raises(BadRules) as refused:
        check([Rule("roads"), RULES[0]], **KNOWN)
    assert (refused.value.code, refused.value.number, refused.value.name) == ("NEVER_REACHED", 2, "1")


def test_rules_whose_names_exist_are_accepted():
    check([*RULES, Rule("roads")], **KNOWN)
