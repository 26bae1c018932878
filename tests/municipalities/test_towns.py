"""Several towns in one installation: by host, by path, or the only one."""

import pytest
from django.test import Client

from moked.municipalities.models import Host
from moked.municipalities.queries import public_url
from tests.factories import make_case, make_town

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(settings) -> Client:
    settings.ALLOWED_HOSTS = ["localhost", "own.example"]
    return Client(headers={"host": "localhost"})


def shown(client, path, **kwargs) -> str:
    return client.get(path, **kwargs).content.decode()


def test_a_town_answers_on_its_own_host_without_a_prefix(client):
    town, other = make_town(), make_town()
    Host.objects.create(municipality=town, host="own.example")
    page = shown(client, "/", headers={"host": "OWN.example:8000"})
    assert town.name["en"] in page and other.name["en"] not in page
    assert 'href="/report/"' in page


def test_on_a_host_of_a_town_the_path_of_another_leads_nowhere(client):
    town, other = make_town(), make_town()
    Host.objects.create(municipality=town, host="own.example")
    response = client.get(f"/t/{other.slug}/", headers={"host": "own.example"})
    assert response.status_code == 404
    assert other.name["en"] not in response.content.decode()


def test_elsewhere_towns_live_under_their_path_with_links_that_stay_there(client):
    town, other = make_town(), make_town()
    page = shown(client, f"/t/{town.slug}/")
    assert town.name["en"] in page and other.name["en"] not in page
    assert f'href="/t/{town.slug}/report/"' in page
    assert 'href="/report/"' not in page


def test_one_town_alone_needs_no_prefix_and_two_are_listed(client):
    town = make_town()
    assert 'href="/report/"' in shown(client, "/")
    other = make_town()
    page = shown(client, "/")
    assert f"/t/{town.slug}/" in page and f"/t/{other.slug}/" in page
    assert client.get("/report/").status_code == 404


@pytest.mark.parametrize("path", ["/t/nowhere/", "/t/", "/t/nowhere", "/t//", "/t/../"])
def test_a_path_of_no_town_is_not_found(client, path):
    make_town(), make_town()
    assert client.get(path).status_code == 404


def test_a_prefix_of_one_request_does_not_stick_to_the_next(client):
    town = make_town()
    client.get(f"/t/{town.slug}/")
    assert f"/t/{town.slug}/report/" not in shown(client, "/")


def test_public_addresses_come_from_the_configuration(settings):
    settings.BASE_URL = "https://help.example:8443"
    town = make_town()
    assert public_url(town, "portal:track", "x") == f"https://help.example:8443/t/{town.slug}/track/x/"
    Host.objects.create(municipality=town, host="own.example", is_canonical=True)
    assert public_url(town, "portal:track", "x") == "https://own.example:8443/track/x/"


@pytest.mark.abuse("A08")
def test_a_tracking_link_opens_nothing_in_another_town(client):
    from moked.links import operations as links
    from moked.links.models import Link

    town, other = make_town(), make_town()
    case = make_case(town, matter="canary-matter")
    secret = links.render(links.find(purpose=Link.Purpose.TRACKING, object_id=case.pk))
    assert "canary-matter" in shown(client, f"/t/{town.slug}/track/{secret}/")
    response = client.get(f"/t/{other.slug}/track/{secret}/")
    assert response.status_code == 404 and "canary-matter" not in response.content.decode()


@pytest.mark.parametrize(
    ("cookie", "browser", "spoken"),
    [
        (None, None, "he"),
        (None, "en-GB,en;q=0.9", "en"),
        (None, "fr-FR,fr;q=0.9", "he"),
        (None, "fr,he;q=0.5", "he"),
        ("en", "he", "en"),
        ("xx", "he", "he"),
        (None, "\x00;;;q=", "he"),
    ],
)
def test_the_page_speaks_the_chosen_language_else_the_browsers_else_the_towns(
    client, cookie, browser, spoken
):
    town = make_town(language="he")
    if cookie:
        client.cookies["moked_language"] = cookie
    headers = {"accept-language": browser} if browser else {}
    response = client.get(f"/t/{town.slug}/", headers=headers)
    assert f'<html lang="{spoken}" dir="{"rtl" if spoken == "he" else "ltr"}">' in response.content.decode()
    assert response.headers["Content-Language"] == spoken
