"""The forms of routing: one rule being written, and which cases the rules are tried on."""

import re
from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from moked.base.conditions import LONGEST_VALUE, MOST_COMPARISONS
from moked.base.text import searched_words
from moked.municipalities.models import Municipality
from moked.routing.clauses import Clauses
from moked.routing.rules import LONGEST_NAME, Rule, Target
from moked.web.desk.settings import choices
from moked.web.desk.settings.fields import ChecksField, SelectField
from moked.web.ui.forms import BodyField, Form, LineField

_TIME = re.compile(r"([01]?[0-9]|2[0-3]):?([0-5][0-9])|24:?00")
_DOMAIN = re.compile(r"[^\s@.]+(\.[^\s@.]+)+")
_LISTS = ("services", "channels", "languages", "priorities", "life_events", "weekdays")
_FOLDED = (*_LISTS[1:], "begins", "ends", "domains", "answers")


def _texts() -> dict[str, forms.Field]:
    """Return the fields of a rule that hold words."""
    return {
        "name": LineField(
            label=_("Name"),
            hint=_("For colleagues, for example “Nights”. May stay empty."),
            max_length=LONGEST_NAME,
        ),
        "words": BodyField(
            rows=3,
            label=_("Words"),
            hint=_("One or several words on each line. “pipe*” finds “pipes” too."),
            max_length=10_000,
        ),
        "domains": BodyField(
            rows=2,
            label=_("The sender's domain"),
            hint=_("What stands after the @, one on each line."),
            max_length=2000,
        ),
        "begins": LineField(label=_("from"), hint=_("For example 17:00"), max_length=5, direction="ltr"),
        "ends": LineField(label=_("until"), hint=_("For example 07:00"), max_length=5, direction="ltr"),
    }


class RuleForm(Form):
    """One rule being written: about which cases, and what is done with them."""

    services = ChecksField(
        label=gettext_lazy("Services"), hint=gettext_lazy("None chosen: whatever it is about.")
    )
    areas = ChecksField(label=gettext_lazy("Areas"), hint=gettext_lazy("None chosen: wherever it is."))
    channels = ChecksField(label=gettext_lazy("Channel"))
    languages = ChecksField(label=gettext_lazy("Language"))
    priorities = ChecksField(label=gettext_lazy("Priority"))
    life_events = ChecksField(label=gettext_lazy("Life events"))
    weekdays = ChecksField(label=gettext_lazy("Days"))
    answers = ChecksField(
        label=gettext_lazy("Answers"),
        hint=gettext_lazy("Of the services chosen above. Of each question, any of the chosen answers fits."),
    )
    department = SelectField(gettext_lazy("Department"), test="department")
    team = SelectField(gettext_lazy("Team"), test="team")
    person = SelectField(gettext_lazy("Person"), test="person")
    body = SelectField(gettext_lazy("External body"), test="body")
    priority = SelectField(gettext_lazy("Priority becomes"), test="priority")
    labels = ChecksField(
        label=gettext_lazy("Labels"),
        hint=gettext_lazy("They are added to those the case has."),
    )

    def __init__(self, *args: Any, town: Municipality, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields |= _texts()
        services = choices.service_choices(town)
        chosen = self["services"].value() or ()
        offered: dict[str, Any] = {
            "services": services,
            "areas": choices.area_choices(town),
            "channels": choices.channel_choices(),
            "languages": choices.language_choices(),
            "priorities": choices.priority_choices(),
            "life_events": choices.life_event_choices(town),
            "weekdays": choices.weekday_choices(),
            "answers": choices.answer_choices(town, chosen),
            "department": [("", _("That of its service")), *choices.department_choices(town)],
            "team": [("", _("No team")), *choices.team_choices(town)],
            "person": [("", _("Nobody yet")), *choices.people_choices(town)],
            "body": [("", _("Stays with the town")), *choices.body_choices(town)],
            "priority": [("", _("Stays as it is")), *choices.priority_choices()],
            "labels": choices.label_choices(town),
        }
        for name, found in offered.items():
            self.fields[name].choices = found  # type: ignore[attr-defined]

    def clean_areas(self) -> list[str]:
        """Ask for areas of one kind only."""
        chosen = self.cleaned_data["areas"]
        if len({one.partition("/")[0] for one in chosen}) > 1:
            raise ValidationError(_("Choose areas of one kind, and make another rule for the others."))
        return list(chosen)

    def clean_words(self) -> list[str]:
        """Return the phrases, each once."""
        return self._lines("words", lambda line: bool(searched_words(line)), _("Write letters in each line."))

    def clean_domains(self) -> list[str]:
        """Return the domains in lower case, each once; an address typed whole gives its own."""
        said = self.cleaned_data["domains"].lower()
        self.cleaned_data["domains"] = "\n".join(line.rpartition("@")[2] for line in said.split("\n"))
        words = _("Write domains like school.example.org, one on each line.")
        return self._lines("domains", lambda line: bool(_DOMAIN.fullmatch(line)), words)

    def _lines(self, name: str, is_good: Callable[[str], bool], words: str) -> list[str]:
        lines = [" ".join(line.split()) for line in self.cleaned_data[name].split("\n")]
        found = list(dict.fromkeys(line for line in lines if line))
        if any(not is_good(line) or len(line) > LONGEST_VALUE for line in found):
            raise ValidationError(words, code="line")
        if len(found) > MOST_COMPARISONS:
            raise ValidationError(_("Up to %(most)d lines fit.") % {"most": MOST_COMPARISONS}, code="many")
        return found

    def clean_begins(self) -> str:
        """Return the time as HH:MM."""
        return self._time("begins")

    def clean_ends(self) -> str:
        """Return the time as HH:MM."""
        return self._time("ends")

    def _time(self, name: str) -> str:
        typed = self.cleaned_data[name]
        if not typed:
            return ""
        if not _TIME.fullmatch(typed):
            raise ValidationError(_("Write a time like 17:00."), code="time")
        digits = typed.replace(":", "").zfill(4)
        return f"{digits[:2]}:{digits[2:]}"

    def clean(self) -> dict[str, Any]:
        """Ask for both times or none, and that something is done."""
        said = dict(self.cleaned_data)
        for name, other in (("begins", "ends"), ("ends", "begins")):
            if said.get(other) and name in said and not said[name]:
                self.add_error(name, ValidationError(_("Write both times, or neither."), code="both"))
        if said.get("begins") and said.get("begins") == said.get("ends"):
            self.add_error("ends", ValidationError(_("Write two different times."), code="same"))
        if not any(said.get(name) for name in ("department", "team", "person", "body", "priority", "labels")):
            self.add_error("department", ValidationError(_("Choose where these cases go."), code="missing"))
        return said

    @property
    def rule(self) -> Rule:
        """The rule, once it is checked."""
        said = self.cleaned_data
        pairs = [one.partition("/")[::2] for one in said["areas"]]
        codes = () if any(code == "" for _kind, code in pairs) else tuple(code for _kind, code in pairs)
        clauses = Clauses(
            **{name: tuple(said[name]) for name in (*_LISTS, "words", "domains")},
            area_kind=pairs[0][0] if pairs else "",
            areas=codes,
            begins=said["begins"],
            ends=said["ends"],
            answers=_grouped(said["answers"]),
        )
        target = Target(
            department=said["department"],
            team=said["team"],
            person=int(said["person"]) if said["person"] else None,
            body=said["body"],
            priority=said["priority"],
            labels=tuple(said["labels"]),
        )
        return Rule(target, clauses, said["name"])

    @classmethod
    def unfinished(cls, said: QueryDict, town: Municipality) -> "RuleForm":
        """Return the form with what somebody has written so far, of which nothing is asked for yet."""
        written = {
            name: said.getlist(name) if isinstance(field, ChecksField) else said.get(name, "")
            for name, field in (cls.base_fields | _texts()).items()
        }
        return cls(initial=written, town=town)

    @property
    def has_more(self) -> bool:
        """Tell whether one of the conditions that are folded away is used, or wrong."""
        return any(self.errors.get(name) or self[name].value() for name in _FOLDED)


def _grouped(answers: list[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    found: dict[str, list[str]] = {}
    for one in answers:
        code, _sep, option = one.partition("=")
        found.setdefault(code, []).append(option)
    return tuple((code, tuple(options)) for code, options in found.items())


def initial_of(rule: Rule) -> dict[str, Any]:
    """Return what the form shows of a rule that is changed."""
    said, target = rule.clauses, rule.target
    codes = said.areas or ("",)
    return {
        "name": rule.name,
        **{name: list(getattr(said, name)) for name in _LISTS},
        "areas": [f"{said.area_kind}/{code}" for code in codes] if said.area_kind else [],
        "words": "\n".join(said.words),
        "domains": "\n".join(said.domains),
        "begins": said.begins,
        "ends": said.ends,
        "answers": [f"{code}={one}" for code, options in said.answers for one in options],
        "department": target.department,
        "team": target.team,
        "person": str(target.person or ""),
        "body": target.body,
        "priority": target.priority,
        "labels": list(target.labels),
    }
