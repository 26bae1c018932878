"""Forms about second factors: codes, names, and what a passkey answered."""

import json
import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from moked.web.ui.forms import Form, LineField

LONGEST_CODE, LONGEST_NAME, LONGEST_CREDENTIAL = 40, 60, 20_000
WRONG_CODE = _("This code does not fit. Wait for the next one, then enter it.")
TOO_MANY_CODES = _("Too many codes were tried. Wait five minutes, then try again; a passkey works at once.")
TOO_MANY_PASSWORDS = _("Too many tries. Wait five minutes, then try again.")
WRONG_PASSWORD = _("This is not your password. Enter the one you sign in with.")


class CodeField(LineField):
    """Digits of any script, with or without spaces between; cleaned to 0–9."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs = {"inputmode": "numeric", "autocomplete": "one-time-code", "direction": "ltr", **kwargs}
        super().__init__(max_length=LONGEST_CODE, **kwargs)

    def tidy(self, text: str) -> str:
        """Return the digits alone; other characters stay, so that they fit no code."""
        line = super().tidy(text)
        digits = (str(unicodedata.decimal(char, char)) for char in line)
        return "".join(char for char in digits if char.isalnum())


class AppCodeForm(Form):
    """The first code that a new authenticator app shows."""

    code = CodeField(
        label=_("Code from the app"),
        hint=_("Six digits. The app shows a new code every half minute."),
        missing=_("Enter the code that the app shows."),
        test="code",
    )


class CodeForm(Form):
    """A code of the app, or one of the recovery codes."""

    code = CodeField(
        label=_("Code"),
        hint=_("Six digits from the authenticator app, or one of the recovery codes on paper."),
        missing=_("Enter a code."),
        test="code",
    )


class PasswordForm(Form):
    """The password, for who has no second factor yet."""

    password = forms.CharField(
        label=_("Password"),
        max_length=200,
        strip=False,
        error_messages={"required": _("Enter your password.")},
        widget=forms.PasswordInput(
            attrs={
                "class": "form-control",
                "autocomplete": "current-password",
                "dir": "ltr",
                "data-test": "password",
            }
        ),
    )


class PasskeyNameForm(Form):
    """What the person calls a passkey."""

    name = LineField(
        label=_("Name of the passkey"),
        hint=_("So that you recognise it later, like “my phone” or “key in the drawer”."),
        max_length=LONGEST_NAME,
        missing=_("Enter a name."),
        test="name",
    )


class CredentialField(forms.CharField):
    """What the browser answered for a passkey, filled in by the script."""

    widget = forms.HiddenInput

    def __init__(self) -> None:
        super().__init__(required=True, max_length=LONGEST_CREDENTIAL)

    def clean(self, value: Any) -> Any:
        """Return the answer as a dict; raises ValidationError for anything else."""
        try:
            answer = json.loads(super().clean(value))
        except (ValueError, RecursionError):
            raise ValidationError("", code="invalid") from None
        if not isinstance(answer, dict):
            raise ValidationError("", code="invalid")
        return answer


class CredentialForm(Form):
    """A passkey's answer by itself."""

    credential = CredentialField()
