"""Where a request comes from."""

import ipaddress

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import RequestFactory

from moked.config import env
from moked.web.ui.visitors import address_of

pytestmark = pytest.mark.abuse("A25")


@pytest.mark.parametrize(
    ("connection", "header", "address"),
    [
        ("198.51.100.7", "", "198.51.100.7"),
        ("198.51.100.7", "192.0.2.1", "198.51.100.7"),
        ("10.0.0.1", "192.0.2.1", "192.0.2.1"),
        ("10.0.0.1", "6.6.6.6, 192.0.2.1", "192.0.2.1"),
        ("10.0.0.1", "6.6.6.6, 192.0.2.1, 10.0.0.9", "192.0.2.1"),
        ("10.0.0.1", "", ""),
        ("10.0.0.1", "nonsense", "nonsense"),
        ("10.0.0.1", "2001:db8::1", "2001:db8::1"),
        ("", "192.0.2.1", ""),
    ],
)
def test_only_what_our_proxies_wrote_is_believed(settings, connection, header, address) -> None:
    settings.TRUSTED_PROXIES = [ipaddress.ip_network("10.0.0.0/24")]
    headers = {"x-forwarded-for": header} if header else {}
    request = RequestFactory(REMOTE_ADDR=connection).get("/", headers=headers)
    assert address_of(request) == (address or connection)


def test_without_configured_proxies_the_header_says_nothing(settings) -> None:
    assert settings.TRUSTED_PROXIES == []
    request = RequestFactory(REMOTE_ADDR="10.0.0.1").get("/", headers={"x-forwarded-for": "192.0.2.1"})
    assert address_of(request) == "10.0.0.1"


def test_proxies_are_read_from_the_environment(monkeypatch) -> None:
    monkeypatch.setenv("MOKED_TRUSTED_PROXIES", "10.0.0.1, 2001:db8::/32")
    assert env.networks("MOKED_TRUSTED_PROXIES") == [
        ipaddress.ip_network("10.0.0.1/32"),
        ipaddress.ip_network("2001:db8::/32"),
    ]
    monkeypatch.setenv("MOKED_TRUSTED_PROXIES", "proxy.example")
    with pytest.raises(ImproperlyConfigured, match="MOKED_TRUSTED_PROXIES"):
        env.networks("MOKED_TRUSTED_PROXIES")
