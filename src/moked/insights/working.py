"""How long first answer and end took in working time, and whether both came when they had been promised.

It is read from what was promised (`sla.Commitment`) and cannot change any more once it is met: the hours are
those it was last counted by, the pauses those that stop its clock.
"""

import dataclasses
from collections.abc import Sequence
from datetime import timedelta

from moked.insights.rules import Kept
from moked.revisions.models import Revision
from moked.sla.commitments import Kind
from moked.sla.models import Commitment
from moked.sla.models import Pause as PauseRow
from moked.sla.rules import Pause
from moked.sla.worktime import of_document

_MINUTE = timedelta(minutes=1)
_KEPT = frozenset(Kept)


@dataclasses.dataclass(frozen=True)
class Took:
    """The working minutes that something took, and whether it came in time: '' where nothing was promised."""

    minutes: int | None = None
    promise: str = ""


@dataclasses.dataclass
class Working:
    """What the first answer and the end of a case took."""

    answer: Took = Took()
    end: Took = Took()


def of_cases(case_ids: Sequence[int]) -> dict[int, Working]:
    """Return what answer and end of each of the cases took, as far as they were promised and have come."""
    found = {case_id: Working() for case_id in case_ids}
    promised = Commitment.objects.filter(
        case_id__in=case_ids,
        kind__in=[Kind.FIRST_ANSWER, Kind.RESOLUTION],
        is_current=True,
        met_at__isnull=False,
    )
    columns = ("case_id", "kind", "calendar_revision_id", "started_at", "met_at", "state", "paused_by")
    rows = list(promised.values_list(*columns))
    pauses: dict[int, list[tuple[str, Pause]]] = {}
    waited = PauseRow.objects.filter(case_id__in=[row[0] for row in rows if row[-1]])
    for case_id, reason, from_at, to_at in waited.values_list("case_id", "reason", "from_at", "to_at"):
        pauses.setdefault(case_id, []).append((reason, Pause(from_at, to_at)))
    documents = Revision.objects.filter(id__in={row[2] for row in rows}).values_list("id", "document")
    hours = {pk: of_document(document["hours"]) for pk, document in documents}
    for case_id, kind, revision_id, started_at, met_at, state, paused_by in rows:
        assert met_at is not None  # noqa: S101 - asked for above
        pausing = paused_by.split(",")
        stops = [pause for reason, pause in pauses.get(case_id, ()) if reason in pausing]
        used = hours[revision_id].elapsed(started_at, met_at, stops)
        took = Took(used // _MINUTE, state if state in _KEPT else "")
        if kind == Kind.FIRST_ANSWER:
            found[case_id].answer = took
        else:
            found[case_id].end = took
    return found
