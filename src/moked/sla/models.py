"""What a town promises, and what that comes to for each case: facts, and dates computed from them."""

from collections.abc import Iterable
from datetime import datetime
from functools import cached_property

from django.db import models
from django.db.models import Q

from moked.accounts.models import Department
from moked.base.labels import ReadableEncoder, label
from moked.cases.models import Case
from moked.catalogue.models import Service
from moked.municipalities.models import Municipality
from moked.revisions.models import Revision
from moked.sla import calendars, rules, warnings
from moked.sla.commitments import Kind, State, state_of
from moked.sla.targets import Promise


def hours_of(revision: Revision) -> calendars.Calendar:
    """Return the opening hours that a revision of a calendar says."""
    return calendars.Calendar.from_document(revision.document["hours"])


class Calendar(models.Model):
    """Opening hours by which promises are counted. The row is stable, its revisions say the hours.

    One of a department is for the services of that department and of those below it, others for all.
    """

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    code = models.SlugField(max_length=40)
    name = models.JSONField(encoder=ReadableEncoder, default=dict)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, null=True, related_name="+")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, null=True, related_name="+")
    is_retired = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["municipality", "code"], name="calendar_code")]

    def __str__(self) -> str:
        return self.code

    @cached_property
    def hours(self) -> calendars.Calendar:
        """The opening hours as published, when the row was read."""
        assert self.revision is not None  # noqa: S101 - a calendar is made with its first revision
        return hours_of(self.revision)

    def name_in(self, language: str, fallback: str) -> str:
        """The calendar's name in a language, or in the town's."""
        return label(self.name, language, fallback)


class Target(models.Model):
    """What is promised for a service; copied from the published revision. '' promises nothing.

    Calendar, first answer and resolution are those of the usual terms. What is to hold from a later moment on
    waits beside it, under a revision of its own.
    """

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+")
    service = models.OneToOneField(Service, on_delete=models.CASCADE, related_name="+")
    calendar = models.ForeignKey(Calendar, on_delete=models.PROTECT, related_name="+")
    first_answer = models.CharField(max_length=8, default="")
    resolution = models.CharField(max_length=8, default="")
    document = models.JSONField(encoder=ReadableEncoder, default=dict)
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, null=True, related_name="+")
    upcoming = models.ForeignKey(Revision, on_delete=models.PROTECT, null=True, related_name="+")
    upcoming_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(upcoming__isnull=True, upcoming_at__isnull=True)
                | Q(upcoming__isnull=False, upcoming_at__isnull=False),
                name="target_upcoming_dated",
            )
        ]

    def __str__(self) -> str:
        return self.resolution or self.first_answer or "–"

    def promise_at(self, moment: datetime) -> Promise:
        """Return what is promised for a case at a moment."""
        if self.upcoming and self.upcoming_at and self.upcoming_at <= moment:
            return Promise.from_document(self.upcoming.document)
        return Promise.from_document(self.document)


class WarningSet(models.Model):
    """All warnings of a municipality, copied from the published revision."""

    municipality = models.OneToOneField(Municipality, on_delete=models.PROTECT, related_name="+")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, null=True, related_name="+")
    document = models.JSONField(encoder=ReadableEncoder, default=list)

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def levels(self) -> tuple[warnings.Level, ...]:
        """The levels, in the order they were written."""
        return warnings.read(self.document)


class Commitment(models.Model):
    """What a target came to for one case.

    `due_at` is null while the clock stands still; `last_due_at` is the last date it had. `paused_by` are the
    states of a case, with commas between, in which it does. Of each kind one is current; those before it, of
    another service, another priority or an earlier closing, stay as a record.

    `warn_at` is when the next warning is due, `warned` the keys of those given, with commas between. A
    resident who was told a later time before this one had passed waits until `extended_to`; whether the
    promise was kept is decided by `due_at` all the same. Of an extension that is over nothing follows by
    itself any more: its time has passed, or the promise was met.
    """

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=16, choices=[(kind.value, kind.value) for kind in Kind])
    target = models.CharField(max_length=8)
    paused_by = models.CharField(max_length=60, default="", db_default="")
    is_legal = models.BooleanField(default=False, db_default=False)
    calendar = models.ForeignKey(Calendar, on_delete=models.PROTECT, related_name="+", db_index=False)
    calendar_revision = models.ForeignKey(
        Revision, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    started_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    last_due_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=9, choices=[(state.value, state.value) for state in State])
    met_at = models.DateTimeField(null=True)
    is_current = models.BooleanField(default=True)
    warn_at = models.DateTimeField(null=True)
    warned = models.TextField(default="", db_default="")
    extended_to = models.DateTimeField(null=True)
    is_extension_over = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "kind"], condition=Q(is_current=True), name="commitment_one_current"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in State]), name="commitment_state"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"], condition=Q(state=State.RUNNING.value), name="commitment_due"
            ),
            models.Index(
                fields=["warn_at", "id"], condition=Q(warn_at__isnull=False), name="commitment_warn"
            ),
            models.Index(
                fields=["extended_to", "id"],
                condition=Q(extended_to__isnull=False, is_extension_over=False),
                name="commitment_extended",
            ),
            models.Index(
                fields=["calendar", "id"],
                condition=Q(is_current=True, met_at__isnull=True),
                name="commitment_of_calendar",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.target}"

    @property
    def hours(self) -> calendars.Calendar:
        """The opening hours it was last counted by."""
        return hours_of(self.calendar_revision)

    @property
    def is_extended(self) -> bool:
        """Whether the resident was told a later time than this one, and still waits for it."""
        return self.extended_to is not None and self.due_at is not None and self.extended_to > self.due_at

    @property
    def may_be_extended(self) -> bool:
        """Whether the later time that the resident was told counts, or will when the clock goes on."""
        return self.is_extended or (self.extended_to is not None and self.due_at is None)

    @property
    def last_told_at(self) -> datetime | None:
        """The last time a resident was told, also while the clock stands still."""
        return max((one for one in (self.last_due_at, self.extended_to) if one), default=None)

    def told(self, now: datetime) -> tuple[datetime | None, str]:
        """Return the time a resident was told, and how it stands at `now`."""
        if not self.is_extended:
            return self.due_at, self.state
        return self.extended_to, state_of(self.extended_to, self.met_at, now)

    def stops(self, pauses: Iterable["Pause"]) -> list[rules.Pause]:
        """Return those of a case's pauses in which its clock stands still."""
        pausing = self.paused_by.split(",")
        return [one.interval for one in pauses if one.reason in pausing]

    @property
    def is_settled(self) -> bool:
        """Whether nothing can change it any more: met, or no longer owed."""
        return self.met_at is not None or self.state == State.CANCELLED


class Pause(models.Model):
    """A time in which a case waited; `reason` is its state. Which clocks it stops is theirs to say."""

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=20)
    from_at = models.DateTimeField()
    to_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(to_at__isnull=True), name="pause_one_open"),
            models.CheckConstraint(
                condition=Q(to_at__isnull=True) | Q(to_at__gte=models.F("from_at")), name="pause_forwards"
            ),
        ]

    def __str__(self) -> str:
        return self.reason

    @property
    def interval(self) -> rules.Pause:
        """The pause as the clock sees it."""
        return rules.Pause(self.from_at, self.to_at)
