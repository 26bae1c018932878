"""Write the audit trail and the access log."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from moked.audit.models import AccessRecord, AuditRecord
from moked.base.rows import add, insert, new


def record(
    *,
    municipality_id: int,
    actor_kind: str,
    actor_id: int | None,
    verb: str,
    object_kind: str,
    object_id: int,
    now: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> AuditRecord:
    """Add one record inside the caller's transaction. Give codes and ids only, never what a person wrote."""
    return add(
        new(
            AuditRecord,
            municipality_id=municipality_id,
            at=now,
            actor_kind=actor_kind,
            actor_id=actor_id,
            verb=verb,
            object_kind=object_kind,
            object_id=object_id,
            before=before or {},
            after=after or {},
        )
    )


def record_many(records: list[AuditRecord]) -> None:
    """Add the records of a bulk operation."""
    insert(records)


def note_access(
    *, municipality_id: int, actor_id: int, object_kind: str, object_id: int, what: str, now: datetime
) -> AccessRecord:
    """Note that somebody is about to read personal data; `what` is a code of what they read."""
    return AccessRecord.objects.create(
        municipality_id=municipality_id,
        at=now,
        actor_id=actor_id,
        object_kind=object_kind,
        object_id=object_id,
        what=what,
    )
