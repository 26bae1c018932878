"""The page of an external body: what it reads, what it can answer, and when nothing is shown any more."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from moked.accounts.rules import Role
from moked.cases import operations as cases
from moked.cases.models import Attachment, Case
from moked.handovers.models import HandOver, Statement
from moked.handovers.operations import hand_over, tell, withdraw
from moked.handovers.queries import secret_of
from moked.links import operations as links
from moked.links.models import Link
from moked.web.ui import throttle
from tests.factories import make_actor, make_body, make_case, make_photo, make_town
from tests.files import pictures
from tests.web.portal.conftest import secret_of as secret_of_case

pytestmark = pytest.mark.django_db
SUBMISSION = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.fixture(autouse=True)
def nobody_has_guessed():
    cache.clear()


@pytest.fixture
def town():
    return make_town()


@pytest.fixture
def agent(town):
    return make_actor(town, Role.AGENT)


@pytest.fixture
def handed(town, agent):
    case = make_case(
        town, matter="The pipe leaks.", name="Ann Brook", email="ann@example.org", phone="050-1234567"
    )
    Case.objects.filter(pk=case.pk).update(address="Mill Street 4")
    return give(case, make_body(town), agent)


def give(case, body, agent):
    now = datetime.now(UTC)
    return hand_over(case_id=case.pk, body_id=body.pk, message="Please look.", by=agent, now=now)


def path(handed, more=""):
    return f"/t/{handed.municipality.slug}/handed/{secret_of(handed)}/{more}"


def page(handed, client=None):
    return (client or Client()).get(path(handed)).content.decode()


def send(handed, kind, words="It is fixed.", client=None, **more):
    """Send an answer and return the page it leads to, or the form that is shown again."""
    client = client or Client()
    response = client.post(path(handed), {"answer": kind, "words": words, **more})
    return client.get(response.headers["Location"]) if response.status_code == 303 else response


def test_the_page_shows_what_is_needed_and_no_personal_details(handed):
    shown = page(handed)
    for said in (handed.case.number, "The pipe leaks.", "Mill Street 4", "Please look."):
        assert said in shown
    for kept in ("Ann", "ann@example.org", "1234567"):
        assert kept not in shown
    assert 'content="noindex"' in shown


@pytest.mark.abuse("A37")
def test_what_the_page_shows_of_the_reporter_follows_the_settings_of_this_moment(town, agent):
    body = make_body(town, sees=["NAME", "PHONE"])
    handed = give(
        make_case(town, name="Ann Brook", email="ann@example.org", phone="050-1234567"), body, agent
    )
    shown = page(handed)
    assert "Ann Brook" in shown and "050-1234567" in shown and "ann@example.org" not in shown
    said = {**body.document.as_document(), "sees": []}
    type(body.revision).objects.filter(pk=body.revision.pk).update(document=said)
    assert "Ann Brook" not in page(handed)


def test_opening_the_link_changes_nothing(handed):
    before = HandOver.objects.values().get()
    page(handed)
    assert HandOver.objects.values().get() == before and not Statement.objects.exists()


def test_the_page_takes_as_many_queries_with_one_photo_as_with_three(town, agent, django_assert_num_queries):
    for count in (1, 3):
        handed = give(make_case(town), make_body(town), agent)
        for _ in range(count):
            make_photo(handed.case)
        client = Client()
        address = path(handed)
        client.get(address)
        with django_assert_num_queries(7):
            client.get(address)


def test_a_body_takes_it_on_and_then_says_that_it_is_done_with_a_photo(handed):
    client = Client()
    assert "You took it on" in send(handed, "ACCEPTED", "", client).content.decode()
    photo = SimpleUploadedFile("a.jpg", pictures.photo())
    done = send(handed, "DONE", "A new pipe.", client, photo=photo).content.decode()
    assert "Thank you, we have your answer." in done and "A new pipe." in done
    assert "The pipe leaks." not in done, "what is over is not shown any more"
    handed.refresh_from_db()
    assert (handed.state, Case.objects.get(pk=handed.case_id).state) == ("DONE", "IN_PROGRESS")
    assert Attachment.objects.get(case_id=handed.case_id).kind == "PROOF"


def test_an_answer_without_words_is_asked_for_again(handed):
    response = send(handed, "NOT_OURS", "  ")
    assert response.status_code == 200 and "Write why it is not yours." in response.content.decode()
    assert not Statement.objects.exists()


def test_of_two_people_with_the_link_the_second_sees_what_the_first_answered(handed):
    first, second = Client(), Client()
    assert page(handed, second)
    send(handed, "NOT_OURS", "It belongs to the region.", first)
    seen = send(handed, "DONE", "All done.", second).content.decode()
    assert "Somebody answered by this link before you." in seen
    assert "It belongs to the region." in seen and "All done." not in seen
    assert Statement.objects.count() == 1


def test_the_same_form_sent_twice_is_thanked_for_twice_and_kept_once(handed):
    for _ in range(2):
        seen = send(handed, "DONE", submission=SUBMISSION).content.decode()
        assert "Somebody answered" not in seen and "Thank you. Your answer has arrived." in seen
    assert Statement.objects.count() == 1


def test_after_a_question_the_page_shows_our_answer(agent, handed):
    send(handed, "ASKED", "Which side?")
    assert "Your first question is still with us." in send(handed, "ASKED", "Now?").content.decode()
    tell(case_id=handed.case_id, words="The left one.", by=agent, now=datetime.now(UTC))
    assert "The left one." in page(handed)


def test_a_case_taken_back_is_shown_to_nobody_any_more(agent, handed):
    photo = make_photo(handed.case)
    assert Client().get(path(handed, f"photos/{photo.pk}/thumb/")).status_code == 200
    withdraw(case_id=handed.case_id, by=agent, now=datetime.now(UTC))
    shown = page(handed)
    assert "We have taken this report back." in shown
    assert "The pipe leaks." not in shown and 'data-test="done"' not in shown
    assert Client().get(path(handed, f"photos/{photo.pk}/thumb/")).status_code == 404
    assert "What you sent was not kept." in send(handed, "DONE").content.decode()
    assert not Statement.objects.exists()


def test_after_closing_the_page_says_that_an_answer_changes_nothing_and_keeps_it(agent, handed):
    now = datetime.now(UTC)
    cases.close_case(case_id=handed.case_id, outcome="FIXED", message="Done.", by=agent, now=now)
    shown = page(handed)
    assert "We do not wait for this any more." in shown and "The pipe leaks." not in shown
    assert 'data-test="accept"' not in shown
    send(handed, "DONE", "We did it.")
    said = Statement.objects.get()
    assert said.is_late and Case.objects.get(pk=handed.case_id).state == "RESOLVED"


def test_a_photo_of_another_case_or_a_later_one_is_not_behind_the_link(town, agent, handed):
    elsewhere = make_photo(make_case(town))
    later = make_photo(handed.case, kind="CONTACT")
    for photo in (elsewhere, later):
        assert Client().get(path(handed, f"photos/{photo.pk}/thumb/")).status_code == 404
    mine = make_photo(handed.case)
    assert Client().get(path(handed, f"photos/{mine.pk}/huge/")).status_code == 404


def test_a_link_that_has_ended_opens_nothing(handed):
    where = path(handed)
    assert Client().get(where).status_code == 200
    links.set_expiry(
        purpose=Link.Purpose.HAND_OVER, object_id=handed.pk, expires_at=datetime.now(UTC) - timedelta(days=1)
    )
    assert Client().get(where).status_code == Client().post(where, {"answer": "DONE"}).status_code == 404


def test_a_link_opens_no_page_of_another_purpose_or_town(handed):
    mine, slug = secret_of(handed), handed.municipality.slug
    assert Client().get(f"/t/{slug}/track/{mine}/").status_code == 404
    assert Client().get(f"/t/{slug}/handed/{secret_of_case(handed.case)}/").status_code == 404
    assert Client().get(f"/t/{make_town().slug}/handed/{mine}/").status_code == 404


def test_whoever_guesses_links_has_to_wait(handed, monkeypatch):
    monkeypatch.setattr(throttle, "FAILURES_OF_ADDRESS", 2)
    wrong = f"/t/{handed.municipality.slug}/handed/2222222222.{'a' * 32}/"
    assert [Client().get(wrong).status_code for _ in range(3)] == [404, 404, 429]
    assert Client().get(path(handed)).status_code == 429


def test_while_a_body_has_the_case_the_resident_reads_its_name_and_when_it_answers(agent, handed):
    tracking = f"/t/{handed.municipality.slug}/track/{secret_of_case(handed.case)}/"
    shown = Client().get(tracking).content.decode()
    assert f"We handed it to: {handed.body.name['en']}." in shown
    due = handed.answer_due_at.astimezone(handed.municipality.zone)
    assert f"They answer by {due.day} {due:%B %Y}." in shown
    assert handed.body.email not in shown and "Please look." not in shown
    withdraw(case_id=handed.case_id, by=agent, now=datetime.now(UTC))
    assert "We handed it to" not in Client().get(tracking).content.decode()
