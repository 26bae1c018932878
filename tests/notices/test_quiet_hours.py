"""At night nothing goes out by itself."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db.models.functions import Now

from moked.accounts.rules import Role
from moked.cases import operations
from moked.cases.models import Case
from moked.cases.rules import Outcome
from moked.events.models import OutboxRow
from moked.notices.models import Notice, QuietTime
from moked.notices.operations import publish_quiet_hours
from moked.notices.rules import NEVER, BadHours, QuietHours
from tests.factories import NOW, make_actor, make_case, make_town

HERE = ZoneInfo("Asia/Jerusalem")
USUAL = QuietHours()


def at(text: str, zone: ZoneInfo = HERE, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-10-01 20:59", None),
        ("2026-10-01 21:00", "2026-10-02 07:00"),
        ("2026-10-01 23:59", "2026-10-02 07:00"),
        ("2026-10-02 00:00", "2026-10-02 07:00"),
        ("2026-10-02 06:59", "2026-10-02 07:00"),
        ("2026-10-02 07:00", None),
        ("2026-12-31 23:00", "2027-01-01 07:00"),
    ],
)
def test_the_night_ends_at_seven_by_the_clocks_of_the_town(now, until):
    assert USUAL.until(at(now), HERE) == (at(until) if until else None)


def test_the_night_in_which_clocks_change_is_an_hour_shorter_or_longer():
    spring, autumn = at("2026-03-26 21:00"), at("2026-10-24 21:00")
    assert USUAL.until(spring, HERE) - spring == timedelta(hours=9)
    assert USUAL.until(autumn, HERE) - autumn == timedelta(hours=11)


def test_an_end_that_clocks_skip_or_show_twice_comes_once_and_later_than_now():
    skipped, twice = QuietHours(23 * 60, 2 * 60 + 30), QuietHours(23 * 60, 90)
    assert skipped.until(at("2026-03-27 01:59"), HERE) == at("2026-03-27 03:30")
    first, second = at("2026-10-25 01:30"), at("2026-10-25 01:30", fold=1)
    assert twice.until(at("2026-10-25 00:30"), HERE) == first
    assert twice.until(at("2026-10-25 01:10", fold=1), HERE) == second
    assert twice.until(second, HERE) is None


def test_hours_may_lie_within_a_day_or_not_be_at_all():
    noon = QuietHours(12 * 60, 14 * 60)
    assert noon.until(at("2026-10-01 13:00"), HERE) == at("2026-10-01 14:00")
    assert noon.until(at("2026-10-01 14:00"), HERE) is None
    assert not any(NEVER.until(at(f"2026-10-01 {hour:02}:00"), HERE) for hour in range(24))


@pytest.mark.parametrize("hours", [QuietHours(-1, 60), QuietHours(60, 24 * 60)])
@pytest.mark.django_db
def test_hours_that_no_clock_shows_are_refused(hours):
    with pytest.raises(BadHours):
        publish_quiet_hours(municipality_id=make_town().pk, hours=hours, by_user_id=None, now=NOW)
    assert not QuietTime.objects.exists()


@pytest.fixture
def night(monkeypatch):
    """A town in which it is quiet for the next hour and more, and clocks never change."""
    town = make_town(time_zone="UTC")
    local = datetime.now(town.zone)
    begins = (local.hour * 60 + local.minute - 60) % 1440
    hours = QuietHours(begins, (begins + 180) % 1440)
    publish_quiet_hours(municipality_id=town.pk, hours=hours, by_user_id=None, now=NOW)
    return town


def closed(case, town):
    by = make_actor(town, Role.AGENT)
    operations.close_case(case_id=case.pk, outcome=Outcome.FIXED, message="Done.", by=by, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_what_comes_by_itself_waits_without_a_lease_until_it_may_be_sent(night, sink, work):
    case = make_case(night, email="ann@example.org")
    operations.reply(case_id=case.pk, body="We come.", by=make_actor(night, Role.AGENT), now=NOW)
    closed(case, night)
    work()
    assert set(Notice.objects.filter(state="SENT").values_list("kind", flat=True)) == {"CASE_OPENED", "REPLY"}
    waiting = Notice.objects.get(kind="CASE_CLOSED")
    row = OutboxRow.objects.get(subscriber="notices.send", is_open=True)
    assert (waiting.state, row.state, row.lease, row.attempts) == ("PLANNED", "PENDING", None, 0)
    left = waiting.due_at - datetime.now(UTC)
    assert timedelta(minutes=118) < left <= timedelta(minutes=120)
    assert row.due_at == row.created_at == waiting.due_at
    assert len(sink.messages) == 2

    due_at = waiting.due_at
    publish_quiet_hours(municipality_id=night.pk, hours=NEVER, by_user_id=None, now=NOW)
    OutboxRow.objects.filter(pk=row.pk).update(due_at=Now())
    work()
    waiting.refresh_from_db()
    assert (waiting.state, waiting.due_at, len(sink.messages)) == ("SENT", None, 3)
    assert sink.messages[-1]["Date"].datetime == due_at


@pytest.mark.django_db(transaction=True)
def test_what_is_urgent_does_not_wait(night, sink, work):
    case = make_case(night, email="ann@example.org")
    Case.objects.filter(pk=case.pk).update(priority="URGENT")
    closed(case, night)
    work()
    assert Notice.objects.get(kind="CASE_CLOSED").state == "SENT"


@pytest.mark.quiet
@pytest.mark.django_db
def test_a_town_that_set_nothing_is_quiet_from_nine_to_seven():
    from moked.notices.queries import quiet_hours_of

    assert quiet_hours_of(make_town().pk) == QuietHours(21 * 60, 7 * 60)
