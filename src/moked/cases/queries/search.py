"""Cases by what was said about them. Everything for a person starts from `visible_to`."""

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Count, Q, QuerySet

from moked.accounts.rules import TOWN_WIDE, Actor
from moked.base.text import clean_line, storable
from moked.cases import rules
from moked.cases.models import Answer, Case, Contact, Counter, Note, Participant
from moked.cases.residents import findable_residents
from moked.municipalities.models import Municipality
from moked.residents import queries as residents
from moked.residents.rules import TAIL, normalise_phone
from moked.search import queries as documents
from moked.search.models import Document
from moked.search.rules import Piece, asked, can_be_looked_up, excerpt, holds, marked, recency

KIND = "CASE"
PAGE = 20
MOST_FOUND = 200
MOST_PEOPLE = 50
STATES = {"all": Q(), "open": Q(is_open=True), "closed": Q(is_open=False)}
SHOWN = (
    *(
        "municipality_id",
        "number",
        "title",
        "kind",
        "state",
        "is_open",
        "priority",
        "outcome",
        "channel",
        "address",
    ),
    *("opened_at", "queue_at", "queue_for", "promised_at", "promise_state", "scheduled_at"),
    *("public_title", "service__name", "department__name", "team__name", "assignee__name"),
)


@dataclasses.dataclass(frozen=True)
class CaseWords:
    """What a case is found by: `text` for whoever sees it, `people` for who reads contact details on it."""

    text: list[str]
    people: list[str]


@dataclasses.dataclass(frozen=True)
class FoundCase:
    """A case that was found, its title and address with the words marked.

    `excerpt` is a piece of what else it says, with words that stand in neither; [] when there are none.
    """

    case: Case
    title: list[Piece]
    address: list[Piece]
    excerpt: list[Piece]


@dataclasses.dataclass(frozen=True)
class SearchPage:
    """Some of what was found, the newest first; `next_key` continues after the last.

    `total` counts all that the actor sees, no further than 200; with `is_too_short` no word had the three
    letters it takes to be looked for in texts.
    """

    found: list[FoundCase]
    total: int
    next_key: str | None
    is_too_short: bool


def search(actor: Actor, text: str, *, state: str = "all", after: str | None = None) -> SearchPage:
    """Return the cases in which all of the words are found, the newest first, at most 200.

    A number in any form finds its case; a phone number, an e-mail address, and where no word has three
    letters a name, find the cases of whom they mean, for those who may read contact details on them.
    `state` is all, open or closed; `after` is the `next_key` of the page before, a broken key starts at the
    beginning.
    """
    words = asked(text)
    line = clean_line(storable(text))
    cases = Case.objects.visible_to(actor).filter(STATES.get(state, Q()))
    found = (
        _newest(_by_number(actor, cases, line))
        | _newest(_by_people(actor, cases, line, words))
        | _by_words(actor, cases, words)
    )
    keys = sorted(found, reverse=True)[:MOST_FOUND]
    end = _read_key(after)
    left = [key for key in keys if end is None or key < end]
    ids = [found[key] for key in left[:PAGE]]
    return SearchPage(
        found=_shown(actor, cases, ids, words),
        total=len(keys),
        next_key=str(left[PAGE - 1]) if len(left) > PAGE else None,
        is_too_short=not can_be_looked_up(words),
    )


@dataclasses.dataclass(frozen=True)
class Tally:
    """How many cases a town has, and how many of them the search knows."""

    town: str
    cases: int
    documents: int


def search_tallies() -> list[Tally]:
    """Return the tally of each town of the installation."""
    cases = dict(Case.objects.values_list("municipality_id").annotate(Count("id")))
    known = Document.objects.filter(kind=KIND).values_list("municipality_id").annotate(Count("recency"))
    documents = dict(known)
    towns = Municipality.objects.order_by("id").values_list("id", "slug")
    return [Tally(slug, cases.get(pk, 0), documents.get(pk, 0)) for pk, slug in towns]


def words_of(cases: Iterable[Case]) -> dict[int, CaseWords]:
    """Return what each of the cases is found by, as it was written; reads four tables, however many cases."""
    by_id = {case.pk: case for case in cases}
    found = {case.pk: CaseWords([case.title, case.public_title, case.address], []) for case in by_id.values()}
    among: dict[str, Any] = {"case_id__in": list(by_id)}
    for model in (Contact, Note):
        rows = model._default_manager.filter(**among).order_by("id").values_list("case_id", "body")
        for case_id, body in rows:
            found[case_id].text.append(body)
    for case_id, value in Answer.objects.filter(**among).order_by("id").values_list("case_id", "value"):
        found[case_id].text.extend(said_in(value))
    parts = Participant.objects.filter(**among).order_by("id")
    for case_id, *details in parts.values_list("case_id", "name", "email", "phone"):
        found[case_id].people.extend(named_by(*details))
    return found


def said_in(value: Any) -> Iterator[str]:
    """Yield the words of an answer, whatever its question's kind made of them."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from said_in(one)
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def named_by(name: str, email: str, phone: str) -> list[str]:
    """Return by what a person is found who gave these details: the number without its spaces and dashes."""
    return [one for one in (name, email, normalise_phone(phone) or phone) if one]


def _by_number(actor: Actor, cases: QuerySet[Case], line: str) -> QuerySet[Case]:
    """Return the case of a number in any form; of a running number alone, that of each year."""
    years = []
    if rules.is_running_number(line):
        counters = Counter.objects.filter(municipality_id=actor.municipality_id)
        years = list(counters.values_list("year", flat=True))
    numbers = rules.numbers_meant(line, years)
    return cases.filter(number__in=numbers) if numbers else cases.none()


def _by_people(actor: Actor, cases: QuerySet[Case], line: str, words: list[str]) -> QuerySet[Case]:
    """Return the cases of whom a phone number, an address or a short name means.

    Longer names stand in the documents, and are found there together with other words.
    """
    is_phone = len(normalise_phone(line).lstrip("+")) >= TAIL
    if not (is_phone or "@" in line or (words and not can_be_looked_up(words))):
        return cases.none()
    people = residents.find(findable_residents(actor), actor.municipality_id, line, most=MOST_PEOPLE)
    if not people:
        return cases.none()
    if not actor.works_town_wide:
        cases = cases.filter(department_id__in=sorted(actor.managed_ids))
    return cases.filter(
        id__in=Participant.objects.filter(resident__in=residents.rows_of(people)).values("case_id")
    )


def _newest(cases: QuerySet[Case]) -> dict[int, int]:
    """Return the ids of the newest of the cases, by recency."""
    rows = cases.order_by("-opened_at", "-id").values_list("opened_at", "id")[:MOST_FOUND]
    return {recency(opened_at, case_id): case_id for opened_at, case_id in rows}


def _by_words(actor: Actor, cases: QuerySet[Case], words: list[str]) -> dict[int, int]:
    """Return the newest of the cases in which all of the words are found, by recency.

    A word found among people only counts where the actor may read contact details.
    """
    found: dict[int, int] = {}
    for hits in documents.hits(
        documents.Search(
            municipality_id=actor.municipality_id,
            kind=KIND,
            words=words,
            scopes=_departments_alone(actor),
            people=actor.works_town_wide or bool(actor.managed_ids),
        )
    ):
        ids = [hit.object_id for hit in hits]
        handled_by = dict(cases.filter(id__in=ids).values_list("id", "department_id")) if ids else {}
        for hit in hits:
            if hit.object_id not in handled_by:
                continue
            if hit.in_text or actor.sees_contact_details_of(handled_by[hit.object_id]):
                found[hit.recency] = hit.object_id
        if len(found) >= MOST_FOUND:
            break
    return found


def _departments_alone(actor: Actor) -> frozenset[int] | None:
    """Return the departments outside of which the actor sees no case; None when they see others too.

    What `visible_to` lets through is decided there; this only spares the search what is not.
    """
    return None if actor.works_town_wide or actor.has_any(TOWN_WIDE) else actor.department_ids


def _shown(actor: Actor, cases: QuerySet[Case], ids: list[int], words: list[str]) -> list[FoundCase]:
    rows = cases.filter(id__in=ids).select_related("service", "department", "team", "assignee").only(*SHOWN)
    by_id = {case.pk: case for case in rows}
    said = words_of(by_id.values()) if by_id else {}
    return [_marked(actor, by_id[one], said[one], words) for one in ids if one in by_id]


def _marked(actor: Actor, case: Case, said: CaseWords, words: list[str]) -> FoundCase:
    unseen = [word for word in words if not (holds(case.title, word) or holds(case.address, word))]
    people = said.people if actor.sees_contact_details_of(case.department_id) else []
    return FoundCase(
        case, marked(case.title, words), marked(case.address, words), excerpt([*said.text, *people], unseen)
    )


def _read_key(key: str | None) -> int | None:
    try:
        return int(key or "")
    except ValueError:
        return None
