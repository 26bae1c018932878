"""What a setting was before: who changed what and when, and the way back."""

import dataclasses
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from moked.accounts.models import User
from moked.accounts.rules import Role
from moked.municipalities.models import Municipality
from moked.revisions import queries
from moked.revisions.models import Revision
from moked.revisions.rules import Difference, differences
from moked.web.desk.settings.frame import BOTH, SETS, show
from moked.web.desk.settings.words import PathWords, said
from moked.web.ui.access import access
from moked.web.ui.labels import Words
from moked.web.ui.requests import TownRequest
from moked.web.ui.views import see_other


@dataclasses.dataclass(frozen=True)
class Thing:
    """A configured thing: its id among the revisions of its kind, its name, the address of its page."""

    object_id: int
    title: str
    url: str


class Refused(Exception):
    """An earlier revision does not fit any more; the message says why in a whole sentence."""


@dataclasses.dataclass(frozen=True)
class Kind:
    """How a kind of thing is found by its name in the address, and published again from a document.

    `worded` returns what a document says in words, where its own shape would tell nobody anything.
    """

    code: str
    setting: str
    roles: frozenset[Role]
    find: Callable[[Municipality, str], Thing | None]
    publish: Callable[[TownRequest, str, dict[str, Any]], None]
    worded: Callable[[Municipality, dict[str, Any]], dict[str, Any]] | None = None


@dataclasses.dataclass(frozen=True)
class Line:
    """One thing that differs, in words."""

    where: str
    was: str
    now: str


@dataclasses.dataclass(frozen=True)
class Step:
    """A revision as the page shows it."""

    number: int
    at: datetime
    author: str
    lines: tuple[Line, ...]
    is_current: bool


NOT_THERE: Words = gettext_lazy("This revision is no longer there. Choose another.")
KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> Kind:
    """Let a kind of thing have a history page."""
    KINDS[kind.code] = kind
    return kind


def address(kind: str, name: str) -> str:
    """Return the address of a thing's history."""
    return reverse("desk:settings_history", args=[kind, name])


@access(*SETS, methods=BOTH)
def history(request: TownRequest, kind: str, name: str) -> HttpResponse:
    """Show every revision of a thing; sent with a number, publish that one again."""
    known = KINDS.get(kind)
    if known is None or not request.actor.has_any(known.roles):
        raise Http404
    thing = known.find(request.municipality, name)
    if thing is None:
        raise Http404
    failed = ""
    if request.method == "POST":
        failed = _roll_back(request, known, name, thing)
        if not failed:
            return see_other(address(kind, name))
    steps = _steps(request.municipality, known, thing)
    return show(request, "desk/settings/history.html", known.setting, thing=thing, steps=steps, failed=failed)


def _roll_back(request: TownRequest, kind: Kind, name: str, thing: Thing) -> str:
    """Publish the chosen revision again; return why not, or ''."""
    number = request.POST.get("number", "")
    chosen = (
        queries.numbered(request.municipality.pk, kind.code, thing.object_id, int(number))
        if number.isdecimal() and len(number) < 7
        else None
    )
    if chosen is None:
        return str(NOT_THERE)
    try:
        kind.publish(request, name, chosen.document)
    except Refused as refusal:
        return str(refusal)
    words = _("Revision %(number)d holds again, as a new revision.")
    messages.success(request, words % {"number": chosen.number})
    return ""


def _steps(town: Municipality, kind: Kind, thing: Thing) -> list[Step]:
    revisions = queries.history(town.pk, kind.code, thing.object_id)
    authors = {one.pk: one.name for one in _authors(revisions)}
    paths = PathWords(town)
    documents = [kind.worded(town, one.document) if kind.worded else one.document for one in revisions]
    earlier: list[dict[str, Any] | None] = [*documents[1:], None]
    return [
        Step(
            number=one.number,
            at=one.created_at,
            author=authors.get(one.author_id or 0, ""),
            lines=tuple(_lines(document, before, paths)),
            is_current=one.state == Revision.State.PUBLISHED,
        )
        for one, document, before in zip(revisions, documents, earlier, strict=True)
    ]


def _authors(revisions: list[Revision]) -> list[User]:
    return list(User.objects.filter(id__in={one.author_id for one in revisions if one.author_id}))


def _lines(document: dict[str, Any], before: dict[str, Any] | None, paths: PathWords) -> Iterator[Line]:
    if before is None:
        return
    for one in differences(before, document):
        yield Line(paths.where(one.path), _value(one, one.was, paths), _value(one, one.now, paths))


def _value(difference: Difference, value: Any, paths: PathWords) -> str:
    return paths.value(difference.path, value) if value not in (None, "", [], {}) else said(None)


def now() -> datetime:
    """Return the moment at which something is published."""
    return datetime.now(UTC)
