"""Look for callers among many residents: python -m benchmarks.inside.callers FACTS RESIDENTS"""

from benchmarks.inside import start  # isort: skip

import json
import random
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from moked.accounts.models import User
from moked.accounts.queries import actor_for
from moked.accounts.rules import Actor
from moked.cases.models import Case, Participant
from moked.cases.residents import find_callers
from moked.municipalities.models import Municipality
from moked.residents.models import ContactPoint, Resident
from moked.residents.operations import file_names
from moked.residents.rules import phone_tail

BATCH = 5_000
SEARCHES = 100
WARM_UP = 5
SYLLABLES = ("ba", "co", "da", "el", "fi", "ga", "ho", "is", "jo", "ka", "le", "mi", "no", "or", "pe", "ra")
ENDINGS = ("n", "r", "s", "vi", "ski", "ova", "el", "am")


def main() -> None:
    """Tell the milliseconds of each kind of search."""
    facts, wanted = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), int(sys.argv[2])
    chance = random.Random(106)
    town = Municipality.objects.get(slug=facts["town"])
    bring_up_to(town, wanted, chance)
    start.take_statistics()
    agent, manager = (actor_of(facts, town, role) for role in ("AGENT", "DEPARTMENT_MANAGER"))
    people = list(Resident.objects.filter(municipality=town).order_by("-id")[:BATCH])
    start.tell(
        {
            "by phone": timed(agent, (phone_of(one.pk) for one in chance.sample(people, SEARCHES))),
            "by the beginning of a name": timed(
                agent, (one.name[: chance.randint(3, 8)] for one in chance.sample(people, SEARCHES))
            ),
            "by a mistyped name": timed(
                agent, (mistyped(one.name, chance) for one in chance.sample(people, SEARCHES))
            ),
            "by name, department": timed(manager, (one.name for one in chance.sample(people, SEARCHES))),
        }
    )


def bring_up_to(town: Municipality, wanted: int, chance: random.Random) -> None:
    """Add residents with a name and a phone number each, who follow cases there are already."""
    cases = list(Case.objects.filter(municipality=town).order_by("id").values_list("id", flat=True))
    given, family = names(chance, 600), names(chance, 4_000)
    missing = wanted - Resident.objects.filter(municipality=town).count()
    while missing > 0:
        count = min(BATCH, missing)
        add(town, [f"{few(given, chance)} {few(family, chance)}" for _ in range(count)], cases, chance)
        missing -= count


def names(chance: random.Random, count: int) -> list[str]:
    """Return made-up names, the frequent ones first."""
    return [
        ("".join(chance.choices(SYLLABLES, k=2)) + chance.choice(ENDINGS)).capitalize() for _ in range(count)
    ]


def few(known: list[str], chance: random.Random) -> str:
    """Return one of the names; some are far more frequent than others, as in any town."""
    return known[int(len(known) * chance.random() ** 3)]


def add(town: Municipality, called: list[str], cases: list[int], chance: random.Random) -> None:
    now = datetime.now(UTC)
    people = Resident.objects.bulk_create(
        [Resident(municipality=town, name=name, language="en", created_at=now) for name in called]
    )
    file_names(people)
    ContactPoint.objects.bulk_create(
        [
            ContactPoint(
                municipality=town,
                resident=one,
                kind="PHONE",
                value=phone_of(one.pk),
                normalised=phone_of(one.pk),
                tail=phone_tail(phone_of(one.pk)),
            )
            for one in people
        ]
    )
    Participant.objects.bulk_create(
        [
            Participant(
                municipality=town,
                case_id=chance.choice(cases),
                resident=one,
                role=Participant.Role.FOLLOWER,
                name=one.name,
            )
            for one in people
        ]
    )


def phone_of(number: int) -> str:
    return f"05{number:08}"


def mistyped(name: str, chance: random.Random) -> str:
    """Return the name with two letters swapped that a hurried agent would swap."""
    at = chance.randint(1, 2)
    return name[:at] + name[at + 1] + name[at] + name[at + 2 :]


def actor_of(facts: dict[str, dict[str, str]], town: Municipality, role: str) -> Actor:
    actor = actor_for(User.objects.get(email=facts["logins"][role]), town.pk)
    assert actor is not None
    return actor


def timed(actor: Actor, searches: Iterator[str]) -> list[float]:
    """Return how long each search took, without the first few."""
    took = []
    for text in searches:
        started = time.perf_counter()
        find_callers(actor, text)
        took.append((time.perf_counter() - started) * 1000)
    return took[WARM_UP:]


if __name__ == "__main__":
    main()
