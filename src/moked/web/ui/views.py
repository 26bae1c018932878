"""Views that all pages share: choosing a language and an appearance, and the gallery of components."""

from datetime import UTC, datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from moked.cases.rules import State
from moked.web.ui import gallery as examples
from moked.web.ui.access import PUBLIC, access
from moked.web.ui.context import SYSTEM, THEMES

SEE_OTHER = 303
CHOICE_KEPT = 365 * 24 * 3600


@access(PUBLIC, methods=["POST"], in_town=False)
def language(request: HttpRequest) -> HttpResponse:
    """Remember the chosen language and go back to where the person was."""
    response = see_other(safe_path(request.POST.get("next", "")))
    remember_language(response, request.POST.get("language", ""))
    return response


def remember_language(response: HttpResponse, code: str) -> None:
    """Keep a language of the product in its cookie; anything else changes nothing."""
    if code not in dict(settings.LANGUAGES):
        return
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=CHOICE_KEPT,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


@access(PUBLIC, methods=["POST"], in_town=False)
def appearance(request: HttpRequest) -> HttpResponse:
    """Remember light or dark, or forget both for the system's choice, and go back."""
    response = see_other(safe_path(request.POST.get("next", "")))
    chosen = request.POST.get("appearance", "")
    if chosen == SYSTEM:
        response.delete_cookie(settings.APPEARANCE_COOKIE_NAME, samesite="Lax")
    elif chosen in THEMES:
        response.set_cookie(
            settings.APPEARANCE_COOKIE_NAME,
            chosen,
            max_age=CHOICE_KEPT,
            secure=settings.APPEARANCE_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response


def safe_path(path: str) -> str:
    """Return a path of this very site; anything that could lead elsewhere becomes the start page."""
    is_plain = path.startswith("/") and path.isprintable() and "\\" not in path
    if is_plain and url_has_allowed_host_and_scheme(path, allowed_hosts=None):
        return path
    return reverse("portal:start")


def see_other(path: str) -> HttpResponse:
    """Send the browser on with GET after something was done."""
    return HttpResponse(status=SEE_OTHER, headers={"Location": path})


@access(PUBLIC, in_town=False)
def gallery(request: HttpRequest) -> HttpResponse:
    """Show every component in its states, for designers; only in the demo."""
    form = examples.GalleryForm({"name": "", "words": "", "choice": ""} if "errors" in request.GET else None)
    context = {
        "form": form,
        "questions": examples.questions_form(with_errors="errors" in request.GET),
        "states": list(State),
        "tones": ["neutral", "blue", "violet", "amber", "teal", "green", "red"],
        "kinds": ["info", "success", "warning", "danger", "draft"],
        "now": datetime.now(UTC),
        "rows": examples.ROWS,
    }
    return render(request, "ui/gallery.html", context)
