"""Rules in one line."""

from typing import Any

from moked.routing.clauses import Clauses
from moked.routing.rules import Rule, Target

TARGETS = {"team", "person", "body", "priority", "labels"}


def rule(department: str = "", **said: Any) -> Rule:
    """Return the rule with this target and these clauses, each by its name."""
    target = {name: said.pop(name) for name in TARGETS & said.keys()}
    return Rule(Target(department, **target), name=said.pop("name", ""), clauses=Clauses(**said))
