"""What a service says, as a form."""

import dataclasses
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from moked.accounts import queries as accounts
from moked.accounts.rules import TOWN_WIDE, Actor, Role
from moked.catalogue.rules import (
    LARGEST_RADIUS,
    LONGEST_DESCRIPTION,
    LONGEST_NAME,
    LONGEST_WAITING,
    NEAR,
    REOPEN_DAYS,
    WAITING_DAYS,
    CaseKind,
    PlaceNeed,
    Priority,
    ServiceDocument,
)
from moked.municipalities.models import Municipality
from moked.sla.commitments import Kind
from moked.sla.models import Calendar, Target
from moked.sla.operations import check_owners
from moked.sla.queries import calendars_for, calendars_of
from moked.sla.rules import Target as Amount
from moked.sla.rules import due
from moked.sla.targets import Promise, Terms
from moked.web.desk.settings.calendar_forms import add_target, target_text
from moked.web.desk.settings.closed_words import CHOICES, days_field
from moked.web.desk.settings.departments import INDENT, named
from moked.web.desk.settings.fields import CheckField, ChecksField, SelectField, WholeField
from moked.web.desk.settings.texts import TextsForm, language_of_reader, languages_of
from moked.web.ui import labels
from moked.web.ui.forms import ChoiceField
from moked.web.ui.labels import Words

LONGEST_HINTS = 1_000
PLACES: dict[PlaceNeed, Words] = {
    PlaceNeed.NONE: _("No place is asked for"),
    PlaceNeed.ASKED: _("A place is asked for and may be left out"),
    PlaceNeed.NEEDED: _("A place is needed"),
}
WAITING: dict[str, Words] = {
    "resident": _("Days to wait for the resident's answer"),
    "scheduled": _("Working days after a date that was set"),
    "external": _("Days to wait for an external body"),
}
PROMISED: dict[Kind, Words] = {
    Kind.ACKNOWLEDGEMENT: _("Receipt confirmed within"),
    Kind.FIRST_ANSWER: _("First answer within"),
    Kind.NEXT_ANSWER: _("Each further answer within"),
    Kind.RESOLUTION: _("Finished within"),
}
FLAGS: dict[str, tuple[Words, Words]] = {
    "photos": (_("Photos can be added"), _("Residents may send up to ten pictures.")),
    "is_public": (
        _("Cases may be shown to the public"),
        _("On the map and in lists, without personal details."),
    ),
    "needs_proof": (_("Closing as fixed needs a picture"), _("The department shows the finished work.")),
    "centre_checks": (
        _("The centre checks first"),
        _("The resident is told once the centre has seen the work."),
    ),
}


COPIED = ("kind", "department", "place", "priority", "duplicate_radius", *FLAGS)


class ServiceForm(TextsForm):
    """Everything a service says but its questions, which have pages of their own."""

    kind = ChoiceField(
        label=_("What a resident wants with it"),
        missing=_("Choose what a resident wants."),
        choices=[(kind.value, labels.KINDS[kind]) for kind in CaseKind],
        widget=forms.Select(attrs={"class": "form-select mk-short", "data-test": "kind"}),
    )
    department = ChoiceField(
        label=_("Department"),
        hint=_("Where its cases go when no routing rule says otherwise."),
        missing=_("Choose the department that handles it."),
        widget=forms.Select(attrs={"class": "form-select mk-short", "data-test": "department"}),
    )
    place = ChoiceField(
        label=_("Place"),
        missing=_("Choose whether a place is asked for."),
        choices=list(PLACES.items()),
        widget=forms.Select(attrs={"class": "form-select mk-short", "data-test": "place"}),
    )
    priority = ChoiceField(
        label=_("Priority"),
        hint=_("What its cases begin with. Urgent ones stand in front and are counted round the clock."),
        missing=_("Choose the priority."),
        choices=[(priority.value, labels.PRIORITIES[priority]) for priority in Priority],
        widget=forms.Select(attrs={"class": "form-select mk-short", "data-test": "priority"}),
    )
    confidential_roles = ChecksField(
        label=_("Confidential"),
        hint=_("Tick who may see its cases besides the department. None ticked: it is not confidential."),
        choices=[(role.value, labels.ROLES[role]) for role in Role if role in TOWN_WIDE],
    )

    def __init__(
        self,
        *args: Any,
        town: Municipality,
        document: ServiceDocument | None,
        target: Target | None = None,
        by: Actor,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, town=town, **kwargs)
        self.document = document
        self.promise: Promise | None = None
        self._add_words(document)
        self._add_flags()
        self._offer_departments()
        self._add_targets(target)
        if document and not may_open(document.confidential_roles, by):
            del self.fields["confidential_roles"]
        if document:
            self.initial = _initial(document)

    def _add_words(self, document: ServiceDocument | None) -> None:
        name, description = (document.name, document.description) if document else ({}, {})
        hints = {code: ", ".join(words) for code, words in document.words.items()} if document else {}
        missing = _("Write the name in the language of the town.")
        self.add_texts("name", label=_("Name"), missing=missing, values=name, max_length=LONGEST_NAME)
        self.add_texts(
            "description",
            label=_("Description"),
            hint=_("One sentence below the name: what belongs here."),
            values=description,
            max_length=LONGEST_DESCRIPTION,
            rows=2,
        )
        self.add_texts(
            "words",
            label=_("Words that hint at it"),
            hint=_("With commas between them. A report in which one occurs is offered this service first."),
            values=hints,
            max_length=LONGEST_HINTS,
            rows=2,
        )

    def _add_flags(self) -> None:
        for name, (label, hint) in FLAGS.items():
            self.fields[name] = CheckField(label=label, hint=hint, test=name.replace("_", "-"))
        self.fields["duplicate_radius"] = WholeField(
            label=_("Metres within which the same report counts as known"),
            hint=_("0: residents are not asked whether it is reported already."),
            missing=_("Write how many metres, 0 for not at all."),
            least=0,
            most=LARGEST_RADIUS,
        )
        self.fields["duplicate_radius"].initial = NEAR
        for name, label in WAITING.items():
            field = WholeField(label=label, missing=_("Write how many days."), least=1, most=LONGEST_WAITING)
            field.initial = WAITING_DAYS[name]
            self.fields[f"waiting_{name}"] = field
        choices = [("", _("As the town says")), *((one.value, words[0]) for one, words in CHOICES.items())]
        self.fields["closed_words"] = SelectField(
            _("When a resident writes on a closed case"), choices, test="closed-words"
        )
        self.fields["reopen_days"] = days_field()

    def _add_targets(self, target: Target | None) -> None:
        """Add what is promised; a town without a calendar cannot promise anything yet."""
        self.calendars = {one.code: one for one in calendars_of(self.town.pk)}
        if not self.calendars:
            return
        language, town = language_of_reader(self.town), self.town.language
        self.fields["calendar"] = ChoiceField(
            label=_("Counted by the calendar"),
            choices=[(one.code, one.name_in(language, town)) for one in self._calendars_offered(target)],
            widget=forms.Select(attrs={"class": "form-select mk-short", "data-test": "calendar"}),
        )
        if target:
            self.fields["calendar"].initial = target.calendar.code
        self.promise = target.promise_at(datetime.now(UTC)) if target else None
        for kind, word in PROMISED.items():
            amount = self.promise.usual.targets.get(kind) if self.promise else None
            add_target(self, kind.lower(), word, str(amount or ""))

    def _calendars_offered(self, target: Target | None) -> list[Calendar]:
        """Return those for the department the service has; for a new service all, shared ones first."""
        if self.document is None:
            return sorted(self.calendars.values(), key=lambda one: one.department_id is not None)
        own = self.departments.get(self.document.department)
        offered = calendars_for(self.town.pk, own.pk if own else None)
        present = [target.calendar] if target else []
        return [one for one in self.calendars.values() if one in (*offered, *present)]

    @property
    def promised(self) -> list[forms.BoundField]:
        """The fields of what is promised, each amount followed by its unit."""
        names = [f"{kind.lower()}_{part}" for kind in PROMISED for part in ("amount", "unit")]
        return [self[name] for name in names] if self.calendars else []

    @property
    def wanted(self) -> Promise | None:
        """What is to be promised, once the fields are checked; None where nothing is, and nothing was.

        Other terms for some of its cases stay. Raises BadTarget, and TooFar where the calendar opens too
        rarely.
        """
        if not self.calendars:
            return None
        calendar = self.calendars[self.cleaned_data.get("calendar") or next(iter(self.calendars))]
        texts = {kind: target_text(self, kind.lower()) for kind in PROMISED}
        targets = {kind: Amount.read(text) for kind, text in texts.items() if text}
        for target in targets.values():
            due(calendar.hours, datetime.now(UTC), target)
        if self.promise is None and not targets:
            return None
        former = self.promise or Promise(Terms(calendar.code))
        usual = dataclasses.replace(former.usual, calendar=calendar.code, targets=targets)
        promise = dataclasses.replace(former, usual=usual)
        self._check_owners(promise)
        return promise

    def _check_owners(self, promise: Promise) -> None:
        """Raise BadTarget for a calendar that the department chosen may not count by."""
        own = self.departments.get(self.cleaned_data.get("department", ""))
        codes = {terms.calendar for terms in promise.all_terms}
        used = [one for code, one in self.calendars.items() if code in codes]
        check_owners(used, own.pk if own else None)

    def _offer_departments(self) -> None:
        branches = accounts.tree(self.town.pk)
        self.departments = {branch.department.code: branch.department for branch in branches}
        choices = [
            (branch.department.code, INDENT * branch.depth + named(branch.department, self.town))
            for branch in branches
        ]
        self.fields["department"].choices = [("", _("Choose")), *choices]  # type: ignore[attr-defined]

    @property
    def flags(self) -> list[forms.BoundField]:
        """The boxes to tick."""
        return [self[name] for name in FLAGS]

    @property
    def waiting(self) -> list[forms.BoundField]:
        """How long it waits, for each reason."""
        return [self[f"waiting_{name}"] for name in WAITING]

    @property
    def said(self) -> dict[str, Any]:
        """The document as it was filled in, once the fields are checked; the questions stay as they were."""
        said = self.cleaned_data
        former = self.document.as_document() if self.document else {}
        return former | {
            "name": self.texts("name"),
            "description": self.texts("description"),
            "words": {code: hints(text) for code, text in self.texts("words").items()},
            "waiting_days": {name: said[f"waiting_{name}"] for name in WAITING},
            "confidential_roles": self._roles(former),
            "closed_words": said["closed_words"],
            "reopen_days": said["reopen_days"] or REOPEN_DAYS,
            **{name: said[name] for name in COPIED},
        }

    def _roles(self, former: dict[str, Any]) -> Any:
        if "confidential_roles" not in self.fields:
            return former.get("confidential_roles")
        return self.cleaned_data["confidential_roles"] or None


def may_open(roles: Any, by: Actor) -> bool:
    """Tell whether somebody may say who sees a service's cases: only who sees them too."""
    return roles is None or by.has_any(frozenset(Role(role) for role in roles))


def hints(text: str) -> list[str]:
    """Return the words of a list with commas or line breaks between them, each once."""
    parts = (part.strip() for line in text.splitlines() for part in line.split(","))
    return list(dict.fromkeys(part for part in parts if part))


def _initial(document: ServiceDocument) -> dict[str, Any]:
    said = document.as_document()
    return {
        **{name: said[name] for name in COPIED},
        **{f"waiting_{name}": days for name, days in document.waiting_days.items()},
        "confidential_roles": list(document.confidential_roles or ()),
        "closed_words": document.closed_words,
        "reopen_days": document.reopen_days,
    }


def gaps(document: ServiceDocument, town: Municipality) -> list[str]:
    """Return the languages of the town in which something a resident reads is missing."""
    texts = [document.name, *(one.label for one in document.questions)]
    texts += [document.description] if any(document.description.values()) else []
    texts += [option.label for one in document.questions for option in one.options]
    return [code for code in languages_of(town) if any(not text.get(code) for text in texts)]
