"""Guides to life situations: who may ask, what to bring, what it costs, and what begins here."""

from django.http import Http404, HttpResponse
from django.shortcuts import render

from moked.base.text import clean_line, has_unstorable
from moked.knowledge import queries
from moked.web.ui.access import PUBLIC, access
from moked.web.ui.requests import TownRequest
from moked.web.ui.spoken import lines_in

LONGEST_SEARCH = 60


@access(PUBLIC)
def guides(request: TownRequest) -> HttpResponse:
    """List the guides by life event, or those that a search may mean."""
    typed = request.GET.get("q", "")
    typed = "" if has_unstorable(typed) else clean_line(typed)[:LONGEST_SEARCH]
    town = request.municipality
    chapters = queries.chapters(town.pk, request.LANGUAGE_CODE, town.language, typed=typed)
    return render(request, "portal/guides.html", {"chapters": chapters, "typed": typed})


@access(PUBLIC)
def guide(request: TownRequest, slug: str) -> HttpResponse:
    """Show one guide; what has no text in the reader's language is shown in the town's."""
    found = queries.guide(request.municipality.pk, slug)
    if found is None:
        raise Http404
    said, language, town = found.document, request.LANGUAGE_CODE, request.municipality.language
    return render(
        request,
        "portal/guide.html",
        {
            "situation": found.situation,
            "document": said,
            "bring": lines_in(said.bring, language, town),
            "steps": lines_in(said.steps, language, town),
            "services": found.services,
        },
    )
