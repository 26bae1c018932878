"""Fields that only the settings need."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from moked.base.values import BadValue, number_from
from moked.web.ui.forms import LineField
from moked.web.ui.labels import Words

ONLY_SHOWN = _("Choose only what is shown.")
BETWEEN = _("Write a whole number from %(least)d to %(most)d.")
NUMBER = _("Write a number in digits, like 12 or 2.5.")


class NumberField(LineField):
    """A number as people write it; empty is None."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=20, direction="ltr", inputmode="decimal", **kwargs)
        self.widget.attrs["class"] += " st-short"

    def clean(self, value: Any) -> Any:
        """Return the number; raises ValidationError for anything else."""
        text = str(super().clean("" if value is None else str(value)))
        if not text:
            return None
        try:
            return number_from(text)
        except BadValue:
            raise ValidationError(NUMBER, code="number") from None


class WholeField(NumberField):
    """A whole number between two others; empty is None unless it is `missing`."""

    def __init__(self, *, least: int, most: int, **kwargs: Any) -> None:
        self.least, self.most = least, most
        super().__init__(**kwargs)

    def clean(self, value: Any) -> int | None:
        """Return the number; raises ValidationError for another one."""
        number = super().clean(value)
        if number is None:
            return None
        if number != int(number) or not self.least <= number <= self.most:
            raise ValidationError(BETWEEN % {"least": self.least, "most": self.most}, code="between")
        return int(number)


class CheckField(forms.BooleanField):
    """Yes or no, as a box to tick."""

    def __init__(self, *, label: Words, hint: Words = "", test: str = "") -> None:
        super().__init__(required=False, label=label, help_text=hint)
        if test:
            self.widget.attrs["data-test"] = test


class SelectField(forms.ChoiceField):
    """One of what is offered in a list that folds out; may stay as it is."""

    def __init__(self, label: Words, choices: Any = (), *, hint: Words = "", test: str = "") -> None:
        super().__init__(
            required=False,
            label=label,
            help_text=hint,
            choices=choices,
            widget=forms.Select(
                attrs={"class": "form-select mk-short"} | ({"data-test": test} if test else {})
            ),
            error_messages={"invalid_choice": ONLY_SHOWN},
        )


class ChecksField(forms.MultipleChoiceField):
    """Several of what is shown, or none."""

    def __init__(self, *, label: Words, hint: Words = "", choices: Any = ()) -> None:
        super().__init__(
            required=False,
            label=label,
            help_text=hint,
            choices=choices,
            widget=forms.CheckboxSelectMultiple,
            error_messages={"invalid_choice": ONLY_SHOWN},
        )
