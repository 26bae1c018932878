"""Cases close to a place: found by an index on latitude, measured exactly in memory."""

import dataclasses

from django.db.models import F, QuerySet

from moked.accounts.rules import Actor
from moked.cases.models import Attachment, Case, Participant
from moked.cases.queries.case import first_photos_of, why_not_merge
from moked.catalogue.models import Service
from moked.places.rules import Point, box_around, distance

MOST_SHOWN = 5
MOST_MEASURED = 500
STAFF_RADIUS = 1000


@dataclasses.dataclass(frozen=True)
class NearbyCase:
    """An open case close by, with its distance in metres and a photo that may be shown."""

    case: Case
    metres: int
    photo: Attachment | None = None


@dataclasses.dataclass(frozen=True)
class MergePreview:
    """What merging would do: into which case, how many people follow that one then, how many get a mail.

    `refusal` is why it cannot be, as a code of UnableToChangeCase, or "".
    """

    into: Case
    photo: Attachment | None
    follow: int
    told: int
    refusal: str


def likely_duplicates(service: Service, point: Point, *, most: int = MOST_SHOWN) -> list[NearbyCase]:
    """Return open public cases of the same service within the service's radius: nearest first, then newest.

    What anybody may see: nothing hidden, confidential or taken for spam.
    """
    if not service.is_public or service.is_confidential or not service.duplicate_radius:
        return []
    cases = Case.objects.filter(service=service, is_public=True, is_spam=False)
    near = _near(cases, point, service.duplicate_radius, most)
    photos = first_photos_of([one.case for one in near], public_only=True)
    return [dataclasses.replace(one, photo=photos.get(one.case.pk)) for one in near]


def nearby_for(
    actor: Actor,
    service_id: int,
    point: Point,
    *,
    metres: int,
    without: int | None = None,
    most: int = MOST_SHOWN,
) -> list[NearbyCase]:
    """Return open cases of a service close by that the actor may see: nearest first, then newest."""
    cases = Case.objects.visible_to(actor).filter(service_id=service_id).exclude(id=without or 0)
    near = _near(cases, point, metres, most)
    photos = first_photos_of([one.case for one in near])
    return [dataclasses.replace(one, photo=photos.get(one.case.pk)) for one in near]


def merge_candidates(case: Case, actor: Actor, *, most: int = MOST_SHOWN) -> list[NearbyCase]:
    """Return the open cases this one is most likely the same matter as, the likeliest first.

    Those of the same service within a kilometre; without a position, those with the same address.
    """
    if case.point:
        return nearby_for(actor, case.service_id, case.point, metres=STAFF_RADIUS, without=case.pk, most=most)
    if not case.address:
        return []
    same = Case.objects.visible_to(actor).open().filter(service_id=case.service_id, address=case.address)
    found = list(same.exclude(id=case.pk).select_related("service").order_by("queue_at", "id")[:most])
    photos = first_photos_of(found) if found else {}
    return [NearbyCase(one, 0, photos.get(one.pk)) for one in found]


def merge_preview(case: Case, into: Case, actor: Actor) -> MergePreview:
    """Return what merging a case into another would do, both visible to the actor."""
    refusal = why_not_merge(case, into)
    if not refusal and not actor.may_work_on(into.department_id):
        refusal = "NOT_ALLOWED"
    parts = Participant.objects.filter(case__in=[case, into]).values_list("case_id", "resident_id", "email")
    there = {resident for case_id, resident, _ in parts if case_id == into.pk} - {None}
    here = [(resident, email) for case_id, resident, email in parts if case_id == case.pk]
    return MergePreview(
        into,
        first_photos_of([into]).get(into.pk),
        follow=sum(resident not in there for resident, _ in here),
        told=sum(bool(resident and email) for resident, email in here),
        refusal=refusal,
    )


def _near(cases: QuerySet[Case], point: Point, metres: float, most: int) -> list[NearbyCase]:
    box = box_around(point, metres)
    found = cases.filter(
        is_open=True, latitude__range=(box.south, box.north), longitude__range=(box.west, box.east)
    )
    closest = found.order_by(
        (F("latitude") - point.latitude) * (F("latitude") - point.latitude)
        + (F("longitude") - point.longitude) * (F("longitude") - point.longitude),
        "-id",
    )
    measured = [
        NearbyCase(case, round(distance(point, case.point)))
        for case in closest.select_related("service")[:MOST_MEASURED]
        if case.point
    ]
    within = [one for one in measured if one.metres <= metres]
    return sorted(within, key=lambda one: (one.metres, -one.case.pk))[:most]
