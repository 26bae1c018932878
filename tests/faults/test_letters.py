"""The mail rig on both databases, and that it would notice a defence that is gone."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from moked.channels.base import receiving
from moked.channels.base.receiving import Incoming
from moked.channels.email.receiving import MAIL
from tests.factories import make_town
from tests.faults.facts import sha256
from tests.faults.letters import rig
from tests.faults.letters.faults import EACH
from tests.faults.letters.reconcile import (
    Findings,
    compare_letters,
    compare_messages,
    compare_notices,
    compare_repeats,
)
from tests.faults.sabotage import FAILPOINTS_OF_MAIL, mailbox
from tests.intake.letters import make_mailbox

UnlessMissing = Callable[[], AbstractContextManager[None]]

SHORT = {"sqlite": 8, "postgresql": 4}
LONG = 100
FAILPOINT_ROUNDS = 32
FIRST_TO_SHOW = {
    "pass-by-before-keeping": "missing",
    "forget-what-was-kept": "doubled",
    "mark-sent-before-send": "notices_lost",
}


@pytest.mark.fault
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_letters_when_whatever_takes_part_dies_then_none_is_lost_or_doubled(
    database: str, long: bool, unless_missing: UnlessMissing
) -> None:
    with unless_missing():
        report = rig.run(rounds=LONG if long else SHORT[database], seed=1, database_name=database)
    findings = report.findings
    assert (findings.broken, findings.violations) == ({}, [])
    assert findings.kills == report.rounds
    assert findings.letters == findings.cases > 0
    assert findings.mails >= findings.letters
    if long:
        assert findings.answers > 0
        assert len(findings.steps) == len(EACH)


@pytest.mark.fault
@pytest.mark.parametrize("failpoint", FAILPOINTS_OF_MAIL)
def test_letters_when_a_defence_is_gone_then_the_rig_sees_it(
    failpoint: str, long: bool, unless_missing: UnlessMissing
) -> None:
    if not long:
        pytest.skip("only at full length: script/test --faults-long")
    with unless_missing():
        report = rig.run(rounds=FAILPOINT_ROUNDS, seed=1, database_name="sqlite", failpoint=failpoint)
    assert FIRST_TO_SHOW[failpoint] in report.findings.broken


@pytest.mark.django_db(transaction=True)
def test_forget_what_was_kept_when_a_mail_is_given_again_then_it_is_kept_twice(monkeypatch):
    monkeypatch.setattr(receiving, "keep_message", receiving.keep_message)  # and put it back
    account, given = make_mailbox(make_town()), Incoming(b"From: a@example.org\n\nHello", MAIL, "one", list)
    kept = [receiving.receive(account, given).is_new for _ in range(2)]
    mailbox.recognise_nothing()
    kept += [receiving.receive(account, given).is_new for _ in range(2)]
    assert kept == [True, False, True, True]


def written(name: str, *, answers: str = "") -> dict:
    return {
        "message_id": name,
        "raw": sha256(name),
        "text": sha256(f"words of {name}"),
        "sender": f"{name}@example.org",
        "number": answers,
    }


def stands(name: str, number: str) -> tuple[str, str]:
    return number, sha256(f"words of {name}")


def message(name: str, state: str = "TAKEN", outcome: str = "CONTACT") -> tuple[str, ...]:
    return name, sha256(name), state, outcome, ""


@pytest.mark.parametrize(
    ("letters", "words", "broken"),
    [
        ([written("a")], [stands("a", "1")], {}),
        ([written("a"), written("b", answers="1")], [stands("a", "1"), stands("b", "1")], {}),
        ([written("a")], [], {"missing": 1}),
        ([written("a")], [stands("a", "1"), stands("a", "2")], {"doubled": 1}),
        ([written("a")], [stands("a", "1"), stands("a", "1")], {"doubled": 1}),
        (
            [written("a"), written("b", answers="1")],
            [stands("a", "1"), stands("b", "2")],
            {"astray": 2},  # the answer, and the case it opened
        ),
        ([written("a")], [stands("a", "1"), stands("c", "2")], {"astray": 1}),
    ],
)
def test_letters_stand_once_on_the_case_they_belong_to(letters, words, broken) -> None:
    findings = Findings()
    compare_letters(findings, letters, words)
    assert findings.broken == broken


@pytest.mark.parametrize(
    ("messages", "files", "broken"),
    [
        ([message("a")], {sha256("a")}, {}),
        ([], set(), {"missing": 1}),
        ([message("a"), message("a")], {sha256("a")}, {"doubled": 1}),
        ([message("a")], set(), {"files_lost": 1}),
        ([message("a", "STORED", "")], {sha256("a")}, {"set_aside": 1}),
        ([message("a", "TAKEN", "IGNORED_BY_RULE")], {sha256("a")}, {"set_aside": 1}),
    ],
)
def test_letters_are_kept_once_taken_and_whole(messages, files, broken) -> None:
    findings = Findings()
    compare_messages(findings, [written("a")], messages, files)
    assert findings.broken == broken


def test_letters_are_acknowledged_under_one_message_id_and_answers_are_not_asked_for() -> None:
    findings = Findings()
    letters = [written("a"), written("b"), written("c", answers="1")]
    mails = [{"recipient": "a@example.org", "message_id": name} for name in ("m", "m", "n")]
    compare_notices(findings, letters, mails)
    assert findings.broken == {"notices_lost": 1, "repeats": 1}


@pytest.mark.parametrize(
    ("victim", "moment", "repeats"),
    [("SINK", 2.5, 0), ("SINK", 1.5, 1), ("SINK", 3.5, 1), ("READER", 2.5, 1)],
)
def test_repeats_are_excused_by_the_death_of_the_server_that_took_the_mail_last(
    victim, moment, repeats
) -> None:
    findings = Findings()
    mails = [
        {"message_id": name, "at": at, "worker": 11, "sender": "11-1", "recipient_at": at}
        for name, at in (("l", 1.0), ("m", 2.0), ("n", 3.0), ("m", 4.0))
    ]
    compare_repeats(findings, mails, [{"victim": victim, "moment": moment, "workers": []}])
    assert (findings.repeats, findings.repeats_allowed) == (repeats, 1 - repeats)
