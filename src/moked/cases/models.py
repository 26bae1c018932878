"""The case and what hangs on it: current values are columns, past values rows of the timeline."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from moked.accounts.models import Department, User
from moked.accounts.rules import SEES_CASES, TOWN_WIDE, Actor, ActorKind
from moked.cases import rules
from moked.catalogue.models import ConfidentialAccess, Service
from moked.municipalities.models import Municipality
from moked.residents.models import Resident
from moked.revisions.models import Revision


class CaseQuerySet(models.QuerySet["Case"]):
    """Cases, narrowed down."""

    def visible_to(self, actor: Actor) -> CaseQuerySet:
        """Keep what the actor may see, which is never a case of another municipality.

        Agents, service managers and auditors see all of their municipality but confidential services that
        do not name their role; departments see the cases they handle now; administrators see none.
        """
        cases = self.filter(municipality_id=actor.municipality_id)
        if actor.kind == ActorKind.SYSTEM:
            return cases
        if actor.kind != ActorKind.STAFF or not actor.has_any(SEES_CASES):
            return cases.none()
        cases = cases.filter(is_spam=False)
        if actor.has_any(TOWN_WIDE):
            named = ConfidentialAccess.objects.filter(role__in=sorted(actor.roles)).values("service_id")
            hidden = Service.objects.filter(
                municipality_id=actor.municipality_id, is_confidential=True
            ).exclude(id__in=named)
            return cases.filter(~Q(service__in=hidden) | Q(department_id__in=sorted(actor.department_ids)))
        return cases.filter(department_id__in=sorted(actor.department_ids))

    def open(self) -> CaseQuerySet:
        """Keep those nobody has closed."""
        return self.filter(is_open=True)


class Case(models.Model):
    """One matter of one resident, from first contact to closed loop."""

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.CharField(max_length=12, null=True)
    kind = models.CharField(max_length=10)
    state = models.CharField(max_length=20, default=rules.State.RECEIVED)
    is_open = models.BooleanField(default=True)
    is_spam = models.BooleanField(default=False)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="+", db_index=False)
    revision = models.ForeignKey(
        Revision, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    assignee = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    title = models.CharField(max_length=rules.LONGEST_TITLE)
    language = models.CharField(max_length=5)
    channel = models.CharField(max_length=10)
    opened_at = models.DateTimeField()
    queue_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=24, default="")
    closings = models.PositiveSmallIntegerField(default=0)
    was_reopened = models.BooleanField(default=False)
    awaits_answer = models.BooleanField(default=False)

    objects = CaseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["municipality", "number"], name="case_number"),
            models.CheckConstraint(
                condition=Q(is_open=True, state__in=rules.OPEN, closed_at__isnull=True)
                | Q(is_open=False, state__in=rules.CLOSED, closed_at__isnull=False),
                name="case_open_or_closed",
            ),
        ]
        indexes = [
            models.Index(
                fields=["municipality", "queue_at", "id"], condition=Q(is_open=True), name="case_queue"
            ),
            models.Index(
                fields=["municipality", "department", "queue_at", "id"],
                condition=Q(is_open=True),
                name="case_department_queue",
            ),
            models.Index(
                fields=["assignee", "queue_at", "id"],
                condition=Q(is_open=True, assignee__isnull=False),
                name="case_assignee_queue",
            ),
            models.Index(
                fields=["service", "queue_at", "id"], condition=Q(is_open=True), name="case_service_queue"
            ),
            models.Index(
                fields=["municipality", "queue_at", "id"],
                condition=Q(is_open=True, assignee__isnull=True),
                name="case_unassigned_queue",
            ),
            models.Index(
                fields=["municipality", "queue_at", "id"],
                condition=Q(is_open=True, awaits_answer=True),
                name="case_awaiting_queue",
            ),
        ]

    def __str__(self) -> str:
        return self.number or "–"


class Counter(models.Model):
    """The last running number of a municipality's year. Gaps are allowed: a failed attempt uses one up."""

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["municipality", "year"], name="counter_once")]

    def __str__(self) -> str:
        return str(self.year)


class Participant(models.Model):
    """A resident's part in a case, with the details they gave for it: what is told about it goes there."""

    class Role(models.TextChoices):
        REPORTER = "REPORTER"
        FOLLOWER = "FOLLOWER"

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+", db_index=False)
    resident = models.ForeignKey(Resident, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=8, choices=Role.choices)
    name = models.CharField(max_length=120, default="")
    email = models.CharField(max_length=254, default="")
    phone = models.CharField(max_length=254, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "resident"], name="participant_once")]

    def __str__(self) -> str:
        return self.role


class Contact(models.Model):
    """One touch between a resident and the municipality, on one channel, in one direction.

    It may exist before its case. `submission` recognises the same form sent twice.
    """

    class Direction(models.TextChoices):
        IN = "IN"
        OUT = "OUT"

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    resident = models.ForeignKey(Resident, on_delete=models.SET_NULL, null=True, related_name="+")
    author = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    direction = models.CharField(max_length=3, choices=Direction.choices)
    channel = models.CharField(max_length=10)
    body = models.TextField()
    at = models.DateTimeField()
    submission = models.CharField(max_length=64, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["municipality", "submission"], name="contact_submitted_once")
        ]
        indexes = [models.Index(fields=["case", "at", "id"], name="contact_timeline")]

    def __str__(self) -> str:
        return self.direction


class Note(models.Model):
    """Words for colleagues only."""

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    author = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    body = models.TextField()
    at = models.DateTimeField()
    submission = models.CharField(max_length=64, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["municipality", "submission"], name="note_submitted_once")
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Change(models.Model):
    """One change of a case as the timeline shows it; `before` and `after` are codes or ids."""

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=16)
    actor_kind = models.CharField(max_length=10)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    before = models.CharField(max_length=60, default="")
    after = models.CharField(max_length=60, default="")

    def __str__(self) -> str:
        return self.kind


class Review(models.Model):
    """A closed case a resident is not content with; open until a person reopens the case or says why not."""

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=12)
    opened_at = models.DateTimeField()
    is_open = models.BooleanField(default=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    led_to_reopening = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(is_open=True), name="review_one_open")
        ]
        indexes = [
            models.Index(
                fields=["municipality", "opened_at", "id"], condition=Q(is_open=True), name="review_queue"
            )
        ]

    def __str__(self) -> str:
        return self.reason
