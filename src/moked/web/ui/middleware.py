"""What every request passes through: log line, scheme, town, language, privacy headers, idle sessions."""

import time
from collections.abc import Callable

import structlog
from django.conf import settings
from django.contrib.auth import logout
from django.core import signing
from django.http import HttpResponse
from django.urls import set_script_prefix
from django.utils import translation
from django.utils.functional import SimpleLazyObject
from django.utils.translation.trans_real import parse_accept_lang_header

from moked.accounts.queries import actor_for
from moked.accounts.rules import Actor
from moked.municipalities import queries as municipalities
from moked.municipalities.models import Municipality
from moked.web.ui.requests import TownRequest

Respond = Callable[[TownRequest], HttpResponse]

log = structlog.get_logger("moked.web")
TOWN_PREFIX = "/t/"
SEEN_COOKIE = "moked_seen"
SEEN_EVERY = 300


def request_log(respond: Respond) -> Respond:
    """Log one line a request: method, route name, status and milliseconds; never the path or the address."""

    def middleware(request: TownRequest) -> HttpResponse:
        started = time.perf_counter()
        response = respond(request)
        milliseconds = (time.perf_counter() - started) * 1000
        match = request.resolver_match
        log.info(
            "request",
            method=request.method if request.method in {"GET", "HEAD", "POST"} else "OTHER",
            route=match.view_name if match else None,
            status=response.status_code,
            ms=round(milliseconds, 1),
        )
        response.headers["Server-Timing"] = f"app;dur={milliseconds:.1f}"
        return response

    return middleware


def scheme(respond: Respond) -> Respond:
    """Take every request for https when the base address says so: a proxy before us ends the encryption."""

    def middleware(request: TownRequest) -> HttpResponse:
        if settings.SECURE:
            request.META["wsgi.url_scheme"] = "https"
        return respond(request)

    return middleware


def town(respond: Respond) -> Respond:
    """Find the municipality by host, else by `/t/<slug>/` as script prefix, else the only one.

    Sets `request.municipality` (None on pages outside any town) and `request.actor`, looked up when used.
    """

    def middleware(request: TownRequest) -> HttpResponse:
        request.municipality = _town_of(request)  # type: ignore[assignment]
        request.actor = SimpleLazyObject(lambda: _actor(request))  # type: ignore[assignment]
        try:
            return respond(request)
        finally:
            set_script_prefix("/")

    return middleware


def _town_of(request: TownRequest) -> Municipality | None:
    if by_host := municipalities.by_host(request.get_host().rsplit(":", 1)[0]):
        return by_host
    if request.path_info.startswith(TOWN_PREFIX):
        return _enter_by_path(request)
    return municipalities.only_one()


def _enter_by_path(request: TownRequest) -> Municipality | None:
    slug, slash, rest = request.path_info.removeprefix(TOWN_PREFIX).partition("/")
    may_be_one = slash and slug.isprintable()  # PostgreSQL refuses to be asked for NUL
    municipality = municipalities.by_slug(slug) if may_be_one else None
    if municipality:
        prefix = f"{TOWN_PREFIX}{slug}/"
        request.path_info = f"/{rest}"
        request.META["SCRIPT_NAME"] = prefix.rstrip("/")
        set_script_prefix(prefix)
    return municipality


def _actor(request: TownRequest) -> Actor | None:
    if request.municipality is None or not request.user.is_authenticated:
        return None
    return actor_for(request.user, request.municipality.pk)


def language(respond: Respond) -> Respond:
    """Speak the language the person chose, else one of their browser's, else the town's."""

    def middleware(request: TownRequest) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        browser = parse_accept_lang_header(request.headers.get("Accept-Language", "").lower())
        municipality = request.municipality
        own = municipality.language if municipality else settings.LANGUAGE_CODE
        wishes = [chosen, *(code for code, _ in browser), own, settings.LANGUAGE_CODE]
        known = dict(settings.LANGUAGES)
        request.LANGUAGE_CODE = next(c for wish in wishes if (c := wish.partition("-")[0]) in known)
        with translation.override(request.LANGUAGE_CODE):
            response = respond(request)
        response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
        return response

    return middleware


def privacy_headers(respond: Respond) -> Respond:
    """Keep every page out of caches, so that a signed-out desk shows nothing on Back."""

    def middleware(request: TownRequest) -> HttpResponse:
        response = respond(request)
        if not request.path.startswith(settings.STATIC_URL):
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    return middleware


def idle_session(respond: Respond) -> Respond:
    """Sign a person out who has not been seen for two hours; a signed cookie remembers when they were.

    A cookie, not the session, so that opening a page writes nothing. A session without its cookie is idle;
    and what a page asks by itself keeps nobody signed in.
    """

    def middleware(request: TownRequest) -> HttpResponse:
        arrived_signed_in = request.user.is_authenticated
        seen_at = _seen_at(request) if arrived_signed_in else None
        if arrived_signed_in and seen_at is None:
            logout(request)
        response = respond(request)
        if not request.user.is_authenticated:
            if SEEN_COOKIE in request.COOKIES:
                response.delete_cookie(SEEN_COOKIE)
        elif not getattr(request, "asks_by_itself", False) and (
            seen_at is None or time.time() - seen_at > SEEN_EVERY
        ):
            remember_seen(request, response)
        return response

    return middleware


def remember_seen(request: TownRequest, response: HttpResponse) -> None:
    """Note on the response that this session was seen now."""
    response.set_cookie(
        SEEN_COOKIE,
        signing.dumps([request.session.session_key, int(time.time())], salt=SEEN_COOKIE),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _seen_at(request: TownRequest) -> int | None:
    try:
        session_key, moment = signing.loads(
            request.COOKIES.get(SEEN_COOKIE, ""), salt=SEEN_COOKIE, max_age=settings.SESSION_IDLE_SECONDS
        )
    except signing.BadSignature:
        return None
    return int(moment) if session_key == request.session.session_key else None
