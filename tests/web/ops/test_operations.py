"""What administrators see of the machinery, and what they can do about it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from moked.accounts.models import User
from moked.accounts.rules import Role
from moked.audit.models import AuditRecord
from moked.events.models import Event, OutboxRow, ScheduledTask
from moked.events.subscribers import directory
from moked.municipalities.models import Municipality
from tests.counting import catch_up
from tests.factories import NOW, make_case, make_service, make_staff, make_town
from tests.web.desk.pages import count, text

OPERATIONS = "/ops/"


@pytest.fixture
def town(db) -> Municipality:
    return make_town()


@pytest.fixture
def administrator(town: Municipality) -> User:
    return make_staff(town, Role.ADMINISTRATOR)


@pytest.fixture
def browser(administrator: User, sign_in: Callable[[User], Client]) -> Client:
    return sign_in(administrator)


def make_row(town: Municipality, state: str = "PENDING", **columns: object) -> OutboxRow:
    event = Event.objects.create(
        municipality_id=town.pk,
        name="case.opened",
        version=1,
        document={"municipality_id": town.pk, "case_id": 1, "service_id": 1},
        occurred_at=NOW,
    )
    settled = {"settled_at": NOW} if state in {"DONE", "DEAD"} else {}
    return OutboxRow.objects.create(
        event=event,
        municipality_id=town.pk,
        subscriber="notices.plan_opened",
        state=state,
        is_open=state in {"PENDING", "LEASED"},
        **settled,
        **columns,
    )


def shown_counts(browser: Client) -> list[int]:
    return [tally.rows for tally in browser.get(OPERATIONS).context["tallies"]]


@pytest.mark.parametrize("rows", [1, 3])
def test_operations_take_twelve_queries(
    rows: int, browser: Client, town: Municipality, django_assert_num_queries
) -> None:
    for number in range(rows):
        make_row(town, "DEAD", last_error=f"refused {number}")
        make_row(town, "PENDING")
    # session, person, town by host, the only town, memberships; counts, dead letters, tasks, positions,
    # events behind, lateness
    with django_assert_num_queries(12):
        response = browser.get(OPERATIONS)
    assert count(response, "dead-letter") == rows


def test_work_is_counted_by_state_for_this_town_only(browser: Client, town: Municipality) -> None:
    for state, rows in {"PENDING": 3, "LEASED": 1, "DONE": 2, "DEAD": 1}.items():
        for _ in range(rows):
            make_row(town, state)
    assert shown_counts(browser) == [3, 1, 2, 1]


def test_a_dead_letter_shows_its_reason_and_that_of_another_town_does_not(
    browser: Client, town: Municipality
) -> None:
    other = make_town()
    make_row(town, "DEAD", last_error="550 mailbox unknown", attempts=9)
    make_row(other, "DEAD", last_error="leaking reason")
    words = text(browser.get(f"/t/{town.slug}{OPERATIONS}"))
    assert "550 mailbox unknown" in words and "notices.plan_opened" in words
    assert "leaking reason" not in words


def test_trying_again_makes_the_row_due_and_is_audited(
    browser: Client, administrator: User, town: Municipality
) -> None:
    row = make_row(town, "DEAD", last_error="550", attempts=9)
    response = browser.post(f"/ops/dead/{row.pk}/retry/")
    assert (response.status_code, response["Location"]) == (303, OPERATIONS)
    row.refresh_from_db()
    assert (row.state, row.is_open, row.attempts, row.settled_at) == ("PENDING", True, 0, None)
    record = AuditRecord.objects.get(verb="outbox.retried")
    assert (record.actor_id, record.object_id, record.municipality_id) == (administrator.pk, row.pk, town.pk)
    assert browser.post(f"/ops/dead/{row.pk}/retry/").status_code == 404
    assert AuditRecord.objects.filter(verb="outbox.retried").count() == 1


@pytest.mark.abuse("A08")
def test_a_dead_letter_of_another_town_stays_dead(browser: Client, town: Municipality) -> None:
    row = make_row(make_town(), "DEAD")
    assert browser.post(f"/t/{town.slug}/ops/dead/{row.pk}/retry/").status_code == 404
    row.refresh_from_db()
    assert row.state == "DEAD" and not AuditRecord.objects.filter(verb="outbox.retried").exists()


@pytest.mark.parametrize("number", ["0", "9" * 30, "x", "-1"])
def test_an_odd_row_number_is_none(number: str, browser: Client) -> None:
    assert browser.post(f"/ops/dead/{number}/retry/").status_code == 404


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMINISTRATOR}))
def test_only_administrators_see_operations(
    role: Role, town: Municipality, sign_in: Callable[[User], Client]
) -> None:
    make_row(town, "DEAD", last_error="leaking reason")
    browser = sign_in(make_staff(town, role))
    response = browser.get(OPERATIONS)
    assert response.status_code == 404 and "leaking reason" not in text(response)


def test_an_administrator_reads_no_words_of_residents(browser: Client, town: Municipality) -> None:
    make_case(town, matter="Leaking words", name="Leaking name", email="leaking@example.org")
    assert "eaking" not in text(browser.get(OPERATIONS)).replace("leave", "")


def test_the_schedule_shows_each_task_and_its_last_result(browser: Client) -> None:
    name = directory.recurring[0].name
    ScheduledTask.objects.create(
        name=name, last_started_at=NOW, last_finished_at=NOW, last_result="7 rows forgotten"
    )
    words = text(browser.get(OPERATIONS))
    assert "7 rows forgotten" in words
    assert all(task.name in words for task in directory.recurring)


def test_projections_say_how_far_they_are(
    transactional_db: None, browser: Client, town: Municipality
) -> None:
    make_case(town, service=make_service(town))
    assert "still to be counted" in text(browser.get(OPERATIONS))
    catch_up()
    words = text(browser.get(OPERATIONS))
    assert "up to date" in words and "still to be counted" not in words


def test_late_work_is_said_aloud(browser: Client, town: Municipality) -> None:
    make_row(town, due_at=datetime.now(UTC) - timedelta(minutes=6))
    assert "Work has been waiting for more than five minutes" in text(browser.get(OPERATIONS))
