"""A case as it happened: plain values, in the order of time."""

import dataclasses
from collections.abc import Iterator, Sequence
from datetime import datetime

from moked.cases import rules
from moked.cases.operations import NOTHING_MORE, Reporter, Said
from moked.catalogue.models import Service


@dataclasses.dataclass(frozen=True)
class PastMessage:
    """Words to the resident, or from them when `is_incoming`; '' when only the moment is known.

    It moves nothing by itself: a case that was in progress from then on has a `PastMove`, too.
    """

    at: datetime
    words: str
    is_incoming: bool = False
    author_id: int | None = None


@dataclasses.dataclass(frozen=True)
class PastMove:
    """An open case went to another open state; `until` is when scheduled work was to be done."""

    at: datetime
    state: rules.State
    author_id: int | None = None
    until: datetime | None = None


@dataclasses.dataclass(frozen=True)
class PastAssignment:
    """Somebody of its department took on an open case, or was given it."""

    at: datetime
    assignee_id: int
    author_id: int | None = None


@dataclasses.dataclass(frozen=True)
class PastNote:
    """Words for colleagues only."""

    at: datetime
    words: str
    author_id: int | None = None


@dataclasses.dataclass(frozen=True)
class PastFollower:
    """Somebody joined an open case because it is theirs too, with words of their own.

    `follower` is None for one who left no details.
    """

    at: datetime
    words: str
    language: str
    channel: rules.Channel
    follower: Reporter | None = None


@dataclasses.dataclass(frozen=True)
class PastClosing:
    """A case was closed; not `is_dated` when nobody knows when, and `at` is only where its timeline ends.

    `at_first_contact` when it was answered while its reporter was on the phone or at the counter.
    """

    at: datetime
    outcome: rules.Outcome
    words: str = ""
    author_id: int | None = None
    is_dated: bool = True
    at_first_contact: bool = False


@dataclasses.dataclass(frozen=True)
class PastReview:
    """A resident was not content with a closed case; it is decided by a reopening or an answer."""

    at: datetime
    reason: rules.ReviewReason = rules.ReviewReason.NOT_FIXED


@dataclasses.dataclass(frozen=True)
class PastReviewAnswer:
    """A reviewed case stayed closed, and the resident was told why."""

    at: datetime
    words: str
    author_id: int | None = None


@dataclasses.dataclass(frozen=True)
class PastReopening:
    """A closed case was taken up again, and the resident was told, in words where they are known."""

    at: datetime
    author_id: int | None = None
    words: str = ""


PastStep = (
    PastMessage
    | PastMove
    | PastAssignment
    | PastNote
    | PastFollower
    | PastClosing
    | PastReview
    | PastReviewAnswer
    | PastReopening
)


@dataclasses.dataclass(frozen=True)
class PastCase:
    """A case as it happened: how it was opened, and what became of it, in the order of time.

    `department_id` is who handled it, when that was not its service's own department; `title` is taken from
    the matter when it is not given. `assignee_id` is who has it until a step says otherwise.
    """

    service: Service
    matter: str
    opened_at: datetime
    channel: rules.Channel
    language: str
    reporter: Reporter | None = None
    assignee_id: int | None = None
    steps: Sequence[PastStep] = ()
    said: Said = NOTHING_MORE
    department_id: int | None = None
    title: str = ""
    is_imported: bool = False

    @property
    def closings(self) -> list[PastClosing]:
        """Each time it was closed."""
        return [step for step in self.steps if isinstance(step, PastClosing)]

    @property
    def state(self) -> rules.State:
        """Where it stands after all that."""
        state = rules.State.RECEIVED
        for _step, state in self.states():  # noqa: B007 - the last one
            pass
        return state

    @property
    def closing(self) -> PastClosing | None:
        """How it ended, when it has not been opened again."""
        return self.closings[-1] if self.state in rules.CLOSED else None

    def states(self) -> Iterator[tuple[PastStep, rules.State]]:
        """Yield each step with the state in which it left the case."""
        state = rules.State.RECEIVED
        for step in self.steps:
            match step:
                case PastMove():
                    state = step.state
                case PastClosing():
                    state = rules.STATE_OF_OUTCOME[step.outcome]
                case PastReopening():
                    state = rules.State.IN_PROGRESS
            yield step, state
