"""The bulk form writes what the operations would have written, and tells nobody."""

from datetime import timedelta

import pytest

from moked.accounts.rules import Role, system
from moked.audit.models import AuditRecord
from moked.cases import operations
from moked.cases.bulk import BATCH, PastCase, PastClosing, open_many
from moked.cases.models import Attachment, Case, Change, Contact, Participant
from moked.cases.rules import Channel, Outcome
from moked.events.models import Event, OutboxRow
from moked.files.operations import keep_photo
from moked.links.models import Link
from moked.residents.operations import ContactDetails, identify
from tests.factories import NOW, make_actor, make_case, make_service, make_town
from tests.files.pictures import photo

pytestmark = pytest.mark.django_db


def rows(model, case, *without):
    """A case's rows as comparable values, less what differs by nature."""
    left_out = {"id", "case_id", "submission", "reference", "object_id", *without}
    rows = model.objects.filter(**case).order_by("id").values()
    return [{key: value for key, value in row.items() if key not in left_out} for row in rows]


def test_a_bulk_case_equals_one_opened_and_closed_by_the_operations():
    town = make_town()
    service = make_service(town)
    closed_at = NOW + timedelta(hours=5)
    single = make_case(town, service=service, matter="A hole", email="ann@example.org", name="Ann")
    operations.close_case(
        case_id=single.pk, outcome=Outcome.FIXED, message="Done.", by=system(town.pk), now=closed_at
    )
    details = ContactDetails(name="Ann", email="ann@example.org")
    ann = identify(municipality_id=town.pk, details=details, language="en", now=NOW)
    past = PastCase(
        service=service,
        matter="A hole",
        opened_at=NOW,
        channel=Channel.WEB,
        language="en",
        reporter=operations.Reporter(ann, details),
        steps=[PastClosing(closed_at, Outcome.FIXED, "Done.")],
    )
    ((bulk,),) = open_many(town, [past])
    one, many = {"case_id": single.pk}, {"case_id": bulk.pk}
    by_resident = ("actor_kind",)
    assert rows(Case, {"pk": single.pk}, "number") == rows(Case, {"pk": bulk.pk}, "number")
    assert rows(Contact, one) == rows(Contact, many)
    assert rows(Participant, one) == rows(Participant, many)
    assert rows(Change, one, *by_resident) == rows(Change, many, *by_resident)
    audited = {"object_kind": "case"}
    assert rows(AuditRecord, audited | {"object_id": single.pk}, *by_resident) == rows(
        AuditRecord, audited | {"object_id": bulk.pk}, *by_resident
    )
    tracking = {"purpose": Link.Purpose.TRACKING}
    assert rows(Link, tracking | {"object_id": single.pk}) == rows(Link, tracking | {"object_id": bulk.pk})


def test_a_bulk_case_keeps_its_photos_with_its_first_words():
    town = make_town()
    token = keep_photo(town.pk, photo(), NOW).token
    past = PastCase(
        service=make_service(town),
        matter="m",
        opened_at=NOW,
        channel=Channel.WEB,
        language="en",
        steps=[PastClosing(NOW + timedelta(hours=5), Outcome.FIXED, "Done.")],
        said=operations.Said(photos=(token,)),
    )
    ((case,),) = open_many(town, [past])
    attached = Attachment.objects.get()
    assert (attached.case, attached.contact.body, attached.at) == (case, "m", NOW)


def test_bulk_cases_are_numbered_in_order_and_nobody_is_told():
    town = make_town()
    service = make_service(town)
    before = OutboxRow.objects.count()
    past = [
        PastCase(service=service, matter=f"m{i}", opened_at=NOW, channel=Channel.PHONE, language="en")
        for i in range(BATCH + 1)
    ]
    batches = list(open_many(town, past))
    assert [len(batch) for batch in batches] == [BATCH, 1]
    numbers = Case.objects.order_by("id").values_list("number", flat=True)
    assert [number.split("-")[1] for number in numbers] == [f"{i:06d}" for i in range(1, BATCH + 2)]
    assert make_case(town, service=service).number.startswith(f"26-{BATCH + 2:06d}-")
    assert OutboxRow.objects.count() == before + 1  # the one just made
    recorded = Event.objects.filter(name="cases.recorded").order_by("id")
    assert [len(event.document["case_ids"]) for event in recorded] == [BATCH, 1]


def test_a_bulk_case_is_handled_like_any_other():
    town = make_town()
    past = PastCase(service=make_service(town), matter="m", opened_at=NOW, channel=Channel.WEB, language="en")
    ((case,),) = open_many(town, [past])
    agent = make_actor(town, Role.AGENT)
    operations.close_case(case_id=case.pk, outcome=Outcome.FIXED, message="Done.", by=agent, now=NOW)
    case.refresh_from_db()
    assert case.state == "RESOLVED"
