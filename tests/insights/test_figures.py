"""Facts and tallies: what a case adds to the figures, whatever happens to it and in whatever order."""

import random
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.db.models import F

from moked.accounts.rules import Role, system
from moked.cases import operations
from moked.cases.bulk import PastCase, PastClosing, open_many
from moked.cases.events import CasesRecorded, CasesWithdrawn
from moked.cases.models import Case
from moked.cases.rules import Channel, Outcome
from moked.events import projections
from moked.events.models import Event, OutboxRow, Position
from moked.events.operations import publish_history
from moked.events.subscribers import StoredEvent, directory
from moked.insights import published
from moked.insights.models import CaseFact, Tally
from moked.insights.projections import count, follow, follow_confidentiality, rebuild
from moked.surveys import operations as surveys
from moked.surveys.models import Survey
from tests.counting import await_log, catch_up
from tests.factories import NOW, make_actor, make_case, make_department, make_service, make_town

NOVEMBER = date(2026, 11, 1)
TODAY = NOW.date()


def received():
    return sum(Tally.objects.filter(dimension="TOTAL").values_list("received", flat=True))


def state_of(town):
    """Return everything that is counted of a town, without how often it was counted."""
    facts = CaseFact.objects.filter(municipality=town).order_by("case_id")
    columns = [field.attname for field in CaseFact._meta.concrete_fields if field.attname != "generation"]
    tallies = Tally.objects.filter(municipality=town)
    sums = [field.attname for field in Tally._meta.concrete_fields if field.attname not in {"key"}]
    nothing = {"month", "dimension", "value", "department_id", "confidential_id", "municipality_id"}
    rows = [
        {name: bytes(value) if isinstance(value, memoryview) else value for name, value in row.items()}
        for row in tallies.order_by("key").values(*sums)
    ]
    return list(facts.values_list(*columns)), [
        row for row in rows if any(value for name, value in row.items() if name not in nothing)
    ]


def rebuilt(town):
    """Return the same, counted from nothing."""
    sum(rebuild(town.pk))
    return state_of(town)


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
    figures = published.figures(town.pk, NOVEMBER, NOVEMBER, TODAY)
    # The case that was opened again is not finished any more.
    assert (figures.town.received, figures.town.closed, figures.town.open) == (11, 1, 10)
    earlier = published.figures(make_town().pk, NOVEMBER, NOVEMBER, TODAY)
    assert (earlier.town.received, earlier.town.closed, earlier.town.open) == (0, 0, 0)


@pytest.mark.django_db(transaction=True)
def test_a_case_counts_in_the_month_of_the_towns_own_calendar():
    town = make_town(time_zone="Asia/Jerusalem")
    make_case(town, now=datetime(2026, 10, 31, 22, 30, tzinfo=UTC))  # 1 November in Jerusalem
    catch_up()
    totals = Tally.objects.filter(dimension="TOTAL")
    assert list(totals.values_list("month", "received")) == [(NOVEMBER, 1)]


@pytest.mark.django_db(transaction=True)
def test_each_event_is_counted_once_whatever_fails(monkeypatch):
    town = make_town()
    service = make_service(town)
    for _ in range(3):
        make_case(town, service=service)
    monkeypatch.setattr(projections, "FIRST", 2)
    monkeypatch.setattr(projections, "_paces", {})
    await_log()
    assert projections.run() == 2 * len(directory.projections)

    save = Position.save

    def fail(self, *args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr(Position, "save", fail)
    with pytest.raises(RuntimeError):
        projections.run()
    monkeypatch.setattr(Position, "save", save)
    catch_up()
    assert received() == 3
    assert sum(Tally.objects.filter(dimension="TOTAL").values_list("open", flat=True)) == 3


@pytest.mark.django_db(transaction=True)
def test_an_event_that_commits_late_is_not_missed():
    """On PostgreSQL an event may get a lower id and commit after one with a higher id."""
    town = make_town()
    service = make_service(town)
    late = make_case(town, service=service)
    if connection.vendor != "postgresql":
        catch_up()
        assert received() == 1
        return
    OutboxRow.objects.all().delete()
    Event.objects.all().delete()
    slow = connections.create_connection("default")
    try:
        slow.set_autocommit(False)
        with slow.cursor() as cursor:
            cursor.execute(
                "INSERT INTO events_event (municipality_id, name, version, document, occurred_at,"
                " transaction_number) SELECT %s, 'case.opened', 1, document, %s,"
                " pg_current_xact_id()::text::bigint FROM (SELECT jsonb_build_object("
                " 'municipality_id', %s::int, 'case_id', %s::int, 'service_id', %s::int) AS document) d",
                [town.pk, NOW, town.pk, late.pk, service.pk],
            )
        make_case(town, service=service)
        projections.run()
        assert received() == 0
        slow.commit()
    finally:
        slow.close()
    catch_up()
    assert received() == 2


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
    assert received() == 2


@pytest.mark.django_db
def test_counting_twice_and_in_any_order_comes_to_the_same_as_counting_anew():
    town = make_town()
    services = [make_service(town), make_service(town), make_service(town, confidential_roles=(Role.AGENT,))]
    agent, department = make_actor(town, Role.AGENT), make_department(town)
    chance = random.Random(7)
    people = ["ada@example.org", "bea@example.org", ""]
    cases = []

    def act(step):
        at = NOW + timedelta(hours=5 * step)
        case = chance.choice(cases) if cases and chance.random() < 0.6 else None
        if case is None:
            service = chance.choice(services)
            cases.append(make_case(town, service=service, email=chance.choice(people), now=at))
            return cases[-1]
        what = chance.choice(["close", "close", "reopen", "assign", "service", "rate", "rate"])
        try:
            if what == "close":
                touch = chance.random() < 0.5
                operations.close_case(
                    case_id=case.pk,
                    outcome=Outcome.FIXED,
                    message="Done.",
                    by=agent,
                    now=at,
                    at_first_contact=touch,
                )
            elif what == "reopen":
                operations.reopen(case_id=case.pk, message="Again.", by=agent, now=at)
            elif what == "assign":
                operations.assign(
                    case_id=case.pk, department_id=department.pk, assignee_id=agent.user_id, by=agent, now=at
                )
            elif what == "service":
                to = chance.choice(services)
                operations.change_service(case_id=case.pk, service_id=to.pk, by=agent, now=at)
            elif survey := Survey.objects.filter(case=case, answered_at__isnull=True).first():
                surveys.answer(
                    survey_id=survey.pk,
                    fixed="YES",
                    rating=chance.randint(1, 5),
                    words="",
                    by=system(town.pk),
                    now=at,
                )
        except operations.UnableToChangeCase:
            pass
        return case

    for step in range(80):
        case = act(step)
        if chance.random() < 0.7:  # some are only counted later, with others
            count(town.pk, [case.pk])
    ids = [case.pk for case in cases]
    chance.shuffle(ids)
    for first in range(0, len(ids), 4):
        count(town.pk, ids[first : first + 4])
    followed = state_of(town)
    count(town.pk, ids)
    assert state_of(town) == followed
    assert rebuilt(town) == followed
    assert any(row["first_contact"] for row in followed[1])
    assert any(row["repeat"] for row in followed[1])
    assert any(row["rated_5"] or row["rated_4"] or row["rated_3"] for row in followed[1])


@pytest.mark.django_db
def test_histories_are_counted_and_taken_out_again():
    town, now = make_town(), NOW
    service = make_service(town)
    kept = make_case(town, service=service, email="ada@example.org", now=now)
    operations.close_case(
        case_id=kept.pk,
        outcome=Outcome.ANSWERED,
        message="There.",
        by=make_actor(town, Role.AGENT),
        now=now,
        at_first_contact=True,
    )
    count(town.pk, [kept.pk])
    before = state_of(town)
    assert CaseFact.objects.get(case_id=kept.pk).is_first_contact
    reporter = None
    past = [
        PastCase(
            service=service,
            matter="Long ago",
            opened_at=now - timedelta(days=40),
            channel=Channel.PHONE,
            language="en",
            reporter=reporter,
            steps=[PastClosing(now - timedelta(days=30), Outcome.FIXED, "Done.")],
        )
        for _ in range(3)
    ]
    (written,) = open_many(town, past)
    ids = tuple(case.pk for case in written)
    recorded = CasesRecorded(municipality_id=town.pk, case_ids=ids)
    follow([StoredEvent(now, recorded), StoredEvent(now, recorded)])
    assert received() == 4
    assert CaseFact.objects.get(case_id=ids[0]).minutes_to_close == 10 * 24 * 60
    # Undone: as an import does, with everything that hangs on the cases.
    follow([StoredEvent(now, CasesWithdrawn(municipality_id=town.pk, case_ids=()))])
    Case.objects.filter(id__in=ids).update(is_spam=True)  # for the figures the same as gone
    follow([StoredEvent(now, CasesWithdrawn(municipality_id=town.pk, case_ids=ids))])
    assert state_of(town) == before


@pytest.mark.django_db
def test_a_repeat_of_the_same_person_cancels_the_end_at_first_contact():
    town = make_town()
    service, other = make_service(town), make_service(town)
    agent = make_actor(town, Role.AGENT)

    def touch(service, days):
        case = make_case(town, service=service, email="ada@example.org", now=NOW + timedelta(days=days))
        operations.close_case(
            case_id=case.pk,
            outcome=Outcome.ANSWERED,
            message="There.",
            by=agent,
            now=NOW + timedelta(days=days),
            at_first_contact=True,
        )
        count(town.pk, [case.pk])
        return case.pk

    first, elsewhere, repeat, late = (
        touch(service, 0),
        touch(other, 1),
        touch(service, 14),
        touch(service, 29),
    )
    facts = CaseFact.objects.in_bulk()
    assert [facts[pk].is_first_contact for pk in (first, elsewhere, repeat, late)] == [
        False,
        True,
        True,
        True,
    ]
    assert [facts[pk].is_repeat for pk in (first, elsewhere, repeat, late)] == [False, False, True, False]
    Case.objects.filter(id=repeat).update(is_spam=True)
    count(town.pk, [repeat])
    assert CaseFact.objects.get(case_id=first).is_first_contact


@pytest.mark.django_db
def test_a_closing_without_a_date_counts_when_the_case_came_in_and_in_no_duration():
    town = make_town()
    case = make_case(town)
    operations.close_case(
        case_id=case.pk,
        outcome=Outcome.FIXED,
        message="Done.",
        by=make_actor(town, Role.AGENT),
        now=NOW + timedelta(days=60),
    )
    Case.objects.update(closing_is_dated=False)
    count(town.pk, [case.pk])
    total = Tally.objects.get(dimension="TOTAL", closed=1)
    assert (total.month, total.promised, bytes(total.closing)) == (NOVEMBER, 0, b"")


@pytest.mark.django_db
def test_a_merged_case_was_received_but_is_neither_open_nor_closed():
    town = make_town()
    service = make_service(town)
    one, other = make_case(town, service=service), make_case(town, service=service)
    operations.merge_case(case_id=one.pk, into_id=other.pk, by=make_actor(town, Role.AGENT), now=NOW)
    count(town.pk, [one.pk, other.pk])
    total = Tally.objects.get(dimension="TOTAL")
    assert (total.received, total.open, total.closed) == (2, 1, 0)


@pytest.mark.django_db
def test_a_service_that_becomes_confidential_is_counted_apart_soon_after():
    town = make_town()
    service = make_service(town)
    case = make_case(town, service=service)
    count(town.pk, [case.pk])
    assert follow_confidentiality(NOW) == "0 cases counted anew"
    service.is_confidential = True
    service.save()
    assert follow_confidentiality(NOW) == "1 cases counted anew"
    assert set(Tally.objects.filter(received=1).values_list("confidential_id", flat=True)) == {service.pk}
    assert follow_confidentiality(NOW) == "0 cases counted anew"


@pytest.mark.django_db(transaction=True)
def test_events_about_many_cases_are_taken_a_batch_at_a_time(monkeypatch):
    town = make_town()
    service = make_service(town)
    ids = [make_case(town, service=service).pk for _ in range(5)]
    OutboxRow.objects.all().delete()
    Event.objects.all().delete()
    events = [CasesRecorded(municipality_id=town.pk, case_ids=tuple(ids[n : n + 2])) for n in (0, 2, 3)]
    with transaction.atomic():
        publish_history([(event, NOW) for event in events])
    monkeypatch.setattr(projections, "FIRST", 4)
    monkeypatch.setattr(projections, "_paces", {})
    await_log()
    assert projections.run() == 2 * len(directory.projections)
    assert received() == 4
    catch_up()
    assert received() == 5


@pytest.mark.django_db
def test_rebuild_figures_names_a_town_it_does_not_know():
    with pytest.raises(Exception, match="There is no municipality nowhere"):
        call_command("rebuild_figures", municipality="nowhere")
    town = make_town()
    make_case(town)
    out = StringIO()
    call_command("rebuild_figures", municipality=town.slug, stdout=out)
    assert out.getvalue() == f"{town.slug}: 1 cases counted\n"
