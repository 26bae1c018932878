"""What a session has proven: that a second factor was there, that it is still the same person.

The sign-in library keeps in the session how and when somebody proved who they are. A session that a second
factor opened stays so until it ends; any change of factors ends all others.
"""

import functools
import time
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import urlencode

from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.core.ratelimit import clear as forget_tries
from allauth.core.ratelimit import consume
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME, update_session_auth_hash
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from moked.accounts import operations, secrets
from moked.accounts.models import User
from moked.accounts.queries import has_second_factor
from moked.accounts.rules import NEEDS_SECOND_FACTOR
from moked.web.ui.middleware import remember_seen
from moked.web.ui.requests import TownRequest
from moked.web.ui.sign_in import known_browser

PASSWORD, FACTOR = "password", "mfa"
OFFER_COOKIE = "moked_offer"
OFFER_AGAIN_SECONDS = 90 * 86400


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """The second-factor library's adapter: secrets are encrypted, a passkey belongs to one host."""

    def encrypt(self, text: str) -> str:
        """Return a secret as it is stored."""
        return secrets.encrypt(text, secrets.SECOND_FACTORS)

    def decrypt(self, encrypted_text: str) -> str:
        """Return a stored secret; raises UnableToDecrypt."""
        return secrets.decrypt(encrypted_text, secrets.SECOND_FACTORS)

    def _get_site_name(self) -> str:
        return "Moked"


def person(request: TownRequest) -> User:
    """Return who is signed in, on a page that is open to nobody else."""
    return cast(User, request.user)


def lacks_second_factor(request: TownRequest) -> bool:
    """Tell whether a role held here needs a second factor that this session was not opened with."""
    needed = settings.REQUIRE_SECOND_FACTOR and request.actor.has_any(NEEDS_SECOND_FACTOR)
    return bool(needed) and _proven_at(request, FACTOR) is None


def offers_second_factor(request: TownRequest) -> bool:
    """Tell whether to offer a second factor to somebody who has none and did not wave it away."""
    if request.COOKIES.get(OFFER_COOKIE) or _proven_at(request, FACTOR) is not None:
        return False
    return not has_second_factor(person(request).pk)


def proven(view: Any) -> Any:
    """Let nobody change factors whose last proof is older than ten minutes: they prove themselves first.

    The proof is a second factor for who has one, else the password. A form sent too late is not repeated.
    """

    @functools.wraps(view)
    def guarded(request: TownRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not is_proven(request):
            return HttpResponseRedirect(confirm_address(request.path))
        response: HttpResponse = view(request, *args, **kwargs)
        return response

    return guarded


def is_proven(request: TownRequest) -> bool:
    """Tell whether the person proved a short while ago that it is them."""
    at = _proven_at(request, FACTOR if has_second_factor(person(request).pk) else PASSWORD)
    return at is not None and time.time() - at < settings.PROVEN_SECONDS


def confirm_address(path: str) -> str:
    """Return where to prove oneself in order to go on at a path."""
    return f"{reverse('account_confirm')}?{urlencode({REDIRECT_FIELD_NAME: path})}"


def note_password(request: TownRequest) -> None:
    """Remember that the password was just entered."""
    record_authentication(request, request.user, PASSWORD, reauthenticated=True)


def note_factor(request: TownRequest, user: User, kind: str, *, alone: bool = False) -> None:
    """Remember that a second factor was just there; `alone` when a passkey took the password's place too."""
    more = {"passwordless": True} if alone else {}
    record_authentication(request, user, FACTOR, type=str(kind), **more)


def keep_session(request: TownRequest, response: HttpResponse) -> HttpResponse:
    """Go on under a new session name after a change of factors, which has ended all sessions."""
    user = person(request)
    user.refresh_from_db(fields=["sign_in_version"])
    update_session_auth_hash(request, user)
    remember_seen(request, response)
    return response


def try_code(request: TownRequest, user: User, code: str) -> str:
    """Return the kind of factor whose code this is and take it; "" when it is none.

    Raises TooManyTries once somebody tried often, whatever the code; the times to wait grow, and a browser
    that is known to be the person's own counts apart, so that nobody is kept out by a stranger.
    """
    key = f"{user.pk}:{known_browser(request, user.email)}"
    if not consume(request, action="second_factor", key=key):
        raise TooManyTries
    factor = operations.use_code(user_id=user.pk, code=code, now=datetime.now(UTC))
    if factor is None:
        return ""
    forget_tries(request, action="second_factor", key=key)
    return str(factor.type)


class TooManyTries(Exception):
    """The code was not even compared."""


def _proven_at(request: TownRequest, method: str) -> float | None:
    records = get_authentication_records(request, request.user)
    moments = [record["at"] for record in records if record.get("method") == method]
    return max(moments, default=None)
