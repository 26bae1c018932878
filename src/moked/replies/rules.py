"""The document of a reply template, and how its text is filled in for a case."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from moked.base.labels import Labels, are_labels, label, say_something
from moked.base.placeholders import fill, places_in
from moked.cases.rules import LONGEST_BODY, Outcome

LONGEST_NAME = 80
LONGEST_TEXT = LONGEST_BODY // 2


class BadReplyTemplate(ValueError):
    """A reply template is not as it must be; the message is a sentence that says what to change."""


@dataclasses.dataclass(frozen=True)
class Facts:
    """What a text may ask for, in the language of the resident; "" where it is not known."""

    name: str = ""
    number: str = ""
    title: str = ""
    department: str = ""
    promise: str = ""


PLACES = tuple(field.name for field in dataclasses.fields(Facts))


@dataclasses.dataclass(frozen=True)
class ReplyTemplateDocument:
    """What a revision of a reply template says; `service` is a slug, "" for all of them.

    With an `outcome` these are words to close a case with, otherwise words of a reply.
    """

    name: Labels
    text: Labels
    service: str = ""
    outcome: str = ""

    def as_document(self) -> dict[str, Any]:
        """Return the JSON form kept in the revision."""
        return dataclasses.asdict(self)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "ReplyTemplateDocument":
        """Return the checked document; raises BadReplyTemplate in words."""
        outcome, service = document.get("outcome", ""), document.get("service", "")
        if outcome not in ("", *Outcome):
            raise BadReplyTemplate(
                _("Choose the outcome of the text from: %(outcomes)s.") % {"outcomes": ", ".join(Outcome)}
            )
        if not isinstance(service, str):
            raise BadReplyTemplate(_("Name the service by its short name, or none for all services."))
        return cls(
            name=_name(document.get("name")),
            text=_text(document.get("text")),
            service=service,
            outcome=str(outcome),
        )


def _name(words: object) -> Labels:
    if not are_labels(words, longest=LONGEST_NAME) or not say_something(words):
        raise BadReplyTemplate(
            _("Give the template a name in at least one language, up to %(most)d characters.")
            % {"most": LONGEST_NAME}
        )
    return dict(words)


def _text(words: object) -> Labels:
    if not are_labels(words, longest=LONGEST_TEXT) or not say_something(words):
        raise BadReplyTemplate(
            _("Write the template's text in at least one language, up to %(most)d characters.")
            % {"most": LONGEST_TEXT}
        )
    unknown = [place for text in words.values() for place in places_in(text) if place not in PLACES]
    if unknown:
        raise BadReplyTemplate(
            _("There is nothing to put in place of %(place)s. Use only: %(places)s.")
            % {"place": f"{{{unknown[0]}}}", "places": ", ".join(f"{{{place}}}" for place in PLACES)}
        )
    return dict(words)


def filled(text: Labels, facts: Facts, language: str, fallback: str) -> str:
    """Return the text in a language, its places filled in once; what is filled in is never read again.

    A line that asks for what is not known is left out, but the name alone may be missing from one.
    """
    values = dataclasses.asdict(facts)
    lines = [
        fill(_without_name(line) if not facts.name else line, values)
        for line in label(text, language, fallback).split("\n")
        if all(values[place] or place == "name" for place in places_in(line))
    ]
    return "\n".join(lines).strip()


def _without_name(line: str) -> str:
    return line.replace(" {name}", "").replace("{name}", "")
