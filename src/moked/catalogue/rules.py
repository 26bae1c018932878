"""The document of a service, and which services a text may be about."""

import dataclasses
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any

from moked.base.labels import Labels


class CaseKind(StrEnum):
    """What a resident wants when choosing a service."""

    REPORT = "REPORT"
    QUESTION = "QUESTION"
    REQUEST = "REQUEST"
    COMPLAINT = "COMPLAINT"
    PRAISE = "PRAISE"


class BadService(ValueError):
    """A service's document is not as it must be; the message says what to change."""


@dataclasses.dataclass(frozen=True)
class ServiceDocument:
    """What a revision of a service says. `words` are those that hint at it, per language."""

    name: Labels
    description: Labels
    words: dict[str, list[str]]
    kind: CaseKind
    department: str
    confidential_roles: tuple[str, ...] | None = None

    def as_document(self) -> dict[str, Any]:
        """Return the JSON form kept in the revision."""
        return {**dataclasses.asdict(self), "kind": str(self.kind)}

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "ServiceDocument":
        """Return the checked document; raises BadService in words."""
        names = document.get("name")
        if not isinstance(names, dict) or not any(names.values()):
            raise BadService("Give the service a name in at least one language.")
        try:
            kind = CaseKind(document.get("kind", CaseKind.REPORT))
        except ValueError:
            raise BadService(f"Choose the kind of the service from: {', '.join(CaseKind)}.") from None
        if not document.get("department"):
            raise BadService("Name the department that handles the service.")
        roles = document.get("confidential_roles")
        return cls(
            name=names,
            description=document.get("description", {}),
            words={language: list(words) for language, words in document.get("words", {}).items()},
            kind=kind,
            department=document["department"],
            confidential_roles=None if roles is None else tuple(roles),
        )


def score(text_words: Sequence[str], hints: Iterable[str]) -> int:
    """Return how many of a service's hint words begin or end a word of the text.

    Hebrew glues prefixes to words and the other languages endings, so a hint of three letters or more also
    counts inside a longer word.
    """
    hints = set(hints)
    return sum(
        any(word == hint or (len(hint) >= 3 and hint in word) for word in text_words) for hint in hints
    )
