"""The start page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from moked.web.ui.access import PUBLIC, access


@access(PUBLIC, in_town=False)
def start(request: HttpRequest) -> HttpResponse:
    """Show the town's start page."""
    return render(request, "portal/start.html")
