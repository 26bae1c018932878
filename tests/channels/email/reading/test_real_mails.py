"""The mails that other projects test with: bounces, automatic answers, odd charsets, broken MIME.

What each is was decided by reading it; `real_mails.csv` lists that by name. The inventory beside the mails
tells bounces and automatic mails by a few words in them, which is checked against our list.
"""

import csv
import re
import tempfile
from pathlib import Path

import pytest

from moked.channels.email.envelope import LONGEST_HEADERS, envelope_of
from moked.channels.email.reading.mail import Kind, Ours, ReadMail, Unreadable
from moked.channels.email.reading.message import read

pytestmark = pytest.mark.realdata

LIST = Path(__file__).with_name("real_mails.csv")
UNREADABLE = "UNREADABLE"
MOST_UNREADABLE = 0.03
REPORTS_OF_NO_FAILURE = 5  # two of complaints, two of reading, one of delivery


@pytest.fixture(scope="module")
def mails(realdata: Path) -> dict[str, ReadMail | Unreadable]:
    return {path.name: opened(path) for path in sorted((realdata / "emails").glob("*.eml"))}


def opened(path: Path) -> ReadMail | Unreadable:
    with tempfile.TemporaryDirectory() as folder:
        try:
            return read(path.read_bytes(), Ours(), Path(folder))
        except Unreadable as trouble:
            return trouble


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def named(mail: ReadMail | Unreadable) -> str:
    return mail.kind if isinstance(mail, ReadMail) else UNREADABLE


def test_every_real_mail_is_what_a_person_says_it_is(mails) -> None:
    expected = {row["name"]: row["class"] for row in rows(LIST)}
    assert len(expected) == 576
    assert {name: named(mail) for name, mail in mails.items()} == expected


def test_our_list_agrees_with_the_inventory(realdata) -> None:
    ours = {row["name"]: row["class"] for row in rows(LIST)}
    kinds = {row["path"]: row["kind"] for row in rows(realdata / "emails" / "inventory.csv")}
    bounces = [ours[name] for name, kind in kinds.items() if "bounce" in kind]
    assert bounces.count(Kind.SYSTEM) == REPORTS_OF_NO_FAILURE
    assert set(bounces) == {Kind.BOUNCE_HARD, Kind.BOUNCE_SOFT, Kind.SYSTEM}
    assert {ours[name] for name, kind in kinds.items() if kind == "auto"} == {Kind.AUTO_REPLY, Kind.LIST_BULK}


def test_next_to_no_real_mail_with_a_sender_is_unreadable(mails) -> None:
    failed = [name for name, mail in mails.items() if isinstance(mail, Unreadable)]
    # Its To is longer than all headers together may be.
    assert failed == ["mimekit__UnitTests__TestData__messages__stack-overflow.txt.eml"]
    assert len(failed) <= MOST_UNREADABLE * len([one for one in mails.values() if isinstance(one, ReadMail)])


def test_what_a_real_mail_is_called_is_known_before_it_is_kept(realdata) -> None:
    """Also where little room is left for calls within calls, as deep in the process that fetches."""

    def deep(raw: bytes, calls: int) -> str:
        return deep(raw, calls - 1) if calls else envelope_of(raw).message_id

    unnamed = []
    for path in sorted((realdata / "emails").glob("*.eml")):
        raw = path.read_bytes()
        head = re.split(rb"\r?\n\r?\n", raw[:LONGEST_HEADERS], maxsplit=1)[0]
        named = re.search(rb"^Message-ID:\s*(\S+)", head, re.IGNORECASE | re.MULTILINE)
        if named and not deep(raw, 700):
            unnamed.append(path.name)
    # A line that is no header stands before the Message-ID of each.
    assert unnamed == [
        "mikel-mail__spec__fixtures__emails__plain_emails__raw_email_incorrect_header.eml",
        "php-imap__tests__messages__issue-40.eml",
        "stalwart__resources__eml__malformed__019.eml",
    ]


def test_every_bounce_with_a_report_names_a_recipient(mails) -> None:
    bounces = [
        mail
        for mail in mails.values()
        if isinstance(mail, ReadMail) and mail.kind in {Kind.BOUNCE_HARD, Kind.BOUNCE_SOFT}
    ]
    reports = [mail.report for mail in bounces if mail.report and mail.report.deliveries]
    assert len(reports) >= 80
    assert [one for one in reports if not any(delivery.recipient for delivery in one.deliveries)] == []
    assert sum(bool(mail.report and mail.report.message_id) for mail in bounces) >= 95
