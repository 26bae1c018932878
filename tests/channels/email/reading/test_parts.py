"""Attachments: names, types, what is inline; what is unpacked, what stays whole; and what is too much."""

import hashlib
import io
import struct
import zipfile
from pathlib import Path

import pytest

from moked.channels.email.reading import types
from moked.channels.email.reading.mail import (
    DEEPEST,
    MOST_BYTES,
    MOST_HEADER_BYTES,
    MOST_HTML,
    MOST_LINKS,
    MOST_PARTS,
    MOST_TEXT,
    Trouble,
    Unreadable,
)
from moked.channels.email.reading.message import read
from moked.channels.email.reading.parts import file_name
from tests.channels.email.reading.letters import OURS, file, mail, nested, opened, part, parts

JPEG = b"\xff\xd8\xff\xe0" + bytes(50)


def refused(raw: bytes) -> Trouble:
    with pytest.raises(Unreadable) as refusal:
        opened(raw)
    return refusal.value.code


def test_an_attachment_is_a_file_with_its_facts(tmp_path: Path) -> None:
    raw = parts(part("see"), file(JPEG, 'image/png; name="a.png"', 'attachment; filename="lamp.png"'))
    only = read(raw, OURS, tmp_path).attachments[0]
    assert (tmp_path / only.file).read_bytes() == JPEG
    assert (only.name, only.declared_type, only.type) == ("lamp.png", "image/png", "image/jpeg")
    assert (only.size, only.sha256) == (len(JPEG), hashlib.sha256(JPEG).hexdigest())
    assert [path.name for path in tmp_path.iterdir()] == [only.file] == ["1"]


def test_inline_is_what_the_html_shows() -> None:
    html = '<p>Look</p><img src="cid:lamp%40x"><img src="CID:none@x">'
    raw = parts(
        part(html, "text/html; charset=utf-8"),
        file(JPEG, "image/jpeg", 'inline; filename="lamp.jpg"', Content_ID="<lamp@x>"),
        file(JPEG, "image/jpeg", 'inline; filename="contract.jpg"', Content_ID="<other@x>"),
        file(JPEG, "image/jpeg", 'inline; filename="plan.jpg"'),
        file(JPEG, "image/jpeg", "attachment", Content_ID="<lamp@x>"),
        subtype="related",
    )
    read = opened(raw)
    assert [(one.name, one.is_inline) for one in read.attachments] == [
        ("lamp.jpg", True),
        ("contract.jpg", False),
        ("plan.jpg", False),
        ("", True),
    ]
    assert read.html_clean.count("data-part") == 1
    assert "src=" not in read.html_clean


@pytest.mark.abuse("A10")
@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("../../etc/passwd", "passwd"),
        ("/etc/passwd", "passwd"),
        (r"C:\new\table.txt", "table.txt"),
        ("a\u202efdp.exe", "afdp.exe"),
        ("a\u200b.p\u200bdf", "a.pdf"),
        ("evil.exe. . .", "evil.exe"),
        (" .htaccess", "htaccess"),
        ("a\x00b\r\nc.txt", "a b c.txt"),
        ("..", ""),
        ("", ""),
        ("é".encode().decode() + ".pdf", "é.pdf"),
        ("e\u0301.pdf", "é.pdf"),
        ("x" * 5_000 + ".jpg", "x" * 195 + "….jpg"),
        ("y" * 5_000, "y" * 199 + "…"),
        ("z." + "y" * 5_000, "z." + "y" * 197 + "…"),
    ],
)
def test_a_file_name_is_only_a_name(given: str, name: str) -> None:
    assert file_name(given) == name


@pytest.mark.parametrize(
    "disposition",
    [
        'attachment; filename="a;b.txt"',
        "attachment; filename=a;b.txt",
        r'attachment; filename="a\"b.txt"',
        "attachment; filename*=utf-8'he'a%3Bb.txt",
        "attachment; FileName = a b.txt",
        'attachment; filename="=?utf-8?Q?a_b=2Etxt?="',
        'attachment; filename="a b.txt',
        "attachment; filename*0=a; filename*1=\" b.txt\"",
    ],
)  # fmt: skip
def test_names_are_read_however_they_are_written(disposition: str) -> None:
    names = {"a;b.txt", "a", 'a"b.txt', "a b.txt"}
    found = {
        one.name
        for one in opened(parts(part("x", "text/plain", Content_Disposition=disposition))).attachments
    }
    assert len(found) == 1
    assert found <= names


def test_a_mail_within_the_mail_stays_whole(tmp_path: Path) -> None:
    inner = parts(part("deep"), subtype="mixed").replace(b"=_edge", b"=_inner")
    outer = parts(part("see"), part(inner, "message/rfc822"), subtype="mixed")
    found = read(outer, OURS, tmp_path)
    assert found.text == "see"
    assert [one.declared_type for one in found.attachments] == ["message/rfc822"]
    assert (tmp_path / "1").read_bytes() == inner


def test_signed_and_encrypted_mails_keep_their_pieces() -> None:
    signed = parts(
        part("words"), file(b"sig", 'application/pkcs7-signature; name="smime.p7s"'), subtype="signed"
    )
    pgp = parts(
        part("Version: 1", "application/pgp-encrypted"),
        part("-----BEGIN PGP MESSAGE-----", "application/octet-stream"),
        subtype="encrypted",
    )
    smime = mail(b"x", Content_Type="application/pkcs7-mime; name=smime.p7m")
    assert (opened(signed).text, [one.name for one in opened(signed).attachments]) == ("words", ["smime.p7s"])
    for raw, count in ((pgp, 2), (smime, 1)):
        assert (opened(raw).text, len(opened(raw).attachments)) == ("", count)
        assert "ENCRYPTED" in opened(raw).defects


def test_an_invitation_is_kept() -> None:
    calendar = part("BEGIN:VCALENDAR\r\nEND:VCALENDAR", "text/calendar; method=REQUEST; charset=utf-8")
    read = opened(parts(part("Come"), calendar, subtype="alternative"))
    assert (read.text, [one.type for one in read.attachments]) == ("Come", ["text/calendar"])


def tnef(*files: tuple[str, bytes], body: bytes = b"") -> bytes:
    """Return a winmail.dat."""

    def attribute(level: int, name: int, kind: int, data: bytes) -> bytes:
        return (
            struct.pack("<BHHI", level, name, kind, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)
        )

    out = struct.pack("<IH", 0x223E9F78, 1)
    out += attribute(1, 0x9006, 8, struct.pack("<I", 0x10000)) + attribute(
        1, 0x9007, 6, struct.pack("<II", 1252, 0)
    )
    if body:
        out += attribute(1, 0x800C, 2, body)
    for name, data in files:
        out += attribute(2, 0x9002, 6, bytes(14)) + attribute(2, 0x8010, 1, name.encode() + b"\0")
        out += attribute(2, 0x800F, 6, data)
    return out + b"\0"


def test_a_winmail_dat_is_unpacked() -> None:
    packed = tnef(("lamp.jpg", JPEG), ("../plan.pdf", b"%PDF-1.4"), body=b"Words of Outlook")
    inside = file(packed, 'application/ms-tnef; name="winmail.dat"')
    read = opened(parts(part("hello"), inside))
    assert [(one.name, one.type) for one in read.attachments] == [
        ("lamp.jpg", "image/jpeg"),
        ("plan.pdf", "application/pdf"),
    ]
    assert read.text == "hello"
    assert opened(parts(part(" "), inside)).text == "Words of Outlook"


def test_a_broken_winmail_dat_is_kept() -> None:
    for broken in (b"", b"nonsense", tnef(("a", b"b"))[:40], struct.pack("<I", 0x223E9F78) + b"\xff" * 99):
        read = opened(parts(part("hello"), file(broken, 'application/octet-stream; name="WINMAIL.DAT"')))
        assert read.text == "hello"
        assert [(one.name, one.size) for one in read.attachments] in ([("WINMAIL.DAT", len(broken))], [])


def zipped(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "application/vnd.oasis.opendocument.text" if name == "mimetype" else "x")
    return out.getvalue()


@pytest.mark.abuse("A10")
@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (JPEG, "image/jpeg"),
        (b"%PDF-1.7", "application/pdf"),
        (b"<html><script>", "text/html"),
        (b"\xef\xbb\xbf \n<!-- x --><!DOCTYPE HTML>", "text/html"),
        (b"<?xml version='1.0'?><svg xmlns='x'>", "image/svg+xml"),
        (b"<?xml version='1.0'?><a/>", "application/xml"),
        (b"MZ\x90\x00", "application/vnd.microsoft.portable-executable"),
        (zipped("a.txt"), "application/zip"),
        (zipped("[Content_Types].xml", "word/document.xml"), f"{types.OFFICE}wordprocessingml.document"),
        (
            zipped("[Content_Types].xml", "word/vbaProject.bin"),
            f"{types.OFFICE}wordprocessingml.document.macroEnabled",
        ),
        (zipped("mimetype", "content.xml"), "application/vnd.oasis.opendocument.text"),
        (b"PK\x03\x04 not a zip", "application/zip"),
        (b"hello", "text/plain"),
        ("שלום".encode(), "text/plain"),
        (b"\x00\x01\x02", "application/octet-stream"),
        (b"", "text/plain"),
    ],
)
def test_a_file_is_what_it_holds(data: bytes, media_type: str) -> None:
    assert types.of(data) == media_type


def test_a_bad_transfer_encoding_loses_nothing() -> None:
    raw = parts(
        part("hello"), part("not base64 at all!", "image/png; name=a.png", Content_Transfer_Encoding="base64")
    )
    read = opened(raw)
    assert read.attachments[0].size > 0
    assert {one for one in read.defects if one.startswith("INVALID_BASE64")}


@pytest.mark.parametrize("boundary", ["", "; boundary=", '; boundary="never"'])
def test_parts_without_an_edge_are_text(boundary: str) -> None:
    read = opened(mail("words\r\n--x\r\nmore", Content_Type=f"multipart/mixed{boundary}"))
    assert "more" in read.text
    assert read.defects


@pytest.mark.abuse("A14")
def test_no_more_parts_than_there_may_be() -> None:
    assert len(opened(parts(*[file(b"x", "image/png")] * (MOST_PARTS - 1))).attachments) == MOST_PARTS - 1
    assert refused(parts(*[file(b"x", "image/png")] * MOST_PARTS)) is Trouble.TOO_MANY_PARTS
    assert refused(parts(*[part("x")] * 10_000)) is Trouble.TOO_MANY_PARTS
    assert (
        refused(parts(file(tnef(*[("a", b"b")] * (MOST_PARTS + 1)), "application/ms-tnef")))
        is Trouble.TOO_MANY_PARTS
    )


def wrapped(times: int) -> bytes:
    """Return a mail whose words lie in so many multiparts."""
    inside = part("words")
    for number in range(times - 1):
        inside = nested(inside, subtype="mixed", edge=f"edge{number}")
    return parts(inside)


@pytest.mark.abuse("A14")
def test_no_deeper_than_it_may_be() -> None:
    assert opened(wrapped(DEEPEST)).text == "words"
    assert refused(wrapped(DEEPEST + 1)) is Trouble.TOO_DEEP
    assert refused(wrapped(1_500)) is Trouble.TOO_DEEP


@pytest.mark.abuse("A14")
def test_mails_within_mails_are_not_followed() -> None:
    raw = b"Content-Type: message/rfc822\r\n\r\n" * 5_000
    assert len(opened(raw).attachments) == 1


@pytest.mark.abuse("A14")
def test_headers_have_an_end() -> None:
    assert opened(mail(X_Long="x" * (MOST_HEADER_BYTES - 1_000))).text
    assert refused(mail(X_Long="x" * MOST_HEADER_BYTES)) is Trouble.TOO_LONG_HEADERS
    assert refused(b"a: b\r\n" * 100_000) is Trouble.TOO_LONG_HEADERS
    assert refused(parts(part("x", X_Long="x" * (MOST_HEADER_BYTES + 1)))) is Trouble.TOO_LONG_HEADERS


@pytest.mark.abuse("A14")
def test_links_have_an_end() -> None:
    link = '<a href="https://x.example">x.example</a> '
    assert opened(mail(link * MOST_LINKS, html=True)).html_clean
    assert refused(mail(link * (MOST_LINKS + 1), html=True)) is Trouble.TOO_MANY_LINKS
    assert refused(mail("https://x.example\r\n" * (MOST_LINKS + 1))) is Trouble.TOO_MANY_LINKS


@pytest.mark.abuse("A14")
def test_a_mail_has_a_size() -> None:
    assert refused(mail("x" * MOST_BYTES)) is Trouble.TOO_LARGE


def test_a_long_text_goes_on_in_a_file(tmp_path: Path) -> None:
    words = "שלום " * MOST_TEXT
    found = read(mail(words), OURS, tmp_path)
    assert len(found.text) <= MOST_TEXT
    assert found.defects == ("TEXT_CONTINUES_IN_FILE",)
    assert [(one.name, one.declared_type) for one in found.attachments] == [("text.txt", "text/plain")]
    assert (tmp_path / "1").read_text(encoding="utf-8") == words


def test_long_html_is_a_file(tmp_path: Path) -> None:
    html = "<p>Word</p>" + "<p></p>" * (MOST_HTML // 7)
    found = read(mail(html, html=True), OURS, tmp_path)
    assert (found.text, found.html_clean) == ("Word", "")
    assert found.defects == ("HTML_IS_FILE",)
    assert (tmp_path / "1").read_text(encoding="utf-8") == html
