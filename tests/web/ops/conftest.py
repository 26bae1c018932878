"""Each test begins without a town's prefix."""

from collections.abc import Iterator

import pytest
from django.test.utils import override_script_prefix


@pytest.fixture(autouse=True)
def without_prefix() -> Iterator[None]:
    """Forget the town's prefix afterwards: the server does so between requests, the test client does not."""
    with override_script_prefix("/"):
        yield
