"""Report something, page by page without a session: what was said so far travels in hidden fields.

The button pressed, `step`, names where the resident wants to go: `next`, the name of a page, `anonymous`
(without contact details) or `send`; `shown` is the page it was pressed on. A page is shown only when all
before it are in order.
A single POST with all fields and `step=send` works too.
"""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from moked.accounts.rules import resident
from moked.cases.models import Case
from moked.cases.operations import UnableToChangeCase, UnableToOpenCase
from moked.cases.rules import Channel
from moked.intake import operations as intake
from moked.web.portal.draft import CONTACT_FIELDS, PLACE_FIELDS, Draft, Step
from moked.web.portal.links import following_path, tracking_path
from moked.web.ui.access import PUBLIC, access
from moked.web.ui.forms import Form
from moked.web.ui.questions import SEEN, QuestionsForm
from moked.web.ui.remembered import remember_language
from moked.web.ui.requests import TownRequest
from moked.web.ui.views import see_other

NEXT, SEND, ANONYMOUS = "next", "send", "anonymous"
SHOWN_FIELDS: dict[Step, tuple[str, ...]] = {
    Step.PHOTO: (*PLACE_FIELDS, "outside", "photos"),
    Step.WHAT: ("matter", "service", "photos"),
    Step.PLACE: (*PLACE_FIELDS, "outside"),
    Step.DUPLICATES: ("unlike", "join"),
    Step.QUESTIONS: (),
    Step.CONTACT: CONTACT_FIELDS,
    Step.REVIEW: (),
}


@access(PUBLIC, methods=["GET", "POST"])
def report(request: TownRequest) -> HttpResponse:
    """Show the page asked for, or the first one not in order; at the end open the case or join one."""
    draft = Draft(request)
    if request.method != "POST":
        return _show(draft, draft.steps[0], checks=False)
    if request.POST.get("language") in dict(settings.LANGUAGES):
        return _in_other_language(draft, request.POST["language"])
    if draft.photos.was_removed:
        return _show(draft, _shown(draft), checks=False)
    if request.POST.get("step") == ANONYMOUS:
        draft.said |= dict.fromkeys(CONTACT_FIELDS, "")
    return _go(draft, request.POST.get("step", ""))


@access(PUBLIC, methods=["POST"])
def suggest(request: TownRequest) -> HttpResponse:
    """Return the services the words so far may be about, as a part of their page."""
    draft = Draft(request)
    return render(request, "portal/services.html", {"form": draft.matter_form(initial=draft.said)})


@access(PUBLIC, methods=["POST"])
def questions(request: TownRequest) -> HttpResponse:
    """Return the questions that are asked given the answers so far, as a part of their page."""
    draft = Draft(request)
    return render(request, "ui/components/questions.html", {"form": draft.questions(checks=False)})


def _go(draft: Draft, wanted: str) -> HttpResponse:
    """Go on as far as everything is in order, at most to where the resident wants to go."""
    steps, shown = draft.steps, _shown(draft)
    if wanted in list(Step) and steps.index(_nearest(steps, wanted)) <= steps.index(shown):
        return _show(draft, _nearest(steps, wanted), checks=False)
    if wanted == SEND and (case := _already_sent(draft)):
        return see_other(tracking_path(case, "portal:done"))
    target = _target(draft, shown, wanted)
    for step in steps if wanted == SEND else steps[: steps.index(target)]:
        if not ORDER[step](draft):
            return _show(draft, step, checks=not _is_new(draft, step, shown))
    if wanted == SEND:
        return _join(draft) if draft.joined_case else _open(draft)
    return _show(draft, target, checks=False)


def _already_sent(draft: Draft) -> Case | None:
    """Return the case this report has opened: one sent twice is asked nothing, least of all about itself."""
    if draft.service is None:
        return None
    return intake.already_reported(
        draft.municipality.pk, draft.service, draft.matter, draft.details, draft.submission
    )


def _target(draft: Draft, shown: Step, wanted: str) -> Step:
    """Return the page to show when all before it are in order; cases close by are not asked about twice."""
    steps = draft.steps
    if wanted in list(Step):
        return _nearest(steps, wanted)
    if wanted in {ANONYMOUS, SEND}:
        return Step.REVIEW
    ahead = steps[steps.index(shown) + 1 :] or [Step.REVIEW]
    return ahead[1] if ahead[0] == Step.DUPLICATES and _is_undoubted(draft) else ahead[0]


def _nearest(steps: list[Step], wanted: str) -> Step:
    """Return the wanted page or, where this report has none, the next one it has."""
    every = list(Step)
    return next(step for step in every[every.index(Step(wanted)) :] if step in steps)


def _shown(draft: Draft) -> Step:
    """Return the page the form was sent from; one that is gone since stands for the first."""
    shown = draft.request.POST.get("shown", "")
    return Step(shown) if shown in draft.steps else draft.steps[0]


def _is_new(draft: Draft, step: Step, shown: Step) -> bool:
    """Tell whether a page has not been seen, so that nothing on it can be called a mistake yet."""
    is_guided = "shown" in draft.request.POST
    return is_guided and draft.steps.index(step) > draft.steps.index(shown)


def _is_told(draft: Draft) -> bool:
    """Tell whether the place is said as it has to be, and a place outside the town was pointed out."""
    if not draft.place_form().is_valid() or draft.photo_position_is_new:
        return False
    is_guided = "shown" in draft.request.POST
    return not is_guided or draft.said["outside"] == draft.outside_key


def _has_photo_page_in_order(draft: Draft) -> bool:
    return not draft.photos.problems and _is_told(draft)


def _is_undoubted(draft: Draft) -> bool:
    """Tell whether the resident has said that a case close by is theirs too, or that none is."""
    is_guided = "shown" in draft.request.POST
    return not is_guided or bool(draft.joined_case) or draft.said["unlike"] == draft.duplicates_key


ORDER: dict[Step, Callable[[Draft], bool]] = {
    Step.PHOTO: _has_photo_page_in_order,
    Step.WHAT: lambda draft: draft.matter_form(draft.said).is_valid() and not draft.photos.problems,
    Step.PLACE: _is_told,
    Step.DUPLICATES: _is_undoubted,
    Step.QUESTIONS: lambda draft: draft.questions().is_valid(),
    Step.CONTACT: lambda draft: draft.contact_form().is_valid(),
    Step.REVIEW: lambda draft: True,
}


def _in_other_language(draft: Draft, code: str) -> HttpResponse:
    """Show the same page, with what was typed, in another language from now on."""
    translation.activate(code)
    draft.language = code
    response = _show(draft, _shown(draft), checks=False)
    remember_language(response, code)
    return response


def _open(draft: Draft) -> HttpResponse:
    """Open the case and lead to the page that says so."""
    service = draft.service
    assert service is not None  # noqa: S101 - the form accepts only services on offer
    try:
        case = intake.report(
            municipality=draft.municipality,
            service=service,
            matter=draft.matter,
            channel=Channel.WEB,
            language=draft.language,
            details=draft.details,
            by=resident(draft.municipality.pk),
            now=datetime.now(UTC),
            submission=draft.submission,
            said=draft.everything,
        )
    except UnableToOpenCase as refusal:
        form = draft.matter_form(draft.said)
        form.add_error("service" if refusal.code == "NOT_OFFERED" else "matter", _refused(refusal))
        return _show(draft, Step.WHAT, checks=True, form=form)
    draft.photos.tell_lost(draft.request, case)
    return see_other(tracking_path(case, "portal:done"))


def _join(draft: Draft) -> HttpResponse:
    """Let the resident follow the case that is theirs too, and lead to the page that says so."""
    case = draft.joined_case
    assert case is not None  # noqa: S101 - asked for by the caller
    try:
        part = intake.join(
            case_id=case.pk,
            matter=draft.matter,
            channel=Channel.WEB,
            language=draft.language,
            details=draft.details,
            by=resident(draft.municipality.pk),
            now=datetime.now(UTC),
            submission=draft.submission,
            photos=draft.photos.tokens,
        )
    except UnableToChangeCase:  # closed or hidden a moment ago: what was said becomes a case of its own
        return _open(draft)
    draft.photos.tell_lost(draft.request, case)
    return see_other(following_path(part))


def _refused(refusal: UnableToOpenCase) -> str:
    if refusal.code == "NOTHING_SAID":
        return _("Describe what happened.")
    return _("This is no longer offered. Choose another.")


def _show(draft: Draft, step: Step, *, checks: bool, form: Form | None = None) -> HttpResponse:
    """Show a page; with `checks`, what is wrong on it is said."""
    steps = draft.steps
    asks_for_service = False
    if form is None:
        form, asks_for_service = _form(draft, step, checks=checks)
    carried = [(name, value) for name, value in draft.said.items() if name not in SHOWN_FIELDS[step]]
    if "photos" not in SHOWN_FIELDS[step]:
        carried += [("photos", token) for token in draft.photos.tokens]
    if step != Step.QUESTIONS:
        carried += draft.questions(checks=False).carried
    return render(
        draft.request,
        f"portal/report_{step}.html",
        {
            "form": form,
            "step": step,
            "number": steps.index(step) + 1 if step in steps else 1,
            "steps": len(steps),
            "before": _before(steps, step),
            "carried": carried,
            "submission": draft.submission or uuid.uuid4(),
            "draft": draft,
            "report_url": reverse("portal:report"),
            "upload_url": reverse("portal:upload_photo"),
            "asks_for_service": asks_for_service,
            "is_outside": bool(checks and draft.outside_key),
            "now": datetime.now(UTC),
        },
    )


def _before(steps: list[Step], step: Step) -> str:
    """Return the page that Back leads to; '' on the first."""
    at = steps.index(step) if step in steps else 0
    return str(steps[at - 1]) if at else ""


def _form(draft: Draft, step: Step, *, checks: bool) -> tuple[Form | QuestionsForm, bool]:
    """Return the form of a page, and whether only the service is still open on it, with one suggested."""
    match step:
        case Step.WHAT:
            return _what_form(draft, checks=checks)
        case Step.PHOTO | Step.PLACE:
            return (draft.place_form() if checks else draft.place_form(is_checked=False)), False
        case Step.QUESTIONS:
            return draft.questions(checks=checks and SEEN in draft.request.POST), False
        case Step.CONTACT:
            return (draft.contact_form() if checks else _unchecked_contact(draft)), False
    return Form(), False


def _what_form(draft: Draft, *, checks: bool) -> tuple[Form, bool]:
    """Return the form of what it is about; when only the service is open, with the likeliest chosen."""
    if not checks:
        return draft.matter_form(initial=draft.said), False
    form = draft.matter_form(draft.said)
    if form.lacks_only_service and draft.suggested:
        return draft.matter_form(initial={**draft.said, "service": draft.suggested[0].slug}), True
    return form, False


def _unchecked_contact(draft: Draft) -> Form:
    form = draft.contact_form()
    return type(form)(initial={name: draft.said[name] for name in CONTACT_FIELDS})
