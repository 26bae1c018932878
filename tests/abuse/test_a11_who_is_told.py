"""A11, A37: a resident's mail goes to who gave the address with that very matter, and to nobody else."""

import pytest
from django.core.cache import cache

from moked.accounts.queries import actor_for
from moked.accounts.rules import Role, resident, system
from moked.cases import operations as cases
from moked.cases.rules import Channel
from moked.catalogue.models import Service
from moked.intake.operations import report
from moked.municipalities.models import Municipality
from moked.residents.operations import ContactDetails
from tests.factories import NOW, make_service, make_staff, make_town

pytestmark = [pytest.mark.abuse("A11"), pytest.mark.abuse("A37"), pytest.mark.django_db]

VICTIM, ATTACKER, PHONE = "ann@example.org", "mallory@example.org", "050-123-4567"


@pytest.fixture
def service(db) -> Service:
    cache.clear()
    return make_service(make_town())


def tell(service: Service, *, channel: Channel = Channel.WEB, **details: str):
    town: Municipality = service.municipality
    return report(
        municipality=town,
        service=service,
        matter="Hole",
        channel=channel,
        language="en",
        details=ContactDetails(**details),
        by=resident(town.pk),
        now=NOW,
    )


def recipients(sink) -> list[str]:
    return [recipient for _, found in sink.envelopes for recipient in found]


def test_who_knows_a_phone_number_is_not_told_what_its_owner_reported(service, sink, work) -> None:
    """Ann told her matter by phone. Somebody then reports with her number and an address of their own."""
    case = tell(service, channel=Channel.PHONE, name="Ann", phone=PHONE)
    tell(service, phone=PHONE, email=ATTACKER)
    work()
    sink.envelopes.clear()
    cases.reply(case_id=case.pk, body="About your matter.", by=system(case.municipality_id), now=NOW)
    work()
    assert recipients(sink) == []


def test_who_used_a_phone_number_before_its_owner_is_not_sent_the_owners_link(service, sink, work) -> None:
    """Somebody reports with Ann's number and their own address before Ann ever does."""
    tell(service, phone=PHONE, email=ATTACKER)
    work()
    sink.envelopes.clear()
    tell(service, name="Ann", phone=PHONE, email=VICTIM)
    work()
    assert recipients(sink) == [VICTIM]


def test_who_used_a_phone_number_before_is_not_told_what_its_owner_says(service, sink, work) -> None:
    tell(service, phone=PHONE, email=ATTACKER)
    work()
    sink.envelopes.clear()
    tell(service, channel=Channel.PHONE, name="Ann", phone=PHONE)
    work()
    assert recipients(sink) == []


def test_answers_go_to_the_address_given_with_the_matter(service, sink, work) -> None:
    """The same person, known by phone, reports once from home and once from work."""
    tell(service, phone=PHONE, email="ann@home.example")
    work()
    sink.envelopes.clear()
    tell(service, phone=PHONE, email="ann@work.example")
    work()
    assert recipients(sink) == ["ann@work.example"]


def test_a_note_reaches_nobody(service, sink, work) -> None:
    case = tell(service, email=VICTIM)
    cases.add_note(case_id=case.pk, body="canary-among-colleagues", by=system(case.municipality_id), now=NOW)
    cases.reply(case_id=case.pk, body="We are coming.", by=system(case.municipality_id), now=NOW)
    work()
    assert recipients(sink) == [VICTIM, VICTIM]
    assert "canary-among-colleagues" not in "".join(mail.as_string() for mail in sink.messages)


def test_the_name_of_who_answers_stays_in_the_house(service, sink, work) -> None:
    case = tell(service, email=VICTIM)
    agent = make_staff(service.municipality, Role.AGENT)
    type(agent).objects.filter(pk=agent.pk).update(name="Canary Agentname")
    cases.reply(case_id=case.pk, body="We come.", by=actor_for(agent, case.municipality_id), now=NOW)
    work()
    assert "Canary" not in "".join(mail.as_string() for mail in sink.messages)
