"""The sign-in library's forms in our words: no placeholders, fields that say what to do."""

from typing import Any

from allauth.account.forms import ChangePasswordForm, LoginForm, ResetPasswordForm, ResetPasswordKeyForm
from django import forms
from django.core.validators import EmailValidator, MaxLengthValidator, ProhibitNullCharactersValidator
from django.utils.translation import gettext_lazy as _

from moked.base.lengths import LONGEST_EMAIL
from moked.web.ui.requests import TownRequest
from moked.web.ui.sign_in import ask_for_reset_mail

LONGEST_PASSWORD = 200


class SignInForm(LoginForm):  # type: ignore[misc]
    """E-mail address and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _email(self.fields["login"], "username", "login")
        _password(self.fields["password"], _("Password"), _("Enter your password."), "password")


class ResetForm(ResetPasswordForm):  # type: ignore[misc]
    """Whose password is to be chosen anew."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _email(self.fields["email"], "username", "login")

    def save(self, request: TownRequest, **kwargs: Any) -> str:
        """Have a mail sent to everybody with this address; to nobody when there is no such account."""
        for user in self.users:
            ask_for_reset_mail(request, user)
        return str(self.cleaned_data["email"])


class NewPasswordForm(ResetPasswordKeyForm):  # type: ignore[misc]
    """The new password, twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _new_passwords(self)


class OwnPasswordForm(ChangePasswordForm):  # type: ignore[misc]
    """The present password and the new one, twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _password(
            self.fields["oldpassword"], _("Present password"), _("Enter your present password."), "password"
        )
        _new_passwords(self)


def _new_passwords(form: forms.Form) -> None:
    _password(form.fields["password1"], _("New password"), _("Enter a new password."), "new-password")
    form.fields["password1"].help_text = _("At least 12 characters. Three unrelated words are easy to keep.")
    _password(
        form.fields["password2"],
        _("New password once more"),
        _("Enter the new password once more."),
        "new-password-again",
    )


def _email(field: forms.Field, autocomplete: str, test_name: str) -> None:
    field.label = _("E-mail address")
    field.error_messages |= {"required": _("Enter your e-mail address.")}
    field.validators = [
        EmailValidator(_("Enter the address in full, like name@example.com.")),
        MaxLengthValidator(LONGEST_EMAIL, _("Enter at most %(limit_value)d characters.")),
        ProhibitNullCharactersValidator(),
    ]
    field.widget.attrs = {
        "class": "form-control",
        "autocomplete": autocomplete,
        "dir": "ltr",
        "type": "email",
        "maxlength": str(LONGEST_EMAIL),
        "data-test": test_name,
    }


def _password(field: forms.Field, label: Any, missing: Any, test_name: str) -> None:
    field.label, field.help_text = label, ""
    field.error_messages |= {"required": missing}
    field.validators = [
        *field.validators,
        MaxLengthValidator(LONGEST_PASSWORD, _("Enter at most %(limit_value)d characters.")),
    ]
    field.widget.attrs = {
        "class": "form-control",
        "autocomplete": field.widget.attrs.get("autocomplete", "current-password"),
        "dir": "ltr",
        "data-test": test_name,
    }
