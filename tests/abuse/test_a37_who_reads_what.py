"""A37: who is written to is decided when it is sent, by whose it is then; nothing internal is ever in it."""

from email.message import EmailMessage

import pytest
from django.core.cache import cache

from moked.accounts.models import Membership
from moked.accounts.rules import Role, system
from moked.cases import operations as cases
from moked.cases.models import Case, Participant
from moked.cases.rules import Outcome
from moked.channels.models import Account
from moked.events.models import OutboxRow
from moked.municipalities.models import Municipality
from moked.notices import staff
from moked.notices.models import Notice, StaffNotice
from moked.notices.operations import plan
from moked.notices.rules import Kind, StaffKind
from tests.factories import (
    NOW,
    make_actor,
    make_case,
    make_department,
    make_label,
    make_service,
    make_staff,
    make_town,
)
from tests.intake.letters import came, letter, make_mailbox
from tests.intake.test_mails import reply_address

pytestmark = [pytest.mark.abuse("A37"), pytest.mark.django_db]

DANA, OTHER = "dana@example.org", "other@example.org"
CANARY = "canary-among-colleagues"


@pytest.fixture
def town(db) -> Municipality:
    cache.clear()
    return make_town()


@pytest.fixture
def mailbox(town: Municipality) -> Account:
    return make_mailbox(town)


@pytest.fixture
def case(town: Municipality, work) -> Case:
    """Dana's case, of which she has been told."""
    case = make_case(town, email=DANA, name="Dana")
    OutboxRow.objects.all().delete()
    return case


def recipients(sink) -> list[str]:
    return [one for _, found in sink.envelopes for one in found]


def words(mail: EmailMessage) -> str:
    """Return all of a mail that a person or a program reads: headers and every text."""
    texts = [part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"]
    return "\n".join([*(f"{name}: {value}" for name, value in mail.items()), *texts])


def reply(case: Case, body: str = "We are coming.") -> None:
    cases.reply(case_id=case.pk, body=body, by=system(case.municipality_id), now=NOW)


def planned(case: Case) -> Notice:
    """Plan an answer to whoever is on a case, and do not send it yet."""
    (notice,) = plan(event_id=99, case_id=case.pk, kind=Kind.REPLY, contact_id=None, now=NOW)
    return notice


def test_an_address_changed_before_the_mail_left_is_the_one_that_counts(case: Case, sink, work) -> None:
    planned(case)
    Participant.objects.filter(case=case).update(email=OTHER)
    work()
    assert recipients(sink) == [OTHER]


@pytest.mark.parametrize("how", ["no address", "no part"])
def test_who_is_on_the_case_no_more_is_not_written_to(case: Case, how: str, sink, work) -> None:
    notice = planned(case)
    part = Participant.objects.filter(case=case)
    part.update(email="") if how == "no address" else part.delete()
    work()
    notice.refresh_from_db()
    assert recipients(sink) == [] and notice.state == Notice.State.DROPPED


def test_a_reply_planned_for_one_resident_never_goes_to_the_next(case: Case, town, sink, work) -> None:
    """The reporter of a case becomes another person between planning and sending."""
    notice = planned(case)
    other = Participant.objects.get(case=make_case(town, email=OTHER)).resident
    OutboxRow.objects.exclude(subscriber="notices.send").delete()
    Participant.objects.filter(case=case).update(resident=other, email=OTHER)
    work()
    notice.refresh_from_db()
    assert recipients(sink) == [] and notice.state == Notice.State.DROPPED


def test_people_in_copy_are_told_nothing(mailbox: Account, sink, work) -> None:
    """To, Cc, Bcc and Reply-To of a mail are whoever its sender likes: none of them takes part."""
    more = {"Cc": "cc@example.org, boss@example.org", "Bcc": "bcc@example.org", "Reply_To": "rt@example.org"}
    to = f"{mailbox.address}, to@example.org"
    message = came(mailbox, letter(sender=DANA, to=to, **more))
    work()
    reply(message.contact.case)
    cases.close_case(
        case_id=message.contact.case_id,
        outcome=Outcome.FIXED,
        message="Done.",
        by=make_actor(mailbox.municipality, Role.AGENT),
        now=NOW,
    )
    work()
    assert recipients(sink) == [DANA] * 3
    for mail in sink.messages:
        assert mail["Cc"] is None and mail["Bcc"] is None and len(mail["To"].addresses) == 1
        assert not any(one in words(mail) for one in ("cc@", "boss@", "bcc@", "rt@", "to@example.org"))


def test_people_in_copy_of_an_answer_are_told_nothing_either(
    mailbox: Account, case: Case, sink, work
) -> None:
    came(mailbox, letter("More.", sender=DANA, to=reply_address(mailbox, case), Cc="cc@example.org"))
    reply(case)
    work()
    assert recipients(sink) == [DANA]


def everything_internal(case: Case, town: Municipality) -> None:
    """Put a canary into every place of a case that is for colleagues."""
    by = {"case_id": case.pk, "by": make_actor(town, Role.AGENT), "now": NOW}
    cases.add_note(body=f"{CANARY} note", **by)
    label = make_label(town, f"{CANARY} label")
    cases.change_labels(add=[label.code], **by)
    Case.objects.filter(pk=case.pk).update(public_title=f"{CANARY} draft of public words")


def test_nothing_internal_is_in_any_mail_to_residents(mailbox: Account, town, sink, work) -> None:
    message = came(mailbox, letter(sender=DANA))
    case = message.contact.case
    work()
    everything_internal(case, town)
    agent = make_actor(town, Role.AGENT)
    by = {"case_id": case.pk, "by": agent, "now": NOW}
    cases.reply(body="We are coming.", **by)
    cases.close_case(outcome=Outcome.FIXED, message="Done.", **by)
    cases.add_note(body=f"{CANARY} after closing", **by)
    cases.reopen(message="We look again.", **by)
    cases.close_case(outcome=Outcome.NOT_OURS, message="Not ours.", **by)
    work()
    assert len(sink.messages) == 5 and set(recipients(sink)) == {DANA}
    for mail in sink.messages:
        assert CANARY not in words(mail)


def test_a_merged_case_tells_its_people_nothing_of_the_other(town, sink, work) -> None:
    service = make_service(town)
    first = make_case(town, service=service, matter="Hole of Dana", email=DANA, name="Dana Canary")
    second = make_case(town, service=service, matter="Hole by the well", email=OTHER, name="Other Canary")
    work()
    sink.messages.clear()
    by = make_actor(town, Role.AGENT)
    cases.merge_case(case_id=first.pk, into_id=second.pk, by=by, now=NOW)
    cases.reply(case_id=second.pk, body="An answer to the other.", by=by, now=NOW)
    cases.close_case(case_id=second.pk, outcome=Outcome.FIXED, message="Done.", by=by, now=NOW)
    work()
    for mail in sink.messages:
        is_dana = DANA in str(mail["To"])
        for kept in (
            (OTHER, "Other Canary", "by the well", "An answer to the other.") if is_dana else (DANA, "Dana")
        ):
            assert kept not in words(mail), mail["Subject"]


def test_a_colleague_who_lost_the_right_is_not_written_to(town, sink, work) -> None:
    department = make_department(town)
    worker = make_staff(town, Role.DEPARTMENT_WORKER, department=department)
    case = make_case(town, service=make_service(town, department=department), email=DANA)
    work()
    sink.envelopes.clear()
    for lost in (False, True):
        staff.tell(case, [worker.pk], kind=StaffKind.AT_RISK, by_mail=True, now=NOW)
        if lost:
            Case.objects.filter(pk=case.pk).update(department=make_department(town))
        work()
        assert recipients(sink) == ([] if lost else [worker.email])
        sink.envelopes.clear()
    Case.objects.filter(pk=case.pk).update(department=department)
    staff.tell(case, [worker.pk], kind=StaffKind.AT_RISK, by_mail=True, now=NOW)
    Membership.objects.filter(user=worker).delete()
    work()
    assert recipients(sink) == []
    states = StaffNotice.objects.order_by("id").values_list("mail_state", flat=True)
    assert list(states) == ["SENT", "DROPPED", "DROPPED"]


def test_a_mail_to_a_colleague_says_nothing_a_resident_wrote(town, sink, work) -> None:
    worker = make_staff(town, Role.AGENT)
    case = make_case(town, matter=f"Matter {CANARY}", email=DANA, name=f"Name {CANARY}", phone="050-1234567")
    work()
    sink.messages.clear()
    for kind in StaffKind:
        staff.tell(
            case, [worker.pk], kind=kind, by_mail=kind in {StaffKind.AT_RISK, StaffKind.URGENT}, now=NOW
        )
    work()
    assert sink.messages
    for mail in sink.messages:
        assert not any(one in words(mail) for one in (CANARY, DANA, "1234567"))
