"""Cases that belong together: residents who join one, cases merged into another, cases linked."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q

from moked.accounts.rules import Actor
from moked.cases import events, rules
from moked.cases.models import Case, CaseLabel, CaseLink, Contact, Merging, Participant
from moked.cases.operations import conversation, labelling, steps
from moked.cases.operations.closing import end_links
from moked.cases.operations.handling import note_danger, set_priority
from moked.cases.operations.indexing import index_case
from moked.cases.operations.opening import Reporter
from moked.cases.operations.refusals import UnableToChangeCase
from moked.cases.queries.case import why_not_merge, with_merged
from moked.catalogue.rules import Priority
from moked.events.operations import publish
from moked.links import operations as links
from moked.links.models import Link
from moked.residents.queries import rows_of


@transaction.atomic
def join_case(
    *,
    case_id: int,
    follower: Reporter | None,
    language: str,
    channel: rules.Channel,
    body: str,
    by: Actor,
    now: datetime,
    submission: str | None = None,
    photos: Sequence[str] = (),
) -> Participant:
    """Let somebody follow an open case because it is theirs too; what they said of it is kept with it.

    A resident joins only what is public, staff what they may change. Who takes part already stays what they
    are.
    Raises UnableToChangeCase (NOT_FOUND, NOT_ALLOWED, WRONG_STATE, NOT_PUBLIC).
    """
    case = steps.locked_for_work(case_id, by) if by.is_staff else steps.locked(case_id, by)
    if not by.is_staff and (case.is_spam or not case.is_public):
        raise UnableToChangeCase("NOT_PUBLIC")
    if not case.is_open:
        raise UnableToChangeCase("WRONG_STATE")
    part, is_new = _take_part(case, follower, language)
    if is_new:
        steps.record(case, by, now, rules.ChangeKind.JOINED)
    contact = _keep_words(case, part, channel, body, photos, by, now, submission)
    index_case(case)
    if part.role == Participant.Role.REPORTER:
        conversation.heard(case, contact, by, now)
    else:
        conversation.heard_of_follower(case, contact, now)
    publish(
        events.CaseJoined(
            municipality_id=case.municipality_id, case_id=case.pk, participant_id=part.pk, is_new=is_new
        ),
        now=now,
    )
    return part


@transaction.atomic
def merge_case(*, case_id: int, into_id: int, by: Actor, now: datetime) -> Case:
    """Join an open case into another about the same matter: whoever took part in it follows that one.

    Nothing is moved, so that `unmerge_case` can undo it: the other case shows what was said on this one, and
    gets its labels. It becomes urgent if this one is, and stays so.
    Raises UnableToChangeCase (NOT_FOUND, NOT_ALLOWED, WRONG_STATE, SAME_CASE, CONFIDENTIAL_APART).
    """
    case, into = steps.both_locked_for_work(case_id, into_id, by)
    if refusal := why_not_merge(case, into):
        raise UnableToChangeCase(refusal)
    merging = Merging.objects.create(
        municipality_id=case.municipality_id,
        case=case,
        into=into,
        state_before=case.state,
        follow_up_before=case.follow_up_at,
        awaited_before=into.awaits_answer,
        by_id=by.user_id,
        at=now,
    )
    _carry(case, into, merging)
    index_case(into)
    case.state, case.is_open, case.closed_at, case.merged_into = rules.State.MERGED, False, now, into
    case.follow_up_at = None
    case.save(update_fields=["state", "is_open", "closed_at", "merged_into", "follow_up_at"])
    into.awaits_answer = into.awaits_answer or case.awaits_answer
    into.save(update_fields=["awaits_answer"])
    steps.record(case, by, now, rules.ChangeKind.MERGED, before=merging.state_before, after=into.pk)
    steps.record(into, by, now, rules.ChangeKind.MERGED_HERE, after=case.pk)
    publish(
        events.CaseMerged(
            municipality_id=case.municipality_id,
            case_id=case.pk,
            service_id=case.service_id,
            into_id=into.pk,
        ),
        now=now,
    )
    carried = CaseLabel.objects.filter(case=case).values_list("label_id", flat=True)
    labelling.put_on(into, carried, by, now, merging=merging)
    if case.danger and not into.danger:
        note_danger(case_id=into.pk, danger=case.danger, advice=case.advice, now=now)
    if case.priority == Priority.URGENT:
        set_priority(case_id=into.pk, priority=Priority.URGENT, by=by, now=now)
    return case


@transaction.atomic
def unmerge_case(*, case_id: int, by: Actor, now: datetime) -> Case:
    """Take a case out of the one it was merged into, as it was; its people are no longer told of that one.

    The labels it brought go with it.
    Raises UnableToChangeCase (NOT_FOUND, NOT_ALLOWED, WRONG_STATE).
    """
    merged_into = Case.objects.visible_to(by).filter(id=case_id).values_list("merged_into", flat=True).first()
    if merged_into is None:
        raise UnableToChangeCase("NOT_FOUND" if not _is_visible(case_id, by) else "WRONG_STATE")
    case, into = steps.both_locked_for_work(case_id, merged_into, by)
    merging = Merging.objects.filter(case=case, into=into, undone_at__isnull=True).first()
    if merging is None:
        raise UnableToChangeCase("WRONG_STATE")
    merging.undone_at = now
    merging.save(update_fields=["undone_at"])
    _uncarry(merging)
    case.state, case.is_open, case.closed_at = merging.state_before, True, None
    case.merged_into, case.follow_up_at = None, merging.follow_up_before
    case.save(update_fields=["state", "is_open", "closed_at", "merged_into", "follow_up_at"])
    _take_back_waiting(case, merging)
    _take_back_labels(merging, by, now)
    end_links(with_merged(case), None)
    steps.record(case, by, now, rules.ChangeKind.UNMERGED, before=into.pk, after=case.state)
    steps.record(into, by, now, rules.ChangeKind.UNMERGED_HERE, after=case.pk)
    publish(
        events.CaseUnmerged(
            municipality_id=case.municipality_id,
            case_id=case.pk,
            service_id=case.service_id,
            from_id=into.pk,
        ),
        now=now,
    )
    return case


@transaction.atomic
def link_cases(*, case_id: int, other_id: int, by: Actor, now: datetime) -> CaseLink:
    """Note that two cases have to do with each other.

    Raises UnableToChangeCase (NOT_FOUND, NOT_ALLOWED, SAME_CASE, ALREADY_LINKED).
    """
    case, other = steps.both_locked_for_work(case_id, other_id, by)
    both = CaseLink.objects.filter(Q(case=case, other=other) | Q(case=other, other=case))
    if both.exclude(kind=rules.LinkKind.SUGGESTED).exists():
        raise UnableToChangeCase("ALREADY_LINKED")
    both.delete()
    link = CaseLink.objects.create(
        municipality_id=case.municipality_id, case=case, other=other, kind=rules.LinkKind.RELATED
    )
    steps.record(case, by, now, rules.ChangeKind.LINKED, after=other.pk)
    steps.record(other, by, now, rules.ChangeKind.LINKED, after=case.pk)
    return link


@transaction.atomic
def suggest_link(*, case_id: int, other_id: int, by: Actor) -> None:
    """Leave it to a person whether two cases have to do with each other: something points from one there.

    What is bound already stays as it is. Raises UnableToChangeCase (NOT_FOUND).
    """
    case, other = steps.locked(case_id, by), steps.locked(other_id, by)
    both = CaseLink.objects.filter(Q(case=case, other=other) | Q(case=other, other=case))
    if case != other and not both.exists():
        CaseLink.objects.create(
            municipality_id=case.municipality_id, case=case, other=other, kind=rules.LinkKind.SUGGESTED
        )


@transaction.atomic
def unlink_cases(*, case_id: int, other_id: int, by: Actor, now: datetime) -> None:
    """Take back that two cases have to do with each other, or might; where one came from stays.

    Raises UnableToChangeCase (NOT_FOUND, NOT_ALLOWED, SAME_CASE, WRONG_STATE).
    """
    case, other = steps.both_locked_for_work(case_id, other_id, by)
    both = Q(case=case, other=other) | Q(case=other, other=case)
    if not CaseLink.objects.filter(both).exclude(kind__in=rules.CAME_OUT_OF).delete()[0]:
        raise UnableToChangeCase("WRONG_STATE")
    steps.record(case, by, now, rules.ChangeKind.UNLINKED, after=other.pk)
    steps.record(other, by, now, rules.ChangeKind.UNLINKED, after=case.pk)


def _is_visible(case_id: int, by: Actor) -> bool:
    return Case.objects.visible_to(by).filter(id=case_id).exists()


def _take_part(case: Case, follower: Reporter | None, language: str) -> tuple[Participant, bool]:
    """Return the part of whoever joins and whether it is new; each new follower has a link of their own."""
    if follower:
        same = rows_of([follower.resident])
        known = Participant.objects.filter(case=case, resident__in=same).order_by("-role", "id").first()
        if known:
            return known, False
    details = follower.details if follower else None
    part = Participant.objects.create(
        municipality_id=case.municipality_id,
        case=case,
        resident=follower.resident if follower else None,
        role=Participant.Role.FOLLOWER,
        name=details.name if details else "",
        email=details.email if details else "",
        phone=details.phone if details else "",
        language=language,
    )
    _let_follow(case, [part])
    return part, True


def _keep_words(
    case: Case,
    part: Participant,
    channel: rules.Channel,
    body: str,
    photos: Sequence[str],
    by: Actor,
    now: datetime,
    submission: str | None,
) -> Contact:
    contact = Contact.objects.create(
        municipality_id=case.municipality_id,
        case=case,
        resident_id=part.resident_id,
        author_id=by.user_id,
        follower=part if part.role == Participant.Role.FOLLOWER else None,
        direction=Contact.Direction.IN,
        channel=channel,
        body=body,
        at=now,
        submission=submission,
    )
    steps.attach(case, photos, rules.PhotoKind.CONTACT, now, contact)
    return contact


def _carry(case: Case, into: Case, merging: Merging) -> None:
    """Make everybody who takes part in a case a follower of another, unless they take part in it already."""
    there = set(Participant.objects.filter(case=into).values_list("resident_id", flat=True)) - {None}
    parts = [
        part for part in Participant.objects.filter(case=case).order_by("id") if part.resident_id not in there
    ]
    carried = Participant.objects.bulk_create(
        Participant(
            municipality_id=into.municipality_id,
            case=into,
            resident_id=part.resident_id,
            role=Participant.Role.FOLLOWER,
            name=part.name,
            email=part.email,
            phone=part.phone,
            language=part.language or case.language,
            merging=merging,
            wants=part.wants,
        )
        for part in parts
    )
    _let_follow(into, carried)


def _uncarry(merging: Merging) -> None:
    """Take back the followers a merging brought, here and wherever the case has been merged into since.

    Who has spoken on the case there since then follows it in their own right.
    """
    brought = Participant.objects.filter(merging=merging)
    spoke = Contact.objects.filter(follower__in=brought).values("follower_id")
    Participant.objects.filter(id__in=spoke).update(merging=None)
    gone = {part.pk: part.resident_id for part in brought.all()}
    _forget(merging.into, gone)
    further = Merging.objects.filter(case_id=merging.into_id, undone_at__isnull=True).first()
    while further:
        still = Participant.objects.filter(case_id=merging.into_id).values("resident_id")
        known = [resident_id for resident_id in gone.values() if resident_id is not None]
        passed_on = Participant.objects.filter(merging=further, resident_id__in=known)
        gone = {part.pk: part.resident_id for part in passed_on.exclude(resident_id__in=still)}
        _forget(further.into, gone)
        further = Merging.objects.filter(case_id=further.into_id, undone_at__isnull=True).first()


def _take_back_waiting(case: Case, merging: Merging) -> None:
    """Let no other case await an answer because of this one: here and wherever it has been merged into since.

    A case whose reporter has written since then awaits an answer in its own right, and so does what follows.
    """
    further: Merging | None = merging
    while further and not (further.awaited_before or _was_written_to_since(further)):
        waiting = Case.objects.filter(id=further.into_id, awaits_answer=True)
        if waiting.update(awaits_answer=False) and not case.awaits_answer:
            case.awaits_answer = True  # the reporter wrote here after the merge
            case.save(update_fields=["awaits_answer"])
        further = Merging.objects.filter(case_id=further.into_id, undone_at__isnull=True).first()


def _take_back_labels(merging: Merging, by: Actor, now: datetime) -> None:
    """Take off the labels a merging brought, here and wherever the case has been merged into since.

    Those that another case merged here has, too, stay.
    """
    brought = CaseLabel.objects.filter(merging=merging)
    others = CaseLabel.objects.filter(case__merged_into=merging.into).values_list("label_id", flat=True)
    brought.filter(label_id__in=list(others)).update(merging=None)
    gone = list(brought.values_list("label_id", flat=True))
    further: Merging | None = merging
    while gone and further:
        labelling.take_off(further.into, gone, by, now)
        further = Merging.objects.filter(case_id=further.into_id, undone_at__isnull=True).first()
        passed_on = CaseLabel.objects.filter(merging=further, label_id__in=gone)
        gone = list(passed_on.values_list("label_id", flat=True)) if further else []


def _was_written_to_since(merging: Merging) -> bool:
    words = Contact.objects.filter(case_id__in=with_merged(merging.into), follower__isnull=True)
    return words.filter(direction=Contact.Direction.IN, at__gt=merging.at).exists()


def _forget(case: Case, part_ids: Iterable[int]) -> None:
    ids = list(part_ids)
    Participant.objects.filter(id__in=ids).delete()
    for part_id in ids:
        links.revoke(purpose=Link.Purpose.FOLLOWING, object_id=part_id)
    Case.objects.filter(id=case.pk).update(joined=F("joined") - len(ids))
    index_case(case)


def _let_follow(case: Case, parts: Sequence[Participant]) -> None:
    links.create_many(
        municipality_id=case.municipality_id,
        purpose=Link.Purpose.FOLLOWING,
        expiry_of=dict.fromkeys([part.pk for part in parts]),
    )
    case.joined += len(parts)
    case.save(update_fields=["joined"])
