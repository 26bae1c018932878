"""What a resident sees of their case: right after reporting, and whenever they open its link."""

import dataclasses
from datetime import UTC, datetime

import segno
from babel.dates import format_date
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from moked.accounts.rules import resident
from moked.base.labels import label
from moked.cases import queries as cases
from moked.cases.models import Case
from moked.cases.operations import CaseError, Said
from moked.cases.rules import ChangeKind, Channel, Outcome, PhotoKind, State
from moked.handovers.models import HandOver
from moked.handovers.queries import open_hand_over
from moked.intake.operations import write_again
from moked.links import operations as links
from moked.links.models import Link
from moked.municipalities.models import Municipality
from moked.municipalities.queries import public_url
from moked.sla.queries import explain_commitment
from moked.surveys.queries import open_survey_link
from moked.web.portal.forms import ReplyForm
from moked.web.portal.links import opens, tracking_path
from moked.web.ui import labels
from moked.web.ui.access import LINK, access
from moked.web.ui.explanations import Told, told
from moked.web.ui.labels import Label
from moked.web.ui.photos import NewPhotos, Picture, picture_at
from moked.web.ui.templatetags.ui import LOCALES
from moked.web.ui.views import see_other

WROTE = {
    Channel.WEB: gettext_lazy("You wrote"),
    Channel.EMAIL: gettext_lazy("You wrote by e-mail"),
    Channel.PHONE: gettext_lazy("You told us by phone"),
    Channel.COUNTER: gettext_lazy("You told us at the counter"),
    Channel.LETTER: gettext_lazy("You wrote us a letter"),
    Channel.APP: gettext_lazy("You wrote in the app"),
    Channel.API: gettext_lazy("It reached us from another system"),
    Channel.UNKNOWN: gettext_lazy("You told us"),
}


@dataclasses.dataclass(frozen=True)
class Entry:
    """One thing that happened, in the resident's words; `side` is "theirs" for what they wrote."""

    label: Label
    at: datetime
    body: str = ""
    side: str = ""
    pictures: tuple[Picture, ...] = ()


@access(LINK)
@opens(Link.Purpose.TRACKING)
def done(request: HttpRequest, link: Link) -> HttpResponse:
    """Show the number, the link and what happens next."""
    case = _case(link)
    reporter = cases.reporter_card(case, resident(case.municipality_id))
    url = public_url(case.municipality, "portal:track", links.render(link))
    context = {
        "case": case,
        "url": url,
        "qr": qr_code(url),
        "next": standing(case)[1],
        "now": datetime.now(UTC),
        "is_anonymous": reporter is None,
        "is_told_by_mail": bool(reporter and reporter.email),
    }
    return render(request, "portal/done.html", context)


@access(LINK, methods=["GET", "POST"])
@opens(Link.Purpose.TRACKING)
def track(request: HttpRequest, link: Link) -> HttpResponse:
    """Show how the case stands; take what the resident adds."""
    case = _case(link)
    form = ReplyForm(request.POST or None)
    photos = NewPhotos(request, case.municipality_id, datetime.now(UTC))
    if photos.are_settled and form.is_valid() and (went_to := _written(request, case, form, photos)):
        return see_other(tracking_path(went_to))
    handled = cases.case_it_went_to(case)
    sentence, next_ = standing(case)
    survey = open_survey_link(case)
    context = {
        "case": case,
        "handled": handled,
        "now": datetime.now(UTC),
        "explanation": _explanation(handled),
        "secret": links.render(link),
        "photos": photos,
        "upload_url": reverse("portal:upload_photo"),
        "proof": [one for one in cases.photos_of(case) if one.kind == PhotoKind.PROOF],
        "service": case.service.name_in(get_language() or "", case.municipality.language),
        "sentence": sentence,
        "next": next_,
        "is_asked": case.state == State.WAITING_FOR_RESIDENT,
        "survey_url": reverse("portal:survey", args=[links.render(survey)]) if survey else "",
        "entries": [entry(one, links.render(link)) for one in cases.resident_timeline(case)],
        "form": form,
    }
    return render(request, "portal/track.html", context)


def _case(link: Link) -> Case:
    try:
        return cases.case_of_link(link.object_id)
    except Case.DoesNotExist:
        raise Http404 from None


def _explanation(case: Case) -> Told | None:
    """Return how the expected time came about; None without one."""
    explanation = explain_commitment(case) if case.promise_state else None
    return told(explanation, case.municipality.language) if explanation else None


def _written(request: HttpRequest, case: Case, form: ReplyForm, photos: NewPhotos) -> Case | None:
    """Add the resident's words and return the case they came to; on refusal say so in the form."""
    try:
        contact = write_again(
            case_id=case.pk,
            body=form.cleaned_data["body"],
            by=resident(case.municipality_id),
            now=datetime.now(UTC),
            submission=form.cleaned_data["submission"],
            said=Said(photos=photos.tokens),
        )
    except CaseError:
        form.add_error("body", _("Your words could not be added. Send them once more."))
        return None
    went_to = contact.case or case
    photos.tell_lost(request, went_to)
    if went_to == case:
        messages.success(request, _("Thank you. What you wrote has arrived."))
    else:
        words = _("Thank you. What you wrote is a report of its own now, under the number %(number)s.")
        messages.success(request, words % {"number": went_to.number})
    return went_to


def standing(case: Case) -> tuple[str, str]:
    """Return how a case stands, and what happens next and who acts."""
    is_under_review = not case.is_open and cases.open_review_of(case) is not None
    if case.state == State.WITH_EXTERNAL_BODY and (handed := open_hand_over(case)):
        return _with_body(handed, case.municipality)
    standing = labels.UNDER_REVIEW if is_under_review else labels.STANDINGS[State(case.state)]
    language, town = get_language() or "", case.municipality
    department = label(case.department.name, language, town.language) if case.department else ""
    return str(standing.sentence), str(standing.next) % {"department": department or town.name_in(language)}


def _with_body(handed: HandOver, town: Municipality) -> tuple[str, str]:
    """Return who has a case now and by when they are to answer; of the body no more than its public name."""
    language = get_language() or "en"
    due_on = handed.answer_due_at.astimezone(town.zone).date()
    said = {
        "body": handed.body.name_in(language, town.language),
        "date": format_date(due_on, "long", locale=LOCALES.get(language, language)),
    }
    return (
        _("We handed it to: %(body)s.") % said,
        _("They answer by %(date)s. We stay in touch with them and tell you what they answer.") % said,
    )


def entry(one: cases.TimelineEntry, secret: str = "") -> Entry:
    """Put one thing of the timeline in the resident's words; its photos are behind their `secret` link."""
    pictures = tuple(picture_at("portal:own_photo", secret, photo) for photo in one.photos) if secret else ()
    if one.kind == "CONTACT_IN":
        words = WROTE.get(Channel(one.channel), WROTE[Channel.WEB])
        return Entry(Label(words, "chat-left-text"), one.at, one.body, side="theirs", pictures=pictures)
    if one.kind == "CONTACT_OUT":
        if one.channel == Channel.PHONE:
            return Entry(Label(_("We told you by phone"), "telephone", "blue"), one.at, one.body)
        return Entry(Label(_("We wrote to you"), "envelope", "blue"), one.at, one.body)
    return Entry(_change(one), one.at)


def _change(one: cases.TimelineEntry) -> Label:
    kind = ChangeKind(one.kind)
    if kind == ChangeKind.STATE:
        shown = labels.STATES[State(one.after)]
        goes_on = one.after == State.IN_PROGRESS and one.before != State.RECEIVED
        words = _("We go on working on it") if goes_on else labels.RESIDENT_STATES[State(one.after)]
        return dataclasses.replace(shown, word=words)
    if kind == ChangeKind.CLOSED:
        shown = labels.OUTCOMES[Outcome(one.after)]
        return dataclasses.replace(shown, word=labels.RESIDENT_OUTCOMES[Outcome(one.after)])
    return dataclasses.replace(labels.CHANGES[kind], word=labels.RESIDENT_CHANGES[kind])


def qr_code(text: str) -> str:
    """Return the text as a QR code, an SVG without styles for inside the page."""
    code = segno.make(text, error="m")
    return mark_safe(code.svg_inline(omitsize=True, border=2, light="#fff", svgclass="mk-qr"))  # noqa: S308
