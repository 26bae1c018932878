"""The rules in force, what they may name, and what others would have decided."""

import dataclasses
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from moked.accounts.models import Department, Team
from moked.accounts.rules import Actor
from moked.cases.facts import Fact
from moked.cases.models import Case, Label
from moked.cases.queries.facts import facts_of
from moked.cases.queries.past import Sample
from moked.catalogue.models import Service
from moked.catalogue.queries import questions_of
from moked.handovers.models import ExternalBody
from moked.knowledge.models import LifeEvent
from moked.places.models import Area as TownArea
from moked.places.rules import AreaKind
from moked.revisions import queries as revisions_of
from moked.revisions.models import Revision
from moked.routing.clauses import Area
from moked.routing.dangers import NO_SIGNS, Danger, Signs, signs_of
from moked.routing.decisions import Decision, Targets, people_of
from moked.routing.models import KIND, DangerSet, RuleSet
from moked.routing.rules import Known, Rule, fields_of, read

BATCH = 200


def rules_of(municipality_id: int) -> tuple[Rule, ...]:
    """Return the published rules of a municipality; none before the first are published."""
    rule_set = RuleSet.objects.filter(municipality_id=municipality_id).defer("document").first()
    return rule_set.rules if rule_set else ()


def revision_of(municipality_id: int) -> int:
    """Return the number of the revision in force; 0 before the first is published."""
    rule_set = RuleSet.objects.filter(municipality_id=municipality_id).select_related("revision").first()
    return rule_set.revision.number if rule_set and rule_set.revision else 0


def names_of_rules(municipality_id: int, revisions: Collection[int]) -> dict[tuple[int, int], str]:
    """Return the names of the rules of some revisions, by the revision's number and their own."""
    if not revisions:
        return {}
    found = Revision.objects.filter(municipality_id=municipality_id, kind=KIND, number__in=revisions)
    return {
        (revision, number): str(entry.get("name") or "")
        for revision, document in found.values_list("number", "document")
        for number, entry in enumerate(document["rules"], 1)
    }


@dataclasses.dataclass(frozen=True)
class Draft:
    """Rules that somebody kept before they were finished; `base` is the revision they were made from."""

    rules: tuple[Rule, ...]
    base: int
    author_id: int | None
    at: datetime


def draft_of(municipality_id: int) -> Draft | None:
    """Return the draft of a municipality's rules, if there is one."""
    rule_set = RuleSet.objects.filter(municipality_id=municipality_id).defer("document").first()
    found = revisions_of.draft_of(municipality_id, KIND, rule_set.pk) if rule_set else None
    if found is None:
        return None
    return Draft(read(found.document["rules"]), found.number - 1, found.author_id, found.created_at)


def areas_of(municipality_id: int) -> set[Area]:
    """Return the areas that rules may name: all in use but the town's outline."""
    found = TownArea.objects.filter(municipality_id=municipality_id, is_retired=False)
    return set(found.exclude(kind=AreaKind.OUTLINE).values_list("kind", "code"))


def known_to(municipality_id: int) -> Known:
    """Return everything that rules may name."""
    town = {"municipality_id": municipality_id}
    teams = Team.objects.filter(**town, is_retired=False).values_list("code", "department__code")
    events = LifeEvent.objects.filter(**town, is_retired=False)
    bodies = ExternalBody.objects.filter(**town, is_retired=False)
    labels = Label.objects.filter(**town, is_retired=False)
    services = list(Service.objects.filter(**town).select_related("revision"))
    departments = dict(Department.objects.filter(**town, is_retired=False).values_list("id", "code"))
    return Known(
        departments=set(departments.values()),
        services={one.slug for one in services},
        areas=areas_of(municipality_id),
        teams={code: department or "" for code, department in teams},
        people={
            user_id: {code for pk, code in departments.items() if actor.may_work_on(pk)}
            for user_id, actor in people_of(municipality_id).items()
        },
        bodies=set(bodies.values_list("code", flat=True)),
        labels=set(labels.values_list("code", flat=True)),
        life_events=set(events.values_list("code", flat=True)),
        questions=_options(services),
    )


def _options(services: Sequence[Service]) -> dict[str, set[str]]:
    """Return the options of every question of services that has any, by the code of the question."""
    found: dict[str, set[str]] = {}
    for service in services:
        for question in questions_of(service):
            if question.options:
                found.setdefault(question.code, set()).update(one.code for one in question.options)
    return found


EVERY = Sample()


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What would happen to one case by the rules in force and by those that are tried."""

    case: Case
    was: Decision
    would_be: Decision


@dataclasses.dataclass(frozen=True)
class Trial:
    """What other rules would have done with past cases; `rows` are the changed ones, newest first.

    `by_rule` counts the cases each rule decides, by its number, 0 for those that none does.
    """

    changed: int
    unchanged: int
    by_rule: dict[int, int]
    rows: tuple[Outcome, ...]

    @property
    def tried(self) -> int:
        """How many cases it was tried on."""
        return self.changed + self.unchanged

    @property
    def without_match(self) -> int:
        """How many cases no rule fits."""
        return self.by_rule.get(0, 0)


def dry_run(actor: Actor, rules: Sequence[Rule], sample: Sample = EVERY, *, most_rows: int = 50) -> Trial:
    """Try rules on past cases the actor may see, against the rules in force; nothing is changed.

    A case counts as changed when the first place it got to would be another one, whoever has it now.
    """
    changed, unchanged, by_rule = 0, 0, Counter[int]()
    rows: list[Outcome] = []
    for one in outcomes(actor, rules, sample):
        by_rule[one.would_be.number] += 1
        if one.was.leads_where(one.would_be):
            unchanged += 1
        else:
            changed += 1
            rows += [one] if len(rows) < most_rows else []
    return Trial(changed, unchanged, dict(by_rule), tuple(rows))


def outcomes(actor: Actor, rules: Sequence[Rule], sample: Sample = EVERY) -> Iterator[Outcome]:
    """Yield what would happen to each of the chosen cases the actor may see, newest first."""
    in_force = rules_of(actor.municipality_id)
    fields = fields_of([*in_force, *rules])
    targets = Targets(actor.municipality_id)
    for cases in _batches(actor, sample):
        facts = facts_of(cases, fields)
        for case in cases:
            was, would_be = (targets.decide(case, some, facts[case.pk]) for some in (in_force, rules))
            yield Outcome(case, was, would_be)


def count_of(actor: Actor, sample: Sample) -> int:
    """Return how many cases rules would be tried on."""
    return sample.count(Case.objects.visible_to(actor))


def _batches(actor: Actor, sample: Sample) -> Iterator[list[Case]]:
    found = Case.objects.visible_to(actor).select_related("service", "municipality")
    cases = list(sample.among(found))
    for first in range(0, len(cases), BATCH):
        yield cases[first : first + BATCH]


def signs_of_town(municipality_id: int) -> Signs:
    """Return what is dangerous in a municipality."""
    found = DangerSet.objects.filter(municipality_id=municipality_id).defer("document").first()
    return found.signs if found else NO_SIGNS


def danger_in(municipality_id: int, *, words: str, service: str) -> Danger | None:
    """Return the danger that what somebody says is a sign of, before there is a case."""
    return signs_of_town(municipality_id).first({Fact.WORDS: words, Fact.SERVICE: service})


def danger_of(case: Case) -> Danger | None:
    """Return the danger that was noticed in a case, while it is still one of the town's."""
    if not case.danger:
        return None
    found = signs_of_town(case.municipality_id).dangers
    return next((one for one in found if one.code == case.danger), None)


def dangerous(actor: Actor, dangers: Sequence[Danger], sample: Sample = EVERY) -> list[tuple[Case, Danger]]:
    """Return which of the past cases the actor may see show a sign of danger, newest first."""
    signs = signs_of(dangers)
    found = []
    for cases in _batches(actor, sample):
        facts = facts_of(cases, signs.fields)
        found += [(case, danger) for case in cases if (danger := signs.first(facts[case.pk]))]
    return found
