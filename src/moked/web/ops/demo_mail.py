"""The mails of a demo, which nobody receives: in demo mode only, and only as text."""

import dataclasses
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from moked.web.ui.access import PUBLIC, access

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\.eml")
MOST = 200
_LINK = re.compile(r"https?://[^\s<>\"]+")


@dataclasses.dataclass(frozen=True)
class Mail:
    """A kept mail as the pages show it."""

    name: str
    to: str
    sender: str
    subject: str
    at: datetime
    text: str


@access(PUBLIC, in_town=False)
def mails(request: HttpRequest) -> HttpResponse:
    """List the mails the towns have sent, the newest first."""
    names = sorted((path.name for path in _folder().glob("[!.]*.eml")), reverse=True)[:MOST]
    return render(request, "ops/demo_mails.html", {"mails": [_read(_folder() / name) for name in names]})


@access(PUBLIC, in_town=False)
def mail(request: HttpRequest, name: str) -> HttpResponse:
    """Show one mail as its recipient would read it as text, its links ready to follow."""
    path = _folder() / name
    if not NAME.fullmatch(name) or not path.is_file():
        raise Http404
    found = _read(path)
    return render(request, "ops/demo_mail.html", {"mail": found, "text": with_links(found.text)})


def with_links(text: str) -> SafeString:
    """Return a text as HTML in which addresses of pages can be followed."""
    return format_html_join("", "{}", ((part,) for part in _parts(text)))


def _parts(text: str) -> Iterator[str]:
    end = 0
    for found in _LINK.finditer(text):
        yield text[end : found.start()]
        yield format_html('<a href="{}" dir="ltr">{}</a>', found[0], found[0])
        end = found.end()
    yield text[end:]


def _folder() -> Path:
    if not settings.DEMO:
        raise Http404
    return Path(settings.DATA) / "mail"


def _read(path: Path) -> Mail:
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)  # noqa: S101 - the policy makes it one
    body = message.get_body(("plain",))
    return Mail(
        name=path.name,
        to=str(message["To"] or ""),
        sender=str(message["From"] or ""),
        subject=str(message["Subject"] or ""),
        at=datetime.fromtimestamp(path.stat().st_mtime, UTC),
        text=str(body.get_content()) if body else "",
    )
