"""What external bodies are told by real mail, and what never leaves the house."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db.models.functions import Now
from django.test import Client

from moked.accounts.models import User
from moked.accounts.rules import Role, resident
from moked.cases import operations as cases
from moked.cases.models import Case
from moked.events.models import OutboxRow
from moked.events.operations import retry_dead
from moked.handovers.models import BodyMail, ExternalBody, HandOver
from moked.handovers.operations import hand_over, publish_body, remind_silent, tell, withdraw
from moked.handovers.queries import secret_of
from moked.handovers.rules import BodyDocument
from moked.intake.operations import write_again
from moked.notices.models import StaffNotice
from tests.factories import make_actor, make_body, make_case, make_photo, make_staff, make_town
from tests.handovers.test_hand_overs import say
from tests.intake.letters import came, make_mailbox, returned

pytestmark = pytest.mark.django_db(transaction=True)


def now():
    return datetime.now(UTC)


def plain(message) -> str:
    return message.get_body(("plain",)).get_content()


def to_body(sink, body):
    return [mail for mail in sink.messages if body.email in str(mail["To"])]


def give(case, body, *, message="Please look.", by=None):
    by = by or make_actor(case.municipality, Role.AGENT)
    return hand_over(case_id=case.pk, body_id=body.pk, message=message, by=by, now=now())


def bounce(sink, mailbox, body, **more):
    """Take what a mail server says of the last mail to a body."""
    returns_to = [sender for sender, recipients in sink.envelopes if recipients == [body.email]][-1]
    name = f"<{len(sink.envelopes)}@elsewhere.example>"
    return came(mailbox, returned(name, to=returns_to, recipient=body.email, **more))


def change_sees(body: ExternalBody, *sees: str, email: str = "") -> None:
    body.refresh_from_db()
    said = {**body.document.as_document(), "sees": list(sees), "email": email or body.email}
    publish_body(
        municipality=body.municipality,
        code=body.code,
        document=BodyDocument.from_document(said),
        by_user_id=None,
        now=now(),
    )


def test_a_body_is_told_number_words_place_and_the_link_and_no_personal_details(sink, work, settings):
    town = make_town()
    body = make_body(town)
    case = make_case(
        town, matter="A <b>leak</b>", email="ann@example.org", name="Ann Brook", phone="050-1234567"
    )
    Case.objects.filter(pk=case.pk).update(address="Mill Street 4")
    handed = give(case, body)
    work()
    (mail,) = to_body(sink, body)
    link = f"{settings.BASE_URL}/t/{town.slug}/handed/{secret_of(handed)}/"
    assert mail["Subject"] == f"{town.name['en']} hands you a report: {case.number}"
    for said in ("A <b>leak</b>", "Where: Mill Street 4", "Please look.", link):
        assert said in plain(mail)
    html = mail.get_body(("html",)).get_content()
    assert f'href="{link}"' in html and "A &lt;b&gt;leak&lt;/b&gt;" in html
    for kept in ("Ann", "ann@example.org", "1234567"):
        assert kept not in mail.as_string()
    assert mail["Auto-Submitted"] is None and mail["Content-Language"] == "en"
    row = BodyMail.objects.get()
    assert (row.state, bool(row.sent_at)) == ("SENT", True)
    assert secret_of(handed).split(".")[1] not in str(list(HandOver.objects.values()))


def test_a_body_reads_its_own_language(sink, work):
    town = make_town()
    body = make_body(town, language="he")
    give(make_case(town), body)
    work()
    (mail,) = to_body(sink, body)
    assert mail["Content-Language"] == "he" and "לטיפולכם" in mail["Subject"]


@pytest.mark.abuse("A37")
def test_a_body_sees_what_its_settings_allow_when_the_mail_is_sent(sink, work):
    """Rights and address are those of the moment of sending, not those of the hand-over."""
    town = make_town()
    body = make_body(town, sees=["NAME", "EMAIL", "PHONE"])
    details = {"email": "ann@example.org", "name": "Ann Brook", "phone": "050-1234567"}
    give(make_case(town, **details), body)
    change_sees(body, "NAME", email="new@outside.example")
    work()
    (mail,) = [one for one in sink.messages if "new@outside.example" in str(one["To"])]
    assert "Reported by: Ann Brook" in plain(mail)
    assert "ann@example.org" not in mail.as_string() and "1234567" not in mail.as_string()


@pytest.mark.abuse("A37")
def test_contact_details_in_the_words_of_a_report_stay_here_unless_they_are_permitted(sink, work):
    town = make_town()
    matter = "A leak. Call me: 050-1234567 or ann@example.org."
    guarded, trusted = make_body(town), make_body(town, sees=["EMAIL", "PHONE"])
    for body in (guarded, trusted):
        give(make_case(town, matter=matter), body)
    work()
    assert "A leak. Call me: … or …" in plain(to_body(sink, guarded)[0])
    assert "050-1234567 or ann@example.org" in plain(to_body(sink, trusted)[0])


@pytest.mark.abuse("A37")
def test_nothing_written_between_us_leaves_the_house(sink, work):
    """A canary in each place that is not for a body turns up in none of its mails and not on its page."""
    town = make_town()
    body = make_body(town, sees=["NAME"])
    agent = make_actor(town, Role.AGENT)
    case = make_case(town, email="ann@example.org", name="Ann")
    write = {"case_id": case.pk, "by": agent, "now": now()}
    cases.add_note(body="canary-note", **write)
    cases.reply(body="canary-reply", **write)
    write_again(case_id=case.pk, body="canary-later", by=resident(town.pk), now=now(), submission=None)
    Case.objects.filter(pk=case.pk).update(title="canary-title", public_title="canary-public")
    handed = give(case, body, by=agent)
    work()
    remind_silent(handed.remind_at)
    work()
    say(handed, "ASKED", "Which side?", now=now())
    tell(case_id=case.pk, words="The left one.", by=agent, now=now())
    work()
    mails = to_body(sink, body)
    assert len(mails) == 3
    page = Client().get(f"/t/{town.slug}/handed/{secret_of(handed)}/").content.decode()
    for text in (*(mail.as_string() for mail in mails), *map(plain, mails), page):
        assert "canary" not in text and "ann@example.org" not in text
    assert User.objects.get(pk=agent.user_id).name not in page


@pytest.mark.abuse("A28")
def test_words_of_people_are_filled_in_once_and_never_read_as_a_template(sink, work):
    town = make_town()
    body = make_body(town, sees=["NAME"])
    matter = "{{ case }} {link} {0.__class__} {message} %(number)s"
    case = make_case(town, matter=matter, name="{words}", email="ann@example.org")
    Case.objects.filter(pk=case.pk).update(address="{due} {value}")
    give(case, body, message="{words} {{ 7*7 }}")
    work()
    (mail,) = to_body(sink, body)
    for said in (matter, "Where: {due} {value}", "Reported by: {words}", "{words} {{ 7*7 }}"):
        assert said in plain(mail)


def test_a_reminder_comes_by_itself_in_the_same_thread(sink, work):
    town = make_town()
    body = make_body(town)
    handed = give(make_case(town), body)
    work()
    remind_silent(handed.remind_at)
    work()
    first, reminder = to_body(sink, body)
    assert reminder["In-Reply-To"] == first["Message-ID"]
    assert reminder["Auto-Submitted"] == "auto-generated"


def test_the_answer_to_a_question_carries_our_words(sink, work):
    town = make_town()
    body, agent = make_body(town), make_actor(town, Role.AGENT)
    handed = give(make_case(town), body, by=agent)
    say(handed, "ASKED", "Which side?", now=now())
    tell(case_id=handed.case_id, words="The left one.", by=agent, now=now())
    work()
    assert "The left one." in plain(to_body(sink, body)[-1])


def test_doing_the_same_work_again_sends_nothing_twice(sink, work):
    town = make_town()
    body = make_body(town)
    give(make_case(town), body)
    work()
    OutboxRow.objects.update(state="PENDING", is_open=True, due_at=Now())
    work()
    assert len(to_body(sink, body)) == 1


def test_a_busy_server_is_tried_again_with_the_same_message_id(sink, work):
    town = make_town()
    body = make_body(town)
    give(make_case(town), body)
    sink.answer = "451 try later"
    work()
    assert BodyMail.objects.get().state == "PLANNED"
    sink.answer = "250 OK"
    OutboxRow.objects.filter(subscriber="handovers.send").update(due_at=Now())
    work()
    (mail,) = to_body(sink, body)
    assert BodyMail.objects.get().state == "SENT" and mail["Message-ID"].count("@") == 1


def test_a_case_taken_back_before_the_mail_left_is_told_to_nobody(sink, work):
    town = make_town()
    body, agent = make_body(town), make_actor(town, Role.AGENT)
    handed = give(make_case(town), body, by=agent)
    withdraw(case_id=handed.case_id, by=agent, now=now())
    work()
    assert to_body(sink, body) == [] and BodyMail.objects.get().state == "DROPPED"


def test_an_address_that_is_refused_three_times_is_warned_of_until_another_is_written(sink, work):
    town = make_town()
    body = make_body(town)
    sink.recipient_answer = "550 no such user"
    for number in range(1, 4):
        give(make_case(town), body)
        work()
        body.refresh_from_db()
        assert (body.failures, body.is_unreachable) == (number, number == 3)
    assert {mail.state for mail in BodyMail.objects.all()} == {"FAILED"}
    assert OutboxRow.objects.filter(subscriber="handovers.send", state="DEAD").count() == 3
    change_sees(body, email="right@outside.example")
    body.refresh_from_db()
    assert not body.is_unreachable


def test_a_mail_that_was_refused_is_sent_when_somebody_has_it_tried_again(sink, work):
    town = make_town()
    body = make_body(town)
    sink.recipient_answer = "550 no such user"
    give(make_case(town), body)
    work()
    sink.recipient_answer = "250 OK"
    row = OutboxRow.objects.get(subscriber="handovers.send", state="DEAD")
    retry_dead(municipality_id=town.pk, row_id=row.pk)
    work()
    assert len(to_body(sink, body)) == 1 and BodyMail.objects.get().state == "SENT"


def test_whoever_has_the_case_is_told_of_a_mail_that_is_refused(sink, work):
    case = make_case(make_town())
    agent = make_staff(case.municipality, Role.AGENT)
    Case.objects.filter(pk=case.pk).update(assignee=agent)
    sink.recipient_answer = "550 no such user"
    give(case, make_body(case.municipality))
    work()
    work()
    assert list(StaffNotice.objects.values_list("user", "kind", "what")) == [(agent.pk, "BOUNCED", "BODY")]


def test_an_address_from_which_three_mails_come_back_is_warned_of(sink, work):
    """Our own server takes each mail, and only hours later somebody says that there is no such address."""
    town = make_town()
    body, mailbox = make_body(town), make_mailbox(town)
    for number in range(1, 4):
        give(make_case(town), body)
        work()
        bounce(sink, mailbox, body)
        body.refresh_from_db()
        assert (body.failures, body.is_unreachable) == (number, number == 3)


@pytest.mark.parametrize("kind", ["ACCEPTED", "WROTE", "DONE"])
def test_an_answer_of_the_body_ends_the_row_of_mails_that_did_not_arrive(sink, work, kind):
    body = make_body(make_town())
    ExternalBody.objects.update(failures=2)
    handed = give(make_case(body.municipality), body)
    work()
    body.refresh_from_db()
    assert body.failures == 2, "that our own server took a mail says nothing of the body's"
    say(handed, kind, now=now())
    body.refresh_from_db()
    assert body.failures == 0


@pytest.mark.parametrize(("action", "failures"), [("delivered", 0), ("relayed", 2)])
def test_a_mail_known_to_have_arrived_ends_the_row_and_one_passed_on_does_not(sink, work, action, failures):
    body = make_body(make_town())
    mailbox = make_mailbox(body.municipality)
    ExternalBody.objects.update(failures=2)
    give(make_case(body.municipality), body)
    work()
    assert bounce(sink, mailbox, body, status="2.0.0", action=action).outcome == "DELIVERY_EVENT"
    body.refresh_from_db()
    assert body.failures == failures


def test_a_photo_of_the_report_is_behind_the_link_and_not_in_the_mail(sink, work):
    town = make_town()
    body = make_body(town)
    case = make_case(town)
    photo = make_photo(case)
    handed = give(case, body)
    work()
    (mail,) = to_body(sink, body)
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    path = f"/t/{town.slug}/handed/{secret_of(handed)}/photos/{photo.pk}/thumb/"
    assert Client().get(path).headers["Content-Type"] == "image/jpeg"
    assert handed.answer_due_at - handed.handed_at == timedelta(days=14)


@pytest.mark.parametrize(
    ("status", "state", "failures", "told"), [("5.1.1", "FAILED", 1, ["BODY"]), ("4.4.1", "SENT", 0, [])]
)
def test_a_mail_that_did_not_reach_a_body_is_noticed_by_the_address_it_went_out_from(
    sink, work, status, state, failures, told
):
    case = make_case(make_town())
    body = make_body(case.municipality)
    mailbox = make_mailbox(case.municipality)
    agent = make_staff(case.municipality, Role.AGENT)
    Case.objects.filter(pk=case.pk).update(assignee=agent)
    give(case, body)
    work()
    [(returns_to, _)] = [one for one in sink.envelopes if one[1] == [body.email]]
    for _ in range(2):
        said = returned("<lost@elsewhere.example>", to=returns_to, recipient=body.email, status=status)
        assert came(mailbox, said).outcome in {"DELIVERY_EVENT", "IGNORED_BY_RULE"}
    mail = BodyMail.objects.get()
    assert (mail.state, mail.failure) == (state, status)
    body.refresh_from_db()
    assert body.failures == failures
    assert list(StaffNotice.objects.values_list("what", flat=True)) == told
