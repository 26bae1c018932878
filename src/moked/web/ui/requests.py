"""The request as our middleware leaves it."""

from django.http import HttpRequest

from moked.accounts.rules import Actor
from moked.municipalities.models import Municipality


class TownRequest(HttpRequest):
    """A request within a municipality.

    `municipality` is None on pages outside any town, which alone have to ask. `actor` is who is signed in
    here, looked up when used; it is false when that is nobody, which `access` has ruled out for staff pages.
    A view that a page asks by itself sets `asks_by_itself`: nobody was seen by that.
    """

    municipality: Municipality
    actor: Actor
    asks_by_itself: bool
