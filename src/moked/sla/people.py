"""Who is told about a case: the people that warnings and reactions call by what they are to it."""

import functools
from datetime import datetime

from moked.accounts import queries as accounts
from moked.accounts.rules import Actor, Role
from moked.cases.models import Case
from moked.sla.warnings import Whom


class People:
    """Who is who while a few cases are told of: asked once for each department, team and town."""

    def __init__(self) -> None:
        self.managers_of = functools.cache(accounts.managers_of)
        self.workers_of = functools.cache(accounts.workers_of)
        self.holders_of = functools.cache(accounts.holders_of)
        self.on_duty = functools.cache(accounts.on_duty)
        self.actors_of = functools.cache(_actors_of)

    def told(self, whom: Whom, case: Case, now: datetime) -> list[int]:
        """Return who that is for a case, by id; whoever nobody is stands in for, the managers."""
        department_id = case.department_id
        match whom:
            case Whom.ASSIGNEE if case.assignee_id and self._sees(case.assignee_id, case):
                return [case.assignee_id]
            case Whom.TEAM if case.team_id and (on_duty := self.on_duty(case.team_id, now)):
                return on_duty
            case Whom.ASSIGNEE | Whom.TEAM | Whom.MANAGER:
                return self.managers_of(department_id) if department_id else []
            case Whom.DEPARTMENT:
                return self.workers_of(department_id) if department_id else []
            case Whom.CENTRE:
                return self.holders_of(case.municipality_id, Role.AGENT)
        return self.holders_of(case.municipality_id, Role.SERVICE_MANAGER)

    def _sees(self, user_id: int, case: Case) -> bool:
        actor = self.actors_of(case.municipality_id).get(user_id)
        if actor is None or not actor.may_work_on(case.department_id):
            return False
        return not case.service.is_confidential or Case.objects.visible_to(actor).filter(id=case.pk).exists()


def _actors_of(municipality_id: int) -> dict[int, Actor]:
    found = accounts.actors_of(municipality_id)
    return {user.pk: actor for user, actor in found if user.is_active and actor.works_on_cases}
