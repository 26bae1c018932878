"""Choosing a language, and where that leads."""

import pytest
from django.test import Client
from django.urls import clear_script_prefix

from moked.web.ui.views import safe_path
from tests.factories import make_town

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_town_yet() -> None:
    clear_script_prefix()


def test_choice_is_remembered_and_leads_back(client: Client) -> None:
    make_town()
    response = client.post("/ui/language/", {"language": "he", "next": "/report/"})

    assert (response.status_code, response.headers["Location"]) == (303, "/report/")
    assert 'lang="he"' in client.get("/").content.decode()


def test_language_we_do_not_speak_changes_nothing(client: Client) -> None:
    make_town()
    response = client.post("/ui/language/", {"language": "../../etc", "next": "/"})

    assert "moked_language" not in response.cookies


def test_getting_the_address_changes_nothing(client: Client) -> None:
    assert client.get("/ui/language/", {"language": "he"}).status_code == 405


@pytest.mark.abuse("A27")
@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "/\\evil.example",
        "https:evil.example",
        "https://evil.example/",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\n/evil.example",
        "\\\\evil.example",
        "evil",
        "",
        "///evil.example",
    ],
)
def test_choice_never_leads_elsewhere(path: str) -> None:
    assert safe_path(path) == "/"


@pytest.mark.parametrize("path", ["/", "/t/town/report/?service=x", "/track/abc.def/"])
def test_choice_leads_back_to_paths_of_this_site(path: str) -> None:
    assert safe_path(path) == path
