"""A32: a flood of mails fills neither a stranger's mailbox nor our disk, and stops nobody else."""

from collections import Counter
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client

from moked.accounts.rules import Role
from moked.cases.models import Case
from moked.channels.models import Account, InboundMessage
from moked.files import store
from moked.files.models import StoredFile
from moked.notices.models import Notice
from moked.residents.models import ContactPoint
from tests.abuse.world import address, signed_in
from tests.factories import make_service, make_staff, make_town
from tests.intake.letters import came, letter, make_mailbox, returned

pytestmark = [pytest.mark.abuse("A32"), pytest.mark.django_db]

VICTIM = "victim@example.org"


@pytest.fixture
def mailbox(settings, tmp_path: Path, db) -> Account:
    settings.DATA = tmp_path
    cache.clear()
    return make_mailbox(make_town())


def recipients(sink) -> Counter[str]:
    return Counter(one for _, found in sink.envelopes for one in found)


def test_whoever_writes_in_a_victims_name_has_three_mails_an_hour_sent(mailbox: Account, sink, work) -> None:
    for number in range(25):
        names = (VICTIM, VICTIM.upper(), f"V {number} <{VICTIM}>")
        came(mailbox, letter(f"Report {number}.", sender=names[number % 3], subject=str(number)))
        work()
    assert Case.objects.count() == 25
    assert sum(recipients(sink).values()) == 3


def test_two_towns_do_not_count_together_and_each_keeps_to_three(mailbox: Account, sink, work) -> None:
    other = make_mailbox(make_town())
    for number in range(6):
        for one in (mailbox, other):
            came(one, letter(f"Report {number}.", sender=VICTIM))
    work()
    senders = Counter(str(mail["From"].addresses[0].addr_spec) for mail in sink.messages)
    assert senders == {mailbox.municipality.sender: 3, other.municipality.sender: 3}


def test_an_address_nobody_has_confirmed_gets_one_mail_about_a_case(mailbox: Account, sink, work) -> None:
    """Whoever never answered is told once of the case they are said to have opened."""
    raw = letter(sender=VICTIM)
    came(mailbox, raw)
    for way in range(5):
        came(mailbox, f"Received: from a{way} by b\r\n".encode() + raw)
        work()
    assert recipients(sink) == {VICTIM: 1} and Case.objects.count() == 1


def test_an_address_that_does_not_exist_is_written_to_no_more(mailbox: Account, sink, work) -> None:
    came(mailbox, letter("Report 1.", sender=VICTIM))
    work()
    came(mailbox, returned(Notice.objects.get().message_id, to=mailbox.address, recipient=VICTIM))
    assert ContactPoint.objects.get(normalised=VICTIM).undeliverable_at
    # Nobody answers for mails that a flood brings in its name: only their coming is proof of nothing.
    Notice.objects.update(planned_at="2020-01-01T00:00Z")
    for number in (2, 3):
        came(mailbox, returned(f"<x{number}@nowhere.example>", to=mailbox.address, recipient=VICTIM))
    work()
    assert recipients(sink) == {VICTIM: 1}


def test_the_same_photo_a_thousand_times_is_one_case_and_one_file(mailbox: Account) -> None:
    raw = letter(files=(("lamp.pdf", "application/pdf", b"%PDF-1.4" + b"x" * 10_000),))
    for _ in range(1_000):
        came(mailbox, raw)
    assert InboundMessage.objects.count() == Case.objects.count() == 1
    assert StoredFile.objects.count() == 2


def test_a_full_disk_takes_no_mail_and_the_desk_works_on(
    mailbox: Account, tmp_path, monkeypatch, capsys
) -> None:
    town = mailbox.municipality
    file = tmp_path / "mail.eml"
    file.write_bytes(letter())
    monkeypatch.setattr(store, "has_room", lambda: False)
    with pytest.raises(SystemExit) as ended:
        call_command("receive_mail", str(file), mailbox=mailbox.address)
    assert ended.value.code == 75  # the mail server keeps it, and tries again
    assert not InboundMessage.objects.exists()
    # A call is taken down and a form is filled in as ever: words need little room.
    form = {"matter": "Hole", "service": make_service(town).slug, "email": VICTIM, "step": "send"}
    assert Client().post(address(town, "portal:report"), form).status_code == 303
    agent = signed_in(make_staff(town, Role.AGENT))
    call = {"matter": "Hole", "service": form["service"], "channel": "PHONE", "origin": "RESIDENT"}
    call |= {"language": "en", "name": "", "email": "", "phone": "050-1234567"}
    assert agent.post(address(town, "desk:new"), call).status_code == 303
    assert Case.objects.count() == 2
    monkeypatch.undo()
    call_command("receive_mail", str(file), mailbox=mailbox.address)
    assert Case.objects.count() == 3


def test_a_flood_makes_no_page_of_the_desk_slower(mailbox: Account, django_assert_max_num_queries) -> None:
    town = mailbox.municipality
    agent = signed_in(make_staff(town, Role.AGENT))
    agent.get(address(town, "desk:queue"))
    counted = []
    for number in range(40):
        came(mailbox, letter(f"Report {number}.", sender=f"v{number}@example.org"))
        came(mailbox, letter(f"Offer {number}.", sender="", subject=f"Offer {number}"))
        if number in {2, 39}:
            with django_assert_max_num_queries(60) as seen:
                assert agent.get(address(town, "desk:queue")).status_code == 200
                assert agent.get(address(town, "desk:mails")).status_code == 200
            counted.append(len(seen))
    assert counted[0] == counted[1]
