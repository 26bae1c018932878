"""Whatever bytes come, a mail is read or refused with a code, in no time, and nothing of it gets lost.

`--mails-long` reads many more.
"""

import json
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from moked.base.text import has_unstorable
from moked.channels.email.envelope import envelope_of
from moked.channels.email.reading import reader
from moked.channels.email.reading.mail import ReadMail, Unreadable
from moked.channels.email.reading.message import read
from tests.channels.email.reading.letters import OURS, head, mail, parts
from tests.channels.email.reading.vectors import VECTORS

pytestmark = pytest.mark.abuse("A14")

FEW, MANY = 60, 20_000
SECONDS = 10
READ_MAIL = TypeAdapter(ReadMail)

HEADERS = [
    "From", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Content-Type",
    "Reply-To",
    "Content-Transfer-Encoding", "Content-Disposition", "Auto-Submitted", "Precedence", "Return-Path",
    "X-Loop",
    "X-Failed-Recipients", "Content-ID", "Authentication-Results", "X-Auto-Response-Suppress", "MIME-Version",
]  # fmt: skip
VALUES = [
    b"text/plain", b"text/html; charset=windows-1255", b"multipart/mixed; boundary=e",
    b"multipart/alternative; boundary=e",
    b"multipart/report; report-type=delivery-status; boundary=e", b"message/rfc822",
    b"message/delivery-status",
    b"multipart/digest; boundary=e", b"multipart/mixed", b"application/ms-tnef; name=winmail.dat",
    b"text/rfc822-headers",
    b"text/plain; charset=utf-7; format=flowed; delsp=yes", b"base64", b"quoted-printable",
    b"x-uuencode", b"8bit", b"<>",
    b"attachment; filename*0*=utf-8''%D7; filename*1*=%A9.jpg", b"inline; filename=\"=?x?B?!?=\"",
    b"<a@b>", b"a@b.example",
    b"=?windows-1255?Q?=F9=EC?= =?utf-8?B?4p?= x", b'"a, b" <c@d>, e: f@g;', b"((((",
    b"Mon, 99 Foo 20250 99:99", b"no",
    b"auto-replied (x); y", b"DR, OOF", b"<1@x> <2@y", b"\xe9\xec\xe5\xed", "שלום".encode(),
    b"=?utf-8?Q?" + b"=" * 50,
    b"a/b; c=d; c*=e; c*0=f; c*x*=g; =h;;;\"",
]  # fmt: skip
BODIES = [
    b"--e\r\n", b"--e--\r\n", b"\r\n", b"Content-Type: text/html\r\n\r\n",
    b"Content-Type: multipart/mixed; boundary=f\r\n\r\n",
    b"--f\r\n", b"--f--\r\n", b"> quoted\r\n", b"On 1 May, a@b wrote:\r\n",
    b"From: a\r\nTo: b\r\nSubject: c\r\n", b"##- 7f3a\r\n",
    b"-----Original Message-----\r\n", b"Final-Recipient: rfc822; a@b\r\nAction: failed\r\nStatus: 5.1.1\r\n",
    b"begin 644 x\r\n#0V%T\r\nend\r\n", b"=F9=EC\r\n", b"PGI+\r\n", b"\xe9\xec\xe5\xed",
    b"<div class=gmail_quote>", b"<blockquote type=cite>",
    b"<pre>", b"</p></div>", b"cid:a@b", b"\x78\x9f\x3e\x22\x01\x00\x01", b"BEGIN:VCALENDAR\r\n", b"\x00",
]  # fmt: skip

values = st.one_of(st.sampled_from(VALUES), st.binary(max_size=60), st.text(max_size=30).map(str.encode))
fields = st.lists(st.tuples(st.sampled_from(HEADERS), values), max_size=8)
bodies = st.lists(
    st.one_of(st.sampled_from(BODIES), st.binary(max_size=40), st.sampled_from(VECTORS).map(str.encode)),
    max_size=12,
).map(b"".join)


def structured(some: list[tuple[str, bytes]], body: bytes) -> bytes:
    return b"".join(name.encode() + b": " + value + b"\r\n" for name, value in some) + b"\r\n" + body


@pytest.fixture
def examples(pytestconfig) -> int:
    return MANY if pytestconfig.getoption("--mails-long") else FEW


def check(raw: bytes) -> None:
    """Read a mail twice; it is read or refused in time, keeps all its lines, and fits through the pipe."""
    started = time.process_time()
    envelope_of(raw)
    found = one(raw)
    assert time.process_time() - started < SECONDS
    assert one(raw) == found
    if isinstance(found, ReadMail):
        travelled = json.dumps(reader.plain(found))
        assert not has_unstorable(json.loads(json.dumps(travelled)))
        assert READ_MAIL.validate_json(travelled) == found
        both = [line for line in f"{found.visible}\n{found.folded}".split("\n") if line.strip()]
        assert sorted(both) == sorted(line for line in found.text.split("\n") if line.strip())


def one(raw: bytes) -> ReadMail | str:
    with tempfile.TemporaryDirectory() as folder:
        try:
            found = read(raw, OURS, Path(folder))
        except Unreadable as trouble:
            return trouble.code
        assert {path.name for path in Path(folder).iterdir()} == {one.file for one in found.attachments}
        return found


def test_any_bytes(examples: int) -> None:
    @settings(max_examples=examples, deadline=None)
    @given(st.binary(max_size=2_000))
    def run(raw: bytes) -> None:
        check(raw)

    run()


def test_any_headers_and_body(examples: int) -> None:
    @settings(max_examples=examples, deadline=None)
    @given(fields, bodies)
    def run(some: list[tuple[str, bytes]], body: bytes) -> None:
        check(structured(some, body))

    run()


def test_any_parts(examples: int) -> None:
    @settings(max_examples=examples, deadline=None)
    @given(
        st.sampled_from(["mixed", "alternative", "related", "report", "signed"]),
        st.lists(st.tuples(fields, bodies)),
    )
    def run(subtype: str, some: list[tuple[list[tuple[str, bytes]], bytes]]) -> None:
        check(parts(*(structured(named, body) for named, body in some), subtype=subtype))

    run()


HOSTILE = {
    "blanks after a prefix": mail(Subject="Re" + " " * 60_000),
    "many prefixes": mail(Subject="Re: " * 15_000),
    "encoded words": mail(Subject="=?utf-8?Q?a?=" * 4_500),
    "half encoded words": mail(Subject="=?utf-8?Q?" * 6_000),
    "question marks": mail(Subject="=?" * 30_000),
    "brackets": mail(References="<" * 60_000),
    "ids": mail(References="<a@b> " * 10_000),
    "comments": mail(Auto_Submitted="(" * 60_000),
    "commas": mail(To="," * 60_000),
    "addresses": mail(To="a@b," * 15_000),
    "quotes in a name": mail(From='"' * 60_000),
    "parameters": mail(Content_Type="text/plain" + "; a=b" * 12_000),
    "blank parameters": mail(Content_Type="text/plain;" + " " * 60_000),
    "backslashes": mail(Content_Type='text/plain; a="' + "\\" * 60_000),
    "pieces of a name": mail(
        Content_Disposition="attachment" + "".join(f"; filename*{n}*=%41" for n in range(999))
    ),
    "dates": mail(Date="1 " * 30_000),
    "one long line": mail("On " + "a " * 70_000 + "1 wrote:"),
    "lines with an address": mail(("a@b " * 90 + "\r\n") * 400),
    "lines that might begin a quotation": mail("On 1\r\n" * 25_000),
    "froms": mail("From: a\r\n" * 15_000),
    "nearly wrote": mail(("ב-" + "מאת " * 90 + "\r\n") * 300),
    "signs": mail(">" * 100_000),
    "metas": mail("<meta " * 10_000, html=True, Content_Type="text/html"),
    "tables": mail("<table><tr><td>" * 5_000, html=True),
    "unclosed": mail("<b><i><a href=x>" * 5_000, html=True),
    "attributes": mail("<p " + " ".join(f"a{n}=1" for n in range(6_000)) + ">", html=True),
    "style": mail('<p style="' + "color:red;" * 50_000 + '">x', html=True),
    "entities": mail("&amp;" * 100_000, html=True),
    "deep divs": mail("<div>" * 8_000, html=True),
    "deep quotations": mail("<blockquote type=cite>x" * 8_000, html=True),
    "statuses": parts(b"Content-Type: message/delivery-status\r\n\r\n" + b"Action: failed\r\n\r\n" * 50_000),
    "numbers": mail("5.1." * 30_000, From="mailer-daemon@x.example"),
    "edges": head({"Content-Type": "multipart/mixed; boundary=" + "e" * 5_000})
    + (b"--" + b"e" * 4_999 + b"\r\n") * 1_000,
    "digest": head({"Content-Type": "multipart/digest; boundary=e"}) + b"--e\r\n\r\n" * 190,
    "a page of Word": mail(
        '<p class="MsoNormal" style="margin:0"><span lang="HE">x<o:p></o:p></span></p>' * 25_000, html=True
    ),
}  # fmt: skip


@pytest.mark.abuse("A16")
@pytest.mark.parametrize("name", HOSTILE)
def test_what_would_take_forever_does_not(name: str) -> None:
    started = time.process_time()
    envelope_of(HOSTILE[name])
    one(HOSTILE[name])
    assert time.process_time() - started < 5
