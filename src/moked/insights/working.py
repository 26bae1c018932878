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
from moked.sla.models import Commitment, Pause
from moked.sla.worktime import of_document

_MINUTE = timedelta(minutes=1)


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
    rows = list(promised)
    pauses: dict[int, list[Pause]] = {}
    for pause in Pause.objects.filter(case_id__in=[one.case_id for one in rows if one.paused_by]):
        pauses.setdefault(pause.case_id, []).append(pause)
    documents = Revision.objects.filter(id__in={one.calendar_revision_id for one in rows})
    hours = {pk: of_document(said["hours"]) for pk, said in documents.values_list("id", "document")}
    for one in rows:
        assert one.met_at is not None  # noqa: S101 - asked for above
        stops = one.stops(pauses.get(one.case_id, ()))
        used = hours[one.calendar_revision_id].elapsed(one.started_at, one.met_at, stops)
        took = Took(used // _MINUTE, one.state if one.state in set(Kept) else "")
        if one.kind == Kind.FIRST_ANSWER:
            found[one.case_id].answer = took
        else:
            found[one.case_id].end = took
    return found
