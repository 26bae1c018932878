"""A mail joins a case by a secret of ours and from who takes part in it; else it opens one of its own."""

from datetime import timedelta

import pytest

from moked.accounts.rules import Role
from moked.cases.models import Case, CaseLink, Contact, Document, Participant
from moked.cases.operations import people
from moked.cases.queries import photos_of, staff_timeline
from moked.cases.rules import Channel, LinkKind
from moked.channels.email.addresses import bounce_address, with_tag
from moked.channels.models import InboundMessage
from moked.files.operations import read_whole, sweep_unclaimed
from moked.handovers.models import Statement
from moked.handovers.operations import hand_over
from moked.handovers.queries import secret_of
from moked.intake import attachments
from moked.links import operations as links
from moked.links.models import Link
from moked.notices.models import Notice, StaffNotice
from moked.notices.operations import may_acknowledge, plan
from moked.notices.rules import Kind
from moked.residents.models import ContactPoint, Resident
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
    [lost] = Notice.objects.exclude(pk=notice.pk) if plan_again(case) else []
    assert (lost.state, lost.failure) == (Notice.State.FAILED, "undeliverable address")


def plan_again(case: Case) -> bool:
    plan(event_id=8, case_id=case.pk, kind=Kind.REPLY, contact_id=None, now=NOW)
    return True


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
        told = may_acknowledge(case.pk, NOW)
        assert told == (number < 3)
        if told:
            plan(event_id=number, case_id=case.pk, kind=Kind.CASE_OPENED, contact_id=None, now=NOW)


def test_a_program_is_not_acknowledged(mailbox):
    came(mailbox, letter(sender="no-reply@monitor.example", subject="Tank full"))
    assert not may_acknowledge(Case.objects.get().pk, NOW)


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
    assert (message.reason, Statement.objects.count()) == ("AUTO_REPLY", 0)


def test_long_names_of_types_and_files_do_not_stop_a_mail(mailbox):
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    came(mailbox, letter(files=((f"{300 * 'x'}.docx", kind, b"PK\x03\x04 not really"),)))
    assert Document.objects.get().name.endswith(".docx")


def test_a_sender_whose_address_nobody_can_have_waits_for_a_person(mailbox):
    message = came(mailbox, letter(sender=f"{60 * 'a'}@{'.'.join(60 * ['abcd'])}.example"))
    assert (message.outcome, message.reason) == ("QUARANTINE", "NO_SENDER")
