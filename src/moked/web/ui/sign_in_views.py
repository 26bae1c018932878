"""The sign-in library's pages, declared like ours and shown in our templates."""

from typing import Any

from allauth.account import views
from allauth.account.internal.flows.logout import logout
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from moked.web.ui import sign_in_forms as forms
from moked.web.ui.access import PUBLIC, STAFF, access
from moked.web.ui.middleware import remember_seen
from moked.web.ui.requests import TownRequest
from moked.web.ui.sign_in import know_browser


class _NewPassword(views.PasswordResetFromKeyView):  # type: ignore[misc]
    """Who holds the link reads the account's mail: from then on this browser is known to be theirs."""

    template_name = "account/new_password.html"
    form_class = forms.NewPasswordForm

    def form_valid(self, form: forms.NewPasswordForm) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        know_browser(self.request, response, self.reset_user)
        return response


_sign_in = views.LoginView.as_view(template_name="account/sign_in.html", form_class=forms.SignInForm)
_ask_reset = views.PasswordResetView.as_view(template_name="account/reset.html", form_class=forms.ResetForm)
_reset_asked = views.PasswordResetDoneView.as_view(template_name="account/reset_asked.html")
_reset = _NewPassword.as_view()
_change = views.PasswordChangeView.as_view(
    template_name="account/change_password.html", form_class=forms.OwnPasswordForm
)


@access(PUBLIC, methods=("GET", "POST"))
def sign_in(request: TownRequest) -> HttpResponse:
    """Ask for e-mail address and password; afterwards lead to where the person wanted to go."""
    was_signed_in = request.user.is_authenticated
    response = in_our_words(request, _sign_in(request))
    if request.user.is_authenticated and not was_signed_in:
        know_browser(request, response, request.user)
    return response


@access(PUBLIC, methods=("POST",))
def sign_out(request: TownRequest) -> HttpResponse:
    """End the session and lead to the sign-in page."""
    logout(request)
    return HttpResponseRedirect(reverse("account_login"))


@access(PUBLIC, methods=("GET", "POST"))
def ask_reset(request: TownRequest) -> HttpResponse:
    """Ask whose password is to be chosen anew; the answer is the same whoever it is."""
    return in_our_words(request, _ask_reset(request))


@access(PUBLIC)
def reset_asked(request: TownRequest) -> HttpResponse:
    """Say that a mail is on its way, should there be an account."""
    return in_our_words(request, _reset_asked(request))


@access(PUBLIC, methods=("GET", "POST"))
def reset(request: TownRequest, uidb36: str, key: str) -> HttpResponse:
    """Take a new password from who holds the secret link; the link itself moves out of the address first."""
    return in_our_words(request, _reset(request, uidb36=uidb36, key=key))


@access(PUBLIC)
def reset_done(request: TownRequest) -> HttpResponse:
    """Say that the new password holds."""
    return render(request, "account/reset_done.html")


@access(STAFF, methods=("GET", "POST"), before_second_factor=True)
def change_password(request: TownRequest) -> HttpResponse:
    """Let a signed-in person choose another password; other browsers are signed out by it."""
    before = request.session.session_key
    response = in_our_words(request, _change(request))
    if request.session.session_key != before:
        remember_seen(request, response)
    return response


def in_our_words(request: TownRequest, response: Any) -> HttpResponse:
    """Say in a sentence that somebody tried too often."""
    if response.status_code == 429:
        return too_often(request)
    if hasattr(response, "render"):
        response.render()
    return response  # type: ignore[no-any-return]


def too_often(request: TownRequest) -> HttpResponse:
    """Answer 429."""
    return render(request, "account/too_often.html", status=429)
