"""A town's streets and landmarks in memory, found by the beginning of a name, typing errors forgiven."""

import dataclasses
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator

import numpy as np
from rapidfuzz import fuzz

from moked.places.addresses import core_of, normalise
from moked.places.indexes import Kept
from moked.places.models import Landmark, Street, point_of
from moked.places.rules import Point

STREET, LANDMARK = "STREET", "LANDMARK"
MOST_BEGINNINGS = 400
MOST_POSTINGS = 20_000
MOST_ALIKE = 120
LEAST_SCORE = 68.0


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """One name, in one language, of a street or landmark."""

    kind: str
    id: int
    language: str
    name: str
    form: str
    point: Point | None


class AddressIndex:
    """Every name of one town, with three ways in: the whole name, its beginning, its trigrams."""

    def __init__(self, entries: list[Entry]) -> None:
        self.entries = entries
        self._by_form: dict[str, list[int]] = defaultdict(list)
        self._by_core: dict[str, list[int]] = defaultdict(list)
        self._trigrams: dict[str, array[int]] = defaultdict(lambda: array("I"))
        beginnings: list[tuple[str, int]] = []
        for number, entry in enumerate(entries):
            self._by_form[entry.form].append(number)
            self._by_core[core_of(entry.form)].append(number)
            beginnings += ((text, number) for text in _from_each_word(entry.form))
            for trigram in _trigrams(entry.form):
                self._trigrams[trigram].append(number)
        beginnings.sort()
        self._beginnings = [text for text, _ in beginnings]
        self._begun = array("I", (number for _, number in beginnings))

    def named(self, form: str) -> list[Entry]:
        """Return the entries of exactly this normalised name, else of this name with another kind of way."""
        if not form:
            return []
        numbers = self._by_form.get(form) or self._by_core.get(form) or self._by_core.get(core_of(form)) or []
        return [self.entries[number] for number in numbers]

    def like(self, form: str) -> Iterator[tuple[float, Entry]]:
        """Yield what may be meant by the beginning of a name, with a score up to 100; unordered."""
        numbers = set(self._begun_with(form))
        if len(numbers) < MOST_BEGINNINGS:
            numbers.update(self._alike(form))
        for number in numbers:
            entry = self.entries[number]
            if (score := _score(form, entry.form)) >= LEAST_SCORE:
                yield score, entry

    def _begun_with(self, form: str) -> Iterable[int]:
        start = bisect_left(self._beginnings, form)
        for at in range(start, min(start + MOST_BEGINNINGS, len(self._beginnings))):
            if not self._beginnings[at].startswith(form):
                return
            yield self._begun[at]

    def _alike(self, form: str) -> Iterable[int]:
        """Return the names that share most trigrams, counted from the rarest so that the work is bounded."""
        known = sorted(one for one in _trigrams(form) if one in self._trigrams)
        lists = sorted((self._trigrams[one] for one in known), key=len)
        read = []
        left = MOST_POSTINGS
        for postings in lists:
            if len(postings) > left:
                break
            left -= len(postings)
            read.append(np.frombuffer(postings, np.uintc))
        if not read:
            return []
        numbers, first, counts = np.unique(np.concatenate(read), return_index=True, return_counts=True)
        # Of those that share equally many, the ones with the rarest trigram.
        found: list[int] = numbers[np.lexsort((first, -counts))[:MOST_ALIKE]].tolist()
        return found


def _score(wanted: str, form: str) -> float:
    """Return how likely `wanted`, perhaps unfinished or mistyped, means the name; 100 for the name itself."""
    if form == wanted:
        return 100.0
    if form.startswith(wanted):
        return 98.0 - min(8.0, 0.1 * (len(form) - len(wanted)))
    if f" {wanted}" in form:
        return 88.0 - min(8.0, 0.1 * (len(form) - len(wanted)))
    whole = fuzz.ratio(wanted, form)
    begun = 0.94 * fuzz.ratio(wanted, form[: len(wanted)])
    turned = 0.94 * fuzz.token_sort_ratio(wanted, form)
    return min(87.0, max(whole, begun, turned))


def _from_each_word(form: str) -> Iterator[str]:
    """Yield the name from each of its words on, so that any of them can be typed first."""
    yield form
    for at, char in enumerate(form):
        if char == " ":
            yield form[at + 1 :]


def _trigrams(form: str) -> set[str]:
    padded = f" {form} "
    return {padded[at : at + 3] for at in range(len(padded) - 2)}


def _build(municipality_id: int) -> AddressIndex:
    return AddressIndex([*_streets(municipality_id), *_landmarks(municipality_id)])


def _streets(municipality_id: int) -> Iterator[Entry]:
    rows = Street.objects.filter(municipality_id=municipality_id, is_retired=False).order_by("id")
    columns = rows.values_list("id", "name", "forms", "latitude", "longitude")
    for street_id, name, forms, latitude, longitude in columns.iterator(chunk_size=2000):
        yield from _entries(STREET, street_id, name, forms, point_of(latitude, longitude))


def _landmarks(municipality_id: int) -> Iterator[Entry]:
    rows = Landmark.objects.filter(municipality_id=municipality_id, is_retired=False).order_by("id")
    for row in rows:
        yield from _entries(LANDMARK, row.pk, row.name, row.forms, row.point)


def _entries(
    kind: str, object_id: int, name: dict[str, str], forms: str, point: Point | None
) -> Iterator[Entry]:
    """Yield a name in each language; `forms` are in the order of the languages' codes."""
    languages = sorted(language for language, text in name.items() if text)
    for language, form in zip(languages, forms.split("\n"), strict=True):
        yield Entry(kind, object_id, language, name[language], form, point)


def forms_of(name: dict[str, str]) -> str:
    """Return the names as they are compared, one a line, in the order of the languages' codes."""
    return "\n".join(normalise(name[language]) for language in sorted(name) if name[language])


kept_addresses = Kept(_build, AddressIndex([]))
