"""Give a case that came to a team to one of those on duty, as the team shares its cases."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Count

from moked.accounts import queries as accounts
from moked.accounts.models import Team, User
from moked.accounts.rosters import by_load, in_turn
from moked.accounts.rules import Sharing, system
from moked.cases.events import CaseAssigned
from moked.cases.models import Case, Change
from moked.cases.operations import assign
from moked.cases.rules import ShareReason

REASONS = {Sharing.IN_TURN: ShareReason.TURN, Sharing.LEAST_LOADED: ShareReason.LEAST_LOADED}


def share_assigned(event: CaseAssigned) -> None:
    """Share a case that was given to a team without naming a person."""
    if event.team_id is not None and event.assignee_id is None:
        newest = Change.objects.filter(case_id=event.case_id).order_by("-id")
        share(case_id=event.case_id, now=newest.values_list("at", flat=True)[0])


@transaction.atomic
def share(*, case_id: int, now: datetime) -> None:
    """Give an open case of a team that nobody has to somebody on duty, as the team shares its cases.

    It stays with the team where that shares nothing, and where nobody on duty may see the case. The team is
    locked: two cases that come at once never go to one person out of turn.
    """
    case = Case.objects.select_for_update(of=("self",)).filter(id=case_id, is_open=True).first()
    if case is None or case.team_id is None or case.assignee_id is not None:
        return
    # Not its key: another case that has come to the team holds that, and waits here for its turn.
    team = Team.objects.select_for_update(of=("self",), no_key=True).get(id=case.team_id)
    if team.sharing == Sharing.NOBODY:
        return
    chosen = _first_who_sees(case, _in_order(team, accounts.on_duty(team.pk, now)))
    if chosen is None:
        return
    assign(
        case_id=case.pk,
        department_id=case.department_id,
        team_id=team.pk,
        assignee_id=chosen,
        by=system(case.municipality_id),
        now=now,
        reason=REASONS[Sharing(team.sharing)],
    )
    team.last_given_id = chosen
    team.save(update_fields=["last_given"])


def _in_order(team: Team, on_duty: Sequence[int]) -> list[int]:
    """Return those on duty, whose turn it is first."""
    if team.sharing == Sharing.IN_TURN:
        return in_turn(on_duty, team.last_given_id)
    return by_load(on_duty, _loads(team.municipality_id, on_duty), team.last_given_id)


def _loads(municipality_id: int, user_ids: Collection[int]) -> dict[int, int]:
    """Return how many open cases people have in a town; nothing for those who have none."""
    cases = Case.objects.open().filter(municipality_id=municipality_id, assignee_id__in=user_ids)
    return dict(cases.order_by().values_list("assignee_id").annotate(Count("id")))


def _first_who_sees(case: Case, user_ids: Sequence[int]) -> int | None:
    """Return the first who may see and work on the case: a confidential one is not for everybody."""
    people = User.objects.in_bulk(user_ids)
    return next((one for one in user_ids if _sees(people[one], case)), None)


def _sees(user: User, case: Case) -> bool:
    actor = accounts.actor_for(user, case.municipality_id)
    if actor is None or not actor.may_work_on(case.department_id):
        return False
    return Case.objects.visible_to(actor).filter(id=case.pk).exists()
