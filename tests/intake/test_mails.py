"""A mail joins a case by a secret of ours and from who takes part in it; else it opens one of its own."""

from datetime import timedelta

import pytest

from moked.accounts.rules import Role
from moked.cases import operations as cases
from moked.cases.models import Case, CaseLink, Contact, Document, Participant
from moked.cases.operations import people
from moked.cases.queries import photos_of, staff_timeline
from moked.cases.rules import Channel, LinkKind
from moked.channels.email.addresses import bounce_address, with_tag
from moked.channels.email.reading.message import read
from moked.channels.models import Account, InboundMessage
from moked.files.operations import read_whole, sweep_unclaimed
from moked.handovers.models import Statement
from moked.handovers.operations import hand_over
from moked.handovers.queries import secret_of
from moked.intake import attachments, mails
from moked.intake.by_hand import take_again
from moked.intake.mails import take
from moked.links import operations as links
from moked.links.models import Link
from moked.notices.models import Notice, StaffNotice
from moked.notices.operations import plan, why_not_acknowledged
from moked.notices.rules import Kind, WhyNot
from moked.residents.models import ContactPoint, Resident
from moked.residents.queries import contact_points_of
from tests.factories import (
    NOW,
    make_actor,
    make_body,
    make_case,
    make_department,
    make_follower,
    make_service,
    make_staff,
    make_town,
)
from tests.files.pictures import degrees, exif, gps, photo
from tests.intake.letters import came, letter, make_mailbox, reply_address, returned

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    return make_town()


@pytest.fixture
def mailbox(town):
    return make_mailbox(town)


def notice_on(case: Case) -> Notice:
    [notice] = plan(event_id=7, case_id=case.pk, kind=Kind.REPLY, contact_id=None, now=NOW)
    Notice.objects.filter(pk=notice.pk).update(state=Notice.State.SENT)
    return notice


def test_a_mail_opens_a_case_of_the_mailbox_s_service(town, mailbox):
    message = came(mailbox, letter())
    case = Case.objects.get()
    assert (message.outcome, message.reason) == ("CONTACT", "OPENED")
    assert (case.service_id, case.channel, case.title) == (mailbox.service_id, Channel.EMAIL, "Dark street")
    contact = Contact.objects.get()
    assert contact.body == "The lamp at Oak Street 4 is dark."
    part = Participant.objects.get()
    assert (part.name, part.email) == ("Dana Levi", "dana@example.org")


def test_a_hebrew_mail_is_answered_in_hebrew(town, mailbox):
    came(mailbox, letter("הפנס ליד בית הספר כבוי כבר שבוע.", subject="פנס רחוב"))
    assert Case.objects.get().language == "he"


def test_the_same_mail_comes_to_one_case_however_often_it_comes(mailbox):
    first, second = came(mailbox, letter()), came(mailbox, letter())
    assert first.pk == second.pk
    # By another way it carries other marks of its way.
    third = came(mailbox, b"Received: from a.example by b.example\r\n" + letter())
    assert (third.outcome, third.reason) == ("IGNORED_BY_RULE", "SEEN_BEFORE")
    assert Case.objects.count() == 1


def test_one_mail_to_two_mailboxes_of_a_town_comes_to_one_case(town, mailbox):
    other = make_mailbox(town, "water@town.example")
    first, second = came(mailbox, letter()), came(other, letter())
    assert (second.reason, second.contact) == ("SEEN_BEFORE", first.contact)
    assert Case.objects.count() == 1


def test_an_answer_with_a_secret_joins_its_case_though_a_copy_came_elsewhere_first(town, mailbox):
    other, case = make_mailbox(town, "water@town.example"), make_case(town, email="dana@example.org")
    raw = letter(to=f"{reply_address(mailbox, case)}, {other.address}")
    came(other, raw)
    message = came(mailbox, raw)
    assert (message.reason, message.contact.case) == ("JOINED", case)


def test_a_mailbox_that_was_given_up_is_anybody_s(town, mailbox):
    other = make_mailbox(town, "water@town.example")
    Account.objects.filter(pk=other.pk).update(is_retired=True)
    assert came(mailbox, letter(sender=other.address)).reason == "OPENED"


def test_what_was_written_to_a_confidential_service_too_reaches_it(town, mailbox):
    welfare = make_mailbox(town, "welfare@town.example", confidential_roles=("SERVICE_MANAGER",))
    came(mailbox, letter()), came(welfare, letter())
    assert Case.objects.count() == 2


def test_a_mail_from_another_mailbox_of_the_town_is_nobody_s_report(town, mailbox):
    other = make_mailbox(town, "water@town.example")
    assert came(mailbox, letter(sender=other.address)).reason == "OWN_LOOP"


def test_read_again_a_mail_is_not_taken_for_the_copy_that_was_taken_for_it(town, mailbox):
    raw = letter(List_Id="<news.example>", Message_ID="<1@example.org>")
    first, copy = came(mailbox, raw), came(mailbox, b"Received: from a.example\r\n" + raw)
    assert (first.reason, copy.reason) == ("LIST_BULK", "SEEN_BEFORE")
    take_again(message_id=first.pk, by=make_actor(town, Role.AGENT), now=NOW)
    assert take(first.pk, read).reason == "LIST_BULK"


def test_what_nobody_foresaw_waits_for_a_person(mailbox, monkeypatch):
    def fail(*args: object, **named: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(mails, "language_of", fail)
    message = came(mailbox, letter())
    assert (message.state, message.reason, message.content.sender) == (
        "QUARANTINED",
        "BROKEN",
        "dana@example.org",
    )
    assert not Case.objects.exists()


def test_however_many_addresses_a_mail_names_few_are_looked_up(mailbox, django_assert_max_num_queries):
    to = ", ".join(with_tag(mailbox.address, f"a{number}.b") for number in range(1000))
    with django_assert_max_num_queries(150):
        assert came(mailbox, letter(to=to)).reason == "OPENED"


def test_what_we_answer_stands_in_the_thread_of_the_mail(town, mailbox, agent, sink, work):
    theirs = f"<{120 * 'a'}@example.org>"
    came(mailbox, letter(Message_ID=theirs))
    work()
    [opened] = sink.messages
    assert opened["In-Reply-To"] == opened["References"] == theirs
    case = Case.objects.get()
    came(mailbox, letter("And?", to=reply_address(mailbox, case), Message_ID="<2@example.org>"))
    cases.reply(case_id=case.pk, body="We come.", by=agent, now=NOW + timedelta(hours=1))
    work()
    answer = sink.messages[-1]
    assert answer["In-Reply-To"] == "<2@example.org>"
    assert answer["References"] == f"{opened['Message-ID']} <2@example.org>"


@pytest.mark.parametrize(
    "theirs",
    [
        "<a b@example.org>",
        "not an id",
        f"<{300 * 'a'}@example.org>",
        "<=?utf-8?q?=0D=0ABcc:_x@y?=>",
        "<a=?utf-8?q?=C3=A9?=@example.org>",
    ],
)
def test_what_is_no_message_id_stands_in_no_header(mailbox, theirs, sink, work):
    came(mailbox, letter(Message_ID=theirs))
    work()
    [opened] = sink.messages
    assert opened["In-Reply-To"] is None and opened["References"] is None and opened["Bcc"] is None


def test_a_case_has_room_for_so_many_files_and_the_rest_stays_in_the_mail(town, mailbox, monkeypatch):
    monkeypatch.setattr(attachments, "MOST_OF_A_CASE", 3)
    case = make_case(town, email="dana@example.org")
    names = [f"{number}.pdf" for number in range(5)]
    pdfs = tuple((name, "application/pdf", b"%PDF-1.4 " + name.encode()) for name in names)
    for number in range(2):
        raw = letter(f"Plans {number}.", to=reply_address(mailbox, case), files=pdfs)
        message = came(mailbox, raw)
        assert read_whole(message.file) == raw
    assert list(Document.objects.order_by("id").values_list("name", flat=True)) == names[:3]
    assert Contact.objects.filter(case=case, body__startswith="Plans").count() == 2


def test_a_list_with_the_secret_reopens_nothing(town, mailbox):
    case = make_case(town, email="dana@example.org")
    came(mailbox, letter(to=reply_address(mailbox, case), List_Id="<news.example>"))
    case.refresh_from_db()
    assert Contact.objects.latest("id").is_automatic and not case.awaits_answer


def test_pictures_of_a_mail_are_public_only_once_a_colleague_says_so(town):
    mailbox = make_mailbox(town, is_public=True)
    message = came(mailbox, letter(files=(("lamp.jpg", "image/jpeg", photo()),)))
    case = message.contact.case
    assert case.is_public and [one.is_public for one in photos_of(case)] == [False]


def test_the_same_words_with_another_file_are_another_mail(mailbox):
    def sent(*names: str) -> bytes:
        found = tuple((name, "application/pdf", b"%PDF-1.4 " + name.encode()) for name in names)
        return letter(files=found, Message_ID="<1@example.org>")

    came(mailbox, sent("plan.pdf"))
    assert came(mailbox, sent("plan.pdf", "bill.pdf")).reason == "OPENED"
    assert came(mailbox, b"Received: from a.example\r\n" + sent("plan.pdf")).reason == "SEEN_BEFORE"


def test_another_mail_under_the_same_id_is_a_mail_of_its_own(mailbox):
    came(mailbox, letter(Message_ID="<1@example.org>"))
    came(mailbox, letter("Something else.", Message_ID="<1@example.org>"))
    assert Case.objects.count() == 2


def test_an_answer_to_the_address_we_gave_joins_the_case(town, mailbox):
    case = make_case(town, email="dana@example.org")
    message = came(
        mailbox, letter("It is fixed, thank you.", to=reply_address(mailbox, case), subject="Re: x")
    )
    assert (message.reason, message.contact.case_id) == ("JOINED", case.pk)
    assert message.contact.body == "It is fixed, thank you."
    case.refresh_from_db()
    assert case.awaits_answer


def test_an_answer_to_a_mail_of_ours_joins_by_its_id(town, mailbox):
    case = make_case(town, email="dana@example.org")
    message = came(mailbox, letter("Yes.", In_Reply_To=notice_on(case).message_id))
    assert message.contact.case_id == case.pk


@pytest.mark.parametrize("sender", ["eve@example.org", "dana@example.org.example"])
def test_a_stranger_with_the_address_opens_a_case_of_their_own(town, mailbox, sender):
    case = make_case(town, email="dana@example.org")
    came(mailbox, letter("Tell me all.", sender=sender, to=reply_address(mailbox, case)))
    other = Case.objects.exclude(pk=case.pk).get()
    assert Contact.objects.filter(case=case).count() == 1
    assert CaseLink.objects.get().kind == LinkKind.SUGGESTED
    assert Participant.objects.get(case=other).email == sender


def test_the_number_in_the_subject_only_suggests(town, mailbox):
    case = make_case(town, email="dana@example.org")
    came(mailbox, letter("And again.", subject=f"Re: [{case.number}] lamp"))
    assert Contact.objects.filter(case=case).count() == 1
    [bond] = CaseLink.objects.all()
    assert (bond.kind, bond.other_id) == (LinkKind.SUGGESTED, case.pk)


def test_whoever_takes_part_in_cases_already_is_suggested_the_newest_of_them(town, mailbox):
    cases = [make_case(town, email="Dana@Example.org") for _ in range(4)]
    old = make_case(town, email="dana@example.org")
    Case.objects.filter(pk=old.pk).update(is_open=False, state="RESOLVED", closed_at=NOW - timedelta(days=90))
    make_case(town, email="ben@example.org"), make_case(make_town(), email="dana@example.org")
    case = came(mailbox, letter()).contact.case
    bonds = CaseLink.objects.filter(case=case)
    assert {one.kind for one in bonds} == {LinkKind.SUGGESTED}
    assert {one.other_id for one in bonds} == {one.pk for one in cases[1:]}


def test_a_program_is_suggested_nothing_for_its_address(town, mailbox):
    make_case(town, email="no-reply@monitor.example")
    came(mailbox, letter(sender="no-reply@monitor.example"))
    assert not CaseLink.objects.exists()


def test_the_number_of_another_town_suggests_nothing(town, mailbox):
    elsewhere = make_case(make_town(), email="dana@example.org")
    came(mailbox, letter(subject=f"Re: [{elsewhere.number}]"))
    assert not CaseLink.objects.exists()


def test_a_token_of_another_town_opens_nothing_there(mailbox):
    other = make_town()
    elsewhere = make_case(other, email="dana@example.org")
    came(mailbox, letter(to=reply_address(mailbox, elsewhere)))
    assert Contact.objects.filter(case=elsewhere).count() == 1
    assert not CaseLink.objects.exists()


@pytest.fixture
def agent(town):
    return make_actor(town, Role.AGENT)


def resident_of(case: Case) -> Resident:
    return Participant.objects.get(case=case, role="REPORTER").resident


@pytest.mark.django_db(transaction=True)
def test_who_writes_from_an_address_others_share_opens_nothing_of_theirs(town, mailbox, agent, sink, work):
    """Dana's case is hers alone, though a household writes from the address, and anybody in its name."""
    case = make_case(town, email="home@example.org", name="Dana Levi", matter="canary-of-dana")
    people.add_contact_point(
        resident=resident_of(make_case(town, name="Ben Levi")), value="home@example.org", by=agent, now=NOW
    )
    work()
    sink.messages.clear()
    for name in ("Ben Levi", "Carl Levi", "D. Levi", "Dana Levi"):
        message = came(mailbox, letter(f"From {name}.", sender=f"{name} <home@example.org>"))
        assert message.reason == "OPENED" and message.contact.case_id != case.pk
    assert Contact.objects.filter(case=case).count() == 1
    names = Participant.objects.filter(email="home@example.org").order_by("id")
    assert [(one.name, one.resident.name) for one in names] == [
        (name, name) for name in ("Dana Levi", "Ben Levi", "Carl Levi", "D. Levi", "Dana Levi")
    ]
    work()
    assert len(sink.messages) == 2  # the third of this hour, whatever names the address is used by
    said = "".join(mail.as_string() for mail in sink.messages)
    assert "canary-of-dana" not in said and str(case.number) not in said


def test_of_two_with_one_address_on_a_case_the_secret_tells_who_wrote(town, mailbox):
    case = make_case(town, email="home@example.org", name="Dana Levi")
    ben = Participant.objects.create(
        municipality=town, case=case, role=Participant.Role.FOLLOWER, email="home@example.org"
    )
    link = links.ensure(municipality_id=town.pk, purpose=Link.Purpose.REPLY, object_id=ben.pk)
    home = "Levi <home@example.org>"
    of_ben = came(mailbox, letter("Mine.", sender=home, to=with_tag(mailbox.address, links.render(link))))
    of_dana = came(mailbox, letter("Hers.", sender=home, to=reply_address(mailbox, case)))
    assert (of_ben.contact.follower_id, of_dana.contact.follower_id) == (ben.pk, None)


def test_who_was_merged_joins_the_cases_of_both_from_either_address_with_the_secret(town, mailbox, agent):
    first = make_case(town, email="dana@example.org", name="Dana Levi")
    second = make_case(town, email="levi@work.example", name="D. Levi")
    people.merge_residents(resident=resident_of(second), into=resident_of(first), by=agent, now=NOW)
    for case in (first, second):
        for number, sender in enumerate(("dana@example.org", "levi@work.example")):
            body = f"{case.number} {number}"
            message = came(mailbox, letter(body, sender=sender, to=reply_address(mailbox, case)))
            assert (message.reason, message.contact.case_id) == ("JOINED", case.pk)
            assert came(mailbox, letter(f"{body} again", sender=sender)).reason == "OPENED"
    people.unmerge_residents(resident=Resident.objects.get(merged_into__isnull=False), by=agent, now=NOW)
    alone = came(mailbox, letter("Once more.", sender="levi@work.example", to=reply_address(mailbox, first)))
    assert alone.reason == "OPENED"


def verified() -> list[str]:
    return list(ContactPoint.objects.filter(verified_at__isnull=False).values_list("value", flat=True))


def test_an_address_is_verified_by_the_secret_that_was_sent_there_and_by_nothing_else(town, mailbox, agent):
    public = make_service(town, is_public=True)
    case = make_case(town, service=public, email="dana@example.org", name="Dana Levi")
    people.add_contact_point(resident=resident_of(case), value="levi@work.example", by=agent, now=NOW)
    make_follower(case, email="ben@example.org")
    to = reply_address(mailbox, case)
    came(mailbox, letter("No secret.", sender="dana@example.org"))
    came(mailbox, letter("Another address of hers.", sender="levi@work.example", to=to))
    came(mailbox, letter("Another person.", sender="ben@example.org", to=to))
    came(mailbox, letter("I am away.", to=to, Auto_Submitted="auto-replied"))
    assert verified() == []
    came(mailbox, letter("Thank you.", to=to))
    assert verified() == ["dana@example.org"]


@pytest.mark.abuse("A11")
def test_a_follower_s_secret_does_not_let_anybody_speak_for_the_reporter(town, mailbox):
    case = make_case(town, email="dana@example.org", name="Dana Levi")
    eve = Participant.objects.create(
        municipality=town, case=case, role=Participant.Role.FOLLOWER, email="eve@example.org"
    )
    link = links.ensure(municipality_id=town.pk, purpose=Link.Purpose.REPLY, object_id=eve.pk)
    to = with_tag(mailbox.address, links.render(link))
    message = came(mailbox, letter("Close it, I am Dana.", sender="Dana Levi <dana@example.org>", to=to))
    assert message.reason == "OPENED" and Contact.objects.filter(case=case).count() == 1


def test_what_a_follower_writes_is_kept_as_theirs(town, mailbox):
    case = make_case(town, email="dana@example.org")
    follower = Participant.objects.create(
        municipality=town, case=case, role=Participant.Role.FOLLOWER, email="ben@example.org"
    )
    message = came(mailbox, letter(sender="ben@example.org", to=reply_address(mailbox, case)))
    case.refresh_from_db()
    assert message.contact.follower_id == follower.pk
    assert not case.awaits_answer


def test_an_out_of_office_note_reopens_nothing_and_answers_nothing(town, mailbox):
    case = make_case(town, email="dana@example.org")
    came(mailbox, letter("Away.", to=reply_address(mailbox, case), Auto_Submitted="auto-replied"))
    contact = Contact.objects.filter(case=case).latest("id")
    case.refresh_from_db()
    assert contact.is_automatic and not case.awaits_answer


def test_an_out_of_office_note_to_where_mails_are_returned_stands_on_the_case(town, mailbox):
    case = make_case(town, email="dana@example.org")
    to = bounce_address(mailbox.address, notice_on(case).message_id)
    message = came(mailbox, letter("Back on Sunday.", to=to, Auto_Submitted="auto-replied"))
    assert (message.reason, message.contact.case, message.contact.is_automatic) == ("JOINED", case, True)
    stranger = letter("Away too.", sender="eve@example.org", to=to, Auto_Submitted="auto-replied")
    assert came(mailbox, stranger).reason == "AUTO_REPLY"


def test_an_out_of_office_note_that_answers_nothing_is_left_alone(mailbox):
    message = came(mailbox, letter("Away.", Auto_Submitted="auto-replied"))
    assert (message.outcome, message.reason) == ("IGNORED_BY_RULE", "AUTO_REPLY")
    assert not Case.objects.exists()


def test_newsletters_and_mails_from_nobody_wait_for_a_person(mailbox):
    assert came(mailbox, letter(List_Id="<news.example.org>")).reason == "LIST_BULK"
    assert came(mailbox, letter("Hm.", sender="")).reason == "NO_SENDER"
    assert set(InboundMessage.objects.values_list("state", flat=True)) == {"QUARANTINED"}


def test_what_waits_for_a_person_is_kept_as_it_came(mailbox):
    raw = letter("Hm.", sender="")
    message = came(mailbox, raw)
    sweep_unclaimed(NOW + timedelta(days=30))
    message.refresh_from_db()
    assert read_whole(message.file) == raw


def test_a_mail_of_our_own_that_comes_back_is_dropped(town, mailbox):
    message = came(mailbox, letter(sender=town.sender, Auto_Submitted="auto-replied"))
    assert (message.outcome, message.reason) == ("IGNORED_BY_RULE", "OWN_LOOP")


def test_a_bounce_marks_the_notice_and_the_address(town, mailbox):
    case = make_case(town, email="dana@example.org")
    notice = notice_on(case)
    raw = returned(notice.message_id, to=mailbox.address, recipient="dana@example.org")
    assert came(mailbox, raw).outcome == "DELIVERY_EVENT"
    notice.refresh_from_db()
    assert (notice.state, notice.failure) == (Notice.State.BOUNCED, "5.1.1")
    assert ContactPoint.objects.get(kind="EMAIL").undeliverable_at
    assert Case.objects.count() == 1
    assert plan(event_id=8, case_id=case.pk, kind=Kind.REPLY, contact_id=None, now=NOW) == []
    lost = Notice.objects.latest("id")
    assert (lost.state, lost.failure) == (Notice.State.FAILED, "UNDELIVERABLE")


def test_a_bounce_that_comes_after_the_address_was_corrected_leaves_the_right_one_alone(town, mailbox):
    case = make_case(town, email="dana@exmaple.org")
    notice = notice_on(case)
    Notice.objects.filter(pk=notice.pk).update(sent_to="dana@exmaple.org")
    resident = resident_of(case)
    [point] = contact_points_of(resident)
    people.correct_contact_point(
        resident=resident,
        point_id=point.id,
        value="dana@example.org",
        by=make_actor(town, Role.AGENT),
        now=NOW,
    )
    came(mailbox, returned(notice.message_id, to=mailbox.address, recipient="dana@exmaple.org"))
    assert Notice.objects.get(pk=notice.pk).state == Notice.State.BOUNCED
    assert not ContactPoint.objects.filter(
        normalised="dana@example.org", undeliverable_at__isnull=False
    ).exists()
    assert plan(event_id=8, case_id=case.pk, kind=Kind.REPLY, contact_id=None, now=NOW)


def test_a_bounce_names_the_notice_by_the_address_it_came_to(town, mailbox):
    notice = notice_on(make_case(town, email="dana@example.org"))
    to = bounce_address(mailbox.address, notice.message_id)
    raw = returned("<lost@elsewhere.example>", to=to, recipient="dana@example.org")
    assert came(mailbox, raw).outcome == "DELIVERY_EVENT"


def test_a_delay_is_noted_and_the_address_stays(town, mailbox):
    notice = notice_on(make_case(town, email="dana@example.org"))
    came(
        mailbox, returned(notice.message_id, to=mailbox.address, recipient="dana@example.org", status="4.2.2")
    )
    notice.refresh_from_db()
    assert (notice.state, notice.failure) == (Notice.State.SENT, "4.2.2")
    assert not ContactPoint.objects.filter(undeliverable_at__isnull=False).exists()


def test_pictures_that_take_too_long_together_are_kept_as_files(mailbox, monkeypatch):
    monkeypatch.setattr(attachments, "PICTURES_WITHIN", 0.0)
    came(mailbox, letter("Two lamps.", files=(("lamp.jpg", "image/jpeg", photo()),)))
    assert [one.name for one in Document.objects.all()] == ["lamp.jpg"]
    assert photos_of(Case.objects.get()) == []


def test_what_a_server_gave_up_on_did_not_arrive_whatever_its_last_status(town, mailbox):
    notice = notice_on(make_case(town, email="dana@example.org"))
    given_up = {"status": "4.4.1", "action": "failed", "recipient": "dana@example.org"}
    came(mailbox, returned(notice.message_id, to=mailbox.address, **given_up))
    notice.refresh_from_db()
    assert (notice.state, notice.failure) == (Notice.State.BOUNCED, "4.4.1")
    assert not ContactPoint.objects.filter(undeliverable_at__isnull=False).exists()


@pytest.mark.parametrize("status", ["5.1.7", "5.1.8"])
def test_what_is_said_of_our_address_says_nothing_of_theirs(town, mailbox, status):
    notice = notice_on(make_case(town, email="dana@example.org"))
    said = {"to": mailbox.address, "recipient": "dana@example.org", "status": status}
    came(mailbox, returned(notice.message_id, **said))
    notice.refresh_from_db()
    assert notice.state == Notice.State.BOUNCED
    assert not ContactPoint.objects.filter(undeliverable_at__isnull=False).exists()


def test_a_full_mailbox_says_nothing_of_the_address(town, mailbox):
    notice = notice_on(make_case(town, email="dana@example.org"))
    came(
        mailbox, returned(notice.message_id, to=mailbox.address, recipient="dana@example.org", status="5.2.2")
    )
    notice.refresh_from_db()
    assert (notice.state, notice.failure) == (Notice.State.BOUNCED, "5.2.2")
    assert not ContactPoint.objects.filter(undeliverable_at__isnull=False).exists()


def test_a_report_of_arrival_is_noted_and_opens_nothing(town, mailbox):
    notice = notice_on(make_case(town, email="dana@example.org"))
    report = {"to": mailbox.address, "recipient": "dana@example.org"}
    message = came(mailbox, returned(notice.message_id, status="2.0.0", **report))
    assert (message.outcome, message.reason) == ("DELIVERY_EVENT", "DELIVERED")
    notice.refresh_from_db()
    assert (notice.state, notice.failure) == (Notice.State.DELIVERED, "")
    assert notice.state_at == message.settled_at
    late = came(mailbox, returned(notice.message_id, status="5.1.1", **report).replace(b"dsn-1", b"dsn-2"))
    notice.refresh_from_db()
    assert (late.outcome, notice.state) == ("DELIVERY_EVENT", Notice.State.BOUNCED)
    came(mailbox, returned(notice.message_id, status="2.0.0", **report).replace(b"dsn-1", b"dsn-3"))
    notice.refresh_from_db()
    assert notice.state == Notice.State.BOUNCED
    assert Case.objects.count() == 1


def test_a_report_of_arrival_for_a_mail_we_never_sent_is_ignored(mailbox):
    raw = returned("<x@y.example>", to=mailbox.address, recipient="dana@example.org", status="2.0.0")
    assert came(mailbox, raw).reason == "UNKNOWN_BOUNCE"
    assert not Case.objects.exists()


def test_a_bounce_for_a_mail_we_never_sent_is_ignored(mailbox):
    raw = returned("<x@y.example>", to=mailbox.address, recipient="dana@example.org")
    assert came(mailbox, raw).reason == "UNKNOWN_BOUNCE"


def test_who_writes_again_can_be_written_to_again(town, mailbox):
    make_case(town, email="dana@example.org")
    ContactPoint.objects.update(undeliverable_at=NOW)
    came(mailbox, letter())
    assert not ContactPoint.objects.filter(undeliverable_at__isnull=False).exists()


def test_whoever_has_the_case_is_told_of_a_bounce(town, mailbox):
    department = make_department(town)
    worker = make_staff(town, Role.DEPARTMENT_WORKER, department=department)
    case = make_case(town, email="dana@example.org")
    Case.objects.update(department=department)
    notice = notice_on(case)
    came(mailbox, returned(notice.message_id, to=mailbox.address, recipient="dana@example.org"))
    assert StaffNotice.objects.get().user_id == worker.pk


def test_pictures_become_photos_and_other_files_documents(mailbox):
    came(
        mailbox,
        letter(
            files=(("lamp.jpg", "image/jpeg", photo()), ("plan.pdf", "application/pdf", b"%PDF-1.4")),
        ),
    )
    case = Case.objects.get()
    assert len(photos_of(case)) == 1
    assert Document.objects.get(case=case).name == "plan.pdf"


def test_a_mail_with_nothing_but_a_picture_becomes_a_report_where_the_picture_was_taken(mailbox):
    taken = photo(exif=exif(gps=gps(degrees(32, 5, 0), "N", degrees(34, 46, 0), "E")))
    came(mailbox, letter("", subject="", files=(("lamp.jpg", "image/jpeg", taken),)))
    case = Case.objects.get()
    assert (case.channel, case.position_source) == (Channel.EMAIL, "PHOTO")
    assert (round(case.latitude, 3), round(case.longitude, 3)) == (32.083, 34.767)
    assert case.title == Contact.objects.get().body == "A picture without words"
    assert len(photos_of(case)) == 1


@pytest.mark.parametrize(
    ("language", "words"),
    [("he", "תמונה ללא מילים"), ("cs", "Obrázek beze slov"), ("ar", "صورة بلا كلام")],
)
def test_what_says_nothing_says_so_in_the_language_of_the_town(language, words):
    mailbox = make_mailbox(make_town(language=language))
    came(mailbox, letter("", subject="", files=(("lamp.jpg", "image/jpeg", photo()),)))
    assert Case.objects.get().title == words


def test_the_fourth_case_of_one_sender_within_an_hour_is_not_acknowledged(town, mailbox):
    for number in range(4):
        came(mailbox, letter(f"Report {number}."))
        case = Case.objects.latest("id")
        why_not = why_not_acknowledged(case.pk, NOW)
        assert why_not == (None if number < 3 else WhyNot.TOO_MANY)
        acknowledged = {"event_id": number, "case_id": case.pk, "kind": Kind.CASE_OPENED, "contact_id": None}
        plan(**acknowledged, why_not=why_not, now=NOW)
    assert list(Notice.objects.order_by("id").values_list("state", "failure"))[2:] == [
        ("PLANNED", ""),
        ("DROPPED", WhyNot.TOO_MANY),
    ]
    # An hour later those that were not sent do not count.
    came(mailbox, letter("Report 5."))
    assert not why_not_acknowledged(Case.objects.latest("id").pk, NOW + timedelta(hours=1))


def test_a_program_is_sent_only_what_a_person_writes(mailbox):
    came(mailbox, letter(subject="Tank full", Auto_Submitted="auto-generated"))
    case = Case.objects.get()
    sent = [
        bool(plan(event_id=number, case_id=case.pk, kind=kind, contact_id=None, now=NOW))
        for number, kind in enumerate([Kind.CASE_OPENED, Kind.PROMISE_MOVED, Kind.REPLY])
    ]
    assert sent == [False, False, True]
    assert Notice.objects.filter(state="DROPPED", failure=WhyNot.BY_A_PROGRAM).count() == 2


@pytest.mark.parametrize("address", ["no-reply@monitor.example", "MAILER-DAEMON@mx.example"])
def test_to_an_address_that_nobody_reads_only_words_of_a_person_go(town, address):
    case = make_case(town, email=address)
    sent = [
        bool(plan(event_id=number, case_id=case.pk, kind=kind, contact_id=None, now=NOW))
        for number, kind in enumerate([Kind.CASE_OPENED, Kind.CASE_CLOSED, Kind.REPLY])
    ]
    assert sent == [False, False, True]


def test_who_asks_for_no_automatic_answer_is_still_a_person(mailbox):
    came(mailbox, letter(X_Auto_Response_Suppress="DR, OOF, AutoReply"))
    case = Case.objects.get()
    assert why_not_acknowledged(case.pk, NOW) == WhyNot.NONE_WANTED
    assert not Contact.objects.get().is_automatic
    assert plan(event_id=1, case_id=case.pk, kind=Kind.CASE_CLOSED, contact_id=None, now=NOW)


@pytest.fixture
def handed(town):
    case, body = make_case(town), make_body(town)
    return hand_over(case_id=case.pk, body_id=body.pk, message="", by=make_actor(town, Role.AGENT), now=NOW)


def test_a_body_answers_by_mail(town, mailbox, handed):
    raw = letter(
        "A crew comes on Monday.", sender=handed.body.email, to=with_tag(mailbox.address, secret_of(handed))
    )
    message = came(mailbox, raw)
    said = Statement.objects.get()
    assert (message.outcome, said.kind, said.words) == ("CONTACT", "WROTE", "A crew comes on Monday.")
    handed.refresh_from_db()
    assert handed.state == "ASKED"
    assert Case.objects.count() == 1
    # It may write once more.
    came(mailbox, raw.replace(b"Monday", b"Tuesday").replace(b"Message-ID: <", b"Message-ID: <2"))
    assert Statement.objects.count() == 2


def test_files_of_a_body_come_onto_the_case_with_its_words(town, mailbox, handed):
    pdf = ("offer.pdf", "application/pdf", b"%PDF-1.4")
    to = with_tag(mailbox.address, secret_of(handed))
    raw = letter("See the offer.", sender=handed.body.email, to=to, files=(pdf,))
    came(mailbox, raw)
    document = Document.objects.get()
    assert (document.case_id, document.name, document.contact) == (handed.case_id, "offer.pdf", None)
    [entry] = [one for one in staff_timeline(handed.case) if one.kind == "BODY_WROTE"]
    assert entry.documents == (document,)


def test_a_stranger_with_the_address_of_a_body_waits_for_a_person(mailbox, handed):
    message = came(mailbox, letter(sender="eve@example.org", to=with_tag(mailbox.address, secret_of(handed))))
    assert (message.outcome, message.reason) == ("QUARANTINE", "STRANGER")
    assert not Statement.objects.exists()


def test_the_absence_of_somebody_at_a_body_is_no_answer(mailbox, handed):
    to = with_tag(mailbox.address, secret_of(handed))
    message = came(mailbox, letter("Away.", sender=handed.body.email, to=to, Auto_Submitted="auto-replied"))
    assert (message.reason, Statement.objects.count()) == ("AWAY", 0)


@pytest.mark.parametrize("marks", [{"Auto_Submitted": "auto-generated"}, {"List_Id": "<news.example>"}])
def test_what_a_program_of_a_body_says_does_not_end_the_wait(mailbox, handed, marks):
    to = with_tag(mailbox.address, secret_of(handed))
    message = came(mailbox, letter("We have it.", sender=handed.body.email, to=to, **marks))
    assert (message.outcome, message.reason) == ("QUARANTINE", "BODY_MACHINE")
    handed.refresh_from_db()
    assert (handed.state, Statement.objects.count()) == ("SENT", 0)


def test_long_names_of_types_and_files_do_not_stop_a_mail(mailbox):
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    came(mailbox, letter(files=((f"{300 * 'x'}.docx", kind, b"PK\x03\x04 not really"),)))
    assert Document.objects.get().name.endswith(".docx")


def test_a_sender_whose_address_nobody_can_have_waits_for_a_person(mailbox):
    message = came(mailbox, letter(sender=f"{60 * 'a'}@{'.'.join(60 * ['abcd'])}.example"))
    assert (message.outcome, message.reason) == ("QUARANTINE", "NO_SENDER")
