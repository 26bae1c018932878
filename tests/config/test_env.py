"""Settings read from the environment."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from moked.config import env


def test_origins_of_maps_are_scheme_and_host_only() -> None:
    found = env.origins(
        "",
        "/static/town.pmtiles",
        "https://tiles.example:8443/{z}/{x}.png?key=k",
        "https://tiles.example:8443/s",
    )

    assert found == ["https://tiles.example:8443"]


@pytest.mark.parametrize(
    "address",
    ["//evil.example", "ftp://tiles.example", "https://", "https://a.example;script-src *", "tiles"],
)
def test_odd_addresses_of_maps_are_refused(address: str) -> None:
    with pytest.raises(ImproperlyConfigured):
        env.origins(address)
