"""Report something, in three steps without a session: what was said so far travels in hidden fields.

The button pressed, `step`, names where the resident wants to go: what, contact, anonymous (no contact
details), review or send. A step is shown only when all before it are in order. A single POST with all fields
and `step=send` works too.
"""

import uuid
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from moked.accounts.rules import resident
from moked.cases.operations import UnableToOpenCase
from moked.cases.rules import Channel
from moked.catalogue import queries as catalogue
from moked.catalogue.models import Service
from moked.intake.operations import report as open_case
from moked.web.portal.forms import ContactForm, MatterForm
from moked.web.portal.links import tracking_path
from moked.web.ui.access import PUBLIC, access
from moked.web.ui.forms import Form, SubmissionField
from moked.web.ui.requests import TownRequest
from moked.web.ui.views import remember_language, see_other


class Step(StrEnum):
    """The pages, in order."""

    WHAT = "what"
    CONTACT = "contact"
    REVIEW = "review"


SEND, ANONYMOUS = "send", "anonymous"
CONTACT_FIELDS = ("name", "email", "phone")
SHOWN_FIELDS = {
    Step.WHAT: ("matter", "service"),
    Step.CONTACT: CONTACT_FIELDS,
    Step.REVIEW: (),
}
FIELDS = ("matter", "service", *CONTACT_FIELDS)


class Draft:
    """What the resident has said so far, as it came in the request."""

    def __init__(self, request: TownRequest) -> None:
        self.request = request
        self.municipality = request.municipality
        self.wanted = request.POST.get("step", "")
        self.said = {name: request.POST.get(name, "") for name in FIELDS}
        if self.wanted == ANONYMOUS:
            self.said |= dict.fromkeys(CONTACT_FIELDS, "")
        self.submission = SubmissionField().clean(request.POST.get("submission"))
        self.services = list(catalogue.offered(self.municipality.pk))
        self.suggested = catalogue.suggest(self.services, self.said["matter"][:MOST_READ])
        self.matter = self.matter_form(self.said)
        self.contact = ContactForm(self.said)

    def matter_form(self, said: dict[str, str] | None = None, **kwargs: Any) -> MatterForm:
        """Return the first step's form; without `said` it is only shown, not checked."""
        return MatterForm(
            said,
            services=self.services,
            suggested=self.suggested,
            language=translation.get_language() or self.municipality.language,
            town_language=self.municipality.language,
            **kwargs,
        )

    @property
    def service(self) -> Service | None:
        """The chosen service, if it is on offer."""
        return next((one for one in self.services if one.slug == self.said["service"]), None)


MOST_READ = 20_000  # more than fits in a report; no need to look for hints in megabytes


@access(PUBLIC, methods=["GET", "POST"])
def report(request: TownRequest) -> HttpResponse:
    """Show the step that was asked for, or the first one not in order; at the end open the case."""
    draft = Draft(request)
    if request.method != "POST":
        draft.said["service"] = request.GET.get("service", "")
        return _show(draft, Step.WHAT, draft.matter_form(initial=draft.said))
    if request.POST.get("language") in dict(settings.LANGUAGES):
        return _in_other_language(draft, request.POST["language"])
    if draft.wanted == Step.WHAT:
        return _show(draft, Step.WHAT, draft.matter_form(initial=draft.said))
    if not draft.matter.is_valid():
        return _ask_for_matter(draft)
    if draft.wanted == Step.CONTACT:
        return _show(draft, Step.CONTACT, ContactForm(initial=draft.said))
    if not draft.contact.is_valid():
        return _show(draft, Step.CONTACT, draft.contact)
    return _send(draft) if draft.wanted == SEND else _show(draft, Step.REVIEW, Form())


@access(PUBLIC, methods=["POST"])
def suggest(request: TownRequest) -> HttpResponse:
    """Return the services the words so far may be about, as a part of the first step."""
    draft = Draft(request)
    return render(request, "portal/services.html", {"form": draft.matter_form(initial=draft.said)})


def _ask_for_matter(draft: Draft) -> HttpResponse:
    """Show the first step again: with what is wrong, or, when only the service is open, with suggestions."""
    if not (draft.matter.lacks_only_service and draft.suggested):
        return _show(draft, Step.WHAT, draft.matter)
    best = {**draft.said, "service": draft.suggested[0].slug}
    return _show(draft, Step.WHAT, draft.matter_form(initial=best), asks_for_service=True)


def _in_other_language(draft: Draft, code: str) -> HttpResponse:
    """Show the same step, with what was typed, in another language from now on."""
    translation.activate(code)
    shown = draft.request.POST.get("shown", "")
    forms = {Step.CONTACT: ContactForm(initial=draft.said), Step.REVIEW: Form()}
    step = Step(shown) if shown in list(Step) and draft.matter.is_valid() else Step.WHAT
    form = forms.get(step) or draft.matter_form(initial=draft.said)
    response = _show(draft, step, form)
    remember_language(response, code)
    return response


def _send(draft: Draft) -> HttpResponse:
    """Open the case and lead to the page that says so."""
    service = draft.service
    assert service is not None  # noqa: S101 - the form accepts only services on offer
    try:
        case = open_case(
            municipality=draft.municipality,
            service=service,
            matter=draft.matter.cleaned_data["matter"],
            channel=Channel.WEB,
            language=translation.get_language() or draft.municipality.language,
            details=draft.contact.details,
            by=resident(draft.municipality.pk),
            now=datetime.now(UTC),
            submission=draft.submission,
        )
    except UnableToOpenCase as refusal:
        draft.matter.add_error("service" if refusal.code == "NOT_OFFERED" else "matter", _refused(refusal))
        return _show(draft, Step.WHAT, draft.matter)
    return see_other(tracking_path(case, "portal:done"))


def _refused(refusal: UnableToOpenCase) -> str:
    if refusal.code == "NOTHING_SAID":
        return _("Describe what happened.")
    return _("This is no longer offered. Choose another.")


def _show(draft: Draft, step: Step, form: Form, **context: Any) -> HttpResponse:
    shown = SHOWN_FIELDS[step]
    return render(
        draft.request,
        f"portal/report_{step}.html",
        {
            "form": form,
            "step": step,
            "number": list(Step).index(step) + 1,
            "steps": len(Step),
            "carried": {name: value for name, value in draft.said.items() if name not in shown},
            "submission": draft.submission or uuid.uuid4(),
            "draft": draft,
            "report_url": reverse("portal:report"),
            **context,
        },
    )
