"""Slow down whoever guesses secret links. Only failures count, so nobody is slowed by using their own links.

An address that failed too often gets the same refusal for right and wrong links until the window is over.
When the whole town sees a flood of failures, from however many addresses, each address that has failed is
refused much earlier; addresses that never failed go on undisturbed.

Photos are the exception: unpacking one costs much whether it is good or bad, so every one counts.
"""

import ipaddress
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from moked.web.ui.visitors import address_of

WINDOW = 600
FAILURES_OF_ADDRESS = 20
FAILURES_OF_TOWN = 1000
FAILURES_OF_ADDRESS_IN_FLOOD = 2
PHOTOS_OF_ADDRESS = 60


def is_refused(request: HttpRequest) -> bool:
    """Tell whether the address behind the request has to wait, whatever link it brings."""
    failed = cache.get(_address_key(request), 0)
    if not failed:
        return False
    is_flood = cache.get(_town_key(request), 0) >= FAILURES_OF_TOWN
    return bool(failed >= (FAILURES_OF_ADDRESS_IN_FLOOD if is_flood else FAILURES_OF_ADDRESS))


def count_failure(request: HttpRequest) -> None:
    """Remember one link that opened nothing."""
    for key in (_address_key(request), _town_key(request)):
        _increase(key)


def is_one_photo_too_many(request: HttpRequest) -> bool:
    """Count one more photo from the address behind the request; tell whether it has sent too many."""
    key = f"photos:{_network(address_of(request))}"
    _increase(key)
    return bool(cache.get(key, 0) > PHOTOS_OF_ADDRESS)


def refusal(request: HttpRequest) -> HttpResponse:
    """Return the page that asks to wait, with Retry-After."""
    response = render(request, "ui/too_many.html", {"minutes": WINDOW // 60}, status=429)
    response.headers["Retry-After"] = str(WINDOW)
    return response


def _increase(key: str) -> None:
    """Add one, atomically; the window runs from the first failure."""
    if cache.add(key, 1, timeout=WINDOW):
        return
    try:
        cache.incr(key)
    except ValueError:  # the window ended in between
        cache.add(key, 1, timeout=WINDOW)


def _address_key(request: HttpRequest) -> str:
    return f"link-failures:{_network(address_of(request))}"


def _town_key(request: HttpRequest) -> str:
    municipality: Any = getattr(request, "municipality", None)
    return f"link-failures-of-town:{municipality.pk if municipality else 0}"


def _network(address: str) -> str:
    """Return the address, or the /64 network of an IPv6 address: a household has one of those."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if parsed.version == 6:
        return str(ipaddress.ip_network((parsed, 64), strict=False).network_address)
    return str(parsed)
