"""Reactions in words: when, if, what is done, and what stood in the way."""

import dataclasses
import functools
from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from moked.accounts.models import Department, Team
from moked.accounts.queries import people_who_handle
from moked.base import conditions
from moked.base.labels import label
from moked.base.sorting import sort_key
from moked.cases import facts as case_facts
from moked.cases.models import Label
from moked.cases.rules import Channel, Outcome, State
from moked.catalogue.models import Service
from moked.catalogue.rules import Priority
from moked.municipalities.models import Municipality
from moked.places.models import Area
from moked.places.rules import AreaKind
from moked.processes.actions import RAISE, Action, ActionKind
from moked.processes.facts import Fact
from moked.processes.rules import Reaction
from moked.processes.triggers import Trigger, TriggerKind
from moked.replies.models import ReplyTemplate
from moked.sla.commitments import Kind
from moked.web.desk import levels
from moked.web.desk.levels import WHOM
from moked.web.ui import labels
from moked.web.ui.labels import Words

TRIGGERS: dict[TriggerKind, Words] = {
    TriggerKind.OPENED: gettext_lazy("When a case is opened"),
    TriggerKind.RESIDENT_WROTE: gettext_lazy("When the resident writes"),
    TriggerKind.JOINED: gettext_lazy("When others say that it is theirs too"),
    TriggerKind.MOVED: gettext_lazy("When the state becomes: %(state)s"),
    TriggerKind.PRIORITY_CHANGED: gettext_lazy("When the priority changes"),
    TriggerKind.CLOSED: gettext_lazy("When a case is closed"),
    TriggerKind.SURVEY_ANSWERED: gettext_lazy("When the resident answers the survey"),
    TriggerKind.REOPENED: gettext_lazy("When a case is opened again"),
    TriggerKind.PROMISE_BROKEN: gettext_lazy("When the promised time is over: %(promise)s"),
    TriggerKind.STATE_LASTS: gettext_lazy("When the state has been %(state)s for %(time)s"),
    TriggerKind.UNANSWERED: gettext_lazy("When the resident has had no answer for %(time)s"),
}
ACTIONS: dict[ActionKind, Words] = {
    ActionKind.PRIORITY: gettext_lazy("Set the priority"),
    ActionKind.GIVE: gettext_lazy("Give it to a department"),
    ActionKind.LABEL: gettext_lazy("Add labels"),
    ActionKind.NOTE: gettext_lazy("Write a note for colleagues"),
    ActionKind.TELL: gettext_lazy("Who is told"),
    ActionKind.REMIND: gettext_lazy("Remind the resident of our question"),
    ActionKind.WRITE: gettext_lazy("Write to the resident"),
    ActionKind.CLOSE: gettext_lazy("Close the case with"),
    ActionKind.REVIEW: gettext_lazy("A person looks at it again"),
}
OPEN_ENDED = {"state": "…", "time": "…", "promise": "…"}
PROMISES: dict[str, Words] = levels.PROMISES | {Kind.REVIEW: gettext_lazy("Looked at again")}
PROBLEMS: dict[str, Words] = {
    "CHAIN_ENDED": gettext_lazy("rules that lead to one another were stopped"),
    "PROOF_NEEDED": gettext_lazy("a photo of the finished work is missing"),
    "AWAITS_CHECK": gettext_lazy("the centre is to check it first"),
    "WRONG_STATE": gettext_lazy("the case is closed already"),
    "TOO_MANY_LABELS": gettext_lazy("the case has no room for more labels"),
    "UNKNOWN_HANDLER": gettext_lazy("who should get it is not there any more"),
    "NOTHING_SAID": gettext_lazy("there are no words to send"),
}
GONE = gettext_lazy("it names something that was retired")
OTHER_PROBLEM = gettext_lazy("the case does not allow it")


def code_in_words(code: str) -> str:
    """Return the words for the code of a trigger or of an action, and any other as it is."""
    if code in list(TriggerKind):
        return str(TRIGGERS[TriggerKind(code)]) % OPEN_ENDED
    return str(ACTIONS[ActionKind(code)]) if code in list(ActionKind) else code


def problem_word(code: str) -> str:
    """Return why a reaction was not done."""
    if code in {"SERVICE", "DEPARTMENT", "TEAM", "REPLY", "AREA", "PERSON", "LABEL", "UNKNOWN_LABEL"}:
        return str(GONE)
    return str(PROBLEMS.get(code, OTHER_PROBLEM))


def time_in_words(lasts: str) -> str:
    """Return a triggers.Lasting as a person reads it."""
    amount = int(lasts[:-1])
    match lasts[-1]:
        case "d":
            words = ngettext("%(count)d working day", "%(count)d working days", amount)
        case "c":
            words = ngettext("%(count)d day", "%(count)d days", amount)
        case _:
            words = ngettext("%(count)d hour", "%(count)d hours", amount)
    return words % {"count": amount}


def trigger_in_words(trigger: Trigger) -> str:
    """Return when a reaction is due."""
    if trigger.kind == TriggerKind.JOINED and trigger.count > 1:
        pattern = ngettext(
            "When %(count)d other says within %(time)s that it is theirs too",
            "When %(count)d others say within %(time)s that it is theirs too",
            trigger.count,
        )
        return pattern % {"count": trigger.count, "time": time_in_words(f"{trigger.hours}h")}
    if trigger.kind == TriggerKind.PROMISE_BROKEN and not trigger.promise:
        return _("When any promised time is over")
    said = {
        "state": labels.STATES[State(trigger.state)] if trigger.state else "",
        "time": time_in_words(trigger.lasts) if trigger.lasts else "",
        "promise": PROMISES.get(trigger.promise, ""),
    }
    return str(TRIGGERS[trigger.kind]) % said


@dataclasses.dataclass(frozen=True)
class Sentence:
    """A reaction in words: what it is called, when, if, and what is done then."""

    number: int
    name: str
    when: str
    asked: tuple[str, ...]
    done: tuple[str, ...]


class Names:
    """The names of what a town's reactions speak of, each kind read once."""

    def __init__(self, town: Municipality) -> None:
        self.town = town
        self.language = get_language() or town.language

    def sentence(self, number: int, reaction: Reaction) -> Sentence:
        """Return a reaction in words."""
        return Sentence(
            number,
            reaction.name_in(self.language, self.town.language),
            trigger_in_words(reaction.trigger),
            tuple(self.asked(reaction)),
            tuple(self.action(one) for one in reaction.actions),
        )

    def asked(self, reaction: Reaction) -> Iterator[str]:
        """Yield the parts of a condition in words; those of a kind that no form makes, as such."""
        node = reaction.asks
        parts = node.parts if isinstance(node, conditions.All) else (node,) if node else ()
        has_more = False
        for part in parts:
            words = self._comparison(part) if isinstance(part, conditions.Comparison) else ""
            has_more = has_more or not words
            if words:
                yield words
        if has_more:
            yield _("and further conditions")

    def action(self, action: Action) -> str:
        """Return what is done."""
        match action.kind:
            case ActionKind.PRIORITY if action.priority == RAISE:
                return _("The priority goes up by one step")
            case ActionKind.PRIORITY:
                return _("Priority: %(priority)s") % {
                    "priority": labels.PRIORITIES[Priority(action.priority)]
                }
            case ActionKind.GIVE:
                return _("Goes to: %(name)s") % {"name": self.handlers(action)}
            case ActionKind.LABEL:
                return _("Labels added: %(names)s") % {"names": ", ".join(map(self.label, action.add_labels))}
            case ActionKind.NOTE:
                words = label(action.words, self.language, self.town.language)
                return _("Note for colleagues: %(words)s") % {"words": words}
            case ActionKind.TELL:
                whom = ", ".join(str(WHOM[one]) for one in action.whom)
                told = _("Told: %(whom)s") % {"whom": whom}
                return f"{told} · {_('by mail too')}" if action.by_mail else told
            case ActionKind.REMIND:
                return _("The resident is reminded of our question")
            case ActionKind.WRITE:
                return _("The resident is written to: %(name)s") % {"name": self.reply(action.reply)}
            case ActionKind.CLOSE:
                said = {
                    "outcome": labels.OUTCOMES[Outcome(action.outcome)],
                    "name": self.reply(action.reply),
                }
                return _("The case is closed: %(outcome)s – %(name)s") % said
        return _("A person looks at it again")

    def handlers(self, action: Action) -> str:
        """Return to whom a case is given."""
        person = self._people.get(action.person, "") if action.person else ""
        team = self._teams.get(action.team, action.team)
        return " · ".join(filter(None, (self.department(action.department), team, person)))

    def label(self, code: str) -> str:
        """Return a label's name."""
        return self._labels.get(code, code)

    def department(self, code: str) -> str:
        """Return a department's name."""
        return self._departments.get(code, code)

    def service(self, slug: str) -> str:
        """Return a service's name."""
        return self._services.get(slug, slug)

    def area(self, code: str) -> str:
        """Return the name of an area, by its kind and code."""
        return self._areas.get(code, code)

    def reply(self, code: str) -> str:
        """Return the name of a ready-made reply."""
        return self._replies.get(code, code)

    def _comparison(self, one: conditions.Comparison) -> str:
        values = one.value if isinstance(one.value, tuple) else (one.value,)
        match one.field, one.operator:
            case (case_facts.Fact.SERVICE, _any):
                return self._listed(self.service, values, one)
            case (case_facts.Fact.AREAS, conditions.Operator.ONE_OF):
                return ", ".join(map(self.area, values))
            case (case_facts.Fact.CHANNEL, _any):
                return self._listed(lambda code: str(labels.CHANNELS[Channel(code)]), values, one)
            case (case_facts.Fact.PRIORITY, _any):
                return self._listed(lambda code: str(labels.PRIORITIES[Priority(code)]), values, one)
            case (Fact.STATE, _any):
                return self._listed(lambda code: str(labels.STATES[State(code)]), values, one)
            case (Fact.DEPARTMENT, _any):
                return self._listed(self.department, values, one)
            case (Fact.LABELS, conditions.Operator.ONE_OF):
                return _("with the label: %(names)s") % {"names": ", ".join(map(self.label, values))}
            case (case_facts.Fact.WORDS, conditions.Operator.MENTIONS):
                return _("the words: %(words)s") % {"words": ", ".join(values)}
            case (Fact.RATING, conditions.Operator.LESS_THAN):
                return _("rated %(rating)d at most") % {"rating": one.value - 1}
            case (Fact.HAS_WORDS, conditions.Operator.IS) if one.value is True:
                return _("with words of their own")
            case (Fact.FIXED, conditions.Operator.IS) if one.value == "NO":
                return _("who says that it is not fixed")
        return ""

    def _listed(self, name: Any, values: Iterable[str], one: conditions.Comparison) -> str:
        asked = {conditions.Operator.IS, conditions.Operator.ONE_OF}
        return ", ".join(map(name, values)) if one.operator in asked else ""

    @functools.cached_property
    def _departments(self) -> dict[str, str]:
        return {one.code: self._named(one) for one in Department.objects.filter(municipality=self.town)}

    @functools.cached_property
    def _teams(self) -> dict[str, str]:
        return {one.code: self._named(one) for one in Team.objects.filter(municipality=self.town)}

    @functools.cached_property
    def _labels(self) -> dict[str, str]:
        return {one.code: self._named(one) for one in Label.objects.filter(municipality=self.town)}

    @functools.cached_property
    def _services(self) -> dict[str, str]:
        return {one.slug: self._named(one) for one in Service.objects.filter(municipality=self.town)}

    @functools.cached_property
    def _areas(self) -> dict[str, str]:
        rows = Area.objects.filter(municipality=self.town).exclude(kind=AreaKind.OUTLINE).defer("geometry")
        return {f"{one.kind}/{one.code}": self._named(one) or one.code for one in rows}

    @functools.cached_property
    def _replies(self) -> dict[str, str]:
        return {one.code: self._named(one) for one in ReplyTemplate.objects.filter(municipality=self.town)}

    @functools.cached_property
    def _people(self) -> dict[int, str]:
        return {one.pk: one.name for one in people_who_handle(self.town.pk)}

    def _named(self, one: Department | Team | Service | Area | Label | ReplyTemplate) -> str:
        return label(one.name, self.language, self.town.language)

    def choices(self, kind: str) -> list[tuple[str, str]]:
        """Return what may be chosen of teams, replies, closings or people, by name."""
        of_town = {"municipality": self.town, "is_retired": False}
        replies = ReplyTemplate.objects.filter(**of_town)
        found: list[tuple[str, str]]
        match kind:
            case "team":
                found = [(one.code, self._named(one)) for one in Team.objects.filter(**of_town)]
            case "reply":
                found = [(one.code, self._named(one)) for one in replies.filter(outcome="")]
            case "closing":
                found = [
                    (one.code, f"{labels.OUTCOMES[Outcome(one.outcome)]} – {self._named(one)}")
                    for one in replies.exclude(outcome="")
                ]
            case _:
                found = [(str(pk), name) for pk, name in self._people.items()]
        return sorted(found, key=lambda one: sort_key(one[1], self.language))
