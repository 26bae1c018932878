"""Here photos themselves are looked at."""

import pytest


@pytest.fixture
def usual_photo() -> None:
    """Decode each picture."""
