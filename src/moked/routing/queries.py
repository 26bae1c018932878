"""The rules in force, and what they may name."""

from moked.places.models import Area as TownArea
from moked.places.rules import AreaKind
from moked.routing.models import RuleSet
from moked.routing.rules import Area, Rule


def rules_of(municipality_id: int) -> tuple[Rule, ...]:
    """Return the published rules of a municipality; none before the first are published."""
    rule_set = RuleSet.objects.filter(municipality_id=municipality_id).first()
    return rule_set.rules if rule_set else ()


def revision_of(municipality_id: int) -> int:
    """Return the number of the revision in force; 0 before the first is published."""
    rule_set = RuleSet.objects.filter(municipality_id=municipality_id).select_related("revision").first()
    return rule_set.revision.number if rule_set and rule_set.revision else 0


def areas_of(municipality_id: int) -> set[Area]:
    """Return the areas that rules may name: all in use but the town's outline."""
    found = TownArea.objects.filter(municipality_id=municipality_id, is_retired=False)
    return set(found.exclude(kind=AreaKind.OUTLINE).values_list("kind", "code"))
