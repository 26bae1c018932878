"""The rules in force."""

from moked.routing.models import RuleSet
from moked.routing.rules import Rule


def rules_of(municipality_id: int) -> tuple[Rule, ...]:
    """Return the published rules of a municipality; none before the first are published."""
    rule_set = RuleSet.objects.filter(municipality_id=municipality_id).first()
    return rule_set.rules if rule_set else ()
