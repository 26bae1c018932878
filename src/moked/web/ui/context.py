"""What every page knows: the town, the reader's language, direction and colours, who is signed in."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language, get_language_bidi, pgettext_lazy

from moked.accounts.rules import SEES_CASES, Actor, Role
from moked.web.ui.brand import version_of
from moked.web.ui.sign_in_proofs import offers_second_factor

THEMES = ("light", "dark")
SYSTEM = "system"
KEYS_OFF = "off"
APPEARANCES = (
    (SYSTEM, "laptop", pgettext_lazy("appearance", "As the device")),
    ("light", "sun", pgettext_lazy("appearance", "Light")),
    ("dark", "moon", pgettext_lazy("appearance", "Dark")),
)


def page(request: HttpRequest) -> dict[str, Any]:
    """Return the variables of every template; works for requests refused before they reached a town."""
    municipality = getattr(request, "municipality", None)
    language = get_language() or settings.LANGUAGE_CODE
    return {
        "municipality": municipality,
        "site_name": municipality.name_in(language) if municipality else "Moked",
        "phone": municipality.phone if municipality else "",
        "emergency_phone": municipality.emergency_phone if municipality else "",
        "language": language,
        "direction": "rtl" if get_language_bidi() else "ltr",
        "brand_version": version_of(municipality),
        "theme": _theme(request),
        "appearances": APPEARANCES,
        "keys_off": request.COOKIES.get(settings.KEYS_COOKIE_NAME) == KEYS_OFF,
        "languages": settings.LANGUAGES,
        "is_demo": settings.DEMO,
        "actor": SimpleLazyObject(lambda: _actor(request)),
        "sees_cases": SimpleLazyObject(lambda: _sees_cases(request)),
        "opens_settings": SimpleLazyObject(lambda: _opens_settings(request)),
        "offers_second_factor": SimpleLazyObject(lambda: _offers_second_factor(request)),
        "is_administrator": SimpleLazyObject(lambda: _is_administrator(request)),
    }


def _theme(request: HttpRequest) -> str:
    """Return "light" or "dark" when the person chose one, "" when the system decides."""
    chosen = request.COOKIES.get(settings.APPEARANCE_COOKIE_NAME, "")
    return chosen if chosen in THEMES else ""


def _actor(request: HttpRequest) -> Actor | None:
    return getattr(request, "actor", None) or None


def _sees_cases(request: HttpRequest) -> bool:
    actor = _actor(request)
    return actor is not None and actor.has_any(SEES_CASES)


SETS_SOMETHING = frozenset({Role.SERVICE_MANAGER, Role.ADMINISTRATOR, Role.DEPARTMENT_MANAGER})


def _opens_settings(request: HttpRequest) -> bool:
    actor = _actor(request)
    return actor is not None and actor.has_any(SETS_SOMETHING)


def _is_administrator(request: HttpRequest) -> bool:
    actor = _actor(request)
    return actor is not None and Role.ADMINISTRATOR in actor.roles


def _offers_second_factor(request: Any) -> bool:
    return _actor(request) is not None and offers_second_factor(request)
