"""What a machine is told about the installation's health."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client, RequestFactory

from moked.web.ops.health import health
from tests.factories import make_town
from tests.web.ops.test_operations import make_row

pytestmark = pytest.mark.django_db


def test_health_is_ok_outside_any_town(client: Client) -> None:
    make_town()
    make_town()
    response = client.get("/health")
    assert (response.status_code, response.json()) == (
        200,
        {"status": "ok", "database": "ok", "worker": "ok"},
    )


@pytest.mark.parametrize(("minutes", "worker"), [(4, "ok"), (6, "late")])
def test_a_late_worker_is_told_but_no_outage(minutes: int, worker: str, client: Client) -> None:
    make_row(make_town(), due_at=datetime.now(UTC) - timedelta(minutes=minutes))
    response = client.get("/health")
    assert (response.status_code, response.json()["worker"]) == (200, worker)


def test_settled_work_is_never_late(client: Client) -> None:
    make_row(make_town(), "DONE", due_at=datetime.now(UTC) - timedelta(days=1))
    assert client.get("/health").json()["worker"] == "ok"


def test_a_database_that_does_not_answer_is_an_outage() -> None:
    def refuse(*_: object) -> None:
        raise OperationalError("secret host name")

    with connection.execute_wrapper(refuse):
        response = health(RequestFactory().get("/health"))
    assert response.status_code == 503
    assert b"secret" not in response.content and b'"failing"' in response.content


def test_health_asks_little(client: Client, django_assert_max_num_queries) -> None:
    make_town()
    with django_assert_max_num_queries(4):
        client.get("/health")


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_health_is_only_read(method: str, client: Client) -> None:
    assert getattr(client, method)("/health").status_code == 405


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["/health", "/"])
def test_without_its_database_every_page_says_to_come_back_soon(monkeypatch, path) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OperationalError("the server is gone, with secrets")

    monkeypatch.setattr("moked.municipalities.queries.by_host", fail)
    response = Client(raise_request_exception=False).get(path)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "30")
    assert "secrets" not in response.content.decode()
