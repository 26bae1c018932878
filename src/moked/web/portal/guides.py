"""Guides to life situations: who may ask, what to bring, what it costs, and what begins here."""

from django.http import Http404, HttpResponse
from django.shortcuts import render

from moked.base.labels import label
from moked.base.text import clean_line, has_unstorable
from moked.knowledge import queries
from moked.knowledge.rules import Lines
from moked.web.ui.access import PUBLIC, access
from moked.web.ui.requests import TownRequest

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
            "bring": _lines(said.bring, language, town),
            "steps": _lines(said.steps, language, town),
            "services": found.services,
        },
    )


def _lines(lines: Lines, language: str, town: str) -> list[str]:
    joined = {code: "\n".join(some) for code, some in lines.items()}
    return [line for line in label(joined, language, town).split("\n") if line]
