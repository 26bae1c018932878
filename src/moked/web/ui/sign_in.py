"""What differs from the sign-in library: who is let in, what counts, where it leads, what is mailed."""

import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.stages import AuthenticateStage
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.core import signing
from django.http import HttpResponse
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from moked.accounts.models import User
from moked.accounts.operations import request_sign_in_mail
from moked.web.ui.remembered import remember_language
from moked.web.ui.requests import TownRequest
from moked.web.ui.visitors import address_of

PASSWORD_RESET = "PASSWORD_RESET"  # noqa: S105 - the name of a mail's text
KNOWN_COOKIE = "moked_known"
KNOWN_SECONDS = 180 * 86400


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    """The sign-in library's adapter. Nobody signs up, and no answer tells whether an account exists."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _(
            "The e-mail address and the password do not belong together. Check both and try again."
        ),
        "too_many_login_attempts": _("Too many tries for this address. Wait five minutes, then try again."),
        "enter_current_password": _("This is not your present password. Enter the one you signed in with."),
    }

    def is_open_for_signup(self, request: TownRequest) -> bool:
        """Say no: administrators make accounts."""
        return False

    def get_login_stages(self) -> list[str]:
        """Ask for the second factor after the password, and for nothing else."""
        return [f"{SecondStep.__module__}.{SecondStep.__qualname__}"]

    def is_ajax(self, request: TownRequest) -> bool:
        """Say no, so that a header cannot turn a page into JSON with other words in it."""
        return False

    def is_safe_url(self, url: str) -> bool:
        """Allow paths of this very origin only; browsers read `//`, a backslash or a tab as another host."""
        return (
            url.startswith("/")
            and "\\" not in url
            and url.isprintable()
            and url_has_allowed_host_and_scheme(url, allowed_hosts=None)
        )

    def get_client_ip(self, request: TownRequest) -> str:
        """Return the visitor's address, by which failures are counted."""
        return address_of(request)

    def post_login(self, request: TownRequest, user: User, **more: Any) -> HttpResponse:
        """Speak the language the person chose last, unless this browser knows of another choice."""
        response: HttpResponse = super().post_login(request, user, **more)
        if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            remember_language(response, user.language)
        return response

    def get_logout_redirect_url(self, request: TownRequest) -> str:
        """Lead back to the sign-in page of the same town."""
        return reverse("account_login")

    def get_password_change_redirect_url(self, request: TownRequest) -> str:
        """Lead back to work."""
        return reverse(settings.LOGIN_REDIRECT_URL)

    def authenticate(self, request: TownRequest, **credentials: Any) -> AbstractBaseUser | None:
        """Treat an account that was switched off like one that never was."""
        user = super().authenticate(request, **credentials)
        return user if user and user.is_active else None

    def _get_login_attempts_cache_key(self, request: TownRequest, **credentials: Any) -> str:
        """Count tries by address alone: the library adds the Host header, which whoever tries may vary.

        A browser that signed in with this address before counts apart, so that strangers who try to guess
        cannot lock its owner out.
        """
        email = str(credentials.get("email", "")).lower()
        return f"{email}:{known_browser(request, email)}"

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Have the one mail there is sent by the worker, which makes its secret link only then."""
        if template_prefix.endswith("/password_reset_key") and (user := context.get("user")):
            ask_for_reset_mail(self.request, user)

    def add_message(
        self, request: TownRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        """Say only what a page would not show by itself."""
        if message_template == "account/messages/password_changed.txt":
            messages.success(request, gettext("The new password holds from now on."))


class SecondStep(AuthenticateStage):  # type: ignore[misc]
    """Between password and desk, for who has a second factor."""

    def handle(self) -> tuple[Any, bool]:
        """Lead to the second step under a new session name: nobody else may hold the former one.

        What was begun is bound to the password and factors of this moment.
        """
        response, goes_on = super().handle()
        if response:
            self.state["bound_to"] = self.login.user.get_session_auth_hash()
            self.request.session.cycle_key()
        return response, goes_on

    @property
    def still_holds(self) -> bool:
        """Neither password nor factors have changed since, and the account was not switched off."""
        user = self.login.user
        is_same = hmac.compare_digest(self.state.get("bound_to", ""), user.get_session_auth_hash())
        return bool(user.is_active) and is_same


def ask_for_reset_mail(request: TownRequest, user: User) -> None:
    """Have a mail sent to choose a new password with; only who and which text is stored."""
    request_sign_in_mail(
        municipality_id=request.municipality.pk,
        user_id=user.pk,
        template=PASSWORD_RESET,
        language=user.language,
        now=datetime.now(UTC),
    )


def known_browser(request: TownRequest, email: str) -> str:
    """Return the random name of a browser that has proven to be this person's, or ''."""
    try:
        owner, name = signing.loads(
            request.COOKIES.get(KNOWN_COOKIE, ""), salt=KNOWN_COOKIE, max_age=KNOWN_SECONDS
        )
    except (signing.BadSignature, ValueError):
        return ""
    return str(name) if hmac.compare_digest(str(owner), _digest(email)) else ""


def know_browser(request: TownRequest, response: HttpResponse, user: User) -> None:
    """Note on the response that this browser is the person's own; each time under a new name."""
    response.set_cookie(
        KNOWN_COOKIE,
        signing.dumps([_digest(user.email), get_random_string(16)], salt=KNOWN_COOKIE),
        max_age=KNOWN_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _digest(email: str) -> str:
    key = hmac.new(settings.SECRET_KEY.encode(), b"moked.known_browser", "sha256").digest()
    return hmac.new(key, email.lower().encode(), hashlib.sha256).hexdigest()[:32]
