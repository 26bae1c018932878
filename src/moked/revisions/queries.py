"""The history of configured objects."""

from typing import Any

from moked.revisions.models import Revision


def history(municipality_id: int, kind: str, object_id: int) -> list[Revision]:
    """Return every revision of an object of the municipality that was ever published, newest first."""
    found = Revision.objects.filter(municipality_id=municipality_id, kind=kind, object_id=object_id)
    return list(found.exclude(state=Revision.State.DRAFT).order_by("-number"))


def draft_of(municipality_id: int, kind: str, object_id: int) -> Revision | None:
    """Return the draft of an object of the municipality, if there is one."""
    found = Revision.objects.filter(municipality_id=municipality_id, kind=kind, object_id=object_id)
    return found.filter(state=Revision.State.DRAFT).first()


def is_published(kind: str, object_id: int, document: dict[str, Any]) -> bool:
    """Tell whether the published revision of an object says exactly this already."""
    published = Revision.objects.filter(kind=kind, object_id=object_id, state=Revision.State.PUBLISHED)
    return published.values_list("document", flat=True).first() == document


def number_published(kind: str, object_id: int) -> int:
    """Return the number of the published revision of an object, 0 for none."""
    published = Revision.objects.filter(kind=kind, object_id=object_id, state=Revision.State.PUBLISHED)
    return published.values_list("number", flat=True).first() or 0


def numbered(municipality_id: int, kind: str, object_id: int, number: int) -> Revision | None:
    """Return one revision of an object of the municipality that was published."""
    found = Revision.objects.filter(municipality_id=municipality_id, kind=kind, object_id=object_id)
    return found.exclude(state=Revision.State.DRAFT).filter(number=number).first()


def was_changed(kind: str, object_id: int) -> bool:
    """Tell whether an object has more revisions than the one it was made with."""
    return Revision.objects.filter(kind=kind, object_id=object_id).count() > 1
