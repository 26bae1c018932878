"""What the rules decide about one case, in terms of what the town has today."""

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from typing import Any

from moked.accounts.models import Department, Membership, Team
from moked.accounts.rules import WORKS_ON_CASES
from moked.cases.models import Case, Label
from moked.handovers.models import ExternalBody
from moked.routing.rules import Match, Rule, Target, matches


@dataclasses.dataclass(frozen=True)
class Decision:
    """Where a case goes: ids, None for what stays as it is; `match` is None where its service decides.

    `label_ids` are of those that are added to it.

    `skipped` is the number of the first rule that fitted, but leads to something that is gone; 0 for none.
    """

    department_id: int | None
    team_id: int | None = None
    person_id: int | None = None
    body_id: int | None = None
    priority: str = ""
    label_ids: tuple[int, ...] = ()
    match: Match | None = None
    skipped: int = 0

    @property
    def number(self) -> int:
        """The number of the rule that decides, 0 for none."""
        return self.match.number if self.match else 0

    def leads_where(self, other: "Decision") -> bool:
        """Tell whether another decision does the same with the case, whichever rule says so."""
        return self._effect == other._effect

    @property
    def _effect(self) -> tuple[Any, ...]:
        return (
            *(self.department_id, self.team_id, self.person_id, self.body_id, self.priority),
            frozenset(self.label_ids),
        )


class Targets:
    """What the rules of a town may lead to now, each sort read once and only when a rule names it."""

    def __init__(self, municipality_id: int) -> None:
        self.municipality_id = municipality_id

    def decide(self, case: Case, rules: Sequence[Rule], facts: Mapping[str, Any]) -> Decision:
        """Return what the first rule that fits says, whose target is still there, or else the service.

        The priority of a dangerous case is raised only.
        """
        skipped = 0
        for match in matches(rules, facts):
            found = self._found(match.rule.target)
            if found is None:
                skipped = skipped or match.number
                continue
            return dataclasses.replace(
                found,
                department_id=found.department_id or case.service.department_id,
                priority=found.priority if found.priority and case.may_become(found.priority) else "",
                match=match,
                skipped=skipped,
            )
        return Decision(case.service.department_id, skipped=skipped)

    def names(self) -> dict[str, dict[int, str]]:
        """Return the codes of departments, teams, bodies and labels by their ids."""
        return {
            "departments": {pk: code for code, pk in self._departments.items()},
            "teams": {pk: code for code, (pk, _department) in self._teams.items()},
            "bodies": {pk: code for code, pk in self._bodies.items()},
            "labels": {pk: code for code, pk in self._labels.items()},
        }

    def _found(self, target: Target) -> Decision | None:
        """Return what a target names, None when anything of it is gone."""
        department = self._departments.get(target.department) if target.department else None
        team, its_department = self._teams.get(target.team, (None, None)) if target.team else (None, None)
        body = self._bodies.get(target.body) if target.body else None
        is_gone = (
            (target.department and department is None)
            or (target.team and team is None)
            or (target.body and body is None)
            or (target.person is not None and target.person not in self._people)
            or any(one not in self._labels for one in target.labels)
        )
        if is_gone:
            return None
        labels = tuple(self._labels[one] for one in target.labels)
        return Decision(department or its_department, team, target.person, body, target.priority, labels)

    @functools.cached_property
    def _departments(self) -> dict[str, int]:
        rows = Department.objects.filter(municipality_id=self.municipality_id, is_retired=False)
        return dict(rows.values_list("code", "id"))

    @functools.cached_property
    def _teams(self) -> dict[str, tuple[int, int | None]]:
        rows = Team.objects.filter(municipality_id=self.municipality_id, is_retired=False)
        return {code: (pk, above) for code, pk, above in rows.values_list("code", "id", "department_id")}

    @functools.cached_property
    def _bodies(self) -> dict[str, int]:
        rows = ExternalBody.objects.filter(municipality_id=self.municipality_id, is_retired=False)
        return dict(rows.values_list("code", "id"))

    @functools.cached_property
    def _labels(self) -> dict[str, int]:
        rows = Label.objects.filter(municipality_id=self.municipality_id, is_retired=False)
        return dict(rows.values_list("code", "id"))

    @functools.cached_property
    def _people(self) -> set[int]:
        return set(people_of(self.municipality_id))


def people_of(municipality_id: int) -> list[int]:
    """Return the ids of those who can work on cases in a town."""
    members = Membership.objects.filter(municipality_id=municipality_id, role__in=sorted(WORKS_ON_CASES))
    return list(members.filter(user__is_active=True).values_list("user_id", flat=True).distinct())
