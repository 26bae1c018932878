"""The demo's mails: shown in the demo, nowhere else, and harmless."""

from email.message import EmailMessage
from pathlib import Path

import pytest
from django.test import Client

from moked.web.ops.demo_mail import with_links
from tests.factories import make_town
from tests.web.desk.pages import count, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path, settings) -> Path:
    make_town()
    settings.DEMO, settings.DATA = True, tmp_path
    (tmp_path / "mail").mkdir()
    return tmp_path / "mail"


def keep(folder: Path, name: str, subject: str, body: str) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "helpdesk@town.example", "ann@example.org", subject
    mail.set_content(body)
    mail.add_alternative("<p onclick=alert(1)>As HTML</p>", subtype="html")
    (folder / name).write_bytes(mail.as_bytes())


def test_mails_are_listed_the_newest_first(client: Client, folder: Path) -> None:
    keep(folder, "100-0001.eml", "Older", "a")
    keep(folder, "200-0001.eml", "שלום", "b")
    (folder / ".300-0001.eml").write_bytes(b"unfinished")
    response = client.get("/demo/mail")
    words = text(response)
    assert count(response, "demo-mail") == 2
    assert words.index("שלום") < words.index("Older")


def test_a_mail_is_shown_as_text_with_links_to_follow(client: Client, folder: Path) -> None:
    keep(folder, "100-0001.eml", "Number", "Hello <b>,\nhttp://localhost:8000/track/abc.def/\nBye")
    html = client.get("/demo/mail/100-0001.eml").content.decode()
    assert 'href="http://localhost:8000/track/abc.def/"' in html
    assert "Hello &lt;b&gt;," in html and "onclick" not in html


@pytest.mark.parametrize(
    "name", ["none.eml", "../secret.eml", "..%2fsecret.eml", ".hidden.eml", "secret", "%00.eml", "a" * 300]
)
def test_only_kept_mails_are_shown(name: str, client: Client, folder: Path) -> None:
    (folder.parent / "secret.eml").write_bytes(b"Subject: Leaking\r\n\r\nLeaking words")
    (folder / ".hidden.eml").write_bytes(b"Subject: Leaking\r\n\r\nLeaking words")
    response = client.get(f"/demo/mail/{name}")
    assert response.status_code == 404 and b"Leaking" not in response.content


def test_outside_the_demo_there_are_no_mails(client: Client, folder: Path, settings) -> None:
    keep(folder, "100-0001.eml", "Leaking", "Leaking words")
    settings.DEMO = False
    for address in ("/demo/mail", "/demo/mail/100-0001.eml"):
        response = client.get(address)
        assert response.status_code == 404 and b"Leaking" not in response.content


def test_an_empty_demo_says_how_to_get_a_mail(client: Client, folder: Path) -> None:
    folder.rmdir()
    assert "No mail yet" in text(client.get("/demo/mail"))


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", 'http://x.example/"onclick="alert(1)', "data:text/html,x"]
)
def test_only_addresses_of_pages_become_links(link: str) -> None:
    html = with_links(f"see {link} now")
    assert "javascript:" not in html.partition("href=")[2] and "onclick" not in html.partition(">")[0]
