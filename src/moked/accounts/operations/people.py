"""People of the staff and their roles. Nobody changes their own, and somebody always remains to do it."""

from datetime import datetime

from django.db import transaction

from moked.accounts.models import Department, Membership, User
from moked.accounts.operations.sign_in import request_sign_in_mail
from moked.accounts.operations.teams import leave_teams
from moked.accounts.rules import DEPARTMENTAL, Actor, Role
from moked.audit import operations as audit
from moked.municipalities.models import Municipality

INVITATION = "INVITATION"


class UnableToChangePeople(Exception):
    """A change was refused; `code` says why and the front door chooses the words.

    Codes: NOT_ALLOWED, NOT_FOUND, YOURSELF, LAST_ADMINISTRATOR, ALREADY_HELD, DEPARTMENT_NEEDED,
    UNKNOWN_DEPARTMENT, WORKS_ELSEWHERE, SWITCHED_OFF.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


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
def invite(
    *,
    name: str,
    email: str,
    language: str,
    role: Role,
    department_id: int | None,
    by: Actor,
    now: datetime,
) -> User:
    """Give somebody a first role here; who cannot sign in yet gets a mail to choose a password.

    An address known from another municipality keeps the name it has there. Raises UnableToChangePeople
    (NOT_ALLOWED, YOURSELF, SWITCHED_OFF, ALREADY_HELD, DEPARTMENT_NEEDED, UNKNOWN_DEPARTMENT).
    """
    _check_administrator(by)
    user = User.objects.select_for_update().filter(email=email.lower()).first()
    if user is None:
        user = User.objects.create_user(email, None, name=name, language=language)
        _audit(user, "person.invited", by, now)
    if not user.is_active:
        raise UnableToChangePeople("SWITCHED_OFF")
    _give(user, role, department_id, by, now)
    if not user.has_usable_password():
        _send_invitation(user, by, now)
    return user


@transaction.atomic
def invite_again(*, user_id: int, by: Actor, now: datetime) -> None:
    """Send another invitation to a person who has not chosen a password yet; to others nothing is sent.

    Raises UnableToChangePeople (NOT_ALLOWED, NOT_FOUND, SWITCHED_OFF).
    """
    user = _locked(user_id, by)
    if not user.is_active:
        raise UnableToChangePeople("SWITCHED_OFF")
    if not user.has_usable_password():
        _audit(user, "person.invited", by, now)
        _send_invitation(user, by, now)


@transaction.atomic
def give_role(*, user_id: int, role: Role, department_id: int | None, by: Actor, now: datetime) -> Membership:
    """Give a colleague one more role; it holds from their next click.

    Raises UnableToChangePeople (NOT_ALLOWED, NOT_FOUND, YOURSELF, ALREADY_HELD, DEPARTMENT_NEEDED,
    UNKNOWN_DEPARTMENT).
    """
    return _give(_locked(user_id, by), role, department_id, by, now)


@transaction.atomic
def take_role(*, user_id: int, membership_id: int, by: Actor, now: datetime) -> None:
    """Take a role from a colleague; they are out of teams it let them in. It is gone at their next click.

    Raises UnableToChangePeople (NOT_ALLOWED, NOT_FOUND, YOURSELF, LAST_ADMINISTRATOR).
    """
    user = _locked(user_id, by)
    membership = Membership.objects.filter(
        id=membership_id, user=user, municipality_id=by.municipality_id
    ).first()
    if membership is None:
        raise UnableToChangePeople("NOT_FOUND")
    _check_not_oneself(user, by)
    if membership.role == Role.ADMINISTRATOR:
        _check_another_administrator(user, by)
    before = {
        "role": membership.role,
        "department": membership.department.code if membership.department else None,
    }
    membership.delete()
    leave_teams(user_ids=[user.pk], by=by, now=now)
    _audit(user, "membership.removed", by, now, before=before)


@transaction.atomic
def switch_off(*, user_id: int, by: Actor, now: datetime) -> None:
    """Let a person do nothing any more, from their next click on; their roles wait for them.

    Raises UnableToChangePeople (NOT_ALLOWED, NOT_FOUND, YOURSELF, LAST_ADMINISTRATOR, WORKS_ELSEWHERE): who
    works for another municipality too can only be relieved of the roles here.
    """
    user = _locked(user_id, by)
    _check_not_oneself(user, by)
    _check_works_only_here(user, by)
    _check_another_administrator(user, by)
    user.is_active = False
    user.save(update_fields=["is_active"])
    _audit(user, "person.switched_off", by, now)


@transaction.atomic
def switch_on(*, user_id: int, by: Actor, now: datetime) -> None:
    """Let a person who was switched off work again with the roles they had.

    Raises UnableToChangePeople (NOT_ALLOWED, NOT_FOUND, YOURSELF, WORKS_ELSEWHERE).
    """
    user = _locked(user_id, by)
    _check_not_oneself(user, by)
    _check_works_only_here(user, by)
    user.is_active = True
    user.save(update_fields=["is_active"])
    _audit(user, "person.switched_on", by, now)


def _locked(user_id: int, by: Actor) -> User:
    """Return a person who has a role here, locked; the actor must be an administrator here."""
    _check_administrator(by)
    here = Membership.objects.filter(municipality_id=by.municipality_id)
    # Not the key: what refers to the person meanwhile, like a case given to them, need not wait.
    people = User.objects.select_for_update(no_key=True)
    user = people.filter(id__in=here.values("user_id"), id=user_id).first()
    if user is None:
        raise UnableToChangePeople("NOT_FOUND")
    return user


def _give(user: User, role: Role, department_id: int | None, by: Actor, now: datetime) -> Membership:
    _check_not_oneself(user, by)
    town = Municipality.objects.get(id=by.municipality_id)
    department = None
    if role in DEPARTMENTAL:
        department = _department(department_id, by)
    held = Membership.objects.filter(municipality=town, user=user, role=role, department=department)
    if held.exists():
        raise UnableToChangePeople("ALREADY_HELD")
    return add_member(
        municipality=town, user=user, role=role, department=department, by_user_id=by.user_id, now=now
    )


def _department(department_id: int | None, by: Actor) -> Department:
    if department_id is None:
        raise UnableToChangePeople("DEPARTMENT_NEEDED")
    found = Department.objects.filter(
        id=department_id, municipality_id=by.municipality_id, is_retired=False
    ).first()
    if found is None:
        raise UnableToChangePeople("UNKNOWN_DEPARTMENT")
    return found


def _check_administrator(by: Actor) -> None:
    if Role.ADMINISTRATOR not in by.roles:
        raise UnableToChangePeople("NOT_ALLOWED")


def _check_not_oneself(user: User, by: Actor) -> None:
    if user.pk == by.user_id:
        raise UnableToChangePeople("YOURSELF")


def _check_works_only_here(user: User, by: Actor) -> None:
    if Membership.objects.filter(user=user).exclude(municipality_id=by.municipality_id).exists():
        raise UnableToChangePeople("WORKS_ELSEWHERE")


def _check_another_administrator(user: User, by: Actor) -> None:
    """Refuse to leave the municipality without one; who acts may have lost the role a moment ago.

    All administrators are locked: two who remove each other at the same moment come one after the other.
    """
    administrators = Membership.objects.filter(municipality_id=by.municipality_id, role=Role.ADMINISTRATOR)
    people = User.objects.select_for_update(no_key=True)
    active = people.filter(id__in=administrators.values("user_id"), is_active=True)
    remaining = {one.pk for one in active.order_by("id")} - {user.pk}
    if not remaining:
        raise UnableToChangePeople("LAST_ADMINISTRATOR")
    if by.user_id not in remaining:
        raise UnableToChangePeople("NOT_ALLOWED")


def _send_invitation(user: User, by: Actor, now: datetime) -> None:
    request_sign_in_mail(
        municipality_id=by.municipality_id,
        user_id=user.pk,
        template=INVITATION,
        language=user.language,
        now=now,
    )


def _audit(
    user: User, verb: str, by: Actor, now: datetime, *, before: dict[str, str | None] | None = None
) -> None:
    audit.record(
        municipality_id=by.municipality_id,
        actor_kind=by.kind,
        actor_id=by.user_id,
        verb=verb,
        object_kind="user",
        object_id=user.pk,
        before=before,
        now=now,
    )


def choose_language(*, user_id: int, language: str) -> None:
    """Keep the language a person reads and gets mails in. A taste, not a right: nothing is noted."""
    User.objects.filter(id=user_id).update(language=language)
