"""Pages behind a secret link: open it, or look exactly like a page that does not exist."""

import functools
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Concatenate

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from moked.cases.models import Case, Participant
from moked.links import operations as links
from moked.links.models import Link
from moked.web.ui import throttle
from moked.web.ui.requests import TownRequest

Opened = Callable[Concatenate[HttpRequest, Link, ...], HttpResponse]


def opens(purpose: Link.Purpose) -> Callable[[Opened], Callable[..., HttpResponse]]:
    """Give the view the link that the address opens; answer 404 for every other, 429 after too many.

    What is shown is never listed by search engines.
    """

    def declare(view: Opened) -> Callable[..., HttpResponse]:
        @functools.wraps(view)
        def guarded(request: TownRequest, secret: str, **kwargs: Any) -> HttpResponse:
            if throttle.is_refused(request):
                return throttle.refusal(request)
            response = view(request, _open(request, secret, purpose), **kwargs)
            response.headers["X-Robots-Tag"] = "noindex"
            return response

        return guarded

    return declare


def _open(request: TownRequest, secret: str, purpose: Link.Purpose) -> Link:
    try:
        return links.open_link(
            secret,
            municipality_id=request.municipality.pk,
            purpose=purpose,
            now=datetime.now(UTC),
        )
    except links.NoSuchLink:
        throttle.count_failure(request)
        raise Http404 from None


def following_path(participant: Participant, route: str = "portal:joined") -> str:
    """Return the path of the page that a follower's link opens; a reporter's is that of their own report."""
    if participant.role == Participant.Role.REPORTER:
        return tracking_path(participant.case)
    link = links.find(purpose=Link.Purpose.FOLLOWING, object_id=participant.pk)
    if link is None:
        raise Http404
    return reverse(route, args=[links.render(link)])


def tracking_path(case: Case, route: str = "portal:track") -> str:
    """Return the path of a case's tracking page, or of another page its tracking link opens."""
    link = links.find(purpose=Link.Purpose.TRACKING, object_id=case.pk)
    if link is None:
        raise Http404
    return reverse(route, args=[links.render(link)])
