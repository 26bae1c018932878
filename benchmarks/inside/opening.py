"""Open cases in one process: python -m benchmarks.inside.opening FACTS SECONDS CASES"""

from benchmarks.inside import start  # isort: skip

import json
import random
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db.models import Model

from benchmarks.inside.filling import past_case
from benchmarks.inside.reporting import Residents, for_seconds
from moked.cases.bulk import Written, open_many
from moked.cases.operations import Reporter
from moked.catalogue.models import Service
from moked.municipalities.models import Municipality
from moked.residents.models import Resident
from moked.residents.operations import ContactDetails
from moked.sla.bulk import promising

WARM_UP_SECONDS = 3


def main() -> None:
    """Measure single openings, then the bulk operation."""
    facts, seconds, count = Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
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
            **bulk(facts, count),
        }
    )


def bulk(facts: Path, count: int) -> dict[str, Any]:
    """Open cases of the past in bulk; returns the seconds that took, and for how long each batch was stored.

    A transaction begins where the last `beside` ends, and is over when the batch comes back.
    """
    chance = random.Random(1)
    town = Municipality.objects.get(slug=json.loads(facts.read_text(encoding="utf-8"))["town"])
    services = list(Service.objects.filter(municipality=town).order_by("id"))
    people = [
        Reporter(one, ContactDetails(name=one.name))
        for one in Resident.objects.filter(municipality=town).order_by("id")[:1000]
    ]
    now = datetime.now(UTC)
    past = [past_case(services, people, [], town.language, now, chance) for _ in range(count)]
    began, batches = [0.0], []

    def begins(_: Sequence[Written]) -> Sequence[Model]:
        began[0] = time.perf_counter()
        return ()

    started = time.perf_counter()
    for _ in open_many(town, past, promising(town.pk, now), begins):
        batches.append((time.perf_counter() - began[0]) * 1000)
    return {"batches": batches, "bulk_seconds": time.perf_counter() - started}


if __name__ == "__main__":
    main()
