"""React to closings, in their transaction: ask, and stop asking when work goes on."""

from datetime import timedelta

from moked.cases.events import CaseClosed, CaseReopened
from moked.cases.models import Case
from moked.cases.rules import SURVEYED
from moked.links import operations as links
from moked.links.models import Link
from moked.surveys.models import Survey

OPEN_FOR = timedelta(days=60)


def ask(event: CaseClosed) -> None:
    """Make the survey of this closing; the link of an earlier closing's survey opens nothing from now on."""
    if event.state not in SURVEYED:
        return
    closed_at = Case.objects.values_list("closed_at", flat=True).get(id=event.case_id)
    assert closed_at is not None  # noqa: S101 - a closed case has its moment, by constraint
    Survey.objects.create(
        municipality_id=event.municipality_id,
        case_id=event.case_id,
        closing=event.closing,
        asked_at=closed_at,
    )
    link = links.find(purpose=Link.Purpose.SURVEY, object_id=event.case_id)
    if link is None:
        links.create(
            municipality_id=event.municipality_id, purpose=Link.Purpose.SURVEY, object_id=event.case_id
        )
    else:
        links.revoke(purpose=Link.Purpose.SURVEY, object_id=event.case_id)
    links.set_expiry(purpose=Link.Purpose.SURVEY, object_id=event.case_id, expires_at=closed_at + OPEN_FOR)


def stop_asking(event: CaseReopened) -> None:
    """A case that is worked on again is not finished: the survey's link opens nothing."""
    links.revoke(purpose=Link.Purpose.SURVEY, object_id=event.case_id)
