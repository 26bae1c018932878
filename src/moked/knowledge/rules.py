"""The documents of life events and life situations, and which situations a text may mean."""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from moked.base.labels import Labels, are_labels, say_something
from moked.base.text import folded_words, has_unstorable

LONGEST_NAME, LONGEST_TEXT, LONGEST_LINE = 120, 2_000, 500
MOST_LINES = 20

Lines = Mapping[str, list[str]]


class BadGuide(ValueError):
    """A life event or situation is not as it must be; the message says what to change."""


@dataclasses.dataclass(frozen=True)
class LifeEventDocument:
    """What a revision of a life event says: "moving here", "a dog"."""

    name: Labels
    description: Labels

    def as_document(self) -> dict[str, Any]:
        """Return the JSON form kept in the revision."""
        return dataclasses.asdict(self)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "LifeEventDocument":
        """Return the checked document; raises BadGuide in words."""
        return cls(_texts(document, "name", LONGEST_NAME), _texts(document, "description", LONGEST_LINE))


@dataclasses.dataclass(frozen=True)
class LifeSituationDocument:
    """What a revision of a guide to one matter says.

    `life_events` are codes, `services` the slugs of those that begin there. `official` is the address of the
    state's own page, "" without one.
    """

    title: Labels
    summary: Labels
    who: Labels
    costs: Labels
    takes: Labels
    bring: Lines
    steps: Lines
    life_events: tuple[str, ...]
    services: tuple[str, ...] = ()
    official: str = ""

    def as_document(self) -> dict[str, Any]:
        """Return the JSON form kept in the revision."""
        return dataclasses.asdict(self)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "LifeSituationDocument":
        """Return the checked document; raises BadGuide in words."""
        return cls(
            title=_texts(document, "title", LONGEST_NAME),
            summary=_texts(document, "summary", LONGEST_LINE),
            who=_texts(document, "who", LONGEST_TEXT),
            costs=_texts(document, "costs", LONGEST_TEXT),
            takes=_texts(document, "takes", LONGEST_TEXT),
            bring=_lines(document, "bring"),
            steps=_lines(document, "steps"),
            life_events=_codes(document, "life_events"),
            services=_codes(document, "services"),
            official=_address(document.get("official", "")),
        )


def means(typed: str, texts: Iterable[str]) -> bool:
    """Tell whether each word typed begins a word of the texts, whatever their case and accents."""
    asked = folded_words(typed)
    known = [word for text in texts for word in folded_words(text)]
    return bool(asked) and all(any(word.startswith(one) for word in known) for one in asked)


def _texts(document: Mapping[str, Any], name: str, longest: int) -> Labels:
    texts = document.get(name)
    if not are_labels(texts, longest=longest) or not say_something(texts):
        raise BadGuide(
            _("Write “%(name)s” in at least one language, up to %(most)d characters.")
            % {"name": name, "most": longest}
        )
    return dict(texts)


def _lines(document: Mapping[str, Any], name: str) -> Lines:
    lines = document.get(name, {})
    if not isinstance(lines, Mapping) or not all(map(_are_lines, lines.values())):
        raise BadGuide(
            _("Write “%(name)s” as a list for each language, up to %(most)d lines.")
            % {"name": name, "most": MOST_LINES}
        )
    return {language: list(some) for language, some in lines.items()}


def _are_lines(lines: object) -> bool:
    return isinstance(lines, list | tuple) and len(lines) <= MOST_LINES and all(map(_is_line, lines))


def _is_line(line: object) -> bool:
    return isinstance(line, str) and len(line) <= LONGEST_LINE and not has_unstorable(line)


def _codes(document: Mapping[str, Any], name: str) -> tuple[str, ...]:
    codes = document.get(name, ())
    if not isinstance(codes, list | tuple) or not all(isinstance(one, str) and one for one in codes):
        raise BadGuide(_("Write “%(name)s” as a list of short names.") % {"name": name})
    return tuple(codes)


def _address(address: object) -> str:
    if not isinstance(address, str) or (address and not address.startswith("https://")):
        raise BadGuide(_("Begin the address of the official page with https://."))
    if not _is_line(address):
        raise BadGuide(
            _("Shorten the address of the official page to %(most)d characters.") % {"most": LONGEST_LINE}
        )
    return address
