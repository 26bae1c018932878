"""Compare what the clients were told, what the mail server took and what the database holds."""

import dataclasses
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tests.faults import facts, ledger
from tests.faults.kills.faults import Kind

Line = dict[str, Any]

IN_WORDS = 20
NOT_SENT = "SELECT COUNT(*) FROM notices_notice WHERE state <> 'SENT'"
NEVER_REACHED = ("ConnectionRefusedError",)

# A worker dies, and the mail server notes whom it named, a little after the moment a fault was noted.
LAG = 0.3


class Complaints:
    """What a rig found: numbers that must be 0, those from FIRST_HARMLESS on, first violations in words."""

    FIRST_HARMLESS = ""
    violations: list[str]

    @property
    def broken(self) -> dict[str, int]:
        """The numbers that are not 0 and must be."""
        names = [field.name for field in dataclasses.fields(self)]  # type: ignore[arg-type]
        counts = {name: getattr(self, name) for name in names[: names.index(self.FIRST_HARMLESS)]}
        return {name: count for name, count in counts.items() if count}

    def complain(self, violations: Iterable[str]) -> int:
        """Keep the violations in words, the first ones only; return how many there are."""
        found = list(violations)
        self.violations += found[: max(0, IN_WORDS - len(self.violations))]
        return len(found)


@dataclasses.dataclass
class Findings(Complaints):
    """What is wrong, each as a number that must be 0, and what happened, for the report."""

    # Must be 0.
    missing: int = 0
    doubled: int = 0
    notices_lost: int = 0
    repeats: int = 0
    half: int = 0
    strays: int = 0
    damaged: int = 0
    dead: int = 0
    unsent: int = 0
    open_rows: int = 0
    uncounted: int = 0
    unanswered: int = 0
    refused: int = 0
    absent_pages: int = 0
    # Happened.
    acknowledged: int = 0
    cases: int = 0
    notices_due: int = 0
    mails: int = 0
    repeats_allowed: int = 0
    requests_interrupted: int = 0
    server_errors: int = 0
    kills: int = 0
    stops: int = 0
    kills_with_request_in_flight: int = 0
    kills_with_row_leased: int = 0
    stops_with_row_leased: int = 0
    kinds: dict[str, int] = dataclasses.field(default_factory=dict)
    stages: dict[str, int] = dataclasses.field(default_factory=dict)
    violations: list[str] = dataclasses.field(default_factory=list)

    FIRST_HARMLESS = "acknowledged"


def reconcile(url: str, folder: Path, *, left: dict[str, int]) -> Findings:
    """Read ledgers and database after everything has stopped, and say what does not fit."""
    findings = Findings(**left)
    reports = ledger.read(folder / "reports")
    mails = ledger.read(folder / "mails")
    faults = ledger.read(folder / "faults")
    with facts.connected(url) as connection:
        cases = facts.cases(connection)
        states = facts.outbox_states(connection)
        findings.strays = findings.complain(facts.strays(connection))
        findings.uncounted = abs(facts.uncounted(connection))
        findings.unsent = facts.rows(connection, NOT_SENT)[0][0]
    findings.damaged = findings.complain(facts.damage(url))
    findings.dead = states.get("DEAD", 0)
    findings.half = findings.complain(f"{c.number} lacks {', '.join(c.missing)}" for c in cases if c.missing)
    findings.cases, findings.mails = len(cases), len(mails)
    compare_reports(findings, reports, cases)
    compare_notices(findings, reports, mails)
    compare_repeats(findings, mails, faults)
    count_faults(findings, faults, ledger.read(folder / "attempts"))
    return findings


def compare_reports(findings: Findings, reports: Sequence[Line], cases: Sequence[facts.CaseFacts]) -> None:
    """Each report that was promised or acknowledged is one case, with the number shown and the same text."""
    numbers_of_text: dict[str, list[str]] = {}
    for case in cases:
        for text in case.texts:
            numbers_of_text.setdefault(text, []).append(case.number)
    told: dict[str, set[str]] = {}
    for line in reports:
        if line["what"] == "promised":
            told.setdefault(line["text"], set())
        if line["what"] == "acknowledged":
            told.setdefault(line["text"], set()).add(line["number"])
    lost = [
        f"report {text[:12]} was told {sorted(numbers) or 'yes'} and is {numbers_of_text.get(text, [])}"
        for text, numbers in told.items()
        if not numbers_of_text.get(text) or not numbers <= set(numbers_of_text[text])
    ]
    doubled = [
        f"{' and '.join(numbers)} are one report" for numbers in numbers_of_text.values() if numbers[1:]
    ]
    findings.missing = findings.complain(lost)
    findings.doubled = findings.complain(doubled)
    findings.acknowledged = len({line["text"] for line in reports if line["what"] == "acknowledged"})
    findings.refused = findings.complain(
        f"report {line['text'][:12]} was refused: {line['reason']}"
        for line in reports
        if line["what"] == "refused"
    )
    findings.absent_pages = sum(line["what"] == "absent" for line in reports)


def compare_notices(findings: Findings, reports: Sequence[Line], mails: Sequence[Line]) -> None:
    """Each acknowledged report with an address has its mail, by number and recipient; one Message-ID each."""
    due = {
        (line["number"], line["email"])
        for line in reports
        if line["what"] == "acknowledged" and line["email"]
    }
    ids: dict[tuple[str, str], set[str]] = {}
    for mail in mails:
        ids.setdefault((mail["number"], mail["recipient"]), set()).add(mail["message_id"])
    findings.notices_due = len(due)
    findings.notices_lost = findings.complain(
        f"{number} was never mailed" for number, _ in sorted(due - set(ids))
    )
    findings.repeats += findings.complain(
        f"{number} was mailed under {len(of_notice)} Message-IDs"
        for (number, _), of_notice in ids.items()
        if len(of_notice) > 1
    )


def compare_repeats(findings: Findings, mails: Sequence[Line], faults: Sequence[Line]) -> None:
    """Count copies of a mail that a fault explains, and those that none does."""
    copies = Counter(mail["message_id"] for mail in mails)
    excuses = Counter(open_mails(mails, faults))
    for message_id, times in copies.items():
        allowed = min(times - 1, excuses[message_id])
        findings.repeats_allowed += allowed
        findings.repeats += findings.complain(
            f"{message_id} was accepted {times} times and a fault explains {excuses[message_id]} repeats"
            for _ in range(times - 1 - allowed)
        )


def open_mails(mails: Sequence[Line], faults: Sequence[Line]) -> list[str]:
    """Return for each sender of a worker killed or stopped the one mail that it may have left half done.

    A sender hands over one mail after the other, and asks whether the row is still its after the recipient
    was named. So the only mail that can be in the window between accepted and settled is the last one whose
    recipient it named before the fault, and it may come once more: sent by whoever takes the row over, or by
    the stopped worker when it goes on.
    """
    mails_of: dict[int, dict[str, list[Line]]] = {}
    for mail in sorted(mails, key=lambda mail: mail["recipient_at"]):
        mails_of.setdefault(mail["worker"], {}).setdefault(mail["sender"], []).append(mail)
    found = []
    for fault in faults:
        latest = fault["moment"] + LAG
        for worker in fault["workers"]:
            for mails_of_sender in mails_of.get(worker, {}).values():
                before = [mail for mail in mails_of_sender if mail["recipient_at"] <= latest]
                found += [mail["message_id"] for mail in before[-1:]]
    return found


def count_faults(findings: Findings, faults: Sequence[Line], attempts: Sequence[Line]) -> None:
    """Count faults, and how many of them hit something, by the clients' and the database's own evidence."""
    kills = [fault for fault in faults if fault["kind"] != Kind.STOP]
    stops = [fault for fault in faults if fault["kind"] == Kind.STOP]
    reached = [attempt for attempt in attempts if attempt["outcome"] not in NEVER_REACHED]
    findings.kinds = dict(Counter(fault["kind"] for fault in faults))
    findings.stages = dict(Counter(fault["stage"] for fault in faults if fault["workers"]))
    findings.kills, findings.stops = len(kills), len(stops)
    findings.requests_interrupted = sum(not attempt["outcome"].isdigit() for attempt in reached)
    findings.server_errors = sum(attempt["outcome"].startswith("5") for attempt in reached)
    findings.kills_with_request_in_flight = sum(
        any(attempt["began"] < fault["moment"] < attempt["ended"] for attempt in reached)
        for fault in kills
        if fault["web"]
    )
    findings.kills_with_row_leased = sum(bool(fault["held"]) for fault in kills)
    findings.stops_with_row_leased = sum(bool(fault["held"]) for fault in stops)
