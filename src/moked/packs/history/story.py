"""What becomes of an invented case: a story is told to its end, and what lies after now is left out."""

import dataclasses
import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from moked.cases.bulk import (
    PastAssignment,
    PastCase,
    PastClosing,
    PastFollower,
    PastMessage,
    PastMove,
    PastReopening,
    PastReview,
    PastReviewAnswer,
    PastStep,
)
from moked.cases.models import Case
from moked.cases.operations import Reporter
from moked.cases.rules import Channel, Outcome, PromiseState, State
from moked.catalogue.models import Service
from moked.catalogue.rules import CaseKind
from moked.packs.history.people import People
from moked.packs.history.rhythm import Occasion
from moked.packs.history.words import ASKED, BEGUN, LOOKED_AGAIN, PASSED_ON, Words
from moked.sla.calendars import Calendar
from moked.sla.rules import IN_DAYS, Target, TooFar, due
from moked.surveys.bulk import Answers, PastAnswer
from moked.surveys.models import Survey

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
USUAL = timedelta(days=5)
"""How long a case takes for which nothing is promised."""

MOST_LATE = timedelta(days=9)
RELIABLE, AFTER_STORM = (0.76, 0.97), 0.18
ANSWERED_AT_ONCE = 0.5
WRITES_FIRST, ANSWERED_LATE, ADDS_WORDS = 0.5, 0.06, 0.06
ASKS, PASSES_ON, SCHEDULES = 0.1, 0.07, 0.09
SHARE_GOING_ON = 0.5
OUTCOMES = (Outcome.FIXED, Outcome.NOTHING_FOUND, Outcome.NOT_OURS, Outcome.NOT_POSSIBLE)
OUTCOME_WEIGHTS = (84, 8, 4, 4)
FOLLOWED, FOLLOWED_IN_STORM = 0.04, 0.2
REVIEWED, REVIEWED_WHEN_LATE, REOPENED = 0.03, 0.08, 0.6
SURVEYS_ANSWERED = 0.27
RATINGS_KEPT, RATINGS_LATE = (2, 3, 9, 32, 54), (16, 22, 28, 22, 12)
FIXED_KEPT, FIXED_LATE = (93, 7), (82, 18)


@dataclasses.dataclass(frozen=True)
class Promise:
    """What a service promises, by which hours its people work, and how many days they wait for whom."""

    hours: Calendar
    first_answer: Target | None
    resolution: Target | None
    waits: dict[str, int]
    known: dict[tuple[Target, date], datetime | None] = dataclasses.field(default_factory=dict)

    def due(self, target: Target | None, at: datetime) -> datetime | None:
        """Return when what came in at a moment is due; of one in days, once for each date."""
        if target is None:
            return None
        if target.unit not in IN_DAYS:
            return self._computed(target, at)
        key = target, self.hours.date_of(at)
        if key not in self.known:
            self.known[key] = self._computed(target, at)
        return self.known[key]

    def _computed(self, target: Target, at: datetime) -> datetime | None:
        try:
            return due(self.hours, at, target)
        except TooFar:
            return None


@dataclasses.dataclass(frozen=True)
class Beginning:
    """How a case begins."""

    occasion: Occasion
    service: Service
    department_id: int | None
    language: str
    reporter: Reporter | None
    has_place: bool

    @property
    def name(self) -> str:
        """The reporter's name."""
        return self.reporter.details.name if self.reporter else ""


class Stories:
    """Tells what became of cases of one town, by its people, in its words."""

    def __init__(
        self,
        promises: dict[int, Promise],
        people: People,
        words: Words,
        now: datetime,
        chance: random.Random,
    ) -> None:
        self._promises = promises
        self._people = people
        self._words = words
        self._now = now
        self._chance = chance
        self._reliable: dict[int | None, float] = {}

    def steps(self, begun: Beginning) -> list[PastStep]:
        """Return what has happened by now, in the order of time."""
        told = sorted(self._tell(begun), key=lambda step: step.at)
        return [step for step in told if step.at <= self._now]

    def _tell(self, begun: Beginning) -> Iterator[PastStep]:
        chance, at = self._chance, begun.occasion.at
        by = self._people.handler(begun.department_id, chance)
        is_question = begun.service.kind == CaseKind.QUESTION
        spoken = begun.occasion.channel in {Channel.PHONE, Channel.COUNTER}
        if is_question and spoken and begun.occasion.is_at_work and chance.random() < ANSWERED_AT_ONCE:
            closing = self._closing(
                begun, at + timedelta(minutes=chance.randrange(2, 15)), Outcome.ANSWERED, by
            )
            yield dataclasses.replace(closing, at_first_contact=True)
            return
        promise = self._promises[begun.service.pk]
        end, answered_at = self._when(begun, promise)
        begins = self._begins(promise, at, answered_at or end)
        yield from self._begin(begun, begins, end, by, writes=answered_at is not None)
        if chance.random() < ADDS_WORDS and begins - at > 2 * HOUR:
            yield PastMessage(_between(at, begins, chance), self._added(begun), is_incoming=True)
        yield from self._follow(begun, end)
        if end - begins > DAY:
            moves, end = self._detour(begun, promise, begins, end, by)
            yield from moves
        outcome = Outcome.ANSWERED if is_question else chance.choices(OUTCOMES, OUTCOME_WEIGHTS)[0]
        yield self._closing(begun, end, outcome, by)
        is_late = end > (promise.due(promise.resolution, at) or end)
        if begun.reporter and chance.random() < (REVIEWED_WHEN_LATE if is_late else REVIEWED):
            yield from self._review(begun, promise, end, by)

    def _when(self, begun: Beginning, promise: Promise) -> tuple[datetime, datetime | None]:
        """Return when a case ends, and when it is answered first if that is before."""
        chance, at = self._chance, begun.occasion.at
        answer_due = promise.due(promise.first_answer, at)
        is_question = begun.service.kind == CaseKind.QUESTION
        end_due = (answer_due if is_question else None) or promise.due(promise.resolution, at)
        end_due = end_due or at + USUAL
        window = end_due - at
        if chance.random() < self._reliability(begun):
            end = min(self._at_work(promise, at + window * (0.03 + 0.9 * chance.random() ** 1.3)), end_due)
        else:
            late = min(window * 0.6, MOST_LATE) * chance.random() ** 2
            end = self._at_work(promise, end_due + HOUR + late)
        if is_question or answer_due is None or (end <= answer_due and chance.random() >= WRITES_FIRST):
            return end, None
        answered_at = self._at_work(promise, at + (answer_due - at) * (0.05 + 0.8 * chance.random()))
        if chance.random() >= ANSWERED_LATE:
            answered_at = min(answered_at, answer_due)
        return end, answered_at if answered_at < end else None

    def _begins(self, promise: Promise, at: datetime, until: datetime) -> datetime:
        """Return when somebody takes the case on."""
        return min(self._at_work(promise, _between(at, until, self._chance)), until)

    def _begin(
        self, begun: Beginning, begins: datetime, end: datetime, by: int | None, *, writes: bool
    ) -> Iterator[PastStep]:
        if begins >= end:
            return
        if writes:
            words = self._words.reply(BEGUN, begun.language, begun.name, self._chance)
            if words:
                yield PastMessage(begins, words, author_id=by)
        if by:
            yield PastAssignment(begins, by, author_id=by)
        yield PastMove(begins, State.IN_PROGRESS, author_id=by)

    def _detour(
        self, begun: Beginning, promise: Promise, begins: datetime, end: datetime, by: int | None
    ) -> tuple[list[PastStep], datetime]:
        """Return how work stood still in between, and when the case ends then."""
        chance = self._chance
        # Of what is being worked on just now, more stands still, so that a small town shows that, too.
        is_going_on = begins < self._now < end
        kind = chance.random() * (SHARE_GOING_ON if is_going_on else 1)
        until = min(self._now, end) if is_going_on else begins + (end - begins) * 0.6
        stops = self._at_work(promise, _between(begins, until, chance))
        if stops <= begins or stops >= end:
            return [], end
        if kind < ASKS and begun.reporter:
            asks = self._words.reply(ASKED, begun.language, begun.name, chance)
            heard = stops + 2 * HOUR + min(4, promise.waits["resident"] - 1) * DAY * chance.random()
            steps: list[PastStep] = [PastMessage(stops, asks, author_id=by)] if asks else []
            steps.append(PastMove(stops, State.WAITING_FOR_RESIDENT, author_id=by))
            steps.append(PastMessage(heard, self._added(begun), is_incoming=True))
            steps.append(PastMove(heard, State.IN_PROGRESS))
            return steps, self._at_work(promise, heard + (end - stops))
        if kind < ASKS + PASSES_ON:
            longest = min(9, promise.waits["external"]) * DAY - HOUR
            back = min(self._at_work(promise, stops + longest * chance.random()), stops + longest)
            told = self._words.reply(PASSED_ON, begun.language, begun.name, chance)
            steps = [PastMessage(stops, told, author_id=by)] if told else []
            steps.append(PastMove(stops, State.WITH_EXTERNAL_BODY, author_id=by))
            steps.append(PastMove(back, State.IN_PROGRESS, author_id=by))
            return steps, self._at_work(promise, back + (end - stops) * 0.5)
        if kind < ASKS + PASSES_ON + SCHEDULES:
            return [PastMove(stops, State.SCHEDULED, author_id=by, until=end)], end
        return [], end

    def _follow(self, begun: Beginning, end: datetime) -> Iterator[PastStep]:
        """Yield others who join, where anybody can see the case."""
        chance, at = self._chance, begun.occasion.at
        likely = FOLLOWED_IN_STORM if begun.occasion.storm else FOLLOWED
        if not (begun.service.is_public and begun.has_place) or chance.random() >= likely:
            return
        seen = {begun.reporter.resident.pk} if begun.reporter else set()
        for _ in range(chance.choice((1, 1, 1, 2, 2, 3))):
            who = self._people.who(chance)
            if who and who.resident.pk in seen:
                continue
            if who:
                seen.add(who.resident.pk)
            joined = _between(at + timedelta(minutes=5), min(end, at + 3 * DAY), chance)
            language = who.resident.language if who else begun.language
            words = self._words.matter(begun.service.slug, language, chance)
            if at < joined < end:
                yield PastFollower(joined, words, language, Channel.WEB, who)

    def _review(
        self, begun: Beginning, promise: Promise, end: datetime, by: int | None
    ) -> Iterator[PastStep]:
        chance = self._chance
        reviewed = end + 2 * HOUR + 4 * DAY * chance.random()
        decided = self._at_work(promise, reviewed + HOUR + DAY * chance.random())
        yield PastReview(reviewed)
        if chance.random() < REOPENED:
            words = self._words.reply(BEGUN, begun.language, begun.name, chance)
            yield PastReopening(decided, by, words)
            again = self._at_work(promise, decided + 3 * HOUR + 4 * DAY * chance.random())
            yield self._closing(begun, again, Outcome.FIXED, by)
        else:
            words = self._words.reply(LOOKED_AGAIN, begun.language, begun.name, chance)
            yield PastReviewAnswer(decided, words, by)

    def _closing(self, begun: Beginning, at: datetime, outcome: Outcome, by: int | None) -> PastClosing:
        words = self._words.closing(begun.service.slug, outcome, begun.language, begun.name, self._chance)
        return PastClosing(at, outcome, words, author_id=by)

    def _added(self, begun: Beginning) -> str:
        return self._words.added(begun.language, self._chance)

    def _reliability(self, begun: Beginning) -> float:
        """Return how often a department keeps its word; each has its own, and storms bring it behind."""
        if begun.department_id not in self._reliable:
            self._reliable[begun.department_id] = self._chance.uniform(*RELIABLE)
        return self._reliable[begun.department_id] - (AFTER_STORM if begun.occasion.storm else 0)

    def _at_work(self, promise: Promise, at: datetime) -> datetime:
        """Return the moment, or a while after its people come to work next."""
        hours = promise.hours
        opens, closes = next(hours.opening_between(at, hours.date_of(at) + 30 * DAY), (at, at))
        if opens <= at:
            return at
        share: float = self._chance.random() ** 1.5
        return opens + (closes - opens) * share


def survey_answer(now: datetime, chance: random.Random) -> Answers:
    """Return what residents answer to surveys: the later they were served, the less content they are."""

    def answer(case: Case, one: PastCase, closing: PastClosing) -> PastAnswer | None:
        after = [step for step in one.steps if step.at > closing.at]
        if after and isinstance(after[0], PastReview):
            return PastAnswer(after[0].at, Survey.Fixed.NO, chance.choice((1, 1, 2, 2, 3)))
        at = closing.at + HOUR + 6 * DAY * chance.random() ** 2
        if one.reporter is None or at > now or after or chance.random() >= SURVEYS_ANSWERED:
            return None
        is_late = case.promise_state == PromiseState.BROKEN
        fixed = chance.choices(
            (Survey.Fixed.YES, Survey.Fixed.CANT_TELL), FIXED_LATE if is_late else FIXED_KEPT
        )[0]
        rating = chance.choices(range(1, 6), RATINGS_LATE if is_late else RATINGS_KEPT)[0]
        return PastAnswer(at, fixed, rating)

    return answer


def _between(start: datetime, end: datetime, chance: random.Random) -> datetime:
    return start + (end - start) * chance.random()
