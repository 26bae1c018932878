"""Choose what breaks next, wait for the moment when it hurts most, and break it."""

import random
import signal
import time
from enum import StrEnum

from tests.faults.kills.system import LEASE_SECONDS, System, UnableToStart

LOOK_EVERY = 0.002
CHANGE_MIND_AFTER = 0.3
GIVE_UP_AFTER = 20
BREATHING = (0.0, 0.3)
WEB_WORKS_FOR = (0.0, 1.2)
JITTER = (0.0, 0.012)
STOPPED_FOR = (LEASE_SECONDS + 0.4, LEASE_SECONDS + 1.0)
TRIES_TO_STOP = 50


class Kind(StrEnum):
    """What can happen in a round."""

    WEB = "WEB"
    WORKER = "WORKER"
    BOTH = "BOTH"
    ALL = "ALL"
    STOP = "STOP"


WEIGHTS = {Kind.WEB: 32, Kind.WORKER: 28, Kind.BOTH: 20, Kind.ALL: 5, Kind.STOP: 15}
KILLS_WEB = frozenset({Kind.WEB, Kind.BOTH, Kind.ALL})


class Breaker:
    """Breaks a system, one fault a round. A stopped worker goes on by itself when its lease is long over."""

    def __init__(self, system: System, chance: random.Random) -> None:
        self._system = system
        self._chance = chance
        self._stopped: tuple[str, float] | None = None
        self._web_may_die_after = 0.0

    def round(self) -> None:
        """Break one thing, at a moment when a report is in flight or a row leased. Raises UnableToStart."""
        self._breathe(self._chance.uniform(*BREATHING))
        kind, worker = self._aim()
        if kind == Kind.STOP:
            self._stop(worker)
        else:
            time.sleep(self._chance.uniform(*JITTER))
            self._kill(kind, worker)

    def end(self) -> None:
        """Let a stopped worker go on."""
        if self._stopped:
            self._continue()

    def _breathe(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._continue_when_due()
            time.sleep(LOOK_EVERY)

    def _aim(self) -> tuple[Kind, str]:
        """Wait until the chosen fault would hit something; choose another one when that takes long."""
        began = time.monotonic()
        while time.monotonic() - began < GIVE_UP_AFTER:
            kind = self._chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
            worker = self._chance.choice(
                [name for name in self._system.workers if name != self._stopped_name]
            )
            if kind == Kind.STOP and self._stopped:
                continue
            chosen = time.monotonic()
            while time.monotonic() - chosen < CHANGE_MIND_AFTER:
                self._system.look_after()
                self._continue_when_due()
                if self._would_hit(kind, worker):
                    return kind, worker
                time.sleep(LOOK_EVERY)
        raise UnableToStart(f"Nothing happened for {GIVE_UP_AFTER} seconds that could be interrupted.")

    def _would_hit(self, kind: Kind, worker: str) -> bool:
        has_worked = self._system.web_answers_since > self._web_may_die_after
        in_flight = has_worked and self._system.board.has_request_in_flight
        if kind == Kind.WEB:
            return in_flight
        leased = self._system.pid(worker) in self._system.holders()
        return leased and (in_flight or kind in {Kind.WORKER, Kind.STOP})

    def _kill(self, kind: Kind, worker: str) -> None:
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
            kind=kind, moment=moment, workers=sorted(workers), held=sorted(held), web=hits_web
        )

    def _stop(self, worker: str) -> None:
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
        self._stopped = (worker, moment + self._chance.uniform(*STOPPED_FOR))
        system.faults.write(kind=Kind.STOP, moment=moment, workers=[process.pid], held=held, web=False)

    @property
    def _stopped_name(self) -> str | None:
        return self._stopped[0] if self._stopped else None

    def _continue_when_due(self) -> None:
        if self._stopped and time.monotonic() >= self._stopped[1]:
            self._continue()

    def _continue(self) -> None:
        assert self._stopped is not None
        process = self._system.workers[self._stopped[0]].process
        assert process is not None
        process.send_signal(signal.SIGCONT)
        self._stopped = None
