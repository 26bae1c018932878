"""Kill what takes part in mail, at each step of its work, while residents write: tests/faults/run --mail"""

import random
import time
from pathlib import Path

from tests.channels import certificates
from tests.channels.dovecot import dovecot
from tests.channels.line import line_to
from tests.faults.kills.system import database
from tests.faults.letters.faults import Killer
from tests.faults.letters.reconcile import reconcile
from tests.faults.letters.system import MailSystem
from tests.faults.report import Report, folder_for

FINISH_WITHIN = 600
LOST_AFTER = 180  # without a defence something is lost, and no waiting brings it back


def run(
    *, rounds: int, seed: int, database_name: str, failpoint: str = "", keep: Path | None = None
) -> Report:
    """Run the rig once. Raises MissingProgram and UnableToStart."""
    began = time.monotonic()
    _, certificate, key = certificates.make()
    with (
        folder_for(keep) as folder,
        database(database_name, folder) as url,
        dovecot(certificate, key, "http://127.0.0.1:9") as server,
        line_to(server.port) as line,
    ):
        system = MailSystem(folder, url, server, line, seed=seed, failpoint=failpoint)
        try:
            system.start()
            killer = Killer(system, random.Random(seed))
            first = time.monotonic()
            for victim, step in killer.plan(rounds):
                killer.round(victim, step)
            seconds_of_faults = time.monotonic() - first
            left = system.finish(LOST_AFTER if failpoint else FINISH_WITHIN)
        finally:
            system.stop()
        findings = reconcile(url, folder, left=left)
    seconds = round(time.monotonic() - began, 1)
    return Report(database_name, seed, rounds, failpoint, findings, seconds, round(seconds_of_faults, 1))
