"""Where a case goes: ordered sentences, the first that fits decides. No database."""

import dataclasses
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from moked.base.conditions import Node, comparisons, holds_parsed
from moked.base.text import has_hidden_controls
from moked.cases.facts import Fact
from moked.catalogue.rules import Priority
from moked.routing import clauses
from moked.routing.clauses import Area, Clauses, UnreadableClauses

MOST_RULES = 200
LONGEST_NAME = 80


class BadRules(ValueError):
    """Rules are not as they must be.

    `code` is NOT_A_LIST, TOO_MANY, NAME_TOO_LONG, BAD_CONDITION, NO_TARGET, TEAM_ELSEWHERE, PERSON_ELSEWHERE,
    NEVER_REACHED or UNKNOWN_ with what is not there (any more): DEPARTMENT, TEAM, PERSON, BODY, PRIORITY,
    LABEL, SERVICE, KIND, AREA, LIFE_EVENT, QUESTION. `number` is the rule's, from 1, `name` what is wrong in
    it. The front door chooses the words.
    """

    def __init__(self, code: str, number: int = 0, name: str = "") -> None:
        super().__init__(f"{code} in rule {number}: {name}")
        self.code, self.number, self.name = code, number, name


@dataclasses.dataclass(frozen=True)
class Target:
    """What a rule does with a case: codes of a department, a team and an external body, the id of a person,
    a priority, codes of labels. Whatever is empty stays as it is; a team brings its department, and labels
    are added to those there are.
    """

    department: str = ""
    team: str = ""
    person: int | None = None
    body: str = ""
    priority: str = ""
    labels: tuple[str, ...] = ()

    @property
    def is_nothing(self) -> bool:
        """It would change nothing about any case."""
        return self == Target()

    def as_document(self) -> dict[str, Any]:
        """Return the JSON form; a target without labels says what it said before there were any."""
        said = dataclasses.asdict(self) | {"labels": list(self.labels)}
        return {name: value for name, value in said.items() if name != "labels" or value}


@dataclasses.dataclass(frozen=True)
class Rule:
    """Cases for which the clauses hold get the target; `name` is for colleagues and may be empty."""

    target: Target
    clauses: Clauses = dataclasses.field(default_factory=Clauses)
    name: str = ""
    condition: Node | None = dataclasses.field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.condition is None and self.clauses != Clauses():
            object.__setattr__(self, "condition", clauses.read(self.clauses.condition)[1])

    def as_document(self) -> dict[str, Any]:
        """Return the JSON form kept in the revision."""
        return {"name": self.name, "when": self.clauses.condition, "then": self.target.as_document()}

    def fits(self, facts: Mapping[str, Any]) -> bool:
        """Tell whether a case, as `cases.queries.facts` reads it, is what the rule is about."""
        return self.condition is None or holds_parsed(self.condition, facts)


@dataclasses.dataclass(frozen=True)
class Match:
    """A rule that fits, counted from 1, and the area because of which it does, if it names any."""

    rule: Rule
    number: int
    area: Area | None = None


def matches(rules: Sequence[Rule], facts: Mapping[str, Any]) -> Iterator[Match]:
    """Yield the rules that fit, in their order: the first decides, unless what it leads to is gone."""
    for number, rule in enumerate(rules, 1):
        if rule.fits(facts):
            found = rule.clauses.area_that_fits(facts.get(Fact.AREAS, ()))
            kind, _sep, code = (found or "").partition("/")
            yield Match(rule, number, (kind, code) if found else None)


def fields_of(rules: Iterable[Rule]) -> frozenset[str]:
    """Return the fields that rules ask of a case."""
    asked = {one.field for rule in rules if rule.condition for one in comparisons(rule.condition)}
    # Why a rule fitted is told with the area, also where any of a kind will do.
    return frozenset(asked | {Fact.AREAS} if Fact.AREA_KINDS in asked else asked)


def read(document: Any) -> tuple[Rule, ...]:
    """Return the rules of a document; raises BadRules for one of another shape."""
    if not isinstance(document, list) or not all(isinstance(one, dict) for one in document):
        raise BadRules("NOT_A_LIST")
    if len(document) > MOST_RULES:
        raise BadRules("TOO_MANY", MOST_RULES + 1)
    return tuple(_read_one(entry, number) for number, entry in enumerate(document, 1))


def _read_one(entry: dict[str, Any], number: int) -> Rule:
    name, when, then = entry.get("name", ""), entry.get("when"), entry.get("then")
    if "department" in entry:
        when, then = _as_it_was(entry)
    if not isinstance(name, str) or len(name) > LONGEST_NAME or has_hidden_controls(name):
        raise BadRules("NAME_TOO_LONG", number, str(name)[:LONGEST_NAME])
    try:
        found, node = clauses.read(when)
    except UnreadableClauses as problem:
        raise BadRules("BAD_CONDITION", number, str(problem)) from problem
    if any(map(has_hidden_controls, found.words)):
        raise BadRules("BAD_CONDITION", number)
    target = _target(then)
    if target is None or target.is_nothing:
        raise BadRules("NO_TARGET", number)
    return Rule(target, found, name, node)


def _target(then: Any) -> Target | None:
    if not isinstance(then, dict):
        return None
    person = then.get("person")
    words = {name: str(then.get(name) or "") for name in ("department", "team", "body", "priority")}
    labels = _texts(then.get("labels"))
    return Target(**words, person=person if isinstance(person, int) else None, labels=labels)


def _as_it_was(entry: dict[str, Any]) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """Return what the first form of rules, of services, areas and a department, means in today's."""
    said = Clauses(
        services=_texts(entry.get("services")),
        area_kind=str(entry.get("area_kind") or ""),
        areas=_texts(entry.get("areas")),
    )
    return said.condition, {"department": entry["department"]}


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(one) for one in value)) if isinstance(value, list | tuple) else ()


@dataclasses.dataclass(frozen=True)
class Known:
    """What rules of a town may name: codes, ids of people, questions by code with their options.

    `teams` says of each team its department, '' for the centre; `people` of each person the departments on
    whose cases they work.
    """

    departments: Collection[str]
    services: Collection[str]
    areas: Collection[Area]
    teams: Mapping[str, str] = dataclasses.field(default_factory=dict)
    people: Mapping[int, Collection[str]] = dataclasses.field(default_factory=dict)
    bodies: Collection[str] = ()
    labels: Collection[str] = ()
    life_events: Collection[str] = ()
    questions: Mapping[str, Collection[str]] = dataclasses.field(default_factory=dict)


def check(rules: Iterable[Rule], known: Known) -> None:
    """Raise BadRules unless everything the rules name exists and each rule can still decide something."""
    catch_all = 0
    for number, rule in enumerate(rules, 1):
        if catch_all:
            raise BadRules("NEVER_REACHED", number, str(catch_all))
        problem = first_problem(rule, number, known)
        if problem:
            raise problem
        if rule.condition is None:
            catch_all = number


def first_problem(rule: Rule, number: int, known: Known) -> BadRules | None:
    """Return the first thing a rule names that is not there."""
    for code, name in (*_gone_targets(rule.target, known), *_gone_clauses(rule.clauses, known)):
        return BadRules(code, number, name)
    return None


def _gone_targets(target: Target, known: Known) -> Iterator[tuple[str, str]]:
    if target.department and target.department not in known.departments:
        yield "UNKNOWN_DEPARTMENT", target.department
    if target.team and target.team not in known.teams:
        yield "UNKNOWN_TEAM", target.team
    elif target.team and target.department and known.teams[target.team] not in {"", target.department}:
        yield "TEAM_ELSEWHERE", target.team
    where = target.department or known.teams.get(target.team, "")
    if target.person is not None and target.person not in known.people:
        yield "UNKNOWN_PERSON", str(target.person)
    elif target.person is not None and where and where not in known.people[target.person]:
        yield "PERSON_ELSEWHERE", str(target.person)
    if target.body and target.body not in known.bodies:
        yield "UNKNOWN_BODY", target.body
    if target.priority and target.priority not in list(Priority):
        yield "UNKNOWN_PRIORITY", target.priority
    yield from (("UNKNOWN_LABEL", one) for one in target.labels if one not in known.labels)


def _gone_clauses(asked: Clauses, known: Known) -> Iterator[tuple[str, str]]:
    yield from (("UNKNOWN_SERVICE", one) for one in asked.services if one not in known.services)
    if asked.area_kind and asked.area_kind not in {kind for kind, _code in known.areas}:
        yield "UNKNOWN_KIND", asked.area_kind
    yield from (("UNKNOWN_AREA", one) for one in asked.areas if (asked.area_kind, one) not in known.areas)
    yield from (("UNKNOWN_LIFE_EVENT", one) for one in asked.life_events if one not in known.life_events)
    for code, options in asked.answers:
        if code not in known.questions or any(one not in known.questions[code] for one in options):
            yield "UNKNOWN_QUESTION", code


@dataclasses.dataclass(frozen=True)
class Reason:
    """Why a case went where it went, as kept on its timeline: which rule of which revision, which area, and
    the first rule before it that fitted and was skipped, since what it names is gone; 0 for none.

    `number` is 0 where no rule was left that fits, and the service decided.
    """

    number: int
    revision: int
    area_id: int | None = None
    skipped: int = 0

    def __str__(self) -> str:
        return f"RULE:{self.number}:{self.revision}:{self.area_id or ''}:{self.skipped or ''}"


def read_reason(code: str) -> Reason | None:
    """Return the reason a code stands for; None where no rule fitted and the service decided."""
    head, *parts = code.split(":")
    if head != "RULE" or len(parts) not in {3, 4}:
        return None
    number, revision, area_id, skipped = (*parts, "")[:4]
    return Reason(int(number), int(revision), int(area_id) if area_id else None, int(skipped or 0))
