"""The page of a body outside the administration: what it may read of a case, and what it answers.

Opening the link changes nothing. When the case is with the body no more, the page shows nothing of it but its
number.
"""

import dataclasses
from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from moked.accounts.rules import external_body
from moked.handovers import queries
from moked.handovers.models import HandOver, Statement
from moked.handovers.operations import UnableToAnswer, answer
from moked.handovers.rules import ANSWERS, Kind, Sees, State, is_late, refusal_of
from moked.links import operations as links
from moked.links.models import Link
from moked.web.portal.forms import BodyAnswerForm
from moked.web.portal.links import opens
from moked.web.portal.pictures import size_of
from moked.web.ui.access import LINK, access
from moked.web.ui.labels import Words
from moked.web.ui.photos import NewPhotos, photo_response, picture_at
from moked.web.ui.views import see_other

SAID: dict[Kind, Words] = {
    Kind.ACCEPTED: _("You took it on"),
    Kind.ASKED: _("You asked"),
    Kind.WROTE: _("You wrote"),
    Kind.TOLD: _("We answered"),
    Kind.DONE: _("You told us that it is done"),
    Kind.NOT_OURS: _("You told us that it is not yours"),
}
DETAILS: dict[Sees, Words] = {
    Sees.NAME: _("Reported by"),
    Sees.EMAIL: _("E-mail"),
    Sees.PHONE: _("Phone"),
}
REFUSALS: dict[str, Words] = {
    "TAKEN_BACK": _("We have taken this report back in the meantime. What you sent was not kept."),
    "ALREADY_ANSWERED": _(
        "Somebody answered by this link before you. Their answer is below; what you sent was not kept."
    ),
    "ALREADY_ACCEPTED": _("Somebody has already answered that you take it on. Nothing more is needed."),
    "ALREADY_ASKED": _("Your first question is still with us. We answer it by mail, then you can ask again."),
}


@dataclasses.dataclass(frozen=True)
class Line:
    """One thing said, in words for the body."""

    word: Words
    said: Statement


@access(LINK, methods=["GET", "POST"])
@opens(Link.Purpose.HAND_OVER)
def hand_over(request: HttpRequest, link: Link) -> HttpResponse:
    """Show what is asked of the body; take its answer."""
    found = _found(link)
    sent = request.POST if request.method == "POST" else None
    forms: dict[Kind, BodyAnswerForm] = {kind: BodyAnswerForm(sent, kind=kind) for kind in ANSWERS}
    form = next((one for one in forms.values() if one.was_sent), None)
    photos = NewPhotos(request, found.municipality_id, datetime.now(UTC))
    if form and form.is_valid() and photos.are_settled:
        _take(request, found, form, photos)
        return see_other(request.get_full_path())
    return render(request, "portal/hand_over.html", _context(link, found, forms, form, photos))


@access(LINK)
@opens(Link.Purpose.HAND_OVER)
def handed_photo(request: HttpRequest, link: Link, photo_id: int, size: str) -> HttpResponse:
    """Show the body a photo the report came with, as long as the case is with it."""
    photo = queries.photo_for(_found(link), photo_id)
    if photo is None:
        raise Http404
    return photo_response(request, photo.file, size_of(size))


def _found(link: Link) -> HandOver:
    try:
        return queries.of_link(link.object_id)
    except HandOver.DoesNotExist:
        raise Http404 from None


def _take(request: HttpRequest, found: HandOver, form: BodyAnswerForm, photos: NewPhotos) -> None:
    """Keep the answer, or say on the next page why it could not be kept."""
    try:
        answer(
            hand_over_id=found.pk,
            kind=form.kind,
            words=form.cleaned_data["words"],
            photos=photos.tokens,
            by=external_body(found.municipality_id),
            now=datetime.now(UTC),
            submission=form.cleaned_data["submission"],
        )
    except UnableToAnswer as refusal:
        if refusal.code not in REFUSALS:
            raise
        messages.warning(request, REFUSALS[refusal.code])
        return
    photos.tell_lost(request, found.case)
    messages.success(request, _("Thank you. Your answer has arrived."))


def _context(
    link: Link,
    found: HandOver,
    forms: dict[Kind, BodyAnswerForm],
    form: BodyAnswerForm | None,
    photos: NewPhotos,
) -> dict[str, Any]:
    language = get_language() or found.body.language
    secret = links.render(link)
    said = queries.said_in(found)
    waits = found.is_open and found.case.is_open
    brief = queries.brief(found, language) if waits else None
    return {
        "case": found.case,
        "body": found.body,
        "hand_over": found,
        "brief": brief,
        "details": [(DETAILS[code], text) for code, text in brief.details.items()] if brief else [],
        "pictures": [picture_at("portal:handed_photo", secret, one) for one in brief.photos] if brief else [],
        "lines": [Line(SAID[Kind(one.kind)], one) for one in said],
        "is_answered": found.answered_at is not None,
        "is_taken_back": found.state == State.WITHDRAWN and found.case.is_open,
        "is_late": is_late(found.state, is_case_open=found.case.is_open),
        "forms": {kind.value: one for kind, one in forms.items() if _may(found, kind)},
        "failed": form,
        "photos": photos,
        "upload_url": reverse("portal:upload_photo"),
    }


def _may(found: HandOver, kind: Kind) -> bool:
    is_answered = found.answered_at is not None
    return not refusal_of(found.state, kind, is_answered=is_answered, is_case_open=found.case.is_open)
