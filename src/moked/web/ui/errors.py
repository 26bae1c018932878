"""What a person sees when a request cannot be answered. A missing page looks the same for every reason."""

import sys

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.translation import get_language, get_language_bidi, gettext

RETRY_AFTER_SECONDS = 30


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 400."""
    return render(request, "ui/bad_request.html", status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 403 for what Django itself refuses; pages a person may not see answer 404 instead."""
    return render(request, "ui/forbidden.html", status=403)


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403 for a form without its token: most often one left open for very long."""
    return render(request, "ui/forged.html", status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 404 without a word about what was asked for."""
    return render(request, "ui/not_found.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500 without templates or database, since one of them may be what failed; 503 when it was."""
    database_failed = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    return HttpResponse(
        format_html(
            '<!DOCTYPE html><html lang="{}" dir="{}"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1"><title>{}</title>'
            '<link rel="stylesheet" href="{static}ui/tokens.css">'
            '<link rel="stylesheet" href="{static}ui/moked.css"></head>'
            '<body><main class="mk-main"><div class="mk-wrap"><div class="mk-column mk-card">'
            "<h1>{}</h1><p>{}</p></div></div></main></body></html>",
            get_language() or "en",
            "rtl" if get_language_bidi() else "ltr",
            gettext("Something went wrong here"),
            gettext("Something went wrong here"),
            gettext("The fault is ours and has been noted. What you sent may be lost: try again soon."),
            static=settings.STATIC_URL,
        ),
        status=503 if database_failed else 500,
        headers={"Retry-After": str(RETRY_AFTER_SECONDS)} if database_failed else None,
    )
