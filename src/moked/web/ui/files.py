"""Files of strangers, handed on so that a browser only keeps them, or shows them locked in."""

import base64
from collections.abc import Mapping

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from moked.files.models import StoredFile
from moked.files.operations import read
from moked.files.rules import Size

MOST_PICTURES = 10 * 1024 * 1024

LOCKED_IN = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}


def download(content: bytes, name: str) -> HttpResponse:
    """Return a file that is saved, whatever it is: nothing of it runs on our pages."""
    return HttpResponse(
        content,
        content_type="application/octet-stream",
        headers={
            **LOCKED_IN,
            "Content-Disposition": content_disposition_header(True, name) or "attachment",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )


def with_pictures(html: str, pictures: Mapping[str, StoredFile]) -> str:
    """Return the cleaned HTML of a mail with its own pictures in it, by the numbers of their parts.

    They stand in the page itself: what is locked in has no session with which to ask for them.
    """
    room = MOST_PICTURES
    for part, stored in pictures.items():
        try:
            content = read(stored, Size.LARGE)
        except OSError:
            continue
        place = f'data-part="{part}"'
        room -= len(content) * html.count(place)
        if room < 0:
            break
        source = f"data:{stored.media_type};base64,{base64.b64encode(content).decode()}"
        html = html.replace(place, f'src="{source}"')
    return html


def sandboxed(html: str, *, language: str, with_remote_pictures: bool) -> HttpResponse:
    """Return cleaned HTML for a frame in which nothing runs; pictures of elsewhere only if asked for."""
    pictures = "https: data:" if with_remote_pictures else "data:"
    policy = f"default-src 'none'; style-src 'unsafe-inline'; img-src {pictures}; sandbox allow-popups"
    if with_remote_pictures:
        html = html.replace("data-remote=", "src=")
    page = (
        f'<!doctype html><html lang="{language}" dir="auto"><meta charset="utf-8">'
        f'<title>—</title><base target="_blank"><style>img {{ max-width: 100%; height: auto }}</style>{html}'
    )
    return HttpResponse(
        page,
        content_type="text/html; charset=utf-8",
        headers={**LOCKED_IN, "Content-Security-Policy": policy, "X-Frame-Options": "SAMEORIGIN"},
    )
