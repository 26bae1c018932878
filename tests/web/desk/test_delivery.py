"""What became of mails, on the page of the case; and what is done when one did not arrive."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from moked.accounts.models import User
from moked.accounts.queries import actor_for
from moked.accounts.rules import Role
from moked.audit.models import AuditRecord
from moked.cases import operations
from moked.cases.models import Case, Contact, Participant
from moked.cases.rules import Wants
from moked.channels.email.smtp import BAD_RECIPIENT
from moked.notices.delivery import note_bounce, note_delivered
from moked.notices.models import Notice
from moked.notices.operations import plan
from moked.notices.rules import Kind
from tests.factories import NOW, make_case, make_follower, make_service, make_staff, make_town
from tests.web.desk.pages import count, submission, text
from tests.web.desk.test_case import at
from tests.web.portal.conftest import secret_of

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=5)
PHONE = "050-7654321"
CALLED = {"submission": "0f8fad5b-d9cb-469f-a165-70867728950e", "told": "yes"}


@pytest.fixture
def case(town) -> Case:
    return make_case(town, service=make_service(town, is_public=True), email="ann@example.org", phone=PHONE)


def told(case: Case, kind: Kind = Kind.CASE_OPENED, *, event: int = 1, contact: int | None = None, **more):
    [notice] = plan(event_id=event, case_id=case.pk, kind=kind, contact_id=contact, now=NOW)
    Notice.objects.filter(pk=notice.pk).update(state_at=LATER, **more)
    return notice


def bounced(case: Case, status: str = "5.1.1", **more) -> Notice:
    return note_bounce(notice_id=told(case, state="SENT", **more).pk, status=status, is_final=True, now=LATER)


def lines(response) -> list[str]:
    found = re.findall(r'<li class="[^"]*" data-test="delivery">(.*?)</li>', response.content.decode(), re.S)
    return [" ".join(re.sub("<[^>]*>", " ", one).split()) for one in found]


@pytest.mark.parametrize(
    ("state", "failure", "words"),
    [
        ("PLANNED", "", "Waiting to be sent"),
        ("SENT", "", "Sent by e-mail"),
        ("SENT", "4.2.2", "Sent by e-mail … Their mail server is still trying."),
        ("DELIVERED", "", "Has arrived"),
        ("BOUNCED", "5.1.1", "Did not arrive … There is no such address."),
        ("BOUNCED", "5.2.2", "Did not arrive … The mailbox is full."),
        ("BOUNCED", "5.1.8", "Did not arrive … Their mail server refused it, perhaps as unwanted."),
        ("BOUNCED", "5.7.1", "Did not arrive … Their mail server refused it, perhaps as unwanted."),
        ("BOUNCED", "", "Did not arrive … Their mail server said no more."),
        (
            "FAILED",
            "UNDELIVERABLE",
            "Could not be sent … Earlier mails to this address did not arrive.",
        ),
        (
            "FAILED",
            "REFUSED 550",
            "Could not be sent … The mail server did not take it (550).",
        ),
        ("FAILED", BAD_RECIPIENT, "Could not be sent … Mails cannot be sent to this address."),
        (
            "FAILED",
            "TOO_SLOW",
            "Could not be sent … Our own mail server could not be used for days. "
            "Tell whoever runs this helpdesk.",
        ),
        ("DROPPED", "TOLD_ALREADY", "Not sent … They were told at another address."),
        ("DROPPED", "UNWANTED", "Not sent … They chose not to be told this."),
        ("DROPPED", "NO_ADDRESS", "Not sent … There is no address any more."),
    ],
)
def test_the_timeline_says_what_became_of_a_mail(desk: Client, case: Case, state, failure, words) -> None:
    told(case, state=state, failure=failure)
    response = desk.get(at(case))
    [line] = lines(response)
    first, _, reason = words.partition(" … ")
    assert line.startswith(f"{first} · ") and line.endswith(reason)
    assert "Mail to the resident" in text(response) and "A report has arrived" in text(response)
    assert not lines(desk.get(f"{at(case)}?show=notes"))
    assert lines(desk.get(f"{at(case)}?show=contacts"))


def test_a_mail_that_waits_for_the_morning_says_until_when(desk: Client, case: Case) -> None:
    told(case, due_at=LATER)
    [line] = lines(desk.get(at(case)))
    assert line.startswith("Will be sent · ")


def test_what_became_of_words_stands_with_them(desk: Client, agent: User, case: Case, town) -> None:
    make_follower(case, email="bob@example.org")
    make_follower(case, email="cid@example.org")
    by = actor_for(agent, town.pk)
    contact = operations.reply(case_id=case.pk, body="We come.", by=by, now=NOW)
    told(case, Kind.REPLY, contact=contact.pk, state="SENT")
    plan(
        event_id=1, case_id=case.pk, kind=Kind.FOLLOWED_CLOSED, contact_id=contact.pk, now=NOW, to="FOLLOWER"
    )
    response = desk.get(at(case))
    reporter, others = lines(response)
    assert reporter.startswith("Sent by e-mail · ")
    assert others.startswith("Waiting to be sent to 2 followers · ")
    assert "Mail to the resident" not in text(response)


@pytest.mark.parametrize("rows", [1, 5])
def test_the_page_asks_once_however_many_mails_there_are(
    desk: Client, case: Case, rows: int, django_assert_num_queries
) -> None:
    for number in range(rows):
        make_follower(case, email=f"f{number}@example.org")
        told(case, event=number, state="SENT")
        plan(
            event_id=100 + number,
            case_id=case.pk,
            kind=Kind.CASE_MERGED,
            contact_id=None,
            now=NOW,
            to="FOLLOWER",
        )
    with django_assert_num_queries(30):
        assert len(lines(desk.get(at(case)))) == 2 * rows


def test_where_a_mail_did_not_arrive_the_phone_is_offered_and_the_call_noted(
    desk: Client, agent: User, case: Case
) -> None:
    bounced(case)
    page = desk.get(at(case))
    assert "A mail did not arrive: call" in text(page) and count(page, "correct-address") == 1
    assert page.content.decode().count(f'href="tel:{PHONE}"') >= 2
    form = {"submission": submission(page), "told": "yes"}
    for _ in range(2):
        assert desk.post(at(case, "told_by_phone"), form).status_code == 303
    contact = Contact.objects.get(direction="OUT")
    assert (contact.channel, contact.body, contact.author_id) == ("PHONE", "", agent.pk)
    assert Notice.objects.get().told_by_id == contact.pk
    assert AuditRecord.objects.filter(verb="case.told_by_phone").count() == 1
    after = desk.get(at(case))
    assert not count(after, "not-arrived") and "Told the resident by phone" in text(after)
    assert lines(after)[0].endswith("told by phone")
    again = desk.post(at(case, "told_by_phone"), CALLED)
    assert "A colleague has already told the resident." in text(again)
    assert Contact.objects.filter(direction="OUT").count() == 1


def test_the_resident_reads_that_they_were_called(desk: Client, client: Client, case: Case) -> None:
    bounced(case)
    desk.post(at(case, "told_by_phone"), CALLED)
    page = Client().get(f"/track/{secret_of(case)}/").content.decode()
    assert "We told you by phone" in page and "We wrote to you" not in page


def test_once_a_later_mail_arrives_nobody_is_asked_to_call(desk: Client, case: Case) -> None:
    bounced(case, status="5.2.2")
    assert count(desk.get(at(case)), "not-arrived")
    later = told(case, event=2, state="SENT")
    note_delivered(notice_id=later.pk, now=LATER)
    assert not count(desk.get(at(case)), "not-arrived")


def test_the_number_is_masked_for_who_need_not_know_it(town, sign_in) -> None:
    department = make_service(town).department
    case = make_case(town, email="ann@example.org", phone=PHONE)
    bounced(case)
    worker = sign_in(make_staff(town, Role.DEPARTMENT_WORKER, department=case.department or department))
    page = worker.get(at(case))
    assert count(page, "not-arrived")
    assert PHONE not in page.content.decode() and "tel:" not in page.content.decode()


def test_the_reply_box_says_how_words_will_reach_the_resident(desk: Client, town, case: Case) -> None:
    def box(case: Case) -> str:
        page = desk.get(at(case)).content.decode()
        found = re.search(r'data-test="recipient">(.*?)</p>', page, re.S)
        return " ".join(re.sub("<[^>]*>", " ", found[1]).split())

    assert box(case) == "By e-mail to ann@example.org"
    bounced(case)
    lost = box(case)
    assert lost.startswith("Mails to ann@example.org do not arrive (")
    assert lost.endswith(f"They read this on the tracking page. Better call: {PHONE}")
    only_phone = box(make_case(town, phone=PHONE))
    assert only_phone == f"They read this on the tracking page. Better call: {PHONE}"
    assert box(make_case(town)).startswith("They left no name and no address")


def test_who_wants_no_more_is_mailed_a_refusal_only_and_the_closing_page_says_so(
    desk: Client, case: Case
) -> None:
    assert "only if it is declined" not in text(desk.get(at(case, "close")))
    Participant.objects.filter(case=case).update(wants=Wants.NOTHING)
    assert "only if it is declined" in text(desk.get(at(case, "close")))
    assert "only if it is declined" not in text(desk.get(at(case)))


def test_nobody_of_another_town_notes_a_call(desk: Client) -> None:
    case = make_case(make_town(), email="ann@example.org", phone=PHONE)
    bounced(case)
    assert desk.post(at(case, "told_by_phone"), {"told": "yes"}).status_code == 404
    assert not Contact.objects.filter(direction="OUT").exists()
