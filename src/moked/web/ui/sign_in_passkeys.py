"""Passkeys: what the browser is asked, and what its answer is worth.

A passkey belongs to one host, since browsers see to it. They work on encrypted hosts with a name, and on
`localhost`; elsewhere the pages say so and one-time codes do.
"""

import ipaddress
from datetime import UTC, datetime
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth
from django.core.exceptions import ValidationError
from fido2.webauthn import AuthenticationResponse, RegistrationResponse

from moked.accounts import operations
from moked.accounts.models import User
from moked.web.ui.requests import TownRequest

# What the libraries below raise when the answer is not what a browser sends.
ODD = (ValidationError, ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError)


class NoPasskey(Exception):
    """The browser's answer proves nothing."""


def host_of(request: TownRequest) -> str:
    """Return the host a passkey of this page belongs to."""
    return request.get_host().rsplit(":", 1)[0]


def are_possible(request: TownRequest) -> bool:
    """Tell whether browsers allow passkeys on this host at all."""
    host = host_of(request)
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return request.is_secure() or host == "localhost" or host.endswith(".localhost")
    return False


def ask_for_new(request: TownRequest) -> dict[str, Any]:
    """Return what to ask the browser for a new passkey; the question is kept in the session."""
    return dict(auth.begin_registration(request.user, passwordless=True))


def ask_for(user: User | None) -> dict[str, Any]:
    """Return what to ask the browser for one of the person's passkeys, or for anybody's."""
    return dict(auth.begin_authentication(user))


def check_new(request: TownRequest, credential: Any) -> None:
    """Check the answer to `ask_for_new`; raises NoPasskey. A question is answered once."""
    try:
        _check_origin(request, RegistrationResponse.from_dict(credential))
        auth.complete_registration(credential)
    except ODD as error:
        raise NoPasskey from error
    finally:
        auth.clear_state()


def check(request: TownRequest, user: User | None, credential: Any) -> User:
    """Return whose passkey answered `ask_for`; raises NoPasskey. With a user, it has to be theirs."""
    try:
        _check_origin(request, AuthenticationResponse.from_dict(credential))
        owner = user or auth.extract_user_from_response(credential)
        passkey = auth.complete_authentication(owner, credential)
    except ODD as error:
        raise NoPasskey from error
    finally:
        auth.clear_state()
    if not owner.is_active:
        raise NoPasskey
    operations.note_passkey_used(passkey_id=passkey.pk, now=datetime.now(UTC))
    return owner


KIND = Authenticator.Type.WEBAUTHN


def _check_origin(request: TownRequest, answer: Any) -> None:
    """Raise ValueError unless the answer was given on this very host, scheme and port."""
    here = f"{request.scheme}://{request.get_host()}"
    if answer.response.client_data.origin != here:
        raise ValueError("The answer comes from another page.")
