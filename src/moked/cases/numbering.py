"""Give cases their numbers. Call last in a transaction: the counter's row stays locked until the commit."""

from datetime import datetime

from django.db import connection

from moked.cases.models import Case
from moked.cases.rules import case_number
from moked.municipalities.models import Municipality

_TAKE = """
INSERT INTO cases_counter (municipality_id, year, last) VALUES (%s, %s, %s)
ON CONFLICT (municipality_id, year) DO UPDATE SET last = cases_counter.last + excluded.last
RETURNING last
"""


def give_number(case: Case, municipality: Municipality) -> None:
    """Number a case by the local year it was opened in."""
    year = local_year(case.opened_at, municipality)
    case.number = case_number(year, take(municipality.pk, year, 1))
    Case.objects.filter(pk=case.pk).update(number=case.number)


def take(municipality_id: int, year: int, count: int) -> int:
    """Reserve `count` running numbers and return the first; the row is made when the year is new."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [municipality_id, year, count])
        return int(cursor.fetchone()[0]) - count + 1


def local_year(moment: datetime, municipality: Municipality) -> int:
    """Return the year on the town's own calendar."""
    return moment.astimezone(municipality.zone).year
