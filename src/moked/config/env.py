"""Read settings from the environment, typed, with `NAME_FILE` for secrets kept in files."""

import ipaddress
import os
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str | None = None) -> str:
    """Return the variable `name`, or the content of the file that `name_FILE` names.

    Raises ImproperlyConfigured when neither is set and there is no default.
    """
    if value := os.environ.get(name):
        return value
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text(encoding="utf-8").strip()
    if default is None:
        raise ImproperlyConfigured(f"Set {name} (or {name}_FILE) in the environment.")
    return default


def words(name: str, default: str = "") -> list[str]:
    """Return a comma-separated variable as a list without empty entries."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def networks(name: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """Return comma-separated addresses or networks; raises ImproperlyConfigured for anything else."""
    try:
        return [ipaddress.ip_network(word) for word in words(name)]
    except ValueError:
        raise ImproperlyConfigured(f"{name} must list addresses or networks, like 10.0.0.1.") from None


def origins(*addresses: str) -> list[str]:
    """Return scheme and host of each web address, once; none for a path of our own or what is not set.

    Raises ImproperlyConfigured for anything else.
    """
    found: dict[str, None] = {}
    for address in addresses:
        if not address or (address.startswith("/") and not address.startswith("//")):
            continue
        parts = urlsplit(address)
        if parts.scheme not in {"http", "https"} or not parts.netloc or set(parts.netloc) & set(" ;,*'\""):
            raise ImproperlyConfigured(f"{address} must begin with https:// and a host.")
        found[f"{parts.scheme}://{parts.netloc}"] = None
    return list(found)


def number(name: str, default: int) -> int:
    """Return a whole number; raises ImproperlyConfigured for anything else."""
    try:
        return int(text(name, str(default)))
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number.") from None


def switch(name: str, *, default: bool) -> bool:
    """Return whether something is on; raises ImproperlyConfigured for anything but `on` and `off`."""
    said = text(name, "on" if default else "off")
    if said not in {"on", "off"}:
        raise ImproperlyConfigured(f"{name} must be on or off.")
    return said == "on"


def database(url: str) -> dict[str, object]:
    """Return Django's settings for `sqlite:///path` or `postgresql://user:password@host:port/name`.

    A `host=` in the query names a socket folder. Raises ImproperlyConfigured for other schemes.
    """
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "moked.base.sqlite",
            "NAME": unquote(parts.path.removeprefix("/")) or ":memory:",
            "OPTIONS": {
                "timeout": 10,
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;",
            },
            "CONN_MAX_AGE": 600,
        }
    if parts.scheme in {"postgres", "postgresql"}:
        query = parse_qs(parts.query)
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.removeprefix("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": query.get("host", [parts.hostname or ""])[0],
            "PORT": str(parts.port or query.get("port", [""])[0]),
            "CONN_MAX_AGE": 600,
            "CONN_HEALTH_CHECKS": True,
        }
    raise ImproperlyConfigured("MOKED_DATABASE_URL must begin with sqlite:// or postgresql://.")
