"""Points, boxes, distances and houses along a street."""

import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moked.places.rules import (
    BadPoint,
    Box,
    HouseRun,
    Point,
    box_around,
    distance,
    is_swapped,
    point_at,
    read_point,
)

# A busy machine says nothing about a property.
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
latitudes = st.floats(-85, 85)
longitudes = st.floats(-180, 180)
points = st.builds(Point, latitudes, longitudes)


@pytest.mark.abuse("A30")
@pytest.mark.parametrize(
    ("latitude", "longitude", "code"),
    [
        ("nan", "34.8", "NOT_A_NUMBER"),
        ("32", "-inf", "NOT_A_NUMBER"),
        ("", "34.8", "NOT_A_NUMBER"),
        ("north", "34.8", "NOT_A_NUMBER"),
        ("32", "181", "OUT_OF_RANGE"),
        ("32", "-181", "OUT_OF_RANGE"),
        ("90.1", "0", "OUT_OF_RANGE"),
        ("1e999", "0", "NOT_A_NUMBER"),
        ("0", "-0.0", "NOWHERE"),
        ("0.0000001", "0", "NOWHERE"),
    ],
)
def test_numbers_that_are_no_position_are_refused_with_a_code(latitude, longitude, code):
    with pytest.raises(BadPoint) as refused:
        read_point(latitude, longitude)
    assert refused.value.code == code


def test_a_position_is_cut_to_six_digits():
    assert point_at(32.123456789, -34.9999999) == Point(32.123457, -35.0)


def test_arabic_digits_are_read():
    assert read_point("٣٢.٥", "34.8") == Point(32.5, 34.8)


def test_exchanged_numbers_are_recognised_by_the_towns_box():
    box = Box(31.9, 34.7, 32.1, 34.9)
    assert is_swapped(Point(34.8, 32.0), box)
    assert not is_swapped(Point(32.0, 34.8), box)
    assert not is_swapped(Point(50.0, 14.0), box)


def test_a_degree_of_latitude_is_111_kilometres():
    assert distance(Point(31, 34), Point(32, 34)) == pytest.approx(111_195, rel=1e-4)
    assert distance(Point(60, 10), Point(60, 11)) == pytest.approx(55_597, rel=1e-3)
    assert distance(Point(0.1, 179.9), Point(0.1, -179.9)) == pytest.approx(22_239, rel=1e-3)


@UNHURRIED
@given(points, st.floats(1, 50_000), st.floats(0, 1), st.floats(0, 2 * math.pi))
def test_whatever_is_near_lies_in_the_box_around(point, metres, share, direction):
    """The destination at a bearing, by the textbook formula, is found by a search in the box."""
    angle = metres * share / 6_371_008.8
    latitude, longitude = math.radians(point.latitude), math.radians(point.longitude)
    there = math.asin(
        math.sin(latitude) * math.cos(angle) + math.cos(latitude) * math.sin(angle) * math.cos(direction)
    )
    along = longitude + math.atan2(
        math.sin(direction) * math.sin(angle) * math.cos(latitude),
        math.cos(angle) - math.sin(latitude) * math.sin(there),
    )
    other = Point(math.degrees(there), math.degrees(along))
    box = box_around(point, metres)
    if abs(other.longitude) <= 180:
        assert box.holds(other)


runs = st.builds(
    lambda parity, first, count, start, end: HouseRun(parity, first, first + count, start, end),
    st.sampled_from(["ALL", "ODD", "EVEN"]),
    st.integers(1, 500),
    st.integers(0, 200),
    points,
    points,
)


@UNHURRIED
@given(runs, st.integers(1, 800))
def test_a_house_stands_between_the_ends_of_its_run(run, number):
    found = run.position_of(number)
    is_one = run.first <= number <= run.last and run.parity in ("ALL", "ODD" if number % 2 else "EVEN")
    assert (found is not None) == is_one
    if found:
        for attribute in ("latitude", "longitude"):
            ends = sorted((getattr(run.start, attribute), getattr(run.end, attribute)))
            assert ends[0] - 1e-6 <= getattr(found, attribute) <= ends[1] + 1e-6


def test_houses_are_spread_evenly():
    run = HouseRun("ODD", 1, 21, Point(32.0, 34.8), Point(32.2, 34.8))
    assert [run.position_of(number) for number in (1, 11, 21, 12, 23)] == [
        Point(32.0, 34.8),
        Point(32.1, 34.8),
        Point(32.2, 34.8),
        None,
        None,
    ]
    assert HouseRun("ALL", 5, 5, Point(1, 1), Point(1, 3)).position_of(5) == Point(1, 2)
