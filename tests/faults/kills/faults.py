"""Choose what breaks next, wait for the moment when it hurts most, and break it."""

import dataclasses
import random
import signal
import time
from enum import StrEnum
from typing import TypeVar

from tests.faults.kills.board import Stage
from tests.faults.kills.system import LEASE_SECONDS, System, UnableToStart

Choice = TypeVar("Choice")

LOOK_EVERY = 0.002
CHANGE_MIND_AFTER = 0.3
GIVE_UP_AFTER = 120
BREATHING = (0.0, 0.2)
WEB_WORKS_FOR = (0.0, 0.8)
JITTER = (0.0, 0.005)
STOPPED_AT_MOST = LEASE_SECONDS + 6.0
SPARING_SHARE = 0.7
STOPPED_AFTER_LOSS = (0.1, 0.6)
TRIES_TO_STOP = 50


class Kind(StrEnum):
    """What can happen in a round."""

    WEB = "WEB"
    WORKER = "WORKER"
    BOTH = "BOTH"
    ALL = "ALL"
    STOP = "STOP"


WEIGHTS = {Kind.WEB: 32, Kind.WORKER: 28, Kind.BOTH: 20, Kind.ALL: 5, Kind.STOP: 15}
# Where in its conversation a worker is to be hit; NONE is anywhere while it holds a lease.
STAGES = {Stage.NONE: 40, Stage.BEFORE_RECIPIENT: 30, Stage.ACCEPTED: 30}
STAGES_TO_STOP_IN = {Stage.NONE: 20, Stage.BEFORE_RECIPIENT: 60, Stage.ACCEPTED: 20}
KILLS_WEB = frozenset({Kind.WEB, Kind.BOTH, Kind.ALL})


@dataclasses.dataclass
class Stopped:
    """A worker that stands still until the moment given, or sooner, once others have taken all its rows."""

    worker: str
    until: float
    has_lost_all: bool = False


class Breaker:
    """Breaks a system, one fault a round. A stopped worker goes on a little after others took its rows."""

    def __init__(self, system: System, chance: random.Random) -> None:
        self._system = system
        self._chance = chance
        self._stopped: Stopped | None = None
        self._web_may_die_after = 0.0

    def round(self) -> None:
        """Break one thing, at a moment when a report is in flight or a row leased. Raises UnableToStart."""
        self._breathe(self._chance.uniform(*BREATHING))
        kind, worker, stage = self._aim()
        if stage == Stage.NONE:
            time.sleep(self._chance.uniform(*JITTER))
        if kind == Kind.STOP:
            self._stop(worker, stage)
        else:
            self._kill(kind, worker, stage)

    def end(self) -> None:
        """Let a stopped worker go on."""
        if self._stopped:
            self._continue()

    def _breathe(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._continue_when_due()
            time.sleep(LOOK_EVERY)

    def _aim(self) -> tuple[Kind, str, Stage]:
        """Wait until the chosen fault would hit something; choose another one when that takes long."""
        began = time.monotonic()
        while time.monotonic() - began < GIVE_UP_AFTER:
            kind = self._choose(WEIGHTS)
            worker = self._chance.choice(
                [name for name in self._system.workers if name != self._stopped_name]
            )
            stage = self._stage_for(kind)
            if self._stopped and (kind == Kind.STOP or (kind != Kind.WEB and self._spares_the_other())):
                continue
            chosen = time.monotonic()
            patience = CHANGE_MIND_AFTER * (1 if kind in {Kind.WEB, Kind.WORKER} else 4)
            while time.monotonic() - chosen < patience:
                self._system.look_after()
                self._continue_when_due()
                if self._would_hit(kind, worker, stage):
                    return kind, worker, stage
                time.sleep(LOOK_EVERY)
        raise UnableToStart(f"Nothing happened for {GIVE_UP_AFTER} seconds that could be interrupted.")

    def _would_hit(self, kind: Kind, worker: str, stage: Stage) -> bool:
        has_worked = self._system.web_answers_since > self._web_may_die_after
        in_flight = has_worked and self._system.board.has_request_in_flight
        if kind == Kind.WEB:
            return in_flight
        process = self._system.pid(worker)
        if not in_flight and kind in {Kind.BOTH, Kind.ALL}:
            return False
        if stage != Stage.NONE:
            return self._system.conversations.stage(process) == stage
        return process in self._system.holders()

    def _spares_the_other(self) -> bool:
        """Mostly let the other worker live while one stands still: it is to take over."""
        return self._chance.random() < SPARING_SHARE

    def _stage_for(self, kind: Kind) -> Stage:
        if kind in KILLS_WEB:
            return Stage.NONE
        return self._choose(STAGES_TO_STOP_IN if kind == Kind.STOP else STAGES)

    def _choose(self, weights: dict[Choice, int]) -> Choice:
        return self._chance.choices(list(weights), list(weights.values()))[0]

    def _kill(self, kind: Kind, worker: str, stage: Stage) -> None:
        system = self._system
        names = {
            Kind.WEB: {system.web.name},
            Kind.WORKER: {worker},
            Kind.BOTH: {system.web.name, worker},
            Kind.ALL: {system.web.name, *system.workers},
        }[kind]
        workers = {system.pid(name) for name in system.workers if name in names}
        hits_web = kind in KILLS_WEB and system.web_is_ready
        held = system.holders() if kind == Kind.ALL else None
        if kind == Kind.ALL:
            system.forget_connection()
            self._stopped = None
        if kind in KILLS_WEB:
            self._web_may_die_after = self._chance.uniform(*WEB_WORKS_FOR)
        moment = time.monotonic()
        system.kill_and_restart(names)
        if kind == Kind.ALL:
            system.wait_for_web()
        held = workers & (system.holders() if held is None else held)
        system.faults.write(
            kind=kind,
            moment=moment,
            workers=sorted(workers),
            held=sorted(held),
            web=hits_web,
            stage=stage.name,
        )

    def _stop(self, worker: str, stage: Stage) -> None:
        """Stop a worker while it does not hold the writer lock, since then everybody would stand still."""
        system, process = self._system, self._system.workers[worker].process
        assert process is not None
        for _ in range(TRIES_TO_STOP):
            process.send_signal(signal.SIGSTOP)
            moment = time.monotonic()
            if not system.writes_now(process.pid):
                break
            process.send_signal(signal.SIGCONT)
            time.sleep(LOOK_EVERY)
        held = sorted(system.holders() & {process.pid})
        self._stopped = Stopped(worker, moment + STOPPED_AT_MOST)
        system.faults.write(
            kind=Kind.STOP, moment=moment, workers=[process.pid], held=held, web=False, stage=stage.name
        )

    @property
    def _stopped_name(self) -> str | None:
        return self._stopped.worker if self._stopped else None

    def _continue_when_due(self) -> None:
        stopped = self._stopped
        if stopped is None:
            return
        if not stopped.has_lost_all and self._system.pid(stopped.worker) not in self._system.holders():
            stopped.has_lost_all = True
            stopped.until = time.monotonic() + self._chance.uniform(*STOPPED_AFTER_LOSS)
        if time.monotonic() >= stopped.until:
            self._continue()

    def _continue(self) -> None:
        assert self._stopped is not None
        process = self._system.workers[self._stopped.worker].process
        assert process is not None
        process.send_signal(signal.SIGCONT)
        self._stopped = None
