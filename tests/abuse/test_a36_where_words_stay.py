"""A36: what people write stays in the fields declared for it, and out of logs and addresses."""

import io
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.test import Client
from structlog.stdlib import ProcessorFormatter

from moked.accounts.rules import Role
from moked.cases.models import Case
from moked.links.models import Link
from moked.residents.models import ContactPoint, Resident
from tests.abuse.world import address, secret, signed_in
from tests.architecture.personal_fields import PERSONAL
from tests.factories import make_department, make_service, make_staff, make_town

pytestmark = [pytest.mark.abuse("A36"), pytest.mark.django_db]

CANARIES = {
    "name": "Canaryname",
    "email": "canary.mail@example.org",
    "phone": "0501112223",
    "matter": "canary-matter",
    "body": "canary-addition",
    "reply": "canary-reply",
    "note": "canary-note",
    "closing": "canary-closing",
    "survey": "canary-survey",
    "guess": "canary-password",
    "search": "canary-search",
}


def whole_circle(town, work) -> list[str]:
    """Let a case live from report to survey by way of the pages; return every address that was given out."""
    cache.clear()
    said = CANARIES
    addresses: list[str] = []
    service = make_service(town, department=make_department(town))
    resident, agent = Client(), signed_in(make_staff(town, Role.AGENT))

    def send(client: Client, path: str, **form: str) -> None:
        response = client.post(path, form)
        assert response.status_code in {302, 303}, path
        addresses.append(response.headers["Location"])

    send(
        resident,
        address(town, "portal:report"),
        **{name: said[name] for name in ("matter", "name", "email", "phone")},
        service=service.slug,
        step="send",
    )
    work()
    case = Case.objects.get()
    desk = {name: address(town, f"desk:{name}", number=case.number) for name in ("reply", "note", "close")}
    send(resident, address(town, "portal:track", secret=secret(case)), body=said["body"])
    send(agent, desk["reply"], words=said["reply"])
    send(agent, desk["note"], words=said["note"])
    send(agent, desk["close"], words=said["closing"], outcome="FIXED")
    work()
    survey = address(town, "portal:survey", secret=secret(case, Link.Purpose.SURVEY))
    send(resident, survey, fixed="NO", words=said["survey"])
    agent.get(address(town, "desk:search"), {"q": said["search"]})
    resident.post(address(town, "account_login"), {"login": said["email"], "password": said["guess"]})
    resident.get(f"/t/{town.slug}/{said['search']}/")
    work()
    return addresses


def columns_that_hold(text: str) -> set[str]:
    """Return the columns of every table, however it is kept there, in which the text can be found."""
    return {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        for value in model._default_manager.values_list(field.attname, flat=True)
        if text in readable(value)
    }


def readable(value: Any) -> str:
    text = str(value)
    if text.startswith(".ey") or ":" in text[-60:]:  # a session is signed and compressed
        text += str(SessionStore().decode(text))
    return text


def test_each_word_is_found_only_in_fields_declared_personal(sink, work) -> None:
    whole_circle(make_town(), work)
    declared = {f"{model}.{field}" for model, fields in PERSONAL.items() for field in fields}
    found = {canary: columns_that_hold(text) for canary, text in CANARIES.items()}
    assert {canary: columns - declared for canary, columns in found.items()} == {
        canary: set() for canary in found
    }
    kept = {canary for canary, columns in found.items() if columns}
    assert kept == CANARIES.keys() - {"guess", "search"}, "or this test shows nothing"


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """What the installation would have logged, in its own words."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    [ours] = [one for one in logging.root.handlers if isinstance(one.formatter, ProcessorFormatter)]
    handler.setFormatter(ours.formatter)
    logging.root.addHandler(handler)
    yield written
    logging.root.removeHandler(handler)


def test_no_word_is_in_a_log(sink, work, logged) -> None:
    town = make_town()
    whole_circle(town, work)
    lines = logged.getvalue().splitlines()
    ours = "\n".join(line for line in lines if '"logger": "mail.log"' not in line)  # that is the sink's own
    assert '"route": "portal:report"' in ours
    assert {canary for canary, text in CANARIES.items() if text in ours} == set()
    case = Case.objects.get()
    for purpose in (Link.Purpose.TRACKING, Link.Purpose.SURVEY):
        assert secret(case, purpose).split(".")[1] not in ours


def test_no_word_is_in_an_address(sink, work) -> None:
    addresses = whole_circle(make_town(), work)
    assert len(addresses) >= 6
    assert {canary for canary, text in CANARIES.items() if text in "".join(addresses)} == set()


def test_no_word_of_a_resident_is_in_the_subject_of_a_mail(sink, work) -> None:
    whole_circle(make_town(), work)
    subjects = " ".join(str(mail["Subject"]) for mail in sink.messages)
    assert len(sink.messages) == 3
    assert {canary for canary, text in CANARIES.items() if text in subjects} == set()


def test_no_word_of_colleagues_reaches_the_resident(sink, work) -> None:
    town = make_town()
    whole_circle(town, work)
    page = Client().get(address(town, "portal:track", secret=secret(Case.objects.get()))).content.decode()
    mails = "".join(
        mail.get_body((kind,)).get_content() for mail in sink.messages for kind in ("plain", "html")
    )
    assert CANARIES["closing"] in page and CANARIES["closing"] in mails
    assert CANARIES["note"] not in page + mails


def test_who_gives_nothing_is_nobody(work) -> None:
    cache.clear()
    town = make_town()
    form = {"matter": CANARIES["matter"], "service": make_service(town).slug, "step": "anonymous"}
    form |= {name: CANARIES[name] for name in ("name", "email", "phone")}
    Client().post(address(town, "portal:report"), form)
    form = {"matter": CANARIES["matter"], "service": form["service"], "step": "send"}
    assert Client().post(address(town, "portal:report"), form).status_code == 303
    assert (Resident.objects.count(), ContactPoint.objects.count(), Case.objects.count()) == (0, 0, 1)
    assert columns_that_hold(CANARIES["email"]) == set()
