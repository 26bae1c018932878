"""What is filled in on the pages that change a case: service, place, time, public words, other cases."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from babel.dates import format_date
from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from moked.base.sorting import sort_key
from moked.cases import queries
from moked.cases.models import Case
from moked.cases.rules import LONGEST_ADDRESS, LONGEST_BODY, LONGEST_TITLE, State, read_number
from moked.catalogue.models import Service
from moked.handovers.queries import bodies_for
from moked.places import queries as places
from moked.places.rules import BadPoint, PositionSource, point_at
from moked.web.desk.forms import CaseForm, WordsForm
from moked.web.ui.forms import (
    BodyField,
    ChoiceField,
    CoordinateField,
    LineField,
    Radios,
    SourceField,
    SubmissionField,
)
from moked.web.ui.requests import TownRequest
from moked.web.ui.templatetags.ui import LOCALES

DAYS_AHEAD, LATER_DAYS = 14, 60
TIMES = ("08:00", "10:00", "12:00", "14:00", "16:00")


class NothingForm(CaseForm):
    """Only a button, which says that it was pressed: a body that is no form does nothing."""

    place = "nothing"
    sure = ChoiceField(
        label=_("Sure"),
        choices=[("yes", "yes")],
        missing=_("Press the button once more."),
        widget=forms.HiddenInput(),
    )

    @property
    def change(self) -> dict[str, Any]:
        """Nothing more."""
        return {}


class OtherServiceForm(CaseForm):
    """Which service a case is really about."""

    place = "service"
    service = ChoiceField(
        label=_("What is it really about?"),
        missing=_("Choose the service that fits best."),
        widget=Radios(test="service"),
    )

    def __init__(self, data: QueryDict | None, case: Case, services: Iterable[Service]) -> None:
        super().__init__(data)
        language, town = get_language() or "en", case.municipality.language
        named = [(str(one.pk), one.name_in(language, town)) for one in services if one.pk != case.service_id]
        self.fields["service"].choices = sorted(named, key=lambda choice: sort_key(choice[1], language))  # type: ignore[attr-defined]

    @property
    def change(self) -> dict[str, Any]:
        """The service."""
        return {"service_id": int(self.cleaned_data["service"])}


class OtherPlaceForm(CaseForm):
    """Where a case really is."""

    place = "place"
    address = LineField(
        label=_("Where is it?"),
        hint=_("Street and house number, or a place everybody knows."),
        missing=_("Write where it is."),
        max_length=LONGEST_ADDRESS,
        test="address",
    )
    latitude = CoordinateField(limit=90)
    longitude = CoordinateField(limit=180)
    source = SourceField()

    def __init__(self, data: QueryDict | None, case: Case) -> None:
        initial = {"address": case.address, "latitude": case.latitude, "longitude": case.longitude}
        super().__init__(data, initial={**initial, "source": case.position_source})
        self.municipality_id = case.municipality_id

    @property
    def change(self) -> dict[str, Any]:
        """The place with its areas."""
        said = self.cleaned_data
        try:
            point = point_at(said["latitude"], said["longitude"])
        except (BadPoint, TypeError):
            point = None
        place = places.locate(
            self.municipality_id,
            point=point,
            address=said["address"],
            source=said["source"] or PositionSource.PIN if point else "",
        )
        return {"place": place}


class ScheduleForm(CaseForm):
    """When the work is to be done: one of the next days, and a time."""

    place = "schedule"
    days_ahead = DAYS_AHEAD
    day = ChoiceField(
        label=_("Which day?"),
        missing=_("Choose the day."),
        widget=forms.Select(attrs={"class": "form-select", "data-test": "day"}),
    )
    at = ChoiceField(
        label=_("From when?"),
        missing=_("Choose the time."),
        choices=[(one, one) for one in TIMES],
        widget=forms.Select(attrs={"class": "form-select", "data-test": "time"}),
    )

    def __init__(self, data: QueryDict | None, case: Case, now: datetime) -> None:
        super().__init__(data)
        self.zone = case.municipality.zone
        language = get_language() or "en"
        first = self.first_day(case, now)
        days = [first + timedelta(days=ahead) for ahead in range(self.days_ahead)]
        self.fields["day"].choices = [  # type: ignore[attr-defined]
            (one.isoformat(), str(format_date(one, "full", locale=LOCALES.get(language, language))))
            for one in days
        ]

    def first_day(self, case: Case, now: datetime) -> date:
        """Return the first day there is to choose."""
        return now.astimezone(self.zone).date()

    @property
    def change(self) -> dict[str, Any]:
        """The state, and the moment in UTC."""
        day = datetime.fromisoformat(self.cleaned_data["day"]).date()
        at = time.fromisoformat(self.cleaned_data["at"])
        return {"target": State.SCHEDULED, "until": datetime.combine(day, at, self.zone)}


class LaterForm(ScheduleForm):
    """The time a resident is told instead, and why it takes longer."""

    place = "later"
    words = BodyField(
        label=_("Why does it take longer?"),
        hint=_("The resident reads it word by word."),
        missing=_("Write why it takes longer."),
        max_length=LONGEST_BODY,
        rows=3,
    )

    days_ahead = LATER_DAYS

    def first_day(self, case: Case, now: datetime) -> date:
        """Begin with the day the resident was told."""
        return max(now, case.promised_at or now).astimezone(self.zone).date()

    @property
    def change(self) -> dict[str, Any]:
        """The moment in UTC, and the reason."""
        return {"to": super().change["until"], "words": self.cleaned_data["words"]}


class OtherCaseForm(CaseForm):
    """Another case, by its number."""

    place = "other"
    number = LineField(
        label=_("Number of the other case"),
        missing=_("Write the number of the other case."),
        max_length=20,
        direction="ltr",
        test="other-number",
    )

    def __init__(self, data: QueryDict | None, request: TownRequest, name: str) -> None:
        super().__init__(data, initial={"number": request.GET.get("number", "")})
        self.request, self.name = request, name

    def clean_number(self) -> Case:
        """Return the case, if who asks may see it."""
        number = read_number(self.cleaned_data["number"])
        try:
            return queries.case_by_number(self.request.actor, number or "")
        except queries.NoSuchCase:
            raise ValidationError(
                _("You see no case with this number. Compare it with the page of the other case."),
                code="number",
            ) from None

    @property
    def change(self) -> dict[str, Any]:
        """The other case's id."""
        return {self.name: self.cleaned_data["number"].pk}


class SplitForm(CaseForm):
    """The second matter of a case, and what it is about."""

    place = "split"
    words = BodyField(
        label=_("The second matter"),
        hint=_("In the resident's words, as far as they fit."),
        missing=_("Write what the second matter is."),
        max_length=LONGEST_BODY,
        rows=4,
        test="matter",
    )
    service = ChoiceField(
        label=_("Service"),
        missing=_("Choose the service that fits best."),
        widget=Radios(test="service"),
    )
    submission = SubmissionField()

    def __init__(self, data: QueryDict | None, case: Case, services: Iterable[Service]) -> None:
        super().__init__(data)
        language, town = get_language() or "en", case.municipality.language
        named = [(str(one.pk), one.name_in(language, town)) for one in services]
        self.fields["service"].choices = sorted(named, key=lambda choice: sort_key(choice[1], language))  # type: ignore[attr-defined]

    @property
    def change(self) -> dict[str, Any]:
        """The matter and its service."""
        return {"matter": self.cleaned_data["words"], "service_id": int(self.cleaned_data["service"])}


class PublicWordsForm(CaseForm):
    """The words under which the public sees a case."""

    place = "public"
    title = LineField(
        label=_("What everybody reads"),
        hint=_("No names, no phone numbers, nothing about a person."),
        missing=_("Write the words, or hide the case instead."),
        max_length=LONGEST_TITLE,
        test="public-title",
    )

    def __init__(self, data: QueryDict | None, case: Case) -> None:
        super().__init__(data, initial={"title": case.public_title or case.title})

    @property
    def change(self) -> dict[str, Any]:
        """The words."""
        return {"title": self.cleaned_data["title"]}


class HandOverForm(CaseForm):
    """To which external body a case goes, those that fit it first, and what it should know."""

    place = "handover"
    body = ChoiceField(
        label=_("External body"),
        missing=_("Choose who is to get it."),
        widget=forms.Select(attrs={"class": "form-select", "data-test": "body"}),
    )
    message = BodyField(
        max_length=LONGEST_BODY,
        label=_("What they should know"),
        hint=_("They read the report, its place and photos, and what their settings allow; never notes."),
        rows=3,
        test="body-message",
    )
    submission = SubmissionField()

    def __init__(self, data: QueryDict | None = None, *, case: Case) -> None:
        super().__init__(data)
        language, town = get_language() or "en", case.municipality.language
        fitting, others = (
            sorted(
                ((str(one.pk), one.name_in(language, town)) for one in bodies),
                key=lambda choice: sort_key(choice[1], language),
            )
            for bodies in bodies_for(case)
        )
        groups = [(_("For this service and place"), fitting), (_("Others"), others)]
        self.has_bodies = bool(fitting or others)
        self.fields["body"].choices = [  # type: ignore[attr-defined]
            ("", _("Choose")),
            *((word, choices) for word, choices in groups if choices),
        ]

    @property
    def change(self) -> dict[str, Any]:
        """The body and the words to it."""
        return {"body_id": int(self.cleaned_data["body"]), "message": self.cleaned_data["message"]}


class TellBodyForm(WordsForm):
    """The answer to what an external body asked."""

    place = "tell"
    words = BodyField(
        max_length=LONGEST_BODY,
        label=_("Answer to the external body"),
        missing=_("Write what the external body should read."),
        rows=3,
        test="tell-words",
    )

    @property
    def change(self) -> dict[str, Any]:
        """The words."""
        return {"words": self.cleaned_data["words"]}


class SendBackForm(WordsForm):
    """What is still missing before the centre confirms the work."""

    place = "check"
    words = BodyField(
        max_length=LONGEST_BODY,
        label=_("What is still missing (colleagues only)"),
        missing=_("Write what the department should still do."),
        rows=3,
        test="check-words",
    )

    @property
    def change(self) -> dict[str, Any]:
        """The words."""
        return {"body": self.cleaned_data["words"]}
