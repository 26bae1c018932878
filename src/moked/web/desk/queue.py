"""The queue: reviews on top, then open cases, the one that has waited longest first."""

import dataclasses
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from moked.accounts.rules import SEES_CASES, Role
from moked.cases import queries
from moked.cases.models import Label
from moked.catalogue.models import Service
from moked.catalogue.queries import by_name, offered
from moked.channels.queries import number_waiting
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


@dataclasses.dataclass(frozen=True)
class Narrowed:
    """The view of the queue that is shown, and the service and label it is narrowed to, if to any."""

    view: str
    service: Service | None
    label: Label | None

    def address(self, after: str | None = None, *, route: str = "desk:queue", **others: Any) -> str:
        """Return where this is shown, from a row on; `others` are what is shown instead."""
        shown = dataclasses.replace(self, **others)
        kept = {
            "view": None if shown.view == "all" else shown.view,
            "service": shown.service.slug if shown.service else None,
            "label": shown.label.code if shown.label else None,
            "after": after,
        }
        query = urlencode({name: value for name, value in kept.items() if value})
        return reverse(route) + (f"?{query}" if query else "")


@access(*SEES_CASES, Role.ADMINISTRATOR)
def queue(request: TownRequest) -> HttpResponse:
    """Show what is to be done next; lead administrators, who see no cases, to operations."""
    actor = request.actor
    if not actor.has_any(SEES_CASES):
        return HttpResponseRedirect(reverse("ops:operations"))
    view = request.GET.get("view", "all")
    view = view if view in VIEWS else "all"
    town, reader = request.municipality, request.LANGUAGE_CODE
    services = by_name(offered(town.pk), reader, town.language)
    service = next((one for one in services if one.slug == request.GET.get("service")), None)
    labels = queries.labels_of_town(town.pk, reader, town.language)
    label = next((one for one in labels if one.code == request.GET.get("label")), None)
    shown = Narrowed(view, service, label)
    after, now = request.GET.get("after"), datetime.now(UTC)
    page = queries.queue(
        actor,
        now=now,
        after=after,
        view=view,
        service=service.slug if service else None,
        label=label.code if label else None,
    )
    reviews = [] if after else queries.open_reviews(actor)
    checks = [] if after else queries.open_checks(actor)
    rows = [*page.cases, *(one.case for one in reviews), *(one.case for one in checks)]
    size = None if service or label else queries.queue_size(actor, now=now, view=view)
    here_url = shown.address()
    return render(
        request,
        "desk/queue.html",
        {
            "place": "queue",
            "reviews": reviews,
            "checks": checks,
            "page": page,
            "labels_on": queries.labels_on(rows, labels),
            "view": view,
            "tabs": _tabs(shown, size),
            "chips": _chips(shown, town.language),
            "services": services,
            "service": service,
            "labels": [one for one in labels if one == label or not one.is_retired],
            "label": label,
            "without_service_url": shown.address(service=None),
            "without_label_url": shown.address(label=None),
            "here_url": here_url,
            "export_url": shown.address(route="desk:exports"),
            "first_url": here_url if after else "",
            "next_url": shown.address(page.next_key) if page.next_key else "",
            "is_continued": bool(after),
            "mails_waiting": number_waiting(actor),
            "now": now,
        },
    )


def _tabs(shown: Narrowed, size: int | None) -> list[Tab]:
    return [
        Tab(
            str(word),
            shown.address(view=code),
            code == shown.view,
            _tally(size) if code == shown.view else "",
        )
        for code, word in VIEWS.items()
    ]


def _chips(shown: Narrowed, town: str) -> list[Chip]:
    """Return every filter there is, in the town's words where the reader's are missing."""
    chips, reader = [], get_language() or "en"
    if shown.view != "all":
        chips.append(Chip(str(VIEWS[shown.view]), shown.address(view="all"), _("Show all open cases")))
    if shown.service:
        name = shown.service.name_in(reader, town)
        chips.append(Chip(name, shown.address(service=None), _("Show every service")))
    if shown.label:
        name = shown.label.name_in(reader, town)
        chips.append(Chip(name, shown.address(label=None), _("Show cases with any label and none")))
    return chips


def _tally(size: int | None) -> str:
    if size is None:
        return ""
    return _("999+") if size >= queries.COUNT_LIMIT else str(size)
