"""A town whose agent is signed in."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from django.test.utils import override_script_prefix

from moked.accounts.models import User
from moked.accounts.rules import Role
from moked.municipalities.models import Municipality
from tests.factories import make_staff, make_town


@pytest.fixture(autouse=True)
def without_prefix() -> Iterator[None]:
    """Forget the town's prefix afterwards: the server does so between requests, the test client does not."""
    with override_script_prefix("/"):
        yield


@pytest.fixture
def town(db) -> Municipality:
    return make_town()


@pytest.fixture
def agent(town: Municipality) -> User:
    return make_staff(town, Role.AGENT)


@pytest.fixture
def desk(agent: User, sign_in: Callable[[User], Client]) -> Client:
    """The agent's browser."""
    return sign_in(agent)
