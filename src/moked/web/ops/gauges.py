"""What /metrics tells. Everything is read from the database when asked for, so all processes answer the same.

Names follow the habits of Prometheus: base units, words from general to special. Labels are codes and the
town's own addresses: no person, no case, nothing anybody wrote.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from moked.cases import queries as cases
from moked.cases.rules import OPEN
from moked.channels import queries as channels
from moked.events import queries as events
from moked.municipalities.queries import every
from moked.sla.queries import due_soon

SOON = {"4h": timedelta(hours=4), "24h": timedelta(hours=24)}

Sample = tuple[tuple[str, ...], float]


class Installation(Collector):
    """The machinery and the cases of all towns, as they are at the moment of asking."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield each number with its labels."""
        now = datetime.now(UTC)
        yield from _outbox()
        yield from _projections()
        yield from _tasks(now)
        slugs = {town.pk: town.slug for town in every()}
        yield from _towns(now, slugs)
        yield from _mailboxes(now, slugs)


def _outbox() -> Iterator[GaugeMetricFamily]:
    yield _by(
        "moked_outbox_rows_waiting",
        "Durable work to be done, being done or to be tried again, of the 10,000 rows due first.",
        "subscriber",
        events.waiting_by_subscriber(),
    )
    yield GaugeMetricFamily(
        "moked_outbox_oldest_due_age_seconds",
        "For how long the oldest durable work has been due; 0 when none is.",
        value=events.oldest_due_age().total_seconds(),
    )
    yield _by(
        "moked_outbox_dead_letters",
        "Durable work given up on.",
        "subscriber",
        events.dead_by_subscriber(),
    )


def _projections() -> Iterator[GaugeMetricFamily]:
    yield _by(
        "moked_projection_events_behind",
        "Events a projection has still to read, counted no further than 1,000.",
        "projection",
        {one.name: one.behind for one in events.projections()},
    )


def _tasks(now: datetime) -> Iterator[GaugeMetricFamily]:
    """Yield nothing of tasks that never ran."""
    ended = {one.name: (one, one.finished_at) for one in events.tasks()}
    yield _by(
        "moked_task_last_run_age_seconds",
        "How long ago a recurring task ended last.",
        "task",
        {name: _seconds(now, at) for name, (_, at) in ended.items() if at},
    )
    yield _by(
        "moked_task_last_run_failed",
        "Whether the last run of a recurring task ended in an error.",
        "task",
        {name: one.has_failed for name, (one, at) in ended.items() if at},
    )


def _towns(now: datetime, slugs: Mapping[int, str]) -> Iterator[GaugeMetricFamily]:
    opened, broken = cases.open_by_state(), cases.broken_by_town()
    yield _family(
        "moked_cases_open",
        "Open cases.",
        ("municipality", "state"),
        (((slug, state), opened.get((pk, state), 0)) for pk, slug in slugs.items() for state in OPEN),
    )
    due = due_soon(now, *SOON.values())
    yield _family(
        "moked_promises_due_soon",
        "Running promises due within a time, those past it but not yet marked among them; "
        "of the 10,000 due first.",
        ("municipality", "within"),
        (
            ((slug, within), count)
            for pk, slug in slugs.items()
            for within, count in zip(SOON, due.get(pk, (0, 0)), strict=True)
        ),
    )
    yield _by(
        "moked_promises_broken",
        "Open cases whose promise is broken.",
        "municipality",
        {slug: broken.get(pk, 0) for pk, slug in slugs.items()},
    )
    yield from _urgent(now, slugs)


def _urgent(now: datetime, slugs: Mapping[int, str]) -> Iterator[GaugeMetricFamily]:
    counted = cases.urgent_by_town()
    found = {slug: counted.get(pk) or cases.Urgent() for pk, slug in slugs.items()}
    yield _by(
        "moked_cases_urgent_open",
        "Open urgent cases, of the 5,000 oldest.",
        "municipality",
        {slug: one.cases for slug, one in found.items()},
    )
    yield _by(
        "moked_cases_urgent_unanswered",
        "Open urgent cases that nobody has answered yet, of the 5,000 oldest.",
        "municipality",
        {slug: one.unanswered for slug, one in found.items()},
    )
    yield _by(
        "moked_cases_urgent_oldest_unanswered_age_seconds",
        "How long ago the oldest urgent case without an answer was opened; 0 when there is none.",
        "municipality",
        {slug: _seconds(now, one.oldest_at) if one.oldest_at else 0 for slug, one in found.items()},
    )


def _mailboxes(now: datetime, slugs: Mapping[int, str]) -> Iterator[GaugeMetricFamily]:
    servers = channels.read_mailboxes()
    labels = [(one.municipality.slug, one.account.address) for one in servers]
    for name, words, numbers in (
        (
            "moked_mailbox_failing_seconds",
            "For how long a mailbox could not be read; 0 when it can.",
            [_seconds(now, one.failing_since) if one.failing_since else 0 for one in servers],
        ),
        (
            "moked_mailbox_read_age_seconds",
            "How long ago a mailbox could be read last, or since when it has been failing.",
            [_seconds(now, one.read_at or one.changed_at) for one in servers],
        ),
        (
            "moked_mailbox_waiting",
            "Mails that lay in a mailbox and were not kept yet, when it was looked into last.",
            [one.waiting for one in servers],
        ),
    ):
        yield _family(name, words, ("municipality", "mailbox"), zip(labels, numbers, strict=True))
    aside = channels.quarantined_by_town()
    yield _by(
        "moked_messages_set_aside",
        "Messages that nobody could make anything of, which wait for a person.",
        "municipality",
        {slug: aside.get(pk, 0) for pk, slug in slugs.items()},
    )
    taken = channels.taken_since(now - timedelta(hours=1))
    yield _family(
        "moked_messages_of_the_last_hour",
        "Messages that came within the last hour, by what became of them and why.",
        ("municipality", "outcome", "reason"),
        (((slugs[pk], outcome, reason), count) for (pk, outcome, reason), count in sorted(taken.items())),
    )


def _seconds(now: datetime, since: datetime) -> float:
    return max(0.0, (now - since).total_seconds())


def _by(name: str, words: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    return _family(name, words, (label,), (((key,), value) for key, value in values.items()))


def _family(name: str, words: str, labels: tuple[str, ...], samples: Iterable[Sample]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, words, labels=labels)
    for values, number in samples:
        family.add_metric(values, float(number))
    return family
