"""Letter for letter: subjects, bodies, names and file names in every charset and encoding people send."""

import base64
import quopri
from urllib.parse import quote

import pytest

from moked.channels.email.reading.charsets import decode
from moked.channels.email.reading.mail import Found
from tests.channels.email.reading.letters import encoded, head, mail, opened, part, parts

TEXTS = {
    "he": (
        "תלונה על פנס רחוב שבור",
        'שלום רב,\nהפנס ברחוב הרצל 12 לא דולק כבר שבוע, וחשוך מאוד.\nתודה, ד"ר משה כהן-לוי',
        "תמונה של הפנס.jpg",
    ),
    "ar": (
        "شكوى بخصوص إنارة الشارع",
        "السلام عليكم،\nإنارة الشارع لا تعمل منذ أسبوع أمام المدرسة.\nشكرا جزيلا",
        "صورة الشارع.jpg",
    ),
    "cs": (
        "Stížnost na rozbitou lampu",
        "Dobrý den,\nlampa před naším domem v ulici Křížová už týden nesvítí, žádám o opravu.\n"
        "Děkuji, Šárka Čížková",
        "Fotografie lampy č. 7 – příloha.jpg",
    ),
    "hu": (
        "Panasz a közvilágításról",
        "Tisztelt Ügyfélszolgálat!\nA Petőfi utcában egy hete nem működik a közvilágítás, kérem, "
        "hűvös időben is "
        "ellenőrizzék.\nKöszönettel: Győző",
        "Fénykép az őszi utcáról.jpg",
    ),
}
CHARSETS = [
    ("he", "utf-8", "utf-8"),
    ("he", "windows-1255", "cp1255"),
    ("he", "iso-8859-8", "iso8859_8"),
    ("he", "iso-8859-8-i", "iso8859_8"),
    ("he", "ISO-8859-8-E", "iso8859_8"),
    ("he", "dos-862", "cp862"),
    ("he", "x-mac-hebrew", "cp1255"),
    ("ar", "utf-8", "utf-8"),
    ("ar", "windows-1256", "cp1256"),
    ("ar", "iso-8859-6", "iso8859_6"),
    ("ar", "iso-8859-6-i", "iso8859_6"),
    ("cs", "utf-8", "utf-8"),
    ("cs", "windows-1250", "cp1250"),
    ("cs", "iso-8859-2", "iso8859_2"),
    ("hu", "utf-8", "utf-8"),
    ("hu", "windows-1250", "cp1250"),
    ("hu", "iso-8859-2", "iso8859_2"),
]
TRANSFERS = ("8bit", "quoted-printable", "base64")


def in_charset(text: str, codec: str) -> str:
    """Leave out what a charset has no sign for; both sides of a comparison do."""
    return text.encode(codec, "ignore").decode(codec).replace("  ", " ")


def word(text: str, charset: str, codec: str, kind: str) -> str:
    """Return a word of RFC 2047."""
    data = text.encode(codec)
    content = (
        base64.b64encode(data).decode() if kind == "B" else quopri.encodestring(data, header=True).decode()
    )
    content = content.replace("=\n", "").replace("\n", "")
    return f"=?{charset}?{kind}?{content}?="


@pytest.mark.parametrize("transfer", TRANSFERS)
@pytest.mark.parametrize(("language", "charset", "codec"), CHARSETS)
def test_letters_survive(language: str, charset: str, codec: str, transfer: str) -> None:
    subject, body, name = (in_charset(text, codec) for text in TEXTS[language])
    name_2231 = f"filename*={charset}''{quote(name.encode(codec))}"
    raw = parts(
        part(
            encoded(body.encode(codec), transfer),
            f"text/plain; charset={charset}",
            Content_Transfer_Encoding=transfer,
        ),
        part("x", "image/jpeg", Content_Disposition=f"attachment; {name_2231}"),
        part("x", f'image/jpeg; name="{word(name, charset, codec, "B")}"', Content_Disposition="attachment"),
        headers={
            "Subject": word(subject, charset, codec, "B" if transfer == "base64" else "Q"),
            "From": f"{word(name, charset, codec, 'B')} <dana@example.net>",
        },
    )
    read = opened(raw)
    assert (read.subject, read.title, read.text, read.visible) == (subject, subject, body, body)
    assert [one.name for one in read.attachments] == [name, name]
    assert (read.authors[0].name, read.authors[0].address) == (name, "dana@example.net")
    assert {one.found for one in read.charsets} == {Found.DECLARED}


@pytest.mark.parametrize(("language", "charset", "codec"), [one for one in CHARSETS if "mac" not in one[1]])
def test_letters_survive_where_no_charset_is_declared(language: str, charset: str, codec: str) -> None:
    subject, body, name = (in_charset(text, codec) for text in TEXTS[language])
    raw = parts(
        part(body.encode(codec), "text/plain"),
        part("x", "image/jpeg", Content_Disposition=b'attachment; filename="%s"' % name.encode(codec)),
        headers={"Subject": subject.encode(codec)},
    )
    read = opened(raw)
    assert (read.subject, read.text) == (subject, body)
    assert [one.name for one in read.attachments] == [name]


@pytest.mark.parametrize(
    "declared", ["utf-8", "us-ascii", "x-unknown", "no-such-charset", "rot13", "undefined"]
)
def test_a_charset_that_is_declared_wrongly_is_found_out(declared: str) -> None:
    body = TEXTS["he"][1]
    read = opened(mail(body.encode("cp1255"), Content_Type=f"text/plain; charset={declared}"))
    assert read.text == body
    assert [(one.charset, one.found) for one in read.charsets if one.part == "1"] == [
        ("cp1255", Found.DETECTED)
    ]


def test_a_folder_of_windows_stays_what_it_is() -> None:
    path = r"The file is in C:\new\table and \u05d0 \x41."
    assert opened(mail(path, Content_Type="text/plain; charset=unicode_escape")).text == path
    assert opened(mail(path)).text == path


def test_windows_letters_in_a_mail_that_says_iso() -> None:
    read = opened(mail("“L’été” – €5".encode("cp1252"), Content_Type="text/plain; charset=iso-8859-1"))
    assert read.text == "“L’été” – €5"


def test_hebrew_html_that_declares_itself_within() -> None:
    meta = '<meta http-equiv="Content-Type" content="text/html; charset=windows-1255">'
    html = f"<html><head>{meta}</head>שלום לכם"
    read = opened(mail(html.encode("cp1255"), Content_Type="text/html"))
    assert read.text == "שלום לכם"
    assert "שלום לכם" in read.html_clean


def test_a_letter_cut_in_two_by_encoded_words_is_whole() -> None:
    first, second = "שלום".encode()[:3], "שלום".encode()[3:]
    words = " ".join(f"=?utf-8?B?{base64.b64encode(half).decode()}?=" for half in (first, second))
    assert opened(mail(Subject=words)).subject == "שלום"


def test_blanks_between_encoded_words_vanish_and_others_stay() -> None:
    assert (
        opened(mail(Subject="a =?utf-8?Q?b_c?=\r\n =?utf-8?Q?d?= e =?x?Q?no")).subject == "a b cd e =?x?Q?no"
    )


def test_a_long_file_name_in_pieces() -> None:
    whole = quote("תמונה ארוכה מאוד.jpg")
    cut = whole.index("%", 20)
    pieces = f"filename*0*=utf-8''{whole[:cut]}; filename*1*={whole[cut:]}"
    read = opened(parts(part("x", "image/jpeg", Content_Disposition=f"attachment; {pieces}")))
    assert [one.name for one in read.attachments] == ["תמונה ארוכה מאוד.jpg"]


def test_cut_off_utf8_shows_what_is_left() -> None:
    cut = "Картинка с очень длинным именем".encode()[:-1]
    assert decode(cut).text == "Картинка с очень длинным имене\ufffd"


@pytest.mark.parametrize("data", [bytes(range(256)), b"\xff\xfe\x00\xd8", b"+2AA-", b"\x81\x8d\x8f"])
@pytest.mark.parametrize(
    "declared", ["", "utf-7", "utf-16", "unicode_escape", "\x00", "a" * 500, "é", "punycode"]
)
def test_any_bytes_become_text_that_a_database_keeps(data: bytes, declared: str) -> None:
    text = decode(data, declared).text
    assert "\x00" not in text
    text.encode("utf-8")


def test_a_mail_without_a_header_but_text() -> None:
    read = opened(b"just words")
    assert (read.text, read.authors, read.has_own_id) == ("just words", (), False)


def test_flowed_lines_flow() -> None:
    body = "A long \r\nline.\r\n> quoted \r\n> more\r\n-- \r\nDana"
    read = opened(mail(body, Content_Type="text/plain; charset=utf-8; format=flowed"))
    assert read.text == "A long line.\n> quoted more\n-- \nDana"


def test_headers_have_no_body() -> None:
    assert opened(head({"From": "a@example.net", "Subject": "x"})).text == ""
