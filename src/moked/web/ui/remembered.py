"""Choices of a person that their browser keeps for a year."""

from django.conf import settings
from django.http import HttpResponse

KEPT = 365 * 24 * 3600


def remember_language(response: HttpResponse, code: str) -> bool:
    """Keep a language of the product; anything else changes nothing. Tells whether it is kept."""
    if code not in dict(settings.LANGUAGES):
        return False
    remember(response, settings.LANGUAGE_COOKIE_NAME, code)
    return True


def remember(response: HttpResponse, cookie: str, choice: str) -> None:
    """Keep a choice in a cookie that no script reads."""
    response.set_cookie(
        cookie,
        choice,
        max_age=KEPT,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
