"""What holds only because the database makes others wait: tried with real connections side by side."""

import sqlite3
import threading
from collections.abc import Callable
from functools import partial

import pytest
from django.db import connection, connections, transaction

from moked.accounts.models import Membership, TeamMember
from moked.accounts.operations import set_members, take_role
from moked.accounts.rules import Role, Sharing, external_body, system
from moked.cases import operations as cases
from moked.cases.models import Case, Change, Counter
from moked.handovers.models import BodyMail, ExternalBody, HandOver, Statement
from moked.handovers.operations import answer, hand_over
from moked.municipalities.models import Municipality
from moked.surveys.models import Survey
from tests.factories import (
    NOW,
    make_actor,
    make_body,
    make_case,
    make_service,
    make_staff,
    make_team,
    make_town,
)

pytestmark = pytest.mark.django_db(transaction=True)


def side_by_side(*jobs: Callable[[], object]) -> list[BaseException]:
    """Run jobs at the same moment, each on a connection of its own; return what they raised."""
    start = threading.Barrier(len(jobs))
    raised: list[BaseException] = []

    def run(job: Callable[[], object]) -> None:
        try:
            start.wait()
            job()
        except BaseException as error:  # noqa: BLE001 - the test judges what came of it
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_a_transaction_is_a_writer_from_its_first_moment() -> None:
    """IMMEDIATE: one that first reads and then writes can never find that somebody wrote in between."""
    make_town()
    other = sqlite3.connect(connections["default"].settings_dict["NAME"], timeout=0, isolation_level=None)
    try:
        with transaction.atomic():
            Municipality.objects.count()
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("BEGIN IMMEDIATE")
        other.execute("BEGIN IMMEDIATE")
        other.execute("ROLLBACK")
    finally:
        other.close()


def test_cases_that_come_to_a_team_at_once_go_round_in_turn() -> None:
    town = make_town()
    people = [make_staff(town, Role.AGENT) for _ in range(3)]
    team = make_team(town, *people, sharing=Sharing.IN_TURN)
    service = make_service(town)
    found = [make_case(town, service=service) for _ in range(9)]

    def give(case: Case) -> None:
        cases.assign(
            case_id=case.pk,
            department_id=case.department_id,
            team_id=team.pk,
            assignee_id=None,
            by=system(town.pk),
            now=NOW,
        )

    assert side_by_side(*(partial(give, case) for case in found)) == []
    given = Change.objects.filter(kind="ASSIGNEE").order_by("id").values_list("after", flat=True)
    assert list(given) == [str(one.pk) for one in people] * 3


def test_who_loses_a_role_while_joining_a_team_is_not_left_in_it() -> None:
    town = make_town()
    administrator = make_actor(town, Role.ADMINISTRATOR)
    agent = make_staff(town, Role.AGENT)
    held = Membership.objects.get(user=agent)
    team = make_team(town)
    doing = {"by": administrator, "now": NOW}
    side_by_side(
        partial(set_members, team_id=team.pk, user_ids=[agent.pk], **doing),
        partial(take_role, user_id=agent.pk, membership_id=held.pk, **doing),
    )
    assert not Membership.objects.filter(user=agent).exists()
    assert not TeamMember.objects.exists()


def test_every_connection_waits_for_the_disk() -> None:
    """FULL: what was committed is on the disk, for the web's threads and for the worker's."""
    found: list[tuple[object, ...]] = []

    def look() -> None:
        with connection.cursor() as cursor:
            asked = ("synchronous", "journal_mode")
            found.append(tuple(cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in asked))

    assert side_by_side(look, look) == []
    assert found == [(2, "wal")] * 2


def test_two_people_who_close_a_case_at_once_close_it_once() -> None:
    town = make_town()
    case = make_case(town, email="ann@example.org")

    def close() -> None:
        cases.close_case(case_id=case.pk, outcome="FIXED", message="Done.", by=system(town.pk), now=NOW)

    raised = side_by_side(close, close, close)
    assert [type(error) for error in raised] == [cases.UnableToChangeCase] * 2
    case.refresh_from_db()
    assert (case.closings, Survey.objects.count(), Change.objects.filter(kind="CLOSED").count()) == (1, 1, 1)


def test_reports_at_once_get_numbers_of_their_own() -> None:
    town = make_town()
    service = make_service(town)
    assert side_by_side(*[lambda: [make_case(town, service=service) for _ in range(5)]] * 4) == []
    numbers = list(Case.objects.values_list("number", flat=True))
    assert len(set(numbers)) == 20
    assert Counter.objects.get().last == 20


def test_of_two_people_who_answer_by_the_link_of_a_hand_over_one_is_heard() -> None:
    town = make_town()
    handed = hand_over(
        case_id=make_case(town).pk, body_id=make_body(town).pk, message="", by=system(town.pk), now=NOW
    )

    def say(kind: str) -> Callable[[], object]:
        return lambda: answer(
            hand_over_id=handed.pk,
            kind=kind,
            words="Some words.",
            photos=(),
            by=external_body(town.pk),
            now=NOW,
        )

    raised = side_by_side(*map(say, ("DONE", "NOT_OURS", "DONE", "NOT_OURS")))
    assert [str(error) for error in raised] == ["ALREADY_ANSWERED"] * 3
    said = Statement.objects.get()
    handed.refresh_from_db()
    assert (handed.state, Case.objects.get().state) == (said.kind, "IN_PROGRESS")


def test_a_case_that_two_colleagues_hand_over_at_once_goes_to_one_body() -> None:
    town = make_town()
    case, bodies = make_case(town), [make_body(town), make_body(town)]

    def give(body: ExternalBody) -> Callable[[], object]:
        return lambda: hand_over(case_id=case.pk, body_id=body.pk, message="", by=system(town.pk), now=NOW)

    raised = side_by_side(*map(give, bodies))
    assert [str(error) for error in raised] == ["HANDED_OVER_ALREADY"]
    assert HandOver.objects.count() == BodyMail.objects.count() == 1
