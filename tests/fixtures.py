"""Fixtures for all tests."""

from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from django.db.backends.base.operations import BaseDatabaseOperations
from django.http import HttpResponse
from django.test import Client, RequestFactory

from moked.accounts.models import User
from moked.audit import triggers
from moked.web.ui.middleware import remember_seen


@pytest.fixture(autouse=True, scope="session")
def audit_can_be_emptied_between_tests() -> Iterator[None]:
    """Let Django empty the append-only audit table after a test that commits."""
    flush = BaseDatabaseOperations.execute_sql_flush

    def without_triggers(self: BaseDatabaseOperations, statements: list[str]) -> None:
        triggers.remove(connection)
        flush(self, statements)
        triggers.install(connection)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", without_triggers)
        yield


@pytest.fixture
def sign_in(client: Client) -> Callable[[User], Client]:
    """Sign somebody in as the login page does, with the cookie that says when they were last seen."""

    def sign_in(user: User) -> Client:
        client.force_login(user)
        request = RequestFactory().get("/")
        request.session = client.session
        response = HttpResponse()
        remember_seen(request, response)
        client.cookies.update(response.cookies)
        return client

    return sign_in
