"""Public figures: counted from the event log, small counts hidden."""

from datetime import UTC, date, datetime
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection, connections
from django.db.models import F
from hypothesis import given
from hypothesis import strategies as st

from moked.accounts.rules import Role
from moked.cases import operations
from moked.cases.rules import Outcome
from moked.events import projections
from moked.events.models import Event, Position
from moked.insights import published
from moked.insights.models import ServiceMonth, ServiceOpen
from moked.insights.rules import SMALLEST_SHOWN, suppress
from tests.counting import catch_up, count_until
from tests.factories import NOW, make_actor, make_case, make_service, make_town

NOVEMBER = date(2026, 11, 1)


@given(st.lists(st.integers(0, 40), max_size=12))
def test_no_small_count_is_shown_or_can_be_worked_out_from_the_total(counts):
    shown = suppress(counts)
    assert len(shown) == len(counts)
    for count, cell in zip(counts, shown, strict=True):
        assert cell is None or cell == count >= SMALLEST_SHOWN
    if len(counts) > 1:
        assert shown.count(None) != 1


def test_nothing_is_hidden_without_need():
    assert suppress([5, 9, 20]) == [5, 9, 20]
    assert suppress([4, 9, 20]) == [None, None, 20]
    assert suppress([4, 3, 20]) == [None, None, 20]


@pytest.mark.django_db(transaction=True)
def test_opening_closing_and_reopening_move_the_figures():
    town = make_town()
    service, other = make_service(town), make_service(town)
    cases = [make_case(town, service=service) for _ in range(6)]
    for _ in range(5):
        make_case(town, service=other)
    agent = make_actor(town, Role.AGENT)
    for case in cases[:2]:
        operations.close_case(case_id=case.pk, outcome=Outcome.FIXED, message="Done.", by=agent, now=NOW)
    operations.reopen(case_id=cases[0].pk, message="Again.", by=agent, now=NOW)
    catch_up()
    figures = published.month(town.pk, NOW.date())
    assert (figures.month, figures.received, figures.closed, figures.open) == (NOVEMBER, 11, 2, 10)
    assert [(s.slug, s.received, s.closed, s.open) for s in figures.services] == sorted(
        [(service.slug, 6, None, 5), (other.slug, 5, None, 5)]
    )
    assert published.month(town.pk, date(2026, 10, 3)).received == 0
    assert published.month(make_town().pk, NOW.date()).received == 0


@pytest.mark.django_db(transaction=True)
def test_a_case_counts_in_the_month_of_the_towns_own_calendar():
    town = make_town(time_zone="Asia/Jerusalem")
    make_case(town, now=datetime(2026, 10, 31, 22, 30, tzinfo=UTC))  # 1 November in Jerusalem
    catch_up()
    assert list(ServiceMonth.objects.values_list("month", "received")) == [(NOVEMBER, 1)]


@pytest.mark.django_db(transaction=True)
def test_each_event_is_counted_once_whatever_fails(monkeypatch):
    town = make_town()
    service = make_service(town)
    for _ in range(3):
        make_case(town, service=service)
    monkeypatch.setattr(projections, "BATCH", 2)
    assert count_until(lambda: Position.objects.filter(event_id__gt=0).exists()) == 2

    save = Position.save

    def fail(self, *args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr(Position, "save", fail)
    with pytest.raises(RuntimeError):
        count_until(lambda: False)
    monkeypatch.setattr(Position, "save", save)
    catch_up()
    assert ServiceMonth.objects.get().received == 3
    assert ServiceOpen.objects.get().open == 3


@pytest.mark.django_db(transaction=True)
def test_an_event_that_commits_late_is_not_missed():
    """On PostgreSQL an event may get a lower id and commit after one with a higher id."""
    if connection.vendor != "postgresql":
        town = make_town()
        make_case(town)
        catch_up()
        assert ServiceMonth.objects.get().received == 1
        return
    town = make_town()
    service = make_service(town)
    slow = connections.create_connection("default")
    try:
        slow.set_autocommit(False)
        with slow.cursor() as cursor:
            cursor.execute(
                "INSERT INTO events_event (municipality_id, name, version, document, occurred_at,"
                " transaction_number) SELECT %s, 'case.opened', 1, document, %s,"
                " pg_current_xact_id()::text::bigint FROM (SELECT jsonb_build_object("
                " 'municipality_id', %s::int, 'case_id', 0, 'service_id', %s::int) AS document) d",
                [town.pk, NOW, town.pk, service.pk],
            )
        make_case(town, service=service)
        projections.run()
        assert not ServiceMonth.objects.exists()
        slow.commit()
    finally:
        slow.close()
    catch_up()
    assert ServiceMonth.objects.get().received == 2


@pytest.mark.django_db(transaction=True)
def test_after_a_move_to_another_server_each_event_is_still_counted_once():
    town = make_town()
    service = make_service(town)
    make_case(town, service=service)
    catch_up()
    elsewhere = 10**12  # the server the dump comes from had numbered that many transactions
    Event.objects.update(transaction_number=F("transaction_number") + elsewhere)
    Position.objects.update(transaction_number=F("transaction_number") + elsewhere)
    call_command("renumber_events", verbosity=0, stdout=StringIO())
    make_case(town, service=service)
    catch_up()
    assert ServiceMonth.objects.get().received == 2
