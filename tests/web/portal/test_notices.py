"""Choosing what one is told: only what is sent changes anything."""

import pytest
from django.test import Client

from moked.cases.models import Case, Participant
from moked.cases.rules import Wants
from moked.links import operations as links
from moked.links.models import Link
from moked.links.operations import ensure
from tests.factories import make_case, make_follower, make_service, make_town
from tests.web.portal.conftest import secret_of

pytestmark = pytest.mark.django_db
ONE_CLICK = "List-Unsubscribe=One-Click"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def case() -> Case:
    town = make_town()
    return make_case(
        town, service=make_service(town, is_public=True), matter="canary-matter", email="ann@example.org"
    )


@pytest.fixture
def part(case: Case) -> Participant:
    return Participant.objects.get(case=case)


def path(part: Participant) -> str:
    link = ensure(municipality_id=part.municipality_id, purpose=Link.Purpose.NOTICES, object_id=part.pk)
    return f"/notices/{links.render(link)}/"


def chosen(part: Participant) -> str:
    part.refresh_from_db()
    return part.wants


def test_opening_the_link_changes_nothing_and_shows_nothing_of_the_case(client: Client, part, case) -> None:
    for method in (client.get, client.head):
        for query in ("", "?List-Unsubscribe=One-Click&wants=NOTHING"):
            assert method(path(part) + query).status_code == 200
    page = client.get(path(part)).content.decode()
    assert chosen(part) == Wants.EVERYTHING
    assert str(case.number) in page
    assert "canary-matter" not in page and "ann@example.org" not in page and "/track/" not in page


def test_a_mail_program_ends_it_with_one_click_and_without_a_cookie(part: Participant) -> None:
    strict = Client(enforce_csrf_checks=True)
    response = strict.post(path(part), ONE_CLICK, content_type=FORM)
    assert response.status_code == 200
    assert chosen(part) == Wants.NOTHING
    assert strict.post(path(part), ONE_CLICK, content_type=FORM).status_code == 200
    assert chosen(part) == Wants.NOTHING


def test_a_mail_program_may_send_it_as_a_form_with_parts_too(part: Participant) -> None:
    Client(enforce_csrf_checks=True).post(path(part), {"List-Unsubscribe": "One-Click"})
    assert chosen(part) == Wants.NOTHING


@pytest.mark.parametrize("wants", [Wants.OUTCOME, Wants.NOTHING, Wants.EVERYTHING])
def test_a_resident_chooses_and_may_come_back(client: Client, part: Participant, wants: Wants) -> None:
    Participant.objects.filter(pk=part.pk).update(wants=Wants.NOTHING)
    response = client.post(path(part), {"wants": wants})
    assert (response.status_code, response["Location"]) == (303, path(part))
    assert chosen(part) == wants
    page = client.get(path(part)).content.decode()
    assert f'value="{wants}"' in page and page.count("checked") == 1


@pytest.mark.parametrize("sent", [{}, {"wants": ""}, {"wants": "ALL"}, {"List-Unsubscribe": "yes"}])
def test_what_means_nothing_changes_nothing(client: Client, part: Participant, sent) -> None:
    response = client.post(path(part), sent)
    assert response.status_code == 200 and "Choose what we tell you." in response.content.decode()
    assert chosen(part) == Wants.EVERYTHING


def test_a_follower_stops_following_or_goes_on(client: Client, case: Case) -> None:
    part = make_follower(case, email="bob@example.org")
    page = client.get(path(part)).content.decode()
    assert page.count('type="radio"') == 2
    client.post(path(part), {"wants": "NOTHING"})
    assert chosen(part) == Wants.NOTHING
    client.post(path(part), {"wants": "OUTCOME"})
    assert chosen(part) == Wants.NOTHING
    client.post(path(part), {"wants": "EVERYTHING"})
    assert chosen(part) == Wants.EVERYTHING


def test_other_links_of_the_case_do_not_open_it_and_it_opens_nothing_else(client: Client, case, part) -> None:
    assert client.post(f"/notices/{secret_of(case)}/", {"wants": "NOTHING"}).status_code == 404
    secret = path(part).split("/")[2]
    for page in ("track", "follow", "survey", "done"):
        assert client.get(f"/{page}/{secret}/").status_code == 404
    assert chosen(part) == Wants.EVERYTHING
