"""`manage.py receive_mail`: a mail server of the town's own hands over what came."""

import io
import json
import sys

import pytest
from django.core.management import CommandError, call_command

from moked.cases.models import Case
from moked.channels.models import Account, InboundMessage
from moked.files import store
from tests.factories import make_town
from tests.intake.letters import letter, make_mailbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def mailbox():
    return make_mailbox(make_town())


def received(tmp_path, *raws: bytes, **options) -> list[dict]:
    files = []
    for number, raw in enumerate(raws):
        file = tmp_path / f"{number}.eml"
        file.write_bytes(raw)
        files.append(str(file))
    said = io.StringIO()
    call_command("receive_mail", *files, stdout=said, **options)
    return [json.loads(line) for line in said.getvalue().splitlines()]


def test_each_mail_is_told_of_on_a_line(tmp_path, mailbox):
    first, second, third = received(
        tmp_path,
        letter("הפנס כבוי.", to=mailbox.address),
        letter("הפנס כבוי.", to=mailbox.address),
        letter("Hm.", to=mailbox.address, sender=""),
    )
    assert first["outcome"] == "CONTACT" and first["text"] == "הפנס כבוי."
    assert first["case"] == Case.objects.get().number
    assert (second["outcome"], second["case"]) == ("DUPLICATE", first["case"])
    assert (third["outcome"], third["case"], third["reason"]) == ("QUARANTINE", None, "NO_SENDER")


def test_a_mail_to_two_towns_comes_to_both_and_nothing_crosses(tmp_path, mailbox):
    other = make_mailbox(make_town())
    said = received(tmp_path, letter(to=f"{mailbox.address}, {other.address}"))
    assert [one["mailbox"] for one in said] == [mailbox.address, other.address]
    assert {one.municipality_id for one in Case.objects.all()} == {
        mailbox.municipality_id,
        other.municipality_id,
    }


def test_a_mail_that_names_no_mailbox_comes_to_the_first(tmp_path, mailbox):
    make_mailbox(make_town())
    [said] = received(tmp_path, letter(to="undisclosed-recipients:;"))
    assert said["mailbox"] == mailbox.address


def test_the_mailbox_can_be_named(tmp_path, mailbox):
    other = make_mailbox(make_town())
    [said] = received(tmp_path, letter(to=mailbox.address), mailbox=other.address)
    assert said["mailbox"] == other.address
    with pytest.raises(CommandError, match="no mailbox a@b"):
        received(tmp_path, letter(), mailbox="a@b")


def test_without_any_mailbox_it_says_what_to_do(tmp_path, mailbox):
    Account.objects.update(is_retired=True)
    with pytest.raises(CommandError, match="Add one in the settings"):
        received(tmp_path, letter())
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("receive_mail", str(tmp_path / "absent.eml"))


def test_a_full_disk_asks_the_server_to_try_again(tmp_path, mailbox, monkeypatch):
    monkeypatch.setattr(store, "has_room", lambda: False)
    with pytest.raises(SystemExit) as ended:
        received(tmp_path, letter(to=mailbox.address))
    assert ended.value.code == 75
    assert not InboundMessage.objects.exists()


def test_one_mail_comes_by_the_standard_input(mailbox, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(letter(to=mailbox.address))))
    call_command("receive_mail")
    assert json.loads(capsys.readouterr().out)["outcome"] == "CONTACT"
