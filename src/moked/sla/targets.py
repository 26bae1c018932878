"""What is promised for which cases of a service. Plain values, no database.

A service has its usual terms, and others for some of its cases: of a priority, from a channel, in an area.
The first that fit a case count for it, whole.
"""

import dataclasses
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from moked.cases.rules import WAITING, Channel
from moked.cases.rules import State as CaseState
from moked.catalogue.rules import Priority
from moked.sla.commitments import PAUSED_BY_DEFAULT, Kind
from moked.sla.rules import BadTarget, Target

PROMISED = (Kind.ACKNOWLEDGEMENT, Kind.FIRST_ANSWER, Kind.NEXT_ANSWER, Kind.RESOLUTION)
"""What can be promised of a case, in the order it is owed."""

MAY_PAUSE = (Kind.NEXT_ANSWER, Kind.RESOLUTION)
"""What can stand still: an acknowledgement and a person's first answer never do."""

MOST_EXCEPTIONS = 50
Area = tuple[str, str]
Pausing = frozenset[CaseState]


@dataclasses.dataclass(frozen=True)
class Terms:
    """What is promised, counted by a calendar, and which waiting lets each clock stand still.

    What is `legal` is owed by law: its clock never stands still.
    """

    calendar: str
    targets: Mapping[Kind, Target] = dataclasses.field(default_factory=dict)
    paused_by: Mapping[Kind, Pausing] = dataclasses.field(default_factory=lambda: dict(PAUSED_BY_DEFAULT))
    legal: frozenset[Kind] = frozenset()

    def pausing(self, kind: Kind) -> Pausing:
        """Return in which states of a case the clock of a kind stands still."""
        if kind in self.legal or kind not in MAY_PAUSE:
            return frozenset()
        return self.paused_by.get(kind, frozenset())

    def as_document(self) -> dict[str, Any]:
        """Return the JSON form; what is as usual is left out."""
        document: dict[str, Any] = {"calendar": self.calendar}
        document |= {kind.lower(): str(self.targets[kind]) for kind in PROMISED if kind in self.targets}
        for kind in MAY_PAUSE:
            pausing = self.paused_by.get(kind, frozenset())
            if pausing != PAUSED_BY_DEFAULT.get(kind, frozenset()):
                document.setdefault("paused_by", {})[kind.lower()] = sorted(pausing)
        if self.legal:
            document["legal"] = sorted(kind.lower() for kind in self.legal)
        return document


@dataclasses.dataclass(frozen=True)
class Exceptional:
    """Other terms for some cases. What is empty does not matter; areas are codes of one kind."""

    terms: Terms
    priorities: tuple[Priority, ...] = ()
    channels: tuple[Channel, ...] = ()
    area_kind: str = ""
    areas: tuple[str, ...] = ()

    def fits(self, priority: str, channel: str, areas: Collection[Area]) -> bool:
        """Tell whether these terms count for such a case."""
        if (self.priorities and priority not in self.priorities) or (
            self.channels and channel not in self.channels
        ):
            return False
        return not self.area_kind or any(
            kind == self.area_kind and (not self.areas or code in self.areas) for kind, code in areas
        )

    def as_document(self) -> dict[str, Any]:
        """Return the JSON form."""
        document = self.terms.as_document()
        document |= {"priorities": [str(one) for one in self.priorities]} if self.priorities else {}
        document |= {"channels": [str(one) for one in self.channels]} if self.channels else {}
        if self.area_kind:
            document |= {"area_kind": self.area_kind, "areas": list(self.areas)}
        return document


@dataclasses.dataclass(frozen=True)
class Promise:
    """All that is promised for a service: the usual terms, and those for some of its cases, in order."""

    usual: Terms
    exceptions: tuple[Exceptional, ...] = ()

    def terms_for(self, priority: str, channel: str, areas: Callable[[], Collection[Area]]) -> Terms:
        """Return the terms that count for a case; its areas are asked for only where some terms name any."""
        for one in self.exceptions:
            if one.fits(priority, channel, areas() if one.area_kind else ()):
                return one.terms
        return self.usual

    @property
    def all_terms(self) -> Iterator[Terms]:
        """The usual terms and all others."""
        yield self.usual
        yield from (one.terms for one in self.exceptions)

    def as_document(self) -> dict[str, Any]:
        """Return the JSON form kept in the revision."""
        document = self.usual.as_document()
        if self.exceptions:
            document["exceptions"] = [one.as_document() for one in self.exceptions]
        return document

    @classmethod
    def from_document(cls, document: Any) -> "Promise":
        """Return the checked promise of its JSON form; raises BadTarget in words."""
        if not isinstance(document, Mapping):
            raise BadTarget(_("Write what is promised as an object with a calendar and targets."))
        exceptions = document.get("exceptions", [])
        if not isinstance(exceptions, list) or len(exceptions) > MOST_EXCEPTIONS:
            raise BadTarget(_("Write other terms as a list, %(most)d at most.") % {"most": MOST_EXCEPTIONS})
        return cls(_terms(document), tuple(_exceptional(one) for one in exceptions))


def _terms(document: Mapping[str, Any]) -> Terms:
    calendar = document.get("calendar")
    if not isinstance(calendar, str) or not calendar:
        raise BadTarget(_("Name the calendar by which promises are counted."))
    targets = {kind: Target.read(text) for kind in PROMISED if (text := document.get(kind.lower()))}
    said = document.get("paused_by", {})
    if not isinstance(said, Mapping) or not set(said) <= {kind.lower() for kind in MAY_PAUSE}:
        raise BadTarget(
            _("Only the clocks of %(kinds)s can stand still.")
            % {"kinds": ", ".join(kind.lower() for kind in MAY_PAUSE)}
        )
    paused_by = {
        kind: frozenset(CaseState(one) for one in _codes(said[kind.lower()], WAITING, "paused_by"))
        if kind.lower() in said
        else PAUSED_BY_DEFAULT.get(kind, frozenset())
        for kind in MAY_PAUSE
    }
    legal = _codes(document.get("legal", []), tuple(kind.lower() for kind in PROMISED), "legal")
    return Terms(calendar, targets, paused_by, frozenset(Kind(one.upper()) for one in legal))


def _exceptional(document: Any) -> Exceptional:
    if not isinstance(document, Mapping):
        raise BadTarget(_("Write what is promised as an object with a calendar and targets."))
    area_kind, areas = str(document.get("area_kind") or ""), document.get("areas", [])
    if not isinstance(areas, list) or not all(isinstance(one, str) for one in areas) or len(areas) > 500:
        raise BadTarget(_("Name areas by their codes, 500 at most."))
    if areas and not area_kind:
        raise BadTarget(_("Say of which kind the areas are."))
    one = Exceptional(
        terms=_terms(document),
        priorities=tuple(
            Priority(one) for one in _codes(document.get("priorities", []), Priority, "priorities")
        ),
        channels=tuple(Channel(one) for one in _codes(document.get("channels", []), Channel, "channels")),
        area_kind=area_kind,
        areas=tuple(dict.fromkeys(areas)),
    )
    if not (one.priorities or one.channels or one.area_kind):
        raise BadTarget(_("Say for which cases the other terms are meant: a priority, a channel or an area."))
    return one


def _codes(value: Any, known: Iterable[str], name: str) -> list[str]:
    known = [str(one) for one in known]
    if not isinstance(value, list) or any(one not in known for one in value):
        raise BadTarget(
            _("Choose for “%(name)s” from: %(known)s.") % {"name": name, "known": ", ".join(known)}
        )
    return list(dict.fromkeys(value))
