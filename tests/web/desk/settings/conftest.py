"""The browsers of those who set things up."""

from collections.abc import Callable

import pytest
from django.test import Client

from moked.accounts.models import User
from moked.accounts.rules import Role
from moked.municipalities.models import Municipality
from tests.factories import make_staff


@pytest.fixture
def administrator(town: Municipality) -> User:
    return make_staff(town, Role.ADMINISTRATOR)


@pytest.fixture
def admin(administrator: User, sign_in: Callable[[User], Client]) -> Client:
    """The administrator's browser."""
    return sign_in(administrator)


@pytest.fixture
def manager(town: Municipality, sign_in: Callable[[User], Client]) -> Client:
    """The service manager's browser."""
    return sign_in(make_staff(town, Role.SERVICE_MANAGER))
