"""Mails that wait for a person, and the whole of those on a case."""

import base64
import io
import re

import pytest
from PIL import Image

from moked.accounts.rules import Role
from moked.cases.models import Attachment, Case, Contact, Document, Note, Participant
from moked.cases.operations import UnableToOpenCase
from moked.channels.email.reading.mail import MOST_BYTES
from moked.channels.email.reading.message import read
from moked.channels.email.receiving import MAIL
from moked.channels.models import InboundMessage
from moked.channels.operations import UnableToChangeMessage, discard, keep_message, quarantine
from moked.channels.rules import Reason, State
from moked.intake import by_hand, mails
from tests.factories import NOW, make_actor, make_service, make_staff
from tests.files.pictures import degrees, exif, gps, photo
from tests.intake.letters import came, letter, make_mailbox, returned
from tests.web.desk.pages import count, text

pytestmark = pytest.mark.django_db
LIST = "/desk/mails/"


@pytest.fixture
def mailbox(town):
    return make_mailbox(town)


def waiting(mailbox, number=0, **more) -> InboundMessage:
    return came(mailbox, letter(f"Nobody wrote this, {number}.", sender="", subject=f"Mail {number}", **more))


def test_nothing_waits_and_the_page_says_what_will(desk):
    assert "No mail waits" in text(desk.get(LIST))


def test_what_waits_is_listed_with_its_reason_newest_first(desk, mailbox):
    waiting(mailbox, 1), waiting(mailbox, 2)
    page = text(desk.get(LIST))
    assert page.index("Mail 2") < page.index("Mail 1")
    assert "It does not say who wrote it." in page


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_the_same_however_long_it_is(desk, mailbox, rows, django_assert_num_queries):
    for number in range(rows):
        waiting(mailbox, number)
    desk.get(LIST)
    with django_assert_num_queries(8):
        assert count(desk.get(LIST), "mail") == rows


@pytest.mark.parametrize("page", ["/desk/", LIST])
def test_the_rail_tells_how_many_wait_that_its_reader_may_look_at(desk, town, mailbox, page):
    assert count(desk.get(page), "mails-waiting") == 0
    waiting(mailbox, 1), waiting(mailbox, 2)
    waiting(make_mailbox(town, "welfare@town.example", confidential_roles=("SERVICE_MANAGER",)), 3)
    assert 'data-test="mails-waiting">2<' in desk.get(page).content.decode()


def test_a_case_is_made_of_it_by_hand(desk, mailbox, town):
    message, service = waiting(mailbox), make_service(town)
    address = f"{LIST}{message.pk}/"
    assert "Nobody wrote this" in text(desk.get(address))
    desk.post(address, {"step": "open", "service": service.pk, "matter": "A dark street."})
    case = Case.objects.get()
    assert (case.service_id, case.channel) == (service.pk, "EMAIL")
    message.refresh_from_db()
    assert (message.state, message.contact.case_id) == (State.TAKEN, case.pk)
    # The second time it is gone, and nothing is opened.
    answer = desk.post(address, {"step": "open", "service": service.pk, "matter": "Again."})
    assert "Somebody else has dealt with this mail meanwhile." in text(desk.get(answer["Location"]))
    assert Case.objects.count() == 1


def test_an_empty_form_says_what_to_do(desk, mailbox):
    address = f"{LIST}{waiting(mailbox).pk}/"
    page = text(desk.post(address, {"step": "open", "service": "", "matter": ""}))
    assert "Choose the service." in page and "Write what it is about." in page
    assert "Say in a few words why" in text(desk.post(address, {"step": "discard", "note": ""}))


def test_it_is_thrown_away_with_a_reason(desk, mailbox):
    message = waiting(mailbox)
    desk.post(f"{LIST}{message.pk}/", {"step": "discard", "note": "An advertisement"})
    message.refresh_from_db()
    assert (message.state, message.note) == (State.DISCARDED, "An advertisement")
    assert "No mail waits" in text(desk.get(LIST))


def test_it_is_read_again_by_the_worker(desk, mailbox, monkeypatch):
    message = waiting(mailbox)
    address = f"{LIST}{message.pk}/"
    assert desk.post(address, {"step": "again"})["Location"] == address
    page = text(desk.get(address))
    assert "It is being read. Look again" in page and "Read it again" not in page
    assert "No mail waits" in text(desk.get(LIST))
    # Pressed twice, it is read once.
    assert "Somebody else" in text(desk.get(desk.post(address, {"step": "again"})["Location"]))
    mails.take(message.pk, read)
    assert "It does not say who wrote it." in text(desk.get(address))
    better = mails._sender
    monkeypatch.setattr(mails, "_sender", lambda mail: better(mail).__class__("Dana", "dana@example.org"))
    desk.post(address, {"step": "again"})
    mails.take(message.pk, read)
    case = Case.objects.get()
    assert desk.get(address)["Location"] == f"/desk/cases/{case.number}/"


@pytest.mark.parametrize(
    ("reason", "words"), [("TOO_LARGE", "It is too large"), ("NOT_GIVEN", "Its server did not give us all")]
)
def test_of_what_lies_in_the_mailbox_still_nothing_is_read_again(desk, mailbox, reason, words):
    message = waiting(mailbox)
    InboundMessage.objects.filter(pk=message.pk).update(reason=reason)
    address = f"{LIST}{message.pk}/"
    page = text(desk.get(address))
    assert words in page and "Read it again" not in page
    desk.post(address, {"step": "again"})
    message.refresh_from_db()
    assert (message.state, message.reason) == (State.QUARANTINED, reason)


def test_what_it_says_is_noted_on_a_case_for_colleagues_only(desk, mailbox, case):
    message = came(mailbox, letter("The key is under the mat.", sender="", subject="Key"))
    address = f"{LIST}{message.pk}/"
    page = desk.post(address, {"step": "note", "number": "26-999999-9", "words": "x"})
    assert "You see no case of this number." in text(page)
    said = {"step": "note", "number": f" {case.number} ", "words": "Key\n\nThe key is under the mat."}
    assert desk.post(address, said)["Location"] == f"/desk/cases/{case.number}/"
    assert Note.objects.get(case=case).body == "Key\n\nThe key is under the mat."
    assert not Contact.objects.filter(case=case, body__contains="mat").exists()
    assert "No mail waits" in text(desk.get(LIST))
    assert "Somebody has dealt with this mail." in text(desk.get(address))


def test_a_service_that_was_given_up_meanwhile_is_said_and_nothing_typed_is_lost(
    desk, mailbox, town, monkeypatch
):
    message, service = waiting(mailbox), make_service(town)
    said = {"step": "open", "service": service.pk, "matter": "A dark street, typed with care."}

    def withdrawn(**named: object) -> None:
        raise UnableToOpenCase("NOT_OFFERED")

    monkeypatch.setattr(by_hand, "open_by_hand", withdrawn)
    page = text(desk.post(f"{LIST}{message.pk}/", said))
    assert "This service is no longer offered. Choose another." in page and "typed with care" in page


def test_of_a_mail_that_is_not_read_sender_and_subject_are_known(desk, mailbox, town):
    head = letter("x", subject="Flood in the cellar").partition(b"\r\n\r\n")[0]
    message = came(mailbox, head + b"\r\n\r\n" + b"x" * MOST_BYTES)
    page = text(desk.get(f"{LIST}{message.pk}/"))
    assert "It is too large to be read here. Save it" in page and "Flood in the cellar" in page
    said = {"step": "open", "service": make_service(town).pk, "matter": "The cellar is flooded."}
    desk.post(f"{LIST}{message.pk}/", said)
    assert Participant.objects.get().email == "dana@example.org"


def test_of_a_mail_that_lies_in_its_mailbox_still_sender_and_subject_are_known(desk, mailbox):
    head = letter(subject="Flood in the cellar").partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    kept = keep_message(
        account=mailbox, raw=head, provider_id="1:1", media_type=MAIL, reason=Reason.TOO_LARGE, now=NOW
    )
    mails.take(kept.message.pk, read)
    page = text(desk.get(LIST))
    assert "Flood in the cellar" in page and "Open it in the mailbox itself" in page


PASSED = f"{LIST}?show=passed"


def away(mailbox, number=0) -> InboundMessage:
    return came(
        mailbox, letter(f"Back on Sunday. {number}", subject=f"Away {number}", Auto_Submitted="auto-replied")
    )


def test_what_was_passed_over_is_found_and_can_be_made_to_wait(desk, mailbox, town):
    assert "No mail was passed over" in text(desk.get(PASSED))
    away(mailbox, 1), came(mailbox, letter("A dark street.")), away(mailbox, 2), waiting(mailbox)
    came(mailbox, letter("A dark street.", X_Other="way"))  # the same once more
    page = text(desk.get(PASSED))
    assert page.index("Away 2") < page.index("Away 1") and count(desk.get(PASSED), "mail") == 2
    assert "It seems to be an automatic answer" in page and "Away" not in text(desk.get(LIST))
    message = InboundMessage.objects.filter(outcome="IGNORED_BY_RULE").earliest("id")
    address = f"{LIST}{message.pk}/"
    page = text(desk.get(address))
    assert "Why it was passed over" in page and "Back on Sunday" in page and "Make a case of it" not in page
    gone = desk.post(address, {"step": "discard", "note": "x"})
    assert "Somebody else has dealt with this mail meanwhile." in text(desk.get(gone["Location"]))
    assert desk.post(address, {"step": "wait"})["Location"] == address
    assert "Away 1" in text(desk.get(LIST)) and "Away 1" not in text(desk.get(PASSED))
    desk.post(
        address, {"step": "open", "service": make_service(town).pk, "matter": "He is away, we are not."}
    )
    assert Contact.objects.filter(body="He is away, we are not.").count() == 1


def test_what_mail_servers_sent_back_is_shown_to_nobody(desk, mailbox):
    message = came(
        mailbox, returned("<x@elsewhere.example>", to=mailbox.address, recipient="dana@example.org")
    )
    assert message.reason == "UNKNOWN_BOUNCE" and "No mail was passed over" in text(desk.get(PASSED))
    for path in ("", "raw/"):
        assert desk.get(f"{LIST}{message.pk}/{path}").status_code in {303, 404}


def test_what_came_once_more_is_not_made_to_wait(desk, mailbox):
    came(mailbox, letter("A dark street.")), came(mailbox, letter("A dark street.", X_Other="way"))
    again = InboundMessage.objects.get(outcome="IGNORED_BY_RULE")
    case = Case.objects.get()
    assert desk.get(f"{LIST}{again.pk}/")["Location"] == f"/desk/cases/{case.number}/"
    desk.post(f"{LIST}{again.pk}/", {"step": "wait"})
    again.refresh_from_db()
    assert again.state == State.TAKEN


def test_what_was_passed_over_at_a_confidential_service_is_for_who_may_see_its_cases(desk, town, sign_in):
    message = away(make_mailbox(town, "welfare@town.example", confidential_roles=("SERVICE_MANAGER",)))
    address = f"{LIST}{message.pk}/"
    assert "No mail was passed over" in text(desk.get(PASSED))
    assert desk.get(address).status_code == desk.post(address, {"step": "wait"}).status_code == 404
    with pytest.raises(UnableToChangeMessage):
        quarantine(message_id=message.pk, by=make_actor(town, Role.AGENT), now=NOW)
    manager = sign_in(make_staff(town, Role.SERVICE_MANAGER))
    assert "Away 0" in text(manager.get(PASSED))


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_of_those_passed_over_asks_the_same_however_long_it_is(
    desk, mailbox, rows, django_assert_num_queries
):
    for number in range(rows):
        away(mailbox, number)
    desk.get(PASSED)
    with django_assert_num_queries(8):
        assert count(desk.get(PASSED), "mail") == rows


def test_what_comes_to_a_confidential_service_is_for_who_may_see_its_cases(desk, town, sign_in):
    message = waiting(make_mailbox(town, "welfare@town.example", confidential_roles=("SERVICE_MANAGER",)))
    address = f"{LIST}{message.pk}/"
    assert "No mail waits" in text(desk.get(LIST))
    assert desk.get(address).status_code == desk.get(f"{address}raw/").status_code == 404
    for step in ({"step": "again"}, {"step": "discard", "note": "x"}):
        assert desk.post(address, step).status_code == 404
    with pytest.raises(UnableToChangeMessage):
        discard(message_id=message.pk, note="x", by=make_actor(town, Role.AGENT), now=NOW)
    manager = sign_in(make_staff(town, Role.SERVICE_MANAGER))
    assert "Mail 0" in text(manager.get(LIST))


def test_what_is_attached_follows_the_case_that_is_made_of_it(desk, mailbox, town):
    pdf, jpeg = ("plan.pdf", "application/pdf", b"%PDF-1.4"), ("lamp.jpg", "image/jpeg", photo())
    message = waiting(mailbox, files=(pdf, jpeg))
    said = {"step": "open", "service": make_service(town).pk, "matter": "A dark street."}
    desk.post(f"{LIST}{message.pk}/", said)
    assert not Document.objects.exists()
    for _ in range(2):  # the worker may be asked twice
        by_hand.bring(message.pk, read)
    assert Document.objects.get().contact == Contact.objects.get()
    assert Attachment.objects.get().case == Case.objects.get()


INLINE = b"""From: Dana <dana@example.org>\r
To: helpdesk@town.example\r
Subject: Lamp\r
Message-ID: <inline@example.org>\r
MIME-Version: 1.0\r
Content-Type: multipart/related; boundary="b"\r
\r
--b\r
Content-Type: text/html\r
\r
<p>Here</p><img src="cid:lamp@x"><img src="cid:other@x">\r
--b\r
Content-Type: image/jpeg\r
Content-ID: <lamp@x>\r
Content-Transfer-Encoding: base64\r
\r
%s\r
--b--\r
"""


def test_a_picture_within_the_words_is_shown_in_its_place_cleaned(desk, mailbox):
    taken = photo(exif=exif(gps=gps(degrees(32, 5, 0), "N", degrees(34, 46, 0), "E")))
    contact = came(mailbox, INLINE % base64.encodebytes(taken)).contact
    frame = desk.get(f"/desk/cases/{contact.case.number}/mails/{contact.pk}/html/").content.decode()
    [found] = re.findall(r'<img[^>]* src="data:image/jpeg;base64,([^"]+)"', frame)
    kept = Image.open(io.BytesIO(base64.b64decode(found)))
    assert kept.size == Image.open(io.BytesIO(taken)).size and not kept.getexif()
    assert frame.count("src=") == 1


def test_a_picture_that_stands_there_very_often_fills_no_memory(desk, mailbox):
    shown = b'<img src="cid:lamp@x">'
    contact = came(mailbox, INLINE.replace(shown, 40_000 * shown) % base64.encodebytes(photo())).contact
    frame = desk.get(f"/desk/cases/{contact.case.number}/mails/{contact.pk}/html/")
    assert frame.content.count(b"<img") == 40_001 and b"base64" not in frame.content


def test_the_mail_is_saved_as_it_came(desk, mailbox):
    message = waiting(mailbox)
    answer = desk.get(f"{LIST}{message.pk}/raw/")
    assert b"Nobody wrote this" in answer.content
    assert answer["Content-Type"] == "application/octet-stream"
    assert "attachment" in answer["Content-Disposition"] and "sandbox" in answer["Content-Security-Policy"]


HTML = '<p>Dark <b>street</b></p><script>alert(1)</script><img src="https://spy.example/x.png">'


@pytest.fixture
def case(mailbox) -> Case:
    raw = letter(HTML, files=(("<plan>.pdf", "application/pdf", b"%PDF-1.4 <script>"),))
    came(mailbox, raw.replace(b"Content-Type: text/plain", b"Content-Type: text/html", 1))
    return Case.objects.get()


def test_a_file_is_on_the_page_of_the_case_and_only_ever_saved(desk, case):
    document = Document.objects.get()
    page = desk.get(f"/desk/cases/{case.number}/").content.decode()
    assert "plan" in page and "<plan>" not in page
    answer = desk.get(f"/desk/cases/{case.number}/files/{document.pk}/")
    assert answer.content == b"%PDF-1.4 <script>"
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_the_html_of_a_mail_is_locked_in_and_loads_nothing(desk, case):
    contact = Contact.objects.get()
    base = f"/desk/cases/{case.number}/mails/{contact.pk}/"
    page = desk.get(base).content.decode()
    assert 'sandbox="allow-popups"' in page and "Dark" in page
    frame = desk.get(f"{base}html/")
    assert b"<b>street</b>" in frame.content and b"<script" not in frame.content
    assert b" src=" not in frame.content
    policy = frame["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "sandbox allow-popups" in policy and "https:" not in policy
    with_pictures = desk.get(f"{base}html/?pictures")
    assert b' src="https://spy.example/x.png"' in with_pictures.content
    assert "img-src https: data:" in with_pictures["Content-Security-Policy"]
