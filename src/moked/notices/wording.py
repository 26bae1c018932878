"""What a text of a notice may and must hold. Plain values, no database."""

import dataclasses
import re

from moked.notices.rules import Kind

LONGEST_SUBJECT, LONGEST_BODY, LONGEST_LABEL = 200, 5_000, 60
_PLACE = re.compile(r"\{([a-z_]+)\}")

WITH_WORDS = frozenset(
    {
        Kind.REPLY,
        Kind.CASE_CLOSED,
        Kind.CASE_DECLINED,
        Kind.CASE_REOPENED,
        Kind.REVIEW_ANSWERED,
        Kind.FOLLOWED_CLOSED,
        Kind.BY_RULE,
    }
)
WITH_SURVEY = frozenset({Kind.CASE_CLOSED, Kind.CASE_DECLINED})
WITH_BODY = frozenset({Kind.HANDED_OVER, Kind.CAME_BACK})
LINKS = ("link", "survey_link")
_IN_SUBJECT = ("number", "title", "service", "department", "town", "phone")


@dataclasses.dataclass(frozen=True)
class Wording:
    """What a town says in one notice in one language; `labels` are the words on its buttons, by link."""

    subject: str
    body: str
    labels: dict[str, str]


class BadText(ValueError):
    """A text cannot be sent as it is; `part` is subject, body or label_<link>, `name` a placeholder.

    Codes: EMPTY, TOO_LONG, UNKNOWN, STRAY_BRACE, MISSING, NOT_ALONE. The front door chooses the words.
    """

    def __init__(self, code: str, part: str, name: str = "") -> None:
        super().__init__(f"{code} in {part}: {name}")
        self.code, self.part, self.name = code, part, name


def placeholders(kind: Kind) -> tuple[str, ...]:
    """Return the names a text of this kind may hold in braces: those it will be filled in with."""
    names = [*_IN_SUBJECT, "promise", "link"]
    if kind in WITH_WORDS or kind == Kind.PROMISE_MOVED:
        names.append("words")
    if kind in WITH_SURVEY:
        names.append("survey_link")
    if kind == Kind.CASE_MERGED:
        names.append("other_number")
    if kind in WITH_BODY:
        names.append("body")
        names.append("due" if kind == Kind.HANDED_OVER else "reason")
    return tuple(names)


def needed(kind: Kind) -> tuple[str, ...]:
    """Return the names a text of this kind must hold: the way back, a colleague's words, the survey."""
    return (
        "link",
        *(("words",) if kind in WITH_WORDS else ()),
        *(("survey_link",) if kind in WITH_SURVEY else ()),
    )


def links_of(kind: Kind) -> tuple[str, ...]:
    """Return the links of a kind of notice, each with words of its own on its button."""
    return tuple(name for name in LINKS if name in placeholders(kind))


def check(kind: Kind, wording: Wording) -> None:
    """Raise BadText for the first thing because of which a text cannot be sent."""
    body = wording.body
    in_subject = (*_IN_SUBJECT, *(("other_number",) if kind == Kind.CASE_MERGED else ()))
    _check_part("subject", wording.subject, in_subject, LONGEST_SUBJECT)
    _check_part("body", body, placeholders(kind), LONGEST_BODY)
    paragraphs = [paragraph.strip() for paragraph in body.split("\n\n")]
    for name in needed(kind):
        if f"{{{name}}}" not in body:
            raise BadText("MISSING", "body", name)
    for name in (*links_of(kind), "words"):
        if f"{{{name}}}" in body and f"{{{name}}}" not in paragraphs:
            raise BadText("NOT_ALONE", "body", name)
    for name in links_of(kind):
        _check_part(f"label_{name}", wording.labels.get(name, ""), (), LONGEST_LABEL)


def _check_part(part: str, text: str, names: tuple[str, ...], longest: int) -> None:
    if not text.strip():
        raise BadText("EMPTY", part)
    if len(text) > longest:
        raise BadText("TOO_LONG", part)
    if unknown := next((name for name in _PLACE.findall(text) if name not in names), None):
        raise BadText("UNKNOWN", part, unknown)
    if set("{}") & set(_PLACE.sub("", text)):
        raise BadText("STRAY_BRACE", part)
