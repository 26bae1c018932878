"""Find the municipality a request or a link belongs to."""

from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.urls import get_script_prefix, reverse

from moked.municipalities.models import Host, Municipality


def by_host(host: str) -> Municipality | None:
    """Return the municipality whose own host this is (without port, any case)."""
    row = Host.objects.select_related("municipality").filter(host=host.lower()).first()
    return row.municipality if row else None


def by_slug(slug: str) -> Municipality | None:
    """Return the municipality of a path prefix."""
    return Municipality.objects.filter(slug=slug).first()


def only_one() -> Municipality | None:
    """Return the municipality when the installation serves exactly one: the invisible default."""
    found = list(Municipality.objects.order_by("id")[:2])
    return found[0] if len(found) == 1 else None


def every() -> list[Municipality]:
    """Return all municipalities, by name of their address."""
    return list(Municipality.objects.order_by("slug"))


def public_url(municipality: Municipality, route: str, *args: str) -> str:
    """Return the absolute address of a route of the town, from the configured base.

    The request's own host never decides, so that a forged one cannot get into a mail.
    """
    path = reverse(route, args=args).removeprefix(get_script_prefix())
    own = Host.objects.filter(municipality=municipality, is_canonical=True).first()
    if own is None:
        return f"{settings.BASE_URL}/t/{municipality.slug}/{path}"
    base = urlsplit(settings.BASE_URL)
    port = f":{base.port}" if base.port else ""
    return urlunsplit((base.scheme, own.host + port, f"/{path}", "", ""))
