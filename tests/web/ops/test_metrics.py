"""What Prometheus reads, and who else may not."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from moked.accounts.rules import Role, system
from moked.cases import operations as cases
from moked.cases.models import Case
from moked.cases.queries.load import broken_by_town, open_by_state, urgent_by_town
from moked.catalogue.rules import Priority
from moked.channels.models import InboundMessage, MailServer
from moked.channels.operations import NewServer, retire_mailbox, set_server
from moked.channels.rules import ServerDetails
from moked.events.models import ScheduledTask
from moked.events.queries import dead_by_subscriber
from moked.events.subscribers import directory
from moked.municipalities.models import Municipality
from moked.sla.models import Commitment
from tests.factories import make_actor, make_case, make_service, make_staff, make_town
from tests.intake.letters import came, letter, make_mailbox
from tests.sla.promising import promise
from tests.web.ops.test_operations import make_row

TOKEN = "canary-token-0123456789"
QUERIES = 15  # the town's host and path, and thirteen that count; one more for each projection


@pytest.fixture
def town(db) -> Municipality:
    return make_town()


@pytest.fixture(autouse=True)
def token(settings) -> None:
    settings.METRICS_TOKEN = TOKEN


def ask(client: Client, authorization: str | None = f"Bearer {TOKEN}"):
    return client.get("/metrics", headers={"authorization": authorization} if authorization else {})


def numbers(client: Client) -> dict[tuple[str, ...], float]:
    """Return all that is told, by name and the values of its labels."""
    response = ask(client)
    assert response.status_code == 200
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(response.content.decode())
        for sample in family.samples
    }


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "Bearer",
        "Bearer ",
        f"Bearer {TOKEN}x",
        f"Basic {TOKEN}",
        TOKEN,
        f"Bearer {TOKEN[:-1]}",
        "Bearer é",
    ],
)
def test_who_does_not_bring_the_token_finds_no_such_page(authorization, town, client: Client) -> None:
    assert ask(client, authorization).status_code == 404


def test_without_a_token_in_the_settings_there_is_no_such_page(town, client: Client, settings) -> None:
    settings.METRICS_TOKEN = ""
    assert [ask(client, said).status_code for said in (None, "Bearer ", "Bearer", f"Bearer {TOKEN}")] == [
        404
    ] * 4


def test_whoever_brings_the_token_reads_plain_text_that_nobody_keeps(town, client: Client) -> None:
    response = ask(client)
    assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "no-store" in response.headers["Cache-Control"]
    assert b"# TYPE moked_cases_open gauge" in response.content
    assert b"process_resident_memory_bytes" in response.content


def test_work_that_waits_is_counted_by_subscriber_and_its_oldest_by_age(town, client: Client) -> None:
    now = datetime.now(UTC)
    make_row(town, due_at=now - timedelta(minutes=7))
    make_row(make_town(), "LEASED", due_at=now + timedelta(minutes=1))
    make_row(town, "DONE", due_at=now - timedelta(days=1))
    make_row(town, "DEAD", due_at=now - timedelta(days=1))
    found = numbers(client)
    assert found["moked_outbox_rows_waiting", "notices.plan_opened"] == 2
    assert found["moked_outbox_dead_letters", "notices.plan_opened"] == 1
    assert found["moked_outbox_oldest_due_age_seconds",] == pytest.approx(420, abs=30)


def test_where_nothing_is_due_the_oldest_has_no_age(town, client: Client) -> None:
    make_row(town, due_at=datetime.now(UTC) + timedelta(minutes=7))
    assert numbers(client)["moked_outbox_oldest_due_age_seconds",] == 0


def test_projections_tell_how_many_events_they_have_to_read(town, client: Client) -> None:
    make_row(town)
    make_row(town)
    found = numbers(client)
    assert {found["moked_projection_events_behind", one.name] for one in directory.projections} == {2}


def test_tasks_tell_when_they_ended_and_whether_badly(town, client: Client) -> None:
    good, bad, never = (task.name for task in directory.recurring[:3])
    ended = datetime.now(UTC) - timedelta(minutes=2)
    for name, result in ((good, "3 mails"), (bad, "failed: ValueError")):
        ScheduledTask.objects.create(name=name, last_finished_at=ended, last_result=result)
    ScheduledTask.objects.create(name=never)
    found = numbers(client)
    assert found["moked_task_last_run_age_seconds", good] == pytest.approx(120, abs=30)
    assert [found["moked_task_last_run_failed", name] for name in (good, bad)] == [0, 1]
    assert [key for key in found if never in key] == []


def test_open_cases_are_counted_by_town_and_state(town, client: Client) -> None:
    other = make_town()
    make_case(town)
    agent = make_actor(town, Role.AGENT)
    begun, spam = make_case(town), make_case(town)
    done = make_case(town)
    cases.close_case(case_id=done.pk, outcome="FIXED", message="Done.", by=agent, now=datetime.now(UTC))
    Case.objects.filter(pk=begun.pk).update(state="IN_PROGRESS")
    Case.objects.filter(pk=spam.pk).update(is_spam=True)
    found = numbers(client)
    assert found["moked_cases_open", town.slug, "RECEIVED"] == 1
    assert found["moked_cases_open", town.slug, "IN_PROGRESS"] == 1
    assert found["moked_cases_open", other.slug, "RECEIVED"] == 0
    assert ("moked_cases_open", town.slug, "RESOLVED") not in found


def test_promises_are_counted_as_they_come_due_and_when_they_are_broken(town, client: Client) -> None:
    service = make_service(town)
    promise(service, resolution="3d")
    now = datetime.now(UTC)
    made = [make_case(town, service=service, now=now) for _ in range(4)]
    for case, hours, state in zip(made, (3, 23, 25, -1), ("RUNNING",) * 3 + ("BROKEN",), strict=True):
        owed = Commitment.objects.filter(case=case, kind="RESOLUTION")
        assert owed.update(due_at=now + timedelta(hours=hours), state=state) == 1
    Case.objects.filter(pk=made[3].pk).update(promise_state="BROKEN")
    found = numbers(client)
    assert found["moked_promises_due_soon", town.slug, "4h"] == 1
    assert found["moked_promises_due_soon", town.slug, "24h"] == 2
    assert found["moked_promises_broken", town.slug] == 1


def test_urgent_cases_count_until_a_person_answers(town, client: Client) -> None:
    now = datetime.now(UTC)
    service = make_service(town, priority=Priority.URGENT)
    oldest, _newer = (make_case(town, service=service, now=now - timedelta(hours=age)) for age in (5, 2))
    make_case(town, now=now - timedelta(hours=9))
    before = numbers(client)
    agent = make_actor(town, Role.AGENT)
    cases.reply(case_id=oldest.pk, body="We are on our way.", by=agent, now=now)
    after = numbers(client)

    def urgent(found) -> list[float]:
        names = ("open", "unanswered", "oldest_unanswered_age_seconds")
        return [found[f"moked_cases_urgent_{name}", town.slug] for name in names]

    assert urgent(before) == [2, 2, pytest.approx(5 * 3600, abs=60)]
    assert urgent(after) == [2, 1, pytest.approx(2 * 3600, abs=60)]


@pytest.mark.parametrize("towns", [1, 3])
def test_the_numbers_take_as_many_queries_for_any_number_of_towns(
    towns: int, db, client: Client, django_assert_num_queries
) -> None:
    for _ in range(towns):
        make_case(make_town())
    with django_assert_num_queries(QUERIES + len(directory.projections)):
        ask(client)


@pytest.mark.parametrize(
    ("index", "count"),
    [
        ("case_open_by_state", lambda: open_by_state()),
        ("case_broken_counted", lambda: broken_by_town()),
        ("case_urgent", lambda: urgent_by_town()),
        ("outbox_dead", lambda: dead_by_subscriber()),
    ],
)
def test_what_is_counted_is_read_from_an_index_of_what_is_open(
    index, count, town, django_assert_num_queries
) -> None:
    with django_assert_num_queries(1) as asked:
        count()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {asked.captured_queries[0]['sql']}")
        assert index in " ".join(str(row) for row in cursor.fetchall())


@pytest.mark.abuse("A31")
@pytest.mark.abuse("A36")
def test_no_word_no_person_no_number_and_no_secret_is_told(db, client: Client, settings) -> None:
    town = make_town(name={"en": "Canarytown"}, slug="canary-slug")
    person = make_staff(town, Role.AGENT)
    case = make_case(
        town,
        service=make_service(town, priority=Priority.URGENT, name={"en": "Canary service"}),
        matter="canary-matter",
        name="Canaryname",
        email="canary.mail@example.org",
        phone="0501112223",
    )
    row = make_row(town, "DEAD")
    type(row).objects.filter(pk=row.pk).update(last_error="canary-reason")
    ScheduledTask.objects.create(
        name=directory.recurring[0].name,
        last_finished_at=datetime.now(UTC),
        last_result="failed: canary-result",
    )
    assert Case.objects.visible_to(system(town.pk)).get() == case
    told = ask(client).content.decode()
    assert told.count("canary-slug") > 5, "or this test shows nothing"
    told = told.replace("canary-slug", "").lower()
    secrets = (TOKEN, settings.SECRET_KEY, str(case.number), person.email, person.name, "0501112223")
    assert [word for word in (*secrets, "canary", "@") if word.lower() in told] == []


def test_mailboxes_tell_for_how_long_they_fail_and_what_waits(town, client: Client) -> None:
    now = datetime.now(UTC)
    for name, columns in {
        "well": {"checked_at": now - timedelta(minutes=1), "waiting": 3},
        "failing": {"checked_at": now, "failing_since": now - timedelta(hours=1), "trouble": "TOO_SLOW"},
        "new": {},
        "retired": {"failing_since": now},
    }.items():
        account = make_mailbox(town, f"{name}@town.example")
        new = NewServer(ServerDetails("imap.town.example", 993, name), "secret")
        set_server(account, new, by_user_id=None, now=now)
        MailServer.objects.filter(account=account).update(**columns)
    retire_mailbox(account, by_user_id=None, now=now)
    found = numbers(client)

    def told(name: str) -> list[float]:
        return [
            found[f"moked_mailbox_{name}", f"{one}@town.example", town.slug]
            for one in ("well", "failing", "new")
        ]

    assert told("failing_seconds") == [0, pytest.approx(3600, abs=30), 0]
    assert told("read_age_seconds") == [
        pytest.approx(60, abs=30),
        pytest.approx(3600, abs=30),
        pytest.approx(0, abs=30),
    ]
    assert told("waiting") == [3, 0, 0]
    assert not [key for key in found if "retired@town.example" in key]


def test_messages_that_were_set_aside_are_counted_by_town(town, client: Client) -> None:
    mailbox, other = make_mailbox(town), make_town()
    for number in range(2):
        came(mailbox, letter(sender="", subject=str(number)))
    came(mailbox, letter())
    found = numbers(client)
    assert found["moked_messages_set_aside", town.slug] == 2
    assert found["moked_messages_set_aside", other.slug] == 0


def test_programs_that_answer_each_other_are_seen_by_what_is_passed_over(town, client: Client) -> None:
    mailbox = make_mailbox(town)
    for number in range(3):
        came(mailbox, letter(subject=f"Away {number}", Auto_Submitted="auto-replied"))
    came(mailbox, letter())
    old = came(mailbox, letter(subject="Old"))
    InboundMessage.objects.update(received_at=datetime.now(UTC))
    InboundMessage.objects.filter(pk=old.pk).update(received_at=datetime.now(UTC) - timedelta(hours=2))
    found = numbers(client)
    name = "moked_messages_of_the_last_hour"
    assert found[name, town.slug, "IGNORED_BY_RULE", "AUTO_REPLY"] == 3
    assert found[name, town.slug, "CONTACT", "OPENED"] == 1
