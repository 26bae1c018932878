"""Plan notices, then watch them go: python -m benchmarks.inside.notices FACTS COUNT SECONDS"""

from benchmarks.inside import start  # isort: skip

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from django.db import transaction
from django.db.models import Max, Q

from benchmarks.inside.reporting import Residents
from moked.cases.events import PromiseMoved
from moked.cases.models import Case, Participant
from moked.events.models import Event, OutboxRow
from moked.events.operations import collected, publish
from moked.municipalities.models import Municipality
from moked.notices.models import Notice
from moked.notices.operations import plan, publish_quiet_hours
from moked.notices.rules import NEVER, Kind

TOGETHER = 50
REPORT_EVERY = 3.0
LOOK_EVERY = 0.02


def main() -> None:
    """Tell how long it took, what was troubled, and the milliseconds until new cases were worked on."""
    facts, count, seconds = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    town = Municipality.objects.get(slug=json.loads(facts.read_text(encoding="utf-8"))["town"])
    first = (Notice.objects.aggregate(last=Max("id"))["last"] or 0) + 1
    publish_quiet_hours(municipality_id=town.pk, hours=NEVER, by_user_id=None, now=datetime.now(UTC))
    plan_some(town, count)
    notices = Notice.objects.filter(id__gte=first, kind=Kind.PROMISE_MOVED)
    assert notices.count() == count, "too few reporters have an address"
    last = notices.aggregate(last=Max("id"))["last"]
    start.take_statistics()
    start.tell("planned")
    began, inside = time.monotonic(), []
    residents = Residents(facts)
    left = Notice.objects.filter(id__range=(first, last), state=Notice.State.PLANNED)
    while left.exists() and time.monotonic() - began < seconds:
        begun = time.monotonic()
        inside.append(milliseconds_of_a_case(residents))
        time.sleep(max(0.0, REPORT_EVERY - (time.monotonic() - begun)))
    took = time.monotonic() - began
    sent = Notice.objects.filter(id__range=(first, last), state=Notice.State.SENT).count()
    rows = OutboxRow.objects.filter(subscriber="notices.send")
    again = rows.filter(~Q(last_error="") | Q(attempts__gt=1)).count()
    start.tell({"seconds": took, "troubled": count - sent + again, "inside": inside})


def plan_some(town: Municipality, count: int) -> None:
    """Tell the reporters of that many cases that the promise has moved, as an event of its own each."""
    reporters = Participant.objects.filter(role=Participant.Role.REPORTER, case__municipality=town)
    reachable = Case.objects.filter(id__in=reporters.exclude(email="").values("case_id"))
    ids = list(reachable.order_by("-id").values_list("id", flat=True)[:count])
    for begin in range(0, len(ids), TOGETHER):
        with transaction.atomic():
            for case_id in ids[begin : begin + TOGETHER]:
                plan_one(town, case_id)


def plan_one(town: Municipality, case_id: int) -> None:
    now = datetime.now(UTC)
    with collected() as events:
        publish(PromiseMoved(municipality_id=town.pk, case_id=case_id, promised_at=now), now=now)
    OutboxRow.objects.filter(event_id=events[0]).delete()  # it is planned here, before the clock runs
    plan(event_id=events[0], case_id=case_id, kind=Kind.PROMISE_MOVED, contact_id=None, now=now)


def milliseconds_of_a_case(residents: Residents) -> float:
    """Report a case; return how long its rows wait until the worker has done all that is its own."""
    before = Event.objects.aggregate(last=Max("id"))["last"]
    residents.report_one()
    begun = time.perf_counter()
    mine = OutboxRow.objects.filter(event_id__gt=before, is_open=True, lane="INSIDE")
    while mine.exists():
        time.sleep(LOOK_EVERY)
    return (time.perf_counter() - begun) * 1000


if __name__ == "__main__":
    main()
