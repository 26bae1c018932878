"""Second factors: what signing in asks for besides the password, and how it is lost and made anew."""

from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.conf import settings
from django.db import transaction
from django.db.models import F

from moked.accounts.codes import step_of
from moked.accounts.models import Membership, User
from moked.accounts.operations.sign_in import request_sign_in_mail
from moked.accounts.rules import NEEDS_SECOND_FACTOR, Actor
from moked.accounts.secrets import SECOND_FACTORS, UnableToDecrypt, decrypt, encrypt
from moked.audit import operations as audit

MAILS = {
    "second_factor.added": "SECOND_FACTOR_ADDED",
    "second_factor.removed": "SECOND_FACTOR_REMOVED",
    "second_factor.all_removed": "SECOND_FACTOR_RESET",
}
APP, PASSKEY, CODES = Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN, Authenticator.Type.RECOVERY_CODES


class UnableToAddFactor(Exception):
    """There is such a factor already."""


class UnableToRemoveFactor(Exception):
    """There is no such factor, or it is the last one of somebody who needs one."""


class UnableToRemoveFactors(Exception):
    """The person is no colleague in this municipality, or administers another one too."""


@transaction.atomic
def add_app(*, user_id: int, municipality_id: int, secret: str, step: int, now: datetime) -> None:
    """Have codes of an authenticator app asked for from now on; `step` is that of the code that proved it.

    Every session of the person ends, as with all changes of factors; the caller keeps its own. Recovery codes
    are made with the first factor. Raises UnableToAddFactor when there is an app already.
    """
    _lock(user_id)
    if Authenticator.objects.filter(user_id=user_id, type=APP).exists():
        raise UnableToAddFactor
    data = {"secret": encrypt(secret, SECOND_FACTORS), "last_step": step}
    Authenticator.objects.create(user_id=user_id, type=APP, data=data, created_at=now, last_used_at=now)
    _factors_changed(user_id, municipality_id, "second_factor.added", APP, now)


@transaction.atomic
def add_passkey(
    *, user_id: int, municipality_id: int, name: str, host: str, credential: dict[str, Any], now: datetime
) -> None:
    """Keep a passkey that was checked; it works on this host only. Ends sessions like `add_app`."""
    _lock(user_id)
    data = {"name": name, "host": host, "credential": credential}
    Authenticator.objects.create(user_id=user_id, type=PASSKEY, data=data, created_at=now)
    _factors_changed(user_id, municipality_id, "second_factor.added", PASSKEY, now)


@transaction.atomic
def rename_passkey(*, user_id: int, passkey_id: int, name: str) -> None:
    """Call a passkey differently; raises UnableToRemoveFactor when the person has no such passkey."""
    passkey = _own_passkey(user_id, passkey_id)
    passkey.data["name"] = name
    passkey.save(update_fields=["data"])


@transaction.atomic
def remove_app(*, user_id: int, municipality_id: int, now: datetime) -> None:
    """Ask for no codes of the app any more. Raises UnableToRemoveFactor; ends sessions like `add_app`."""
    _lock(user_id)
    app = Authenticator.objects.filter(user_id=user_id, type=APP).first()
    if app is None:
        raise UnableToRemoveFactor
    _remove(app, municipality_id, now)


@transaction.atomic
def remove_passkey(*, user_id: int, municipality_id: int, passkey_id: int, now: datetime) -> None:
    """Accept a passkey no longer. Raises UnableToRemoveFactor; ends sessions like `add_app`."""
    _lock(user_id)
    _remove(_own_passkey(user_id, passkey_id), municipality_id, now)


@transaction.atomic
def make_recovery_codes(*, user_id: int, municipality_id: int, now: datetime) -> None:
    """Make new recovery codes; the former ones stop working. Ends sessions like `add_app`."""
    _lock(user_id)
    if not _factors(user_id).exists():
        raise UnableToAddFactor
    Authenticator.objects.filter(user_id=user_id, type=CODES).delete()
    _factors_changed(user_id, municipality_id, "second_factor.codes_made", CODES, now)


@transaction.atomic
def put_recovery_codes_away(*, user_id: int) -> None:
    """Never show the recovery codes again: the person has them on paper."""
    for codes in Authenticator.objects.select_for_update().filter(user_id=user_id, type=CODES):
        codes.wrap().mark_as_viewed()


@transaction.atomic
def use_code(*, user_id: int, code: str, now: datetime) -> Authenticator | None:
    """Return the app or the recovery codes that this code is of, and never take the code again; None if none.

    Only plain digits are compared. Of an app's codes, one older than the last one taken is refused too.
    """
    own = Authenticator.objects.select_for_update().filter(user_id=user_id, type__in=[APP, CODES])
    for factor in own.order_by("id"):
        if _takes(factor, code, now):
            Authenticator.objects.filter(pk=factor.pk).update(last_used_at=now)
            return factor
    return None


@transaction.atomic
def note_passkey_used(*, passkey_id: int, now: datetime) -> None:
    """Remember when a passkey was used last."""
    Authenticator.objects.filter(pk=passkey_id, type=PASSKEY).update(last_used_at=now)


@transaction.atomic
def remove_second_factors(*, user_id: int, by: Actor, now: datetime) -> None:
    """Let a colleague who has lost phone and paper begin anew: all factors go and all sessions end.

    The colleague is told by mail; nothing happens where there are no factors. `by` administers the
    municipality. Raises UnableToRemoveFactors for oneself, for a person without a membership there, and for
    one who administers another municipality, which has to decide for itself.
    """
    memberships = Membership.objects.filter(user_id=user_id)
    elsewhere = memberships.filter(role__in=sorted(NEEDS_SECOND_FACTOR)).exclude(
        municipality_id=by.municipality_id
    )
    is_colleague = memberships.filter(municipality_id=by.municipality_id).exists()
    if not by.has_any(NEEDS_SECOND_FACTOR) or by.user_id == user_id or not is_colleague or elsewhere.exists():
        raise UnableToRemoveFactors
    _lock(user_id)
    if not Authenticator.objects.filter(user_id=user_id).exists():
        return
    Authenticator.objects.filter(user_id=user_id).delete()
    _end_sessions(user_id)
    _audit_factor(user_id, by.municipality_id, by.user_id, "second_factor.all_removed", {}, now)
    _tell(user_id, by.municipality_id, "second_factor.all_removed", now)


@transaction.atomic
def remove_second_factors_on_the_server(*, user_id: int, now: datetime) -> None:
    """Do the same for the last administrator, on behalf of whoever runs the installation.

    It is audited in every municipality the person works for.
    """
    _lock(user_id)
    Authenticator.objects.filter(user_id=user_id).delete()
    _end_sessions(user_id)
    memberships = Membership.objects.filter(user_id=user_id)
    towns = sorted(set(memberships.values_list("municipality_id", flat=True)))
    for municipality_id in towns:
        _audit_factor(user_id, municipality_id, None, "second_factor.all_removed", {}, now)
    if towns:
        _tell(user_id, towns[0], "second_factor.all_removed", now)


def needs_second_factor(user_id: int) -> bool:
    """Tell whether the installation asks for one and the person holds a role that needs it, anywhere."""
    roles = Membership.objects.filter(user_id=user_id, role__in=sorted(NEEDS_SECOND_FACTOR))
    return bool(settings.REQUIRE_SECOND_FACTOR) and roles.exists()


def _takes(factor: Authenticator, code: str, now: datetime) -> bool:
    """Take a code if it is one of the factor; what was encrypted under a lost key takes none."""
    try:
        return _take_from_app(factor, code, now) if factor.type == APP else factor.wrap().validate_code(code)
    except UnableToDecrypt:
        return False


def _take_from_app(app: Authenticator, code: str, now: datetime) -> bool:
    secret = decrypt(app.data["secret"], SECOND_FACTORS)
    step = step_of(secret, code, at=now.timestamp(), after=app.data["last_step"])
    if step is None:
        return False
    app.data["last_step"] = step
    app.save(update_fields=["data"])
    return True


def _lock(user_id: int) -> None:
    """Let changes of one person's factors wait for each other."""
    User.objects.select_for_update().get(pk=user_id)


def _factors(user_id: int) -> Any:
    return Authenticator.objects.filter(user_id=user_id).exclude(type=CODES)


def _own_passkey(user_id: int, passkey_id: int) -> Authenticator:
    own = Authenticator.objects.select_for_update().filter(user_id=user_id, type=PASSKEY, pk=passkey_id)
    passkey = own.first()
    if passkey is None:
        raise UnableToRemoveFactor
    return passkey


def _remove(factor: Authenticator, municipality_id: int, now: datetime) -> None:
    """Remove a factor, and the recovery codes with the last one."""
    user_id = factor.user_id
    is_last = not _factors(user_id).exclude(pk=factor.pk).exists()
    if is_last and needs_second_factor(user_id):
        raise UnableToRemoveFactor
    factor.delete()
    if is_last:
        Authenticator.objects.filter(user_id=user_id).delete()
    _factors_changed(user_id, municipality_id, "second_factor.removed", factor.type, now)


def _factors_changed(user_id: int, municipality_id: int, verb: str, kind: str, now: datetime) -> None:
    if _factors(user_id).exists():
        RecoveryCodes.activate(User.objects.get(pk=user_id))  # makes them unless there are some
    _end_sessions(user_id)
    _audit_factor(user_id, municipality_id, user_id, verb, {"kind": str(kind)}, now)
    if verb in MAILS:
        _tell(user_id, municipality_id, verb, now)


def _tell(user_id: int, municipality_id: int, verb: str, now: datetime) -> None:
    """Have a mail sent that says what became of a person's factors, in case it was not they who did it."""
    request_sign_in_mail(
        municipality_id=municipality_id,
        user_id=user_id,
        template=MAILS[verb],
        language=User.objects.get(pk=user_id).language,
        now=now,
    )


def _end_sessions(user_id: int) -> None:
    User.objects.filter(pk=user_id).update(sign_in_version=F("sign_in_version") + 1)


def _audit_factor(
    user_id: int, municipality_id: int, by: int | None, verb: str, after: dict[str, Any], now: datetime
) -> None:
    audit.record(
        municipality_id=municipality_id,
        actor_kind="STAFF" if by else "SYSTEM",
        actor_id=by,
        verb=verb,
        object_kind="user",
        object_id=user_id,
        after=after,
        now=now,
    )
