"""A10: a file that came by mail is named only in words, is what its bytes say, and is only ever saved."""

import io
import re
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.core.cache import cache
from django.test import Client
from PIL import Image

from moked.accounts.rules import Role
from moked.cases.models import Case, Document
from moked.cases.queries import photos_of
from moked.files.models import StoredFile
from moked.municipalities.models import Municipality
from tests.abuse.world import address, signed_in
from tests.factories import make_staff, make_town
from tests.files.pictures import photo
from tests.intake.letters import came, letter, make_mailbox

pytestmark = [pytest.mark.abuse("A10"), pytest.mark.django_db]

SCRIPT = b"<script>alert(1)</script>"
# What is sent: its name, the type it claims, and its bytes.
FILES = [
    ("page.html", "text/html", b"<!doctype html>" + SCRIPT),
    ("drawing.svg", "image/svg+xml", b'<svg xmlns="http://www.w3.org/2000/svg">' + SCRIPT + b"</svg>"),
    ("data.xml", "application/xml", b"<?xml version='1.0'?><x>" + SCRIPT + b"</x>"),
    ("code.js", "text/javascript", b"alert(1)"),
    ("run.exe", "application/x-msdownload", b"MZ\x90\x00" + b"\x00" * 60),
    ("macro.docm", "application/vnd.ms-word.document.macroEnabled.12", b"PK\x03\x04" + b"x" * 60),
    ("photo.jpg.exe", "image/jpeg", b"MZ\x90\x00" + b"\x00" * 60),
    ("photo.jpg", "image/jpeg", b"<!doctype html>" + SCRIPT),
    (".htaccess", "text/plain", b"AddType text/html .jpg"),
    ("web.config", "text/xml", b"<configuration/>"),
]
NAMES = [
    "invoice\u202efdp.exe",
    "in\u200bvoice\ufeff.pdf",
    "x" * 5_000 + ".pdf",
    "../../../etc/passwd",
    "/etc/passwd",
    "..\\..\\windows\\system32\\x.dll",
    "CON",
    "NUL.txt",
    "evil.exe. . .",
    'a"; filename="b.html',
    "a\r\nSet-Cookie: x=1",
    "a\x00b.pdf",
    "..",
    "-rf",
    "<img src=x onerror=alert(1)>.pdf",
    "דוח\u202eחתום.pdf",
]
HEADER = re.compile(r"attachment(; filename(=\"([^\"\\]|\\.)*\"|\*=utf-8''[\w.~%!#$&+^`|-]*))?")
UNSEEN = re.compile("[\u0000-\u001f\u007f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


@pytest.fixture
def town(settings, tmp_path: Path) -> Municipality:
    settings.DATA = tmp_path
    cache.clear()
    return make_town()


def opened_by(town: Municipality, *files: tuple[str, str, bytes]) -> Case:
    message = came(make_mailbox(town), letter(files=files))
    assert message.outcome == "CONTACT"
    case: Case = message.contact.case
    return case


def named(town: Municipality, raw_name: str) -> Case:
    """Have a file come whose name stands in the mail as it is, however odd."""
    name = raw_name.replace("\\", "\\\\").replace('"', '\\"').encode()
    raw = letter(files=(("NAME", "application/octet-stream", b"content"),)).replace(b"NAME", name)
    message = came(make_mailbox(town), raw)
    case: Case = message.contact.case
    return case


def saved(town: Municipality, client: Client, case: Case, document: Document):
    return client.get(address(town, "desk:document", number=case.number, document_id=document.pk))


@pytest.mark.parametrize("file", FILES, ids=[name for name, _, _ in FILES])
def test_a_file_is_only_ever_saved(town, file: tuple[str, str, bytes]) -> None:
    case = opened_by(town, file)
    document = Document.objects.get(case=case)
    assert photos_of(case) == []
    answer = saved(town, signed_in(make_staff(town, Role.AGENT)), case, document)
    assert answer.content == file[2]
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_a_file_lies_under_a_name_of_ours_and_without_an_ending(town, tmp_path: Path) -> None:
    opened_by(town, *FILES)
    names = [path.name for path in tmp_path.rglob("*") if path.is_file()]
    assert len(names) == StoredFile.objects.count() >= len(FILES)
    assert [one for one in names if not re.fullmatch(r"[\w-]{16,}", one)] == []


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_name_is_only_a_name(town, name: str) -> None:
    case = named(town, name)
    document = Document.objects.get(case=case)
    assert not UNSEEN.search(document.name) and len(document.name) <= 200
    assert not any(one in document.name for one in ("/", "\\", "..", "\u202e"))
    assert document.name == document.name.strip(". ")
    client = signed_in(make_staff(town, Role.AGENT))
    answer = saved(town, client, case, document)
    said = answer["Content-Disposition"]
    assert "\r" not in said and "\n" not in said and "Set-Cookie" not in answer.headers
    # One name, as RFC 6266 writes it: none of its letters ends it early.
    assert HEADER.fullmatch(said), said
    assert unquote(said.partition("''")[2]) in {"", document.name}
    page = client.get(address(town, "desk:case", number=case.number)).content.decode()
    assert "<img src=x onerror" not in page


def test_a_picture_that_is_also_a_page_is_shown_without_the_page(town) -> None:
    case = opened_by(town, ("photo.jpg", "image/jpeg", photo() + b"<!doctype html>" + SCRIPT))
    (shown,) = photos_of(case)
    assert not Document.objects.exists()
    client = signed_in(make_staff(town, Role.AGENT))
    answer = client.get(address(town, "desk:photo", number=case.number, photo_id=shown.pk, size="large"))
    assert answer["Content-Type"] in {"image/jpeg", "image/webp"} and SCRIPT not in answer.content
    assert Image.open(io.BytesIO(answer.content)).size[0] > 0


def test_a_file_inline_is_no_less_a_file(town) -> None:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Message-ID"] = "d@example.org", "x@town.example", "<1@x.example>"
    message.set_content("See below.")
    message.add_attachment(b"<svg>" + SCRIPT, maintype="image", subtype="svg+xml", disposition="inline")
    came(make_mailbox(town), message.as_bytes())
    assert Document.objects.count() == 1 and photos_of(Case.objects.get()) == []


def test_who_may_not_see_the_case_may_not_have_its_files(town) -> None:
    case = opened_by(town, FILES[0])
    document = Document.objects.get(case=case)
    other = make_town()
    stranger = signed_in(make_staff(other, Role.AGENT))
    path = address(other, "desk:document", number=case.number, document_id=document.pk)
    assert stranger.get(path).status_code == 404
    assert saved(town, Client(), case, document).status_code in {302, 303, 404}
    Case.objects.filter(pk=case.pk).update(is_spam=True)
    assert saved(town, Client(), case, document).status_code in {302, 303, 404}
