"""Photos that come before the report they belong to: each is kept for a day, for whoever has its token."""

from datetime import UTC, datetime

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse

from moked.files import operations as files
from moked.files.rules import BadPhoto, Problem, Size
from moked.web.ui import throttle
from moked.web.ui.access import LINK, PUBLIC, access
from moked.web.ui.labels import Words
from moked.web.ui.photos import NO_PHOTO, PROBLEMS, TOO_OFTEN, keep_photo, photo_response
from moked.web.ui.requests import TownRequest

REFUSED, TOO_MANY, LATER = 422, 429, 503
OUR_FAULT = {Problem.BUSY, Problem.NOT_KEPT}


@access(PUBLIC, methods=["POST"])
def upload(request: TownRequest) -> HttpResponse:
    """Keep one photo and answer with its token, its address and where it was taken; or say why not.

    To htmx with a fragment for the form, to others with JSON.
    """
    if throttle.is_one_photo_too_many(request):
        return _refused(request, "TOO_OFTEN", TOO_OFTEN, TOO_MANY)
    uploaded = request.FILES.get("photo")
    if uploaded is None:
        return _refused(request, "NO_PHOTO", NO_PHOTO, REFUSED)
    try:
        kept = keep_photo(request.municipality.pk, uploaded, datetime.now(UTC))
    except BadPhoto as refusal:
        status = LATER if refusal.code in OUR_FAULT else REFUSED
        return _refused(request, refusal.code, PROBLEMS[refusal.code], status)
    return _kept(request, kept)


@access(LINK)
def uploaded(request: TownRequest, token: str) -> HttpResponse:
    """Show a photo to whoever chose it, small, until their report has it."""
    if throttle.is_refused(request):
        return throttle.refusal(request)
    stored = files.find_upload(request.municipality.pk, token, datetime.now(UTC))
    if stored is None:
        throttle.count_failure(request)
        raise Http404
    return photo_response(request, stored, Size.THUMB)


def _kept(request: TownRequest, kept: files.Upload) -> HttpResponse:
    address = reverse("portal:uploaded_photo", args=[kept.token])
    if _wants_fragment(request):
        return render(request, "portal/photo_kept.html", {"kept": kept, "address": address})
    latitude, longitude = kept.point or (None, None)
    return JsonResponse(
        {
            "token": kept.token,
            "photo": address,
            "width": kept.width,
            "height": kept.height,
            "latitude": latitude,
            "longitude": longitude,
        }
    )


def _refused(request: TownRequest, code: str, words: Words, status: int) -> HttpResponse:
    if _wants_fragment(request):
        return render(request, "portal/photo_refused.html", {"code": code, "words": words})
    response = JsonResponse({"problem": code, "words": str(words)}, status=status)
    if status in {TOO_MANY, LATER}:
        response.headers["Retry-After"] = str(throttle.WINDOW if status == TOO_MANY else 60)
    return response


def _wants_fragment(request: TownRequest) -> bool:
    return request.headers.get("HX-Request") == "true"
