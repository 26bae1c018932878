"""Addresses of a town for its invented cases."""

import random

from moked.municipalities.models import Municipality
from moked.places import queries
from moked.places.addresses import with_house
from moked.places.models import HouseRange
from moked.places.rules import Parity, Place, PositionSource


class Addresses:
    """The houses of a town, read once."""

    def __init__(self, town: Municipality) -> None:
        self._town = town
        rows = HouseRange.objects.filter(municipality=town, street__is_retired=False)
        self._ranges = list(rows.select_related("street").order_by("id"))

    def any(self, chance: random.Random) -> Place:
        """Return a house of the town with its position and areas; no place in a town without houses."""
        if not self._ranges:
            return Place()
        chosen = chance.choice(self._ranges)
        number = chance.randrange(chosen.first, chosen.last + 1, 1 if chosen.parity == Parity.ALL else 2)
        return queries.locate(
            self._town.pk,
            point=chosen.run.position_of(number),
            address=self._written(chosen, number),
            source=PositionSource.ADDRESS,
        )

    def sample(self) -> str | None:
        """Return an address that the town knows, or None."""
        return self._written(self._ranges[0], self._ranges[0].first) if self._ranges else None

    def _written(self, chosen: HouseRange, number: int) -> str:
        language = self._town.language
        return with_house(chosen.street.name_in(language, language), str(number), language)


def random_address(town: Municipality, chance: random.Random) -> Place:
    """Return one house of the town; who wants many keeps an `Addresses`."""
    return Addresses(town).any(chance)
