"""Search among many cases: python -m benchmarks.inside.search FACTS"""

from benchmarks.inside import start  # isort: skip

import json
import random
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.inside.callers import actor_of
from benchmarks.inside.filling import WORDS
from moked.accounts.rules import Actor
from moked.cases import queries
from moked.cases.models import Case, Note
from moked.cases.operations.indexing import index_again
from moked.municipalities.models import Municipality
from moked.residents.models import Resident

SEARCHES = 40
WARM_UP = 3
FEW = 50  # one case in so many holds the word of which there are fewer
RARE = 100  # cases that hold a word of their own
FEWER = "gully"


def main() -> None:
    """Tell the milliseconds of each kind of search."""
    facts = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    chance = random.Random(106)
    town = Municipality.objects.get(slug=facts["town"])
    rare = write_rarer_words(town, chance)
    start.take_statistics()
    agent, worker = actor_of(facts, town, "AGENT"), actor_of(facts, town, "DEPARTMENT_WORKER")
    people = list(Resident.objects.filter(municipality=town).exclude(name="").order_by("-id")[:SEARCHES])
    common = [chance.choice(WORDS) for _ in range(SEARCHES)]
    pairs = [" ".join(chance.sample(WORDS, 2)) for _ in range(SEARCHES)]
    rare = chance.sample(rare, SEARCHES)
    absent = [f"{one[:3]}{other[-3:]}" for one, other in map(str.split, pairs)]
    start.tell(
        {
            "a common word": timed(agent, common),
            "a common word, open cases": timed(agent, common, state="open"),
            "a common word, department": timed(worker, common),
            "two common words": timed(agent, pairs),
            "a word in one of fifty": timed(agent, [FEWER] * SEARCHES),
            "a word in one of fifty, department": timed(worker, [FEWER] * SEARCHES),
            "a rare word": timed(agent, rare),
            "a rare word beside a common one": timed(
                agent, [f"{a} {b}" for a, b in zip(rare, common, strict=True)]
            ),
            "a rare word, department": timed(worker, rare),
            "a word that nobody wrote": timed(agent, absent),
            "a name": timed(agent, [one.name for one in people]),
        }
    )


def write_rarer_words(town: Municipality, chance: random.Random) -> list[str]:
    """Note a word on one case in fifty, and a word of its own on each of a hundred; return these."""
    ids = list(Case.objects.filter(municipality=town).order_by("id").values_list("id", flat=True))
    few = [(case_id, FEWER) for case_id in ids if chance.random() < 1 / FEW]
    rare = [(case_id, f"heron{number:05}") for number, case_id in enumerate(chance.sample(ids, RARE))]
    now = datetime.now(UTC)
    for batch in batched_by(few + rare, 100):
        Note.objects.bulk_create(
            [Note(municipality=town, case_id=one, body=word, at=now) for one, word in batch]
        )
        index_again([one for one, _ in batch])
    return [word for _, word in rare]


def batched_by(pairs: list[tuple[int, str]], size: int) -> Iterator[list[tuple[int, str]]]:
    for first in range(0, len(pairs), size):
        yield pairs[first : first + size]


def timed(actor: Actor, searches: list[str], state: str = "all") -> list[float]:
    """Return how long each search took, without the first few."""
    took = []
    for text in searches:
        started = time.perf_counter()
        queries.search(actor, text, state=state)
        took.append((time.perf_counter() - started) * 1000)
    return took[WARM_UP:]


if __name__ == "__main__":
    main()
