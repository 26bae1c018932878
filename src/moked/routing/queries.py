"""The rules in force, and what they may name."""

import dataclasses
from collections.abc import Sequence

from moked.accounts.rules import Actor
from moked.cases.models import Case, CaseArea
from moked.places.models import Area as TownArea
from moked.places.rules import AreaKind
from moked.routing.models import RuleSet
from moked.routing.rules import Area, Rule, route


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


@dataclasses.dataclass(frozen=True)
class Outcome:
    """Where one case would go: `was` and `would_be` are departments, `number` the rule's, 0 for none."""

    case: Case
    was: str
    would_be: str
    number: int


@dataclasses.dataclass(frozen=True)
class Trial:
    """What other rules would have done with the last cases; `rows` are the changed ones, newest first."""

    changed: int
    unchanged: int
    without_match: int
    rows: tuple[Outcome, ...]

    @property
    def tried(self) -> int:
        """How many cases it was tried on."""
        return self.changed + self.unchanged


def dry_run(actor: Actor, rules: Sequence[Rule], *, last: int = 500, most_rows: int = 50) -> Trial:
    """Try rules on the last cases the actor may see, against the rules in force; nothing is changed.

    A case counts as changed when the first department it got would be another one, whoever has it now.
    """
    in_force = rules_of(actor.municipality_id)
    cases = list(Case.objects.visible_to(actor).select_related("service__department").order_by("-id")[:last])
    areas = _areas_by_case(cases)
    outcomes = [_outcome(case, areas.get(case.pk, set()), in_force, rules) for case in cases]
    changed = [one for one in outcomes if one.was != one.would_be]
    return Trial(
        changed=len(changed),
        unchanged=len(outcomes) - len(changed),
        without_match=sum(one.number == 0 for one in outcomes),
        rows=tuple(changed[:most_rows]),
    )


def _outcome(case: Case, areas: set[Area], in_force: Sequence[Rule], rules: Sequence[Rule]) -> Outcome:
    own = case.service.department.code if case.service.department else ""
    was, would_be = (route(some, case.service.slug, areas) for some in (in_force, rules))
    return Outcome(
        case=case,
        was=was.department if was else own,
        would_be=would_be.department if would_be else own,
        number=would_be.number if would_be else 0,
    )


def _areas_by_case(cases: Sequence[Case]) -> dict[int, set[Area]]:
    rows = CaseArea.objects.filter(case_id__in=[case.pk for case in cases])
    found: dict[int, set[Area]] = {}
    for case_id, kind, code in rows.values_list("case_id", "area__kind", "area__code"):
        found.setdefault(case_id, set()).add((kind, code))
    return found
