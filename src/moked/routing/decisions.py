"""What the rules decide about one case, in terms of what the town has today."""

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from typing import Any

from moked.accounts.models import Department, Team
from moked.accounts.queries import actors_of
from moked.accounts.rules import Actor
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
            found = self._found(match.rule.target, case.service.department_id)
            if found is None:
                skipped = skipped or match.number
                continue
            return dataclasses.replace(
                found,
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

    def _found(self, target: Target, own_department: int | None) -> Decision | None:
        """Return what a target names, None when anything of it is gone or the person works elsewhere."""
        department = self._departments.get(target.department) if target.department else None
        team, its_department = self._teams.get(target.team, (None, None)) if target.team else (None, None)
        where = department or its_department or own_department
        body = self._bodies.get(target.body) if target.body else None
        is_gone = (
            (target.department and department is None)
            or (target.team and team is None)
            or (target.body and body is None)
            or (target.person is not None and not self._works_at(target.person, where))
            or any(one not in self._labels for one in target.labels)
        )
        if is_gone:
            return None
        labels = tuple(self._labels[one] for one in target.labels)
        return Decision(where, team, target.person, body, target.priority, labels)

    def _works_at(self, user_id: int, department_id: int | None) -> bool:
        actor = self._people.get(user_id)
        return actor is not None and (department_id is None or actor.may_work_on(department_id))

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
    def _people(self) -> dict[int, Actor]:
        return people_of(self.municipality_id)


def people_of(municipality_id: int) -> dict[int, Actor]:
    """Return those who can work on cases in a town, by their ids."""
    found = actors_of(municipality_id)
    return {user.pk: actor for user, actor in found if user.is_active and actor.works_on_cases}
