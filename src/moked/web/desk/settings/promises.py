"""What is promised for a service: its usual terms, other terms for some of its cases, and from when on.

Nothing is kept before it is published: the terms travel with the page, checked each time they come back.
"""

import dataclasses
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from moked.base.values import BadValue, day_from
from moked.cases.rules import WAITING, Channel
from moked.cases.rules import State as CaseState
from moked.catalogue.models import Service
from moked.catalogue.rules import Priority
from moked.municipalities.models import Municipality
from moked.sla import operations
from moked.sla.commitments import Kind
from moked.sla.models import Calendar, Target
from moked.sla.queries import calendars_for, target_of
from moked.sla.rules import BadTarget, TooFar
from moked.sla.rules import Target as Amount
from moked.sla.targets import MAY_PAUSE, MOST_EXCEPTIONS, PROMISED, Exceptional, Promise, Terms
from moked.web.desk.levels import PROMISES
from moked.web.desk.settings import drafts, history
from moked.web.desk.settings.calendar_forms import BAD_DAY, add_target, target_text
from moked.web.desk.settings.calendars import TOO_FAR
from moked.web.desk.settings.choices import area_choices, channel_choices, priority_choices
from moked.web.desk.settings.fields import ChecksField
from moked.web.desk.settings.frame import BOTH, MANAGER, show
from moked.web.desk.settings.order import moved, number_in
from moked.web.desk.settings.routing_words import Words
from moked.web.desk.settings.service_forms import PROMISED as AMOUNTS
from moked.web.desk.settings.services import SETTING, service_or_404
from moked.web.desk.settings.texts import language_of_reader
from moked.web.ui import labels
from moked.web.ui.access import access
from moked.web.ui.forms import ChoiceField, Form, LineField
from moked.web.ui.promises import in_words
from moked.web.ui.requests import TownRequest
from moked.web.ui.views import see_other

CHANGED_MEANWHILE = gettext_lazy(
    "A colleague published another promise in the meantime. Look at the history, then open this page again."
)
BROKEN = gettext_lazy("The terms on this page cannot be read any more. Open the page again.")
STANDS_STILL = {
    Kind.RESOLUTION: gettext_lazy("The time to finish stands still while the case is"),
    Kind.NEXT_ANSWER: gettext_lazy("The time for a further answer stands still while the case is"),
}


class TermsForm(Form):
    """Terms being written: the usual ones, or with `is_other` those for some cases."""

    def __init__(
        self,
        *args: Any,
        town: Municipality,
        calendars: Iterable[Calendar],
        terms: Terms | None,
        other: Exceptional | None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.is_other = other is not None
        if self.is_other:
            self._add_conditions(town)
        for kind, word in AMOUNTS.items():
            add_target(self, kind.lower(), word, str(terms.targets.get(kind, "")) if terms else "")
        self.fields["calendar"] = ChoiceField(
            label=_("Counted by the calendar"),
            choices=[(one.code, one.name_in(language_of_reader(town), town.language)) for one in calendars],
            widget=forms.Select(attrs={"class": "form-select mk-short", "data-test": "calendar"}),
        )
        states = [(state.value, labels.STATES[state].word) for state in WAITING]
        for kind, word in STANDS_STILL.items():
            self.fields[f"{kind.lower()}_paused_by"] = ChecksField(label=word, choices=states)
        self.fields["legal"] = ChecksField(
            label=_("Owed by law"),
            hint=_("What the law asks for never stands still."),
            choices=[(kind.lower(), word) for kind, word in PROMISES.items()],
        )
        if terms:
            self.initial = _initial(terms)
        if other:
            self.initial = {**self.initial, **_conditions(other)}

    def _add_conditions(self, town: Municipality) -> None:
        self.fields["priorities"] = ChecksField(label=_("Priority"), choices=priority_choices())
        self.fields["channels"] = ChecksField(
            label=_("Channel"),
            choices=channel_choices(),
        )
        self.fields["areas"] = ChecksField(label=_("Areas"), choices=area_choices(town))

    def clean_areas(self) -> list[str]:
        """Ask for areas of one kind only."""
        chosen = self.cleaned_data["areas"]
        if len({one.partition("/")[0] for one in chosen}) > 1:
            raise ValidationError(_("Choose areas of one kind, and write other terms for the others."))
        return list(chosen)

    def clean(self) -> dict[str, Any]:
        """Ask for whom other terms are meant."""
        said = self.cleaned_data
        if self.is_other and not any(said.get(name) for name in ("priorities", "channels", "areas")):
            raise ValidationError(
                _("Choose for which cases these terms are meant: tick at least one box above.")
            )
        return dict(said)

    @property
    def conditions(self) -> list[forms.BoundField]:
        """For which cases other terms are meant."""
        return [self[name] for name in ("priorities", "channels", "areas")] if self.is_other else []

    @property
    def amounts(self) -> list[forms.BoundField]:
        """The fields of what is promised, each amount followed by its unit."""
        return [self[f"{kind.lower()}_{part}"] for kind in PROMISED for part in ("amount", "unit")]

    @property
    def pauses(self) -> list[forms.BoundField]:
        """Which waiting lets which clock stand still."""
        return [self[f"{kind.lower()}_paused_by"] for kind in STANDS_STILL]

    @property
    def terms(self) -> Terms:
        """The terms, once the fields are checked; raises BadTarget."""
        said = self.cleaned_data
        texts = {kind: target_text(self, kind.lower()) for kind in PROMISED}
        paused_by = {
            kind: frozenset(CaseState(state) for state in said[f"{kind.lower()}_paused_by"])
            for kind in MAY_PAUSE
        }
        return Terms(
            calendar=said["calendar"],
            targets={kind: Amount.read(text) for kind, text in texts.items() if text},
            paused_by=paused_by,
            legal=frozenset(Kind(name.upper()) for name in said["legal"]),
        )

    @property
    def other(self) -> Exceptional:
        """The other terms with their conditions, once the fields are checked; raises BadTarget."""
        said = self.cleaned_data
        pairs = [one.partition("/")[::2] for one in said["areas"]]
        return Exceptional(
            terms=self.terms,
            priorities=tuple(Priority(one) for one in said["priorities"]),
            channels=tuple(Channel(one) for one in said["channels"]),
            area_kind=pairs[0][0] if pairs else "",
            areas=() if any(code == "" for _kind, code in pairs) else tuple(code for _kind, code in pairs),
        )


class FromForm(Form):
    """From which day on it holds."""

    from_day = LineField(
        max_length=40,
        label=gettext_lazy("From which day on?"),
        hint=gettext_lazy("Left empty: from now on. Like 1.1.2027: from the beginning of that day."),
        direction="ltr",
        test="from-day",
    )

    def __init__(self, *args: Any, town: Municipality, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.town, self.now = town, now

    def clean(self) -> dict[str, Any]:
        """Read the day; it begins by the town's clocks."""
        said, typed = dict(self.cleaned_data), self.cleaned_data.get("from_day")
        said["from_at"] = None
        if typed:
            try:
                day = day_from([typed])
            except BadValue:
                self.add_error("from_day", ValidationError(BAD_DAY, code="day"))
                return said
            begins = datetime.combine(day, time(0), self.town.zone).astimezone(UTC) if day else None
            if begins and begins <= self.now:
                self.add_error(
                    "from_day", ValidationError(_("Write a day to come, or leave it empty."), code="past")
                )
            said["from_at"] = begins
        return said


def _initial(terms: Terms) -> dict[str, Any]:
    return {
        "calendar": terms.calendar,
        "legal": [kind.lower() for kind in terms.legal],
        **{
            f"{kind.lower()}_paused_by": [str(one) for one in terms.paused_by.get(kind, ())]
            for kind in MAY_PAUSE
        },
    }


def _conditions(other: Exceptional) -> dict[str, Any]:
    codes = other.areas or ("",)
    return {
        "priorities": list(other.priorities),
        "channels": list(other.channels),
        "areas": [f"{other.area_kind}/{code}" for code in codes] if other.area_kind else [],
    }


@dataclasses.dataclass(frozen=True)
class Line:
    """Terms in words: for which cases, and what is promised. The usual ones have number 0."""

    number: int
    title: str
    parts: tuple[str, ...]

    @property
    def is_first(self) -> bool:
        """Whether it stands above all other terms but the usual ones."""
        return self.number == 1


@dataclasses.dataclass(frozen=True)
class Draft:
    """The promise as it stands on the page, and the revision it began from."""

    promise: Promise
    base: int

    @property
    def as_text(self) -> str:
        """The promise as the page carries it."""
        return json.dumps(self.promise.as_document(), ensure_ascii=False)


@access(*MANAGER, methods=BOTH)
def promise(request: TownRequest, slug: str) -> HttpResponse:
    """Show what is promised; change it on the page, and publish it, from now or from a day to come."""
    service, _document = service_or_404(request, slug)
    target = target_of(service.pk)
    page = _Page(request, service, target)
    if not page.calendars:
        messages.info(request, _("Write a calendar first: promises are counted by it."))
        return see_other(reverse("desk:settings_new_calendar"))
    if request.method != "POST":
        return page.show(page.in_force)
    try:
        draft = _draft_sent(request)
    except BadTarget:
        return page.show(page.in_force, failed=str(BROKEN))
    step, _sep, typed = request.POST.get("step", "").partition(":")
    others = draft.promise.exceptions
    match step:
        case "publish":
            return page.publish(draft)
        case "put":
            return page.put(draft, number_in(typed, [*others, None]))
        case "edit":
            return page.show(draft, edited=number_in(typed, others))
        case "add" if len(others) < MOST_EXCEPTIONS:
            return page.show(draft, edited=len(others) + 1)
    changed = dataclasses.replace(draft.promise, exceptions=moved(others, step, number_in(typed, others)))
    return page.show(dataclasses.replace(draft, promise=changed))


def _draft_sent(request: TownRequest) -> Draft:
    """Return what came back with the page; raises BadTarget for what it did not send."""
    try:
        document, base = drafts.sent(request, "promise")
    except ValueError:
        raise BadTarget(str(BROKEN)) from None
    return Draft(Promise.from_document(document), base)


class _Page:
    """The page of one service's promise."""

    def __init__(self, request: TownRequest, service: Service, target: Target | None) -> None:
        self.request, self.service, self.target = request, service, target
        self.town = request.municipality
        self.now = datetime.now(UTC)
        offered = calendars_for(self.town.pk, service.department_id)
        self.calendars: dict[str, Calendar] = {one.code: one for one in offered}

    @property
    def revision(self) -> int:
        """The number of the newest revision, of what is to begin later too; 0 before the first."""
        latest = Target.objects.filter(service=self.service).values_list(
            "revision__number", "upcoming__number"
        )
        return max((number for pair in latest for number in pair if number), default=0)

    @property
    def in_force(self) -> Draft:
        """What is promised now; what begins later is the draft where there is any."""
        if self.target is None:
            return Draft(Promise(Terms(next(iter(self.calendars)))), self.revision)
        later = self.target.upcoming_at
        return Draft(self.target.promise_at(later or self.now), self.revision)

    def put(self, draft: Draft, number: int) -> HttpResponse:
        """Put the terms that were written in their place, or at the end."""
        form = self._form(draft.promise, number, self.request.POST)
        others = list(draft.promise.exceptions)
        if not form.is_valid():
            return self.show(draft, form=form, edited=number)
        try:
            if number == 0:
                changed = dataclasses.replace(draft.promise, usual=form.terms)
            else:
                others[number - 1 : number] = [form.other]
                changed = dataclasses.replace(draft.promise, exceptions=tuple(others))
        except BadTarget as refusal:
            form.add_error(None, str(refusal))
            return self.show(draft, form=form, edited=number)
        return self.show(dataclasses.replace(draft, promise=changed))

    def publish(self, draft: Draft) -> HttpResponse:
        """Publish it, or say why not."""
        begins = FromForm(self.request.POST, town=self.town, now=self.now)
        if draft.base != self.revision:
            return self.show(draft, failed=str(CHANGED_MEANWHILE), begins=begins)
        if not begins.is_valid():
            return self.show(draft, begins=begins)
        try:
            operations.publish_target(
                service=self.service,
                promise=draft.promise,
                by_user_id=self.request.actor.user_id,
                now=history.now(),
                from_at=begins.cleaned_data["from_at"],
            )
        except TooFar:
            return self.show(draft, failed=str(TOO_FAR), begins=begins)
        except BadTarget as refusal:
            return self.show(draft, failed=str(refusal), begins=begins)
        messages.success(self.request, _("Published."))
        return see_other(reverse("desk:settings_promise", args=[self.service.slug]))

    def show(
        self,
        draft: Draft,
        *,
        form: TermsForm | None = None,
        edited: int | None = None,
        failed: str = "",
        begins: FromForm | None = None,
    ) -> HttpResponse:
        """Render the page; `edited` is the number of the terms in the form, None for no form."""
        if edited is not None and form is None:
            form = self._form(draft.promise, edited)
        return show(
            self.request,
            "desk/settings/promise.html",
            SETTING,
            service=self.service,
            draft=draft,
            lines=list(self._lines(draft.promise)),
            form=form,
            edited=edited,
            failed=failed,
            begins=begins or FromForm(town=self.town, now=self.now),
            upcoming_at=self.target.upcoming_at if self.target else None,
            is_changed=draft != self.in_force,
            has_target=self.target is not None,
            has_room=len(draft.promise.exceptions) < MOST_EXCEPTIONS,
        )

    def _form(self, promise: Promise, number: int, data: Any = None) -> TermsForm:
        others = promise.exceptions
        form = partial(TermsForm, data, town=self.town, calendars=self.calendars.values())
        if number == 0:
            return form(terms=promise.usual, other=None)
        other = others[number - 1] if number <= len(others) else Exceptional(promise.usual)
        return form(terms=other.terms, other=other)

    def _lines(self, promise: Promise) -> Iterator[Line]:
        words = Words(self.town)
        yield Line(0, _("Usually"), tuple(self._parts(promise.usual)))
        for number, other in enumerate(promise.exceptions, 1):
            areas = [words.area(other.area_kind, code) for code in other.areas] or (
                [_("%(kind)s: any") % {"kind": words.kind(other.area_kind)}] if other.area_kind else []
            )
            title = [
                ", ".join(str(labels.PRIORITIES[one]) for one in other.priorities),
                ", ".join(str(labels.CHANNELS[one]) for one in other.channels),
                ", ".join(areas),
            ]
            yield Line(number, " · ".join(filter(None, title)), tuple(self._parts(other.terms)))

    def _parts(self, terms: Terms) -> Iterator[str]:
        """Yield what is promised, one thing each."""
        for kind in PROMISED:
            if kind in terms.targets:
                said = {"what": PROMISES[kind], "amount": in_words(str(terms.targets[kind]))}
                yield (
                    _("%(what)s: %(amount)s, by law") if kind in terms.legal else "%(what)s: %(amount)s"
                ) % said
        if not terms.targets:
            yield _("Nothing is promised.")
        elif calendar := self.calendars.get(terms.calendar):
            name = calendar.name_in(language_of_reader(self.town), self.town.language)
            yield _("Counted by %(calendar)s") % {"calendar": name}
