"""Defences whose removal no other test would notice."""

from datetime import timedelta

import pytest

from moked.accounts.rules import Role, system
from moked.audit.models import AuditRecord
from moked.cases import operations as cases
from moked.cases import queries
from moked.cases.models import Case
from moked.events.models import Event, OutboxRow
from moked.notices import operations as notices
from moked.notices.models import Notice
from moked.notices.rules import Kind
from tests.factories import NOW, make_actor, make_case, make_department, make_service, make_town

pytestmark = pytest.mark.django_db


def test_the_queue_begins_with_what_is_due_first() -> None:
    town = make_town()
    service = make_service(town)
    late, early = (make_case(town, service=service) for _ in range(2))
    Case.objects.filter(pk=early.pk).update(queue_at=NOW - timedelta(days=3))
    found = queries.queue(make_actor(town, Role.AGENT), now=NOW).cases
    assert [case.pk for case in found] == [early.pk, late.pk]


def test_planning_the_same_event_again_plans_nothing() -> None:
    case = make_case(make_town(), email="ann@example.org")
    event = Event.objects.get(name="case.opened")
    for turn in range(2):
        planned = notices.plan(
            event_id=event.pk, case_id=case.pk, kind=Kind.CASE_OPENED, contact_id=None, now=NOW
        )
        assert len(planned) == (1, 0)[turn]
    assert Notice.objects.count() == 1
    assert OutboxRow.objects.filter(subscriber="notices.send").count() == 1


def test_every_change_of_a_case_is_audited() -> None:
    town = make_town()
    case = make_case(town, email="ann@example.org")
    by = make_actor(town, Role.AGENT)
    told = {"case_id": case.pk, "by": by, "now": NOW}
    changes = [
        lambda: cases.reply(body="x", **told),
        lambda: cases.add_note(body="x", **told),
        lambda: cases.assign(department_id=make_department(town).pk, assignee_id=by.user_id, **told),
        lambda: cases.move(target="SCHEDULED", **told),
        lambda: cases.close_case(outcome="FIXED", message="x", **told),
        lambda: cases.add_resident_contact(
            case_id=case.pk, body="Not right.", channel="WEB", by=system(town.pk), now=NOW
        ),
        lambda: cases.answer_review(message="x", **told),
        lambda: cases.reopen(message="x", **told),
    ]
    for change in changes:
        before = AuditRecord.objects.count()
        change()
        last = AuditRecord.objects.order_by("id").last()
        assert AuditRecord.objects.count() > before
        assert last is not None
        assert (last.object_kind, last.object_id, last.municipality_id) == ("case", case.pk, town.pk)
        assert last.actor_id in {by.user_id, None}
    assert set(
        AuditRecord.objects.filter(object_id=case.pk, object_kind="case").values_list("verb", flat=True)
    ) == {
        "case.opened",
        "case.reply_sent",
        "case.state",
        "case.note_added",
        "case.assigned",
        "case.closed",
        "case.resident_wrote",
        "case.review_opened",
        "case.review_answered",
        "case.reopened",
    }
