"""Calendars and targets are published as revisions; what is open follows them, what is closed does not."""

import pytest
from django.utils import timezone

from moked.accounts.rules import Role
from moked.audit.models import AuditRecord
from moked.cases import operations as cases
from moked.cases.rules import Outcome
from moked.events.models import Event, OutboxRow
from moked.events.worker import run_outbox
from moked.notices.models import Notice
from moked.revisions.models import Revision
from moked.sla import calendars, queries
from moked.sla.models import Calendar, Commitment, Target
from moked.sla.operations import (
    UnableToRetire,
    counting,
    publish_calendar,
    recompute_calendar,
    restore_calendar,
    retire_calendar,
)
from moked.sla.rules import BadTarget, TooFar
from tests.factories import make_actor, make_case, make_service, make_town, make_user
from tests.sla.calendars import ISRAELI, calendar
from tests.sla.promising import MONDAY, at, commitments, make_calendar, make_promising_service, promise

pytestmark = pytest.mark.django_db

LONGER = {name: [["08:00", "18:00"]] for name in ("sun", "mon", "tue", "wed", "thu")}


@pytest.fixture
def town():
    return make_town()


def by_wish(wish: str, row: Calendar, town) -> None:
    change = retire_calendar if wish == "retire" else restore_calendar
    change(calendar_id=row.pk, municipality=town, by_user_id=None, now=MONDAY)


def test_a_calendar_and_what_counts_by_it_have_a_history(town):
    author = make_user()
    office = publish_calendar(
        municipality=town,
        code="office",
        name={"en": "Office"},
        hours=calendars.Calendar.from_document(ISRAELI),
        by_user_id=author.pk,
        now=MONDAY,
    )
    make_calendar(town, calendar(**LONGER))
    target = promise(make_service(town), resolution="3d", calendar=office)
    history = Revision.objects.filter(kind="calendar", object_id=office.pk).order_by("number")
    assert [(one.state, one.document["hours"]["week"]["sun"], one.author_id) for one in history] == [
        ("RETIRED", [["08:00", "16:00"]], author.pk),
        ("PUBLISHED", [["08:00", "18:00"]], None),
    ]
    assert Revision.objects.get(kind="target", object_id=target.pk).document == {
        "calendar": "office",
        "resolution": "3d",
    }
    verbs = AuditRecord.objects.filter(object_kind__in=["calendar", "target"]).order_by("id")
    assert [one.verb for one in verbs] == ["calendar.published"] * 2 + ["target.published"]


def test_other_hours_move_what_is_open_and_leave_what_is_closed(town, work):
    service = make_promising_service(town)
    agent = make_actor(town, Role.AGENT)
    opened, closed = (make_case(town, service=service, now=MONDAY) for _ in range(2))
    cases.close_case(case_id=closed.pk, outcome=Outcome.FIXED, message="Done.", by=agent, now=at(16, 12))
    before = commitments(closed)
    holiday = calendar(days={"2026-11-17": []}, **LONGER)
    office = make_calendar(town, holiday, now=at(16, 13))
    recompute_calendar(calendar_id=office.pk, now=at(16, 13), may_go_on=lambda: True)
    assert commitments(opened) == {
        "FIRST_ANSWER": ("RUNNING", at(16, 15), None),
        "RESOLUTION": ("RUNNING", at(22, 18), None),
    }
    assert commitments(closed) == before
    moved = Event.objects.filter(name="case.promise_moved")
    assert [event.document["case_id"] for event in moved] == [opened.pk]
    assert {one.calendar_revision_id for one in Commitment.objects.filter(case=closed)} != {
        office.revision_id
    }


def test_the_worker_computes_anew_after_a_calendar_is_published(town, work):
    case = make_case(town, service=make_promising_service(town), now=MONDAY)
    work()
    office = make_calendar(town, calendar(**LONGER))
    assert set(Commitment.objects.values_list("calendar_revision", flat=True)) != {office.revision_id}
    work()
    assert set(Commitment.objects.values_list("calendar_revision", flat=True)) == {office.revision_id}
    assert {one.calendar_revision_id for one in Commitment.objects.filter(case=case)} == {office.revision_id}


def test_computing_anew_stops_when_another_worker_has_it(town):
    service = make_promising_service(town)
    # Of each case two promises are owed.
    at_once = counting.AT_ONCE // 2
    for _ in range(at_once + 1):
        make_case(town, service=service, now=MONDAY)
    office = make_calendar(town, calendar(**LONGER))
    answers = iter([True, False])
    assert not recompute_calendar(calendar_id=office.pk, now=MONDAY, may_go_on=lambda: next(answers))
    assert following(office) == 2 * at_once
    assert recompute_calendar(calendar_id=office.pk, now=MONDAY, may_go_on=lambda: True)
    assert following(office) == 2 * at_once + 2


def following(office):
    return Commitment.objects.filter(calendar_revision=office.revision_id).count()


def test_what_a_calendar_moves_does_not_keep_other_work_waiting(town, work, sink, monkeypatch):
    monkeypatch.setattr(counting, "IN_A_ROW", 1)
    monkeypatch.setattr(counting, "AT_ONCE", 2)
    service = make_promising_service(town)
    for _ in range(3):
        make_case(town, service=service, email="a@example.org", now=timezone.now())
    work()
    office = make_calendar(town, calendar(**LONGER))
    told = []
    while run_outbox():
        told.append((following(office), Notice.objects.filter(kind="PROMISE_MOVED").count()))
    # One case after the other, and beside the next what residents are told of the one before.
    assert told[:3] == [(2, 0), (4, 1), (6, 2)]
    assert OutboxRow.objects.get(subscriber="sla.recompute_calendar").attempts == 1
    assert not OutboxRow.objects.filter(is_open=True).exists()


def test_a_calendar_in_use_is_not_retired(town):
    office = make_calendar(town)
    service = make_service(town)
    promise(service, resolution="3d", calendar=office)
    case = make_case(town, service=service, now=MONDAY)
    with pytest.raises(UnableToRetire, match="TARGETS"):
        by_wish("retire", office, town)
    promise(service, resolution="3d", calendar=make_calendar(town, code="other"))
    with pytest.raises(UnableToRetire, match="COMMITMENTS"):
        by_wish("retire", office, town)
    agent = make_actor(town, Role.AGENT)
    cases.close_case(case_id=case.pk, outcome=Outcome.FIXED, message="Done.", by=agent, now=at(16, 12))
    by_wish("retire", office, town)
    assert [one.code for one in queries.calendars_of(town.pk)] == ["other"]
    with pytest.raises(BadTarget, match="no calendar “office”"):
        promise(service, resolution="3d", calendar=office)
    by_wish("restore", office, town)
    assert [one.code for one in queries.calendars_of(town.pk)] == ["office", "other"]


@pytest.mark.abuse("A08")
def test_the_calendar_of_another_town_is_refused(town):
    theirs = make_calendar(make_town())
    with pytest.raises(BadTarget):
        promise(make_service(town), resolution="3d", calendar=theirs)
    with pytest.raises(Calendar.DoesNotExist):
        by_wish("retire", theirs, town)
    assert not Target.objects.exists()


def test_hours_that_do_not_suffice_for_a_promise_are_refused(town):
    once = calendar(days={"2026-11-17": [["08:00", "16:00"]]}, sun=[])
    with pytest.raises(TooFar):
        promise(make_service(town), resolution="3d", calendar=make_calendar(town, once, code="once"))
    office = make_calendar(town)
    promise(make_service(town), resolution="3d", calendar=office)
    with pytest.raises(TooFar):
        make_calendar(town, once)
    office.refresh_from_db()
    assert office.hours == calendars.Calendar.from_document(ISRAELI)


@pytest.mark.parametrize("wrong", ["soon", "0d", "3", "1000d"])
def test_a_target_that_is_none_is_refused(town, wrong):
    service, office = make_service(town), make_calendar(town)
    with pytest.raises(BadTarget):
        promise(service, resolution=wrong, calendar=office)
    assert not Target.objects.exists()
