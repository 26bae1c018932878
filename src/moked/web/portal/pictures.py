"""Photos of cases, for whoever may see the case: by its secret link, or because it is shown to everybody."""

from django.http import Http404, HttpRequest, HttpResponse

from moked.cases import queries as cases
from moked.cases.models import Case
from moked.files.rules import Size
from moked.links.models import Link
from moked.web.portal.links import opens
from moked.web.ui.access import LINK, PUBLIC, access
from moked.web.ui.photos import photo_response
from moked.web.ui.requests import TownRequest


@access(PUBLIC)
def public_photo(request: TownRequest, number: str, photo_id: int, size: str) -> HttpResponse:
    """Show a photo that anybody may see, of an open case that anybody may see."""
    photo = cases.public_photo(request.municipality.pk, number, photo_id)
    if photo is None:
        raise Http404
    return photo_response(request, photo.file, size_of(size))


@access(LINK)
@opens(Link.Purpose.TRACKING)
def own_photo(request: HttpRequest, link: Link, photo_id: int, size: str) -> HttpResponse:
    """Show the reporter a photo of their case: what they sent, and the proof of what was done."""
    try:
        photo = cases.reporters_photo(cases.case_of_link(link.object_id), photo_id)
    except Case.DoesNotExist:
        raise Http404 from None
    if photo is None:
        raise Http404
    return photo_response(request, photo.file, size_of(size))


def size_of(text: str) -> Size:
    """Return the size an address names; raises Http404 for none."""
    if text not in list(Size):
        raise Http404
    return Size(text)
