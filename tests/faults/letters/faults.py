"""Kill each in turn at each step of its work, and start it again at once."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from tests.faults.kills.board import Stage
from tests.faults.kills.system import UnableToStart
from tests.faults.letters.system import MailSystem, Victim

LOOK_EVERY = 0.002
HAPPENS_WITHIN = 120
KEEPS_FOR = (0.0, 0.03)
BREATHING = (0.0, 0.5)


class Step(StrEnum):
    """Where in its work something dies.

    The reader signs in, asks for a mail, keeps it, marks it as read, waits for the next. The worker holds a
    row, is about to name a recipient, has had a mail accepted that it does not know of yet.
    """

    SIGN_IN = "SIGN_IN"
    FETCH = "FETCH"
    KEEP = "KEEP"
    MARK = "MARK"
    WAIT = "WAIT"
    HOLD = "HOLD"
    BEFORE_RECIPIENT = "BEFORE_RECIPIENT"
    ACCEPTED = "ACCEPTED"


SAID = {
    Step.SIGN_IN: b" LOGIN ",
    Step.FETCH: b"BODY.PEEK[]",
    Step.KEEP: b"BODY.PEEK[]",
    Step.MARK: rb"(\SEEN)",
    Step.WAIT: b" IDLE\r\n",
}
READING = tuple((victim, step) for step in SAID for victim in (Victim.READER, Victim.DOVECOT))
SENDING = (
    *((Victim.WORKER, step) for step in (Step.HOLD, Step.BEFORE_RECIPIENT, Step.ACCEPTED)),
    *((Victim.SINK, step) for step in (Step.HOLD, Step.BEFORE_RECIPIENT, Step.ACCEPTED)),
)
EACH = READING + SENDING


@dataclass
class Killer:
    """Kills one thing a round, so that after a while each has died at each step."""

    system: MailSystem
    chance: random.Random

    def plan(self, rounds: int) -> list[tuple[Victim, Step]]:
        """Return what is to die at which step in so many rounds: all, shuffled, again and again."""
        planned: list[tuple[Victim, Step]] = []
        while len(planned) < rounds:
            planned += self.chance.sample(EACH, len(EACH))
        return planned[:rounds]

    def round(self, victim: Victim, step: Step) -> None:
        """Kill it when it is there, and start it again. Raises UnableToStart."""
        time.sleep(self.chance.uniform(*BREATHING))
        self.system.look_after()
        moments: list[float] = []

        def strike() -> None:
            moments.append(self.system.kill(victim))

        if not (self._hear(step, strike) if step in SAID else self._see(step, strike)):
            raise UnableToStart(
                f"For {HAPPENS_WITHIN} seconds there was no {step} in which to kill {victim}."
            )
        self.system.conversations.want(Stage.NONE)
        worker = self.system.worker
        self.system.conversations.enter(worker, Stage.NONE)
        self.system.faults.write(
            victim=victim, step=step, moment=moments[0], workers=[worker] if victim == Victim.WORKER else []
        )
        self.system.restart(victim)

    def _hear(self, step: Step, strike: Callable[[], None]) -> bool:
        if step == Step.SIGN_IN:
            self.system.line.refuse()
            self.system.line.accept()
        if step == Step.WAIT:  # it waits once it has read all
            with self.system.residents.calm():
                return self.system.ear.wait(SAID[step], strike, HAPPENS_WITHIN)
        if step != Step.KEEP:
            return self.system.ear.wait(SAID[step], strike, HAPPENS_WITHIN)
        # While the mail is on its way, being written to disk, or being committed.
        struck = threading.Timer(self.chance.uniform(*KEEPS_FOR), strike)
        if not self.system.ear.wait(SAID[step], struck.start, HAPPENS_WITHIN):
            return False
        struck.join()
        return True

    def _see(self, step: Step, strike: Callable[[], None]) -> bool:
        stage = Stage.NONE if step == Step.HOLD else Stage[step]
        self.system.conversations.want(stage)
        until = time.monotonic() + HAPPENS_WITHIN
        while time.monotonic() < until:
            is_there = self.system.stage() == stage if stage else self.system.worker_holds_a_row()
            if is_there:
                strike()
                return True
            time.sleep(LOOK_EVERY)
        return False
