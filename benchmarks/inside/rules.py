"""Ask rules of cases, and do what is due by them: python -m benchmarks.inside.rules FACTS"""

from benchmarks.inside import start  # isort: skip

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.inside.clocks import timed
from moked.accounts.models import Department
from moked.accounts.rules import Actor, system
from moked.cases.models import Case
from moked.cases.queries.facts import facts_of
from moked.cases.queries.past import Sample
from moked.catalogue.models import Service
from moked.municipalities.models import Municipality
from moked.processes.actions import Action, ActionKind
from moked.processes.models import Timer
from moked.processes.operations import publish_reactions, react_on_time
from moked.processes.queries.trials import try_reactions
from moked.processes.rules import Reaction
from moked.processes.triggers import Trigger, TriggerKind
from moked.routing.clauses import Clauses
from moked.routing.decisions import Targets
from moked.routing.models import RuleSet
from moked.routing.operations import publish_rules
from moked.routing.queries import dry_run
from moked.routing.rules import Rule, Target

RULES = 200
TRIED = 1000
ASKED = 300
DUE = 100
ROUNDS = 5
WORDS = ("smell of", "broken", "loose", "missing", "leak*")


def main() -> None:
    """Tell the milliseconds of each case, of both trials and of each sweep."""
    facts = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    town = Municipality.objects.get(slug=facts["town"])
    start.tell(
        {
            "routing": timed(lambda: dry_run(manager(town), rules(town), Sample(TRIED))),
            "asked": asked(town),
            "reactions": timed(
                lambda: try_reactions(manager(town), reactions(), Sample(TRIED), datetime.now(UTC))
            ),
            **swept(town),
        }
    )


def manager(town: Municipality) -> Actor:
    """Return who tries rules, and sees every case."""
    return system(town.pk)


def rules(town: Municipality) -> list[Rule]:
    """Return rules each of which asks for words, areas or channels; few of them fit anything."""
    slugs = list(Service.objects.filter(municipality=town).order_by("slug").values_list("slug", flat=True))
    [department, *_] = Department.objects.filter(municipality=town).values_list("code", flat=True)
    return [
        Rule(
            Target(department),
            Clauses(
                services=() if number % 4 else (slugs[number % len(slugs)],),
                words=tuple(f"{word} {number}" for word in WORDS),
                channels=("PHONE", "WEB") if number % 3 else (),
                begins="17:00" if number % 5 == 0 else "",
                ends="07:00" if number % 5 == 0 else "",
            ),
        )
        for number in range(RULES)
    ]


def asked(town: Municipality) -> list[float]:
    """Return the milliseconds in which the published rules decide about one case after the other."""
    publish_rules(municipality=town, rules=rules(town), by_user_id=None, now=datetime.now(UTC))
    cases = Case.objects.filter(municipality=town).select_related("service", "municipality")
    return [timed(lambda case=case: decide(case)) for case in cases.order_by("-id")[:ASKED]]  # type: ignore[misc]


def decide(case: Case) -> None:
    """Ask the rules in force as routing does."""
    found = RuleSet.objects.defer("document").get(municipality_id=case.municipality_id)
    facts = facts_of([case], found.fields)[case.pk]
    Targets(case.municipality_id).decide(case, found.rules, facts)


def reactions() -> list[Reaction]:
    """Return reactions to a new case, of which few have anything to do."""
    note = Action(ActionKind.NOTE, words={"en": "Look at this."})
    return [
        Reaction(
            code=f"rule-{number}",
            name={"en": f"Rule {number}"},
            trigger=Trigger(TriggerKind.OPENED),
            actions=(note,),
            condition={"field": "words", "mentions": [f"smell of {number}", f"broken {number}"]},
        )
        for number in range(RULES)
    ]


def swept(town: Municipality) -> dict[str, Sequence[float]]:
    """Return the milliseconds of sweeps in which nothing is due, and a hundred notes are to be written."""
    note = Action(ActionKind.NOTE, words={"en": "Look at this."})
    waits = Trigger(TriggerKind.STATE_LASTS, state="RECEIVED", lasts="1c")
    waiting = Reaction(code="waits", name={"en": "It waits"}, trigger=waits, actions=(note,))
    publish_reactions(municipality=town, reactions=[waiting], by_user_id=None, now=datetime.now(UTC))
    start.take_statistics()
    react_on_time(datetime.now(UTC))
    idle = [timed(lambda: react_on_time(datetime.now(UTC))) for _ in range(ROUNDS)]
    received = Case.objects.filter(municipality=town, state="RECEIVED", is_open=True, merged_into=None)
    old = received.filter(opened_at__lt=datetime.now(UTC) - timedelta(days=2)).order_by("-id")
    ids = list(old.values_list("id", flat=True)[: DUE * ROUNDS])
    assert len(ids) == DUE * ROUNDS, "too few cases wait"
    due = []
    for first in range(0, len(ids), DUE):
        for case_id in ids[first : first + DUE]:
            Timer.objects.update_or_create(
                case_id=case_id,
                code=waiting.code,
                defaults={"municipality": town, "due_at": datetime.now(UTC) - timedelta(minutes=1)},
            )
        due.append(timed(lambda: react_on_time(datetime.now(UTC))))
    return {"idle": idle, "due": due}


if __name__ == "__main__":
    main()
