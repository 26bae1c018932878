"""What tests of cases need beside factories."""

from collections.abc import Callable

import pytest

from moked.files.operations import keep_photo
from moked.municipalities.models import Municipality
from moked.places.models import Area
from tests.factories import NOW
from tests.files import pictures


@pytest.fixture
def uploaded() -> Callable[[Municipality], str]:
    """Upload a photo and return its token."""

    return lambda town: keep_photo(town.pk, pictures.photo(), NOW).token


@pytest.fixture
def area(town: Municipality) -> Area:
    """A district of the town."""
    corners = [[34.7, 32.0], [34.9, 32.0], [34.9, 32.2], [34.7, 32.2], [34.7, 32.0]]
    return Area.objects.create(
        municipality=town,
        kind="DISTRICT",
        code="north",
        name={"en": "North"},
        geometry={"type": "Polygon", "coordinates": [corners]},
        south=32.0,
        west=34.7,
        north=32.2,
        east=34.9,
    )
