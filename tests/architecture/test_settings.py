"""Settings that the design rests on."""

import pytest
from django.conf import settings
from django.db import connection

from moked.config import env


@pytest.mark.parametrize("url", ["sqlite:////tmp/a.sqlite3", "postgresql://moked@127.0.0.1/moked"])
def test_no_request_is_wrapped_in_a_transaction(url: str) -> None:
    assert env.database(url).get("ATOMIC_REQUESTS", False) is False
    assert connection.settings_dict["ATOMIC_REQUESTS"] is False


def test_the_library_of_staff_pages_that_writes_past_operations_is_not_installed() -> None:
    assert "django.contrib.admin" not in settings.INSTALLED_APPS


def test_errors_show_no_insides() -> None:
    assert settings.DEBUG is False
    assert settings.DEBUG_PROPAGATE_EXCEPTIONS is False


def test_sessions_and_messages_hold_nothing_that_could_run() -> None:
    assert settings.SESSION_SERIALIZER == "django.contrib.sessions.serializers.JSONSerializer"
    assert settings.SESSION_ENGINE == "django.contrib.sessions.backends.db"
