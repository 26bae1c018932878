"""Add facts up: what each one adds to which tallies, and the tallies kept in step. No reading of cases."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from moked.insights import durations
from moked.insights.models import CaseFact, Tally
from moked.insights.rules import Dimension, Kept, Standing, first_of_month
from moked.insights.writing import upsert

COUNTS = (
    *("received", "open", "repeat", "closed", "promised", "kept", "reopened", "first_contact"),
    *("rated_1", "rated_2", "rated_3", "rated_4", "rated_5"),
    *("waiting", "answer_promised", "answer_kept", "finished", "end_promised", "end_kept"),
    *("handed_over", "set_aside"),
)
HISTOGRAMS = ("answering", "closing", "working_answer", "working_end", "urgent_answer")
_PLACE = {name: place for place, name in enumerate(COUNTS)}
_FIRST_HISTOGRAM = len(COUNTS)
_ABOUT = ("key", "municipality_id", "month", "dimension", "value", "department_id", "confidential_id")
_SUMS = (*COUNTS, *HISTOGRAMS)

Key = tuple[date, str, str, int, int]
Change = dict[int, int]
"""What is added at which place of a tally: first its counts, then the histograms."""


class Changes:
    """What a batch of facts changes in the tallies of one town."""

    def __init__(self) -> None:
        self._changes: dict[Key, Change] = {}

    def add(self, fact: CaseFact, times: int = 1) -> None:
        """Count a fact; with -1, count it no longer."""
        opened, closed = _at_opening(fact), _at_closing(fact)
        for dimension, value in _values(fact):
            self._note(fact, fact.opened_on, dimension, value, opened, times)
            if fact.closed_on:
                self._note(fact, fact.closed_on, dimension, value, closed, times)
            if fact.set_aside_on:
                self._note(fact, fact.set_aside_on, dimension, value, [_PLACE["set_aside"]], times)

    def _note(
        self, fact: CaseFact, on: date, dimension: str, value: str, places: list[int], times: int
    ) -> None:
        hidden = fact.service_id if fact.is_confidential else 0
        key = (first_of_month(on), dimension, value, fact.department_id or 0, hidden)
        change = self._changes.setdefault(key, {})
        for place in places:
            change[place] = change.get(place, 0) + times

    @property
    def months(self) -> set[date]:
        """The months of which anything is counted otherwise."""
        return {key[0] for key, change in self._changes.items() if any(change.values())}

    def write(self, municipality_id: int) -> None:
        """Store the tallies as they are with the changes; those in which nothing is left vanish."""
        changes = {key: change for key, change in self._changes.items() if any(change.values())}
        names = {key: _name(municipality_id, key) for key in changes}
        stored = Tally.objects.filter(key__in=list(names.values())).values_list("key", *_SUMS)
        before = {name: sums for name, *sums in stored.iterator()}
        rows = [
            (names[key], municipality_id, *key, *_changed(before.get(names[key]), change))
            for key, change in changes.items()
        ]
        kept = [row for row in rows if any(row[len(_ABOUT) : len(_ABOUT) + len(COUNTS)])]
        upsert(Tally, "key", (*_ABOUT, *_SUMS), kept)
        if len(kept) < len(rows):
            left = {row[0] for row in kept}
            Tally.objects.filter(key__in=[row[0] for row in rows if row[0] not in left]).delete()


def _values(fact: CaseFact) -> Iterator[tuple[str, str]]:
    yield Dimension.TOTAL, ""
    yield Dimension.SERVICE, str(fact.service_id)
    yield Dimension.AREA, str(fact.area_id or 0)
    yield Dimension.CHANNEL, fact.channel
    yield Dimension.TEAM, str(fact.team_id or 0)
    if fact.assignee_id:
        yield Dimension.PERSON, str(fact.assignee_id)


def _at_opening(fact: CaseFact) -> list[int]:
    said = {
        "received": True,
        "open": fact.standing == Standing.OPEN,
        "waiting": fact.is_waiting,
        "repeat": fact.is_repeat,
        "answer_promised": bool(fact.answer_promise),
        "answer_kept": fact.answer_promise == Kept.KEPT,
    }
    took = {
        "answering": fact.minutes_to_answer,
        "working_answer": fact.working_to_answer,
        "urgent_answer": fact.urgent_to_answer,
    }
    return _places(said, took)


def _at_closing(fact: CaseFact) -> list[int]:
    is_finished = fact.set_aside_on is None
    said = {
        "closed": True,
        "promised": bool(fact.promise),
        "kept": fact.promise == Kept.KEPT,
        "reopened": fact.was_reopened,
        "first_contact": fact.is_first_contact,
        "finished": is_finished,
        "end_promised": is_finished and bool(fact.end_promise),
        "end_kept": is_finished and fact.end_promise == Kept.KEPT,
        "handed_over": is_finished and fact.was_handed_over,
    }
    if fact.rating:
        said[f"rated_{fact.rating}"] = True
    took = {
        "closing": fact.minutes_to_close,
        "working_end": fact.working_to_end if is_finished else None,
    }
    return _places(said, took)


def _places(said: Mapping[str, bool], took: Mapping[str, int | None]) -> list[int]:
    places = [_PLACE[name] for name, is_so in said.items() if is_so]
    for name, minutes in took.items():
        if minutes is not None:
            first = _FIRST_HISTOGRAM + HISTOGRAMS.index(name) * durations.BUCKETS
            places.append(first + durations.bucket(minutes))
    return places


def _name(municipality_id: int, key: Key) -> str:
    month, dimension, value, department_id, confidential_id = key
    return f"{municipality_id}/{month:%Y-%m}/{dimension}/{value}/{department_id}/{confidential_id}"


def _changed(sums: list[Any] | None, change: Change) -> list[Any]:
    """Return the sums of a tally with a change; of one that is not stored yet, from nothing."""
    counts = list(sums[: len(COUNTS)]) if sums else [0] * len(COUNTS)
    histograms: list[bytes] = list(sums[len(COUNTS) :]) if sums else [b""] * len(HISTOGRAMS)
    opened: dict[int, list[int]] = {}
    for place, amount in change.items():
        if place < _FIRST_HISTOGRAM:
            counts[place] += amount
            continue
        which, bucket = divmod(place - _FIRST_HISTOGRAM, durations.BUCKETS)
        if which not in opened:
            opened[which] = durations.unpacked(histograms[which])
        opened[which][bucket] += amount
    for which, histogram in opened.items():
        histograms[which] = durations.packed(histogram)
    return [*counts, *histograms]
