"""What tests of cases need beside factories."""

import io
from collections.abc import Callable

import pytest
from PIL import Image

from moked.files.operations import keep_photo
from moked.municipalities.models import Municipality
from moked.places.models import Area
from tests.factories import NOW


@pytest.fixture
def uploaded() -> Callable[[Municipality], str]:
    """Upload a photo and return its token."""

    def upload(town: Municipality) -> str:
        picture = io.BytesIO()
        Image.new("RGB", (64, 48), "green").save(picture, "JPEG")
        return keep_photo(town.pk, picture.getvalue(), NOW).token

    return upload


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
