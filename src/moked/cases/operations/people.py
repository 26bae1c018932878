"""What a person at the desk says of a resident: how they are reached, and who is the same person.

It takes somebody who works for the whole town, and sees a case of every resident it is about.
"""

from datetime import datetime

from django.db import transaction

from moked.accounts.rules import Actor
from moked.cases import events
from moked.cases.models import Case, Participant
from moked.cases.operations.indexing import index_case
from moked.cases.residents import findable_residents
from moked.events.operations import publish
from moked.links import operations as links
from moked.links.models import Link
from moked.residents import contact_points, merging
from moked.residents.models import ContactPoint, Resident
from moked.residents.queries import rows_of
from moked.residents.refusals import UnableToChangeResident
from moked.residents.rules import ContactKind, normalise_email, normalise_phone


def add_contact_point(*, resident: Resident, value: str, by: Actor, now: datetime) -> ContactPoint:
    """Add an e-mail address or phone number. Raises UnableToChangeResident."""
    _authorise(by, resident)
    return contact_points.add_point(resident=resident, value=value, by=by, now=now)


def retire_contact_point(*, resident: Resident, point_id: int, by: Actor, now: datetime) -> ContactPoint:
    """Note that an address is the resident's no longer. Raises UnableToChangeResident."""
    _authorise(by, resident)
    return contact_points.retire_point(resident=resident, point_id=point_id, by=by, now=now)


def prefer_contact_point(*, resident: Resident, point_id: int, by: Actor, now: datetime) -> ContactPoint:
    """Let the town use one address first. Raises UnableToChangeResident."""
    _authorise(by, resident)
    return contact_points.prefer_point(resident=resident, point_id=point_id, by=by, now=now)


@transaction.atomic
def correct_contact_point(
    *, resident: Resident, point_id: int, value: str, by: Actor, now: datetime
) -> ContactPoint:
    """Write an address anew that was noted wrong; what is told goes to the right one, too.

    No link that was mailed to the wrong one opens anything any more. What was told last, with a link, is told
    again at the right one, about cases that are closed only while their link would open still. Raises
    UnableToChangeResident.
    """
    _authorise(by, resident)
    wrong, right = contact_points.correct_point(
        resident=resident, point_id=point_id, value=value, by=by, now=now
    )
    if wrong.kind == right.kind:
        _correct_parts(resident, wrong, right, by, now)
    return right


@transaction.atomic
def merge_residents(*, resident: Resident, into: Resident, by: Actor, now: datetime) -> None:
    """Note that a resident is the same person as another, under whose name both are known from now on.

    Nothing is moved, so that `unmerge_residents` undoes it. Raises UnableToChangeResident.
    """
    _authorise(by, resident, into)
    changed = merging.merge(resident_id=resident.pk, into_id=into.pk, by=by, now=now)
    _tell(by, changed, now)


@transaction.atomic
def unmerge_residents(*, resident: Resident, by: Actor, now: datetime) -> None:
    """Make a resident who was merged into another themselves again. Raises UnableToChangeResident."""
    _authorise(by, resident)
    changed = merging.unmerge(resident_id=resident.pk, by=by, now=now)
    _tell(by, changed, now)


def keep_residents_apart(*, resident: Resident, other: Resident, by: Actor, now: datetime) -> None:
    """Note that two residents are not the same person. Raises UnableToChangeResident."""
    _authorise(by, resident, other)
    merging.keep_apart(resident_id=resident.pk, other_id=other.pk, by=by, now=now)


def _authorise(by: Actor, *residents: Resident) -> None:
    if not (by.is_staff and by.works_town_wide):
        raise UnableToChangeResident("NOT_ALLOWED")
    for resident in residents:
        if not findable_residents(by).filter(id__in=rows_of([resident]).values("id")).exists():
            raise UnableToChangeResident("NOT_FOUND")


def _tell(by: Actor, resident_ids: list[int], now: datetime) -> None:
    """Let the figures know whose cases are another's now."""
    reported = Participant.objects.filter(resident_id__in=resident_ids, role=Participant.Role.REPORTER)
    case_ids = tuple(reported.order_by("case_id").values_list("case_id", flat=True))
    if case_ids:
        publish(events.ReportersChanged(municipality_id=by.municipality_id, case_ids=case_ids), now=now)


def _correct_parts(
    resident: Resident, wrong: ContactPoint, right: ContactPoint, by: Actor, now: datetime
) -> None:
    field = "email" if wrong.kind == ContactKind.EMAIL else "phone"
    given: dict[int, list[Participant]] = {}
    for part in Participant.objects.filter(resident__in=rows_of([resident])).exclude(**{field: ""}):
        if _compared(getattr(part, field), wrong.kind) == wrong.normalised:
            given.setdefault(part.case_id, []).append(part)
    cases = Case.objects.visible_to(by).filter(id__in=list(given))
    for case in cases.select_for_update(of=("self",)).order_by("id"):
        is_told = _is_told(case, now)
        for part in given[case.pk]:
            if wrong.kind == ContactKind.EMAIL:
                _end_links(part)
            if is_told:
                _write_to(part, field, right.value, now)
        if is_told:
            index_case(case)


def _is_told(case: Case, now: datetime) -> bool:
    link = links.find(purpose=Link.Purpose.TRACKING, object_id=case.pk)
    return case.is_open or bool(link and (link.expires_at is None or link.expires_at > now))


def _write_to(part: Participant, field: str, value: str, now: datetime) -> None:
    Participant.objects.filter(pk=part.pk).update(**{field: value})
    if field == "email":
        corrected = events.AddressCorrected(
            municipality_id=part.municipality_id, case_id=part.case_id, participant_id=part.pk
        )
        publish(corrected, now=now)


def _end_links(part: Participant) -> None:
    """Make every link useless that was mailed for somebody's part in a case."""
    for purpose in (Link.Purpose.REPLY, Link.Purpose.NOTICES, Link.Purpose.FOLLOWING):
        links.revoke(purpose=purpose, object_id=part.pk)
    if part.role == Participant.Role.REPORTER:
        for purpose in (Link.Purpose.TRACKING, Link.Purpose.SURVEY):
            links.revoke(purpose=purpose, object_id=part.case_id)


def _compared(value: str, kind: str) -> str:
    return normalise_email(value) if kind == ContactKind.EMAIL else normalise_phone(value)
