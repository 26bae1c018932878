"""Single cases as open data, as far as nobody can be told from them: a file a month, CSV and GeoJSON."""

import json
import re
from collections.abc import Iterator
from datetime import date

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag

from moked.insights import published
from moked.web.transparency.views import today_in
from moked.web.ui.access import PUBLIC, access
from moked.web.ui.figures import LICENCE, csv_response
from moked.web.ui.requests import TownRequest
from moked.web.ui.templatetags.ui import text_in_town

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)
COLUMNS = ("day", "service", "service_name", "district", "latitude", "longitude", "state")


@access(PUBLIC)
def cases_csv(request: TownRequest, month: str) -> HttpResponseBase:
    """Give a month's cases as CSV."""
    first = _month(request, month)
    if unchanged := _unchanged(request, month, "csv"):
        return unchanged
    response = csv_response(f"{request.municipality.slug}-cases-{month}.csv", _rows(request, first))
    return _kept(response, request, month, "csv")


@access(PUBLIC)
def cases_geojson(request: TownRequest, month: str) -> HttpResponseBase:
    """Give a month's cases as GeoJSON; a case without a point has no geometry."""
    first = _month(request, month)
    if unchanged := _unchanged(request, month, "geojson"):
        return unchanged
    response = StreamingHttpResponse(_features(request, first), content_type="application/geo+json")
    response.headers["Content-Disposition"] = (
        f'attachment; filename="{request.municipality.slug}-cases-{month}.geojson"'
    )
    return _kept(response, request, month, "geojson")


def _month(request: TownRequest, text: str) -> date:
    found = _MONTH.fullmatch(text)
    first = date(int(found[1]), int(found[2]), 1) if found and int(found[1]) else None
    if first not in published.published_months(request.municipality.pk, today_in(request)):
        raise Http404
    return first


def _cases(request: TownRequest, first: date) -> Iterator[published.PublicCase]:
    return published.cases(request.municipality.pk, first, today_in(request))


def _rows(request: TownRequest, first: date) -> Iterator[tuple[str | float | None, ...]]:
    yield COLUMNS
    for case in _cases(request, first):
        yield (
            case.day.isoformat(),
            case.service,
            text_in_town(request, case.service_name),
            case.district,
            case.latitude,
            case.longitude,
            case.state.lower(),
        )


def _features(request: TownRequest, first: date) -> Iterator[str]:
    yield f'{{"type":"FeatureCollection","licence":"{LICENCE}","features":['
    between = ""
    for case in _cases(request, first):
        feature = {
            "type": "Feature",
            "geometry": None
            if case.latitude is None
            else {"type": "Point", "coordinates": [case.longitude, case.latitude]},
            "properties": {
                "day": case.day.isoformat(),
                "service": case.service or None,
                "service_name": text_in_town(request, case.service_name) or None,
                "district": case.district or None,
                "state": case.state.lower() or None,
            },
        }
        yield between + json.dumps(feature, ensure_ascii=False)
        between = ",\n"
    yield "]}\n"


def _etag(request: TownRequest, month: str, kind: str) -> str:
    version = published.version_of(request.municipality.pk)
    return quote_etag(f"{version}-{month}-{kind}-{request.LANGUAGE_CODE}-{today_in(request):%Y%m%d}")


def _unchanged(request: TownRequest, month: str, kind: str) -> HttpResponse | None:
    response = get_conditional_response(request, etag=_etag(request, month, kind))
    return response if isinstance(response, HttpResponse) else None


def _kept(
    response: StreamingHttpResponse, request: TownRequest, month: str, kind: str
) -> StreamingHttpResponse:
    response.headers["ETag"] = _etag(request, month, kind)
    response.headers["Cache-Control"] = (
        "private, no-cache"  # asked about each time: what is hidden now is gone at once
    )
    response.headers["Link"] = f'<{LICENCE}>; rel="license"'
    return response
