"""Who lives in an invented town, and who works there."""

import dataclasses
import random
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from moked.accounts.models import Department, Membership, User
from moked.accounts.operations import add_member
from moked.accounts.rules import Role
from moked.cases.operations import Reporter
from moked.municipalities.models import Municipality
from moked.residents.bulk import identify_many
from moked.residents.operations import ContactDetails

CASES_A_RESIDENT = 5
MOST_RESIDENTS = 20_000
IN_A_DEPARTMENT = 2
NAMED = 0.87
OF_THE_TOWN = 0.6
"""How many residents beyond the listed ones speak the town's language, whatever the list says."""

SURNAMES_AGREE = {"cs"}
"""Languages in which a family name has a woman's and a man's form, so that names cannot be mixed."""


@dataclasses.dataclass(frozen=True)
class People:
    """Residents who report, and by department the ids of those who handle it."""

    reporters: Sequence[Reporter]
    staff: dict[int, list[int]]

    def who(self, chance: random.Random) -> Reporter | None:
        """Return who reports something: some do so often, and some do not say who they are."""
        if not self.reporters or chance.random() >= NAMED:
            return None
        return self.reporters[int(len(self.reporters) * chance.random() ** 1.6)]

    def handler(self, department_id: int | None, chance: random.Random) -> int | None:
        """Return who of a department handles something, if anybody works there."""
        staff = self.staff.get(department_id or 0)
        return chance.choice(staff) if staff else None


def settle(
    town: Municipality, pack: dict[str, Any], cases: int, now: datetime, chance: random.Random
) -> People:
    """Make the town's people: residents as that many cases need, two people in each department.

    Nobody can sign in as these colleagues: they have no password.
    """
    return People(_residents(town, pack, cases, now, chance), _staff(town, pack, now, chance))


def _residents(
    town: Municipality, pack: dict[str, Any], cases: int, now: datetime, chance: random.Random
) -> list[Reporter]:
    """Return the residents of the pack's list and others of similar names, each with their language.

    Those whom an interrupted run has made are known again.
    """
    named = [(language, name) for language, names in pack["residents"].items() for name in names]
    wanted = min(MOST_RESIDENTS, max(len(named), cases // CASES_A_RESIDENT))
    chosen = [*named]
    while len(chosen) < wanted:
        language = town.language if chance.random() < OF_THE_TOWN else chance.choice(named)[0]
        chosen.append((language, _similar(language, pack["residents"][language], chance)))
    people = [
        (ContactDetails(name=name, email=f"resident{number}@example.org"), language)
        for number, (language, name) in enumerate(chosen, 1)
    ]
    chance.shuffle(people)
    residents, _ = identify_many(town.pk, people, now)
    return [Reporter(one, details) for one, (details, _) in zip(residents, people, strict=True) if one]


def _staff(
    town: Municipality, pack: dict[str, Any], now: datetime, chance: random.Random
) -> dict[int, list[int]]:
    """Return the people of each department, made where there are too few."""
    names = pack["residents"][town.language]
    staff: dict[int, list[int]] = {}
    for department in Department.objects.filter(municipality=town).order_by("id"):
        members = Membership.objects.filter(municipality=town, department=department).order_by("id")
        staff[department.pk] = list(members.values_list("user_id", flat=True))
        while len(staff[department.pk]) < IN_A_DEPARTMENT:
            number = len(staff[department.pk]) + 1
            user = User.objects.create_user(
                f"{department.code}-{number}@{town.slug}.example",
                None,
                name=_similar(town.language, names, chance),
                language=town.language,
            )
            add_member(
                municipality=town,
                user=user,
                role=Role.DEPARTMENT_WORKER,
                department=department,
                by_user_id=None,
                now=now,
            )
            staff[department.pk].append(user.pk)
    return staff


def _similar(language: str, names: Sequence[str], chance: random.Random) -> str:
    """Return a name put together of two of a list."""
    one, other = chance.choice(names), chance.choice(names)
    if language in SURNAMES_AGREE:
        return one
    return f"{one.rsplit(' ', 1)[0]} {other.rsplit(' ', 1)[-1]}"
