"""When reactions that are a matter of time are due, counted from the facts of each case."""

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cached_property

from django.db.models import Q

from moked.cases.models import Case, Change, Contact
from moked.cases.rules import ChangeKind
from moked.municipalities.models import Municipality
from moked.processes.rules import Reaction
from moked.processes.triggers import Lasting, TriggerKind
from moked.sla import queries as sla
from moked.sla.calendars import Calendar, never_closes
from moked.sla.rules import TooFar

# A case that was merged and taken out again is where it was, as if it had never been merged.
_ENTERS = (ChangeKind.OPENED, ChangeKind.STATE, ChangeKind.REOPENED)


class Clocks:
    """The hours by which a town's services count, each read once."""

    def __init__(self, town: Municipality) -> None:
        self.town = town
        self._known: dict[int, Calendar] = {}
        self._counted: dict[tuple[Lasting, int, datetime], datetime | None] = {}

    def after(self, lasting: Lasting, service_id: int, start: datetime) -> datetime | None:
        """Return when a time is over by the hours of a service; None where nobody works any more."""
        asked = (lasting, service_id, start)
        if asked not in self._counted:
            try:
                self._counted[asked] = lasting.after(start, self.of(service_id))
            except TooFar:
                self._counted[asked] = None
        return self._counted[asked]

    def of(self, service_id: int) -> Calendar:
        """Return the hours of a service; those of a town that has told none never end."""
        if service_id not in self._known:
            row = sla.calendar_for(self.town.pk, service_id)
            self._known[service_id] = row.hours if row else never_closes(self.town.time_zone)
        return self._known[service_id]


@dataclasses.dataclass(frozen=True)
class Due:
    """That a reaction is due on a case; `key` names what it has been waiting since."""

    reaction: Reaction
    key: str
    at: datetime


@dataclasses.dataclass(frozen=True)
class _Since:
    """Since when cases are in their state, and since when their residents wait for an answer."""

    cases: Sequence[Case]

    @cached_property
    def entered(self) -> dict[int, tuple[str, datetime]]:
        """The last time each case came into its state, by its id."""
        rows = Change.objects.filter(case__in=self.cases, kind__in=_ENTERS).order_by("id")
        return {case_id: (f"stay:{pk}", at) for pk, case_id, at in rows.values_list("id", "case_id", "at")}

    @cached_property
    def unanswered(self) -> dict[int, tuple[str, datetime]]:
        """The first words of each reporter after opening that nobody has answered, by the case's id.

        Programs ask nothing; followers are not owed an answer.
        """
        opened = {case.pk: case.opened_at for case in self.cases if case.is_open and case.awaits_answer}
        rows = Contact.objects.filter(Q(case__in=opened) | Q(case__merged_into__in=opened))
        rows = rows.exclude(direction=Contact.Direction.IN, is_automatic=True)
        rows = rows.exclude(direction=Contact.Direction.IN, follower__isnull=False)
        found: dict[int, tuple[str, datetime]] = {}
        said = rows.order_by("at", "id").values_list(
            "id", "case_id", "case__merged_into_id", "direction", "author_id", "at"
        )
        for pk, own_id, into_id, direction, author_id, at in said:
            case_id = into_id if into_id in opened else own_id
            if case_id is None:
                continue
            if direction == Contact.Direction.OUT:
                if author_id is not None:
                    found.pop(case_id, None)
            elif at > opened[case_id]:
                found.setdefault(case_id, (f"words:{pk}", at))
        return found


def dues_of(
    cases: Sequence[Case],
    reactions: Iterable[Reaction],
    clocks: Clocks,
    *,
    until: datetime | None = None,
    fits: Callable[[Case, Reaction], bool] | None = None,
) -> dict[int, list[Due]]:
    """Return when which of the reactions are due on each of a town's cases, by its id, the earliest first.

    `until` leaves out what is due later, and `fits` what does not match. Otherwise whether a condition holds
    is not looked at: that may change until then.
    """
    since = _Since(cases)
    timed = [(one, Lasting.read(one.trigger.lasts)) for one in reactions if one.trigger.is_timed]
    found: dict[int, list[Due]] = {}
    for case in cases:
        if not case.is_open or case.is_spam:
            continue
        for reaction, lasting in timed:
            begun = _begun(case, reaction, since)
            if begun is None or (until and lasting.not_before(begun[1]) > until):
                continue
            if fits and not fits(case, reaction):
                continue
            at = clocks.after(lasting, case.service_id, begun[1])
            if at is not None and (until is None or at <= until):
                found.setdefault(case.pk, []).append(Due(reaction, begun[0], at))
    return {pk: sorted(dues, key=lambda one: one.at) for pk, dues in found.items()}


def _begun(case: Case, reaction: Reaction, since: _Since) -> tuple[str, datetime] | None:
    if reaction.trigger.kind == TriggerKind.UNANSWERED:
        return since.unanswered.get(case.pk)
    return since.entered.get(case.pk) if reaction.trigger.state == case.state else None
