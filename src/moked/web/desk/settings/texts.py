"""Texts in every language of the town, side by side, with the gaps marked."""

import dataclasses
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.forms import BoundField
from django.utils.translation import get_language, get_language_info

from moked.base.labels import Labels
from moked.municipalities.models import Municipality
from moked.web.ui.forms import BodyField, Form, LineField
from moked.web.ui.labels import Words

LONGEST_TEXT = 120


@dataclasses.dataclass(frozen=True)
class Column:
    """A text in one language; a gap is what residents read in another one meanwhile, if it is said at all."""

    field: BoundField
    language: str
    name: str
    is_gap: bool


@dataclasses.dataclass(frozen=True)
class Texts:
    """One text in all languages."""

    id: str
    legend: Words
    hint: Words
    columns: tuple[Column, ...]

    @property
    def gaps(self) -> int:
        """In how many languages it is missing."""
        return sum(column.is_gap for column in self.columns)


def languages_of(town: Municipality) -> list[str]:
    """Return the languages of the town, its own first."""
    listed = town.languages or [code for code, _ in settings.LANGUAGES]
    return [town.language, *(code for code in listed if code != town.language)]


def language_of_reader(town: Municipality) -> str:
    """Return the language the page is read in."""
    return get_language() or town.language


def language_name(code: str) -> str:
    """Return a language's name in itself."""
    return str(get_language_info(code)["name_local"])


class TextsForm(Form):
    """A form some of whose fields are texts in several languages."""

    def __init__(self, *args: Any, town: Municipality, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.town = town
        self._texts: dict[str, tuple[Words, Words]] = {}

    def add_texts(
        self,
        name: str,
        *,
        label: Words,
        missing: Words = "",
        hint: Words = "",
        values: Labels | None = None,
        max_length: int = LONGEST_TEXT,
        rows: int = 0,
    ) -> None:
        """Add one field for each language; `missing` asks for the text in the town's own language."""
        self._texts[name] = (label, hint)
        for code in languages_of(self.town):
            said: dict[str, Any] = {
                "max_length": max_length,
                "label": language_name(code),
                "missing": missing if code == self.town.language else "",
                "test": f"{name}-{code}".replace("_", "-"),
            }
            field = BodyField(rows=rows, **said) if rows else LineField(**said)
            field.widget.attrs["lang"] = code
            field.initial = (values or {}).get(code, "")
            self.fields[f"{name}_{code}"] = field

    def texts(self, name: str) -> dict[str, str]:
        """Return what was written, once it is checked, without the gaps."""
        said = {code: self.cleaned_data[f"{name}_{code}"] for code in languages_of(self.town)}
        return {code: text for code, text in said.items() if text}

    def side_by_side(self, name: str) -> Texts:
        """Return one text as the page shows it."""
        legend, hint = self._texts[name]
        return Texts(f"{self.prefix or 'id'}_{name}", legend, hint, tuple(self._columns(name)))

    @property
    def all_texts(self) -> dict[str, Texts]:
        """Every text of the form, by name."""
        return {name: self.side_by_side(name) for name in self._texts}

    def _columns(self, name: str) -> Iterable[Column]:
        fields = {code: self[f"{name}_{code}"] for code in languages_of(self.town)}
        is_said = any(field.field.required or field.value() for field in fields.values())
        for code, field in fields.items():
            yield Column(field, code, language_name(code), is_said and not field.value())
