"""What is known of whole data sets that came in."""

import dataclasses
from datetime import datetime

from moked.cases.models import Case
from moked.exchange.models import ImportedCase


@dataclasses.dataclass(frozen=True)
class CameFrom:
    """Where an imported case came from: the other system, the case's id there, and when it was imported."""

    source: str
    external_id: str
    at: datetime


def came_from(case: Case) -> CameFrom | None:
    """Return where a case visible to the caller was imported from; None, without a query, when it was not."""
    if not case.is_imported:
        return None
    row = ImportedCase.objects.filter(case=case).select_related("batch").first()
    return CameFrom(row.source, row.external_id, row.batch.started_at) if row else None
