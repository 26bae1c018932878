"""The queue: reviews on top, then open cases, the one that has waited longest first."""

import dataclasses
from datetime import UTC, datetime
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from moked.accounts.rules import SEES_CASES, Role
from moked.cases import queries
from moked.catalogue.models import Service
from moked.catalogue.queries import by_name, offered
from moked.web.ui.access import access
from moked.web.ui.requests import TownRequest

VIEWS = {
    "all": gettext_lazy("All open"),
    "late": gettext_lazy("Late"),
    "mine": gettext_lazy("Mine"),
    "teams": gettext_lazy("My teams"),
    "department": gettext_lazy("My department"),
    "unassigned": gettext_lazy("Unassigned"),
    "resident_wrote": gettext_lazy("Resident wrote"),
    "checks": gettext_lazy("To check"),
    "outside": gettext_lazy("Outside the town"),
}


@dataclasses.dataclass(frozen=True)
class Tab:
    """One view of the queue; `tally` is said for the one that is shown."""

    label: str
    url: str
    is_current: bool
    tally: str


@dataclasses.dataclass(frozen=True)
class Chip:
    """One filter that narrows the queue, and the address without it; `remove` says what that shows."""

    label: str
    url: str
    remove: str


@access(*SEES_CASES, Role.ADMINISTRATOR)
def queue(request: TownRequest) -> HttpResponse:
    """Show what is to be done next; lead administrators, who see no cases, to operations."""
    actor = request.actor
    if not actor.has_any(SEES_CASES):
        return HttpResponseRedirect(reverse("ops:operations"))
    view = request.GET.get("view", "all")
    view = view if view in VIEWS else "all"
    town = request.municipality
    services = by_name(offered(town.pk), request.LANGUAGE_CODE, town.language)
    service = next((one for one in services if one.slug == request.GET.get("service")), None)
    after, now = request.GET.get("after"), datetime.now(UTC)
    here_url = _address(view, service)
    page = queries.queue(actor, now=now, after=after, view=view, service=service.slug if service else None)
    size = None if service else queries.queue_size(actor, now=now, view=view)
    return render(
        request,
        "desk/queue.html",
        {
            "place": "queue",
            "reviews": [] if after else queries.open_reviews(actor),
            "checks": [] if after else queries.open_checks(actor),
            "page": page,
            "view": view,
            "tabs": _tabs(view, service, size),
            "chips": _chips(view, service, request.municipality.language),
            "services": services,
            "service": service,
            "without_service_url": _address(view, None),
            "here_url": here_url,
            "export_url": _address(view, service, route="desk:exports"),
            "first_url": here_url if after else "",
            "next_url": _address(view, service, after=page.next_key) if page.next_key else "",
            "is_continued": bool(after),
            "now": now,
        },
    )


def _tabs(view: str, service: Service | None, size: int | None) -> list[Tab]:
    return [
        Tab(str(label), _address(code, service), code == view, _tally(size) if code == view else "")
        for code, label in VIEWS.items()
    ]


def _chips(view: str, service: Service | None, town: str) -> list[Chip]:
    """Return every filter there is, in the town's words where the reader's are missing."""
    chips = []
    if view != "all":
        chips.append(Chip(str(VIEWS[view]), _address("all", service), _("Show all open cases")))
    if service:
        name = service.name_in(get_language() or "en", town)
        chips.append(Chip(name, _address(view, None), _("Show every service")))
    return chips


def _tally(size: int | None) -> str:
    if size is None:
        return ""
    return _("999+") if size >= queries.COUNT_LIMIT else str(size)


def _address(
    view: str, service: Service | None, after: str | None = None, *, route: str = "desk:queue"
) -> str:
    kept = {
        "view": None if view == "all" else view,
        "service": service.slug if service else None,
        "after": after,
    }
    query = urlencode({name: value for name, value in kept.items() if value})
    return reverse(route) + (f"?{query}" if query else "")
