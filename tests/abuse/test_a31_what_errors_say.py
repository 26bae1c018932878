"""A31: whatever breaks, nobody outside reads a secret, a path, a query or a person in the answer."""

import contextlib
import smtplib
from email.message import EmailMessage
from typing import Any

import pytest
from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.db import OperationalError, connection
from django.test import Client
from django.urls import NoReverseMatch

from moked.accounts.rules import Role
from moked.channels.email import smtp
from tests.abuse.routes import ROUTES
from tests.abuse.test_a36_where_words_stay import logged  # noqa: F401 - a fixture
from tests.abuse.world import address, signed_in
from tests.factories import NOW, make_staff, make_town

pytestmark = pytest.mark.abuse("A31")

CANARIES = (
    "canary-database-password",
    "SELECT canary_column",
    "/srv/canary/path.py",
    "canary.person@example.org",
    "Traceback",
    settings.SECRET_KEY,
)
TOLD = " ".join(CANARIES)


class Broken(Exception):
    """What a view raises in these tests."""


@pytest.fixture
def breaks(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that makes every view fail from now on with an error that tells everything."""

    def break_with(error: Exception) -> None:
        def fail(*args: Any, **kwargs: Any) -> None:
            raise error

        monkeypatch.setattr(BaseHandler, "make_view_atomic", lambda self, view: fail)

    return break_with


def body_of(response: Any) -> str:
    return response.content.decode() + str(dict(response.headers))


@pytest.mark.django_db
def test_no_page_that_fails_says_why(breaks, logged):  # noqa: F811
    town = make_town()
    agent = signed_in(make_staff(town, Role.AGENT))
    agent.raise_request_exception = False
    breaks(Broken(TOLD))
    tried = set()
    for name, entry in ROUTES.items():
        with contextlib.suppress(NoReverseMatch):  # what names no object, but takes a parameter all the same
            path = address(town, name, **(entry.missing or {}))
            tried.add(name)
            for method in (agent.get, agent.post):
                response = method(path)
                assert response.status_code == 500, name
                assert [word for word in CANARIES if word in body_of(response)] == [], name
    assert len(tried) > 0.9 * len(ROUTES)
    assert Broken.__name__ in logged.getvalue(), "or this test shows nothing"
    assert [word for word in CANARIES if word in logged.getvalue()] == []


@pytest.mark.django_db
def test_a_page_without_its_database_says_no_more(breaks):
    breaks(OperationalError(TOLD))
    response = Client(raise_request_exception=False).get(address(make_town(), "portal:start"))
    assert (response.status_code, response.headers["Retry-After"]) == (503, "30")
    assert [word for word in CANARIES if word in body_of(response)] == []


@pytest.mark.django_db
def test_health_names_no_reason(monkeypatch):
    def fail(*args: Any) -> None:
        raise OperationalError(TOLD)

    monkeypatch.setattr(connection, "cursor", fail)
    response = Client(raise_request_exception=False).get("/health")
    assert response.status_code == 503
    assert [word for word in CANARIES if word in body_of(response)] == []


MAIL = smtp.Mail("<1@town.example>", "Town", "a@town.example", "b@c.example", "", "", "", "en", NOW, None)


@pytest.mark.parametrize(
    "error",
    [
        smtplib.SMTPAuthenticationError(535, TOLD.encode()),
        smtplib.SMTPConnectError(421, TOLD.encode()),
        ConnectionRefusedError(TOLD),
    ],
)
def test_a_mail_server_that_refuses_us_is_not_quoted(monkeypatch, error):
    """What is kept of a failed sending is shown on the page of operations."""

    def fail() -> None:
        raise error

    monkeypatch.setattr(smtp, "compose", lambda mail: EmailMessage())
    monkeypatch.setattr(smtp, "_connect", fail)
    with pytest.raises((smtp.NotNow, smtp.Refused)) as raised:
        smtp.carry(MAIL, still_mine=lambda: True)
    assert [word for word in CANARIES if word in raised.value.reason] == []


def test_debugging_is_off():
    assert settings.DEBUG is False
