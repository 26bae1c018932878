"""Routing rules in words, and what to say about those that cannot work."""

import dataclasses
import functools
from collections.abc import Iterable, Iterator

from django.utils.dates import WEEKDAYS as WEEKDAY_NAMES
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from moked.accounts.models import Department, Membership, Team, User
from moked.base.labels import Labels, label
from moked.base.questions import Question
from moked.cases.facts import WEEKDAYS
from moked.cases.models import Label
from moked.catalogue.models import Service
from moked.catalogue.queries import questions_of
from moked.catalogue.rules import Priority
from moked.handovers.models import ExternalBody
from moked.knowledge.models import LifeEvent
from moked.municipalities.models import Municipality
from moked.places.models import Area
from moked.places.rules import AreaKind
from moked.routing.clauses import Clauses
from moked.routing.rules import BadRules, Rule, Target
from moked.web.desk.settings.texts import language_name
from moked.web.ui import labels
from moked.web.ui.labels import Words as Text

REFUSALS: dict[str, Text] = {
    "TOO_MANY": _("There is room for 200 rules. Put several services or areas into one rule."),
    "NAME_TOO_LONG": _("Shorten the name of rule %(number)d: 80 letters fit."),
    "BAD_CONDITION": _("Rule %(number)d asks what cannot be asked. Remove it and write it anew."),
    "NO_TARGET": _("Rule %(number)d does nothing. Change it and choose where cases go."),
    "TEAM_ELSEWHERE": _("The team “%(name)s” of rule %(number)d is of another department. Change the rule."),
    "PERSON_ELSEWHERE": _(
        "Rule %(number)d names “%(name)s”, who does not work on cases of its department. Change the rule."
    ),
    "UNKNOWN_DEPARTMENT": _("The department “%(name)s” of rule %(number)d is no longer there. Change it."),
    "UNKNOWN_TEAM": _("The team “%(name)s” of rule %(number)d is no longer there. Change the rule."),
    "UNKNOWN_PERSON": _("Rule %(number)d names “%(name)s”, who no longer works on cases. Change the rule."),
    "UNKNOWN_BODY": _("The external body “%(name)s” of rule %(number)d is no longer there. Change the rule."),
    "UNKNOWN_PRIORITY": _("Rule %(number)d names a priority there is none of: “%(name)s”. Change the rule."),
    "UNKNOWN_LABEL": _("The label “%(name)s” of rule %(number)d is no longer in use. Change the rule."),
    "UNKNOWN_SERVICE": _("The service “%(name)s” of rule %(number)d is no longer there. Change the rule."),
    "UNKNOWN_KIND": _("Rule %(number)d names a kind of area the town has none of: “%(name)s”. Change it."),
    "UNKNOWN_AREA": _("The area “%(name)s” of rule %(number)d is no longer there. Change the rule."),
    "UNKNOWN_LIFE_EVENT": _("The life event “%(name)s” of rule %(number)d is no longer there. Change it."),
    "UNKNOWN_QUESTION": _("No service asks “%(name)s” with the answers of rule %(number)d. Change the rule."),
    "NEVER_REACHED": _("Rule %(number)d never decides anything: rule %(name)s before it takes everything."),
    "NOT_A_LIST": _("The rules on this page cannot be read any more. Open the page again."),
}


@dataclasses.dataclass(frozen=True)
class Part:
    """What a rule says about one thing: its word and the values."""

    word: Text
    text: str

    def __str__(self) -> str:
        return f"{self.word}: {self.text}"


@dataclasses.dataclass(frozen=True)
class Sentence:
    """A rule in words: about which cases, and where they go."""

    number: int
    name: str
    when: tuple[Part, ...]
    then: tuple[Part, ...]
    problem: str = ""
    decided: int | None = None

    def __str__(self) -> str:
        when = "; ".join(map(str, self.when)) or str(_("Everything else"))
        return (f"{self.name}: " if self.name else "") + f"{when} → " + "; ".join(map(str, self.then))


class Words:
    """The names of what a town's rules speak of, each sort read once."""

    def __init__(self, town: Municipality) -> None:
        self.town = town

    def sentence(self, number: int, rule: Rule) -> Sentence:
        """Return a rule in words."""
        return Sentence(number, rule.name, tuple(self._when(rule.clauses)), tuple(self.target(rule.target)))

    def _when(self, said: Clauses) -> Iterator[Part]:
        for word, names in (
            (_("Services"), [self.service(slug) for slug in said.services]),
            (_("Life events"), [self._life_events.get(code, code) for code in said.life_events]),
            (self.kind(said.area_kind), self._areas_of(said)),
            (_("Channel"), [labels.channel_word(code) for code in said.channels]),
            (_("Language"), [language_name(code) for code in said.languages]),
            (_("Priority"), [self.priority(code) for code in said.priorities]),
            (_("Words"), [f"“{one}”" for one in said.words]),
            (_("The sender's domain"), list(said.domains)),
            (_("Days"), [str(WEEKDAY_NAMES[WEEKDAYS.index(code)]) for code in said.weekdays]),
            (_("Time of day"), [f"{said.begins}–{said.ends}"] if said.begins else []),
        ):
            if names:
                yield Part(word, ", ".join(names))
        yield from parts_of_answers(said.answers, self)

    def _areas_of(self, said: Clauses) -> list[str]:
        if said.area_kind and not said.areas:
            return [str(_("any"))]
        return [self.area(said.area_kind, code) for code in said.areas]

    def target(self, target: Target) -> Iterator[Part]:
        """Yield where cases go."""
        if target.department:
            yield Part(_("Department"), self.department(target.department))
        if target.team:
            yield Part(_("Team"), self.team(target.team))
        if target.person is not None:
            yield Part(_("Person"), self.person(target.person))
        if target.body:
            yield Part(_("External body"), self.body(target.body))
        if target.priority:
            yield Part(_("Priority"), self.priority(target.priority))
        if target.labels:
            yield Part(_("Labels"), ", ".join(map(self.label, target.labels)))

    def department(self, code: str) -> str:
        """Return a department's name."""
        return self._departments.get(code, code)

    def team(self, code: str) -> str:
        """Return a team's name."""
        return self._teams.get(code, code)

    def body(self, code: str) -> str:
        """Return an external body's name."""
        return self._bodies.get(code, code)

    def label(self, code: str) -> str:
        """Return a label's name."""
        return self._labels.get(code, code)

    def person(self, user_id: int) -> str:
        """Return a colleague's name."""
        if user_id in self._people:
            return self._people[user_id]
        # Who left the town is named by a rule that has to be changed, once.
        return User.objects.filter(id=user_id).values_list("name", flat=True).first() or str(user_id)

    def service(self, slug: str) -> str:
        """Return a service's name."""
        return self._services.get(slug, slug)

    def area(self, kind: str, code: str) -> str:
        """Return an area's name."""
        return self._areas.get((kind, code), code)

    def question(self, code: str) -> str:
        """Return the words of a question."""
        return self._label(self._questions[code].label) if code in self._questions else code

    def option(self, code: str, option: str) -> str:
        """Return the words of one answer to a question."""
        options = self._questions[code].options if code in self._questions else ()
        return next((self._label(one.label) for one in options if one.code == option), option)

    def kind(self, code: str) -> str:
        """Return the word for a kind of area."""
        return str(labels.AREA_KINDS[AreaKind(code)]) if code in list(AreaKind) else code

    def priority(self, code: str) -> str:
        """Return the word for a priority."""
        return str(labels.PRIORITIES[Priority(code)]) if code in list(Priority) else code

    @functools.cached_property
    def _departments(self) -> dict[str, str]:
        rows = Department.objects.filter(municipality=self.town)
        return {one.code: self._label(one.name) for one in rows}

    @functools.cached_property
    def _people(self) -> dict[int, str]:
        members = Membership.objects.filter(municipality=self.town)
        return dict(members.values_list("user_id", "user__name"))

    @functools.cached_property
    def _teams(self) -> dict[str, str]:
        return {one.code: self._label(one.name) for one in Team.objects.filter(municipality=self.town)}

    @functools.cached_property
    def _bodies(self) -> dict[str, str]:
        rows = ExternalBody.objects.filter(municipality=self.town)
        return {one.code: self._label(one.name) for one in rows}

    @functools.cached_property
    def _labels(self) -> dict[str, str]:
        return {one.code: self._label(one.name) for one in Label.objects.filter(municipality=self.town)}

    @functools.cached_property
    def _services(self) -> dict[str, str]:
        return {one.slug: self._label(one.name) for one in Service.objects.filter(municipality=self.town)}

    @functools.cached_property
    def _life_events(self) -> dict[str, str]:
        return {one.code: self._label(one.name) for one in LifeEvent.objects.filter(municipality=self.town)}

    @functools.cached_property
    def _areas(self) -> dict[tuple[str, str], str]:
        rows = Area.objects.filter(municipality=self.town).defer("geometry")
        return {(one.kind, one.code): self._label(one.name) for one in rows}

    @functools.cached_property
    def _questions(self) -> dict[str, Question]:
        rows = Service.objects.filter(municipality=self.town).select_related("revision")
        return {one.code: one for service in rows for one in questions_of(service)}

    def _label(self, name: Labels) -> str:
        return label(name, get_language() or self.town.language, self.town.language)


def parts_of_answers(answers: Iterable[tuple[str, Iterable[str]]], words: Words) -> Iterator[Part]:
    """Yield the questions with the answers that count."""
    for code, options in answers:
        yield Part(words.question(code), ", ".join(words.option(code, one) for one in options))


def refusal_of(refusal: BadRules, words: Words) -> str:
    """Return why rules are refused, in a sentence."""
    name = refusal.name
    match refusal.code:
        case "UNKNOWN_DEPARTMENT":
            name = words.department(name)
        case "UNKNOWN_TEAM" | "TEAM_ELSEWHERE":
            name = words.team(name)
        case "UNKNOWN_PERSON" | "PERSON_ELSEWHERE":
            name = words.person(int(name))
        case "UNKNOWN_BODY":
            name = words.body(name)
        case "UNKNOWN_LABEL":
            name = words.label(name)
        case "UNKNOWN_SERVICE":
            name = words.service(name)
        case "UNKNOWN_QUESTION":
            name = words.question(name)
    return str(REFUSALS[refusal.code]) % {"number": refusal.number, "name": name}
