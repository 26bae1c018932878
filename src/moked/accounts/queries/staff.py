"""Who a signed-in person is in a municipality, and whom a case can be given to."""

import dataclasses
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from django.db.models import QuerySet

from moked.accounts.models import Department, Membership, User
from moked.accounts.rules import SEES_CASES, Actor, ActorKind, Role, subtree
from moked.accounts.secrets import UnableToDecrypt


@dataclasses.dataclass(frozen=True)
class Branch:
    """A department and how many are above it."""

    department: Department
    depth: int


@dataclasses.dataclass(frozen=True)
class Colleague:
    """A person with the roles they hold in one municipality."""

    user: User
    memberships: tuple[Membership, ...]


def actor_for(user: User, municipality_id: int) -> Actor | None:
    """Return the person as an actor of the municipality; None without a membership there.

    A department's manager sees the departments below it too, a worker only their own.
    """
    memberships = list(Membership.objects.filter(user=user, municipality_id=municipality_id))
    if not memberships or not user.is_active:
        return None
    manages = any(one.role == Role.DEPARTMENT_MANAGER for one in memberships)
    return actor_of(user, municipality_id, memberships, parents_of(municipality_id) if manages else {})


def actor_of(
    user: User,
    municipality_id: int,
    memberships: Collection[Membership],
    parents: Mapping[int, int | None],
) -> Actor:
    """Return a person as the actor that their memberships make them; `parents` are all departments'."""
    own = {m.department_id for m in memberships if m.role == Role.DEPARTMENT_WORKER and m.department_id}
    tops = {m.department_id for m in memberships if m.role == Role.DEPARTMENT_MANAGER and m.department_id}
    managed = frozenset(below for top in tops for below in subtree(top, parents))
    return Actor(
        kind=ActorKind.STAFF,
        municipality_id=municipality_id,
        user_id=user.pk,
        roles=frozenset(Role(m.role) for m in memberships),
        department_ids=managed | own,
        managed_ids=managed,
    )


def parents_of(municipality_id: int) -> dict[int, int | None]:
    """Return the department above each department of a municipality."""
    return dict(Department.objects.filter(municipality_id=municipality_id).values_list("id", "parent_id"))


def with_all_below(tops: set[int], municipality_id: int) -> frozenset[int]:
    """Return the ids of departments of the municipality and of all that belong to them."""
    parents = parents_of(municipality_id)
    return frozenset(below for top in tops for below in subtree(top, parents))


def with_all_above(department_id: int | None, municipality_id: int) -> frozenset[int]:
    """Return the ids of a department and of all that it belongs to; none for no department."""
    parents = parents_of(municipality_id)
    found: list[int] = []
    while department_id is not None:
        found.append(department_id)
        department_id = parents.get(department_id)
    return frozenset(found)


def departments(municipality_id: int) -> list[Department]:
    """Return the departments of the municipality that handle cases, by code."""
    return list(Department.objects.filter(municipality_id=municipality_id, is_retired=False).order_by("code"))


def department_by_code(municipality_id: int, code: str) -> Department | None:
    """Return the department of the municipality with this code, retired or not."""
    return Department.objects.filter(municipality_id=municipality_id, code=code).first()


def tree(municipality_id: int) -> list[Branch]:
    """Return the departments that handle cases, each below the one above it, by code."""
    found = departments(municipality_id)
    below: dict[int | None, list[Department]] = {}
    for one in found:
        below.setdefault(one.parent_id, []).append(one)
    return list(_branches(below, None, 0))


def _branches(
    below: dict[int | None, list[Department]], parent_id: int | None, depth: int
) -> Iterator[Branch]:
    for one in below.get(parent_id, []):
        yield Branch(one, depth)
        yield from _branches(below, one.pk, depth + 1)


def retired_departments(municipality_id: int) -> list[Department]:
    """Return the departments that were retired, by code."""
    retired = Department.objects.filter(municipality_id=municipality_id, is_retired=True)
    return list(retired.order_by("code"))


def staff(municipality_id: int) -> list[Colleague]:
    """Return everybody who holds a role in the municipality, by name, with these roles."""
    return _colleagues(Membership.objects.filter(municipality_id=municipality_id))


def colleague(municipality_id: int, user_id: int) -> Colleague | None:
    """Return one person who holds a role in the municipality."""
    held = Membership.objects.filter(municipality_id=municipality_id, user_id=user_id)
    return next(iter(_colleagues(held)), None)


def _colleagues(memberships: QuerySet[Membership]) -> list[Colleague]:
    rows = memberships.select_related("user", "department").order_by("user__name", "user_id", "role", "id")
    people: dict[User, list[Membership]] = {}
    for row in rows:
        people.setdefault(row.user, []).append(row)
    return [Colleague(user, tuple(held)) for user, held in people.items()]


def people_who_handle(municipality_id: int) -> list[User]:
    """Return active staff of the municipality who may be given a case, by name."""
    members = Membership.objects.filter(
        municipality_id=municipality_id, role__in=sorted(SEES_CASES - {Role.AUDITOR})
    )
    return list(User.objects.filter(id__in=members.values("user_id"), is_active=True).order_by("name", "id"))


def workers_of(department_id: int) -> list[int]:
    """Return who works in a department, by id."""
    return _holders(department_id=department_id, role=Role.DEPARTMENT_WORKER)


def managers_of(department_id: int) -> list[int]:
    """Return who manages a department, by id; where nobody does, who manages the nearest one above."""
    above: int | None = department_id
    while above is not None:
        if found := _holders(department_id=above, role=Role.DEPARTMENT_MANAGER):
            return found
        above = Department.objects.values_list("parent_id", flat=True).get(id=above)
    return []


def holders_of(municipality_id: int, role: Role) -> list[int]:
    """Return who holds a town-wide role, by id."""
    return _holders(municipality_id=municipality_id, role=role)


def _holders(**held: Any) -> list[int]:
    members = Membership.objects.filter(user__is_active=True, **held)
    return list(members.order_by("user_id").values_list("user_id", flat=True).distinct())


SHOW_CODES_FOR = timedelta(minutes=15)


@dataclasses.dataclass(frozen=True)
class Passkey:
    """One passkey of a person; it works on one host."""

    id: int
    name: str
    host: str
    added_at: datetime
    used_at: datetime | None


@dataclasses.dataclass(frozen=True)
class SecondFactors:
    """What a person confirms signing in with; `app_added_at` is None without an authenticator app.

    `codes_left` counts the unused recovery codes, `shown_codes` are they themselves while they are new and
    have not been put away.
    """

    app_added_at: datetime | None = None
    app_used_at: datetime | None = None
    passkeys: tuple[Passkey, ...] = ()
    codes_left: int = 0
    shown_codes: tuple[str, ...] = ()

    @property
    def exist(self) -> bool:
        """There is at least one."""
        return self.app_added_at is not None or bool(self.passkeys)

    def passkeys_on(self, host: str) -> tuple[Passkey, ...]:
        """Return the passkeys that work on a host."""
        return tuple(one for one in self.passkeys if one.host == host)


def has_second_factor(user_id: int) -> bool:
    """Tell whether signing in asks for more than the password."""
    kinds = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    return bool(Authenticator.objects.filter(user_id=user_id, type__in=kinds).exists())


def second_factors(user_id: int, now: datetime) -> SecondFactors:
    """Return what a person confirms signing in with, passkeys in the order they were added."""
    found = SecondFactors()
    for row in Authenticator.objects.filter(user_id=user_id).order_by("id"):
        if row.type == Authenticator.Type.TOTP:
            found = dataclasses.replace(found, app_added_at=row.created_at, app_used_at=row.last_used_at)
        elif row.type == Authenticator.Type.WEBAUTHN:
            found = dataclasses.replace(found, passkeys=(*found.passkeys, _passkey(row)))
        else:
            unused = _unused_codes(row)
            is_new = not row.wrap().did_view and now - row.created_at < SHOW_CODES_FOR
            found = dataclasses.replace(found, codes_left=len(unused), shown_codes=unused if is_new else ())
    return found


def _unused_codes(row: Authenticator) -> tuple[str, ...]:
    try:
        return tuple(row.wrap().get_unused_codes())
    except UnableToDecrypt:  # the installation's key was lost, and the codes with it
        return ()


def _passkey(row: Authenticator) -> Passkey:
    return Passkey(row.pk, row.data["name"], row.data["host"], row.created_at, row.last_used_at)
