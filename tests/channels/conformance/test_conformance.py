"""Each channel keeps what comes in before it says so, takes it once, sends once, and tells its troubles."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import override

from moked.cases.models import Case, Contact, Participant
from moked.channels import registry
from moked.channels.base.channel import Found
from moked.channels.base.letters import Letter, Outgoing, Paragraph
from moked.channels.base.troubles import NoLongerMine, Refused, UnableToReach
from moked.channels.models import InboundMessage
from moked.channels.rules import State
from moked.events.models import OutboxRow
from moked.events.operations import publish
from moked.intake import taking
from moked.notices.events import NoticePlanned
from moked.notices.models import Notice
from moked.notices.rules import Kind
from tests.channels.conformance.bench import Bench, matter
from tests.channels.conformance.dying import RECEIVING, SENDING, TAKING
from tests.channels.conformance.table import ROWS, Row
from tests.channels.processes import ROOT, environment
from tests.factories import NOW, make_case, make_town

pytestmark = pytest.mark.django_db(transaction=True)

LANGUAGES = ("he", "ar", "cs", "hu")
OUTSIDE = {"base", "management", "migrations", "operations", "templates", "__pycache__"}
FILES = {"__init__.py", "channel.py", "receiving.py", "rendering.py"}


@pytest.fixture(params=list(ROWS))
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def row(name: str, monkeypatch: pytest.MonkeyPatch) -> Row:
    monkeypatch.setattr(registry, "CHANNELS", dict(registry.CHANNELS))
    monkeypatch.setattr(taking, "TAKE", dict(taking.TAKE))
    registry.CHANNELS.setdefault(ROWS[name].channel.code, ROWS[name].channel)
    taking.TAKE.setdefault(ROWS[name].channel.code, ROWS[name].take)
    return ROWS[name]


@pytest.fixture
def bench(row: Row, request: pytest.FixtureRequest) -> Iterator[Bench]:
    yield row.bench(make_town(), request)


def die(name: str, bench: Bench, step: str) -> None:
    """Let a process do what there is to do, and be killed at a step."""
    command = [sys.executable, "-m", "tests.channels.conformance.dying", name, str(bench.account.pk), step]
    done = subprocess.run(command, env=environment(), cwd=ROOT, capture_output=True, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()[-2000:]


def go_on(row: Row, bench: Bench, work: Callable[[], None]) -> None:
    """Begin anew, as after a start: what was leased to who died is free once its lease ends."""
    row.receive(bench.account)
    OutboxRow.objects.filter(is_open=True).update(due_at=Now())
    work()


def nothing_is_lost_or_doubled(bench: Bench, messages: int) -> None:
    said = [matter(number) for number in range(1, messages + 1)]
    assert sorted(Contact.objects.values_list("body", flat=True)) == said
    assert Case.objects.count() == InboundMessage.objects.filter(state=State.TAKEN).count() == messages
    assert InboundMessage.objects.count() == messages
    assert bench.waiting() == 0
    assert not OutboxRow.objects.filter(is_open=True).exists()


@pytest.mark.fault
@pytest.mark.parametrize("step", RECEIVING)
def test_killed_while_it_receives(name: str, row: Row, bench: Bench, work, step: str) -> None:
    bench.write(1), bench.write(2)
    die(name, bench, step)
    assert bench.acknowledged() <= InboundMessage.objects.count()
    go_on(row, bench, work)
    nothing_is_lost_or_doubled(bench, 2)


@pytest.mark.fault
@pytest.mark.parametrize("step", TAKING)
def test_killed_while_it_takes(name: str, row: Row, bench: Bench, work, step: str) -> None:
    bench.write(1), bench.write(2)
    row.receive(bench.account)
    die(name, bench, step)
    go_on(row, bench, work)
    nothing_is_lost_or_doubled(bench, 2)


@pytest.mark.fault
@pytest.mark.parametrize("step", SENDING)
def test_killed_while_it_sends(name: str, row: Row, bench: Bench, work, step: str) -> None:
    first, second = planned(row, bench, work)
    die(name, bench, step)
    assert len(bench.accepted()) == (step != "before it is sent")
    go_on(row, bench, work)
    repeats = [first.message_id] if step == "sent, not marked" else []
    assert sorted(bench.accepted()) == sorted([first.message_id, second.message_id, *repeats])
    assert set(Notice.objects.values_list("state", flat=True)) == {Notice.State.SENT}


def test_what_is_given_twice_is_taken_once(row: Row, bench: Bench, work) -> None:
    bench.write(1), bench.write(2)
    row.receive(bench.account)
    bench.write(1)
    row.receive(bench.account)
    work()
    bench.write(2)
    row.receive(bench.account)
    work()
    nothing_is_lost_or_doubled(bench, 2)


def test_a_test_of_an_account_counts_and_changes_nothing(row: Row, bench: Bench) -> None:
    bench.write(1), bench.write(2)
    assert row.channel.try_out(bench.account) == Found(2, 2)
    assert (bench.waiting(), InboundMessage.objects.count()) == (2, 0)
    bench.spoil()
    bench.account.refresh_from_db()
    with pytest.raises(UnableToReach) as refused:
        row.channel.try_out(bench.account)
    assert refused.value.trouble in row.channel.troubles


def test_nothing_is_sent_by_who_lost_the_right_to(row: Row, bench: Bench) -> None:
    with pytest.raises(NoLongerMine):
        row.channel.send(outgoing(bench, "Words."), still_mine=lambda: False)
    assert bench.accepted() == []


def test_a_text_is_as_long_as_it_may_be(row: Row, bench: Bench) -> None:
    longest = row.channel.abilities.longest_text
    row.channel.send(outgoing(bench, "x" * (longest or 100_000)), still_mine=lambda: True)
    assert len(bench.accepted()) == 1
    if longest:
        with pytest.raises(Refused):
            row.channel.send(outgoing(bench, "x" * (longest + 1)), still_mine=lambda: True)


def test_each_trouble_is_told_in_five_languages_with_what_mends_it(row: Row) -> None:
    assert set(row.words) == set(row.channel.troubles)
    for matter_, remedy in row.words.values():
        with override("en"):
            english = str(matter_), str(remedy)
        assert all(english) and english[0] != english[1]
        for language in LANGUAGES:
            with override(language):
                told = str(matter_), str(remedy)
            assert all(told) and told[0] != english[0] and told[1] != english[1], (language, english)


def test_every_channel_has_its_files_and_stands_in_both_tables() -> None:
    place = Path(registry.__file__).parent
    folders = {one for one in place.iterdir() if one.is_dir()} - {place / name for name in OUTSIDE}
    for one in folders | {Path(__file__).parents[1] / "postbox"}:
        assert {file.name for file in one.iterdir()} >= FILES, one.name
    assert {one.channel.code for one in ROWS.values()} >= set(registry.CHANNELS)
    assert {one.name.upper() for one in folders} == {str(code) for code in registry.CHANNELS}
    coming_in = {code for code, one in registry.CHANNELS.items() if one.abilities.comes_in}
    assert set(taking.TAKE) == coming_in


def planned(row: Row, bench: Bench, work: Callable[[], None]) -> list[Notice]:
    """Have two residents told something by the channel, and nothing else left to do."""
    town = bench.account.municipality
    cases = [make_case(town, phone=f"050-123-456{number}") for number in (1, 2)]
    work()
    return [plan(row, case, bench.recipient) for case in cases]


@transaction.atomic
def plan(row: Row, case: Case, recipient: str) -> Notice:
    part = Participant.objects.get(case=case)
    Participant.objects.filter(pk=part.pk).update(email=recipient)
    notice = Notice.objects.create(
        municipality=case.municipality,
        event_id=case.pk,
        case=case,
        recipient=part.resident,
        channel=row.channel.code,
        kind=Kind.REPLY,  # goes out at any hour
        message_id=f"<{case.pk}@town.example>",
        planned_at=NOW,
    )
    publish(NoticePlanned(municipality_id=case.municipality_id, notice_id=notice.pk), now=NOW)
    return notice


def outgoing(bench: Bench, text: str) -> Outgoing:
    letter = Letter("en", "Town", "Lamp", (Paragraph(text),), "")
    return Outgoing(
        bench.account.municipality, "<1@town.example>", bench.recipient, letter, NOW, "auto-generated"
    )
