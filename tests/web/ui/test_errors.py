"""Pages for what cannot be answered."""

from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.utils import translation

from moked.web.ui import errors
from tests.factories import make_town

pytestmark = pytest.mark.django_db


def text(response: Any) -> str:
    return response.content.decode()


def test_missing_page_says_nothing_about_what_was_asked_for(client: Client) -> None:
    make_town()
    response = client.get("/planted-path/?planted=query")

    assert response.status_code == 404
    assert "planted" not in text(response)
    assert "This page does not exist" in text(response)


@pytest.mark.abuse("A27")
def test_unknown_host_is_refused(client: Client) -> None:
    response = client.get("/", headers={"Host": "evil.example"})

    assert response.status_code == 400
    assert "evil" not in text(response)


def test_form_that_is_far_too_large_is_refused(client: Client) -> None:
    make_town()
    response = client.post("/report/", {"matter": "x" * 1_100_000})

    assert response.status_code == 400
    assert "This request cannot be read" in text(response)


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("he", "rtl")])
def test_server_error_needs_neither_templates_nor_database(
    language: str, direction: str, settings, django_assert_num_queries
) -> None:
    settings.TEMPLATES = []
    with translation.override(language), django_assert_num_queries(0):
        response = errors.server_error(RequestFactory().get("/planted/"))

    assert response.status_code == 500
    assert f'<html lang="{language}" dir="{direction}">' in text(response)
    assert "planted" not in text(response)
