"""Report cases through the operation that every channel uses, as residents would."""

from benchmarks.inside import start  # isort: skip

import json
import os
import random
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.inside.filling import words
from moked.accounts.rules import resident
from moked.cases.rules import Channel
from moked.catalogue.models import Service
from moked.intake.operations import report
from moked.municipalities.models import Municipality
from moked.residents.operations import ContactDetails

ANONYMOUS_SHARE = 0.15
KNOWN_SHARE = 0.5


class Residents:
    """An endless row of residents of the filled town; some are known, some new, some anonymous."""

    def __init__(self, facts: Path, *, all_with_mail: bool = False) -> None:
        said = json.loads(facts.read_text(encoding="utf-8"))
        self._town = Municipality.objects.get(slug=said["town"])
        self._services = list(Service.objects.filter(municipality=self._town).order_by("id"))
        self._known = said["residents"]
        self._all_with_mail = all_with_mail
        self._chance = random.Random(os.getpid())
        self._numbers = iter(range(10**9))

    def report_one(self) -> float:
        """Report one case; returns how many milliseconds it took."""
        chance, number = self._chance, next(self._numbers)
        details = self._details(number)
        service, matter = chance.choice(self._services), words(chance, 30)
        submission = f"{os.getpid()}-{number}-{time.time_ns()}"
        started = time.perf_counter()
        report(
            municipality=self._town,
            service=service,
            matter=matter,
            channel=Channel.WEB,
            language=self._town.language,
            details=details,
            by=resident(self._town.pk),
            now=datetime.now(UTC),
            submission=submission,
        )
        return (time.perf_counter() - started) * 1000

    def _details(self, number: int) -> ContactDetails:
        chance = self._chance
        if not self._all_with_mail and chance.random() < ANONYMOUS_SHARE:
            return ContactDetails()
        if chance.random() < KNOWN_SHARE:
            address = f"resident{chance.randrange(self._known)}@{self._town.slug}.example"
            return ContactDetails(name="Known again", email=address)
        address = f"new-{os.getpid()}-{number}-{time.time_ns()}@{self._town.slug}.example"
        return ContactDetails(name="New here", email=address, phone=f"05{chance.randrange(10**8):08d}")


def for_seconds(residents: Residents, seconds: float) -> Iterator[float]:
    """Report without a pause for that long; yields the milliseconds of each."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield residents.report_one()


def main() -> None:
    """Report some cases with e-mail addresses: python -m benchmarks.inside.reporting FACTS COUNT"""
    residents = Residents(Path(sys.argv[1]), all_with_mail=True)
    start.tell({"milliseconds": [residents.report_one() for _ in range(int(sys.argv[2]))]})


if __name__ == "__main__":
    main()
