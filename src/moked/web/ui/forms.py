"""Forms as every page uses them: safe text, mistakes said in whole sentences by the server.

A page that was sent with mistakes shows `components/error_summary.html` on top,
and passes the form as `form`, so that its title begins with "Error:".
"""

import dataclasses
import uuid
from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from moked.base.lengths import LONGEST_EMAIL
from moked.base.text import clean_body, clean_line, has_unstorable
from moked.residents.rules import normalise_phone
from moked.web.ui.labels import Words

LONGEST_PHONE = 40
FIRST_YEAR, LAST_YEAR = 1970, 2199

UNSTORABLE = _("This text holds a character that cannot be kept. Type it again rather than pasting it.")
TOO_LONG = ngettext_lazy(
    "Shorten this by at least %(over)d character: up to %(limit)d fit.",
    "Shorten this by at least %(over)d characters: up to %(limit)d fit.",
    "over",
)


class Form(forms.Form):
    """A form whose mistakes the server explains; labels without colons."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})


class TextField(forms.Field):
    """Text from a person. `missing` is the sentence for an empty field; none means it may stay empty."""

    def __init__(
        self,
        *,
        max_length: int,
        label: Words,
        missing: Words = "",
        hint: Words = "",
        widget: forms.Widget,
        test: str = "",
    ) -> None:
        super().__init__(
            required=bool(missing),
            label=label,
            help_text=hint,
            widget=widget,
            error_messages={"required": missing} if missing else None,
        )
        self.max_length = max_length
        if test:
            self.widget.attrs["data-test"] = test

    def to_python(self, value: Any) -> str:
        """Return the cleaned text; raises ValidationError for what cannot be kept or is too long."""
        text = value if isinstance(value, str) else ""
        if has_unstorable(text):
            raise ValidationError(UNSTORABLE, code="unstorable")
        text = self.tidy(text)
        if (over := len(text) - self.max_length) > 0:
            raise ValidationError(TOO_LONG % {"over": over, "limit": self.max_length}, code="max_length")
        return text

    def tidy(self, text: str) -> str:
        """Return the text as it is kept."""
        raise NotImplementedError


class LineField(TextField):
    """One line; bidirectional controls and line breaks vanish."""

    def __init__(
        self,
        *,
        autocomplete: str = "off",
        direction: str = "auto",
        kind: str = "text",
        inputmode: str = "",
        widget: forms.Widget | None = None,
        **kwargs: Any,
    ) -> None:
        attrs = {"class": "form-control", "autocomplete": autocomplete, "dir": direction}
        if inputmode:
            attrs["inputmode"] = inputmode
        if widget is None:
            widget = forms.TextInput(attrs=attrs)
            widget.input_type = kind
        super().__init__(widget=widget, **kwargs)

    def tidy(self, text: str) -> str:
        """Return one clean line."""
        return clean_line(text)


class BodyField(TextField):
    """Several lines."""

    def __init__(self, *, rows: int = 6, widget: forms.Widget | None = None, **kwargs: Any) -> None:
        attrs = {"class": "form-control", "rows": rows, "dir": "auto"}
        super().__init__(widget=widget or forms.Textarea(attrs=attrs), **kwargs)

    def tidy(self, text: str) -> str:
        """Return clean lines."""
        return clean_body(text)


class EmailField(LineField):
    """An address mail can be sent to; exactly one."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs = {"autocomplete": "email", "direction": "ltr", "kind": "email", **kwargs}
        super().__init__(max_length=LONGEST_EMAIL, **kwargs)

    def clean(self, value: Any) -> str:
        """Return the address; raises ValidationError with an example when it has another shape."""
        address = str(super().clean(value))
        if address:
            EmailValidator(message=_("Enter the address in full, like name@example.com."))(address)
        return address


class PhoneField(LineField):
    """A phone number as people write it."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs = {"autocomplete": "tel", "direction": "ltr", "kind": "tel", **kwargs}
        super().__init__(max_length=LONGEST_PHONE, **kwargs)

    def clean(self, value: Any) -> str:
        """Return the number as typed; raises ValidationError for anything but digits and separators."""
        number = str(super().clean(value))
        if number and not normalise_phone(number):
            raise ValidationError(_("Enter the phone number in digits, like 050-123-4567."), code="phone")
        return number


class Radios(forms.RadioSelect):
    """Radio buttons, drawn by components/radios.html; each carries its own data-test."""

    def __init__(self, *, test: str = "", test_each: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.test, self.test_each = test, test_each

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add data-test: the same for all, or with the value behind it."""
        option = super().create_option(name, value, *args, **kwargs)
        if self.test:
            ending = f"-{str(value).lower().replace('_', '-')}" if self.test_each else ""
            option["attrs"]["data-test"] = self.test + ending
        return option


@dataclasses.dataclass(frozen=True)
class Choice:
    """The words of one radio button, with a hint below."""

    words: Words
    hint: Words = ""

    def __str__(self) -> str:
        return str(self.words)


class ChoiceField(forms.ChoiceField):
    """One of several; nothing else is accepted, and an empty answer is asked for in its own words."""

    def __init__(
        self,
        *,
        choices: Iterable[tuple[str, Any]] = (),
        label: Words,
        missing: Words = "",
        hint: Words = "",
        widget: forms.Widget,
    ) -> None:
        words = missing or _("Choose one of the answers shown.")
        super().__init__(
            choices=list(choices),
            required=bool(missing),
            label=label,
            help_text=hint,
            widget=widget,
            error_messages={"required": words, "invalid_choice": words},
        )


class DayField(forms.DateField):
    """A day, chosen in the browser's calendar or typed as 2026-11-29; empty unless `missing` asks for it."""

    def __init__(self, *, label: Words, test: str, missing: Words = "") -> None:
        words = _("Write the day like 2026-11-29.")
        attrs = {"type": "date", "class": "form-control mk-short", "dir": "ltr", "data-test": test}
        super().__init__(
            required=bool(missing),
            label=label,
            input_formats=["%Y-%m-%d"],
            widget=forms.DateInput(format="%Y-%m-%d", attrs=attrs),
            error_messages={"invalid": words, "required": missing or words},
        )

    def validate(self, value: date | None) -> None:
        """Raise ValidationError for a day of another age, which can only be a slip."""
        super().validate(value)
        if value and not FIRST_YEAR <= value.year <= LAST_YEAR:
            raise ValidationError(self.error_messages["invalid"], code="invalid")


class CoordinateField(forms.FloatField):
    """A hidden degree of a position, set by script; anything that is none counts as not said."""

    widget = forms.HiddenInput

    def __init__(self, *, limit: float) -> None:
        super().__init__(required=False)
        self.limit = limit

    def clean(self, value: Any) -> float | None:
        """Return the degree, or None for what is missing, no number or beyond the limit."""
        try:
            degree = super().clean(value)
        except ValidationError:
            return None
        return degree if degree is not None and abs(degree) <= self.limit else None


class SourceField(forms.Field):
    """Where a hidden position comes from: PIN, PHOTO, DEVICE or ADDRESS; anything else counts as not said."""

    widget = forms.HiddenInput
    KNOWN = ("PIN", "PHOTO", "DEVICE", "ADDRESS")

    def __init__(self) -> None:
        super().__init__(required=False)

    def clean(self, value: Any) -> str:
        """Return one of the codes, or ""."""
        return value if value in self.KNOWN else ""


class SubmissionField(forms.Field):
    """A hidden value that recognises the same form sent twice; a missing or broken one is replaced."""

    widget = forms.HiddenInput

    def __init__(self) -> None:
        super().__init__(required=False, initial=lambda: str(uuid.uuid4()))

    def clean(self, value: Any) -> str:
        """Return the submission as a UUID in text."""
        try:
            return str(uuid.UUID(str(value)))
        except ValueError:
            return str(uuid.uuid4())
