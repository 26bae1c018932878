"""What residents fill in."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundWidget
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from moked.base.lengths import LONGEST_NAME
from moked.cases.models import Participant
from moked.cases.rules import LONGEST_ADDRESS, LONGEST_BODY, Wants
from moked.catalogue.models import Service
from moked.handovers.rules import Kind
from moked.residents.operations import ContactDetails
from moked.web.ui import forms
from moked.web.ui.spoken import marked

LONGEST_LINK = 500
BODY_WORDS = {
    Kind.DONE: (_("What was done?"), _("Write in a few words what was done.")),
    Kind.ASKED: (_("What do you need to know?"), _("Write your question.")),
    Kind.NOT_OURS: (
        _("Why is it not yours, and whose is it, if you know?"),
        _("Write why it is not yours."),
    ),
}
WANTS_OF_REPORTERS = {
    Wants.EVERYTHING: _("Whenever something changes"),
    Wants.OUTCOME: _("Only when it is finished, or goes on after all"),
    Wants.NOTHING: _("Not any more"),
}
WANTS_OF_FOLLOWERS = {
    Wants.EVERYTHING: _("When it is finished, or goes on after all"),
    Wants.NOTHING: _("Not any more: I do not follow this report"),
}
# While one types, the likely services come to the top of the list.
SUGGESTING = {"hx-trigger": "input changed delay:400ms", "hx-target": "#services", "hx-sync": "this:replace"}
_LINK = re.compile(r"(?:^|/)([a-z0-9]+\.[a-z2-7]+)/?$", re.IGNORECASE)


class MatterForm(forms.Form):
    """What it is about: the resident's words and one of the town's services.

    `suggested` are the services the words may be about, best first.
    """

    matter = forms.BodyField(
        label=_("What happened?"),
        hint=_("In your own words."),
        missing=_("Describe what happened."),
        max_length=LONGEST_BODY,
        test="matter",
    )
    service = forms.ChoiceField(
        label=_("What is it about?"),
        missing=_("Choose what it is about."),
        widget=forms.Radios(test="service"),
    )

    def __init__(
        self,
        *args: Any,
        services: Sequence[Service],
        suggested: Sequence[Service],
        town_language: str,
        language: str,
        has_photos: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        # A photo says it all; words are welcome.
        self.fields["matter"].required = not has_photos
        self.suggested = [service.slug for service in suggested]
        self.fields["matter"].widget.attrs |= SUGGESTING | {"hx-post": reverse("portal:suggest")}
        ordered = [*suggested, *(service for service in services if service not in suggested)]
        self.fields["service"].choices = [  # type: ignore[attr-defined]
            (
                service.slug,
                forms.Choice(
                    marked(service.name, language, town_language),
                    marked(service.description, language, town_language),
                ),
            )
            for service in ordered
        ]

    @property
    def cleaned_words(self) -> str:
        """The words as they are kept; '' when they cannot be."""
        return str(self.cleaned_data.get("matter", "")) if self.is_bound and not self.has_bad_words else ""

    @property
    def has_bad_words(self) -> bool:
        """Something is wrong with the words."""
        return "matter" in self.errors

    def clean(self) -> dict[str, Any]:
        """Ask for one thing at a time: without words nobody has to choose a service yet."""
        if "matter" in self.errors and not self["service"].value():
            self.errors.pop("service", None)
        return self.cleaned_data

    @property
    def likely(self) -> list[BoundWidget]:
        """The buttons of the suggested services."""
        return self["service"].subwidgets[: len(self.suggested)]

    @property
    def others(self) -> list[BoundWidget]:
        """The buttons of all other services."""
        return self["service"].subwidgets[len(self.suggested) :]

    @property
    def other_is_chosen(self) -> bool:
        """The chosen service is not a suggested one."""
        return bool(self["service"].value()) and self["service"].value() not in self.suggested

    @property
    def lacks_only_service(self) -> bool:
        """Nothing is wrong but that no service was chosen yet."""
        return set(self.errors) == {"service"} and not self["service"].value()


class PlaceForm(forms.Form):
    """Where it is: an address in any words, a pin on the map, or both."""

    address = forms.LineField(
        label=_("Where is it?"),
        hint=_("Street and house number, or a place everybody knows."),
        max_length=LONGEST_ADDRESS,
        test="address",
    )
    latitude = forms.CoordinateField(limit=90)
    longitude = forms.CoordinateField(limit=180)
    source = forms.SourceField()

    def __init__(self, said: Mapping[str, str], *, is_needed: bool, is_checked: bool = True) -> None:
        own = {name: said.get(name, "") for name in ("address", "latitude", "longitude", "source")}
        super().__init__(own if is_checked else None, initial=own)
        self.is_needed = is_needed
        self.fields["address"].required = False

    def clean(self) -> dict[str, Any]:
        """Ask for the place where it has to be known: words or a pin will do."""
        said = dict(self.cleaned_data)
        if self.is_needed and not self.errors and not (said["address"] or said["latitude"] is not None):
            self.add_error(
                "address", _("Say where it is: write an address or a place everybody knows, or set the pin.")
            )
        return said

    @property
    def cleaned_address(self) -> str:
        """The address as it is kept; '' when it cannot be."""
        return str(self.cleaned_data.get("address", "")) if self.is_valid() or self.cleaned_data else ""


class ContactForm(forms.Form):
    """How the town may reach the resident; all may stay empty."""

    name = forms.LineField(
        label=pgettext_lazy("person", "Name"), max_length=LONGEST_NAME, autocomplete="name", test="name"
    )
    email = forms.EmailField(
        label=_("E-mail"),
        hint=_("The number, a link to follow it, and the answer go there."),
        test="email",
    )
    phone = forms.PhoneField(label=_("Phone"), hint=_("Only for questions about this report."), test="phone")

    @property
    def details(self) -> ContactDetails:
        """What was said, once the form is valid."""
        return ContactDetails(**{name: self.cleaned_data[name] for name in ("name", "email", "phone")})


class ReplyForm(forms.Form):
    """More words for a case, written on its tracking page."""

    body = forms.BodyField(
        label=_("Add information"),
        missing=_("Write what you want to tell us."),
        max_length=LONGEST_BODY,
        rows=4,
        test="reply",
    )
    submission = forms.SubmissionField()


class SurveyForm(forms.Form):
    """Two questions about a finished case, and room for words."""

    fixed = forms.ChoiceField(
        label=_("Is it fixed?"),
        choices=[("YES", _("Yes")), ("NO", _("No")), ("CANT_TELL", _("Can't tell"))],
        missing=_("Choose whether it is fixed."),
        widget=forms.Radios(test="fixed", test_each=True),
    )
    rating = forms.ChoiceField(
        label=_("How satisfied are you with how we handled it?"),
        choices=[
            ("5", _("Very satisfied")),
            ("4", _("Satisfied")),
            ("3", _("Neither satisfied nor dissatisfied")),
            ("2", _("Dissatisfied")),
            ("1", _("Very dissatisfied")),
        ],
        widget=forms.Radios(test="rating", test_each=True),
    )
    words = forms.BodyField(
        label=_("Is there anything you want to add?"), max_length=LONGEST_BODY, rows=4, test="reply"
    )

    @property
    def stars(self) -> int | None:
        """The rating from 1 to 5, once the form is valid; None when not given."""
        return int(self.cleaned_data["rating"]) if self.cleaned_data["rating"] else None


class NoticesForm(forms.Form):
    """How much somebody on a case is told by itself; followers are told little, so all or nothing."""

    wants = forms.ChoiceField(
        label=_("When do we write to you by ourselves?"),
        missing=_("Choose what we tell you."),
        widget=forms.Radios(test="wants", test_each=True),
    )

    def __init__(self, data: QueryDict | None, *, part: Participant) -> None:
        is_follower = part.role == Participant.Role.FOLLOWER
        is_all = is_follower and part.wants != Wants.NOTHING
        super().__init__(data, initial={"wants": Wants.EVERYTHING if is_all else part.wants})
        choices = WANTS_OF_FOLLOWERS if is_follower else WANTS_OF_REPORTERS
        self.fields["wants"].choices = list(choices.items())  # type: ignore[attr-defined]


class BodyAnswerForm(forms.Form):
    """One of the things an external body can answer; several of them stand on its page, each with a button.

    `was_sent` when it is this one that was sent.
    """

    words = forms.BodyField(label="", max_length=LONGEST_BODY, rows=4, test="answer-words")
    submission = forms.SubmissionField()

    def __init__(self, data: QueryDict | None, *, kind: Kind) -> None:
        self.kind = kind
        self.was_sent = data is not None and data.get("answer") == kind
        super().__init__(data if self.was_sent else None, auto_id=f"{kind.lower()}_%s")
        if kind in BODY_WORDS:
            label, missing = BODY_WORDS[kind]
            words = self.fields["words"]
            words.label, words.required = label, True
            words.error_messages["required"] = missing


class FollowForm(forms.Form):
    """The link, or its last part, that leads back to a case."""

    link = forms.LineField(
        label=_("Tracking link"),
        hint=_("Paste the whole link from our message, or its last part."),
        missing=_("Paste the tracking link."),
        max_length=LONGEST_LINK,
        direction="ltr",
        test="link",
    )

    def clean_link(self) -> str:
        """Return the `reference.token` at the end of what was pasted; raises ValidationError without one."""
        found = _LINK.search(self.cleaned_data["link"])
        if found is None:
            raise ValidationError(
                _("Paste the whole link: the number of a report alone does not open it."), code="link"
            )
        return found.group(1).lower()
