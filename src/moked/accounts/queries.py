"""Who a signed-in person is in a municipality, and whom a case can be given to."""

from moked.accounts.models import Department, Membership, User
from moked.accounts.rules import SEES_CASES, Actor, ActorKind, Role, subtree


def actor_for(user: User, municipality_id: int) -> Actor | None:
    """Return the person as an actor of the municipality; None without a membership there.

    A department's manager sees the departments below it too, a worker only their own.
    """
    memberships = list(Membership.objects.filter(user=user, municipality_id=municipality_id))
    if not memberships or not user.is_active:
        return None
    own = {m.department_id for m in memberships if m.role == Role.DEPARTMENT_WORKER and m.department_id}
    tops = {m.department_id for m in memberships if m.role == Role.DEPARTMENT_MANAGER and m.department_id}
    managed = _with_all_below(tops, municipality_id) if tops else frozenset()
    return Actor(
        kind=ActorKind.STAFF,
        municipality_id=municipality_id,
        user_id=user.pk,
        roles=frozenset(Role(m.role) for m in memberships),
        department_ids=managed | own,
        managed_ids=managed,
    )


def _with_all_below(tops: set[int], municipality_id: int) -> frozenset[int]:
    parents = dict(Department.objects.filter(municipality_id=municipality_id).values_list("id", "parent_id"))
    return frozenset(below for top in tops for below in subtree(top, parents))


def departments(municipality_id: int) -> list[Department]:
    """Return the municipality's departments by code."""
    return list(Department.objects.filter(municipality_id=municipality_id).order_by("code"))


def people_who_handle(municipality_id: int) -> list[User]:
    """Return active staff of the municipality who may be given a case, by name."""
    members = Membership.objects.filter(
        municipality_id=municipality_id, role__in=sorted(SEES_CASES - {Role.AUDITOR})
    )
    return list(User.objects.filter(id__in=members.values("user_id"), is_active=True).order_by("name", "id"))
