"""Words on a closed case: what becomes of them is the town's to say, by mail and on the page alike."""

from datetime import timedelta

import pytest

from moked.accounts.rules import Role, resident
from moked.cases import operations as cases
from moked.cases.models import Case, CaseLink, Change, Contact, Review
from moked.cases.rules import LinkKind, State
from moked.catalogue.models import Service
from moked.catalogue.operations import publish_closed_words
from moked.catalogue.rules import AfterClosing, ClosedPolicy
from moked.events.models import Event
from moked.intake.operations import write_again
from moked.notices.models import Notice
from tests.factories import NOW, make_actor, make_case, make_service, make_staff, make_town
from tests.intake.letters import came, letter, make_mailbox, reply_address

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=2)


@pytest.fixture
def town():
    return make_town()


@pytest.fixture
def mailbox(town):
    return make_mailbox(town)


def close(case: Case, town, now=NOW) -> Case:
    return cases.close_case(
        case_id=case.pk, outcome="FIXED", message="Done.", by=make_actor(town, Role.AGENT), now=now
    )


def say(town, what: AfterClosing, days: int = 30) -> None:
    user = make_staff(town, Role.SERVICE_MANAGER)
    publish_closed_words(municipality=town, policy=ClosedPolicy(what, days), by_user_id=user.pk, now=NOW)


@pytest.fixture
def closed(town):
    return close(make_case(town, email="dana@example.org"), town)


def write(case: Case, body: str = "It is dark again.", now=LATER, **columns) -> Contact:
    return write_again(case_id=case.pk, body=body, by=resident(case.municipality_id), now=now, **columns)


def test_unless_the_town_says_otherwise_a_person_looks(closed):
    assert write(closed).case == closed
    closed.refresh_from_db()
    assert not closed.is_open
    assert Review.objects.get().is_open


def test_a_case_is_opened_again_at_once_with_its_reason_and_its_clocks(town, closed):
    say(town, AfterClosing.REOPEN)
    write(closed)
    closed.refresh_from_db()
    assert (closed.state, closed.was_reopened, closed.awaits_answer) == (State.IN_PROGRESS, True, True)
    change = Change.objects.get(kind="REOPENED")
    assert (change.actor_kind, change.reason) == ("SYSTEM", "WROTE_AGAIN")
    assert not Review.objects.exists()
    assert Event.objects.filter(name="case.reopened").get().document["contact_id"] is None


def test_an_open_review_is_decided_by_opening_again(town, closed):
    write(closed)
    say(town, AfterClosing.REOPEN)
    write(closed, "Still.")
    review = Review.objects.get()
    assert (review.is_open, review.led_to_reopening) == (False, True)


def test_by_mail_it_is_the_same(town, mailbox, closed):
    say(town, AfterClosing.REOPEN)
    came(mailbox, letter("It is dark again.", to=reply_address(mailbox, closed)))
    closed.refresh_from_db()
    assert closed.is_open


def test_an_absence_note_opens_nothing_whatever_the_town_says(town, mailbox, closed):
    for what in AfterClosing:
        say(town, what)
        raw = letter(f"Away {what}.", to=reply_address(mailbox, closed), Auto_Submitted="auto-replied")
        assert came(mailbox, raw).contact.case == closed
    closed.refresh_from_db()
    assert not closed.is_open and not Review.objects.exists()
    assert Case.objects.count() == 1


def test_words_open_a_case_three_times_a_month_then_a_person_looks(town, closed):
    say(town, AfterClosing.REOPEN)
    for number in range(4):
        write(closed, f"Again {number}.", LATER + timedelta(days=number))
        closed.refresh_from_db()
        assert closed.is_open == (number < 3)
        if closed.is_open:
            close(closed, town, LATER + timedelta(days=number, hours=1))
    assert Review.objects.get().is_open
    # A month later it is opened again.
    write(closed, "And now?", LATER + timedelta(days=40))
    closed.refresh_from_db()
    assert closed.is_open


def test_opening_again_lasts_some_days_then_words_become_a_case(town, closed):
    say(town, AfterClosing.REOPEN_WITHIN, days=7)
    other = write(closed, "Months later.", NOW + timedelta(days=7, seconds=1)).case
    assert other != closed and not Case.objects.get(pk=closed.pk).is_open
    assert write(close(make_case(town), town), "Soon.", NOW + timedelta(days=7)).case.was_reopened


def test_words_become_a_linked_case_of_the_same_service_and_person(town, mailbox, closed):
    say(town, AfterClosing.NEW_CASE)
    raw = letter("It is dark again.", to=reply_address(mailbox, closed), subject="Re: Dark street")
    message = came(mailbox, raw)
    other = message.contact.case
    assert (other.service, other.is_open, other.title) == (closed.service, True, "Dark street")
    assert message.contact.resident == Contact.objects.filter(case=closed).earliest("id").resident
    bond = CaseLink.objects.get()
    assert (bond.case, bond.other, bond.kind) == (other, closed, LinkKind.FOLLOWS)
    assert Change.objects.get(kind="FOLLOWED").case == closed
    # Further words come to the same new case, and to no third one.
    again = came(mailbox, letter("And the next lamp.", to=reply_address(mailbox, closed)))
    assert again.contact.case == other
    # Once that is closed as well, the next words follow in their turn.
    close(other, town, LATER)
    third = came(mailbox, letter("Dark once more.", to=reply_address(mailbox, closed))).contact.case
    assert third not in {other, closed}
    assert came(mailbox, letter("Yes.", to=reply_address(mailbox, other))).contact.case == third


def test_the_same_form_sent_twice_makes_one_case(town, closed):
    say(town, AfterClosing.NEW_CASE)
    first, second = write(closed, submission="a"), write(closed, submission="a")
    assert first == second
    assert Case.objects.count() == 2


def test_a_service_may_do_otherwise_than_its_town(town, closed):
    say(town, AfterClosing.NEW_CASE)
    Service.objects.filter(pk=closed.service_id).update(closed_words=AfterClosing.REOPEN)
    write(closed)
    assert Case.objects.get().is_open


def test_a_service_that_is_not_offered_any_more_opens_no_case(town, closed):
    say(town, AfterClosing.NEW_CASE)
    Service.objects.filter(pk=closed.service_id).update(is_offered=False)
    assert write(closed).case == closed
    assert Review.objects.get().is_open


def test_words_on_a_merged_case_are_heard_where_it_lives(town, closed):
    say(town, AfterClosing.REOPEN)
    case, into = make_case(town, email="ben@example.org"), make_case(town, service=make_service(town))
    cases.merge_case(case_id=case.pk, into_id=into.pk, by=make_actor(town, Role.AGENT), now=NOW)
    close(into, town)
    assert write(case).case == case
    into.refresh_from_db()
    assert into.was_reopened


def test_what_is_merged_in_a_circle_is_left_to_a_person(town):
    say(town, AfterClosing.REOPEN)
    one, two = make_case(town), make_case(town)
    closed = {"state": State.MERGED, "is_open": False, "closed_at": NOW}
    Case.objects.filter(pk=one.pk).update(merged_into=two, **closed)
    Case.objects.filter(pk=two.pk).update(merged_into=one, **closed)
    write(one)
    assert Contact.objects.filter(case=one).count() == 2
    assert not Case.objects.filter(is_open=True).exists()


@pytest.mark.django_db(transaction=True)
def test_the_resident_is_told_that_the_case_is_open_again(town, closed, sink, work):
    say(town, AfterClosing.REOPEN)
    work()
    write(closed)
    work()
    mail = sink.messages[-1]
    assert mail["Subject"] == f"We are working on your report {closed.number} again"
    assert mail["Auto-Submitted"] == "auto-replied"
    assert Notice.objects.filter(kind="WORDS_REOPENED").count() == 1
