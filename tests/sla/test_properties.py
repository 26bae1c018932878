"""Due and elapsed equal what an oracle counts minute by minute, and keep their invariants."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from moked.sla.calendars import WEEKDAYS, Calendar
from moked.sla.rules import IN_DAYS, Pause, Target, Unit, due, elapsed, explain, left, share_used
from tests.sla import oracle
from tests.sla.calendars import NIGHTS, ROUND_THE_CLOCK, calendar

ZONES = ("Asia/Jerusalem", "Europe/Prague", "Australia/Lord_Howe", "America/St_Johns", "Asia/Kolkata", "UTC")
few = settings(max_examples=40, deadline=None)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Around both changes of the clocks of 2026 in every zone, and a quiet month.
AROUND = [
    datetime(2026, month, day, tzinfo=UTC)
    for month, day in ((3, 6), (3, 26), (4, 4), (10, 2), (10, 24), (7, 1))
]


def minutes_of(moment: datetime) -> int:
    return int((moment - EPOCH).total_seconds()) // 60


def moment_of(minute: int | None) -> datetime | None:
    return None if minute is None else EPOCH + timedelta(minutes=minute)


@st.composite
def hours(draw) -> list[list[str]]:
    bounds = draw(st.lists(st.integers(0, 60), min_size=2, max_size=4, unique=True).map(sorted))
    pairs = zip(bounds[::2], bounds[1::2], strict=False)
    return [[clock(opens * 30), clock(closes * 30)] for opens, closes in pairs if opens * 30 < 1440]


def clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


@st.composite
def calendars(draw) -> dict:
    start = draw(st.sampled_from(AROUND)).date()
    special = st.integers(-3, 20).map(lambda ahead: (start + timedelta(days=ahead)).isoformat())
    week = draw(st.dictionaries(st.sampled_from(WEEKDAYS), hours(), max_size=7))
    return calendar(
        draw(st.sampled_from(ZONES)),
        draw(st.dictionaries(special, st.one_of(st.just([]), hours()), max_size=6)),
        **week | {draw(st.sampled_from(WEEKDAYS)): [["07:30", "12:30"], ["13:00", "18:00"]]},
    )


moments = st.builds(
    lambda around, minutes: minutes_of(around) + minutes,
    st.sampled_from(AROUND),
    st.integers(-1440, 6 * 1440),
)
stops = st.lists(
    st.tuples(moments, st.one_of(st.none(), st.integers(0, 5 * 1440))).map(
        lambda pair: (pair[0], None if pair[1] is None else pair[0] + pair[1])
    ),
    max_size=4,
)


def pauses(pairs: oracle.Pauses) -> list[Pause]:
    return [Pause(moment_of(begin), moment_of(end)) for begin, end in pairs]


@few
@given(calendars(), moments, st.integers(1, 40), stops)
@example(
    calendar("Australia/Lord_Howe", **ROUND_THE_CLOCK), minutes_of(datetime(2026, 4, 4, tzinfo=UTC)), 40, []
)
@example(calendar("Asia/Jerusalem", **NIGHTS), minutes_of(datetime(2026, 10, 24, 19, tzinfo=UTC)), 9, [])
@example(calendar("Asia/Jerusalem", **NIGHTS), minutes_of(datetime(2026, 7, 1, 23, tzinfo=UTC)), 3, [])
def test_hours_are_due_when_that_many_open_minutes_have_passed(document, start, amount, stopped):
    expected = within_sight(oracle.due_after_minutes, document, start, amount * 60, stopped)
    target = Target(amount, Unit.HOURS)
    assert due(Calendar.from_document(document), moment_of(start), target, pauses(stopped)) == expected


@few
@given(calendars(), moments, st.integers(1, 6), stops)
def test_days_are_due_at_the_closing_of_the_nth_working_day(document, start, amount, stopped):
    expected = within_sight(oracle.due_after_days, document, start, amount, stopped)
    target = Target(amount, Unit.DAYS)
    assert due(Calendar.from_document(document), moment_of(start), target, pauses(stopped)) == expected


@few
@given(calendars(), moments, st.integers(1, 12), stops)
def test_calendar_days_are_due_at_the_closing_of_the_nth_day_or_of_the_next_open_one(
    document, start, amount, stopped
):
    expected = within_sight(oracle.due_after_calendar_days, document, start, amount, stopped)
    target = Target(amount, Unit.CALENDAR_DAYS)
    assert due(Calendar.from_document(document), moment_of(start), target, pauses(stopped)) == expected


def within_sight(count, document, start, amount, stopped):
    try:
        return moment_of(count(document, start, amount, stopped))
    except oracle.OutOfSight:
        assume(False)


@few
@given(calendars(), moments, st.integers(0, 9 * 1440), stops)
def test_elapsed_is_the_number_of_active_minutes(document, start, later, stopped):
    counted = elapsed(
        Calendar.from_document(document), moment_of(start), moment_of(start + later), pauses(stopped)
    )
    assert counted == timedelta(minutes=oracle.elapsed(document, start, start + later, stopped))


seconds = st.integers(0, 59_999_999).map(lambda microseconds: timedelta(microseconds=microseconds))


@few
@given(calendars(), moments, seconds, st.integers(1, 3000), stops)
def test_what_has_elapsed_when_it_is_due_is_the_target(document, start, second, amount, stopped):
    opening, start_at = Calendar.from_document(document), moment_of(start) + second
    target = Target(amount, Unit.MINUTES)
    due_at = due(opening, start_at, target, pauses(stopped))
    assume(due_at is not None)
    assert elapsed(opening, start_at, due_at, pauses(stopped)) == timedelta(minutes=amount)
    just_before = due_at - timedelta(microseconds=1)
    assert elapsed(opening, start_at, just_before, pauses(stopped)) < timedelta(minutes=amount)
    assert left(opening, start_at, target, pauses(stopped), due_at) == Target(0, Unit.MINUTES)


targets = st.one_of(
    st.integers(1, 60).map(lambda amount: Target(amount, Unit.HOURS)),
    st.integers(1, 8).map(lambda amount: Target(amount, Unit.DAYS)),
    st.integers(1, 12).map(lambda amount: Target(amount, Unit.CALENDAR_DAYS)),
)
finite = stops.map(lambda pairs: [pair for pair in pairs if pair[1] is not None])


@few
@given(calendars(), moments, st.integers(0, 3000), targets, finite)
def test_nothing_is_due_earlier_for_having_begun_later_or_for_a_larger_target(
    document, start, later, target, stopped
):
    opening, stood = Calendar.from_document(document), pauses(stopped)
    due_at = due(opening, moment_of(start), target, stood)
    assert due_at > moment_of(start)
    assert due_at <= due(opening, moment_of(start + later), target, stood)
    assert due_at <= due(opening, moment_of(start), Target(target.amount + 1, target.unit), stood)


@few
@given(calendars(), moments, targets, finite, moments)
def test_a_pause_while_closed_changes_nothing(document, start, target, stopped, around):
    """But for calendar days, of which a closed one counts unless it is paused whole."""
    assume(target.unit != Unit.CALENDAR_DAYS)
    opening = Calendar.from_document(document)
    closed = closed_time(document, around)
    assume(closed)
    plain = due(opening, moment_of(start), target, pauses(stopped))
    assert due(opening, moment_of(start), target, pauses([*stopped, closed])) == plain


def closed_time(document: dict, around: int) -> tuple[int, int] | None:
    """The closed time around a minute, from one closing to the next opening; None while open."""
    opened = set(oracle.active_minutes(document, around - 3 * 1440, [], 8))
    if around in opened:
        return None
    begin = end = around
    while begin - 1 not in opened and begin > around - 1440:
        begin -= 1
    while end not in opened and end < around + 1440:
        end += 1
    return begin, end


@few
@given(calendars(), moments, targets, finite, st.integers(1, 150))
def test_a_share_is_used_up_when_that_part_of_the_working_time_has_passed(
    document, start, target, stopped, percent
):
    opening, start_at, stood = Calendar.from_document(document), moment_of(start), pauses(stopped)
    due_at = due(opening, start_at, target, stood)
    reached = share_used(opening, start_at, target, percent, stood)
    assert reached <= due_at
    whole = elapsed(opening, start_at, due_at, stood)
    assert elapsed(opening, start_at, reached, stood) == whole * min(percent, 100) / 100


@few
@given(calendars(), moments)
def test_it_opens_next_at_the_first_open_minute(document, start):
    opened = oracle.active_minutes(document, start, [], 10)
    assume(opened)
    assert Calendar.from_document(document).next_opening(moment_of(start)) == moment_of(opened[0])


@few
@given(calendars(), moments, targets, stops)
def test_the_explanation_tells_what_was_counted(document, start, target, stopped):
    opening, start_at = Calendar.from_document(document), moment_of(start)
    told = explain(opening, start_at, target, pauses(stopped))
    assert told.due == due(opening, start_at, target, pauses(stopped))
    assert sum((step.counted for step in told.steps), timedelta()) == told.elapsed
    if told.due:
        assert told.elapsed == elapsed(opening, start_at, told.due, pauses(stopped))
    if told.due and target.unit in IN_DAYS:
        assert max(step.number for step in told.steps) == target.amount
    dates = [step.on for step in told.steps]
    assert dates == [dates[0] + timedelta(days=ahead) for ahead in range(len(dates))]


@few
@given(calendars())
def test_a_calendar_reads_back_as_it_was_written(document):
    opening = Calendar.from_document(document)
    assert Calendar.from_document(opening.as_document()) == opening
    assert isinstance(next(iter(opening.days), date.min), date)
