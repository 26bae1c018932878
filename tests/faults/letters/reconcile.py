"""Compare what residents wrote, what the mail server sent on and what the database and its files hold."""

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.faults import facts, ledger
from tests.faults.kills.reconcile import NOT_SENT, Complaints, open_mails

Line = dict[str, Any]

MESSAGES = "SELECT provider_id, sha256, state, outcome, reason FROM channels_inboundmessage"
WORDS = (
    "SELECT k.number, c.body, c.is_automatic FROM cases_contact c JOIN cases_case k ON k.id = c.case_id"
    " WHERE c.direction = 'IN'"
)


@dataclasses.dataclass
class Findings(Complaints):
    """What is wrong, each as a number that must be 0, and what happened, for the report."""

    # Must be 0.
    missing: int = 0
    doubled: int = 0
    astray: int = 0
    files_lost: int = 0
    set_aside: int = 0
    unread: int = 0
    notices_lost: int = 0
    repeats: int = 0
    half: int = 0
    strays: int = 0
    damaged: int = 0
    dead: int = 0
    unsent: int = 0
    open_rows: int = 0
    uncounted: int = 0
    # Happened.
    letters: int = 0
    answers: int = 0
    cases: int = 0
    mails: int = 0
    repeats_allowed: int = 0
    kills: int = 0
    steps: dict[str, int] = dataclasses.field(default_factory=dict)
    violations: list[str] = dataclasses.field(default_factory=list)

    FIRST_HARMLESS = "letters"


def reconcile(url: str, folder: Path, *, left: dict[str, int]) -> Findings:
    """Read ledgers, database and files after everything has stopped, and say what does not fit."""
    findings = Findings(**left)
    letters, mails, faults = (ledger.read(folder / name) for name in ("letters", "mails", "faults"))
    with facts.connected(url) as connection:
        messages = facts.rows(connection, MESSAGES)
        words = [(number, facts.sha256(body)) for number, body, _ in facts.rows(connection, WORDS)]
        cases = facts.cases(connection)
        states = facts.outbox_states(connection)
        findings.strays = findings.complain(facts.strays(connection))
        findings.uncounted = abs(facts.uncounted(connection))
        findings.unsent = facts.rows(connection, NOT_SENT)[0][0]
    findings.damaged = findings.complain(facts.damage(url))
    findings.dead = states.get("DEAD", 0)
    findings.half = findings.complain(f"{c.number} lacks {', '.join(c.missing)}" for c in cases if c.missing)
    findings.cases, findings.mails, findings.kills = len(cases), len(mails), len(faults)
    findings.steps = dict(Counter(f"{fault['victim']} {fault['step']}" for fault in faults))
    compare_letters(findings, letters, words)
    compare_messages(findings, letters, messages, digests_in(folder / "files"))
    compare_notices(findings, letters, mails)
    compare_repeats(findings, mails, faults)
    return findings


def compare_letters(findings: Findings, letters: Sequence[Line], words: Sequence[tuple[str, str]]) -> None:
    """Each letter stands on one case once: an answer on the one it answers, any other on one of its own."""
    numbers: dict[str, list[str]] = {}
    for number, text in words:
        numbers.setdefault(text, []).append(number)
    first_of = Counter(number for number, _ in words)
    findings.missing = findings.complain(
        f"{one['message_id']} stands nowhere" for one in letters if not numbers.get(one["text"])
    )
    findings.doubled = findings.complain(
        f"{one['message_id']} stands on {' and '.join(numbers[one['text']])}"
        for one in letters
        if len(numbers.get(one["text"], [])) > 1
    )
    opened = {number for one in letters if not one["number"] for number in numbers.get(one["text"], [])}
    findings.astray = findings.complain(
        f"{one['message_id']} answers {one['number']} and stands on {numbers[one['text']]}"
        for one in letters
        if one["number"] and numbers.get(one["text"], [one["number"]]) != [one["number"]]
    ) + findings.complain(f"{number} was opened by an answer" for number in sorted(set(first_of) - opened))
    findings.letters = sum(not one["number"] for one in letters)
    findings.answers = sum(bool(one["number"]) for one in letters)


def compare_messages(
    findings: Findings, letters: Sequence[Line], messages: Sequence[tuple[str, ...]], files: set[str]
) -> None:
    """Each letter is kept once, taken, and whole on the disk."""
    kept = Counter(digest for _, digest, *_ in messages)
    findings.missing += findings.complain(
        f"{one['message_id']} was not kept" for one in letters if not kept[one["raw"]]
    )
    findings.doubled += findings.complain(
        f"{one['message_id']} is kept {kept[one['raw']]} times" for one in letters if kept[one["raw"]] > 1
    )
    findings.set_aside = findings.complain(
        f"{name} is {state}: {outcome} {reason}"
        for name, _, state, outcome, reason in messages
        if (state, outcome) != ("TAKEN", "CONTACT")
    )
    findings.files_lost = findings.complain(
        f"{name} is not in any file" for name, digest, *_ in messages if digest not in files
    )


def digests_in(folder: Path) -> set[str]:
    """Return the SHA-256 of each file that is kept."""
    return {hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}


def compare_notices(findings: Findings, letters: Sequence[Line], mails: Sequence[Line]) -> None:
    """Whoever wrote first was told the number, under one Message-ID; answers are not acknowledged."""
    told: dict[str, set[str]] = {}
    for mail in mails:
        told.setdefault(mail["recipient"], set()).add(mail["message_id"])
    due = {one["sender"] for one in letters if not one["number"]}
    findings.notices_lost = findings.complain(
        f"{sender} was never told" for sender in sorted(due - set(told))
    )
    findings.repeats += findings.complain(
        f"{sender} was told under {len(ids)} Message-IDs" for sender, ids in told.items() if len(ids) > 1
    )


def compare_repeats(findings: Findings, mails: Sequence[Line], faults: Sequence[Line]) -> None:
    """Count copies of a mail that a fault explains, and those that none does.

    A worker that died may have left one mail half done. A mail server that died may have taken one, its last,
    without saying so.
    """
    excuses = Counter(open_mails(mails, faults))
    for fault in faults:
        if fault["victim"] == "SINK":
            before = [mail for mail in mails if mail["at"] <= fault["moment"]]
            excuses.update(mail["message_id"] for mail in before[-1:])
    for message_id, times in Counter(mail["message_id"] for mail in mails).items():
        allowed = min(times - 1, excuses[message_id])
        findings.repeats_allowed += allowed
        findings.repeats += findings.complain(
            f"{message_id} was accepted {times} times and a fault explains {excuses[message_id]} repeats"
            for _ in range(times - 1 - allowed)
        )
