"""Keep histories searchable that were written in bulk, from the event log."""

from collections.abc import Sequence

from moked.cases.events import CaseOpened, CasesRecorded, CasesWithdrawn
from moked.cases.operations.indexing import forget_cases, index_missing
from moked.events.subscribers import StoredEvent

EVENTS = (CaseOpened, CasesRecorded, CasesWithdrawn)


def weight(event: CaseOpened | CasesRecorded | CasesWithdrawn) -> int:
    """Return how many cases an event may cause to be written; one opened by itself has its document."""
    return 1 if isinstance(event, CaseOpened) else len(event.case_ids)


def keep_searchable(stored: Sequence[StoredEvent]) -> None:
    """Write the documents of cases that have none yet, and forget those of cases that were taken out."""
    begun: set[int] = set()
    gone: set[int] = set()
    for item in stored:
        event = item.event
        if isinstance(event, CaseOpened):
            begun.add(event.case_id)
        elif isinstance(event, CasesRecorded):
            begun.update(event.case_ids)
        elif isinstance(event, CasesWithdrawn):
            gone.update(event.case_ids)
    index_missing(begun - gone)
    forget_cases(gone)
