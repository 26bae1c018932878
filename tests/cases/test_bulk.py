"""The bulk form writes what the operations would have written, and tells nobody."""

from datetime import timedelta

import pytest

from moked.accounts.rules import Role, resident, system
from moked.audit.models import AuditRecord
from moked.cases import operations
from moked.cases.bulk import (
    PastAssignment,
    PastCase,
    PastClosing,
    PastFollower,
    PastMessage,
    PastMove,
    PastNote,
    PastReopening,
    PastReview,
    PastReviewAnswer,
    open_many,
)
from moked.cases.bulk.writing import FIRST_BATCH
from moked.cases.models import Attachment, Case, Change, Contact, Note, Participant, Review
from moked.cases.rules import Channel, Outcome, ReviewReason, State
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


def hours(number):
    return NOW + timedelta(hours=number)


def test_a_long_history_equals_what_the_operations_leave_of_it():
    town = make_town()
    service = make_service(town, is_public=True)
    agent = make_actor(town, Role.AGENT)
    me, by = agent.user_id, resident(town.pk)
    details, neighbour = (ContactDetails(name=name, email=f"{name}@example.org") for name in ("ann", "ben"))
    ben = identify(municipality_id=town.pk, details=neighbour, language="he", now=NOW)
    single = make_case(town, service=service, matter="A hole", email="ann@example.org", name="ann")
    of_case = {"case_id": single.pk}
    operations.reply(body="We look.", by=agent, now=hours(1), **of_case)
    operations.assign(department_id=single.department_id, assignee_id=me, by=agent, now=hours(2), **of_case)
    operations.add_note(body="Asphalt.", by=agent, now=hours(3), **of_case)
    follower = operations.Reporter(ben, neighbour)
    said = {"language": "he", "channel": Channel.PHONE, "body": "Mine too."}
    operations.join_case(follower=follower, by=by, now=hours(4), **said, **of_case)
    operations.move(target=State.WAITING_FOR_RESIDENT, by=agent, now=hours(5), **of_case)
    operations.add_resident_contact(body="There.", channel=Channel.WEB, by=by, now=hours(6), **of_case)
    operations.close_case(outcome=Outcome.FIXED, message="Done.", by=agent, now=hours(7), **of_case)
    operations.open_review(reason=ReviewReason.NOT_FIXED, by=by, now=hours(8), **of_case)
    operations.reopen(message="Sorry.", by=agent, now=hours(9), **of_case)
    operations.close_case(outcome=Outcome.NOT_OURS, message="No.", by=agent, now=hours(10), **of_case)
    operations.open_review(reason=ReviewReason.WROTE_AGAIN, by=by, now=hours(11), **of_case)
    operations.answer_review(message="Really.", by=agent, now=hours(12), **of_case)
    past = PastCase(
        service=service,
        matter="A hole",
        opened_at=NOW,
        channel=Channel.WEB,
        language="en",
        reporter=operations.Reporter(Participant.objects.get(role="REPORTER").resident, details),
        steps=[
            PastMessage(hours(1), "We look.", author_id=me),
            PastMove(hours(1), State.IN_PROGRESS, author_id=me),
            PastAssignment(hours(2), me, author_id=me),
            PastNote(hours(3), "Asphalt.", author_id=me),
            PastFollower(hours(4), "Mine too.", "he", Channel.PHONE, follower),
            PastMove(hours(5), State.WAITING_FOR_RESIDENT, author_id=me),
            PastMessage(hours(6), "There.", is_incoming=True),
            PastMove(hours(6), State.IN_PROGRESS),
            PastClosing(hours(7), Outcome.FIXED, "Done.", author_id=me),
            PastReview(hours(8)),
            PastReopening(hours(9), me, "Sorry."),
            PastClosing(hours(10), Outcome.NOT_OURS, "No.", author_id=me),
            PastReview(hours(11), ReviewReason.WROTE_AGAIN),
            PastReviewAnswer(hours(12), "Really.", author_id=me),
        ],
    )
    ((bulk,),) = open_many(town, [past])
    one, many = {"case_id": single.pk}, {"case_id": bulk.pk}
    # No promise is made here, and each queue is by the clock of the last move; see the tests of promises.
    by_clocks = ("number", "queue_at")
    assert rows(Case, {"pk": single.pk}, *by_clocks) == rows(Case, {"pk": bulk.pk}, *by_clocks)
    for model, other in ((Note, ()), (Review, ()), (Participant, ()), (Contact, ("follower_id",))):
        assert rows(model, many, *other) == rows(model, one, *other) != []
    spoken = [Contact.objects.get(follower__case=case).body for case in (single, bulk)]
    assert spoken == ["Mine too."] * 2
    assert happened(Change, one) == happened(Change, many)
    audited = [{"object_kind": "case", "object_id": case.pk} for case in (single, bulk)]
    assert happened(AuditRecord, audited[0]) == happened(AuditRecord, audited[1])
    parts = [list(Participant.objects.filter(case=case, role="FOLLOWER")) for case in (single, bulk)]
    following = [Link.objects.get(purpose="FOLLOWING", object_id=part.pk) for (part,) in parts]
    assert following[0].expires_at == following[1].expires_at


def happened(model, found):
    """Return rows in the order of time, with words in place of the ids of contacts and notes."""
    names = {"contact": Contact, "note": Note}
    listed = []
    for row in rows(model, found):
        for key in ("before", "after"):
            for name, value in dict(row[key]).items() if isinstance(row[key], dict) else ():
                if name in names:
                    row[key] = {name: names[name].objects.get(id=value).body}
        if row.get("kind") == "OPENED" or row.get("verb") == "case.opened":
            row["actor_kind"] = "either"
        listed.append(row)
    return sorted(listed, key=lambda row: (row["at"], str(row)))


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
        for i in range(FIRST_BATCH + 1)
    ]
    batches = list(open_many(town, past))
    assert [len(batch) for batch in batches] == [FIRST_BATCH, 1]
    numbers = Case.objects.order_by("id").values_list("number", flat=True)
    assert [number.split("-")[1] for number in numbers] == [f"{i:06d}" for i in range(1, FIRST_BATCH + 2)]
    assert make_case(town, service=service).number.startswith(f"26-{FIRST_BATCH + 2:06d}-")
    assert OutboxRow.objects.count() == before + 2  # those of the one just made
    recorded = Event.objects.filter(name="cases.recorded").order_by("id")
    assert [len(event.document["case_ids"]) for event in recorded] == [FIRST_BATCH, 1]


def test_projections_are_told_of_a_hundred_cases_at_a_time():
    town = make_town()
    one = PastCase(make_service(town), matter="m", opened_at=NOW, channel=Channel.WEB, language="en")
    (batch,) = open_many(town, [one] * 250, first=250)
    recorded = Event.objects.filter(name="cases.recorded").order_by("id")
    told = [event.document["case_ids"] for event in recorded]
    assert [len(ids) for ids in told] == [100, 100, 50]
    assert [number for ids in told for number in ids] == [case.pk for case in batch]


def test_a_bulk_case_is_handled_like_any_other():
    town = make_town()
    past = PastCase(service=make_service(town), matter="m", opened_at=NOW, channel=Channel.WEB, language="en")
    ((case,),) = open_many(town, [past])
    agent = make_actor(town, Role.AGENT)
    operations.close_case(case_id=case.pk, outcome=Outcome.FIXED, message="Done.", by=agent, now=NOW)
    case.refresh_from_db()
    assert case.state == "RESOLVED"


def test_what_was_answered_at_once_was_closed_at_first_contact():
    town = make_town()
    service = make_service(town)
    single = make_case(town, service=service, matter="When?")
    agent = make_actor(town, Role.AGENT)
    operations.close_case(
        case_id=single.pk,
        outcome=Outcome.ANSWERED,
        message="At nine.",
        at_first_contact=True,
        by=agent,
        now=hours(1),
    )
    closing = PastClosing(hours(1), Outcome.ANSWERED, "At nine.", agent.user_id, at_first_contact=True)
    past = PastCase(
        service=service, matter="When?", opened_at=NOW, channel=Channel.WEB, language="en", steps=[closing]
    )
    ((bulk,),) = open_many(town, [past])
    assert rows(Case, {"pk": single.pk}, "number") == rows(Case, {"pk": bulk.pk}, "number")
    assert Case.objects.get(pk=bulk.pk).closed_at_first_contact
