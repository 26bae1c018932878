"""What maps and fields of an address ask for while a person uses them; public, since it tells of no case."""

from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from moked.base.text import clean_line, has_unstorable
from moked.places import queries
from moked.places.drawing import MapView
from moked.places.rules import BadPoint, Box, Point, read_box, read_point
from moked.web.ui.access import PUBLIC, access
from moked.web.ui.requests import TownRequest
from moked.web.ui.templatetags.ui import text_in_town

LONGEST_ADDRESS = 200
LEAST_ZOOM, MOST_ZOOM, USUAL_ZOOM = 0, 22, 13


@access(PUBLIC)
def map_data(request: TownRequest) -> HttpResponseBase:
    """Answer outline, areas, streets and landmarks as JSON; ?box=west,south,east,north&zoom= limit them."""
    view = MapView(
        box=_box(request.GET.get("box", "")),
        zoom=_zoom(request.GET.get("zoom", "")),
        language=get_language() or "",
        fallback=request.municipality.language,
    )
    etag = quote_etag(queries.map_etag(request.municipality.pk, view))
    response = get_conditional_response(request, etag=etag)
    if response is None:
        data = queries.map_data(request.municipality.pk, view)
        etag = quote_etag(data.etag)
        response = HttpResponse(data.body, content_type="application/json")
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@access(PUBLIC)
def addresses(request: TownRequest) -> HttpResponse:
    """Answer addresses that ?q= may be the beginning of, as options of a combobox."""
    text = request.GET.get("q", "")
    text = "" if has_unstorable(text) else clean_line(text[:LONGEST_ADDRESS])
    found = queries.suggest_addresses(request.municipality.pk, text, language=get_language() or "")
    options = [{"text": one.text, **_position(one.point)} for one in found]
    said = ngettext(
        "%(count)d address. Arrow keys choose.", "%(count)d addresses. Arrow keys choose.", len(found)
    )
    context = {
        "options": options,
        "said": said % {"count": len(found)} if found else _("No such address known."),
    }
    return render(request, "ui/components/options.html", context)


@access(PUBLIC)
def nearest(request: TownRequest) -> HttpResponse:
    """Answer {address, said} for a point: the nearest street, and whether the point lies outside the town."""
    try:
        point = read_point(request.GET.get("latitude", ""), request.GET.get("longitude", ""))
    except BadPoint:
        return JsonResponse({"address": "", "said": ""})
    if queries.locate(request.municipality.pk, point=point).is_outside:
        return JsonResponse({"address": "", "said": _("The pin is outside the town.")})
    names = queries.street_near(request.municipality.pk, point)
    if names is None:
        return JsonResponse({"address": "", "said": _("The pin is in the town, near no street we know.")})
    street = text_in_town(request, names)
    return JsonResponse({"address": street, "said": _("The pin is near %(street)s.") % {"street": street}})


def _position(point: Point | None) -> dict[str, float]:
    return {"latitude": point.latitude, "longitude": point.longitude} if point else {}


def _box(text: str) -> Box | None:
    """Return the box of "west,south,east,north"; None for anything else, which stands for the whole town."""
    try:
        return read_box(text)
    except BadPoint:
        return None


def _zoom(text: str) -> int:
    return min(max(int(text), LEAST_ZOOM), MOST_ZOOM) if text.isascii() and text.isdecimal() else USUAL_ZOOM
