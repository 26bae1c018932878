"""Warn before a promise breaks and after: once for each level, and tell the resident of a later time."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog
from django.db import transaction

from moked.accounts import queries as accounts
from moked.accounts.rules import Actor, Role, system
from moked.audit import operations as audit
from moked.base.labels import label
from moked.base.rows import update
from moked.cases import operations as cases
from moked.cases.models import Case
from moked.catalogue.models import Service
from moked.municipalities.models import Municipality
from moked.notices import staff
from moked.notices.rules import StaffKind
from moked.revisions import operations as revisions
from moked.revisions.queries import is_published
from moked.sla import queries
from moked.sla.commitments import State, promise_kind
from moked.sla.models import Commitment, WarningSet
from moked.sla.operations.counting import (
    Calendars,
    few_at_a_time,
    levels_of,
    pauses_of,
    plan_warnings,
    recompute,
)
from moked.sla.people import People
from moked.sla.rules import Target, TooFar, due
from moked.sla.warnings import BadWarnings, Level, Reached

WARNINGS_KIND = "warnings"

log = structlog.get_logger("moked.promises")


class UnableToPostpone(cases.UnableToChangeCase):
    """A later time cannot be promised.

    `code` is NOT_FOUND, NOT_ALLOWED, NO_PROMISE, NOT_LATER or NOTHING_SAID.
    """


@transaction.atomic
def publish_warnings(
    *, municipality: Municipality, levels: Sequence[Level], by_user_id: int | None, now: datetime
) -> WarningSet:
    """Make these the warnings of the municipality; promises follow them when they are counted next.

    Raises BadWarnings when one names a service that the municipality does not have.
    """
    known = set(Service.objects.filter(municipality=municipality).values_list("slug", flat=True))
    for number, level in enumerate(levels, 1):
        if unknown := next((slug for slug in level.services if slug not in known), None):
            raise BadWarnings(number, unknown)
    row, _ = WarningSet.objects.select_for_update().get_or_create(municipality=municipality)
    document = [level.as_document() for level in levels]
    if is_published(WARNINGS_KIND, row.pk, {"warnings": document}):
        return row
    row.document = document
    row.revision = revisions.publish(
        municipality_id=municipality.pk,
        kind=WARNINGS_KIND,
        object_id=row.pk,
        document={"warnings": document},
        author_id=by_user_id,
        now=now,
    )
    row.save()
    audit.record(
        municipality_id=municipality.pk,
        actor_kind="STAFF" if by_user_id else "SYSTEM",
        actor_id=by_user_id,
        verb="warnings.published",
        object_kind=WARNINGS_KIND,
        object_id=row.pk,
        after={"revision": row.revision.number, "warnings": len(document)},
        now=now,
    )
    return row


def warn(now: datetime) -> str:
    """Give the warnings that are due by now, those about a few promises in each transaction."""
    due, calendars = Commitment.objects.filter(warn_at__lte=now).order_by("warn_at", "id"), Calendars()
    given, failed = 0, 0
    for few in few_at_a_time(due):
        try:
            given += _warn(dict(few), calendars, now)
        except Exception:  # noqa: BLE001 - whatever it was, it is told of the promise on which it happens
            # One promise must not keep the others waiting; it is tried again with the next sweep.
            for one in few:
                try:
                    given += _warn(dict([one]), calendars, now)
                except Exception:
                    failed += 1
                    log.exception("warning_failed", commitment=one[0])
    return f"{given} warnings given" + (f", {failed} promises failed" if failed else "")


@transaction.atomic
def _warn(promises: Mapping[int, int], calendars: Calendars, now: datetime) -> int:
    """Look at the facts again, plan what comes next, and give the levels that each has reached."""
    # In the order in which whoever changes two cases locks them.
    rows = Case.objects.select_related("service", "municipality").select_for_update(of=("self",))
    by_id = {case.pk: case for case in rows.filter(id__in=set(promises.values())).order_by("id")}
    due = list(Commitment.objects.filter(id__in=list(promises), warn_at__lte=now).order_by("id"))
    calendars.lend(due)
    levels, pauses = levels_of(by_id.values()), pauses_of(by_id)
    reached = []
    for one in due:
        case = by_id[one.case_id]
        stops = pauses.get(case.pk, [])
        ahead = queries.warnings_ahead(one, case, levels[case.municipality_id], stops)
        passed = [each for each in ahead if each.at <= now]
        one.warned = ",".join([*filter(None, one.warned.split(",")), *(each.key for each in passed)])
        plan_warnings(case, [one], levels[case.municipality_id], stops)
        reached += [(case, one, passed)] if passed else []
    update(due, ("warned", "warn_at"))
    people = People()
    for case, one, passed in reached:
        _give(case, one, passed, people, now)
    return len(reached)


def _give(case: Case, one: Commitment, passed: Sequence[Reached], people: People, now: datetime) -> None:
    """Tell colleagues of the highest level that was passed, and do what any of them asks for besides."""
    reached, by = passed[-1], system(case.municipality_id)
    level, gives = reached.level, any(each.level.gives for each in passed)
    kind = StaffKind.BROKEN if one.due_at is not None and one.due_at <= now else StaffKind.AT_RISK
    told = list(dict.fromkeys(user_id for whom in level.whom for user_id in people.told(whom, case, now)))
    staff.tell(case, told, kind=kind, what=one.kind, level=reached.key, by_mail=level.by_mail, now=now)
    cases.record_warning(case, what=one.kind, level=reached.key, told=len(told), now=now)
    if telling := next((each.level for each in reversed(passed) if each.level.later), None):
        _tell_later(case, one, telling, now)
    managers = people.managers_of(case.department_id) if gives and case.department_id else []
    if managers and case.assignee_id not in managers:
        cases.assign(
            case_id=case.pk,
            department_id=case.department_id,
            team_id=case.team_id,
            assignee_id=managers[0],
            by=by,
            now=now,
        )
        # Another promise of the same case may be warned about next.
        case.assignee_id = managers[0]


def _tell_later(case: Case, one: Commitment, level: Level, now: datetime) -> None:
    """Tell the resident a later time by itself, once, where a level says so and the law allows it."""
    is_told = one.kind == promise_kind(case.kind)
    if not is_told or one.is_legal or one.extended_to or one.due_at is None:
        return
    try:
        to = due(one.calendar.hours, max(one.due_at, now), Target.read(level.later))
    except TooFar:
        return
    assert to is not None  # noqa: S101 - without pauses no clock stands still
    words = label(level.reason, case.language, case.municipality.language)
    postpone(case_id=case.pk, to=to, words=words, by=system(case.municipality_id), now=now)


def raise_alarm(*, case_id: int, at: datetime) -> None:
    """Tell everybody who can act that a case is urgent, by mail too, at any hour.

    Those on duty of the teams on call are among them: of the department, of those above it, of the centre.
    """
    case = Case.objects.select_related("municipality").get(id=case_id)
    department = case.department_id
    near = [*accounts.workers_of(department), *accounts.managers_of(department)] if department else []
    told = [case.assignee_id, *near] if case.assignee_id else near
    on_call = accounts.on_call(case.municipality_id, department, at)
    centre = accounts.holders_of(case.municipality_id, Role.AGENT)
    staff.tell(case, [*told, *on_call, *centre], kind=StaffKind.URGENT, by_mail=True, now=at)


@transaction.atomic
def postpone(*, case_id: int, to: datetime, words: str, by: Actor, now: datetime) -> None:
    """Tell the resident a later time and why, before the promise breaks or after.

    Whether the promise was kept is decided by the time it had. Raises UnableToPostpone.
    """
    case = Case.objects.visible_to(by).select_for_update(of=("self",)).filter(id=case_id).first()
    if case is None:
        raise UnableToPostpone("NOT_FOUND")
    if not by.may_work_on(case.department_id):
        raise UnableToPostpone("NOT_ALLOWED")
    kind = promise_kind(case.kind)
    one = Commitment.objects.filter(case=case, kind=kind, is_current=True, met_at__isnull=True).first()
    if one is None or one.state == State.CANCELLED or one.due_at is None:
        raise UnableToPostpone("NO_PROMISE")
    if to <= max(now, one.due_at, one.extended_to or one.due_at):
        raise UnableToPostpone("NOT_LATER")
    if not words.strip():
        raise UnableToPostpone("NOTHING_SAID")
    one.extended_to, one.is_extension_over = to, False
    one.save(update_fields=["extended_to", "is_extension_over"])
    cases.set_promise_words(case_id=case.pk, words=words)
    recompute(case_id=case.pk, now=now)
