"""What tests of the portal share."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.urls import clear_script_prefix

from moked.cases.models import Case
from moked.links import operations as links
from moked.links.models import Link


@pytest.fixture(autouse=True)
def as_if_nobody_had_asked_before() -> Iterator[None]:
    """Forget counted failures and the prefix of the last town."""
    cache.clear()
    clear_script_prefix()
    yield
    clear_script_prefix()


def secret_of(case: Case, purpose: str = Link.Purpose.TRACKING) -> str:
    link = links.find(purpose=purpose, object_id=case.pk)
    assert link is not None
    return links.render(link)
