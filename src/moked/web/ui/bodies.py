"""What may be sent to us at most, and the pages that say so."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render

from moked.base.bodies import KEY, Trouble
from moked.files.rules import MOST_BYTES, MOST_PHOTOS
from moked.web.ui.requests import TownRequest

MOST_OF_PHOTOS = MOST_PHOTOS * MOST_BYTES + settings.DATA_UPLOAD_MAX_MEMORY_SIZE
TOO_SLOW, LENGTH_REQUIRED, TOO_LARGE, UNSUPPORTED, LATER = 408, 411, 413, 415, 503
RETRY_AFTER = 60


def body_limits(respond: Callable[[TownRequest], HttpResponse]) -> Callable[[TownRequest], HttpResponse]:
    """Answer what is too large, too slow or packed in a way we do not read, before or instead of the view."""

    def middleware(request: TownRequest) -> HttpResponse:
        if status := _refused_unread(request):
            page = "ui/too_large.html" if status == TOO_LARGE else "ui/bad_request.html"
            return render(request, page, status=status)
        response = respond(request)
        trouble = getattr(request.META.get(KEY), "trouble", None)
        return _troubled(request, trouble) if trouble else response

    return middleware


def _refused_unread(request: TownRequest) -> int | None:
    """Return the status for a body that is not read at all."""
    if request.headers.get("Content-Encoding", "identity").strip().lower() not in {"", "identity"}:
        return UNSUPPORTED
    length = request.META.get("CONTENT_LENGTH") or ""
    if "Transfer-Encoding" in request.headers and not length:
        return LENGTH_REQUIRED
    holds_photos = request.content_type == "multipart/form-data"
    most = MOST_OF_PHOTOS if holds_photos else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    return TOO_LARGE if length.isdecimal() and int(length) > most else None


def _troubled(request: TownRequest, trouble: Trouble) -> HttpResponse:
    if trouble == Trouble.TOO_SLOW:
        return render(request, "ui/too_slow.html", status=TOO_SLOW)
    response = render(request, "ui/too_busy.html", status=LATER)
    response.headers["Retry-After"] = str(RETRY_AFTER)
    return response
