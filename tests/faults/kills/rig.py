"""Kill and stop processes under load, then compare three ledgers: tests/faults/run

    tests/faults/run [--rounds N] [--seed S] [--database sqlite|postgresql] [--json FILE] [--keep FOLDER]
    tests/faults/run --mail [--rounds N] [--database …] …
    tests/faults/run [--mail] --failpoints [--rounds N] [--database …]

With --mail it is the mailbox's server, its reader, the worker and the server that sends on that die, each at
each step of its work. FAILPOINT=NAME takes a defence away; --failpoints does so with each, one after the
other, and says whether the rig saw it. Exits 1 on a violation (with --failpoints:
when one was not seen), 2 when the system could not be brought up, 3 when a program is missing.
"""

import argparse
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from script import needs
from script.postgres import leave
from tests.faults.kills.faults import Breaker
from tests.faults.kills.reconcile import reconcile
from tests.faults.kills.system import System, UnableToStart, database
from tests.faults.letters import rig as letters
from tests.faults.report import Report, folder_for
from tests.faults.sabotage import FAILPOINTS, FAILPOINTS_OF_MAIL

FINISH_WITHIN = 180
FAILPOINT_ROUNDS = 40


def main() -> int:
    """Run what the command line asks for; returns the exit status."""
    arguments = parse()
    signal.signal(signal.SIGTERM, leave)
    try:
        if arguments.failpoints:
            return show_failpoints(arguments)
        rig = letters.run if arguments.mail else run
        report = rig(
            rounds=arguments.rounds or (100 if arguments.mail else 200),
            seed=arguments.seed,
            database_name=arguments.database,
            failpoint=os.environ.get("FAILPOINT", ""),
            keep=arguments.keep,
        )
    except needs.MissingProgram as missing:
        sys.stderr.write(f"{missing}\n")
        return 3
    except UnableToStart as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    except KeyboardInterrupt:
        return 130
    text = json.dumps(report.as_document(), indent=2, ensure_ascii=False)
    sys.stdout.write(f"{text}\n")
    if arguments.json:
        arguments.json.write_text(f"{text}\n", encoding="utf-8")
    return 0 if report.is_clean else 1


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="tests/faults/run", description="Kill and stop processes under load, then compare the ledgers."
    )
    parser.add_argument(
        "--rounds", type=int, help="how many faults (200, with --mail 100; 40 for each failpoint)"
    )
    parser.add_argument("--mail", action="store_true", help="kill what takes part in mail")
    parser.add_argument("--seed", type=int, default=1, help="chooses the faults (%(default)s)")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--json", type=Path, help="write the report to this file too")
    parser.add_argument(
        "--keep", type=Path, help="keep ledgers, logs and an SQLite database in this new folder"
    )
    parser.add_argument("--failpoints", action="store_true", help="show that each failpoint is seen")
    return parser.parse_args()


def run(
    *, rounds: int, seed: int, database_name: str, failpoint: str = "", keep: Path | None = None
) -> Report:
    """Run the rig once. Raises MissingProgram and UnableToStart."""
    began = time.monotonic()
    with folder_for(keep) as folder, database(database_name, folder) as url:
        system = System(folder, url, seed=seed, failpoint=failpoint)
        try:
            system.start()
            breaker = Breaker(system, random.Random(seed))
            first = time.monotonic()
            for _ in range(rounds):
                breaker.round()
            seconds_of_faults = time.monotonic() - first
            breaker.end()
            left = system.finish(FINISH_WITHIN)
        finally:
            system.stop()
        findings = reconcile(url, folder, left=left)
    seconds = round(time.monotonic() - began, 1)
    return Report(database_name, seed, rounds, failpoint, findings, seconds, round(seconds_of_faults, 1))


def show_failpoints(arguments: argparse.Namespace) -> int:
    """Run once without each defence and print what the rig saw; returns 1 when it missed one."""
    missed = 0
    rig, failpoints = (letters.run, FAILPOINTS_OF_MAIL) if arguments.mail else (run, FAILPOINTS)
    for failpoint in failpoints:
        report = rig(
            rounds=arguments.rounds or FAILPOINT_ROUNDS,
            seed=arguments.seed,
            database_name=arguments.database,
            failpoint=failpoint,
        )
        missed += report.is_clean
        seen = ", ".join(f"{name} {count}" for name, count in report.findings.broken.items())
        sys.stdout.write(f"{failpoint}: {f'seen ({seen})' if seen else 'NOT SEEN'}, {report.seconds} s\n")
        sys.stdout.flush()
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
