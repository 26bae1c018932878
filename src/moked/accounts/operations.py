"""Make departments, people and memberships."""

from datetime import datetime

from django.db import transaction

from moked.accounts.events import SignInMailRequested
from moked.accounts.models import Department, Membership, User
from moked.accounts.rules import Role
from moked.audit import operations as audit
from moked.base.labels import Labels
from moked.events.operations import publish
from moked.municipalities.models import Municipality


def add_department(
    *, municipality: Municipality, code: str, name: Labels, parent: Department | None = None
) -> Department:
    """Add a department below another, or at the top."""
    return Department.objects.create(municipality=municipality, code=code, name=dict(name), parent=parent)


@transaction.atomic
def add_member(
    *,
    municipality: Municipality,
    user: User,
    role: Role,
    department: Department | None,
    by_user_id: int | None,
    now: datetime,
) -> Membership:
    """Give a person a role in a municipality. Departmental roles need a department of it."""
    if department and department.municipality_id != municipality.pk:
        raise ValueError("The department belongs to another municipality.")
    membership = Membership.objects.create(
        municipality=municipality, user=user, role=role, department=department
    )
    audit.record(
        municipality_id=municipality.pk,
        actor_kind="STAFF" if by_user_id else "SYSTEM",
        actor_id=by_user_id,
        verb="membership.added",
        object_kind="user",
        object_id=user.pk,
        after={"role": role, "department": department.code if department else None},
        now=now,
    )
    return membership


@transaction.atomic
def request_sign_in_mail(
    *, municipality_id: int, user_id: int, template: str, language: str, now: datetime
) -> None:
    """Have a mail of the sign-in pages sent by the worker; its secret link is made only then."""
    publish(
        SignInMailRequested(
            municipality_id=municipality_id, user_id=user_id, template=template, language=language
        ),
        now=now,
    )
