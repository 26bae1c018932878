"""Who wrote to whom, about what and in answer to what: kept as written, believed of nobody."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from moked.channels.email.reading.mail import Address
from tests.channels.email.reading.letters import head, mail, opened


def test_everybody_named_in_a_mail() -> None:
    raw = mail(
        headers={
            "From": '"Cohen, Dana" <dana@example.net>, b@example.net',
            "Sender": "secretary@example.net",
            "Reply-To": "Form <form@example.net>",
            "Return-Path": "<bounce@example.net>",
            "To": "Desk: 106@haifa.example, =?utf-8?B?157XldenZA==?= <desk@haifa.example>;",
            "Cc": "c@example.net",
            "Delivered-To": "reply+abc@haifa.example",
            "X-Original-To": "other@haifa.example",
            "Envelope-To": "third@haifa.example",
        }
    )
    read = opened(raw)
    assert read.authors == (Address("Cohen, Dana", "dana@example.net"), Address("", "b@example.net"))
    assert read.sender == (Address("", "secretary@example.net"),)
    assert read.reply_to == (Address("Form", "form@example.net"),)
    assert read.return_path == "bounce@example.net"
    assert [one.address for one in read.to] == ["106@haifa.example", "desk@haifa.example"]
    assert [one.address for one in read.cc] == ["c@example.net"]
    assert read.delivered_to == ("reply+abc@haifa.example", "other@haifa.example", "third@haifa.example")


def test_a_name_with_a_comma_in_an_encoded_word_is_one_person() -> None:
    assert opened(mail(headers={"From": "=?utf-8?B?Q29oZW4sIERhbmE=?= <d@example.net>"})).authors == (
        Address("Cohen, Dana", "d@example.net"),
    )


@pytest.mark.abuse("A13")
def test_nothing_breaks_a_line_or_turns_round_in_a_name() -> None:
    value = (
        "=?utf-8?B?QQ1CCkPigKhE4oCuRQBG?= <d@example.net>"  # CR, LF, a line separator, an override and NUL
    )
    read = opened(mail(headers={"From": value, "Subject": value}))
    assert read.authors == (Address("A B C DE F", "d@example.net"),)
    assert read.subject_shown == "A B C DE F <d@example.net>"


def test_nested_comments_do_not_lose_the_sender() -> None:
    read = opened(mail(headers={"From": "(" * 5_000 + " d@example.net"}))
    assert [one.address for one in read.authors] == ["d@example.net"]


def test_ids_are_kept_in_their_order() -> None:
    raw = mail(
        headers={
            "In-Reply-To": "<5@x> (Dana's message of Monday)",
            "References": "<1@x>\r\n <2@x> <1@x>\r\n\t<3@x>",
            "Message-ID": "  <a$b@c.example>  ",
        }
    )
    read = opened(raw)
    assert (read.message_id, read.has_own_id) == ("<a$b@c.example>", True)
    assert read.in_reply_to == ("<5@x>",)
    assert read.references == ("<1@x>", "<2@x>", "<3@x>")
    assert read.answered_ids == ("<5@x>", "<3@x>", "<2@x>", "<1@x>")


def test_a_mail_without_an_id_gets_that_of_its_bytes() -> None:
    raw = head({"From": "a@example.net"}) + b"x"
    read = opened(raw)
    assert not read.has_own_id
    assert read.message_id == f"<{read.sha256}@without-id.invalid>"
    assert opened(raw).message_id == read.message_id != opened(raw + b"y").message_id


def test_an_odd_id_is_an_id() -> None:
    assert opened(mail(headers={"Message-ID": "no brackets at all"})).message_id == "no brackets at all"


@pytest.mark.parametrize(
    ("date", "moment"),
    [
        ("Mon, 5 May 2025 10:23:00 +0300", datetime(2025, 5, 5, 10, 23, tzinfo=timezone(timedelta(hours=3)))),
        ("5 May 2025 10:23:00 -0000", datetime(2025, 5, 5, 10, 23, tzinfo=UTC)),
        ("Thu, 1 Jan 1970 00:00:00 +0000", datetime(1970, 1, 1, tzinfo=UTC)),
        ("Thu, 1 Jan 2099 00:00:00 +0000", datetime(2099, 1, 1, tzinfo=UTC)),
        ("Thu, 1 Jan 20250 00:00:00 +0000", None),
        ("Thu, 31 Feb 2025 00:00:00 +0000", None),
        ("Thu, 1 Jan 2025 00:00:00 +9999999", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_a_date_is_kept_whatever_it_says(date: str, moment: datetime | None) -> None:
    read = opened(mail(Date=date))
    assert (read.date, read.sent_at) == (date, moment)


def test_results_of_authentication_topmost_first() -> None:
    raw = b"Authentication-Results: mx.haifa.example; dmarc=fail\r\n" + mail(
        headers={"Authentication-Results": "evil.example;\r\n dmarc=pass"}
    )
    assert opened(raw).authentication_results == ("mx.haifa.example; dmarc=fail", "evil.example; dmarc=pass")


def test_of_a_header_given_twice_the_topmost_counts() -> None:
    assert opened(b"Subject: first\r\n" + mail(Subject="second")).subject == "first"


@pytest.mark.parametrize("ending", [b"\r\n", b"\n", b"\r"])
def test_lines_may_end_as_they_like(ending: bytes) -> None:
    read = opened(b"\r\n" + mail("one\r\ntwo", Subject="a\r\n b").replace(b"\r\n", ending))
    assert (read.subject, read.text) == ("a b", "one\ntwo")
