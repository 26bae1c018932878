"""Residents who report over HTTP and never give up: the same form again until its number is shown.

    python -m tests.faults.kills.clients --folder FOLDER --port N --town SLUG --services SLUG,SLUG --seed N

A report counts as promised from the answer that leads to its page, and as acknowledged when that page shows
the number. Both are lines of the ledger `reports`, on disk before the client goes on. `attempts` has a line
for each time the form was sent, with the moments of sending and of the answer or the failure.
"""

import argparse
import html
import http.client
import itertools
import json
import random
import re
import sys
import threading
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.faults.facts import sha256
from tests.faults.kills.board import CLIENTS, Board, Phase
from tests.faults.ledger import Ledger

TIMEOUT = 20
THINK = (0.05, 0.25)
DOWN_PAUSE = 0.03
MISSING_PAUSE = 0.3
BROKEN_AFTER = 3.0
REFUSALS = 5
FINISH_WITHIN = 45
ANONYMOUS_SHARE = 0.1
AGAIN_SHARE = 0.1

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
NUMBER = re.compile(r'data-test="case-number"[^>]*>\s*([0-9-]+)')
WORDS = ["lamp", "dark", "street", "leaking", "corner", "broken", "פנס", "כבוי", "ברחוב", "הרצל", "מול"]

Unknown = (OSError, http.client.HTTPException)


class Refused(Exception):
    """The form was understood and not taken, which no fault explains."""


class Broken(Exception):
    """The page that was promised does not appear."""


@dataclass(frozen=True)
class Answer:
    status: int
    location: str
    text: str


class Browser:
    """One connection that is made again when it broke, with the cookies that the forms need."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connection: http.client.HTTPConnection | None = None
        self._cookies: dict[str, str] = {}

    def ask(self, method: str, path: str, fields: dict[str, str] | None = None) -> Answer:
        """Return the answer; raises one of Unknown when nobody can tell what became of the request."""
        headers = {"Host": f"localhost:{self._port}", "Accept-Language": "en"}
        if self._cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        if fields is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            self._connect()
            assert self._connection is not None
            self._connection.request(method, path, urlencode(fields) if fields else None, headers)
            response = self._connection.getresponse()
            text = response.read().decode()
        except BaseException:
            self.forget_connection()
            raise
        for cookie in response.headers.get_all("Set-Cookie", []):
            name, _, rest = cookie.partition("=")
            self._cookies[name] = rest.partition(";")[0]
        return Answer(response.status, response.headers.get("Location", ""), text)

    def forget_connection(self) -> None:
        """Begin the next request on a new connection."""
        if self._connection:
            self._connection.close()
        self._connection = None

    def _connect(self) -> None:
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT)
            self._connection.connect()


class Client:
    """Reports one thing after the other."""

    def __init__(self, place: int, world: "World") -> None:
        self.place = place
        self.world = world
        self.chance = random.Random(world.seed * 1000 + place)
        self.browser = Browser(world.port)
        self.token = ""

    def run(self) -> None:
        """Report until told to stop."""
        while not self.world.board.is_stopped:
            self.report(self.new_fields())
            self.world.board.enter(self.place, Phase.THINKING)
            time.sleep(self.chance.uniform(*THINK))

    def new_fields(self) -> dict[str, str]:
        """Make up a report; two clients at a time write from the same new address."""
        submission = str(uuid.uuid4())
        words = [self.chance.choice(WORDS) for _ in range(self.chance.randint(3, 60))]
        resident = next(self.world.residents) // 2
        is_anonymous = self.chance.random() < ANONYMOUS_SHARE
        return {
            "matter": " ".join([*words, submission]),
            "service": self.chance.choice(self.world.services),
            "name": "" if is_anonymous else f"Resident {resident}",
            "email": "" if is_anonymous else f"resident-{self.world.seed}-{resident}@example.org",
            "phone": "",
            "submission": submission,
            "step": "send",
        }

    def report(self, fields: dict[str, str]) -> None:
        """Report until the number is shown; now and then send the same form once more afterwards."""
        known = {
            "submission": fields["submission"],
            "text": sha256(fields["matter"]),
            "email": fields["email"],
        }
        ledger = self.world.reports
        try:
            for _ in range(2 if self.chance.random() < AGAIN_SHARE else 1):
                location = self.send_until_promised(fields)
                ledger.write(what="promised", location=location, **known)
                number = self.read_number(location)
                ledger.write(what="acknowledged", number=number, **known)
        except Refused as refusal:
            ledger.write(what="refused", reason=str(refusal), **known)
        except Broken as promise:
            ledger.write(what="broken", reason=str(promise), **known)
        else:
            self.world.board.count_acknowledged(self.place)

    def send_until_promised(self, fields: dict[str, str]) -> str:
        """Send the form until it is answered by the way to its page. Raises Refused."""
        refusals = 0
        while True:
            answer = self.send(fields)
            if answer is None or answer.status >= 500:
                time.sleep(DOWN_PAUSE)
            elif answer.status == 303:
                return urlsplit(answer.location).path
            else:
                refusals += 1
                self.token = ""
                if refusals >= REFUSALS:
                    raise Refused(f"status {answer.status}")

    def send(self, fields: dict[str, str]) -> Answer | None:
        """Send the form once; None when the outcome is unknown."""
        try:
            self.token = self.token or self.new_token()
        except Unknown:
            return None
        filled = fields | {"csrfmiddlewaretoken": self.token}
        began = time.monotonic()
        self.world.board.enter(self.place, Phase.POSTED)
        try:
            answer = self.browser.ask("POST", self.world.report_path, filled)
        except Unknown as failure:
            self.world.note_attempt(began, type(failure).__name__)
            return None
        else:
            self.world.note_attempt(began, str(answer.status))
            self.world.board.count_answer(self.place)
            return answer
        finally:
            self.world.board.enter(self.place, Phase.THINKING)

    def new_token(self) -> str:
        """Open the form for the value that proves that it is ours."""
        answer = self.browser.ask("GET", self.world.report_path)
        self.world.board.count_answer(self.place)
        found = TOKEN.search(answer.text)
        return html.unescape(found.group(1)) if found else ""

    def read_number(self, location: str) -> str:
        """Open the promised page until it shows the number. Raises Broken when it is said not to exist."""
        missing_since = None
        while True:
            self.world.board.enter(self.place, Phase.READING)
            try:
                answer = self.browser.ask("GET", location)
            except Unknown:
                time.sleep(DOWN_PAUSE)
                continue
            self.world.board.count_answer(self.place)
            if answer.status == 200 and (found := NUMBER.search(answer.text)):
                return found.group(1)
            if answer.status < 500:
                self.world.reports.write(what="absent", location=location, status=answer.status)
                missing_since = missing_since or time.monotonic()
                if time.monotonic() - missing_since > BROKEN_AFTER:
                    raise Broken(f"status {answer.status}")
            time.sleep(MISSING_PAUSE)


class World:
    """What the clients share."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.port: int = arguments.port
        self.seed: int = arguments.seed
        self.services: list[str] = arguments.services.split(",")
        self.report_path = f"/t/{arguments.town}/report/"
        self.board = Board(arguments.folder / "board")
        self.reports = Ledger(arguments.folder / "reports")
        self.residents = itertools.count()
        self._attempts = (arguments.folder / "attempts").open("a", encoding="utf-8", buffering=1)

    def note_attempt(self, began: float, outcome: str) -> None:
        """Add a line on one sending of a form."""
        line: dict[str, Any] = {"began": began, "ended": time.monotonic(), "outcome": outcome}
        self._attempts.write(json.dumps(line) + "\n")


def main() -> int:
    """Report until told to stop, then finish what was begun; returns 1 when that takes too long."""
    world = World(parse())
    threads = [threading.Thread(target=Client(place, world).run, daemon=True) for place in range(CLIENTS)]
    for thread in threads:
        thread.start()
    while not world.board.is_stopped and all(thread.is_alive() for thread in threads):
        time.sleep(0.05)
    deadline = time.monotonic() + FINISH_WITHIN
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return int(any(thread.is_alive() for thread in threads) or not world.board.is_stopped)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--town", required=True)
    parser.add_argument("--services", required=True)
    parser.add_argument("--seed", type=int, required=True)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
