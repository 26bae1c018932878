"""Photos on their way in and out: kept with the form they came in, shown as nothing but pictures.

Pages ask themselves who may see a photo; `photo_response` only makes sure that it stays one.
"""

import dataclasses
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import structlog
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from moked.cases.models import Attachment, Case
from moked.cases.queries import has_lost_photos
from moked.cases.rules import PhotoKind
from moked.files import operations as files
from moked.files.models import StoredFile
from moked.files.rules import MOST_BYTES, MOST_PHOTOS, BadPhoto, Problem, Size
from moked.web.ui.labels import Words

SECONDS_FOR_ONE_FORM = 15

# What a person reads under a photo that was not kept, in a form whose words always are.
PROBLEMS: dict[Problem, Words] = {
    Problem.TOO_LARGE: _(
        "This photo is larger than 15 MB. Choose a smaller one, or send the report without it:"
        " everything else is kept."
    ),
    Problem.TOO_MANY_PIXELS: _(
        "This photo has more pixels than can be read here. Choose a smaller one, such as a screenshot of it,"
        " or send the report without it: everything else is kept."
    ),
    Problem.NOT_A_PHOTO: _(
        "This file is not a photo in the formats JPEG, PNG or WebP. Choose another one, or send the report"
        " without it: everything else is kept."
    ),
    Problem.UNREADABLE: _(
        "This photo is damaged and could not be read. Take it again or choose another one, or send the report"
        " without it: everything else is kept."
    ),
    Problem.TIMED_OUT: _(
        "This photo took too long to read. Choose another one, or send the report without it:"
        " everything else is kept."
    ),
    Problem.BUSY: _(
        "Many photos are arriving right now. Try this one again in a minute, or send the report without it:"
        " everything else is kept."
    ),
    Problem.NOT_KEPT: _(
        "Photos cannot be taken in at the moment. Send the report without this one: everything else is kept."
    ),
}
NO_PHOTO: Words = _("Choose a photo first.")
TOO_MANY_PHOTOS: Words = _("Up to ten photos fit into one report. Send the others with a message afterwards.")
TOO_OFTEN: Words = _(
    "Very many photos came from this connection. Wait ten minutes, or send the report without this one:"
    " everything else is kept."
)
LOST: Words = _(
    "A photo is no longer here, because it was chosen more than a day ago or is part of another report."
    " The report is kept; choose the photo again and send it with a message."
)

log = structlog.get_logger("moked.web")


@dataclasses.dataclass(frozen=True)
class Picture:
    """The addresses of a photo of a case, large and small, and whether the public sees it."""

    id: int
    large: str
    thumb: str
    is_public: bool
    is_proof: bool


def picture_at(route: str, behind: str, photo: Attachment) -> Picture:
    """Return where a photo is to be had: `behind` is the case's number or the secret of its link."""
    large, thumb = (reverse(route, args=[behind, photo.pk, size]) for size in Size)
    return Picture(photo.pk, large, thumb, photo.is_public, photo.kind == PhotoKind.PROOF)


@dataclasses.dataclass(frozen=True)
class Kept:
    """The photos of a form that were kept, and why each other one was not."""

    uploads: tuple[files.Upload, ...] = ()
    problems: tuple[Words, ...] = ()

    @property
    def tokens(self) -> list[str]:
        """Return what the form carries on in hidden fields."""
        return [upload.token for upload in self.uploads]

    @property
    def point(self) -> tuple[float, float] | None:
        """Return latitude and longitude of the first photo that knows where it was taken."""
        return next((upload.point for upload in self.uploads if upload.point), None)


def keep_photo(municipality_id: int, uploaded: "UploadedFile[Any]", now: datetime) -> files.Upload:
    """Keep one uploaded photo; raises BadPhoto. A file that is too large is not even read."""
    if uploaded.size is None or uploaded.size > MOST_BYTES:
        raise BadPhoto(Problem.TOO_LARGE)
    return files.keep_photo(municipality_id, uploaded.read(), now)


def keep_photos(
    municipality_id: int, uploaded: Sequence["UploadedFile[Any]"], now: datetime, *, most: int = MOST_PHOTOS
) -> Kept:
    """Keep the photos that came with a form, as far as they can be kept; never fails.

    For forms sent without JavaScript, several at once: after 15 seconds the rest has to come again.
    """
    uploads, problems = [], []
    deadline = time.monotonic() + SECONDS_FOR_ONE_FORM
    for one in uploaded[:most]:
        try:
            if time.monotonic() > deadline:
                raise BadPhoto(Problem.BUSY)
            uploads.append(keep_photo(municipality_id, one, now))
        except BadPhoto as refusal:
            problems.append(PROBLEMS[refusal.code])
    if len(uploaded) > most:
        problems.append(TOO_MANY_PHOTOS)
    return Kept(tuple(uploads), tuple(dict.fromkeys(problems)))


class NewPhotos:
    """The photos of a form: those sent while it was filled in, and those sent with it.

    `point` is where the first of the latter was taken, if it knows. `was_removed` when the button pressed was
    the one that drops a photo, so that the form is only to be shown again.
    """

    def __init__(self, request: HttpRequest, municipality_id: int, now: datetime) -> None:
        sent = request.POST.getlist("photos") if request.method == "POST" else []
        removed = request.POST.get("remove_photo", "")
        if removed:
            files.discard(municipality_id, removed, now)
        self.was_removed = "remove_photo" in request.POST
        self.tokens = list(dict.fromkeys(one for one in sent if one and one != removed))[:MOST_PHOTOS]
        kept = Kept()
        if new := request.FILES.getlist("photo"):
            kept = keep_photos(municipality_id, new, now, most=MOST_PHOTOS - len(self.tokens))
        self.tokens += kept.tokens
        self.problems, self.point = kept.problems, kept.point

    @property
    def are_settled(self) -> bool:
        """Nothing about the photos keeps the form from being sent."""
        return not (self.problems or self.was_removed)

    @property
    def shown(self) -> list[dict[str, str]]:
        """As components/photos.html shows them."""
        return [
            {"token": token, "thumb": reverse("portal:uploaded_photo", args=[token]), "name": ""}
            for token in self.tokens
        ]

    def tell_lost(self, request: HttpRequest, case: Case) -> None:
        """Say on the next page when a photo did not come to hang on the case."""
        if self.tokens and has_lost_photos(case, self.tokens):
            messages.warning(request, LOST)


def photo_response(request: HttpRequest, stored: StoredFile, size: Size) -> HttpResponse:
    """Return a photo that the page has found the reader may see; 404 when the disk has lost it.

    Never part of it (a range is answered with the whole), never anything but a picture to the browser.
    """
    try:
        content = files.read(stored, size)
    except OSError as error:
        log.error("photo_lost", file=stored.pk, reason=type(error).__name__)
        raise Http404 from None
    return HttpResponse(
        content,
        content_type=stored.media_type,
        headers={
            "Content-Disposition": 'inline; filename="photo.jpg"',
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cross-Origin-Resource-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
            "X-Robots-Tag": "noindex",
            "Accept-Ranges": "none",
            "Cache-Control": "no-store",
        },
    )
