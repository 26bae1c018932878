"""One case and what hangs on it. Everything for a person starts from `visible_to`."""

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Lower, Trim

from moked.accounts.rules import Actor
from moked.cases import rules
from moked.cases.models import Answer, Attachment, Case, CaseLink, Check, Document, Participant, Review
from moked.files import operations as files
from moked.links import operations as links
from moked.links.models import Link
from moked.residents.models import ContactPoint
from moked.residents.rules import ContactKind, mask


class NoSuchCase(Exception):
    """There is no such case, or the actor may not see it; which of the two is not said."""


@dataclasses.dataclass(frozen=True)
class ReporterCard:
    """Who a case is from, by the details given for it; masked for roles that do not need to know.

    `reference` names the resident in addresses; '' for one that has none. Since `undeliverable_at` nothing
    arrives at `email`.
    """

    name: str
    email: str
    phone: str
    is_masked: bool
    reference: str = ""
    undeliverable_at: datetime | None = None
    wants: str = rules.Wants.EVERYTHING


def case_by_number(actor: Actor, number: str) -> Case:
    """Return the visible case with this number, its service, department and assignee at hand.

    Raises NoSuchCase.
    """
    case = (
        Case.objects.visible_to(actor)
        .filter(number=number)
        .select_related("municipality", "service", "department", "team", "assignee")
        .first()
    )
    if case is None:
        raise NoSuchCase(number)
    return case


def case_of_link(case_id: int) -> Case:
    """Return the case a verified secret link opens."""
    return Case.objects.select_related("municipality", "service", "department").get(id=case_id, is_spam=False)


def public_case(municipality_id: int, number: str) -> Case | None:
    """Return the open case of this number, in its proper form, that anybody may see."""
    if rules.read_number(number) != number:
        return None
    cases = Case.objects.filter(municipality_id=municipality_id, is_public=True, is_spam=False, is_open=True)
    return cases.filter(number=number).select_related("service").first()


def public_photo(municipality_id: int, number: str, photo_id: int) -> Attachment | None:
    """Return a photo that anybody may see, of a case that anybody may see."""
    case = public_case(municipality_id, number)
    return photo_of(case, photo_id, public_only=True) if case else None


def open_review_of(case: Case) -> Review | None:
    """Return the review a person has yet to decide, if there is one."""
    return Review.objects.filter(case=case, is_open=True).first()


def reporter_card(case: Case, actor: Actor) -> ReporterCard | None:
    """Return who the case is from; None when it is anonymous."""
    reporters = Participant.objects.filter(case=case, role=Participant.Role.REPORTER)
    lost = ContactPoint.objects.filter(
        municipality_id=case.municipality_id,
        kind=ContactKind.EMAIL,
        normalised=Lower(Trim(OuterRef("email"))),
        undeliverable_at__isnull=False,
    )
    found = reporters.annotate(undeliverable_at=Subquery(lost.values("undeliverable_at")[:1]))
    part = found.select_related("resident").first()
    if part is None:
        return None
    reference = (part.resident.reference if part.resident else None) or ""
    is_full = actor.sees_contact_details_of(case.department_id)
    shown = str if is_full else mask
    return ReporterCard(
        shown(part.name),
        shown(part.email),
        shown(part.phone),
        is_masked=not is_full,
        reference=reference,
        undeliverable_at=part.undeliverable_at,
        wants=part.wants,
    )


def open_check_of(case: Case) -> Check | None:
    """Return the finished work the centre has yet to confirm, if there is any."""
    if not case.awaits_check:
        return None
    return Check.objects.select_related("asked_by").get(case=case, confirmed__isnull=True)


def followers_who_are_told(case: Case) -> int:
    """Return how many besides the reporter read what a closing says."""
    followers = Participant.objects.filter(case=case, role=Participant.Role.FOLLOWER)
    return followers.exclude(email="").exclude(wants=rules.Wants.NOTHING).count()


def photos_of(case: Case) -> list[Attachment]:
    """Return all photos of a case, oldest first, their files at hand."""
    return list(Attachment.objects.filter(case=case).select_related("file").order_by("id"))


def first_photos_of(cases: Iterable[Case], *, public_only: bool = False) -> dict[int, Attachment]:
    """Return of each case that has any the first photo of the matter, by the case's id."""
    photos = Attachment.objects.filter(case__in=list(cases)).exclude(kind=rules.PhotoKind.PROOF)
    if public_only:
        photos = photos.filter(is_public=True)
    return {photo.case_id: photo for photo in photos.order_by("-id")}


def photo_of(case: Case, photo_id: int, *, public_only: bool = False) -> Attachment | None:
    """Return one photo of a case the caller may see."""
    photos = Attachment.objects.filter(case=case, id=photo_id).select_related("file")
    return (photos.filter(is_public=True) if public_only else photos).first()


def document_of(case: Case, document_id: int) -> Document | None:
    """Return one file of a case the caller may see, or of one that was merged into it."""
    files = Document.objects.filter(case_id__in=with_merged(case), id=document_id)
    return files.select_related("file").first()


def photos_by_key(case: Case, keys: Iterable[str]) -> dict[str, Attachment]:
    """Return photos of a case, and of those merged into it, by the keys of their files."""
    photos = Attachment.objects.filter(case_id__in=with_merged(case), file__key__in=list(keys))
    return {one.file.key: one for one in photos.select_related("file")}


def has_lost_photos(case: Case, tokens: Sequence[str]) -> bool:
    """Tell whether any of the photos sent with something on a case did not come to hang on it."""
    keys = files.keys_of(case.municipality_id, tokens)
    return Attachment.objects.filter(case=case, file__key__in=keys).count() < len(tokens)


def reporters_photo(case: Case, photo_id: int) -> Attachment | None:
    """Return a photo the reporter may see: their own and ours, not one that a follower sent."""
    photos = Attachment.objects.filter(case=case, id=photo_id, contact__follower__isnull=True)
    return photos.select_related("file").first()


def answers_of(case: Case) -> dict[str, Answer]:
    """Return what was answered to the service's questions, by their codes."""
    return {answer.code: answer for answer in Answer.objects.filter(case=case)}


def linked_cases(case: Case, actor: Actor) -> list[tuple[rules.LinkKind, bool, Case]]:
    """Return the visible cases that have to do with this one: how, whether this one came first, and which."""
    rows = CaseLink.objects.filter(Q(case=case) | Q(other=case)).order_by("id")
    bonds = [(row, row.other_id if row.case_id == case.pk else row.case_id) for row in rows]
    visible = Case.objects.visible_to(actor).select_related("service").in_bulk([other for _, other in bonds])
    return [
        (rules.LinkKind(row.kind), row.other_id == other, visible[other])
        for row, other in bonds
        if other in visible
    ]


def merged_cases(case: Case, actor: Actor) -> list[Case]:
    """Return the visible cases that were merged into this one, oldest first."""
    return list(Case.objects.visible_to(actor).filter(merged_into=case).order_by("id"))


def why_not_merge(case: Case, into: Case) -> str:
    """Return why a case cannot be merged into another, as a code of UnableToChangeCase; "" when it can."""
    if case.pk == into.pk:
        return "SAME_CASE"
    if not into.is_open or not rules.may_move(case.state, rules.Step.MERGE, rules.State.MERGED):
        return "WRONG_STATE"
    if case.service.is_confidential != into.service.is_confidential:
        return "CONFIDENTIAL_APART"
    return ""


def with_merged(case: Case) -> list[int]:
    """Return the ids of a case and of all that were merged into it, which end and go on with it."""
    found, newest = [case.pk], [case.pk]
    while newest:
        merged = Case.objects.filter(merged_into_id__in=newest).values_list("id", flat=True)
        newest = [one for one in merged if one not in found]
        found += newest
    return found


def case_it_went_to(case: Case) -> Case:
    """Return the case that is handled in place of a merged one; any other case itself."""
    seen = {case.pk}
    while case.merged_into_id and case.merged_into_id not in seen:
        seen.add(case.merged_into_id)
        case = Case.objects.select_related("municipality", "service", "department").get(
            id=case.merged_into_id
        )
    return case


def visible_case_it_went_to(case: Case, actor: Actor) -> Case | None:
    """Return the case that is handled in place of a merged one, if the actor may see it."""
    if case.merged_into_id is None:
        return None
    return Case.objects.visible_to(actor).filter(id=case_it_went_to(case).pk).first()


def following_secret(participant: Participant) -> str | None:
    """Return the secret part of the link by which a follower comes back."""
    link = links.find(purpose=Link.Purpose.FOLLOWING, object_id=participant.pk)
    return links.render(link) if link else None


def participant_of_link(participant_id: int) -> Participant:
    """Return the follower a verified link opens, with the case. Raises Participant.DoesNotExist."""
    parts = Participant.objects.select_related(
        "case", "case__municipality", "case__service", "case__department"
    )
    return parts.get(id=participant_id, case__is_spam=False)
