"""Words for what differs between two revisions: the way to a value, and the value."""

import functools
from collections.abc import Iterable
from typing import Any

from django.utils.dates import WEEKDAYS
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from moked.accounts import queries as accounts
from moked.accounts.models import Department
from moked.accounts.rules import Sharing
from moked.base.labels import label
from moked.cases.labels import Colour
from moked.cases.models import Label
from moked.cases.rules import State
from moked.catalogue.models import Service
from moked.catalogue.rules import AfterClosing, CaseKind
from moked.handovers.rules import Sees
from moked.municipalities.models import Municipality
from moked.web.desk.reactions import PROMISES
from moked.web.desk.reactions import code_in_words as reaction_code
from moked.web.desk.settings.calendar_words import clock
from moked.web.desk.settings.closed_words import CHOICES
from moked.web.desk.settings.team_words import SHARING
from moked.web.desk.settings.texts import language_name, languages_of
from moked.web.ui import labels
from moked.web.ui.labels import Words

KEYS: dict[str, Words] = {
    "name": gettext_lazy("Name"),
    "description": gettext_lazy("Description"),
    "words": gettext_lazy("Hint words"),
    "kind": gettext_lazy("Kind"),
    "department": gettext_lazy("Department"),
    "place": gettext_lazy("Place"),
    "photos": gettext_lazy("Photos"),
    "questions": gettext_lazy("Question"),
    "subject": pgettext_lazy("of a mail", "Subject"),
    "body": pgettext_lazy("of a mail", "Text"),
    "labels": gettext_lazy("Words on buttons"),
    "is_default": gettext_lazy("As it comes with Moked"),
    "hours": gettext_lazy("Hours"),
    "week": gettext_lazy("Week"),
    "days": gettext_lazy("Days that differ"),
    "names": gettext_lazy("Names of days"),
    "known_until": gettext_lazy("Holidays known until"),
    "zone": gettext_lazy("Time zone"),
    "calendar": gettext_lazy("Calendar"),
    "first_answer": gettext_lazy("First answer"),
    "resolution": pgettext_lazy("commitment", "Finished"),
    "text": pgettext_lazy("of a mail", "Text"),
    "service": gettext_lazy("Service"),
    "outcome": gettext_lazy("Closing with"),
    "light": gettext_lazy("On light pages"),
    "dark": gettext_lazy("On dark pages"),
    "label": gettext_lazy("Words"),
    "hint": gettext_lazy("Hint"),
    "options": gettext_lazy("Answer"),
    "unit": gettext_lazy("Unit"),
    "minimum": gettext_lazy("Smallest number"),
    "maximum": gettext_lazy("Largest number"),
    "longest": gettext_lazy("Most characters"),
    "is_required": gettext_lazy("It has to be answered"),
    "is_public": gettext_lazy("Public"),
    "ask_if": gettext_lazy("Asked if"),
    "code": gettext_lazy("Code"),
    "phone": gettext_lazy("Phone number"),
    "duplicate_radius": gettext_lazy("Metres around"),
    "needs_proof": gettext_lazy("Needs a picture"),
    "centre_checks": gettext_lazy("The centre checks"),
    "priority": gettext_lazy("Priority"),
    "waiting_days": gettext_lazy("Days to wait"),
    "resident": gettext_lazy("Resident"),
    "scheduled": gettext_lazy("Scheduled"),
    "external": gettext_lazy("External body"),
    "is_offered": gettext_lazy("Offered"),
    "closed_words": gettext_lazy("When a resident writes on a closed case"),
    "reopen_days": gettext_lazy("Days in which it is opened again"),
    "parent": gettext_lazy("Belongs to"),
    "is_retired": gettext_lazy("Retired"),
    "confidential_roles": gettext_lazy("Roles that see it"),
    "colour": gettext_lazy("Colour"),
    "title": gettext_lazy("Title"),
    "summary": gettext_lazy("Summary"),
    "who": gettext_lazy("Who may ask"),
    "costs": gettext_lazy("What it costs"),
    "takes": gettext_lazy("How long it takes"),
    "bring": gettext_lazy("What to bring"),
    "steps": gettext_lazy("Step by step"),
    "life_events": gettext_lazy("Life events"),
    "official": gettext_lazy("The state's own page"),
    "position": gettext_lazy("Place in the list"),
    "rules": pgettext_lazy("routing", "Rule"),
    "dangers": gettext_lazy("Danger"),
    "advice": gettext_lazy("What to do until somebody comes"),
    "answers": gettext_lazy("Answers"),
    "reactions": gettext_lazy("Reactions"),
    "when": gettext_lazy("When"),
    "state": gettext_lazy("State"),
    "lasts": gettext_lazy("How long"),
    "count": gettext_lazy("How many others"),
    "promise": gettext_lazy("Which promise"),
    "if": gettext_lazy("Only if"),
    "actions": gettext_lazy("Do this"),
    "whom": gettext_lazy("Who is told"),
    "add_labels": gettext_lazy("Add labels"),
    "by_mail": gettext_lazy("By mail too"),
    "reply": gettext_lazy("Ready-made replies"),
    "services": gettext_lazy("Services"),
    "area_kind": gettext_lazy("Kind of area"),
    "areas": gettext_lazy("Areas"),
    "email": gettext_lazy("E-mail address"),
    "language": gettext_lazy("Language"),
    "sees": gettext_lazy("May see of the reporter"),
    "answer_days": gettext_lazy("Days until an answer is expected"),
    "reminder_days": gettext_lazy("Days until a reminder"),
    "sharing": gettext_lazy("Who gets a case that comes to the team"),
    "is_on_call": gettext_lazy("On call"),
    "members": gettext_lazy("Members"),
    "roster": gettext_lazy("Shift"),
    "member": gettext_lazy("Who"),
    "weekdays": gettext_lazy("Days"),
    "begins": gettext_lazy("from"),
    "ends": gettext_lazy("to"),
}
CONTACT_DETAILS: dict[Sees, Words] = {
    Sees.NAME: gettext_lazy("Name"),
    Sees.EMAIL: gettext_lazy("E-mail address"),
    Sees.PHONE: gettext_lazy("Phone number"),
}
IS_DEPARTMENT = {"department", "parent"}


def said(value: Any) -> str:
    """Return a plain value in words."""
    match value:
        case None:
            return "–"
        case True:
            return _("yes")
        case False:
            return _("no")
        case list() | tuple():
            return ", ".join(said(one) for one in value)
        case dict():
            return "; ".join(f"{key}: {said(one)}" for key, one in value.items() if one not in (None, "", []))
    return str(value)


class PathWords:
    """Words for the revisions of one town."""

    def __init__(self, town: Municipality) -> None:
        self.town = town

    def where(self, path: Iterable[str]) -> str:
        """Return the way to a value: "Name · English"."""
        return " · ".join(self._step(step) for step in path)

    def value(self, path: tuple[str, ...], value: Any) -> str:
        """Return a value in words: codes of departments, services and kinds by their names."""
        key = next((step for step in reversed(path) if step in KEYS), "")
        if isinstance(value, dict):
            inner = (f"{self._step(name)}: {self.value((*path, name), one)}" for name, one in value.items())
            return "; ".join(inner)
        if isinstance(value, list):
            return ", ".join(self.value(path, one) for one in value)
        if isinstance(value, str):
            return self._code(key, value)
        return self._number(key, value) if isinstance(value, int) else said(value)

    def _step(self, step: str) -> str:
        if step in KEYS:
            return str(KEYS[step])
        if step in languages_of(self.town):
            return language_name(step)
        return step

    def _code(self, key: str, code: str) -> str:
        if key in IS_DEPARTMENT:
            return self._departments.get(code, code)
        if key == "services":
            return self._services.get(code, code)
        if key == "add_labels":
            return self._labels.get(code, code)
        if key == "sees" and code in list(Sees):
            return str(CONTACT_DETAILS[Sees(code)])
        if key == "language":
            return language_name(code)
        if key == "sharing" and code in list(Sharing):
            return str(SHARING[Sharing(code)])
        if key == "weekdays":
            return ", ".join(str(WEEKDAYS[int(day)]) for day in code)
        if key == "state" and code in list(State):
            return str(labels.STATES[State(code)])
        if key == "promise" and code in PROMISES:
            return str(PROMISES[code])
        if key in {"when", "actions"}:
            return reaction_code(code)
        if key == "colour" and code in list(Colour):
            return str(labels.COLOURS[Colour(code)])
        if key == "closed_words" and code in list(AfterClosing):
            return str(CHOICES[AfterClosing(code)][0])
        if key == "kind" and code in list(CaseKind):
            return str(labels.KINDS[CaseKind(code)])
        return code

    def _number(self, key: str, number: int) -> str:
        if key in {"members", "member"}:
            return self._people.get(number, str(number))
        return clock(number) if key in {"begins", "ends"} else said(number)

    @functools.cached_property
    def _people(self) -> dict[int, str]:
        return {one.user.pk: one.user.name for one in accounts.staff(self.town.pk)}

    @functools.cached_property
    def _departments(self) -> dict[str, str]:
        rows = Department.objects.filter(municipality=self.town)
        return {one.code: self._named(one.name) for one in rows}

    @functools.cached_property
    def _labels(self) -> dict[str, str]:
        rows = Label.objects.filter(municipality=self.town)
        return {one.code: self._named(one.name) for one in rows}

    @functools.cached_property
    def _services(self) -> dict[str, str]:
        rows = Service.objects.filter(municipality=self.town)
        return {one.slug: self._named(one.name) for one in rows}

    def _named(self, name: dict[str, str]) -> str:
        return label(name, get_language() or "en", self.town.language)
