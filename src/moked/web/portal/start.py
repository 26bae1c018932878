"""The start page of a town, and of an installation that serves several."""

import dataclasses

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from moked.catalogue.queries import by_name, offered
from moked.knowledge.queries import has_guides
from moked.municipalities.models import Municipality
from moked.municipalities.queries import every, public_url
from moked.web.portal.forms import FollowForm
from moked.web.ui.access import PUBLIC, access
from moked.web.ui.requests import TownRequest
from moked.web.ui.views import see_other


@dataclasses.dataclass(frozen=True)
class TownCard:
    """A town on the list of towns, with the addresses of its front doors."""

    municipality: Municipality
    portal: str
    desk: str
    figures: str


@access(PUBLIC, methods=["GET", "POST"], in_town=False)
def start(request: TownRequest) -> HttpResponse:
    """Show what a resident can do here; a POST is a link to follow. Outside any town, list the towns."""
    municipality = request.municipality
    if municipality is None:
        return towns(request)
    form = FollowForm(request.POST or None)
    if form.is_valid():
        return see_other(reverse("portal:track", args=[form.cleaned_data["link"]]))
    services = by_name(offered(municipality.pk), request.LANGUAGE_CODE, municipality.language)
    return render(
        request,
        "portal/start.html",
        {"form": form, "services": services, "has_guides": has_guides(municipality.pk)},
    )


def towns(request: TownRequest) -> HttpResponse:
    """List the towns of this installation."""
    cards = [
        TownCard(
            town,
            portal=public_url(town, "portal:start"),
            desk=public_url(town, "desk:queue"),
            figures=public_url(town, "transparency:figures"),
        )
        for town in every()
    ]
    return render(request, "portal/towns.html", {"towns": cards})
