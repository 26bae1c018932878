"""Put labels on cases and take them off."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import transaction

from moked.accounts.rules import Actor, system
from moked.cases import events, rules
from moked.cases.labels import MOST_ON_CASE
from moked.cases.models import Case, CaseLabel, Label, Merging
from moked.cases.operations import steps
from moked.cases.operations.refusals import UnableToChangeCase
from moked.events.operations import publish


@transaction.atomic
def change_labels(
    *,
    case_id: int,
    by: Actor,
    now: datetime,
    add: Collection[str] = (),
    remove: Collection[str] = (),
) -> Case:
    """Put labels on a case, open or closed, and take others off, by their codes.

    Nothing happens where it is so already; what a colleague did meanwhile stays.
    Raises UnableToChangeCase (NOT_FOUND, NOT_ALLOWED, UNKNOWN_LABEL, TOO_MANY_LABELS).
    """
    case = steps.locked_for_work(case_id, by)
    known = {one.code: one for one in Label.objects.filter(municipality_id=case.municipality_id)}
    has = set(CaseLabel.objects.filter(case=case).values_list("label__code", flat=True))
    added = sorted(set(add) - has)
    if any(code not in known or known[code].is_retired for code in added):
        raise UnableToChangeCase("UNKNOWN_LABEL")
    removed = sorted(has & set(remove))
    if added and len(has) + len(added) - len(removed) > MOST_ON_CASE:
        raise UnableToChangeCase("TOO_MANY_LABELS")
    _change(case, [known[code] for code in added], [known[code] for code in removed], by, now)
    return case


def label_by_rule(*, case_id: int, label_ids: Collection[int], reason: str, now: datetime) -> None:
    """Put labels on a case, however many it has: for routing, inside the transaction it happens in.

    `reason` is the code of the rule.
    """
    case = Case.objects.get(id=case_id)
    put_on(case, label_ids, system(case.municipality_id), now, reason=reason)


def put_on(
    case: Case,
    label_ids: Iterable[int],
    by: Actor,
    now: datetime,
    *,
    reason: str = "",
    merging: Merging | None = None,
) -> None:
    """Put those labels on a locked case that it has not yet, however many there are then."""
    has = set(CaseLabel.objects.filter(case=case).values_list("label_id", flat=True))
    new = Label.objects.filter(id__in=set(label_ids) - has).order_by("id")
    _change(case, list(new), [], by, now, reason=reason, merging=merging)


def take_off(case: Case, label_ids: Iterable[int], by: Actor, now: datetime) -> None:
    """Take labels off a case that has them."""
    _change(case, [], list(Label.objects.filter(id__in=list(label_ids)).order_by("id")), by, now)


def _change(
    case: Case,
    added: Collection[Label],
    removed: Collection[Label],
    by: Actor,
    now: datetime,
    *,
    reason: str = "",
    merging: Merging | None = None,
) -> None:
    if not added and not removed:
        return
    CaseLabel.objects.bulk_create(
        CaseLabel(municipality_id=case.municipality_id, case=case, label=one, merging=merging)
        for one in added
    )
    CaseLabel.objects.filter(case=case, label__in=removed).delete()
    for one in added:
        steps.record(case, by, now, rules.ChangeKind.LABELLED, after=one.pk, reason=reason)
    for one in removed:
        steps.record(case, by, now, rules.ChangeKind.UNLABELLED, before=one.pk)
    publish(
        events.CaseLabelled(
            municipality_id=case.municipality_id,
            case_id=case.pk,
            added=tuple(one.pk for one in added),
            removed=tuple(one.pk for one in removed),
        ),
        now=now,
    )
