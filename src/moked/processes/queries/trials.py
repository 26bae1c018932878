"""What reactions would have done on cases of the past, and on which open ones they are due."""

import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from moked.accounts.models import Department, Team
from moked.accounts.rules import Actor
from moked.cases import facts as case_facts
from moked.cases.models import Attachment, Case, Change, Contact, Label, Review
from moked.cases.queries.past import Sample
from moked.cases.rules import CLOSED, ChangeKind, PhotoKind
from moked.catalogue.models import Service
from moked.municipalities.models import Municipality
from moked.processes.facts import SURVEYED, Fact
from moked.processes.models import Firing
from moked.processes.queries.facts import facts_of
from moked.processes.queries.moments import Clocks, dues_of
from moked.processes.rules import Reaction, fields_asked
from moked.processes.simulation import IS_IN_REVIEW, LACKS_PROOF, Played, Player
from moked.processes.triggers import TriggerKind, enough_joined
from moked.sla.commitments import State
from moked.sla.models import Commitment
from moked.surveys.models import Survey

SOON = timedelta(days=7)


@dataclasses.dataclass(frozen=True)
class Would:
    """What one rule would do, or would have done, on one case; `at` is when."""

    case: Case
    played: Played
    at: datetime


@dataclasses.dataclass(frozen=True)
class Tally:
    """What became of one rule: on how many cases it would do something, and where it could not.

    Of one that is a matter of time, `cases` are those on which it is due now, `soon` within a week.
    """

    cases: int = 0
    refused: int = 0
    soon: int = 0


@dataclasses.dataclass(frozen=True)
class Trial:
    """What came of it: how many cases were looked at, what each rule would do, and the first rows of it."""

    tried: int
    tallies: tuple[Tally, ...]
    rows: tuple[Would, ...]
    more: int


def try_reactions(
    actor: Actor, reactions: Sequence[Reaction], sample: Sample, now: datetime, *, most_rows: int = 50
) -> Trial:
    """Play reactions through on cases that the actor may see.

    Upon changes: on what happened to the cases of the sample, with what was known of them then. As a matter
    of time: on those of them that are open, now and within a week. Facts that keep no history are today's.
    """
    town = Municipality.objects.get(id=actor.municipality_id)
    known = _tried(actor).select_related("municipality", "service", "department", "team")
    cases = list(sample.among(known))
    rows = [*_upon_changes(cases, reactions), *_in_time(cases, reactions, town, now)]
    done = Counter({(one.case.pk, one.played.number) for one in rows if one.at <= now and one.played.effects})
    per_rule = Counter(number for _case, number in done)
    refused = Counter(one.played.number for one in rows if one.played.problem)
    soon = Counter(one.played.number for one in rows if one.at > now)
    tallies = tuple(
        Tally(per_rule[number], refused[number], soon[number]) for number in range(1, len(reactions) + 1)
    )
    rows.sort(key=lambda one: (-one.case.pk, one.at))
    return Trial(len(cases), tallies, tuple(rows[:most_rows]), max(0, len(rows) - most_rows))


def count_of(actor: Actor, sample: Sample) -> int:
    """Return how many cases reactions would be tried on."""
    return sample.count(_tried(actor))


def _tried(actor: Actor) -> QuerySet[Case]:
    return Case.objects.visible_to(actor).filter(is_spam=False, merged_into__isnull=True)


def _upon_changes(cases: Sequence[Case], reactions: Sequence[Reaction]) -> Iterator[Would]:
    kinds = {one.trigger.kind for one in reactions if not one.trigger.is_timed}
    if not kinds or not cases:
        return
    past, player = _Past(cases, reactions, kinds), Player(reactions)
    for case in cases:
        for what in past.of(case):
            facts = past.facts_at(case, what.at)
            for played in player.play(what.kind, what.state, facts, what.only):
                yield Would(case, played, what.at)


def _in_time(
    cases: Sequence[Case], reactions: Sequence[Reaction], town: Municipality, now: datetime
) -> Iterator[Would]:
    numbers = {one.code: number for number, one in enumerate(reactions, 1)}
    open_cases, timed = (
        [case for case in cases if case.is_open],
        [one for one in reactions if one.trigger.is_timed],
    )
    if not open_cases or not timed:
        return
    facts, player = _present(open_cases, reactions), Player(reactions)
    dues = dues_of(
        open_cases,
        timed,
        Clocks(town),
        until=now + SOON,
        fits=lambda case, reaction: reaction.holds(facts[case.pk]),
    )
    fired = set(Firing.objects.filter(case_id__in=list(dues)).values_list("case_id", "code", "key"))
    for case in open_cases:
        due = [one for one in dues.get(case.pk, ()) if (case.pk, one.reaction.code, one.key) not in fired]
        last = max((one.at for one in due if one.at <= now), default=None)
        for one in due:
            if last is not None and one.at < last:
                continue
            number, trigger = numbers[one.reaction.code], one.reaction.trigger
            for played in player.play(trigger.kind, trigger.state, dict(facts[case.pk]), [number]):
                yield Would(case, played, one.at)


def _present(cases: Sequence[Case], reactions: Iterable[Reaction]) -> dict[int, dict[str, Any]]:
    """Return what is known of cases now, with what the guards of actions ask."""
    facts = facts_of(cases, fields_asked(reactions))
    proven = set(
        Attachment.objects.filter(case__in=cases, kind=PhotoKind.PROOF).values_list("case_id", flat=True)
    )
    in_review = set(Review.objects.filter(case__in=cases, is_open=True).values_list("case_id", flat=True))
    for case in cases:
        facts[case.pk][LACKS_PROOF] = case.service.needs_proof and case.pk not in proven
        facts[case.pk][IS_IN_REVIEW] = case.pk in in_review
    return facts


@dataclasses.dataclass(frozen=True)
class _Happening:
    kind: TriggerKind
    at: datetime
    state: str = ""
    only: tuple[int, ...] | None = None


@dataclasses.dataclass(frozen=True)
class _Row:
    pk: int
    kind: str
    at: datetime
    before: str
    after: str


class _Past:
    """What happened on some cases, and what was known of them at a moment."""

    def __init__(self, cases: Sequence[Case], reactions: Sequence[Reaction], kinds: set[TriggerKind]) -> None:
        town = cases[0].municipality_id
        self.reactions, self.kinds = reactions, kinds
        self.facts = _present(cases, reactions)
        self.rows: dict[int, list[_Row]] = {case.pk: [] for case in cases}
        asked = Change.objects.filter(
            case__in=cases, kind__in=[*_MOVES, *_HOLDS, *_LABELS, ChangeKind.JOINED]
        )
        for row in asked.order_by("id").values_list("case_id", "id", "kind", "at", "before", "after"):
            self.rows[row[0]].append(_Row(*row[1:]))
        self.codes: dict[str, dict[str, str]] = {
            Fact.DEPARTMENT: _codes(
                Department.objects.filter(municipality_id=town).values_list("pk", "code")
            ),
            Fact.TEAM: _codes(Team.objects.filter(municipality_id=town).values_list("pk", "code")),
            case_facts.Fact.SERVICE: _codes(
                Service.objects.filter(municipality_id=town).values_list("pk", "slug")
            ),
        }
        if Fact.LABELS in fields_asked(reactions):
            labels = Label.objects.filter(municipality_id=town)
            self.codes[Fact.LABELS] = _codes(labels.values_list("pk", "code"))
        self.answers: dict[int, list[tuple[datetime, int | None, str, str]]] = {}
        if TriggerKind.SURVEY_ANSWERED in kinds or not fields_asked(reactions).isdisjoint(SURVEYED):
            surveys = Survey.objects.filter(case__in=cases, answered_at__isnull=False).order_by("closing")
            for case_id, at, rating, fixed, words in surveys.values_list(
                "case_id", "answered_at", "rating", "fixed", "words"
            ):
                assert at is not None  # noqa: S101 - asked for just above
                self.answers.setdefault(case_id, []).append((at, rating, fixed, words))
        self.broken: dict[int, list[tuple[datetime, str]]] = {}
        if TriggerKind.PROMISE_BROKEN in kinds:
            promises = Commitment.objects.filter(case__in=cases, state=State.BROKEN).order_by("due_at", "id")
            for case_id, at, promised in promises.values_list("case_id", "due_at", "kind"):
                assert at is not None  # noqa: S101 - what is broken was due
                self.broken.setdefault(case_id, []).append((at, promised))
        self.written: dict[int, list[datetime]] = {}
        if TriggerKind.RESIDENT_WROTE in kinds:
            said = Contact.objects.filter(case__in=cases, direction=Contact.Direction.IN).order_by("at", "id")
            for case_id, at in said.values_list("case_id", "at"):
                assert case_id is not None  # noqa: S101 - asked for just above
                self.written.setdefault(case_id, []).append(at)

    def of(self, case: Case) -> Iterator[_Happening]:
        """Yield what happened on a case that any of the reactions waits for."""
        for row in self.rows[case.pk]:
            kind = _TRIGGERS.get(row.kind)
            if kind in self.kinds:
                yield _Happening(kind, row.at, row.after)
        for at in self.written.get(case.pk, ()):
            if at > case.opened_at:
                yield _Happening(TriggerKind.RESIDENT_WROTE, at)
        for at, promised in self.broken.get(case.pk, ()):
            yield _Happening(TriggerKind.PROMISE_BROKEN, at, promised)
        if TriggerKind.SURVEY_ANSWERED in self.kinds:
            for at, *_answer in self.answers.get(case.pk, ()):
                yield _Happening(TriggerKind.SURVEY_ANSWERED, at)
        yield from self._joined(case)

    def _joined(self, case: Case) -> Iterator[_Happening]:
        joined = [(row.pk, row.at) for row in self.rows[case.pk] if row.kind == ChangeKind.JOINED]
        moments = dict(joined)
        for number, reaction in enumerate(self.reactions, 1):
            if reaction.trigger.kind != TriggerKind.JOINED:
                continue
            counted, trigger = 0, reaction.trigger
            while last := enough_joined(
                [one for one in joined if one[0] > counted], trigger.count, trigger.hours
            ):
                counted = last
                yield _Happening(TriggerKind.JOINED, moments[last], only=(number,))

    def facts_at(self, case: Case, at: datetime) -> dict[str, Any]:
        """Return what was known of a case once all that happened at a moment was done."""
        facts = dict(self.facts[case.pk])
        rows = self.rows[case.pk]
        for row in reversed(rows):
            if row.at <= at:
                break
            if row.kind in _MOVES and row.before:
                facts[Fact.STATE] = row.before
            elif row.kind in _LABELS:
                self._unlabel(facts, row)
            elif field := _HOLDS.get(ChangeKind(row.kind)):
                codes = self.codes.get(field)
                facts[field] = codes.get(row.before, "") if codes is not None else row.before
        before = [row for row in rows if row.at <= at]
        closed = [row.after for row in before if row.kind == ChangeKind.CLOSED]
        facts[Fact.OUTCOME] = closed[-1] if closed and facts[Fact.STATE] in CLOSED else ""
        facts[Fact.WAS_REOPENED] = any(row.kind == ChangeKind.REOPENED for row in before)
        facts[Fact.JOINED] = sum(row.kind == ChangeKind.JOINED for row in before)
        facts[Fact.IS_ASSIGNED] = facts[Fact.IS_ASSIGNED] not in {False, ""}
        answered = [one for one in self.answers.get(case.pk, ()) if one[0] <= at]
        for field in SURVEYED:
            facts.pop(field, None)
        if answered:
            _at, rating, fixed, words = answered[-1]
            facts |= {Fact.RATING: rating, Fact.FIXED: fixed, Fact.HAS_WORDS: bool(words.strip())}
        return facts

    def _unlabel(self, facts: dict[str, Any], row: _Row) -> None:
        """Take a change of the labels back."""
        if Fact.LABELS in facts:
            code = self.codes[Fact.LABELS].get(row.before or row.after, "")
            others = [one for one in facts[Fact.LABELS] if one != code]
            facts[Fact.LABELS] = [*others, code] if row.kind == ChangeKind.UNLABELLED else others


def _codes(pairs: Iterable[tuple[int, str]]) -> dict[str, str]:
    return {str(pk): code for pk, code in pairs}


_MOVES = (ChangeKind.OPENED, ChangeKind.STATE, ChangeKind.CLOSED, ChangeKind.REOPENED)
_LABELS = (ChangeKind.LABELLED, ChangeKind.UNLABELLED)
_HOLDS: Mapping[ChangeKind, str] = {
    ChangeKind.PRIORITY: case_facts.Fact.PRIORITY,
    ChangeKind.SERVICE: case_facts.Fact.SERVICE,
    ChangeKind.DEPARTMENT: Fact.DEPARTMENT,
    ChangeKind.ROUTED: Fact.DEPARTMENT,
    ChangeKind.TEAM: Fact.TEAM,
    ChangeKind.ASSIGNEE: Fact.IS_ASSIGNED,
}
_TRIGGERS: Mapping[str, TriggerKind] = {
    ChangeKind.OPENED: TriggerKind.OPENED,
    ChangeKind.STATE: TriggerKind.MOVED,
    ChangeKind.PRIORITY: TriggerKind.PRIORITY_CHANGED,
    ChangeKind.CLOSED: TriggerKind.CLOSED,
    ChangeKind.REOPENED: TriggerKind.REOPENED,
}
