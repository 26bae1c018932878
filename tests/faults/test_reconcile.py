"""What the kill rig makes of its ledgers."""

import pytest

from tests.faults.facts import CaseFacts, sha256
from tests.faults.kills.reconcile import (
    Findings,
    compare_notices,
    compare_repeats,
    compare_reports,
    count_faults,
    open_mails,
)

WORKER, OTHER = 11, 22


def mail(message_id: str, worker: int, recipient_at: float, **fields) -> dict:
    given = {"number": f"26-{message_id}", "recipient": "a@example.org", "sender": f"{worker}-1"} | fields
    return {"message_id": message_id, "worker": worker, "recipient_at": recipient_at} | given


def fault(moment: float, *workers: int, kind: str = "WORKER", **fields) -> dict:
    return {
        "kind": kind,
        "moment": moment,
        "workers": list(workers),
        "held": [],
        "web": False,
        "stage": "NONE",
    } | (fields)


def told(what: str, text: str, number: str = "", email: str = "a@example.org") -> dict:
    return {"what": what, "text": sha256(text), "number": number, "email": email, "reason": "status 403"}


def case(number: str, *bodies: str) -> CaseFacts:
    return CaseFacts(number, bodies, ())


def repeats(mails: list[dict], faults: list[dict]) -> tuple[int, int]:
    findings = Findings()
    compare_repeats(findings, mails, faults)
    return findings.repeats, findings.repeats_allowed


def test_repeats_when_nobody_was_killed_then_none_is_allowed() -> None:
    assert repeats([mail("m", WORKER, 1.0), mail("m", OTHER, 2.0)], []) == (1, 0)


def test_repeats_when_the_worker_was_killed_right_after_then_one_is_allowed() -> None:
    mails = [mail("m", WORKER, 1.0), mail("m", OTHER, 4.0)]
    assert repeats(mails, [fault(1.5, WORKER)]) == (0, 1)


def test_repeats_when_one_kill_is_followed_by_two_copies_more_then_one_is_too_many() -> None:
    mails = [mail("m", WORKER, 1.0), mail("m", OTHER, 4.0), mail("m", OTHER, 5.0)]
    assert repeats(mails, [fault(1.5, WORKER)]) == (1, 1)


def test_repeats_when_the_worker_had_gone_on_to_another_mail_before_its_death_then_none_is_allowed() -> None:
    mails = [mail("m", WORKER, 1.0), mail("n", WORKER, 1.2), mail("m", OTHER, 4.0)]
    assert repeats(mails, [fault(1.5, WORKER)]) == (1, 0)


def test_repeats_when_somebody_else_was_killed_then_none_is_allowed() -> None:
    mails = [mail("m", WORKER, 1.0), mail("m", WORKER, 4.0)]
    assert repeats(mails, [fault(1.5, OTHER)]) == (1, 0)


def test_open_mails_when_a_worker_with_two_senders_dies_then_the_last_of_each_is_excused() -> None:
    mails = [
        mail("before", WORKER, 1.0, sender="one"),
        mail("m", WORKER, 2.0, sender="one"),
        mail("n", WORKER, 1.5, sender="two"),
    ]
    assert open_mails(mails, [fault(2.5, WORKER)]) == ["m", "n"]


def test_repeats_when_a_stopped_worker_goes_on_after_it_had_asked_then_one_is_allowed() -> None:
    mails = [
        mail("m", OTHER, 4.0),
        mail("m", WORKER, 1.0),
    ]  # accepted late, but its recipient was named before
    assert repeats(mails, [fault(1.5, WORKER, kind="STOP")]) == (0, 1)


def test_repeats_when_a_stopped_worker_goes_on_without_asking_then_none_is_allowed() -> None:
    mails = [mail("m", OTHER, 4.0), mail("m", WORKER, 4.5)]
    assert repeats(mails, [fault(1.5, WORKER, kind="STOP")]) == (1, 0)


def test_repeats_when_each_copy_has_its_own_kill_then_all_are_allowed() -> None:
    mails = [mail("m", WORKER, 1.0), mail("m", OTHER, 4.0), mail("m", 33, 8.0)]
    assert repeats(mails, [fault(1.5, WORKER), fault(4.5, OTHER)]) == (0, 2)


def test_open_mails_when_a_worker_never_sent_anything_then_its_death_excuses_nothing() -> None:
    assert open_mails([mail("m", WORKER, 2.0)], [fault(1.5, WORKER), fault(1.6, OTHER)]) == []


@pytest.mark.parametrize(
    ("lines", "cases", "missing", "doubled"),
    [
        ([told("acknowledged", "a", "26-1")], [case("26-1", "a")], 0, 0),
        ([told("acknowledged", "a", "26-1")], [], 1, 0),
        ([told("acknowledged", "a", "26-1")], [case("26-1", "another text")], 1, 0),
        ([told("acknowledged", "a", "26-1")], [case("26-2", "a")], 1, 0),
        ([told("promised", "a")], [], 1, 0),
        ([told("promised", "a")], [case("26-1", "a")], 0, 0),
        ([told("acknowledged", "a", "26-1")], [case("26-1", "a"), case("26-2", "a")], 0, 1),
        ([], [case("26-1", "a")], 0, 0),
    ],
)
def test_reports_are_one_case_each_with_their_number_and_their_text(lines, cases, missing, doubled) -> None:
    findings = Findings()
    compare_reports(findings, lines, cases)
    assert (findings.missing, findings.doubled) == (missing, doubled)


def test_reports_when_the_same_form_was_given_two_numbers_then_one_is_missing() -> None:
    findings = Findings()
    lines = [told("acknowledged", "a", "26-1"), told("acknowledged", "a", "26-2")]
    compare_reports(findings, lines, [case("26-1", "a")])
    assert (findings.missing, findings.acknowledged) == (1, 1)


def test_reports_when_one_was_refused_then_that_is_counted() -> None:
    findings = Findings()
    compare_reports(findings, [told("refused", "a"), {"what": "absent", "text": ""}], [])
    assert (findings.refused, findings.absent_pages) == (1, 1)
    assert findings.broken == {"refused": 1, "absent_pages": 1}


@pytest.mark.parametrize(
    ("mails", "lost", "repeated"),
    [
        ([mail("m", WORKER, 1.0, number="26-1")], 0, 0),
        ([], 1, 0),
        ([mail("m", WORKER, 1.0, number="26-2")], 1, 0),
        ([mail("m", WORKER, 1.0, number="26-1", recipient="b@example.org")], 1, 0),
        ([mail("m", WORKER, 1.0, number="26-1"), mail("n", WORKER, 2.0, number="26-1")], 0, 1),
    ],
)
def test_notices_are_found_by_number_and_recipient_under_one_message_id(mails, lost, repeated) -> None:
    findings = Findings()
    lines = [told("acknowledged", "a", "26-1"), told("acknowledged", "anonymous", "26-9", email="")]
    compare_notices(findings, lines, mails)
    assert (findings.notices_due, findings.notices_lost, findings.repeats) == (1, lost, repeated)


def test_faults_count_as_hits_only_with_evidence() -> None:
    findings = Findings()
    faults = [
        fault(1.5, WORKER, kind="BOTH", web=True, held=[WORKER]),
        fault(5.0, kind="WEB", web=True),
        fault(1.6, OTHER, kind="WORKER"),
        fault(1.7, OTHER, kind="STOP", held=[OTHER]),
    ]
    attempts = [
        {"began": 1.0, "ended": 2.0, "outcome": "RemoteDisconnected"},
        {"began": 4.9, "ended": 5.1, "outcome": "ConnectionRefusedError"},
        {"began": 6.0, "ended": 6.1, "outcome": "303"},
        {"began": 7.0, "ended": 7.1, "outcome": "503"},
    ]
    count_faults(findings, faults, attempts)
    assert (findings.kills, findings.kills_with_request_in_flight, findings.kills_with_row_leased) == (
        3,
        1,
        1,
    )
    assert (findings.stops, findings.stops_with_row_leased, findings.requests_interrupted) == (1, 1, 1)
    assert (findings.server_errors, findings.broken) == (1, {})
