"""A report becomes a case, once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from moked.accounts.rules import resident
from moked.audit.models import AuditRecord
from moked.cases.models import Case, Change, Contact, Participant
from moked.cases.operations import UnableToOpenCase
from moked.cases.rules import Channel
from moked.events.models import Event, OutboxRow
from moked.intake.operations import report
from moked.links import operations as links
from moked.links.models import Link
from moked.residents.models import ContactPoint, Resident
from moked.residents.operations import ContactDetails
from tests.factories import NOW, make_case, make_service, make_town

pytestmark = pytest.mark.django_db


def test_report_writes_case_contact_participant_audit_event_and_outbox_together():
    town = make_town()
    service = make_service(town)
    case = make_case(town, service=service, matter="A hole", email="ann@example.org", name="Ann")
    assert (case.state, case.is_open, case.title, case.opened_at, case.queue_at) == (
        "RECEIVED",
        True,
        "A hole",
        NOW,
        NOW + timedelta(days=5),
    )
    assert case.department_id == service.department_id
    assert case.revision_id == service.revision_id
    contact = Contact.objects.get(case=case)
    assert (contact.direction, contact.channel, contact.body) == ("IN", "WEB", "A hole")
    part = Participant.objects.get(case=case)
    assert (part.role, part.name, part.resident_id) == ("REPORTER", "Ann", contact.resident_id)
    assert Change.objects.get(case=case).kind == "OPENED"
    record = AuditRecord.objects.get(object_kind="case", object_id=case.pk)
    assert (record.verb, record.actor_kind, record.actor_id) == ("case.opened", "RESIDENT", None)
    event = Event.objects.get(name="case.opened")
    assert event.document == {
        "municipality_id": town.pk,
        "case_id": case.pk,
        "service_id": service.pk,
        "priority": "NORMAL",
    }
    rows = OutboxRow.objects.filter(event=event).order_by("id")
    assert [(row.subscriber, row.state, row.is_open) for row in rows] == [
        ("notices.plan_opened", "PENDING", True),
        ("processes.react_to.case.opened", "PENDING", True),
    ]
    link = links.find(purpose=Link.Purpose.TRACKING, object_id=case.pk)
    assert link is not None and link.expires_at is None


def test_report_with_a_fixed_number_of_queries(django_assert_num_queries):
    town = make_town()
    service = make_service(town)
    make_case(town, service=service, email="first@example.org")
    # What it is found by is one row more, and on SQLite its index another.
    with django_assert_num_queries(24 if connection.vendor == "sqlite" else 23):
        report(
            municipality=town,
            service=service,
            matter="A hole",
            channel=Channel.WEB,
            language="en",
            details=ContactDetails(email="ann@example.org"),
            by=resident(town.pk),
            now=NOW,
            submission="one",
        )


def test_numbers_run_by_town_and_local_year():
    town, other = make_town(), make_town()
    service, others = make_service(town), make_service(other)
    new_year = datetime(2026, 12, 31, 22, 30, tzinfo=UTC)  # 2027 in Jerusalem
    numbers = [
        make_case(town, service=service).number,
        make_case(town, service=service).number,
        make_case(other, service=others).number,
        make_case(town, service=service, now=new_year).number,
    ]
    assert numbers == ["26-000001-5", "26-000002-3", "26-000001-5", "27-000001-2"]


def test_the_same_form_sent_twice_is_one_case_and_a_corrected_one_another():
    town = make_town()
    service = make_service(town)

    def send(matter: str) -> Case:
        return report(
            municipality=town,
            service=service,
            matter=matter,
            channel=Channel.WEB,
            language="en",
            details=ContactDetails(email="ann@example.org"),
            by=resident(town.pk),
            now=NOW,
            submission="form-1",
        )

    first, again, corrected = send("A hole"), send("A hole"), send("A deep hole")
    assert first.pk == again.pk != corrected.pk
    assert Case.objects.count() == 2
    assert Resident.objects.count() == 1


def test_anonymous_report_stores_nobody():
    case = make_case(make_town())
    assert not Participant.objects.filter(case=case).exists()
    assert not Resident.objects.exists() and not ContactPoint.objects.exists()
    assert Contact.objects.get(case=case).resident_id is None


@pytest.mark.abuse("A08")
def test_a_service_of_another_town_is_refused_and_nothing_is_kept():
    town, other = make_town(), make_town()
    with pytest.raises(UnableToOpenCase) as refusal:
        make_case(town, service=make_service(other))
    assert refusal.value.code == "WRONG_TOWN"
    assert not Case.objects.exists() and not Event.objects.filter(name="case.opened").exists()
