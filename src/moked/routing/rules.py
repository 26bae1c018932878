"""Which department a case goes to: ordered sentences, the first that fits decides. No database."""

import dataclasses
from collections.abc import Collection, Iterable, Sequence
from typing import Any

MOST_RULES = 200
Area = tuple[str, str]


class BadRules(ValueError):
    """Rules are not as they must be.

    `code` is NOT_A_LIST, TOO_MANY, NO_DEPARTMENT, NO_KIND, UNKNOWN_DEPARTMENT, UNKNOWN_SERVICE, UNKNOWN_KIND,
    UNKNOWN_AREA or NEVER_REACHED; `number` is the rule's, from 1, `name` what is wrong in it. The front door
    chooses the words.
    """

    def __init__(self, code: str, number: int = 0, name: str = "") -> None:
        super().__init__(f"{code} in rule {number}: {name}")
        self.code, self.number, self.name = code, number, name


@dataclasses.dataclass(frozen=True)
class Rule:
    """A case of one of the services, in one of the areas, goes to the department.

    No services mean any service. No kind means anywhere; a kind without areas means any area of that kind,
    and areas are codes of their kind.
    """

    department: str
    services: tuple[str, ...] = ()
    area_kind: str = ""
    areas: tuple[str, ...] = ()

    def as_document(self) -> dict[str, Any]:
        """Return the JSON form kept in the revision."""
        document = dataclasses.asdict(self)
        return document | {"services": list(self.services), "areas": list(self.areas)}

    def area_that_fits(self, areas: Collection[Area]) -> Area | None:
        """Return the first of a case's areas that the rule names; None when it names none of them."""
        fitting = (
            (kind, code) for kind, code in sorted(areas) if kind == self.area_kind and self._names(code)
        )
        return next(fitting, None)

    def _names(self, code: str) -> bool:
        return not self.areas or code in self.areas


@dataclasses.dataclass(frozen=True)
class Match:
    """The rule that decided, counted from 1, and the area because of which it fitted, if it names any."""

    department: str
    number: int
    area: Area | None = None


def route(rules: Sequence[Rule], service: str, areas: Collection[Area]) -> Match | None:
    """Return what the first rule that fits says; None when no rule fits."""
    for number, rule in enumerate(rules, 1):
        if rule.services and service not in rule.services:
            continue
        if not rule.area_kind:
            return Match(rule.department, number)
        if area := rule.area_that_fits(areas):
            return Match(rule.department, number, area)
    return None


def read(document: Any) -> tuple[Rule, ...]:
    """Return the rules of a document; raises BadRules for one of another shape."""
    if not isinstance(document, list) or not all(isinstance(one, dict) for one in document):
        raise BadRules("NOT_A_LIST")
    if len(document) > MOST_RULES:
        raise BadRules("TOO_MANY", MOST_RULES + 1)
    return tuple(_read_one(entry, number) for number, entry in enumerate(document, 1))


def _read_one(entry: dict[str, Any], number: int) -> Rule:
    rule = Rule(
        department=str(entry.get("department") or ""),
        services=_texts(entry.get("services")),
        area_kind=str(entry.get("area_kind") or ""),
        areas=_texts(entry.get("areas")),
    )
    if not rule.department:
        raise BadRules("NO_DEPARTMENT", number)
    if rule.areas and not rule.area_kind:
        raise BadRules("NO_KIND", number)
    return rule


def _texts(value: Any) -> tuple[str, ...]:
    """Return the texts of a list, each once, in order."""
    return tuple(dict.fromkeys(str(one) for one in value)) if isinstance(value, list | tuple) else ()


def check(
    rules: Iterable[Rule], *, departments: Collection[str], services: Collection[str], areas: Collection[Area]
) -> None:
    """Raise BadRules unless everything the rules name exists and each rule can still decide something."""
    kinds = {kind for kind, _ in areas}
    catch_all = 0
    for number, rule in enumerate(rules, 1):
        if catch_all:
            raise BadRules("NEVER_REACHED", number, str(catch_all))
        if rule.department not in departments:
            raise BadRules("UNKNOWN_DEPARTMENT", number, rule.department)
        if unknown := next((one for one in rule.services if one not in services), None):
            raise BadRules("UNKNOWN_SERVICE", number, unknown)
        if rule.area_kind and rule.area_kind not in kinds:
            raise BadRules("UNKNOWN_KIND", number, rule.area_kind)
        if unknown := next((one for one in rule.areas if (rule.area_kind, one) not in areas), None):
            raise BadRules("UNKNOWN_AREA", number, unknown)
        if not rule.services and not rule.area_kind:
            catch_all = number


BY_SERVICE = "SERVICE"


@dataclasses.dataclass(frozen=True)
class Reason:
    """Why a case went where it went, as kept on its timeline: which rule of which revision, which area."""

    number: int
    revision: int
    area_id: int | None

    def __str__(self) -> str:
        return f"RULE:{self.number}:{self.revision}:{self.area_id or ''}"


def read_reason(code: str) -> Reason | None:
    """Return the reason a code stands for; None where no rule fitted and the service decided."""
    parts = code.split(":")
    if len(parts) != 4 or parts[0] != "RULE":
        return None
    number, revision, area_id = parts[1:]
    return Reason(int(number), int(revision), int(area_id) if area_id else None)
