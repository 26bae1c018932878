"""Read pages as a person does: by what is marked for tests."""

import re
from html import unescape

from django.http import HttpResponse

_TAG = re.compile(r"<[^>]+>")


def text(response: HttpResponse) -> str:
    """Return the words of a page, with single spaces."""
    return " ".join(unescape(_TAG.sub(" ", response.content.decode())).split())


def count(response: HttpResponse, test: str) -> int:
    """Return how many elements carry this data-test."""
    return response.content.decode().count(f'data-test="{test}"')


def submission(response: HttpResponse, nth: int = 0) -> str:
    """Return the hidden value that recognises one form of the page."""
    return re.findall(r'name="submission"\s+value="([^"]+)"', response.content.decode())[nth]
