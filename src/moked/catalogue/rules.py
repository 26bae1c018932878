"""The document of a service, and which services a text may be about."""

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from moked.base.labels import Labels, are_labels, say_something
from moked.base.question_documents import BadQuestion, as_documents, from_documents
from moked.base.questions import Question

LONGEST_NAME, LONGEST_DESCRIPTION = 120, 1_000
NEAR = 250
LARGEST_RADIUS = 2_000
WAITING_DAYS = {"resident": 10, "scheduled": 2, "external": 14}
LONGEST_WAITING = 365
REOPEN_DAYS, MOST_REOPEN_DAYS = 30, 365
SHORTEST_STEM, MOST_GLUED = 3, 4
GLUED = frozenset("ושהכלבמوفبكلاس")


class CaseKind(StrEnum):
    """What a resident wants when choosing a service."""

    REPORT = "REPORT"
    QUESTION = "QUESTION"
    REQUEST = "REQUEST"
    COMPLAINT = "COMPLAINT"
    PRAISE = "PRAISE"


class Priority(StrEnum):
    """How soon a case is to be seen to. Urgent ones stand in front of all others, counted round the clock."""

    LOW = "LOW"
    NORMAL = "NORMAL"
    HIGH = "HIGH"
    URGENT = "URGENT"

    @property
    def rank(self) -> int:
        """Its place among them, the most urgent last."""
        return list(Priority).index(self)


class PlaceNeed(StrEnum):
    """Whether a service is about a place: not at all, if there is one, or always."""

    NONE = "NONE"
    ASKED = "ASKED"
    NEEDED = "NEEDED"


class AfterClosing(StrEnum):
    """What becomes of words that a resident writes on a closed case: a person looks whether it is opened
    again, it is opened at once, so for some days and later another case, or always another case.
    """

    REVIEW = "REVIEW"
    REOPEN = "REOPEN"
    REOPEN_WITHIN = "REOPEN_WITHIN"
    NEW_CASE = "NEW_CASE"


@dataclasses.dataclass(frozen=True)
class ClosedPolicy:
    """What becomes of words on a closed case; `days` after its closing count with REOPEN_WITHIN."""

    what: AfterClosing = AfterClosing.REVIEW
    days: int = REOPEN_DAYS

    def at(self, closed_at: datetime | None, now: datetime) -> AfterClosing:
        """Return what becomes of words that come now, one of the others than REOPEN_WITHIN."""
        if self.what != AfterClosing.REOPEN_WITHIN:
            return self.what
        is_fresh = closed_at is not None and now <= closed_at + timedelta(days=self.days)
        return AfterClosing.REOPEN if is_fresh else AfterClosing.NEW_CASE

    def as_document(self) -> dict[str, Any]:
        """Return the JSON form kept in the revision."""
        return {"closed_words": str(self.what), "reopen_days": self.days}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "ClosedPolicy":
        """Return the checked policy of a town; raises BadService in words."""
        what = _closed_words(document.get("closed_words", AfterClosing.REVIEW))
        return cls(AfterClosing(what or AfterClosing.REVIEW), _days(document.get("reopen_days", REOPEN_DAYS)))


class BadService(ValueError):
    """A service's document is not as it must be; the message says what to change."""


@dataclasses.dataclass(frozen=True)
class ServiceDocument:
    """What a revision of a service says. `words` are those that hint at it, per language.

    `is_public`: its cases may be shown to the public. `duplicate_radius` in metres, 0 to look for none.
    `needs_proof`: closed as fixed only with a picture. `centre_checks`: the centre looks before it is closed.
    `waiting_days`: how long it waits for the resident, after a scheduled date, and for an external body.
    `priority`: what its cases begin with. `closed_words`: what becomes of words on a closed case, an
    AfterClosing or '' for as the town says, with the days for REOPEN_WITHIN.
    """

    name: Labels
    description: Labels
    words: dict[str, list[str]]
    kind: CaseKind
    department: str
    confidential_roles: tuple[str, ...] | None = None
    place: PlaceNeed = PlaceNeed.NONE
    photos: bool = False
    questions: tuple[Question, ...] = ()
    is_public: bool = False
    duplicate_radius: int = NEAR
    needs_proof: bool = False
    centre_checks: bool = False
    waiting_days: dict[str, int] = dataclasses.field(default_factory=lambda: dict(WAITING_DAYS))
    priority: Priority = Priority.NORMAL
    closed_words: str = ""
    reopen_days: int = REOPEN_DAYS

    def as_document(self) -> dict[str, Any]:
        """Return the JSON form kept in the revision."""
        said = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return {
            **said,
            "kind": str(self.kind),
            "place": str(self.place),
            "priority": str(self.priority),
            "questions": as_documents(self.questions),
        }

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "ServiceDocument":
        """Return the checked document, filled up with the defaults; raises BadService in words."""
        roles = document.get("confidential_roles")
        if roles is not None and document.get("is_public"):
            raise BadService(_("A confidential service cannot show its cases to the public."))
        return cls(
            name=_name(document.get("name")),
            description=_description(document.get("description", {})),
            words=_hint_words(document.get("words", {})),
            kind=_kind(document.get("kind", CaseKind.REPORT)),
            department=_department(document.get("department")),
            confidential_roles=None if roles is None else tuple(roles),
            place=_place(document.get("place", PlaceNeed.NONE)),
            questions=_questions(document.get("questions", ())),
            duplicate_radius=_radius(document.get("duplicate_radius", NEAR)),
            waiting_days=_waiting_days(document.get("waiting_days", {})),
            priority=_priority(document.get("priority", Priority.NORMAL)),
            closed_words=_closed_words(document.get("closed_words", "")),
            reopen_days=_days(document.get("reopen_days", REOPEN_DAYS)),
            **{name: _yes_or_no(name, document.get(name, False)) for name in _FLAGS},
        )


_FLAGS = ("photos", "is_public", "needs_proof", "centre_checks")


def _name(names: object) -> Labels:
    if not are_labels(names, longest=LONGEST_NAME) or not say_something(names):
        raise BadService(
            _("Give the service a name in at least one language, up to %(most)d characters.")
            % {"most": LONGEST_NAME}
        )
    return dict(names)


def _description(words: object) -> Labels:
    if not are_labels(words, longest=LONGEST_DESCRIPTION):
        raise BadService(
            _("Write the description for each language, up to %(most)d characters.")
            % {"most": LONGEST_DESCRIPTION}
        )
    return dict(words)


def _hint_words(words: object) -> dict[str, list[str]]:
    if not isinstance(words, Mapping) or not all(map(_are_words, words.values())):
        raise BadService(_("Write the words that hint at the service as a list for each language."))
    return {language: list(some) for language, some in words.items()}


def _are_words(words: object) -> bool:
    return isinstance(words, list | tuple) and all(isinstance(word, str) for word in words)


def _kind(kind: object) -> CaseKind:
    try:
        return CaseKind(str(kind))
    except ValueError:
        raise BadService(
            _("Choose the kind of the service from: %(kinds)s.") % {"kinds": ", ".join(CaseKind)}
        ) from None


def _department(code: object) -> str:
    if not isinstance(code, str) or not code:
        raise BadService(_("Name the department that handles the service."))
    return code


def _place(place: object) -> PlaceNeed:
    try:
        return PlaceNeed(str(place))
    except ValueError:
        raise BadService(
            _("Choose whether the service asks for a place from: %(needs)s.")
            % {"needs": ", ".join(PlaceNeed)}
        ) from None


def _priority(priority: object) -> Priority:
    try:
        return Priority(str(priority))
    except ValueError:
        raise BadService(
            _("Choose the priority of the service's cases from: %(priorities)s.")
            % {"priorities": ", ".join(Priority)}
        ) from None


def _closed_words(what: object) -> str:
    try:
        return str(AfterClosing(str(what))) if what else ""
    except ValueError:
        raise BadService(
            _("Choose what becomes of words on a closed case from: %(choices)s.")
            % {"choices": ", ".join(AfterClosing)}
        ) from None


def _days(days: object) -> int:
    if not _is_whole(days, 1, MOST_REOPEN_DAYS):
        raise BadService(
            _("Say for how many days a closed case is opened again, 1 to %(most)d.")
            % {"most": MOST_REOPEN_DAYS}
        )
    return int(str(days))


def _questions(documents: object) -> tuple[Question, ...]:
    try:
        return from_documents(documents)
    except BadQuestion as refusal:
        raise BadService(str(refusal)) from None


def _radius(metres: object) -> int:
    if not _is_whole(metres, 0, LARGEST_RADIUS):
        raise BadService(
            _("Say within how many metres to look for the same report: 0 for not at all, up to %(most)d.")
            % {"most": LARGEST_RADIUS}
        )
    return int(str(metres))


def _waiting_days(days: object) -> dict[str, int]:
    said = dict(days) if isinstance(days, Mapping) else {"": 0}
    if not said.keys() <= WAITING_DAYS.keys() or not all(
        _is_whole(one, 1, LONGEST_WAITING) for one in said.values()
    ):
        raise BadService(
            _("Say for each of %(reasons)s how many days it may wait, 1 to %(most)d.")
            % {"reasons": ", ".join(WAITING_DAYS), "most": LONGEST_WAITING}
        )
    return {**WAITING_DAYS, **said}


def _yes_or_no(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise BadService(_("Say true or false for “%(name)s”.") % {"name": name})
    return value


def _is_whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def score(text_words: Sequence[str], hints: Iterable[str]) -> int:
    """Return how many of a service's hint words are meant by a word of the text.

    Languages add endings, and Hebrew and Arabic glue words like "in", "and" and "the" before: a hint of three
    letters or more counts wherever it begins what is left of a word without these.
    """
    return sum(any(_is_hinted(word, hint) for word in text_words) for hint in set(hints))


def pattern_of(hint: str) -> str:
    """Return a regular expression for the words, with spaces between them, that `score` takes for a hint."""
    if len(hint) < SHORTEST_STEM:
        return rf"{re.escape(hint)}(?!\S)"
    return rf"[{''.join(sorted(GLUED))}]{{0,{MOST_GLUED}}}{re.escape(hint)}\S*"


def _is_hinted(word: str, hint: str) -> bool:
    if len(hint) < SHORTEST_STEM:
        return word == hint
    return any(word.startswith(hint, glued) for glued in range(MOST_GLUED + 1) if set(word[:glued]) <= GLUED)
