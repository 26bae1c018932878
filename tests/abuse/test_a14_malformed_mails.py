"""A14: however a mail is broken, it becomes words or is set aside whole, and the next one is read.

Read as in an installation: by the process apart that the worker keeps for it.
"""

import random
import resource
from collections.abc import Iterator

import pytest
from django.core.cache import cache

from moked.cases.models import Case, Contact
from moked.channels.models import Account, InboundMessage
from moked.channels.operations import keep_message
from moked.channels.rules import State
from moked.files.operations import read_whole
from moked.intake import mails
from tests.factories import NOW, make_town
from tests.files.pictures import photo
from tests.intake.letters import letter, make_mailbox

pytestmark = [pytest.mark.abuse("A14"), pytest.mark.django_db]

HEBREW = "שלום, הפנס ברחוב הרצל 12 כבוי."
FEW, MANY = 40, 20_000
HEAD = (
    b"From: dana@example.org\r\nTo: helpdesk@town.example\r\nSubject: Lamp\r\nMessage-ID: <m@example.org>\r\n"
)


def typed(content_type: str, body: bytes, more: bytes = b"") -> bytes:
    return (
        HEAD
        + b"MIME-Version: 1.0\r\nContent-Type: "
        + content_type.encode()
        + b"\r\n"
        + more
        + b"\r\n"
        + body
    )


def nested(depth: int) -> bytes:
    body = b"Content-Type: text/plain\r\n\r\nin the middle\r\n"
    for level in range(depth):
        edge = f"e{level}".encode()
        body = (
            b'Content-Type: multipart/mixed; boundary="' + edge + b'"\r\n\r\n--' + edge + b"\r\n" + body
            + b"\r\n--" + edge + b"--\r\n"
        )  # fmt: skip
    return HEAD + b"MIME-Version: 1.0\r\n" + body


def within_itself() -> bytes:
    mail = HEAD + b"\r\nthe innermost"
    for _ in range(40):
        mail = HEAD + b"Content-Type: message/rfc822\r\n\r\n" + mail
    return mail


SAME_EDGE = "multipart/mixed; boundary=e"
PARTS = b"--e\r\nContent-Type: text/plain\r\n\r\nx\r\n"
# A mail, and what is to be read in it; None where it may be set aside instead.
BROKEN: dict[str, tuple[bytes, str | None]] = {
    "no boundary": (typed("multipart/mixed", b"words without an edge"), "words without an edge"),
    "an edge that never comes": (typed('multipart/mixed; boundary="e"', b"words"), "words"),
    "an edge within an edge": (
        typed(SAME_EDGE, b"--e\r\nContent-Type: " + SAME_EDGE.encode() + b"\r\n\r\n" + PARTS),
        None,
    ),
    "an edge of nothing": (typed('multipart/mixed; boundary=""', b"--\r\n\r\nwords"), "words"),
    "a thousand storeys": (nested(1_000), None),
    "ten thousand parts": (typed("multipart/mixed; boundary=e", PARTS * 10_000), None),
    "mails within mails": (within_itself(), None),
    "bad base64": (typed("text/plain", b"!!!!?%%", b"Content-Transfer-Encoding: base64\r\n"), None),
    "unknown encoding": (typed("text/plain", b"words", b"Content-Transfer-Encoding: x-own\r\n"), "words"),
    "unknown charset": (typed("text/plain; charset=x-nobody-knows", HEBREW.encode()), HEBREW),
    "cp1255 that says utf-8": (typed("text/plain; charset=utf-8", HEBREW.encode("cp1255")), HEBREW),
    "cp1255 that says nothing": (typed("text/plain", HEBREW.encode("cp1255")), HEBREW),
    "cp1255 that says us-ascii": (typed("text/plain; charset=us-ascii", HEBREW.encode("cp1255")), HEBREW),
    "utf-8 that says cp1255": (typed("text/plain; charset=windows-1255", HEBREW.encode()), HEBREW),
    "iso-8859-8-i": (typed("text/plain; charset=iso-8859-8-i", HEBREW.encode("iso8859_8")), HEBREW),
    "utf-7": (typed("text/plain; charset=utf-7", HEBREW.encode("utf-7")), None),
    "utf-16 with its mark": (typed("text/plain; charset=utf-16", HEBREW.encode("utf-16")), HEBREW),
    "a charset with a path": (typed("text/plain; charset=../../x", b"words"), "words"),
    "no headers": (b"\r\njust words", None),
    "no date, no id": (b"From: dana@example.org\r\n\r\nwords", "words"),
    "no sender": (b"Subject: x\r\n\r\nwords", None),
    "nothing": (b"", None),
    "line breaks alone": (b"\r\n" * 1_000, None),
    "noughts": (b"\x00" * 100_000, None),
    "noughts within": (typed("text/plain", b"wo\x00rds"), None),
    "headers without an end": (HEAD + b"X: " + b"x" * 200_000, None),
    "ten thousand headers": (HEAD + b"X-A: b\r\n" * 10_000 + b"\r\nwords", None),
    "a winmail.dat cut off": (typed("application/ms-tnef", b"\x78\x9f\x3e\x22\x01\x00"), None),
    "encrypted": (
        typed(
            "multipart/encrypted; protocol=application/pgp-encrypted; boundary=e",
            b"--e\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n"
            b"--e\r\nContent-Type: application/octet-stream\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n--e--\r\n",
        ),
        None,
    ),
    "bare carriage returns": (HEAD.replace(b"\r\n", b"\r") + b"\rwords", None),
    "lines without end": (typed("text/html", b"<p>" + b"x" * 3_000_000), None),
    "lone surrogates": (typed("text/plain; charset=utf-8", b"wo\xed\xa0\x80rds"), None),
}  # fmt: skip


@pytest.fixture
def mailbox(db) -> Account:
    cache.clear()
    return make_mailbox(make_town())


def taken(mailbox: Account, raw: bytes, name: str = "") -> InboundMessage:
    kept = keep_message(account=mailbox, raw=raw, provider_id=name, media_type="message/rfc822", now=NOW)
    return mails.take(kept.message.pk)


def is_well(message: InboundMessage, raw: bytes) -> None:
    """Fail unless a mail was understood or stands in quarantine, with all its bytes either way."""
    assert read_whole(message.file) == raw
    assert message.state in {State.TAKEN, State.QUARANTINED} and message.outcome
    if message.state == State.QUARANTINED:
        assert message.reason
    else:
        assert message.contact is None or message.contact.body


@pytest.fixture
def next_one(mailbox: Account) -> Iterator[None]:
    """After whatever a test did, a mail of a person is read as ever."""
    yield
    before = Case.objects.count()
    message = taken(
        mailbox, letter(HEBREW, files=(("lamp.jpg", "image/jpeg", photo()),)), "<next@example.org>"
    )
    assert message.outcome == "CONTACT" and message.contact.body == HEBREW
    assert Case.objects.count() == before + 1


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_mail_is_read_or_set_aside_and_the_next_is_read(
    mailbox: Account, next_one, name: str
) -> None:
    raw, words = BROKEN[name]
    message = taken(mailbox, raw, f"<{name}>")
    is_well(message, raw)
    if words is not None:
        assert words in message.contact.body


def test_fifty_megabytes_are_set_aside(mailbox: Account, next_one) -> None:
    raw = HEAD + b"\r\n" + b"x" * 50_000_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    message = taken(mailbox, raw)
    assert (message.state, message.reason) == (State.QUARANTINED, "TOO_LARGE_TO_READ")
    # A few copies of it and no more: kilobytes.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000


def damaged(raw: bytes, chance: random.Random) -> bytes:
    """Return a mail as a bad disk, line or program would leave it."""
    some = bytearray(raw)
    for _ in range(chance.randint(1, 12)):
        at = chance.randrange(len(some) + 1)
        match chance.randrange(5):
            case 0:
                some[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                del some[at : at + chance.randint(1, 200)]
            case 2:
                some[at:at] = bytes(chance.randrange(256) for _ in range(chance.randint(1, 50)))
            case 3:
                some[at:at] = some[chance.randrange(len(some) + 1) :][: chance.randint(1, 400)]
            case _:
                some[at:at] = chance.choice(
                    [b"\r\n", b"\r\n\r\n", b"--", b"\x00", b"=?utf-8?B?", b"charset="]
                )
    return bytes(some)


def test_mails_damaged_at_random(mailbox: Account, next_one, pytestconfig) -> None:
    """20,000 of them with --mails-long; the seed is printed so that a failure can be seen again."""
    number = MANY if pytestconfig.getoption("--mails-long") else FEW
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - shown by pytest when the test fails
    chance = random.Random(seed)
    whole = [raw for raw, _ in BROKEN.values() if 0 < len(raw) < 10_000]
    whole += [
        letter(HEBREW, files=(("תמונה.jpg", "image/jpeg", b"\xff\xd8x"),)),
        letter("<p>x</p>", subject=HEBREW),
    ]
    for turn in range(number):
        raw = damaged(chance.choice(whole), chance)
        message = taken(mailbox, raw, f"<{turn}@random.example>")
        is_well(message, raw)
    assert Contact.objects.exists()
