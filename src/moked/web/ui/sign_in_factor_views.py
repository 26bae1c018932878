"""“Signing in safely”: what a person confirms signing in with, and changes to it."""

import time
from typing import Any

import segno
from allauth.core.ratelimit import consume
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import now
from django.utils.translation import get_language, gettext

from moked.accounts import codes as one_time
from moked.accounts import operations
from moked.accounts.operations import UnableToAddFactor, UnableToRemoveFactor
from moked.accounts.queries import Passkey, SecondFactors, second_factors
from moked.accounts.secrets import derive
from moked.web.ui import sign_in_factor_forms as forms
from moked.web.ui import sign_in_passkeys as passkeys
from moked.web.ui.access import STAFF, access
from moked.web.ui.requests import TownRequest
from moked.web.ui.sign_in_proofs import (
    OFFER_AGAIN_SECONDS,
    OFFER_COOKIE,
    confirm_address,
    is_proven,
    keep_session,
    lacks_second_factor,
    note_factor,
    person,
    proven,
)
from moked.web.ui.sign_in_views import too_often

QUIET = 4


@access(STAFF, before_second_factor=True)
def overview(request: TownRequest) -> HttpResponse:
    """Show what is set up and lead to every change."""
    context = {
        "factors": _factors(request),
        "is_led_here": lacks_second_factor(request),
        "can_have_passkeys": passkeys.are_possible(request),
        "host": passkeys.host_of(request),
        "place": "safety",
    }
    return render(request, "account/safety.html", context)


@access(STAFF, methods=("POST",), before_second_factor=True)
def later(request: TownRequest) -> HttpResponse:
    """Leave the offer of a second factor for later, on this browser."""
    response = redirect(settings.LOGIN_REDIRECT_URL)
    response.set_cookie(
        OFFER_COOKIE,
        "later",
        max_age=OFFER_AGAIN_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


@access(STAFF, methods=("GET", "POST"), before_second_factor=True)
@proven
def add_app(request: TownRequest) -> HttpResponse:
    """Show the secret to scan or type, and take the first code that proves it arrived.

    The secret is made from the session, so nothing is kept until then, and opening the page again shows the
    same one.
    """
    secret = one_time.secret_of(derive("app", str(person(request).pk), str(request.session.session_key)))
    form = forms.AppCodeForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        step = one_time.step_of(secret, form.cleaned_data["code"], at=time.time())
        if step is not None:
            return _app_added(request, secret, step)
        form.add_error("code", forms.WRONG_CODE)
    context = {"form": form, "picture": _picture(request, secret), "secret": _in_groups(secret)}
    return render(request, "account/add_app.html", context)


def _app_added(request: TownRequest, secret: str, step: int) -> HttpResponse:
    try:
        operations.add_app(**_whose(request), secret=secret, step=step, now=now())
    except UnableToAddFactor:
        return redirect("account_safety")
    note_factor(request, person(request), operations.APP)
    return _changed(request, gettext("The authenticator app is set up."))


@access(STAFF, methods=("GET", "POST"), before_second_factor=True)
@proven
def remove_app(request: TownRequest) -> HttpResponse:
    """Ask whether the app is really to go, and let it go."""
    if _factors(request).app_added_at is None:
        return redirect("account_safety")
    if not _is_sure(request):
        return render(request, "account/remove_factor.html")
    try:
        operations.remove_app(**_whose(request), now=now())
    except UnableToRemoveFactor:
        return _needed(request)
    return _changed(request, gettext("The authenticator app is no longer asked for."))


@access(STAFF, methods=("GET", "POST"), before_second_factor=True)
@proven
def add_passkey(request: TownRequest) -> HttpResponse:
    """Take a name and what the browser answered, and keep the passkey."""
    form = forms.PasskeyNameForm(request.POST if request.method == "POST" else None)
    has_failed = False
    if form.is_bound and form.is_valid():
        if _keep_passkey(request, form.cleaned_data["name"]):
            note_factor(request, person(request), passkeys.KIND)
            return _changed(request, gettext("The passkey is set up."))
        has_failed = True
    context = {"form": form, "can_have_passkeys": passkeys.are_possible(request), "failed": has_failed}
    return render(request, "account/add_passkey.html", context)


def _keep_passkey(request: TownRequest, name: str) -> bool:
    answer = forms.CredentialForm(request.POST)
    if not answer.is_valid():
        return False
    credential = answer.cleaned_data["credential"]
    try:
        passkeys.check_new(request, credential)
    except passkeys.NoPasskey:
        return False
    host = passkeys.host_of(request)
    operations.add_passkey(**_whose(request), name=name, host=host, credential=credential, now=now())
    return True


@access(STAFF, methods=("POST",), before_second_factor=True)
def question_for_new(request: TownRequest) -> HttpResponse:
    """Return what the script asks the browser for a new passkey, or where to prove oneself first."""
    if not is_proven(request):
        return JsonResponse({"go": confirm_address(reverse("account_add_passkey"))})
    if not consume(request, action="passkey"):
        return too_often(request)
    return JsonResponse(passkeys.ask_for_new(request))


@access(STAFF, methods=("GET", "POST"), before_second_factor=True)
@proven
def rename_passkey(request: TownRequest, passkey_id: int) -> HttpResponse:
    """Call a passkey differently."""
    passkey = _own(request, passkey_id)
    if passkey is None:
        raise Http404
    form = forms.PasskeyNameForm(
        request.POST if request.method == "POST" else None, initial={"name": passkey.name}
    )
    if form.is_bound and form.is_valid():
        operations.rename_passkey(
            user_id=person(request).pk, passkey_id=passkey.id, name=form.cleaned_data["name"]
        )
        return HttpResponseRedirect(reverse("account_safety"), status=303)
    return render(request, "account/rename_passkey.html", {"form": form, "passkey": passkey})


@access(STAFF, methods=("GET", "POST"), before_second_factor=True)
@proven
def remove_passkey(request: TownRequest, passkey_id: int) -> HttpResponse:
    """Ask whether the passkey is really to go, and let it go."""
    passkey = _own(request, passkey_id)
    if passkey is None:
        raise Http404
    if not _is_sure(request):
        return render(request, "account/remove_factor.html", {"passkey": passkey})
    try:
        operations.remove_passkey(**_whose(request), passkey_id=passkey.id, now=now())
    except UnableToRemoveFactor:
        return _needed(request)
    return _changed(request, gettext("The passkey no longer works."))


@access(STAFF, methods=("GET", "POST"), before_second_factor=True)
@proven
def codes(request: TownRequest) -> HttpResponse:
    """Show new recovery codes until the person says that they have them, at most a quarter of an hour."""
    if _is_sure(request):
        operations.put_recovery_codes_away(user_id=person(request).pk)
        return redirect("account_safety")
    shown = _factors(request).shown_codes
    if not shown:
        return redirect("account_safety")
    return render(request, "account/codes.html", {"codes": [_in_groups(code) for code in shown]})


@access(STAFF, methods=("GET", "POST"), before_second_factor=True)
@proven
def new_codes(request: TownRequest) -> HttpResponse:
    """Ask whether new recovery codes are wanted, and make them."""
    if not _factors(request).exist:
        return redirect("account_safety")
    if not _is_sure(request):
        return render(request, "account/new_codes.html")
    operations.make_recovery_codes(**_whose(request), now=now())
    return _changed(request)


def _is_sure(request: TownRequest) -> bool:
    """Tell whether the page's one button was pressed."""
    return request.method == "POST" and "sure" in request.POST


def _factors(request: TownRequest) -> SecondFactors:
    return second_factors(person(request).pk, now())


def _own(request: TownRequest, passkey_id: int) -> Passkey | None:
    return next((one for one in _factors(request).passkeys if one.id == passkey_id), None)


def _whose(request: TownRequest) -> dict[str, Any]:
    return {"user_id": person(request).pk, "municipality_id": request.municipality.pk}


def _changed(request: TownRequest, words: str = "") -> HttpResponse:
    """Lead on after a change: to the recovery codes while they are new, else to the overview."""
    if words:
        messages.success(request, words)
    onward = "account_codes" if _factors(request).shown_codes else "account_safety"
    return keep_session(request, HttpResponseRedirect(reverse(onward)))


def _needed(request: TownRequest) -> HttpResponse:
    words = gettext("Administrators need a second way to confirm signing in. Set up another one first.")
    messages.error(request, words)
    return redirect("account_safety")


def _picture(request: TownRequest, secret: str) -> SafeString:
    """Draw what an authenticator app scans."""
    issuer = request.municipality.name_in(get_language() or settings.LANGUAGE_CODE)
    said = one_time.address_of(secret, issuer=issuer, account=person(request).email)
    drawn = segno.make(said, error="m", micro=False).svg_inline(
        omitsize=True, border=QUIET, dark="#000", light="#fff", svgclass=None, lineclass=None
    )
    return mark_safe(drawn)  # noqa: S308 - squares drawn by the library, no words


def _in_groups(text: str) -> str:
    """Return a code in groups of four, as people read and type it."""
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))
