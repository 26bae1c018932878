"""What staff fill in while somebody calls, stands at the counter, or has written a letter."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.forms.boundfield import BoundWidget
from django.urls import reverse
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from moked.accounts.models import User
from moked.base.lengths import LONGEST_NAME
from moked.base.sorting import sort_key
from moked.cases.residents import Caller
from moked.cases.rules import LONGEST_ADDRESS, LONGEST_BODY, Channel, Origin
from moked.catalogue.models import Service
from moked.municipalities.models import Municipality
from moked.residents.operations import ContactDetails
from moked.residents.rules import mask, mask_phone, normalise_phone
from moked.web.ui import labels
from moked.web.ui.forms import (
    BodyField,
    Choice,
    ChoiceField,
    EmailField,
    Form,
    LineField,
    PhoneField,
    Radios,
    SubmissionField,
)

TAKEN_BY_STAFF = (Channel.PHONE, Channel.COUNTER, Channel.LETTER, Channel.EMAIL)
ANSWER, JOIN = "answer", "join"
# While one types: who it may be, and which services it may be about.
TYPING = {"hx-trigger": "input changed delay:200ms", "hx-sync": "this:queue last"}
ORIGINS = {
    Origin.RESIDENT: _("For the resident"),
    Origin.STAFF: _("In my own name"),
    Origin.TOWN: _("In the town's name"),
}


class CallForm(Form):
    """One page in the order of a conversation: who, what, which service, where, how to reach them.

    `callers` are those whom the words in `caller` may mean; without one of them chosen the caller is somebody
    not known yet. `suggested` are the services the matter may be about, best first. Only the `step` "answer"
    needs the words of an answer; "join" needs neither service nor place.
    """

    submission = SubmissionField()
    caller = LineField(
        max_length=LONGEST_NAME,
        label=_("Who is it?"),
        hint=_("Phone number, name or e-mail address."),
        test="caller",
    )
    resident = ChoiceField(
        label=_("Known to the town"),
        missing=_("Choose who it is, or “Somebody else”."),
        widget=Radios(test="resident"),
    )
    matter = BodyField(
        max_length=LONGEST_BODY,
        label=_("What is it about?"),
        missing=_("Write down what the resident says."),
        hint=_("In the resident's words."),
        rows=4,
        test="matter",
    )
    service = ChoiceField(
        label=_("Service"),
        missing=_("Choose the service that fits best."),
        widget=Radios(test="service"),
    )
    address = LineField(
        max_length=LONGEST_ADDRESS,
        label=_("Where is it?"),
        hint=_("Street and house number, crossing, or a place everybody knows."),
        test="address",
    )
    name = LineField(max_length=LONGEST_NAME, label=pgettext_lazy("person", "Name"), test="name")
    phone = PhoneField(label=_("Phone"), autocomplete="off", test="phone")
    email = EmailField(
        label=_("E-mail address"),
        autocomplete="off",
        hint=_("With it the resident gets number, link and answers by e-mail."),
        test="email",
    )
    channel = ChoiceField(
        label=_("How the resident got in touch"),
        missing=_("Choose how the resident got in touch."),
        choices=[(channel.value, labels.CHANNELS[channel].word) for channel in TAKEN_BY_STAFF],
        widget=Radios(test="channel"),
    )
    origin = ChoiceField(
        label=_("In whose name"),
        missing=_("Choose in whose name this is reported."),
        choices=[(origin.value, words) for origin, words in ORIGINS.items()],
        widget=Radios(test="origin"),
    )
    language = ChoiceField(
        label=_("Language of the resident"),
        missing=_("Choose the language we write to the resident in."),
        widget=forms.Select(attrs={"class": "form-select", "data-test": "language"}),
    )
    answer = BodyField(
        max_length=LONGEST_BODY,
        label=_("Your answer"),
        hint=_("“Answered, close” sends it to the resident; “Save” keeps it for colleagues."),
        rows=2,
        test="answer",
    )

    def __init__(
        self,
        *args: Any,
        callers: Sequence[Caller],
        services: Sequence[Service],
        suggested: Sequence[Service],
        languages: Sequence[tuple[str, str]],
        language: str,
        town: Municipality,
        step: str = "",
        needs_place: bool = False,
        initial: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        first = {"channel": Channel.PHONE.value, "origin": Origin.RESIDENT.value}
        super().__init__(*args, initial=first | (initial or {}), **kwargs)
        self.step, self.needs_place = step, needs_place and step != JOIN
        self.suggested = [service.slug for service in suggested]
        self.fields["service"].required = step != JOIN
        for may_stay_open in ("resident", "language"):
            self.fields[may_stay_open].required = False
        self.fields["caller"].widget.attrs |= TYPING | {
            "autofocus": True,
            "hx-post": reverse("desk:new_callers"),
            "hx-target": "#callers",
        }
        self.fields["matter"].widget.attrs |= TYPING | {
            "hx-post": reverse("desk:new_services"),
            "hx-target": "#services",
        }
        named = {one.slug: one.name_in(language, town.language) for one in services}
        others = sorted(named.keys() - set(self.suggested), key=lambda slug: sort_key(named[slug], language))
        self._offer("service", [(slug, named[slug]) for slug in (*self.suggested, *others)])
        known = [(str(one.resident.reference), _choice(one)) for one in callers]
        self._offer("resident", [*known, ("", Choice(gettext("Somebody else")))])
        self._offer("language", [("", gettext("As on record, else the town's")), *languages])

    def _offer(self, name: str, choices: list[tuple[str, Any]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Ask for an answer only of who closes with it, for a place only where the service needs one."""
        if self.step == ANSWER:
            self._need("answer", gettext("Write what you answered, or save without closing."))
        if self.needs_place:
            self._need("address", gettext("Write where it is: this service needs a place."))
        return self.cleaned_data

    def _need(self, name: str, words: str) -> None:
        if not (self.cleaned_data.get(name) or name in self.errors):
            self.add_error(name, words)

    def clean_channel(self) -> Channel:
        """Return the channel."""
        return Channel(self.cleaned_data["channel"])

    def clean_origin(self) -> Origin:
        """Return in whose name it is reported."""
        return Origin(self.cleaned_data["origin"])

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
    def is_for_resident(self) -> bool:
        """The report is the resident's own, once the form is valid."""
        return bool(self.cleaned_data["origin"] == Origin.RESIDENT)

    @property
    def has_errors_in_details(self) -> bool:
        """Something is wrong in the part of the page that is folded away."""
        return bool({"channel", "origin", "language"} & self.errors.keys())

    def details_of(self, caller: Caller | None, by: User) -> ContactDetails:
        """Return who the reporter is: what was typed, and what is on record of who calls for the rest.

        The words that looked for the caller count as their number, address or name. A report in the town's
        name has no reporter.
        """
        said = self.cleaned_data
        typed = {name: said[name] for name in ("name", "email", "phone")}
        match said["origin"]:
            case Origin.TOWN:
                return ContactDetails()
            case Origin.STAFF:
                record = {"name": by.name, "email": by.email}
            case _ if caller:
                record = {
                    "name": caller.resident.name,
                    "email": caller.reach.email,
                    "phone": caller.reach.phone,
                }
            case _:
                record = _read_as(said["caller"])
        return ContactDetails(**{name: value or record.get(name, "") for name, value in typed.items()})


def _read_as(words: str) -> dict[str, str]:
    """Return what the words that looked for somebody say of who is not known yet."""
    if normalise_phone(words):
        return {"phone": words}
    return {"email": words} if _is_email(words) else {"name": words}


def _is_email(words: str) -> bool:
    try:
        return bool(EmailField(label="").clean(words))
    except forms.ValidationError:
        return False


def _choice(caller: Caller) -> Choice:
    """Return the words of a caller: the name, and what tells them from others of that name."""
    hints = [mask_phone(caller.reach.phone), mask(caller.reach.email), *_open_cases(caller)]
    return Choice(
        caller.resident.name or gettext("No name given"), " · ".join(hint for hint in hints if hint)
    )


def _open_cases(caller: Caller) -> list[str]:
    words = ngettext("%(count)d open case", "%(count)d open cases", caller.open_cases)
    return [words % {"count": caller.open_cases}] if caller.open_cases else []
