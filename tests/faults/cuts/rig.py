"""Cut the power at many moments of one recording and see what is left: tests/faults/power

    tests/faults/power [--cuts N] [--synchronous FULL|NORMAL] [--ack-before-commit] [--seed S] [--json FILE]

Exits 1 when an acknowledged case is missing, half there or the database damaged; 3 when apsw is missing.
"""

import argparse
import dataclasses
import json
import os
import pickle
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from script import needs
from tests.faults import facts
from tests.faults.cuts import interpreter
from tests.faults.cuts.record import Ack, Disk, Fate, Record

REPORTS = 150
RECORD_WITHIN = 300
SHORTLY_AFTER = 3


class UnableToRecord(Exception):
    """The recording did not come about; the message holds its last words."""


@dataclasses.dataclass
class Report:
    """What the cuts came to. `missing` counts each acknowledged case again at each cut that lost it."""

    synchronous: str
    seed: int
    ack_before_commit: bool
    cuts: int = 0
    entries: int = 0
    acknowledged: int = 0
    checked: int = 0
    missing: int = 0
    cuts_that_lost: int = 0
    half: int = 0
    doubled: int = 0
    strays: int = 0
    damaged: int = 0
    fates: dict[str, int] = dataclasses.field(default_factory=dict)
    first_violations: list[str] = dataclasses.field(default_factory=list)
    seconds: float = 0.0

    @property
    def is_clean(self) -> bool:
        """Nothing was lost, and what is left is whole."""
        return not (self.missing or self.half or self.doubled or self.strays or self.damaged)

    def complain(self, violation: str) -> None:
        """Keep the first few violations in words."""
        if len(self.first_violations) < 10:
            self.first_violations.append(violation)


def main() -> int:
    """Record, cut, check and report; returns the exit status."""
    arguments = parse()
    try:
        report = run(arguments.cuts, arguments.synchronous, arguments.seed, early=arguments.ack_before_commit)
    except needs.MissingProgram as missing:
        sys.stderr.write(f"{missing}\n")
        return 3
    except UnableToRecord as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    text = json.dumps(dataclasses.asdict(report) | {"clean": report.is_clean}, indent=2, ensure_ascii=False)
    sys.stdout.write(f"{text}\n")
    if arguments.json:
        arguments.json.write_text(f"{text}\n", encoding="utf-8")
    return 0 if report.is_clean else 1


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="tests/faults/power", description="Cut the power under SQLite and see what is left."
    )
    parser.add_argument("--cuts", type=int, default=200, help="how many times (%(default)s)")
    parser.add_argument("--synchronous", choices=["FULL", "NORMAL"], default="FULL")
    parser.add_argument(
        "--ack-before-commit",
        action="store_true",
        default=os.environ.get("FAILPOINT") == "ack-before-commit",
        help="acknowledge each case inside its transaction: the rig must notice",
    )
    parser.add_argument("--seed", type=int, default=1, help="chooses moments and fates (%(default)s)")
    parser.add_argument("--json", type=Path, help="write the report to this file too")
    return parser.parse_args()


def run(cuts: int, synchronous: str, seed: int, *, early: bool = False) -> Report:
    """Record once and cut `cuts` times. Raises MissingProgram and UnableToRecord."""
    began = time.monotonic()
    report = Report(synchronous, seed, early)
    with tempfile.TemporaryDirectory(prefix="moked-power-") as name:
        folder = Path(name)
        record = make_record(folder, synchronous, early=early)
        report.entries = len(record.entries)
        report.acknowledged = sum(isinstance(entry, Ack) for entry in record.entries)
        chance = random.Random(seed)
        disk = Disk(record)
        for position in moments(record, cuts, chance):
            disk.forward(position)
            examine(disk, chance, folder / "after", report)
    report.seconds = round(time.monotonic() - began, 1)
    return report


def make_record(folder: Path, synchronous: str, *, early: bool) -> Record:
    """Let another process open cases and return its record."""
    found = interpreter.find()
    given = found.environment().items()
    environment = {name: value for name, value in given if not name.startswith("MOKED_")}
    environment |= {
        "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
        "FAILPOINT": "",
        "RIG_SYNCHRONOUS": synchronous,
        "MOKED_DATA": str(folder),
        "MOKED_DATABASE_URL": f"sqlite:///{folder / 'moked.sqlite3'}",
        "MOKED_SECRET_KEY": "only-for-rigs-" + 40 * "k",
    }
    into = folder / "record"
    command = [found.program, "-m", "tests.faults.cuts.recording", "--reports", str(REPORTS)]
    command += ["--database", str(folder / "moked.sqlite3"), "--into", str(into)]
    done = subprocess.run(
        [*command, *(["--ack-before-commit"] if early else [])],
        check=False,
        cwd=interpreter.ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=RECORD_WITHIN,
    )
    if done.returncode != 0 or not into.exists():
        raise UnableToRecord(f"The recording failed ({done.returncode}):\n{done.stderr[-3000:]}")
    record: Record = pickle.loads(into.read_bytes())
    return record


def moments(record: Record, cuts: int, chance: random.Random) -> list[int]:
    """Choose positions in the record: half anywhere, half right after an acknowledgement."""
    after = [place + 1 for place, entry in enumerate(record.entries) if isinstance(entry, Ack)]
    last = len(record.entries)
    anywhere = [chance.randint(1, last) for _ in range(cuts - cuts // 2)]
    soon = [min(last, chance.choice(after) + chance.randint(0, SHORTLY_AFTER)) for _ in range(cuts // 2)]
    return sorted(anywhere + soon)


def examine(disk: Disk, chance: random.Random, folder: Path, report: Report) -> None:
    """Write the files as the cut left them, open them with SQLite as it is, compare with what was told."""
    fate = chance.choice(list(Fate))
    report.cuts += 1
    report.fates[fate] = report.fates.get(fate, 0) + 1
    folder.mkdir()
    path = folder / "moked.sqlite3"
    try:
        for part, content in disk.cut(fate, chance).items():
            Path(f"{path}{part}").write_bytes(content)
        compare(path, disk.acks, report)
    except sqlite3.DatabaseError as error:
        report.damaged += 1
        report.complain(f"cut {report.cuts}: {error}")
    finally:
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()


def compare(path: Path, acks: list[Ack], report: Report) -> None:
    """Let SQLite recover, write its WAL back, and count what is not as it was acknowledged."""
    url = f"sqlite:///{path}"
    with facts.connected(url) as connection:
        facts.rows(connection, "PRAGMA wal_checkpoint(TRUNCATE)")
        cases = facts.cases(connection)
        strays = facts.strays(connection)
    damage = facts.damage(url)
    kept = {(case.number, text) for case in cases for text in case.texts}
    missing = [ack for ack in acks if (ack.number, ack.text) not in kept]
    half = [case for case in cases if case.missing]
    texts = [text for case in cases for text in case.texts]
    report.checked += len(acks)
    report.missing += len(missing)
    report.cuts_that_lost += bool(missing)
    report.half += len(half)
    report.doubled += len(texts) - len(set(texts))
    report.strays += len(strays)
    report.damaged += bool(damage)
    complaints = [f"{ack.number} is missing" for ack in missing]
    complaints += [f"{case.number} lacks {', '.join(case.missing)}" for case in half]
    for complaint in [*complaints, *strays, *damage]:
        report.complain(f"cut {report.cuts}: {complaint}")


if __name__ == "__main__":
    sys.exit(main())
