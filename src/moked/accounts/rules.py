"""Who acts, with which rights. Plain values, no database."""

import dataclasses
from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """What a member of staff may do in one municipality."""

    AGENT = "AGENT"
    DEPARTMENT_WORKER = "DEPARTMENT_WORKER"
    DEPARTMENT_MANAGER = "DEPARTMENT_MANAGER"
    SERVICE_MANAGER = "SERVICE_MANAGER"
    ADMINISTRATOR = "ADMINISTRATOR"
    AUDITOR = "AUDITOR"


TOWN_WIDE = frozenset({Role.AGENT, Role.SERVICE_MANAGER, Role.AUDITOR})
DEPARTMENTAL = frozenset({Role.DEPARTMENT_WORKER, Role.DEPARTMENT_MANAGER})
SEES_CASES = TOWN_WIDE | DEPARTMENTAL
WORKS_ON_CASES = SEES_CASES - {Role.AUDITOR}
NEEDS_SECOND_FACTOR = frozenset({Role.ADMINISTRATOR})
WORKS_TOWN_WIDE = TOWN_WIDE - {Role.AUDITOR}


class Sharing(StrEnum):
    """To whom of a team a case goes that comes to the team: to nobody yet, to one after the other, or to who
    has the fewest; always among those on duty.
    """

    NOBODY = "NOBODY"
    IN_TURN = "IN_TURN"
    LEAST_LOADED = "LEAST_LOADED"


class ActorKind(StrEnum):
    """What kind of actor did something."""

    STAFF = "STAFF"
    RESIDENT = "RESIDENT"
    SYSTEM = "SYSTEM"
    BODY = "BODY"


@dataclasses.dataclass(frozen=True)
class Actor:
    """Somebody acting in one municipality. `department_ids` are those whose cases they work on by department,
    `managed_ids` those of them they manage.

    A resident acts by holding a secret link or filling in a form, a body outside the town's
    administration by the link of a hand-over; SYSTEM is the worker and sees everything.
    """

    kind: ActorKind
    municipality_id: int
    user_id: int | None = None
    roles: frozenset[Role] = frozenset()
    department_ids: frozenset[int] = frozenset()
    managed_ids: frozenset[int] = frozenset()

    def has_any(self, roles: frozenset[Role]) -> bool:
        """Tell whether the actor holds one of the roles here."""
        return bool(self.roles & roles)

    @property
    def works_on_cases(self) -> bool:
        """Holds a role that changes cases, of whatever department."""
        return self.has_any(WORKS_ON_CASES)

    def may_work_on(self, department_id: int | None) -> bool:
        """May change a case they see that is with this department."""
        return self.works_town_wide or department_id in self.department_ids

    def sees_contact_details_of(self, department_id: int | None) -> bool:
        """May read the reporter's name and addresses unmasked on a case they see of this department."""
        return self.works_town_wide or department_id in self.managed_ids

    def keeps_rosters_of(self, department_id: int | None) -> bool:
        """May say when a team of this department (None: the centre) is on duty, and who of it is away."""
        keeps_all = self.kind == ActorKind.SYSTEM or self.has_any(frozenset({Role.SERVICE_MANAGER}))
        return keeps_all or department_id in self.managed_ids

    @property
    def is_staff(self) -> bool:
        """Is a member of staff, signed in."""
        return self.kind == ActorKind.STAFF

    @property
    def works_town_wide(self) -> bool:
        """May change every case they see, whichever department has it: the centre, and the machinery."""
        return self.kind == ActorKind.SYSTEM or self.has_any(WORKS_TOWN_WIDE)


def system(municipality_id: int) -> Actor:
    """Return the actor of work nobody asked for just now: the worker, the demo maker."""
    return Actor(ActorKind.SYSTEM, municipality_id)


def resident(municipality_id: int) -> Actor:
    """Return the actor of what a resident does by form or by secret link."""
    return Actor(ActorKind.RESIDENT, municipality_id)


def external_body(municipality_id: int) -> Actor:
    """Return the actor of what an external body answers by the link it was sent."""
    return Actor(ActorKind.BODY, municipality_id)


def subtree(department_id: int, parents: Mapping[int, int | None]) -> frozenset[int]:
    """Return a department and all below it; `parents` maps each department to the one above."""
    found = {department_id}
    grown = True
    while grown:
        below = {child for child, parent in parents.items() if parent in found} - found
        found |= below
        grown = bool(below)
    return frozenset(found)
