"""External bodies and what may be said in a hand-over. Plain values, no database."""

import dataclasses
import re
from collections.abc import Collection, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from moked.base.labels import Labels, are_labels, say_something
from moked.base.lengths import LONGEST_EMAIL, LONGEST_NAME
from moked.base.text import clean_line
from moked.places.rules import AreaKind

MOST_DAYS = 180
MOST_NAMED = 500
LINK_AFTER_END = timedelta(days=30)
"""How long the link still opens after the day by which an answer was expected."""

FAILURES_THAT_WARN = 3
"""After how many mails in a row that did not arrive the settings warn of a body's address."""

SLOW = timedelta(hours=1)
"""After how long a mail that is still on its way counts as stuck."""

_ADDRESS = re.compile(r"[^\s@,;<>\"]+@[^\s@,;<>\"]+\.[^\s@,;<>\".]+")


class Sees(StrEnum):
    """What a body may read about whoever reported the case, beside what they wrote."""

    NAME = "NAME"
    EMAIL = "EMAIL"
    PHONE = "PHONE"


class State(StrEnum):
    """How a hand-over stands. WITHDRAWN: we took it back; GIVEN_UP: no answer came in time."""

    SENT = "SENT"
    ACCEPTED = "ACCEPTED"
    ASKED = "ASKED"
    DONE = "DONE"
    NOT_OURS = "NOT_OURS"
    WITHDRAWN = "WITHDRAWN"
    GIVEN_UP = "GIVEN_UP"


OPEN = (State.SENT, State.ACCEPTED, State.ASKED)
AWAITED = (State.SENT, State.ACCEPTED)
"""In which states the body's word is waited for; while it ASKED, ours is."""


class Kind(StrEnum):
    """What was said in a hand-over: by the body, or TOLD by us in answer to what it asked.

    What a body WROTE by mail says by itself neither of the others: a person reads it.
    """

    ACCEPTED = "ACCEPTED"
    ASKED = "ASKED"
    WROTE = "WROTE"
    TOLD = "TOLD"
    DONE = "DONE"
    NOT_OURS = "NOT_OURS"


ANSWERS = (Kind.ACCEPTED, Kind.ASKED, Kind.DONE, Kind.NOT_OURS)
LAST_WORDS = frozenset({Kind.DONE, Kind.NOT_OURS})
WITHOUT_WORDS = frozenset({Kind.ACCEPTED})
STATE_AFTER = {kind: State(kind) for kind in ANSWERS} | {Kind.WROTE: State.ASKED}
"""How a hand-over stands once the body has said something: when it wrote, our word is waited for."""


class Mail(StrEnum):
    """What a mail to a body is about; the names of its texts."""

    HAND_OVER = "BODY_HAND_OVER"
    REMINDER = "BODY_REMINDER"
    REPLY = "BODY_REPLY"


class BadBody(ValueError):
    """A body is not as it must be; the message is a sentence that says what to change."""


@dataclasses.dataclass(frozen=True)
class BodyDocument:
    """What a revision of an external body says. No services: all of them; no areas: anywhere.

    `answer_days` until it is to have answered, `reminder_days` until it is reminded: days from the hand-over,
    weekends included.
    """

    name: Labels
    language: str
    email: str
    area_kind: str = ""
    areas: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    sees: tuple[str, ...] = ()
    answer_days: int = 14
    reminder_days: int = 7

    def as_document(self) -> dict[str, Any]:
        """Return the JSON form kept in the revision."""
        said = dataclasses.asdict(self)
        return {key: list(value) if isinstance(value, tuple) else value for key, value in said.items()}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "BodyDocument":
        """Return the checked document; raises BadBody in words."""
        areas = _codes(document.get("areas", ()))
        days = _whole(document.get("answer_days", 14), least=1)
        return cls(
            name=_name(document.get("name")),
            language=_language(document.get("language")),
            email=_email(document.get("email")),
            area_kind=_area_kind(document.get("area_kind", ""), areas),
            areas=areas,
            services=_codes(document.get("services", ())),
            sees=_sees(document.get("sees", ())),
            answer_days=days,
            reminder_days=_reminder(document.get("reminder_days", min(7, days - 1) or 1), days),
        )


def fits(document: BodyDocument, service: str, areas: Collection[tuple[str, str]]) -> bool:
    """Tell whether a body is there for a service, a slug, in one of the areas, pairs of kind and code."""
    is_for_service = not document.services or service in document.services
    is_there = not document.areas or any((document.area_kind, code) in areas for code in document.areas)
    return is_for_service and is_there


def is_late(state: str, *, is_case_open: bool) -> bool:
    """Tell whether a case waits no more for what its body says: closed, merged, or given up waiting."""
    return state not in OPEN or not is_case_open


def refusal_of(state: str, kind: str, *, is_answered: bool, is_case_open: bool) -> str:
    """Return why a body cannot say this now, or ''.

    TAKEN_BACK, ALREADY_ANSWERED, ALREADY_ACCEPTED or ALREADY_ASKED.
    """
    if kind == Kind.WROTE:
        return ""
    if is_answered:
        return "ALREADY_ANSWERED"
    if state == State.WITHDRAWN and is_case_open:
        return "TAKEN_BACK"
    if kind == Kind.ACCEPTED and (state != State.SENT or not is_case_open):
        return "ALREADY_ACCEPTED"
    return "ALREADY_ASKED" if kind == Kind.ASKED and state == State.ASKED else ""


def permitted(sees: Collection[str], details: Mapping[str, str]) -> dict[Sees, str]:
    """Return of the details of whoever reported a case, by code, those that a body may read."""
    return {one: details[one] for one in Sees if one in sees and details.get(one)}


def reads_contact_details(sees: Collection[str]) -> bool:
    """Tell whether addresses and numbers stay in the words of a report that a body reads."""
    return {Sees.EMAIL, Sees.PHONE} <= set(sees)


def _name(words: object) -> Labels:
    if not are_labels(words, longest=LONGEST_NAME) or not say_something(words):
        raise BadBody(
            _("Give the body a name in at least one language, up to %(most)d characters.")
            % {"most": LONGEST_NAME}
        )
    return {code: clean_line(text) for code, text in words.items() if text.strip()}


def _language(code: object) -> str:
    known = [one for one, _name in settings.LANGUAGES]
    if code not in known:
        raise BadBody(
            _("Choose the language the body reads from: %(languages)s.") % {"languages": ", ".join(known)}
        )
    return str(code)


def _email(address: object) -> str:
    text = address.strip() if isinstance(address, str) else ""
    if len(text) > LONGEST_EMAIL or not text.isascii() or not _ADDRESS.fullmatch(text):
        raise BadBody(_("Write one e-mail address in full, like faults@water.example."))
    return text


def _codes(said: object) -> tuple[str, ...]:
    if (
        not isinstance(said, list | tuple)
        or len(said) > MOST_NAMED
        or not all(isinstance(one, str) and 0 < len(one) <= 60 for one in said)
    ):
        raise BadBody(_("Name services and areas by their codes, %(most)d at most.") % {"most": MOST_NAMED})
    return tuple(dict.fromkeys(said))


def _area_kind(kind: object, areas: tuple[str, ...]) -> str:
    kinds = [one.value for one in AreaKind if one != AreaKind.OUTLINE]
    if not areas:
        return ""
    if kind not in kinds:
        raise BadBody(_("Say of which kind the areas are: %(kinds)s.") % {"kinds": ", ".join(kinds)})
    return str(kind)


def _sees(said: object) -> tuple[str, ...]:
    if not isinstance(said, list | tuple) or not all(one in list(Sees) for one in said):
        raise BadBody(
            _("Choose what the body may see of the reporter from: %(sees)s.") % {"sees": ", ".join(Sees)}
        )
    return tuple(one.value for one in Sees if one in said)


def _whole(number: object, *, least: int) -> int:
    if not isinstance(number, int) or isinstance(number, bool) or not least <= number <= MOST_DAYS:
        raise BadBody(
            _("Give the body from %(least)d to %(most)d days.") % {"least": least, "most": MOST_DAYS}
        )
    return number


def _reminder(number: object, days: int) -> int:
    reminder = _whole(number, least=1)
    if reminder >= days and days > 1:
        raise BadBody(_("Remind the body before the day by which it is to answer."))
    return reminder
