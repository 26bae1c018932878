"""The rail leads each person only where they may go."""

import pytest

from moked.accounts.rules import Role
from tests.factories import make_staff, make_town

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("role", "places"),
    [
        (Role.AGENT, {"/desk/", "/desk/new/"}),
        (Role.DEPARTMENT_WORKER, {"/desk/", "/desk/new/"}),
        (Role.AUDITOR, {"/desk/"}),
        (Role.SERVICE_MANAGER, {"/desk/", "/desk/new/", "/desk/settings/"}),
        (Role.ADMINISTRATOR, {"/desk/settings/", "/ops/"}),
    ],
)
def test_rail_shows_the_places_of_a_role(sign_in, role: Role, places: set[str]) -> None:
    client = sign_in(make_staff(make_town(), role))
    page = client.get("/desk/", follow=True).content.decode()
    rail = page[page.index("<nav") : page.index("</nav>")]

    assert {
        path for path in ("/desk/", "/desk/new/", "/desk/settings/", "/ops/") if f'href="{path}"' in rail
    } == places
