"""What residents are told, by real mail."""

from datetime import timedelta
from email.headerregistry import Address
from importlib import import_module

import pytest
from django.apps import apps
from django.db.models.functions import Now

from moked.accounts.operations.factors import MAILS
from moked.accounts.rules import Role
from moked.cases import operations
from moked.cases.models import Case, Participant
from moked.cases.operations import people
from moked.cases.rules import Channel, Outcome
from moked.events.models import OutboxRow
from moked.events.operations import retry_dead
from moked.events.worker import claim, give_back, handle, run_outbox
from moked.handovers.rules import Mail as BodyMail
from moked.links import operations as links
from moked.links.models import Link
from moked.notices.models import Notice, StaffNotice
from moked.notices.rules import Kind
from moked.notices.texts import languages, text_for
from moked.residents.models import ContactPoint
from moked.residents.queries import contact_points_of
from tests.factories import NOW, make_actor, make_case, make_follower, make_service, make_staff, make_town

pytestmark = pytest.mark.django_db(transaction=True)


def plain(message) -> str:
    return message.get_body(("plain",)).get_content()


def test_what_to_do_in_danger_is_read_first_in_whatever_words_the_town_acknowledges(sink, work):
    town = make_town()
    case = make_case(town, email="ann@example.org")
    Case.objects.filter(pk=case.pk).update(advice="Open the windows.")
    work()
    (mail,) = sink.messages
    assert plain(mail).splitlines()[0] == "Open the windows."


def test_who_is_known_as_two_residents_is_told_once_also_of_what_was_planned_before(sink, work):
    town = make_town()
    agent = make_actor(town, Role.AGENT)
    case = make_case(
        town, service=make_service(town, is_public=True), email="ann@example.org", name="Ann Brook"
    )
    follower = make_follower(case, email="brook@work.example")
    work()
    sink.messages.clear()
    operations.close_case(case_id=case.pk, outcome=Outcome.FIXED, message="Done.", by=agent, now=NOW)
    for row in claim():
        handle(row) if row.subscriber == "notices.plan_closed" else give_back(row)
    assert Notice.objects.filter(state="PLANNED").count() == 2
    reporter = Participant.objects.get(case=case, role="REPORTER").resident
    people.merge_residents(resident=follower.resident, into=reporter, by=agent, now=NOW)
    work()
    assert [mail["To"].addresses[0].addr_spec for mail in sink.messages] == ["ann@example.org"]
    told = Notice.objects.filter(kind=Kind.FOLLOWED_CLOSED).get()
    assert (told.state, told.failure) == ("DROPPED", "TOLD_ALREADY")
    people.unmerge_residents(resident=follower.resident, by=agent, now=NOW)
    sink.messages.clear()
    operations.reopen(case_id=case.pk, message="Again.", by=agent, now=NOW)
    work()
    assert len(sink.messages) == 2


def test_opening_sends_number_and_tracking_link_in_text_and_html(sink, work, settings):
    town = make_town()
    case = make_case(town, matter="A <b>hole</b>", email="ann@example.org", name="Ann")
    work()
    (mail,) = sink.messages
    secret = links.render(links.find(purpose=Link.Purpose.TRACKING, object_id=case.pk))
    address = f"{settings.BASE_URL}/t/{town.slug}/track/{secret}/"
    assert mail["Subject"] == f"We have your report: {case.number}"
    assert mail["To"].addresses == (Address(addr_spec="ann@example.org"),)
    assert mail["From"].addresses == (Address(town.name["en"], addr_spec=town.sender),)
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["Content-Language"] == "en"
    assert address in plain(mail) and "A <b>hole</b>" in plain(mail)
    html = mail.get_body(("html",)).get_content()
    assert f'href="{address}"' in html
    assert "A &lt;b&gt;hole&lt;/b&gt;" in html and "<b>hole" not in html
    assert sink.envelopes == [(town.sender, ["ann@example.org"])]
    notice = Notice.objects.get()
    assert (notice.state, notice.kind, notice.message_id) == ("SENT", "CASE_OPENED", mail["Message-ID"])
    assert secret.split(".")[1] not in str(list(Notice.objects.values()))


def test_a_corrected_address_gets_the_number_and_a_link_that_only_it_has(sink, work):
    town = make_town()
    case = make_case(
        town, service=make_service(town, is_public=True), email="ann@exmaple.org", name="Ann Brook"
    )
    make_follower(case, email="bob@exmaple.org")
    work()
    sink.messages.clear()
    ann, bob = (part.resident for part in Participant.objects.filter(case=case).order_by("id"))
    agent = make_actor(town, Role.AGENT)
    for resident, value in ((ann, "ann@example.org"), (bob, "bob@example.org")):
        [point] = contact_points_of(resident)
        people.correct_contact_point(resident=resident, point_id=point.id, value=value, by=agent, now=NOW)
    work()
    told = {mail["To"].addresses[0].addr_spec: plain(mail) for mail in sink.messages}
    assert told.keys() == {"ann@example.org", "bob@example.org"}
    tracking = links.render(links.find(purpose=Link.Purpose.TRACKING, object_id=case.pk))
    following = links.find(
        purpose=Link.Purpose.FOLLOWING, object_id=Participant.objects.get(case=case, role="FOLLOWER").pk
    )
    assert f"/track/{tracking}/" in told["ann@example.org"] and case.number in told["ann@example.org"]
    assert f"/follow/{links.render(following)}/" in told["bob@example.org"]
    assert "/track/" not in told["bob@example.org"]


def test_a_corrected_address_gets_the_words_that_went_to_the_wrong_one(sink, work):
    town = make_town()
    case = make_case(town, email="ann@exmaple.org")
    agent = make_actor(town, Role.AGENT)
    work()
    operations.close_case(case_id=case.pk, outcome=Outcome.FIXED, message="It is lit.", by=agent, now=NOW)
    work()
    sink.messages.clear()
    resident = Participant.objects.get(case=case).resident
    [point] = contact_points_of(resident)
    people.correct_contact_point(
        resident=resident, point_id=point.id, value="ann@example.org", by=agent, now=NOW
    )
    work()
    (mail,) = sink.messages
    assert mail["To"].addresses[0].addr_spec == "ann@example.org"
    survey = links.render(links.find(purpose=Link.Purpose.SURVEY, object_id=case.pk))
    assert "It is lit." in plain(mail) and survey in plain(mail)


def test_a_hebrew_mail_runs_right_to_left(sink, work):
    town = make_town(language="he")
    case = make_case(town, email="ann@example.org")
    type(case).objects.update(language="he")
    work()
    (mail,) = sink.messages
    assert mail["Subject"] == f"הפנייה התקבלה: {case.number}"
    assert 'lang="he" dir="rtl"' in mail.get_body(("html",)).get_content()
    assert mail["Content-Language"] == "he"


def test_an_anonymous_reporter_is_sent_nothing(sink, work):
    make_case(make_town())
    work()
    assert sink.messages == [] and not Notice.objects.exists()


def test_an_answer_is_a_persons_mail_in_the_same_thread(sink, work):
    town = make_town()
    case = make_case(town, email="ann@example.org")
    operations.reply(case_id=case.pk, body="We are coming.", by=make_actor(town, Role.AGENT), now=NOW)
    work()
    opened, answer = sink.messages
    assert "We are coming." in plain(answer)
    assert answer["In-Reply-To"] == answer["References"] == opened["Message-ID"]
    assert answer["Auto-Submitted"] is None and answer["Precedence"] is None


def test_a_note_never_leaves_the_house(sink, work):
    town = make_town()
    case = make_case(town, email="ann@example.org")
    by = make_actor(town, Role.AGENT)
    operations.add_note(case_id=case.pk, body="canary-note", by=by, now=NOW)
    operations.close_case(case_id=case.pk, outcome=Outcome.FIXED, message="Done.", by=by, now=NOW)
    work()
    assert len(sink.messages) == 2
    assert not any("canary-note" in message.as_string() for message in sink.messages)


@pytest.mark.parametrize(
    ("outcome", "kind"), [(Outcome.FIXED, Kind.CASE_CLOSED), (Outcome.NOT_OURS, Kind.CASE_DECLINED)]
)
def test_closing_sends_words_and_survey_link(sink, work, outcome, kind):
    town = make_town()
    case = make_case(town, email="ann@example.org")
    by = make_actor(town, Role.AGENT)
    operations.close_case(case_id=case.pk, outcome=outcome, message="That is why.", by=by, now=NOW)
    work()
    closed = sink.messages[-1]
    survey = links.render(links.find(purpose=Link.Purpose.SURVEY, object_id=case.pk))
    assert f"/survey/{survey}/" in plain(closed) and "That is why." in plain(closed)
    assert Notice.objects.get(kind=kind).state == "SENT"


def test_a_withdrawn_case_has_no_survey_and_its_mail_no_empty_button(sink, work):
    town = make_town()
    case = make_case(town, email="ann@example.org")
    operations.close_case(
        case_id=case.pk,
        outcome=Outcome.WITHDRAWN_BY_RESIDENT,
        message="As you asked.",
        by=make_actor(town, Role.AGENT),
        now=NOW,
    )
    work()
    assert "/survey/" not in sink.messages[-1].as_string()
    assert 'href=""' not in sink.messages[-1].get_body(("html",)).get_content()


def test_doing_the_same_work_again_sends_nothing_twice(sink, work):
    make_case(make_town(), email="ann@example.org")
    work()
    OutboxRow.objects.update(state="PENDING", is_open=True, due_at=Now())
    work()
    assert len(sink.messages) == 1 and Notice.objects.count() == 1


def test_a_refused_recipient_is_a_visible_failure(sink, work):
    make_case(make_town(), email="ann@example.org")
    sink.recipient_answer = "550 no such user"
    work()
    notice = Notice.objects.get()
    assert (notice.state, notice.failure) == ("FAILED", "REFUSED 550")
    row = OutboxRow.objects.get(subscriber="notices.send")
    assert (row.state, row.last_error) == ("DEAD", "REFUSED 550")
    assert not ContactPoint.objects.filter(undeliverable_at__isnull=False).exists()


@pytest.mark.parametrize(
    "answer", ["550 5.1.0 denied", "550 5.1.1 sender unknown here", "554 client [5.1.1.7] is blocked"]
)
def test_a_refusal_that_may_be_about_us_says_nothing_of_their_address(sink, work, answer):
    make_case(make_town(), email="ann@example.org")
    sink.recipient_answer = answer
    work()
    assert Notice.objects.get().state == "FAILED"
    assert not ContactPoint.objects.filter(undeliverable_at__isnull=False).exists()


def test_a_recipient_whom_the_server_does_not_know_is_as_good_as_a_bounce(sink, work):
    town = make_town()
    case, agent = make_case(town, email="ann@example.org"), make_staff(town, Role.AGENT)
    Case.objects.update(assignee=agent)
    sink.recipient_answer = "550 5.1.1 no such user"
    work()
    assert ContactPoint.objects.get(kind="EMAIL").undeliverable_at
    assert StaffNotice.objects.get(user=agent).kind == "BOUNCED"
    operations.reply(case_id=case.pk, body="We come.", by=make_actor(town, Role.AGENT), now=NOW)
    work()
    assert Notice.objects.latest("id").failure == "UNDELIVERABLE"


def test_what_a_server_holds_against_us_is_nobody_s_bad_address_and_is_tried_again(sink, work):
    make_case(make_town(), email="ann@example.org")
    sink.sender_answer = "550 this account is blocked"
    work()
    row = OutboxRow.objects.get(subscriber="notices.send")
    assert (row.state, row.last_error) == ("PENDING", "SAYS_NO 550")
    sink.sender_answer = "250 OK"
    OutboxRow.objects.filter(pk=row.pk).update(due_at=Now())
    work()
    assert len(sink.messages) == 1


def test_to_one_address_only_so_many_reports_of_a_form_are_confirmed_within_an_hour(sink, work):
    town = make_town()
    public = make_service(town, is_public=True)
    for _ in range(12):
        make_case(town, service=public, email="victim@example.org")
    work()
    assert len(sink.messages) == 10
    follower = make_follower(make_case(town, service=public), email="victim@example.org")
    work()
    assert len(sink.messages) == 10
    make_case(town, email="victim@example.org", channel=Channel.PHONE)
    work()
    assert len(sink.messages) == 11, "an agent who is called writes down what is so"
    joined = Notice.objects.get(recipient=follower.resident, kind=Kind.CASE_JOINED)
    assert (joined.state, joined.failure) == ("DROPPED", "TOO_MANY")


def test_a_busy_server_is_tried_again_with_the_same_message_id(sink, work):
    make_case(make_town(), email="ann@example.org")
    sink.answer = "451 try later"
    work()
    row = OutboxRow.objects.get(subscriber="notices.send")
    assert (row.state, row.last_error) == ("PENDING", "SAYS_NO 451")
    before = Notice.objects.get().message_id
    sink.answer = "250 OK"
    OutboxRow.objects.filter(pk=row.pk).update(due_at=Now())
    work()
    (mail,) = sink.messages
    assert mail["Message-ID"] == before
    assert Notice.objects.get().state == "SENT"


def test_what_a_server_did_not_take_for_three_days_has_failed_until_somebody_tries_again(sink, work):
    town = make_town()
    make_case(town, email="ann@example.org")
    sink.answer = "451 try later"
    work()
    assert Notice.objects.get().state == "PLANNED"
    waiting = OutboxRow.objects.filter(subscriber="notices.send")
    waiting.update(due_at=Now(), created_at=Now() - timedelta(days=3, minutes=1))
    work()
    notice, row = Notice.objects.get(), waiting.get()
    assert (notice.state, notice.failure) == ("FAILED", "SAYS_NO 451")
    assert (row.state, sink.messages) == ("DEAD", [])
    sink.answer = "250 OK"
    assert retry_dead(row_id=row.pk, municipality_id=town.pk)
    work()
    notice.refresh_from_db()
    assert (notice.state, notice.failure, len(sink.messages)) == ("SENT", "", 1)


def test_without_a_mail_server_the_notice_waits_and_says_why(settings, work):
    settings.SMTP_URL = ""
    make_case(make_town(), email="ann@example.org")
    work()
    row = OutboxRow.objects.get(subscriber="notices.send")
    assert (row.state, row.last_error) == ("PENDING", "NOT_SET")


def test_nothing_is_sent_when_the_lease_went_to_another_worker(sink, work, monkeypatch):
    from moked.events.worker import Claimed

    make_case(make_town(), email="ann@example.org")
    answers = iter([True, False])  # beginning to send, then: before the text itself

    def still_mine(self) -> bool:
        is_sending = OutboxRow.objects.filter(id=self.row_id, subscriber="notices.send").exists()
        return next(answers) if is_sending else True

    monkeypatch.setattr(Claimed, "still_mine", still_mine)
    work()
    assert next(answers, None) is None, "the lease was not asked for twice"
    assert sink.messages == []
    assert Notice.objects.get().state == "PLANNED"


def test_mails_that_follow_each_other_go_through_one_connection(sink, work):
    town = make_town()
    for name in ("ann", "bob", "cid"):
        make_case(town, email=f"{name}@example.org")
    work()
    assert len(sink.messages) == 3 and len(sink.sessions) == 1
    make_case(town, email="dan@example.org")
    work()
    assert len(sink.messages) == 4 and len(sink.sessions) == 2  # it hung up when there was nothing more


def test_a_connection_that_the_server_closed_meanwhile_is_made_anew(sink, work):
    town = make_town()
    by = make_actor(town, Role.AGENT)
    case = make_case(town, email="ann@example.org")
    while not sink.messages:
        run_outbox()
    sink.close_sessions()
    operations.reply(case_id=case.pk, body="We are coming.", by=by, now=NOW)
    work()
    assert len(sink.messages) == 2 and len(sink.sessions) == 2
    assert not OutboxRow.objects.exclude(last_error="").exists()


def test_after_a_refusal_the_next_mail_has_a_connection_of_its_own(sink, work):
    town = make_town()
    make_case(town, email="ann@example.org")
    sink.recipient_answer = "550 no such user"
    work()
    sink.recipient_answer = "250 OK"
    make_case(town, email="bob@example.org")
    work()
    assert sink.envelopes == [(town.sender, ["bob@example.org"])]


def test_an_international_domain_goes_out_in_ascii(sink, work):
    make_case(make_town(), email="ann@bücher.example")
    work()
    assert sink.envelopes[0][1] == ["ann@xn--bcher-kva.example"]


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize(
    "kind", [*Kind, *BodyMail, "BODY_WHERE", "BODY_REPORTER", "PASSWORD_RESET", "INVITATION", *MAILS.values()]
)
def test_every_text_says_what_the_english_one_says_with_the_same_places(language, kind):
    import re

    english, text = text_for(kind, "en"), text_for(kind, language)
    places = re.compile(r"\{[a-z_]+\}")
    assert text.language == language
    assert set(places.findall(text.subject)) == set(places.findall(english.subject))
    assert sorted(places.findall(text.body)) == sorted(places.findall(english.body))
    assert text.labels.keys() == english.labels.keys()


@pytest.mark.parametrize(
    ("was", "is_now"),
    [
        ("undeliverable address", "UNDELIVERABLE"),
        ("The mail server refused it for good (550).", "REFUSED 550"),
        ("The mail server did not take it (451).", "SAYS_NO 451"),
        ("5.1.1", "5.1.1"),
        ("", ""),
    ],
)
def test_why_a_notice_was_not_sent_becomes_a_code_where_it_was_a_sentence(work, was, is_now):
    make_case(make_town(), email="ann@example.org")
    work()
    Notice.objects.update(failure=was)
    import_module("moked.notices.migrations.0004_failure_codes").write_codes(apps, None)
    assert Notice.objects.get().failure == is_now
