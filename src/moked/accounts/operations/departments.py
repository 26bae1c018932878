"""Departments: the tree of those who handle cases. Each change is a revision."""

from datetime import datetime
from typing import Any

from django.db import transaction

from moked.accounts.models import Department, Membership, Team
from moked.accounts.operations.teams import leave_teams
from moked.accounts.rules import Actor, subtree
from moked.audit import operations as audit
from moked.base.ids import slug_for
from moked.base.labels import Labels, label
from moked.base.references import is_referred_to
from moked.municipalities.models import Municipality
from moked.revisions import operations as revisions
from moked.revisions.queries import is_published, was_changed

KIND = "department"


class UnableToChangeDepartment(Exception):
    """A change was refused; `code` says why and the front door chooses the words.

    Codes: NOT_FOUND, NO_NAME, NAME_TAKEN, UNKNOWN_PARENT, BELOW_ITSELF, HAS_MEMBERS, HAS_DEPARTMENTS,
    HAS_TEAMS; from those further up also HAS_SERVICES, HAS_CASES, IN_RULES.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@transaction.atomic
def add_department(
    *,
    municipality: Municipality,
    name: Labels,
    by: Actor,
    now: datetime,
    code: str = "",
    parent: Department | None = None,
) -> Department:
    """Add a department below another, or at the top; without a code it gets one made of its name.

    Raises UnableToChangeDepartment (NO_NAME, NAME_TAKEN, UNKNOWN_PARENT).
    """
    _check_name(municipality, name, None)
    if parent and parent.municipality_id != municipality.pk:
        raise UnableToChangeDepartment("UNKNOWN_PARENT")
    taken = {"new", *Department.objects.filter(municipality=municipality).values_list("code", flat=True)}
    department = Department.objects.create(
        municipality=municipality,
        code=code or slug_for(label(name, "en", municipality.language), taken, longest=40),
        name=dict(name),
        parent=parent,
    )
    _record(department, "department.added", by, now)
    return department


@transaction.atomic
def change_department(
    *, department_id: int, name: Labels, parent_id: int | None, by: Actor, now: datetime
) -> Department:
    """Rename a department or move it, with all below it, to another place in the tree.

    Raises UnableToChangeDepartment (NOT_FOUND, NO_NAME, NAME_TAKEN, UNKNOWN_PARENT, BELOW_ITSELF).
    """
    department = _locked(department_id, by)
    _check_name(department.municipality, name, department.pk)
    if parent_id is not None:
        _check_parent(department, parent_id)
    is_moved = department.parent_id != parent_id
    department.name, department.parent_id = dict(name), parent_id
    if is_published(KIND, department.pk, _document(department)):
        return department
    department.save(update_fields=["name", "parent"])
    if is_moved:
        # Managers of the departments it was below see its cases no more.
        leave_teams(by=by, now=now)
    _record(department, "department.changed", by, now)
    return department


@transaction.atomic
def retire_department(*, department_id: int, by: Actor, now: datetime) -> Department:
    """Take a department nobody belongs to out of every list; its past stays.

    What still leads to it from further up is not looked at here. Raises UnableToChangeDepartment (NOT_FOUND,
    HAS_MEMBERS, HAS_DEPARTMENTS, HAS_TEAMS).
    """
    department = _locked(department_id, by)
    if Membership.objects.filter(department=department).exists():
        raise UnableToChangeDepartment("HAS_MEMBERS")
    if Department.objects.filter(parent=department, is_retired=False).exists():
        raise UnableToChangeDepartment("HAS_DEPARTMENTS")
    if Team.objects.filter(department=department, is_retired=False).exists():
        raise UnableToChangeDepartment("HAS_TEAMS")
    department.is_retired = True
    department.save(update_fields=["is_retired"])
    _record(department, "department.retired", by, now)
    return department


@transaction.atomic
def restore_department(*, department_id: int, by: Actor, now: datetime) -> Department:
    """Let a retired department handle cases again. Raises UnableToChangeDepartment (NOT_FOUND)."""
    department = _locked(department_id, by)
    department.is_retired = False
    department.save(update_fields=["is_retired"])
    _record(department, "department.restored", by, now)
    return department


@transaction.atomic
def withdraw_department(*, department_id: int, by: Actor, now: datetime) -> bool:
    """Delete a department that nothing refers to and nobody changed since; return whether it went.

    For undoing an import; whatever people made is retired, never deleted. Raises UnableToChangeDepartment
    (NOT_FOUND).
    """
    department = _locked(department_id, by)
    if is_referred_to(department) or was_changed(KIND, department.pk):
        return False
    department.delete()
    revisions.forget(KIND, department_id)
    audit.record(
        municipality_id=by.municipality_id,
        actor_kind=by.kind,
        actor_id=by.user_id,
        verb="department.withdrawn",
        object_kind=KIND,
        object_id=department_id,
        now=now,
    )
    return True


def _locked(department_id: int, by: Actor) -> Department:
    """Return the department locked, with the whole tree, so that no two moves tie a knot together."""
    tree = Department.objects.select_for_update().filter(municipality_id=by.municipality_id).order_by("id")
    found = next((one for one in tree if one.pk == department_id), None)
    if found is None:
        raise UnableToChangeDepartment("NOT_FOUND")
    return found


def _check_name(municipality: Municipality, name: Labels, department_id: int | None) -> None:
    """Refuse a name that is empty or belongs to another department: a form sent twice adds one."""
    if not any(name.values()):
        raise UnableToChangeDepartment("NO_NAME")
    others = Department.objects.filter(municipality=municipality, is_retired=False)
    others = others.exclude(id=department_id or 0)
    wanted = label(name, municipality.language, municipality.language)
    if wanted in {other.name_in(municipality.language, municipality.language) for other in others}:
        raise UnableToChangeDepartment("NAME_TAKEN")


def _check_parent(department: Department, parent_id: int) -> None:
    tree = Department.objects.filter(municipality_id=department.municipality_id)
    if not tree.filter(id=parent_id, is_retired=False).exists():
        raise UnableToChangeDepartment("UNKNOWN_PARENT")
    if parent_id in subtree(department.pk, dict(tree.values_list("id", "parent_id"))):
        raise UnableToChangeDepartment("BELOW_ITSELF")


def _document(department: Department) -> dict[str, Any]:
    above = department.parent.code if department.parent else None
    return {"name": department.name, "parent": above, "is_retired": department.is_retired}


def _record(department: Department, verb: str, by: Actor, now: datetime) -> None:
    document = _document(department)
    revision = revisions.publish(
        municipality_id=department.municipality_id,
        kind=KIND,
        object_id=department.pk,
        document=document,
        author_id=by.user_id,
        now=now,
    )
    audit.record(
        municipality_id=department.municipality_id,
        actor_kind=by.kind,
        actor_id=by.user_id,
        verb=verb,
        object_kind=KIND,
        object_id=department.pk,
        after={"revision": revision.number, "parent": document["parent"]},
        now=now,
    )
