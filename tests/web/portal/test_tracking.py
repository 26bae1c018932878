"""The done page and the tracking page."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from moked.accounts.rules import Role
from moked.cases import operations as cases
from moked.cases.models import Case, Contact, Review
from moked.cases.rules import State
from moked.catalogue.models import Service
from moked.files import operations as files
from moked.links import operations as links
from moked.links.models import Link
from moked.municipalities.models import Municipality
from moked.web.ui import throttle
from tests.factories import NOW, make_actor, make_case, make_department, make_service, make_town
from tests.files import pictures
from tests.web.portal.conftest import secret_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today_is_near_the_day_it_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Links end by the clock of the person who opens them; these tests are not about that."""
    monkeypatch.setattr("moked.cases.operations.closing.TRACKING_AFTER_CLOSING", timedelta(days=36_600))


@pytest.fixture
def town() -> Municipality:
    return make_town()


@pytest.fixture
def case(town: Municipality) -> Case:
    roads = make_department(town)
    return make_case(
        town, service=make_service(town, department=roads), matter="The lamp is dark.", name="Rina"
    )


def text(response: Any) -> str:
    return response.content.decode()


def without_nonces(page: str) -> str:
    return re.sub(r'nonce="[^"]*"|csrfmiddlewaretoken" value="[^"]*"', "", page)


def test_done_page_of_an_anonymous_report_says_the_link_is_the_only_way_back(client: Client, town) -> None:
    case = make_case(town)
    page = text(client.get(f"/done/{secret_of(case)}/"))

    assert f'data-test="case-number">{case.number}<' in page
    assert f"/t/{town.slug}/track/{secret_of(case)}/" in page
    assert "the only way back" in page
    assert (
        '<svg xmlns="http://www.w3.org/2000/svg"' in page or '<svg class="mk-qr"' in page or "mk-qr" in page
    )
    assert "style=" not in page


def test_done_page_says_whether_a_mail_is_coming(client: Client, town: Municipality) -> None:
    by_mail = make_case(town, name="Rina", email="rina@example.com")
    by_name = make_case(town, name="Rina")

    assert "to your e-mail address as well" in text(client.get(f"/done/{secret_of(by_mail)}/"))
    assert "You left no e-mail address" in text(client.get(f"/done/{secret_of(by_name)}/"))


def test_tracking_page_says_how_it_stands_and_who_acts(client: Client, case: Case) -> None:
    response = client.get(f"/track/{secret_of(case)}/")
    page = text(response)

    assert re.search(r'data-test="state"\s+data-state="RECEIVED"', page)
    assert "We have your report." in page
    assert f"{case.department.name['en']} will read it" in page
    assert "The lamp is dark." in page
    assert response.headers["X-Robots-Tag"] == "noindex"
    assert '<meta name="robots" content="noindex">' in page
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["Cache-Control"] == "no-store"
    assert "http://" not in page.replace("http://www.w3.org", "").replace("http://localhost", "")


def test_tracking_page_hides_who_wrote_and_what_colleagues_noted(client: Client, case: Case, town) -> None:
    agent = make_actor(town, Role.AGENT)
    cases.reply(case_id=case.pk, body="We are on our way.", by=agent, now=NOW + timedelta(hours=1))
    cases.add_note(case_id=case.pk, body="planted-note", by=agent, now=NOW + timedelta(hours=2))
    cases.assign(
        case_id=case.pk, department_id=case.department_id, assignee_id=agent.user_id, by=agent, now=NOW
    )
    page = text(client.get(f"/track/{secret_of(case)}/"))

    assert "We are on our way." in page
    assert "planted-note" not in page
    assert "Person" not in page
    assert page.index("We are on our way.") < page.index("The lamp is dark."), "newest first"


def test_tracking_page_when_the_town_waits_asks_first(client: Client, case: Case, town: Municipality) -> None:
    agent = make_actor(town, Role.AGENT)
    cases.move(case_id=case.pk, target=State.WAITING_FOR_RESIDENT, by=agent, now=NOW)
    page = text(client.get(f"/track/{secret_of(case)}/"))

    assert page.index('data-test="reply"') < page.index("mk-timeline")
    assert "mk-banner-warning" in page


def test_writing_on_the_tracking_page_is_kept_once(client: Client, case: Case) -> None:
    form = {"body": "It is the one by the shop.", "submission": "6d1f7a52-6b0a-4b0e-9c1f-0d8f6c3f2b11"}
    first = client.post(f"/track/{secret_of(case)}/", form)
    client.post(f"/track/{secret_of(case)}/", form)

    assert first.status_code == 303
    assert first.headers["Location"] == f"/track/{secret_of(case)}/"
    page = text(client.get(first.headers["Location"]))
    assert "Thank you. What you wrote has arrived." in page
    bodies = Contact.objects.filter(case=case).values_list("body", flat=True)
    assert sorted(bodies) == ["It is the one by the shop.", "The lamp is dark."]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("  ", "Write what you want to tell us."),
        ("x\x00", "This text holds a character that cannot be kept."),
        ("x" * 10_001, "Shorten this by at least 1 character"),
    ],
)
def test_writing_nothing_or_too_much_is_explained(
    client: Client, case: Case, body: str, sentence: str
) -> None:
    response = client.post(f"/track/{secret_of(case)}/", {"body": body})

    assert response.status_code == 200
    assert text(response).count(sentence) == 2
    assert "<title>Error:" in text(response)
    assert Contact.objects.filter(case=case).count() == 1


def test_writing_after_closing_has_a_person_look_again(
    client: Client, case: Case, town: Municipality
) -> None:
    agent = make_actor(town, Role.AGENT)
    cases.close_case(case_id=case.pk, outcome="FIXED", message="The lamp is new.", by=agent, now=NOW)
    client.post(f"/track/{secret_of(case)}/", {"body": "It is still dark."})

    assert Review.objects.get(case=case).reason == "WROTE_AGAIN"
    page = text(client.get(f"/track/{secret_of(case)}/"))
    assert "are looking at it again" in page
    assert re.search(r'data-state="RESOLVED"', page)
    assert "Nothing more is planned" not in page


def test_where_the_town_says_so_words_after_closing_are_a_report_of_their_own(
    client: Client, case: Case, town: Municipality
) -> None:
    agent = make_actor(town, Role.AGENT)
    cases.close_case(case_id=case.pk, outcome="FIXED", message="The lamp is new.", by=agent, now=NOW)
    Service.objects.filter(pk=case.service_id).update(closed_words="NEW_CASE")
    response = client.post(f"/track/{secret_of(case)}/", {"body": "It is dark again."})

    other = Case.objects.exclude(pk=case.pk).get()
    assert response.headers["Location"] == f"/track/{secret_of(other)}/"
    page = text(client.get(response.headers["Location"]))
    assert f"is a report of its own now, under the number {other.number}." in page
    assert "It is dark again." in page


def test_closed_case_leads_to_its_survey(client: Client, case: Case, town: Municipality) -> None:
    assert "survey-link" not in text(client.get(f"/track/{secret_of(case)}/"))
    cases.close_case(
        case_id=case.pk, outcome="FIXED", message="Done.", by=make_actor(town, Role.AGENT), now=NOW
    )

    page = text(client.get(f"/track/{secret_of(case)}/"))

    assert "We finished: it is fixed" in page
    assert f"/survey/{secret_of(case, Link.Purpose.SURVEY)}/" in page


@pytest.mark.abuse("A02")
def test_every_link_that_opens_nothing_looks_like_a_page_that_does_not_exist(
    client: Client, case: Case
) -> None:
    town, secret = case.municipality, secret_of(case)
    reference, token = secret.split(".")
    elsewhere = make_town()
    prefix = f"/t/{town.slug}"
    wrong = [
        f"{prefix}/track/{reference}.{'a' * 32}/",
        f"{prefix}/track/{secret[:-1]}/",
        f"{prefix}/track/{secret.upper()}/",
        f"{prefix}/track/{reference}/",
        f"{prefix}/track/{reference}./",
        f"{prefix}/track/.{token}/",
        f"{prefix}/track/%20/",
        f"{prefix}/track/{secret}%00/",
        f"{prefix}/track/%00{secret}/",
        f"{prefix}/track/%ED%A0%80.{token}/",
        f"{prefix}/track/{case.number}/",
        f"{prefix}/survey/{secret}/",
        f"/t/{elsewhere.slug}/track/{secret}/",
    ]
    missing = client.get(f"{prefix}/no-such-page/")
    assert missing.status_code == 404

    for path in wrong:
        cache.clear()
        for method in (client.get, client.post):
            response = method(path)
            assert response.status_code == 404, path
            expected = text(missing)
            if elsewhere.slug in path:
                expected = expected.replace(town.slug, elsewhere.slug)
                expected = expected.replace(town.name["en"], elsewhere.name["en"])
            assert without_nonces(text(response)) == without_nonces(expected), path


@pytest.mark.abuse("A02")
def test_link_that_expired_or_was_revoked_opens_nothing(client: Client, case: Case) -> None:
    secret = secret_of(case)
    assert client.get(f"/track/{secret}/").status_code == 200
    links.set_expiry(purpose=Link.Purpose.TRACKING, object_id=case.pk, expires_at=NOW - timedelta(days=900))
    assert client.get(f"/track/{secret}/").status_code == 404
    links.set_expiry(purpose=Link.Purpose.TRACKING, object_id=case.pk, expires_at=None)
    links.revoke(purpose=Link.Purpose.TRACKING, object_id=case.pk)
    assert client.get(f"/track/{secret}/").status_code == 404


@pytest.mark.abuse("A02")
def test_spam_is_shown_to_nobody(client: Client, case: Case) -> None:
    Case.objects.update(is_spam=True)

    assert client.get(f"/track/{secret_of(case)}/").status_code == 404


@pytest.mark.abuse("A02")
def test_too_many_wrong_links_are_refused_alike_for_right_and_wrong(client: Client, case: Case) -> None:
    for number in range(throttle.FAILURES_OF_ADDRESS):
        assert client.get(f"/track/abc{number}.{'a' * 32}/").status_code == 404

    wrong, right = client.get(f"/track/abc.{'b' * 32}/"), client.get(f"/track/{secret_of(case)}/")

    assert (wrong.status_code, right.status_code) == (429, 429)
    assert right.headers["Retry-After"] == str(throttle.WINDOW)
    assert without_nonces(text(wrong)) == without_nonces(text(right))
    assert client.get(f"/track/{secret_of(case)}/", REMOTE_ADDR="203.0.113.9").status_code == 200


@pytest.mark.abuse("A02")
def test_own_link_opened_often_is_never_refused(client: Client, case: Case) -> None:
    for _ in range(throttle.FAILURES_OF_ADDRESS + 2):
        assert client.get(f"/track/{secret_of(case)}/").status_code == 200


@pytest.mark.abuse("A02")
def test_in_a_flood_from_many_addresses_each_gets_few_tries_and_residents_go_on(
    client: Client, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "FAILURES_OF_TOWN", 6)
    answers = [
        client.get(f"/track/abc.{'c' * 32}/", REMOTE_ADDR=f"2001:db8:0:{network}::{host}").status_code
        for network in range(4)
        for host in range(3)
    ]

    assert answers == [404] * 8 + [429] + [404] * 2 + [429], "one household is one address"
    assert client.get(f"/track/{secret_of(case)}/", REMOTE_ADDR="203.0.113.9").status_code == 200


@pytest.mark.parametrize("contacts", [1, 8])
def test_tracking_page_asks_the_database_equally_often_whatever_the_length(
    client: Client, case: Case, town: Municipality, django_assert_num_queries, contacts: int
) -> None:
    agent = make_actor(town, Role.AGENT)
    for number in range(contacts):
        cases.reply(case_id=case.pk, body=f"Word {number}", by=agent, now=NOW)
    client.get(f"/track/{secret_of(case)}/")

    with django_assert_num_queries(QUERIES):
        client.get(f"/track/{secret_of(case)}/")


QUERIES = 9  # host, only town, link, case, contacts, changes, and who changed


def test_removing_a_photo_sends_nothing_and_keeps_the_words(client: Client, case: Case) -> None:
    token = files.keep_photo(case.municipality_id, pictures.photo(), timezone.now()).token
    sent = client.post(
        f"/track/{secret_of(case)}/",
        {"body": "Here is how it looks.", "photos": [token], "remove_photo": token},
    )
    assert sent.status_code == 200 and "Here is how it looks." in text(sent) and token not in text(sent)
    assert Contact.objects.filter(case=case).count() == 1
