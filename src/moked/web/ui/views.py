"""Views that all pages share: choosing a language and an appearance, and the gallery of components."""

from datetime import UTC, datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from moked.accounts.operations import choose_language
from moked.cases.rules import State
from moked.municipalities.queries import public_url
from moked.places.queries import outline_box
from moked.places.rules import Box
from moked.web.ui import gallery as examples
from moked.web.ui import marks
from moked.web.ui.access import PUBLIC, access
from moked.web.ui.context import KEYS_OFF, SYSTEM, THEMES
from moked.web.ui.remembered import remember, remember_language
from moked.web.ui.requests import TownRequest

SEE_OTHER = 303
EXAMPLE_BOX = Box(32.07, 34.85, 32.09, 34.87)


@access(PUBLIC, methods=["POST"], in_town=False)
def language(request: HttpRequest) -> HttpResponse:
    """Remember the chosen language, with the account too if there is one, and go back."""
    response = see_other(safe_path(request.POST.get("next", "")))
    chosen = request.POST.get("language", "")
    if remember_language(response, chosen) and request.user.is_authenticated:
        choose_language(user_id=request.user.pk, language=chosen)
    return response


@access(PUBLIC, methods=["POST"], in_town=False)
def appearance(request: HttpRequest) -> HttpResponse:
    """Remember light or dark, or forget both for the system's choice, and go back."""
    response = see_other(safe_path(request.POST.get("next", "")))
    chosen = request.POST.get("appearance", "")
    if chosen == SYSTEM:
        response.delete_cookie(settings.APPEARANCE_COOKIE_NAME, samesite="Lax")
    elif chosen in THEMES:
        remember(response, settings.APPEARANCE_COOKIE_NAME, chosen)
    return response


@access(PUBLIC, methods=["POST"], in_town=False)
def keys(request: HttpRequest) -> HttpResponse:
    """Remember that a person wants no letter keys, or wants them again, and go back."""
    response = see_other(safe_path(request.POST.get("next", "")))
    chosen = request.POST.get("keys", "")
    if chosen == "on":
        response.delete_cookie(settings.KEYS_COOKIE_NAME, samesite="Lax")
    elif chosen == KEYS_OFF:
        remember(response, settings.KEYS_COOKIE_NAME, KEYS_OFF)
    return response


def safe_path(path: str) -> str:
    """Return a path of this very site; anything that could lead elsewhere becomes the start page."""
    is_plain = path.startswith("/") and path.isprintable() and "\\" not in path
    if is_plain and url_has_allowed_host_and_scheme(path, allowed_hosts=None):
        return path
    return reverse("portal:start")


def public_address(request: TownRequest, route: str) -> str:
    """Return the absolute address of a page of the town, which does not depend on what the browser says."""
    return public_url(request.municipality, route)


def see_other(path: str) -> HttpResponse:
    """Send the browser on with GET after something was done."""
    return HttpResponse(status=SEE_OTHER, headers={"Location": path})


def _example_cases(request: TownRequest, now: datetime) -> list[examples.ExampleCase]:
    """Return the gallery's cases, spread over the town where its outline is known."""
    box = outline_box(request.municipality.pk) if request.municipality else None
    return examples.cases(now, box or EXAMPLE_BOX)


@access(PUBLIC, in_town=False)
def gallery(request: TownRequest) -> HttpResponse:
    """Show every component in its states, for designers; only in the demo."""
    form = examples.GalleryForm({"name": "", "words": "", "choice": ""} if "errors" in request.GET else None)
    now = datetime.now(UTC)
    context = {
        "cases": _example_cases(request, now),
        "form": form,
        "questions": examples.questions_form(with_errors="errors" in request.GET),
        "states": list(State),
        "tones": ["neutral", "blue", "violet", "amber", "teal", "green", "red"],
        "kinds": ["info", "success", "warning", "danger", "draft"],
        "now": now,
        "rows": examples.ROWS,
    }
    return render(request, "ui/gallery.html", context)


@access(PUBLIC, in_town=False)
def gallery_marks(request: TownRequest) -> HttpResponse:
    """Answer the gallery's cases as marks of a map."""
    now = datetime.now(UTC)
    return JsonResponse(marks.collection(_example_cases(request, now), now))


@access(PUBLIC, in_town=False)
def gallery_options(request: HttpRequest) -> HttpResponse:
    """Answer people of the gallery whose name holds the text."""
    wanted = request.GET.get("q", "").casefold()
    found = [{"text": name, "keep": name} for name in examples.PEOPLE if wanted in name.casefold()]
    context = {"options": found, "said": f"{len(found)} people"}
    return render(request, "ui/components/options.html", context)


@access(PUBLIC, methods=["POST"], in_town=False)
def gallery_photo(request: HttpRequest) -> HttpResponse:
    """Answer as the address that keeps photos does, and keep nothing: what is no picture is refused."""
    photo = request.FILES.get("photo")
    if photo is None or not str(photo.content_type).startswith("image/"):
        return JsonResponse({"words": "This file is not a photo."}, status=422)
    return JsonResponse({"token": "example", "photo": static("ui/icon.svg")})
