"""Mails: those that wait for a person, the whole of one that is on a case, and the files they brought."""

from datetime import UTC, datetime

from csp.constants import SELF
from csp.decorators import csp_update
from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from moked.accounts.rules import SEES_CASES, WORKS_TOWN_WIDE, Actor
from moked.cases import queries as cases
from moked.cases.models import Contact
from moked.cases.operations import UnableToChangeCase, UnableToOpenCase
from moked.cases.rules import LONGEST_BODY, read_number
from moked.catalogue.models import Service
from moked.catalogue.queries import by_name, offered
from moked.channels import operations, queries
from moked.channels.email.reading.html import cleaned
from moked.channels.models import InboundMessage, MessageContent
from moked.channels.rules import Outcome, State
from moked.files.operations import read_whole
from moked.intake import by_hand
from moked.web.desk import refusals
from moked.web.desk.case_page import get_case_or_404
from moked.web.ui.access import access
from moked.web.ui.files import download, sandboxed, with_pictures
from moked.web.ui.forms import BodyField, ChoiceField, Form, LineField
from moked.web.ui.labels import Words
from moked.web.ui.requests import TownRequest
from moked.web.ui.views import see_other

PAGE = 50
NO_SUCH_CASE: Words = gettext_lazy("You see no case of this number. Look at it again.")
GONE: Words = gettext_lazy("Somebody else has dealt with this mail meanwhile.")


class DiscardForm(Form):
    """Why a mail is thrown away."""

    note = LineField(
        label=gettext_lazy("Why it is thrown away"),
        max_length=200,
        missing=gettext_lazy("Say in a few words why it is thrown away."),
        test="why",
    )


class CaseNoteForm(Form):
    """The case on which it is noted what a mail says."""

    number = LineField(
        label=gettext_lazy("Number of the case"),
        max_length=40,
        missing=gettext_lazy("Write the number of the case."),
        direction="ltr",
        test="number",
    )
    words = BodyField(
        label=gettext_lazy("Note (colleagues only)"),
        max_length=LONGEST_BODY,
        missing=gettext_lazy("Write what colleagues should know."),
        test="words",
    )

    def __init__(self, *args: object, actor: Actor, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self._actor = actor

    def clean_number(self) -> str:
        """Return the number in its proper form; raises ValidationError unless there is such a case."""
        typed = str(self.cleaned_data["number"])
        try:
            self.case = cases.case_by_number(self._actor, read_number(typed) or "")
        except cases.NoSuchCase:
            raise ValidationError(NO_SUCH_CASE) from None
        return self.case.number or ""


class OpenForm(Form):
    """The case that a mail is made into by hand."""

    service = ChoiceField(
        label=gettext_lazy("Service"),
        missing=gettext_lazy("Choose the service."),
        widget=forms.Select(attrs={"class": "form-select", "data-test": "service"}),
    )
    matter = BodyField(
        label=gettext_lazy("What it is about"),
        max_length=LONGEST_BODY,
        missing=gettext_lazy("Write what it is about."),
        test="matter",
    )

    def __init__(self, *args: object, request: TownRequest, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        town, language = request.municipality, request.LANGUAGE_CODE
        services: list[Service] = by_name(offered(town.pk), language, town.language)
        self.fields["service"].choices = [  # type: ignore[attr-defined]
            ("", _("Choose…")),
            *((str(one.pk), one.name_in(language, town.language)) for one in services),
        ]


@access(*WORKS_TOWN_WIDE)
def quarantine(request: TownRequest) -> HttpResponse:
    """List the mails that wait for a person, or those passed over, the newest first, by pages."""
    before, is_passed = request.GET.get("before", ""), request.GET.get("show") == "passed"
    found = queries.passed_over(request.actor) if is_passed else queries.waiting_for_a_person(request.actor)
    if before.isdecimal():
        found = found.filter(id__lt=int(before))
    rows = list(found[: PAGE + 1])
    return render(
        request,
        "desk/mails.html",
        {
            "place": "mails",
            "rows": [(one, reason_words(one)) for one in rows[:PAGE]],
            "further": rows[PAGE - 1].pk if len(rows) > PAGE else None,
            "is_passed": is_passed,
            "mails_waiting": queries.number_waiting(request.actor),
        },
    )


@access(*WORKS_TOWN_WIDE, methods=("GET", "POST"))
def mail(request: TownRequest, message_id: int) -> HttpResponse:
    """Show one of them, and read it again, make a case of it, note it on one or throw it away.

    One that was passed over can be made to wait as the others do.
    """
    message = queries.message_for(request.actor, message_id)
    if message is None:
        return _read_meanwhile(request, message_id)
    content = getattr(message, "content", None)
    said = (content.text or content.subject)[:LONGEST_BODY] if content else ""
    step = request.POST.get("step", "")
    noting = CaseNoteForm(
        request.POST if step == "note" else None, actor=request.actor, initial={"words": _quoted(content)}
    )
    opening = OpenForm(request.POST if step == "open" else None, request=request, initial={"matter": said})
    discarding = DiscardForm(request.POST if step == "discard" else None)
    if request.method == "POST":
        try:
            if done := _act(request, message, step, opening, noting, discarding):
                return done
        except operations.UnableToChangeMessage:
            messages.warning(request, GONE)
            return see_other(reverse("desk:mails"))
        except UnableToOpenCase as refusal:
            opening.add_error("service", refusals.OPENINGS[refusal.code])
        except UnableToChangeCase as refusal:
            noting.add_error("number", refusals.CHANGES.get(refusal.code, NO_SUCH_CASE))
    return render(
        request,
        "desk/mail.html",
        {
            "place": "mails",
            "message": message,
            "content": content,
            "is_whole": queries.is_whole(message),
            "reason": reason_words(message),
            "is_passed": message.outcome == Outcome.IGNORED_BY_RULE,
            "waits": message.state == State.QUARANTINED,
            "is_being_read": message.state == State.STORED,
            "opening": opening,
            "noting": noting,
            "discarding": discarding,
            "form": {"note": noting, "discard": discarding}.get(step, opening),
        },
    )


def _read_meanwhile(request: TownRequest, message_id: int) -> HttpResponse:
    """Go on to the case that a mail came to when read again, or back to the list; else raise Http404."""
    if case := queries.case_taken_for(request.actor, message_id):
        return see_other(reverse("desk:case", args=[case.number]))
    if not queries.is_taken(request.actor, message_id):
        raise Http404
    messages.success(request, _("The mail was read."))
    return see_other(reverse("desk:mails"))


def _quoted(content: MessageContent | None) -> str:
    """Return what a mail says with its sender in front of it, as a note begins."""
    if content is None:
        return ""
    sender = f"{content.sender_name} <{content.sender}>".strip() if content.sender else ""
    return "\n\n".join(filter(None, (sender, content.subject, content.text)))[:LONGEST_BODY]


def _act(
    request: TownRequest,
    message: InboundMessage,
    step: str,
    opening: OpenForm,
    noting: CaseNoteForm,
    discarding: DiscardForm,
) -> HttpResponse | None:
    by, now = request.actor, datetime.now(UTC)
    if step == "wait":
        operations.quarantine(message_id=message.pk, by=by, now=now)
        return see_other(reverse("desk:mail", args=[message.pk]))
    if step == "again":
        by_hand.take_again(message_id=message.pk, by=by, now=now)
        return see_other(reverse("desk:mail", args=[message.pk]))
    if step == "open" and opening.is_valid():
        filled = opening.cleaned_data
        case = by_hand.open_by_hand(
            message_id=message.pk, service_id=int(filled["service"]), matter=filled["matter"], by=by, now=now
        )
        return see_other(reverse("desk:case", args=[case.number]))
    if step == "note" and noting.is_valid():
        words = noting.cleaned_data["words"]
        by_hand.put_on_case(message_id=message.pk, case_id=noting.case.pk, words=words, by=by, now=now)
        return see_other(reverse("desk:case", args=[noting.case.number]))
    if step == "discard" and discarding.is_valid():
        operations.discard(message_id=message.pk, note=discarding.cleaned_data["note"], by=by, now=now)
        messages.success(request, _("The mail was thrown away. It stays on record."))
        return see_other(reverse("desk:mails"))
    return None


@access(*WORKS_TOWN_WIDE)
def raw_mail(request: TownRequest, message_id: int) -> HttpResponse:
    """Hand on a mail that was set aside as it came."""
    return _raw(queries.message_for(request.actor, message_id))


@access(*SEES_CASES)
@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]
def mail_of_case(request: TownRequest, number: str, contact_id: int) -> HttpResponse:
    """Show the whole mail that words on a case came by."""
    message = _message_or_404(request, number, contact_id)
    return render(
        request,
        "desk/case_mail.html",
        {
            "place": "queue",
            "case": get_case_or_404(request, number),
            "contact_id": contact_id,
            "message": message,
            "content": getattr(message, "content", None),
            "with_pictures": "pictures" in request.GET,
        },
    )


@access(*SEES_CASES)
def html_of_case(request: TownRequest, number: str, contact_id: int) -> HttpResponse:
    """Show the HTML of a mail, cleaned and locked into a frame."""
    content = getattr(_message_or_404(request, number, contact_id), "content", None)
    if content is None or not content.html:
        raise Http404
    shown = cases.photos_by_key(get_case_or_404(request, number), content.pictures.values())
    found = {part: shown[key].file for part, key in content.pictures.items() if key in shown}
    return sandboxed(
        with_pictures(cleaned(content.html, {}), found),
        language=request.LANGUAGE_CODE,
        with_remote_pictures="pictures" in request.GET,
    )


@access(*SEES_CASES)
def raw_of_case(request: TownRequest, number: str, contact_id: int) -> HttpResponse:
    """Hand on a mail that words on a case came by, as it came."""
    return _raw(_message_or_404(request, number, contact_id))


@access(*SEES_CASES)
def document(request: TownRequest, number: str, document_id: int) -> HttpResponse:
    """Hand on a file of a case to who may see the case at this very moment."""
    found = cases.document_of(get_case_or_404(request, number), document_id)
    if found is None:
        raise Http404
    try:
        return download(read_whole(found.file), found.name or "file")
    except OSError:
        raise Http404 from None


def reason_words(message: InboundMessage) -> Words:
    """Return why a mail waits for a person, or was passed over."""
    return refusals.MAILS.get(message.reason, refusals.UNREADABLE)


def _message_or_404(request: TownRequest, number: str, contact_id: int) -> InboundMessage:
    case = get_case_or_404(request, number)
    contact = Contact.objects.filter(case_id__in=cases.with_merged(case), id=contact_id).first()
    message = queries.message_of(contact) if contact else None
    if message is None:
        raise Http404
    return message


def _raw(message: InboundMessage | None) -> HttpResponse:
    if message is None:
        raise Http404
    try:
        return download(read_whole(message.file), f"mail-{message.pk}.eml")
    except OSError:
        raise Http404 from None
