"""Keep when reactions that are a matter of time are to be looked at."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from moked.base.rows import insert, new
from moked.cases.models import Case
from moked.processes.models import Firing, Timer
from moked.processes.queries.moments import Clocks, dues_of
from moked.processes.rules import Reaction


def plan(
    cases: Sequence[Case],
    timed: Iterable[Reaction],
    *,
    after: datetime | None = None,
    clocks: Clocks | None = None,
) -> int:
    """Plan anew for locked cases of one town, from their facts alone; return for how many there is anything.

    What was due up to `after` was looked at by now, and is looked at again only when something happens.
    """
    if not cases:
        return 0
    dues = dues_of(cases, timed, clocks or Clocks(cases[0].municipality))
    fired = set(Firing.objects.filter(case_id__in=list(dues)).values_list("case_id", "code", "key"))
    Timer.objects.filter(case__in=cases).delete()
    towns = {case.pk: case.municipality_id for case in cases}
    insert(
        new(Timer, municipality_id=towns[case_id], case_id=case_id, code=due.reaction.code, due_at=due.at)
        for case_id, found in dues.items()
        for due in found
        if (case_id, due.reaction.code, due.key) not in fired and (after is None or due.at > after)
    )
    return len(dues)
