"""Logs say what happened, never to whom or in whose words."""

import json
import logging

import pytest
from django.test import Client

from moked.accounts.rules import Role
from moked.config.logs import LOGGING
from moked.links import operations as links
from moked.links.models import Link
from tests.factories import make_case, make_service, make_staff, make_town

pytestmark = pytest.mark.django_db(transaction=True)

CANARIES = ("canary-matter", "Canary Name", "canary@example.org", "0501234567", "canary-typed")


@pytest.fixture
def logged(monkeypatch):
    """The lines the installation's own handler writes while a test runs."""
    lines: list[str] = []
    handler = logging.Handler()
    handler.setFormatter(logging.getLogger().handlers[0].formatter)
    handler.emit = lambda record: lines.append(handler.format(record))
    handler.addFilter(lambda record: record.name != "mail.log")  # the test's own mail server
    logging.getLogger().addHandler(handler)
    yield lines
    logging.getLogger().removeHandler(handler)


@pytest.mark.abuse("A36")
def test_no_flow_leaves_personal_data_or_secrets_in_the_log(logged, sink, work, sign_in):
    assert LOGGING["root"]["level"] == "INFO"
    town = make_town()
    service = make_service(town)
    client = Client(headers={"user-agent": "canary-typed"})
    base = f"/t/{town.slug}"
    said = {
        "matter": "canary-matter",
        "service": service.slug,
        "name": "Canary Name",
        "email": "canary@example.org",
        "phone": "0501234567",
        "submission": "8e4a7b9e-0000-4000-8000-000000000001",
        "step": "send",
    }
    done = client.post(f"{base}/report/", said)
    assert done.status_code == 303
    secret = links.render(Link.objects.get(purpose=Link.Purpose.TRACKING))
    sink.recipient_answer = "550 canary@example.org is unknown"
    work()
    for path in (f"/track/{secret}/", "/track/canary-typed/", "/canary-typed/", f"/done/{secret}/"):
        client.get(base + path)
    client.get(base + "/", headers={"host": "canary-typed.example"})
    client.post(f"{base}/accounts/login/", {"login": "canary@example.org", "password": "canary-typed"})
    sign_in(make_staff(town, Role.AGENT)).get(f"{base}/desk/search/?q=canary-typed")
    text = "\n".join(logged)
    assert len(logged) > 8
    assert all(json.loads(line) for line in logged)
    for secret_word in (*CANARIES, secret.split(".")[1]):
        assert secret_word not in text, secret_word


@pytest.mark.abuse("A31")
def test_an_unexpected_error_is_logged_by_type_and_place_and_shown_without_either(logged, monkeypatch):
    from moked.web.portal import tracking

    def fail(*args, **kwargs):
        raise ValueError("canary-matter")

    town = make_town()
    case = make_case(town, matter="canary-matter")
    secret = links.render(links.find(purpose=Link.Purpose.TRACKING, object_id=case.pk))
    monkeypatch.setattr(tracking, "case_of_link", fail, raising=False)
    monkeypatch.setattr("moked.cases.queries.case_of_link", fail)
    response = Client(raise_request_exception=False).get(f"/t/{town.slug}/track/{secret}/")
    assert response.status_code == 500
    assert "canary" not in response.content.decode() and "ValueError" not in response.content.decode()
    (line,) = [json.loads(line) for line in logged if "exception" in line]
    assert line["exception"] == "ValueError"
    assert any("fail" in frame for frame in line["frames"])
    assert "canary" not in json.dumps(line)
