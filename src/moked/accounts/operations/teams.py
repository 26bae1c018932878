"""Teams: who works together, when, and how they share what comes. Each change is a revision."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from moked.accounts.models import Department, Shift, Team, TeamMember, User
from moked.accounts.queries.teams import actors_of
from moked.accounts.rosters import MOST_SHIFTS
from moked.accounts.rosters import Shift as Hours
from moked.accounts.rules import Actor, Sharing
from moked.audit import operations as audit
from moked.base.ids import slug_for
from moked.base.labels import Labels, label
from moked.municipalities.models import Municipality
from moked.revisions import operations as revisions
from moked.revisions.queries import is_published, number_published

TEAM_KIND = "team"


class UnableToChangeTeam(Exception):
    """A change was refused; `code` says why, `names` whom it is about, and the front door chooses the words.

    Codes: NOT_FOUND, NO_NAME, NAME_TAKEN, UNKNOWN_DEPARTMENT, SEES_NO_CASES for people who may not work on
    the team's cases, NOT_A_MEMBER, TOO_MANY_SHIFTS, CHANGED_MEANWHILE; from those further up also HAS_CASES,
    IN_RULES.
    """

    def __init__(self, code: str, names: Collection[str] = ()) -> None:
        super().__init__(code)
        self.code, self.names = code, tuple(names)


@transaction.atomic
def add_team(
    *,
    municipality: Municipality,
    name: Labels,
    by: Actor,
    now: datetime,
    code: str = "",
    department: Department | None = None,
    sharing: Sharing = Sharing.NOBODY,
    is_on_call: bool = False,
) -> Team:
    """Add a team of a department, or of the centre; without a code it gets one made of its name.

    Raises UnableToChangeTeam (NO_NAME, NAME_TAKEN, UNKNOWN_DEPARTMENT).
    """
    if department and (department.municipality_id != municipality.pk or department.is_retired):
        raise UnableToChangeTeam("UNKNOWN_DEPARTMENT")
    taken = {"new", *Team.objects.filter(municipality=municipality).values_list("code", flat=True)}
    team = Team(
        municipality=municipality,
        code=code or slug_for(label(name, "en", municipality.language), taken, longest=40),
        name=dict(name),
        department=department,
        sharing=sharing,
        is_on_call=is_on_call,
    )
    _check_name(team)
    team.save()
    _record(team, "team.added", by, now)
    return team


@transaction.atomic
def change_team(
    *,
    team_id: int,
    name: Labels,
    department_id: int | None,
    sharing: Sharing,
    is_on_call: bool,
    by: Actor,
    now: datetime,
) -> Team:
    """Rename a team, move it to another department, or let it share its cases in another way.

    Raises UnableToChangeTeam (NOT_FOUND, NO_NAME, NAME_TAKEN, UNKNOWN_DEPARTMENT, SEES_NO_CASES).
    """
    team = _locked(team_id, by)
    _change(team, name, department_id, sharing, is_on_call)
    return _published(team, "team.changed", by, now)


@transaction.atomic
def set_members(*, team_id: int, user_ids: Collection[int], by: Actor, now: datetime) -> Team:
    """Say who works in a team; whoever leaves it leaves its roster.

    Raises UnableToChangeTeam (NOT_FOUND, SEES_NO_CASES).
    """
    _lock_people(user_ids)
    team = _locked(team_id, by)
    _put_members(team, set(user_ids))
    return _published(team, "team.members_set", by, now)


@transaction.atomic
def set_roster(
    *, team_id: int, shifts: Sequence[Hours], by: Actor, now: datetime, base: int | None = None
) -> Team:
    """Say when the members of a team are on duty; who has no shift is so at all hours.

    `base` is the number of the team's revision it began from, None for whatever it is by now. Raises
    UnableToChangeTeam (NOT_FOUND, also for who keeps other teams' rosters only, CHANGED_MEANWHILE,
    NOT_A_MEMBER, TOO_MANY_SHIFTS).
    """
    team = _locked(team_id, by)
    if not by.keeps_rosters_of(team.department_id):
        raise UnableToChangeTeam("NOT_FOUND")
    if base is not None and base != number_published(TEAM_KIND, team.pk):
        raise UnableToChangeTeam("CHANGED_MEANWHILE")
    _put_roster(team, set(shifts))
    return _published(team, "team.roster_set", by, now)


@transaction.atomic
def publish_team(
    *,
    team_id: int,
    name: Labels,
    department_id: int | None,
    sharing: Sharing,
    is_on_call: bool,
    user_ids: Collection[int],
    shifts: Sequence[Hours],
    by: Actor,
    now: datetime,
) -> Team:
    """Make a team all of this at once, as it was before.

    Raises UnableToChangeTeam as changing it, its members and its roster do.
    """
    _lock_people(user_ids)
    team = _locked(team_id, by)
    # Who leaves goes first: the department may be one whose cases they do not work on.
    _take_out(team, _member_ids(team) - set(user_ids))
    _change(team, name, department_id, sharing, is_on_call)
    _put_members(team, set(user_ids))
    _put_roster(team, set(shifts))
    return _published(team, "team.changed", by, now)


@transaction.atomic
def retire_team(*, team_id: int, by: Actor, now: datetime) -> Team:
    """Take a team out of every list; its past stays.

    What still leads to it from further up is not looked at here. Raises UnableToChangeTeam (NOT_FOUND).
    """
    team = _locked(team_id, by)
    team.is_retired = True
    team.save(update_fields=["is_retired"])
    _record(team, "team.retired", by, now)
    return team


@transaction.atomic
def restore_team(*, team_id: int, by: Actor, now: datetime) -> Team:
    """Let a retired team have cases again.

    Raises UnableToChangeTeam (NOT_FOUND, NAME_TAKEN, UNKNOWN_DEPARTMENT).
    """
    team = _locked(team_id, by)
    _check_department(team.municipality_id, team.department_id)
    _check_name(team)
    team.is_retired = False
    team.save(update_fields=["is_retired"])
    _record(team, "team.restored", by, now)
    return team


def leave_teams(*, user_ids: Collection[int] | None = None, by: Actor, now: datetime) -> None:
    """Take people out of the teams whose cases they may not work on any more; everybody for None.

    For whatever takes a right away, inside its transaction.
    """
    rows = TeamMember.objects.filter(municipality_id=by.municipality_id)
    rows = rows if user_ids is None else rows.filter(user_id__in=user_ids)
    member_of: dict[int, set[int]] = {}
    for team_id, user_id in rows.values_list("team_id", "user_id"):
        member_of.setdefault(team_id, set()).add(user_id)
    if not member_of:
        return
    actors = {user.pk: actor for user, actor in actors_of(by.municipality_id, user_ids)}
    for team_id in sorted(member_of):
        team = _locked(team_id, by)
        lost = {
            one
            for one in member_of[team_id]
            if one not in actors or not actors[one].may_work_on(team.department_id)
        }
        if lost:
            _take_out(team, lost)
            _record(team, "team.members_lost", by, now)


def _change(team: Team, name: Labels, department_id: int | None, sharing: Sharing, is_on_call: bool) -> None:
    if department_id != team.department_id:
        _check_department(team.municipality_id, department_id)
        team.department_id = department_id
        _check_members(team, _member_ids(team), known=_member_ids(team))
    team.name, team.sharing, team.is_on_call = dict(name), sharing, is_on_call
    _check_name(team)
    team.save(update_fields=["name", "department", "sharing", "is_on_call"])


def _put_members(team: Team, wanted: set[int]) -> None:
    known = _member_ids(team)
    _check_members(team, wanted - known, known=known)
    TeamMember.objects.bulk_create(
        TeamMember(municipality_id=team.municipality_id, team=team, user_id=one)
        for one in sorted(wanted - known)
    )
    _take_out(team, known - wanted)


def _put_roster(team: Team, wanted: set[Hours]) -> None:
    members = _member_ids(team)
    if any(one.user_id not in members for one in wanted):
        raise UnableToChangeTeam("NOT_A_MEMBER")
    if any(sum(one.user_id == user_id for one in wanted) > MOST_SHIFTS for user_id in members):
        raise UnableToChangeTeam("TOO_MANY_SHIFTS")
    if wanted == {row.hours for row in Shift.objects.filter(team=team)}:
        return
    Shift.objects.filter(team=team).delete()
    Shift.objects.bulk_create(
        Shift(
            municipality_id=team.municipality_id,
            team=team,
            user_id=one.user_id,
            weekdays="".join(str(day) for day in one.weekdays),
            begins=one.begins,
            ends=one.ends,
        )
        for one in sorted(wanted)
    )


def _take_out(team: Team, user_ids: Collection[int]) -> None:
    Shift.objects.filter(team=team, user_id__in=user_ids).delete()
    TeamMember.objects.filter(team=team, user_id__in=user_ids).delete()


def _lock_people(user_ids: Collection[int]) -> None:
    """Let nobody take a role from them meanwhile: whoever does locks the person first, then their teams."""
    list(User.objects.select_for_update(no_key=True).filter(id__in=user_ids).order_by("id"))


def _locked(team_id: int, by: Actor) -> Team:
    # Not its key: cases that come to the team meanwhile hold that.
    rows = Team.objects.select_for_update(of=("self",), no_key=True)
    rows = rows.select_related("municipality", "department")
    team = rows.filter(id=team_id, municipality_id=by.municipality_id).first()
    if team is None:
        raise UnableToChangeTeam("NOT_FOUND")
    return team


def _member_ids(team: Team) -> set[int]:
    return set(TeamMember.objects.filter(team=team).values_list("user_id", flat=True))


def _check_name(team: Team) -> None:
    """Refuse a name that is empty or belongs to another team beside it: a form sent twice adds one."""
    town = team.municipality
    if not any(team.name.values()):
        raise UnableToChangeTeam("NO_NAME")
    others = Team.objects.filter(municipality=town, department=team.department, is_retired=False)
    names = {other.name_in(town.language, town.language) for other in others.exclude(id=team.pk)}
    if team.name_in(town.language, town.language) in names:
        raise UnableToChangeTeam("NAME_TAKEN")


def _check_department(municipality_id: int, department_id: int | None) -> None:
    departments = Department.objects.filter(municipality_id=municipality_id, is_retired=False)
    if department_id is not None and not departments.filter(id=department_id).exists():
        raise UnableToChangeTeam("UNKNOWN_DEPARTMENT")


def _check_members(team: Team, user_ids: Collection[int], *, known: Collection[int]) -> None:
    """Refuse people who may not work on the team's cases; of those not `known` in it who is off."""
    if not user_ids:
        return
    actors = {user.pk: (user, actor) for user, actor in actors_of(team.municipality_id, user_ids)}
    unfit = [
        actors[one][0].name if one in actors else "–"
        for one in user_ids
        if one not in actors
        or not actors[one][1].may_work_on(team.department_id)
        or not (actors[one][0].is_active or one in known)
    ]
    if unfit:
        raise UnableToChangeTeam("SEES_NO_CASES", sorted(unfit))


def _document(team: Team) -> dict[str, Any]:
    return {
        "name": team.name,
        "department": team.department.code if team.department else None,
        "sharing": str(team.sharing),
        "is_on_call": team.is_on_call,
        "is_retired": team.is_retired,
        "members": sorted(_member_ids(team)),
        "roster": [
            {"member": row.user_id, "weekdays": row.weekdays, "begins": row.begins, "ends": row.ends}
            for row in Shift.objects.filter(team=team).order_by("user_id", "begins", "weekdays", "id")
        ],
    }


def _published(team: Team, verb: str, by: Actor, now: datetime) -> Team:
    """Return the team, with a new revision if it says anything else than before."""
    if not is_published(TEAM_KIND, team.pk, _document(team)):
        _record(team, verb, by, now)
    return team


def _record(team: Team, verb: str, by: Actor, now: datetime) -> None:
    document = _document(team)
    revision = revisions.publish(
        municipality_id=team.municipality_id,
        kind=TEAM_KIND,
        object_id=team.pk,
        document=document,
        author_id=by.user_id,
        now=now,
    )
    audit.record(
        municipality_id=team.municipality_id,
        actor_kind=by.kind,
        actor_id=by.user_id,
        verb=verb,
        object_kind=TEAM_KIND,
        object_id=team.pk,
        after={"revision": revision.number, "members": document["members"]},
        now=now,
    )
