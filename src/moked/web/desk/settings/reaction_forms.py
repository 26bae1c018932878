"""The form of one reaction: when, if and what then, each with the fields that most towns need.

What a condition says beyond them stays with it when a reaction is changed.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from moked.accounts import queries as accounts
from moked.base.ids import reference
from moked.cases import facts as case_facts
from moked.cases.rules import OPEN
from moked.catalogue.rules import Priority
from moked.municipalities.models import Municipality
from moked.processes.actions import LONGEST_NOTE, RAISE, Action, ActionKind
from moked.processes.facts import Fact
from moked.processes.rules import LONGEST_NAME, Reaction
from moked.processes.triggers import (
    MAY_BE_CLOSED,
    MOST_HOURS,
    MOST_JOINED,
    MOST_OF,
    OF_A_STATE,
    ON_CLOSED,
    TIMED,
    Trigger,
    TriggerKind,
)
from moked.replies.models import ReplyTemplate
from moked.sla.warnings import Whom
from moked.web.desk.levels import WHOM
from moked.web.desk.reactions import OPEN_ENDED, PROMISES, TRIGGERS, Names
from moked.web.desk.settings.choices import (
    Choices,
    area_choices,
    channel_choices,
    label_choices,
    priority_choices,
    service_choices,
)
from moked.web.desk.settings.departments import INDENT, named
from moked.web.desk.settings.fields import CheckField, ChecksField, SelectField, WholeField
from moked.web.desk.settings.texts import TextsForm, language_name, languages_of
from moked.web.ui import labels
from moked.web.ui.forms import BodyField
from moked.web.ui.labels import Words

UNITS: dict[str, Words] = {
    "d": gettext_lazy("working days"),
    "c": gettext_lazy("days"),
    "h": gettext_lazy("hours"),
}
RATINGS = ("1", "2", "3", "4")
MOST_PHRASES = 30


class ReactionForm(TextsForm):
    """One reaction being written; `kept` is the one that is changed."""

    def __init__(self, *args: Any, town: Municipality, kept: Reaction | None = None, **kwargs: Any) -> None:
        super().__init__(*args, town=town, **kwargs)
        self.kept = kept
        if kept:
            self.initial = initial_of(kept)
        names, nothing = Names(town), ("", "–")
        self.add_texts(
            "name",
            label=_("Name"),
            hint=_("Colleagues read it on the timeline of a case."),
            missing=_("Write this in the language of the town."),
            values=kept.name if kept else None,
            max_length=LONGEST_NAME,
        )
        triggers = [(one.value, str(words) % OPEN_ENDED) for one, words in TRIGGERS.items()]
        self.fields["when"] = SelectField(_("When"), triggers, test="when")
        states = [nothing, *((one.value, labels.STATES[one]) for one in OPEN)]
        self.fields["state"] = SelectField(_("State"), states, test="state")
        promises = [("", _("Any of them")), *PROMISES.items()]
        self.fields["promise"] = SelectField(_("Which promise"), promises, test="promise")
        self.fields["amount"] = WholeField(
            label=_("How long"), missing="", least=1, most=max(MOST_OF.values()), test="amount"
        )
        self.fields["unit"] = SelectField(_("counted in"), list(UNITS.items()), test="unit")
        self.fields["count"] = WholeField(
            label=_("How many others"), missing="", least=1, most=MOST_JOINED, test="count"
        )
        self.fields["hours"] = WholeField(
            label=_("within how many hours"), missing="", least=1, most=MOST_HOURS, test="hours"
        )
        known_labels = label_choices(town)
        self._add_conditions(town, known_labels)
        self._add_actions(town, names, known_labels, nothing)

    def _add_conditions(self, town: Municipality, known_labels: Choices) -> None:
        self.fields["services"] = ChecksField(
            label=_("Services"), hint=_("None chosen: whatever it is about."), choices=service_choices(town)
        )
        areas = [
            (group, [choice for choice in choices if not choice[0].endswith("/")])
            for group, choices in area_choices(town)
        ]
        self.fields["areas"] = ChecksField(
            label=_("Areas"), hint=_("None chosen: wherever it is."), choices=areas
        )
        self.fields["channels"] = ChecksField(
            label=_("Channels"),
            hint=_("None chosen: however it came."),
            choices=channel_choices(),
        )
        self.fields["languages"] = ChecksField(
            label=_("Languages"),
            hint=_("None chosen: whichever is spoken."),
            choices=[(code, language_name(code)) for code in languages_of(town)],
        )
        self.fields["priorities"] = ChecksField(
            label=_("Priority"),
            hint=_("None chosen: however urgent it is."),
            choices=priority_choices(),
        )
        self.fields["with_labels"] = ChecksField(
            label=_("With one of these labels"),
            hint=_("None chosen: whichever it has."),
            choices=known_labels,
        )
        self.fields["phrases"] = BodyField(
            label=_("Words in the report"),
            hint=_("One on each line; any of them will do. None: whatever it says."),
            max_length=2_000,
            rows=3,
            test="phrases",
        )
        ratings = [("", "–"), *((one, one) for one in RATINGS)]
        self.fields["rating"] = SelectField(
            _("Rated in the survey with at most"), ratings, test="rating", hint=_("1 is very low.")
        )
        self.fields["not_fixed"] = CheckField(label=_("The resident says it is not fixed"))
        self.fields["has_words"] = CheckField(
            label=_("The resident wrote something in the survey"), test="has-words"
        )

    def _add_actions(
        self, town: Municipality, names: Names, known_labels: Choices, nothing: tuple[str, str]
    ) -> None:
        priorities = [
            nothing,
            (RAISE, _("One step up")),
            *((one.value, labels.PRIORITIES[one]) for one in Priority),
        ]
        self.fields["priority"] = SelectField(_("Set the priority"), priorities, test="priority")
        departments = [
            (branch.department.code, INDENT * branch.depth + named(branch.department, town))
            for branch in accounts.tree(town.pk)
        ]
        self.fields["department"] = SelectField(
            _("Give it to a department"), [nothing, *departments], test="department"
        )
        self.fields["team"] = SelectField(_("and to a team"), [nothing, *names.choices("team")])
        self.fields["person"] = SelectField(_("and to a person"), [nothing, *names.choices("person")])
        self.fields["whom"] = ChecksField(label=_("Who is told"), choices=list(WHOM.items()))
        self.fields["by_mail"] = CheckField(label=_("By mail too"), test="by-mail")
        self.fields["labels"] = ChecksField(label=_("Add labels"), choices=known_labels)
        self.fields["remind"] = CheckField(
            label=_("Remind the resident of our question"),
            hint=_("By mail, in the words set for reminders."),
            test="remind",
        )
        self.fields["write"] = SelectField(
            _("Write to the resident"), [nothing, *names.choices("reply")], test="write"
        )
        self.fields["close"] = SelectField(
            _("Close the case with"), [nothing, *names.choices("closing")], test="close"
        )
        self.fields["review"] = CheckField(
            label=_("A person is to look at the closed case again"), test="review"
        )
        note = self._of_kept(ActionKind.NOTE)
        self.add_texts(
            "note",
            label=_("Write a note for colleagues"),
            values=note.words if note else None,
            max_length=LONGEST_NOTE,
            rows=2,
        )

    def _of_kept(self, kind: ActionKind) -> Action | None:
        return next((one for one in self.kept.actions if one.kind == kind), None) if self.kept else None

    @property
    def shows_conditions(self) -> bool:
        """Whether the part with the conditions is open: when something stands in it."""
        return self._says(*_SEVERAL, "rating", "not_fixed", "has_words")

    @property
    def shows_colleagues(self) -> bool:
        """Whether the part about colleagues is open: when something stands in it."""
        notes = (f"note_{code}" for code in languages_of(self.town))
        return self._says("labels", "department", "team", "person", "whom", "by_mail", "review", *notes)

    def _says(self, *names: str) -> bool:
        return any(self[name].value() not in (None, "", [], False) or self[name].errors for name in names)

    def clean_phrases(self) -> list[str]:
        """Return the words to look for, each on a line."""
        lines = [line.strip() for line in self.cleaned_data["phrases"].splitlines() if line.strip()]
        if len(lines) > MOST_PHRASES:
            raise ValidationError(_("Keep this to %(most)d lines.") % {"most": MOST_PHRASES}, code="most")
        return lines

    def clean(self) -> dict[str, Any]:
        """Ask for what the moment needs, and for something to do."""
        said = dict(self.cleaned_data)
        kind = TriggerKind(said.get("when") or TriggerKind.OPENED)
        if kind in OF_A_STATE and not said.get("state"):
            self.add_error("state", ValidationError(_("Choose the state."), code="missing"))
        if kind in TIMED and said.get("amount") is None and "amount" not in self.errors:
            self.add_error("amount", ValidationError(_("Write how long."), code="missing"))
        if kind in TIMED and (said.get("amount") or 0) > MOST_OF.get(said.get("unit") or "d", 0):
            self.add_error("amount", ValidationError(_("A year at most."), code="most"))
        if kind == TriggerKind.JOINED and (said.get("count") or 1) > 1 and not said.get("hours"):
            self.add_error("hours", ValidationError(_("Write within how many hours."), code="missing"))
        if (said.get("person") or said.get("team")) and not said.get("department"):
            self.add_error("department", ValidationError(_("Choose the department too."), code="missing"))
        done = {one.kind for one in self._actions(said)} if not self.errors else {ActionKind.REMIND}
        if not done:
            self.add_error("remind", ValidationError(_("Choose what is done then."), code="missing"))
        if kind in ON_CLOSED and done & {ActionKind.PRIORITY, ActionKind.GIVE, ActionKind.CLOSE}:
            words = _("The case is closed by then: it gets no priority, no handler and no other closing.")
            self.add_error("when", ValidationError(words, code="closed"))
        if kind not in MAY_BE_CLOSED and ActionKind.REVIEW in done:
            words = _("The case is still open then: there is nothing to look at again.")
            self.add_error("review", ValidationError(words, code="open"))
        return said

    @property
    def reaction(self) -> Reaction:
        """The reaction, once it is checked; a new one gets a code of its own."""
        said = self.cleaned_data
        parts = [*self._asked(said), *(further_of(self.kept) if self.kept else ())]
        return Reaction(
            code=self.kept.code if self.kept else reference(),
            name=self.texts("name"),
            trigger=self._trigger(said),
            condition={"all": parts} if parts else {},
            actions=tuple(self._actions(said)),
        )

    def _trigger(self, said: Mapping[str, Any]) -> Trigger:
        kind = TriggerKind(said["when"] or TriggerKind.OPENED)
        if kind == TriggerKind.JOINED:
            count = said["count"] or 1
            return Trigger(kind, count=count, hours=said["hours"] or 0 if count > 1 else 0)
        if kind == TriggerKind.PROMISE_BROKEN:
            return Trigger(kind, promise=said["promise"])
        return Trigger(
            kind,
            said["state"] if kind in OF_A_STATE else "",
            f"{said['amount']}{said['unit'] or 'd'}" if kind in TIMED else "",
        )

    def _asked(self, said: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        for name, (field, operator) in _SEVERAL.items():
            if said[name]:
                yield {"field": str(field), operator: list(said[name])}
        if said["rating"]:
            yield {"field": str(Fact.RATING), "less_than": int(said["rating"]) + 1}
        if said["not_fixed"]:
            yield {"field": str(Fact.FIXED), "is": "NO"}
        if said["has_words"]:
            yield {"field": str(Fact.HAS_WORDS), "is": True}

    def _actions(self, said: Mapping[str, Any]) -> Iterator[Action]:
        if said["priority"]:
            yield Action(ActionKind.PRIORITY, priority=said["priority"])
        if said["department"]:
            yield Action(
                ActionKind.GIVE,
                department=said["department"],
                team=said["team"],
                person=int(said["person"]) if said["person"] else None,
            )
        if said["labels"]:
            yield Action(ActionKind.LABEL, add_labels=tuple(said["labels"]))
        if note := self.texts("note"):
            yield Action(ActionKind.NOTE, words=note)
        if said["whom"]:
            whom = tuple(one for one in Whom if one in said["whom"])
            yield Action(ActionKind.TELL, whom=whom, by_mail=said["by_mail"])
        if said["remind"]:
            yield Action(ActionKind.REMIND)
        if said["write"]:
            yield Action(ActionKind.WRITE, reply=said["write"])
        if said["close"]:
            yield Action(ActionKind.CLOSE, reply=said["close"], outcome=self._outcome(said["close"]))
        if said["review"]:
            yield Action(ActionKind.REVIEW)

    def _outcome(self, code: str) -> str:
        rows = ReplyTemplate.objects.filter(municipality=self.town, code=code)
        return rows.values_list("outcome", flat=True)[0]


# Fields of several codes or words: what they ask of, and how.
_SEVERAL: dict[str, tuple[str, str]] = {
    "services": (case_facts.Fact.SERVICE, "one_of"),
    "areas": (case_facts.Fact.AREAS, "one_of"),
    "channels": (case_facts.Fact.CHANNEL, "one_of"),
    "languages": (case_facts.Fact.LANGUAGE, "one_of"),
    "priorities": (case_facts.Fact.PRIORITY, "one_of"),
    "with_labels": (Fact.LABELS, "one_of"),
    "phrases": (case_facts.Fact.WORDS, "mentions"),
}


def _parts(reaction: Reaction) -> list[Mapping[str, Any]]:
    condition = reaction.condition
    if not condition:
        return []
    return list(condition["all"]) if set(condition) == {"all"} else [condition]


def _shown(part: Mapping[str, Any]) -> tuple[str, Any] | None:
    """Return the field of the form that shows a part of a condition, and what it holds; None for no field."""
    for name, (field, operator) in _SEVERAL.items():
        if part.get("field") == field and isinstance(part.get(operator), list | tuple):
            return name, list(part[operator])
    match dict(part):
        case {"field": Fact.RATING, "less_than": int(rating)} if str(rating - 1) in RATINGS:
            return "rating", str(rating - 1)
        case {"field": Fact.FIXED, "is": "NO"}:
            return "not_fixed", True
        case {"field": Fact.HAS_WORDS, "is": True}:
            return "has_words", True
    return None


def further_of(reaction: Reaction) -> list[Mapping[str, Any]]:
    """Return the parts of a condition that no field of the form shows."""
    return [part for part in _parts(reaction) if _shown(part) is None]


def initial_of(reaction: Reaction) -> dict[str, Any]:
    """Return what the form shows of a reaction that is changed."""
    trigger = reaction.trigger
    found: dict[str, Any] = {
        "when": trigger.kind.value,
        "state": trigger.state,
        "promise": trigger.promise,
    }
    if trigger.lasts:
        found |= {"amount": trigger.lasts[:-1], "unit": trigger.lasts[-1]}
    if trigger.kind == TriggerKind.JOINED:
        found |= {"count": trigger.count, "hours": trigger.hours or ""}
    found |= dict(filter(None, map(_shown, _parts(reaction))))
    if "phrases" in found:
        found["phrases"] = "\n".join(found["phrases"])
    for action in reaction.actions:
        match action.kind:
            case ActionKind.PRIORITY:
                found["priority"] = action.priority
            case ActionKind.GIVE:
                found |= {"department": action.department, "team": action.team, "person": action.person}
            case ActionKind.LABEL:
                found["labels"] = list(action.add_labels)
            case ActionKind.TELL:
                found |= {"whom": list(action.whom), "by_mail": action.by_mail}
            case ActionKind.WRITE:
                found["write"] = action.reply
            case ActionKind.CLOSE:
                found["close"] = action.reply
            case ActionKind.REMIND | ActionKind.REVIEW:
                found[action.kind.lower()] = True
    return found
