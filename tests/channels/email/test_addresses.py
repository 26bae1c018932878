"""Addresses that name what a mail is about."""

import time

import pytest

from moked.channels.email.addresses import bounce_address, bounced, tag_of, untagged, with_tag
from moked.channels.email.envelope import envelope_of

MAILBOX = "helpdesk@town.example"


def test_a_tag_survives_being_written_in_capitals():
    address = with_tag(MAILBOX, "abc.def")
    assert address == "helpdesk+abc.def@town.example"
    assert tag_of(address.upper(), MAILBOX) == "abc.def"


@pytest.mark.parametrize(
    "address",
    ["helpdesk@town.example", "help+abc@town.example", "helpdesk+abc@elsewhere.example", "", "+", "a+b"],
)
def test_other_addresses_have_no_tag(address):
    assert tag_of(address, MAILBOX) == ""


def test_a_mailbox_is_recognised_with_any_tag():
    assert untagged(" Helpdesk+a+b@Town.example ") == MAILBOX


def test_a_bounce_names_its_mail():
    tag = tag_of(bounce_address(MAILBOX, "<0123ab@town.example>"), MAILBOX)
    assert bounced(tag, "town.example") == "<0123ab@town.example>"
    assert bounced("abc.def", "town.example") == ""


def test_the_tags_we_give_leave_room_for_a_long_name():
    # RFC 5321 allows 64 characters before the @.
    assert len(bounce_address(f"{20 * 'x'}@town.example", f"<{32 * '0'}@x>").partition("@")[0]) <= 64


def test_the_envelope_tells_id_and_recipients_those_of_the_delivery_first():
    found = envelope_of(
        b"Delivered-To: a@x.example\r\nMessage-ID:\r\n <1@x.example>\r\n"
        b'To: "B, Mr" <b@x.example>, c@x.example\r\nCc: a@x.example\r\n\r\nTo: d@x.example\r\n'
    )
    assert found.message_id == "<1@x.example>"
    assert found.recipients == ("a@x.example", "b@x.example", "c@x.example")


@pytest.mark.parametrize("odd", ["(", "<", '"', ",", ":", ";", "(<", "@,", "a@b(", "=?utf-8?q?", "\\"])
def test_hostile_recipients_take_neither_the_id_nor_the_time(odd):
    """Python's parser of addresses calls itself for each bracket, until there is no room for more calls."""
    started = time.process_time()
    found = envelope_of(f"Message-ID: <1@x>\r\nTo: {odd * 20_000} a@x.example\r\n\r\n".encode())
    assert found.message_id == "<1@x>"
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    "raw", [b"", b"\x00\xff", b"To: \xff\xfe@\x80\r\n\r\n", b"To: <<<>>\r\n", b"x" * 200_000]
)
def test_no_bytes_are_refused(raw):
    assert envelope_of(raw).message_id == ""
