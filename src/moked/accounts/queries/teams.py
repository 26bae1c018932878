"""Teams: their people, who of them is on duty, and who may work in them."""

import dataclasses
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db.models import Q

from moked.accounts import rosters
from moked.accounts.models import Absence, Membership, Shift, Team, TeamMember, User
from moked.accounts.queries.staff import actor_of, parents_of, with_all_above
from moked.accounts.rules import Actor


@dataclasses.dataclass(frozen=True)
class Roster:
    """Who works in a team, by name, with their shifts, and who of them is on duty now, by id."""

    team: Team
    members: tuple[User, ...]
    shifts: dict[int, tuple[rosters.Shift, ...]]
    on_duty: frozenset[int]


def teams(municipality_id: int) -> list[Team]:
    """Return the teams that cases may be given to, with their departments, by code."""
    rows = Team.objects.filter(municipality_id=municipality_id, is_retired=False)
    return list(rows.select_related("department", "municipality").order_by("code"))


def retired_teams(municipality_id: int) -> list[Team]:
    """Return the teams that were retired, by code."""
    rows = Team.objects.filter(municipality_id=municipality_id, is_retired=True)
    return list(rows.select_related("department", "municipality").order_by("code"))


def team_by_code(municipality_id: int, code: str) -> Team | None:
    """Return the team of the municipality with this code, retired or not."""
    rows = Team.objects.select_related("department", "municipality")
    return rows.filter(municipality_id=municipality_id, code=code).first()


def is_member(team_id: int, user_id: int) -> bool:
    """Tell whether somebody works in a team."""
    return TeamMember.objects.filter(team_id=team_id, user_id=user_id).exists()


def on_duty(team_id: int, at: datetime) -> list[int]:
    """Return who of a team is on duty at a moment, by id."""
    return _on_duty([Team.objects.select_related("municipality").get(id=team_id)], at)


def on_call(municipality_id: int, department_id: int | None, at: datetime) -> list[int]:
    """Return who is on duty of the teams on call: a department's, of those above it, and the centre's."""
    above = with_all_above(department_id, municipality_id)
    found = Team.objects.filter(Q(department__isnull=True) | Q(department_id__in=above))
    found = found.filter(municipality_id=municipality_id, is_on_call=True, is_retired=False)
    return _on_duty(found.select_related("municipality").order_by("id"), at)


def rosters_of(found: Iterable[Team], at: datetime) -> list[Roster]:
    """Return the rosters of some teams of one town, which is at hand, in their order."""
    teams = list(found)
    if not teams:
        return []
    town, ids = teams[0].municipality, [team.pk for team in teams]
    members, shifts = _members(ids), _shifts(ids)
    away = _absences(town.pk, {row.user_id for row in members}, at)
    made = []
    for team in teams:
        people = [row.user for row in members if row.team_id == team.pk]
        hours = [row.hours for row in shifts if row.team_id == team.pk]
        there = [rosters.Member(one.pk, one.is_active) for one in people]
        by_member = {one.pk: tuple(shift for shift in hours if shift.user_id == one.pk) for one in people}
        duty = frozenset(rosters.on_duty(there, hours, away, at, town.zone))
        made.append(Roster(team, tuple(people), by_member, duty))
    return made


def _on_duty(found: Iterable[Team], at: datetime) -> list[int]:
    """Return who is on duty in any of some teams of one town, by id."""
    return sorted({user_id for roster in rosters_of(found, at) for user_id in roster.on_duty})


def _members(team_ids: Collection[int]) -> list[TeamMember]:
    rows = TeamMember.objects.filter(team_id__in=team_ids).select_related("user")
    return list(rows.order_by("user__name", "user_id"))


def _shifts(team_ids: Collection[int]) -> list[Shift]:
    return list(Shift.objects.filter(team_id__in=team_ids).order_by("begins", "weekdays", "id"))


def _absences(municipality_id: int, user_ids: Collection[int], at: datetime) -> list[rosters.Absence]:
    """Return the absences around a moment, wide enough for every time zone."""
    around = timedelta(days=2)
    rows = Absence.objects.filter(
        municipality_id=municipality_id,
        user_id__in=user_ids,
        first_day__lte=(at + around).date(),
        last_day__gte=(at - around).date(),
    )
    return [rosters.Absence(row.user_id, row.first_day, row.last_day) for row in rows]


def absences_of(municipality_id: int, user_ids: Collection[int], at: datetime) -> list[Absence]:
    """Return the absences of some people that are not over yet, or only since a day, the next one first."""
    rows = Absence.objects.filter(municipality_id=municipality_id, user_id__in=user_ids)
    ahead = rows.filter(last_day__gte=(at - timedelta(days=1)).date()).select_related("user")
    return list(ahead.order_by("first_day", "user__name", "id"))


def may_join(municipality_id: int, department_id: int | None) -> list[User]:
    """Return the active staff who see and work on the cases of a department, or of all for none, by name."""
    actors = actors_of(municipality_id)
    return [user for user, actor in actors if user.is_active and actor.may_work_on(department_id)]


def actors_of(municipality_id: int, user_ids: Collection[int] | None = None) -> list[tuple[User, Actor]]:
    """Return everybody on the staff of a municipality, or those of some ids, as actors, by name."""
    held = Membership.objects.filter(municipality_id=municipality_id).select_related("user")
    held = held if user_ids is None else held.filter(user_id__in=user_ids)
    parents = parents_of(municipality_id)
    people: dict[User, list[Membership]] = {}
    for row in held.order_by("user__name", "user_id", "id"):
        people.setdefault(row.user, []).append(row)
    return [(user, actor_of(user, municipality_id, rows, parents)) for user, rows in people.items()]
