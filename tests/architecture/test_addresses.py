"""Every address declares who may open it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver, path

from moked.accounts.rules import Role
from moked.web.ui.access import LINK, PUBLIC, STAFF, TOKEN, access
from tests.architecture import source


def patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from patterns(entry)
        else:
            yield entry


def undeclared(resolver: URLResolver) -> list[str]:
    """Return the addresses whose view does not say who may open it, and with which methods."""
    words = {PUBLIC, LINK, TOKEN, STAFF, *Role}
    return [
        str(entry.pattern)
        for entry in patterns(resolver)
        if not (said := getattr(entry.callback, "access", None))
        or not said["who"]
        or not set(said["who"]) <= words
        or not said["methods"]
    ]


def resolver_of(*entries: URLPattern) -> URLResolver:
    resolver = get_resolver("moked.config.urls")
    return URLResolver(resolver.pattern, list(entries))


def forgotten(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def test_every_address_says_who_may_open_it() -> None:
    assert undeclared(get_resolver()) == []
    assert len(list(patterns(get_resolver()))) > 10


def test_an_address_that_says_nothing_is_found() -> None:
    assert undeclared(resolver_of(path("forgotten/", forgotten))) == ["forgotten/"]


@pytest.mark.parametrize("who", [(), ("everybody",)])
def test_an_address_that_says_something_unknown_is_found(who: tuple[str, ...]) -> None:
    assert undeclared(resolver_of(path("odd/", access(*who)(forgotten)))) == ["odd/"]


def test_an_address_that_says_who_is_not_found() -> None:
    assert undeclared(resolver_of(path("fine/", access(PUBLIC)(forgotten)))) == []


def test_every_address_of_the_demo_says_who_may_open_it() -> None:
    asked = (
        "import json, django; django.setup()\n"
        "from django.urls import get_resolver\n"
        "from tests.architecture.test_addresses import patterns, undeclared\n"
        "print(json.dumps([[one.name for one in patterns(get_resolver())], undeclared(get_resolver())]))"
    )
    answer = subprocess.run(
        [sys.executable, "-W", "error", "-c", asked],
        check=True,
        capture_output=True,
        text=True,
        cwd=source.ROOT,
        env={
            **os.environ,
            "MOKED_PROFILE": "demo",
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "PYTHONPATH": f"{source.ROOT / 'src'}:{source.ROOT}",
        },
    )
    names, found = json.loads(answer.stdout.splitlines()[-1])
    assert found == []
    assert {"demo_mails", "demo_mail"} <= set(names)
