"""How to reach a resident."""

from moked.residents.models import ContactPoint
from moked.residents.rules import ContactKind


def email_of(resident_id: int) -> str | None:
    """Return the resident's oldest e-mail address, as typed."""
    point = (
        ContactPoint.objects.filter(resident_id=resident_id, kind=ContactKind.EMAIL).order_by("id").first()
    )
    return point.value if point else None
