"""Make, render, open and end secret links."""

import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.conf import settings
from django.db.models import F

from moked.base.rows import add, insert, new
from moked.links import rules
from moked.links.models import Link


class NoSuchLink(Exception):
    """The link is wrong, cut, expired or revoked; which of these is not said."""


def create(*, municipality_id: int, purpose: str, object_id: int) -> Link:
    """Make the link of one object for one purpose; raises IntegrityError when there is one already."""
    return add(new(Link, municipality_id=municipality_id, purpose=purpose, object_id=object_id))


def create_many(*, municipality_id: int, purpose: str, expiry_of: Mapping[int, datetime | None]) -> None:
    """Make the links of many objects of a bulk operation; `expiry_of` maps each object to its link's end."""
    insert(
        new(
            Link,
            municipality_id=municipality_id,
            purpose=purpose,
            object_id=object_id,
            expires_at=expires_at,
        )
        for object_id, expires_at in expiry_of.items()
    )


def delete_many(*, purpose: str, object_ids: Iterable[int]) -> None:
    """Delete the links of objects that are taken out again."""
    Link.objects.filter(purpose=purpose, object_id__in=list(object_ids)).delete()


def find(*, purpose: str, object_id: int) -> Link | None:
    """Return the link of an object for a purpose, if it has one."""
    return Link.objects.filter(purpose=purpose, object_id=object_id).first()


def ensure(*, municipality_id: int, purpose: str, object_id: int) -> Link:
    """Return the link of an object for a purpose; it is made when first asked for."""
    link, _ = Link.objects.get_or_create(
        purpose=purpose, object_id=object_id, defaults={"municipality_id": municipality_id}
    )
    return link


def render(link: Link) -> str:
    """Return `reference.token`, the secret part of the address. Render when sending; never store it."""
    return f"{link.reference}.{_token(link)}"


def open_link(secret: str, *, municipality_id: int, purpose: str, now: datetime) -> Link:
    """Return the link that `reference.token` opens in this municipality, for this purpose, now.

    Raises NoSuchLink for everything else. The token is compared in constant time.
    """
    reference, token = rules.split(secret)
    link = Link.objects.filter(
        reference=reference, municipality_id=municipality_id, purpose=purpose
    ).first() or Link(purpose=purpose, reference=reference, version=0)
    matches = hmac.compare_digest(_token(link).encode(), token.encode())
    if not matches or link.pk is None or (link.expires_at and link.expires_at <= now):
        raise NoSuchLink
    return link


def set_expiry(*, purpose: str, object_id: int, expires_at: datetime | None) -> None:
    """Let the link end at a moment, or never."""
    Link.objects.filter(purpose=purpose, object_id=object_id).update(expires_at=expires_at)


def revoke(*, purpose: str, object_id: int) -> None:
    """Make every address given out for this object and purpose useless; a new one can be rendered."""
    Link.objects.filter(purpose=purpose, object_id=object_id).update(version=F("version") + 1)


def _token(link: Link) -> str:
    key = hmac.new(settings.SECRET_KEY.encode(), b"moked.links", "sha256").digest()
    return rules.derive_token(key, purpose=link.purpose, reference=link.reference, version=link.version)
