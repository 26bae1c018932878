"""The pages on which a person proves who they are by a second factor, a passkey or the password again."""

from typing import Any

from allauth.account.internal.flows.login import perform_login
from allauth.account.internal.stagekit import clear_login
from allauth.account.models import Login
from allauth.account.stages import LoginStageController
from allauth.account.utils import get_next_redirect_url
from allauth.core.ratelimit import clear as forget_tries
from allauth.core.ratelimit import consume
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext

from moked.accounts.models import User
from moked.accounts.queries import second_factors
from moked.web.ui import sign_in_factor_forms as forms
from moked.web.ui import sign_in_passkeys as passkeys
from moked.web.ui.access import PUBLIC, STAFF, access
from moked.web.ui.forms import Form
from moked.web.ui.requests import TownRequest
from moked.web.ui.sign_in import SecondStep, know_browser
from moked.web.ui.sign_in_proofs import TooManyTries, note_factor, note_password, person, try_code
from moked.web.ui.sign_in_views import too_often


@access(PUBLIC, methods=("GET", "POST"))
def second_step(request: TownRequest) -> HttpResponse:
    """Ask for the second factor of somebody whose password was right; then sign them in."""
    step = _step(request)
    if step is None:
        return redirect("account_login")
    user = step.login.user
    form, kind = _prove(request, user)
    if not kind:
        return _page(request, "account/second_step.html", user, form)
    note_factor(request, user, kind)
    response: HttpResponse = step.exit()
    know_browser(request, response, user)
    return response


@access(STAFF, methods=("GET", "POST"), before_second_factor=True)
def confirm(request: TownRequest) -> HttpResponse:
    """Let a signed-in person prove that it is still them, then lead to where they wanted to go."""
    user = person(request)
    onward = get_next_redirect_url(request) or reverse("account_safety")
    if second_factors(user.pk, now()).exist:
        form, kind = _prove(request, user)
        if kind:
            note_factor(request, user, kind)
            return HttpResponseRedirect(onward)
    else:
        form = _password_form(request)
        if form.is_bound and form.is_valid():
            note_password(request)
            return HttpResponseRedirect(onward)
    return _page(request, "account/confirm.html", user, form, onward=onward)


@access(PUBLIC, methods=("POST",))
def sign_in_with_passkey(request: TownRequest) -> HttpResponse:
    """Sign in whoever's passkey answered: the device asked for a finger, a face or a PIN before."""
    if request.user.is_authenticated:
        return redirect(settings.LOGIN_REDIRECT_URL)
    if not consume(request, action="passkey"):
        return too_often(request)
    onward = get_next_redirect_url(request)
    user = _by_passkey(request, None)
    if user is None:
        words = gettext("This passkey opens nothing here. Sign in with e-mail address and password.")
        messages.error(request, words)
        return redirect("account_login")
    note_factor(request, user, passkeys.KIND, alone=True)
    response: HttpResponse = perform_login(request, Login(user=user, redirect_url=onward))
    know_browser(request, response, user)
    return response


@access(PUBLIC, methods=("POST",))
def question(request: TownRequest) -> HttpResponse:
    """Return what the script asks the browser for: a passkey of who signs in or is in, or anybody's."""
    if not consume(request, action="passkey"):
        return too_often(request)
    if request.user.is_authenticated:
        return JsonResponse(passkeys.ask_for(person(request)))
    step = _step(request)
    return JsonResponse(passkeys.ask_for(step.login.user if step else None))


def _step(request: TownRequest) -> SecondStep | None:
    """Return the second step that is to be taken; None when nobody's password was right just now."""
    if request.user.is_authenticated:
        return None
    step: SecondStep | None = LoginStageController.enter(request, SecondStep.key)
    if step and not step.still_holds:
        clear_login(request)
        return None
    return step


def _prove(request: TownRequest, user: User) -> tuple[Form, str]:
    """Return the form to show, and the kind of second factor that was there; "" when none was."""
    if request.method != "POST":
        return forms.CodeForm(), ""
    if "credential" in request.POST:
        form = forms.CodeForm()
        return form, str(passkeys.KIND) if _by_passkey(request, user) else ""
    form = forms.CodeForm(request.POST)
    if not form.is_valid():
        return form, ""
    try:
        kind = try_code(request, user, form.cleaned_data["code"])
    except TooManyTries:
        form.add_error("code", forms.TOO_MANY_CODES)
        return form, ""
    if not kind:
        form.add_error("code", forms.WRONG_CODE)
    return form, kind


def _by_passkey(request: TownRequest, user: User | None) -> User | None:
    form = forms.CredentialForm(request.POST)
    if not form.is_valid():
        return None
    try:
        return passkeys.check(request, user, form.cleaned_data["credential"])
    except passkeys.NoPasskey:
        return None


def _password_form(request: TownRequest) -> forms.PasswordForm:
    """Return the form, its password compared unless it was tried too often."""
    form = forms.PasswordForm(request.POST if request.method == "POST" else None)
    if not form.is_bound or not form.is_valid():
        return form
    if not consume(request, action="reauthenticate", user=person(request)):
        form.add_error("password", forms.TOO_MANY_PASSWORDS)
    elif not person(request).check_password(form.cleaned_data["password"]):
        form.add_error("password", forms.WRONG_PASSWORD)
    else:
        forget_tries(request, action="reauthenticate", user=person(request))
    return form


def _page(request: TownRequest, template: str, user: User, form: Form, **more: Any) -> HttpResponse:
    factors = second_factors(user.pk, now())
    here = factors.passkeys_on(passkeys.host_of(request)) if passkeys.are_possible(request) else ()
    context = {
        "form": form,
        "factors": factors,
        "takes_passkey": bool(here),
        "other_hosts": sorted({one.host for one in factors.passkeys} - {one.host for one in here}),
        "passkey_failed": "credential" in request.POST,
    }
    return render(request, template, context | {"failed": context["passkey_failed"]} | more)
