"""What the public reads: the same as an independent recount, and nothing that leads to a person."""

import dataclasses
import random
import statistics
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from moked.cases.bulk import PastCase, PastClosing, open_many
from moked.cases.models import Case, CaseArea
from moked.cases.rules import Channel, Outcome
from moked.insights import published
from moked.insights.projections import count
from moked.insights.published import edition as editions
from moked.insights.published.cases import DIFFERENT_PLACES, GRID
from moked.places.models import Area
from moked.places.operations import set_areas
from moked.places.records import AreaRecord
from moked.places.rules import AreaKind
from tests.factories import make_service, make_town

TODAY = date(2026, 11, 16)
MONTHS = [date(2026, month, 1) for month in (8, 9, 10, 11)]
DISTRICTS = 4
SIDE = 0.02


@pytest.fixture
def town(db):
    """Return a town of four districts side by side, with 400 cases of four months."""
    town = make_town(time_zone="UTC")
    squares = [
        AreaRecord(
            f"d{number}",
            {"en": f"District {number}"},
            {"type": "Polygon", "coordinates": [corners(35 + number * SIDE, 32)]},
        )
        for number in range(DISTRICTS)
    ]
    set_areas(
        municipality=town,
        kind=AreaKind.DISTRICT,
        records=squares,
        source="",
        by_user_id=None,
        now=datetime(2026, 1, 1, tzinfo=UTC),
    )
    chance = random.Random(106)
    services = [make_service(town, is_public=True) for _ in range(4)]
    services.append(make_service(town, confidential_roles=("AGENT",)))
    services.append(make_service(town))
    past = [past_case(services, chance) for _ in range(400)]
    past.sort(key=lambda one: one.opened_at)
    areas = list(Area.objects.filter(municipality=town).order_by("code"))
    for written in open_many(town, past):
        for case in written:
            place(case, areas, chance)
        count(town.pk, [case.pk for case in written])
    return town


def corners(west, south):
    east, north = west + SIDE, south + SIDE
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def past_case(services, chance):
    opened_at = datetime(2026, 8, 1, tzinfo=UTC) + timedelta(minutes=chance.randrange(100 * 1440))
    closed_at = opened_at + timedelta(hours=chance.lognormvariate(3, 1))
    is_closed = chance.random() < 0.7 and closed_at < datetime(2026, 11, 16, tzinfo=UTC)
    return PastCase(
        service=chance.choices(services, [40, 30, 20, 2, 3, 5])[0],
        matter="Canary words",
        opened_at=opened_at,
        channel=chance.choices([Channel.WEB, Channel.PHONE, Channel.LETTER], [10, 6, 1])[0],
        language="en",
        steps=[PastClosing(closed_at, Outcome.FIXED, "Canary answer")] if is_closed else [],
    )


def place(case, areas, chance):
    """Put a case somewhere in a district, most of them in the first."""
    number = chance.choices(range(DISTRICTS), [20, 6, 3, 1])[0]
    case.longitude = 35 + number * SIDE + chance.random() * SIDE
    case.latitude = 32 + chance.random() * SIDE
    case.position_source = "PIN"
    case.save()
    CaseArea.objects.create(municipality_id=case.municipality_id, case=case, area=areas[number])


def recounted(town):
    """Count from the cases themselves, by other means."""
    return list(Case.objects.filter(municipality=town).select_related("service"))


def test_figures_equal_a_recount_of_the_cases(town):
    cases = recounted(town)
    found = published.figures(town.pk, MONTHS[0], MONTHS[-1], TODAY)
    assert found.town.received == len(cases)
    assert found.town.closed == sum(1 for case in cases if case.closed_at)
    assert found.town.open == sum(1 for case in cases if case.is_open)
    took = [(case.closed_at - case.opened_at) / timedelta(minutes=1) for case in cases if case.closed_at]
    assert found.town.median == pytest.approx(statistics.median(took), rel=0.1)
    deciles = statistics.quantiles(took, n=10)
    assert found.town.low == pytest.approx(deciles[0], rel=0.2)
    assert found.town.high == pytest.approx(deciles[-1], rel=0.2)
    for month in MONTHS:
        of_month = published.figures(town.pk, month, month, TODAY)
        received = Counter(case.service.slug for case in cases if case.opened_at.month == month.month)
        closed = Counter(
            case.service.slug for case in cases if case.closed_at and case.closed_at.month == month.month
        )
        assert of_month.town.received == received.total()
        assert of_month.town.closed == closed.total()
        for row in of_month.services:
            if row.code != "confidential":
                assert row.measures.received in (None, received[row.code])
                assert row.measures.closed in (None, closed[row.code])
        assert any(row.measures.received for row in of_month.services)
    by_channel = Counter(case.channel for case in cases)
    assert {row.code: row.measures.received for row in found.channels}["WEB"] == by_channel["WEB"]


def test_what_is_kept_of_months_is_what_would_be_read_anew(town):
    chance = random.Random(7)
    for _ in range(12):
        before = all_figures(town)
        case = chance.choice(list(Case.objects.filter(municipality=town)))
        case.channel = Channel.EMAIL if case.channel != Channel.EMAIL else Channel.WEB
        if case.closed_at:
            case.closed_at = max(case.opened_at, case.closed_at - timedelta(days=35))
        case.save()
        count(town.pk, [case.pk])
        followed = all_figures(town)
        editions._kept.clear()
        assert followed == all_figures(town)
        assert followed != before


def test_only_months_that_changed_are_read_again(town):
    all_figures(town)
    month, case = MONTHS[1], Case.objects.filter(municipality=town, opened_at__month=9, is_open=True)[0]
    case.channel = Channel.LETTER
    case.save()
    count(town.pk, [case.pk])
    with CaptureQueriesContext(connection) as queries:
        all_figures(town)
    read = [
        query["sql"] for query in queries if "insights_tally" in query["sql"] and 'month" IN' in query["sql"]
    ]
    assert len(read) == 2
    assert all(month.isoformat() in sql and MONTHS[0].isoformat() not in sql for sql in read)


def all_figures(town):
    asked = [(MONTHS[0], MONTHS[-1]), *((month, month) for month in MONTHS)]
    return [dataclasses.replace(published.figures(town.pk, *months, TODAY), as_of=None) for months in asked]


def test_months_add_up_and_what_is_hidden_in_one_is_hidden_in_the_sum(town):
    whole = {row.code: row for row in published.figures(town.pk, MONTHS[0], MONTHS[-1], TODAY).services}
    monthly = [
        {row.code: row for row in published.figures(town.pk, month, month, TODAY).services}
        for month in MONTHS
    ]
    for code, row in whole.items():
        parts = [one[code].measures.received for one in monthly]
        if None in parts:
            assert row.measures.received is None
        else:
            assert row.measures.received == sum(parts)
        assert row.measures.received_least == sum(part for part in parts if part)
    assert {None} < {row.measures.received for row in whole.values()}


def test_the_open_data_of_cases_tell_no_more_than_the_tables(town):
    for month in MONTHS:
        rows = list(published.cases(town.pk, month, TODAY))
        figures = published.figures(town.pk, month, month, TODAY)
        assert len(rows) == figures.town.received
        of_service = Counter(row.service for row in rows if row.service)
        for row in figures.services:
            expected = row.measures.received or 0 if row.code != "confidential" else 0
            assert of_service[row.code] == expected
        shown = {row.code for row in figures.districts if row.measures.received}
        assert {row.district for row in rows} - {""} <= shown
        hides_open = {row.code for row in figures.services if row.measures.open is None}
        assert not any(row.state for row in rows if row.service in hides_open or not row.service)
        assert not any(row.district or row.latitude for row in rows if not row.service)


def test_who_knows_every_home_finds_nobody_better_than_one_in_five(town):
    """The attack: link each public point to the homes it may be, with the exact position of every home."""
    homes = {
        (case.latitude, case.longitude): case.pk for case in Case.objects.filter(municipality=town).iterator()
    }
    points = 0
    for month in MONTHS:
        reported = [
            (case.latitude, case.longitude)
            for case in Case.objects.filter(municipality=town)
            if case.opened_at.month == month.month
        ]
        for row in published.cases(town.pk, month, TODAY):
            if row.latitude is None:
                continue
            points += 1
            candidates = {
                homes[at]
                for at in reported
                if abs(at[0] - row.latitude) <= GRID / 2 and abs(at[1] - row.longitude) <= GRID / 2
            }
            assert len(candidates) >= DIFFERENT_PLACES
            assert (row.latitude, row.longitude) not in homes
    assert points > 20


def test_services_that_are_not_public_never_have_a_point(town):
    rows = [row for month in MONTHS for row in published.cases(town.pk, month, TODAY)]
    public = set(
        Case.objects.filter(municipality=town, service__is_public=True).values_list(
            "service__slug", flat=True
        )
    )
    assert {row.service for row in rows if row.latitude is not None} <= public
    others = {row.service for row in rows} - public - {""}
    assert others, "nothing that could leak"


def test_no_square_of_a_district_is_left_out_alone(town):
    for month in MONTHS:
        without = Counter(
            row.district
            for row in published.cases(town.pk, month, TODAY)
            if row.district and row.latitude is None
        )
        assert 1 not in without.values()


@pytest.mark.django_db
def test_a_state_is_told_only_where_so_many_are_open_that_the_count_is_shown():
    town = make_town(time_zone="UTC")
    opened_at, closed_at = (datetime(2026, 10, day, tzinfo=UTC) for day in (3, 9))
    closing = [PastClosing(closed_at, Outcome.FIXED, "Done.")]

    def some(service, count, steps):
        return [PastCase(service, "It", opened_at, Channel.WEB, "en", steps=steps) for _ in range(count)]

    many, few, fewer = (make_service(town) for _ in range(3))
    past = [*some(many, 7, []), *some(many, 6, closing)]
    past += [*some(few, 2, []), *some(few, 9, closing), *some(fewer, 3, []), *some(fewer, 8, closing)]
    for written in open_many(town, past):
        count(town.pk, [case.pk for case in written])
    states = Counter((row.service, row.state) for row in published.cases(town.pk, MONTHS[2], TODAY))
    assert states[many.slug, "OPEN"] == 7
    assert states[many.slug, "CLOSED"] == 6
    assert {state for service, state in states if service != many.slug} == {""}
