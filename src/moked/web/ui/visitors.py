"""Where a request comes from, for counting failures."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """Return the visitor's address: the connection's own or, through our proxies, the one they saw.

    `X-Forwarded-For` is believed only as far as configured proxies wrote it: read from the end, the first
    address that is not one of theirs. Anything else in it, a visitor may have invented.
    """
    address = str(request.META.get("REMOTE_ADDR", ""))
    header = request.headers.get("X-Forwarded-For", "")
    seen = [one.strip() for one in header.split(",") if one.strip()]
    while seen and _is_ours(address):
        address = seen.pop()
    return address


def _is_ours(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in settings.TRUSTED_PROXIES)
