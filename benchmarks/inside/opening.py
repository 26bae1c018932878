"""Open cases in one process: python -m benchmarks.inside.opening FACTS SECONDS BATCHES"""

from benchmarks.inside import start  # isort: skip

import json
import random
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.inside.filling import past_case
from benchmarks.inside.reporting import Residents, for_seconds
from moked.cases.bulk import BATCH, open_many
from moked.cases.operations import Reporter
from moked.catalogue.models import Service
from moked.municipalities.models import Municipality
from moked.residents.models import Resident
from moked.residents.operations import ContactDetails

WARM_UP_SECONDS = 3


def main() -> None:
    """Measure single openings, then the bulk operation."""
    facts, seconds, batches = Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
    residents = Residents(facts)
    for _ in for_seconds(residents, WARM_UP_SECONDS):
        pass
    started, cpu_started = time.perf_counter(), time.process_time()
    milliseconds = list(for_seconds(residents, seconds))
    took, cpu_took = time.perf_counter() - started, time.process_time() - cpu_started
    start.tell(
        {
            "milliseconds": milliseconds,
            "seconds": took,
            "processor_seconds": cpu_took,
            "batches": bulk(facts, batches),
        }
    )


def bulk(facts: Path, batches: int) -> list[float]:
    """Open cases of the past in bulk; returns the milliseconds that each batch held its transaction."""
    chance = random.Random(1)
    town = Municipality.objects.get(slug=json.loads(facts.read_text(encoding="utf-8"))["town"])
    services = list(Service.objects.filter(municipality=town).order_by("id"))
    people = [
        Reporter(one, ContactDetails(name=one.name))
        for one in Resident.objects.filter(municipality=town).order_by("id")[:1000]
    ]
    now = datetime.now(UTC)
    past = [past_case(services, people, [], town.language, now, chance) for _ in range(batches * BATCH)]
    took, before = [], time.perf_counter()
    for _ in open_many(town, past):
        took.append((time.perf_counter() - before) * 1000)
        before = time.perf_counter()
    return took


if __name__ == "__main__":
    main()
