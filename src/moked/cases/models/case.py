"""The case itself: its current values, who may see it, and the counter that numbers it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from moked.accounts.models import Department, Team, User
from moked.accounts.rules import SEES_CASES, TOWN_WIDE, Actor, ActorKind
from moked.cases import rules
from moked.catalogue.models import Service
from moked.catalogue.queries import hidden_services
from moked.catalogue.rules import Priority
from moked.municipalities.models import Municipality
from moked.places.rules import Place, Point
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
            is_hidden = Q(service__in=hidden_services(actor))
            return cases.filter(~is_hidden | Q(department_id__in=sorted(actor.department_ids)))
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
    priority = models.CharField(
        max_length=6,
        choices=[(one.value, one.value) for one in Priority],
        default=Priority.NORMAL,
        db_default=Priority.NORMAL,
    )
    danger = models.CharField(max_length=80, default="", db_default="")
    advice = models.TextField(default="", db_default="")
    is_spam = models.BooleanField(default=False)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="+", db_index=False)
    revision = models.ForeignKey(
        Revision, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    assignee = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    title = models.CharField(max_length=rules.LONGEST_TITLE)
    language = models.CharField(max_length=5)
    channel = models.CharField(max_length=10)
    opened_at = models.DateTimeField()
    queue_at = models.DateTimeField()
    queue_for = models.CharField(max_length=16, default="", db_default="")
    closed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=24, default="")
    closing_is_dated = models.BooleanField(default=True)
    closings = models.PositiveSmallIntegerField(default=0)
    was_reopened = models.BooleanField(default=False)
    awaits_answer = models.BooleanField(default=False)
    origin = models.CharField(max_length=8, default=rules.Origin.RESIDENT)
    address = models.CharField(max_length=rules.LONGEST_ADDRESS, default="")
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    position_source = models.CharField(max_length=8, default="")
    is_outside = models.BooleanField(default=False)
    is_public = models.BooleanField(default=False)
    public_title = models.CharField(max_length=rules.LONGEST_TITLE, default="")
    promised_at = models.DateTimeField(null=True)
    promise_words = models.TextField(default="", db_default="")
    promise_state = models.CharField(max_length=8, default="")
    follow_up_at = models.DateTimeField(null=True)
    scheduled_at = models.DateTimeField(null=True)
    joined = models.PositiveIntegerField(default=0)
    awaits_check = models.BooleanField(default=False)
    is_imported = models.BooleanField(default=False)
    closed_at_first_contact = models.BooleanField(default=False)
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    objects = CaseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["municipality", "number"], name="case_number"),
            models.CheckConstraint(
                condition=Q(is_open=True, state__in=rules.OPEN, closed_at__isnull=True)
                | Q(is_open=False, state__in=rules.CLOSED, closed_at__isnull=False),
                name="case_open_or_closed",
            ),
            models.CheckConstraint(
                condition=Q(state=rules.State.MERGED, merged_into__isnull=False)
                | (~Q(state=rules.State.MERGED) & Q(merged_into__isnull=True)),
                name="case_merged_into_another",
            ),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
                name="case_position_on_earth",
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
                fields=["team", "queue_at", "id"],
                condition=Q(is_open=True, team__isnull=False),
                name="case_team_queue",
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
            models.Index(
                fields=["municipality", "queue_at", "id"],
                condition=Q(is_open=True, awaits_check=True),
                name="case_check_queue",
            ),
            models.Index(
                fields=["municipality", "queue_at", "id"],
                condition=Q(is_open=True, is_outside=True),
                name="case_outside_queue",
            ),
            models.Index(
                fields=["service", "latitude"],
                condition=Q(is_open=True, latitude__isnull=False),
                name="case_nearby",
            ),
            models.Index(
                fields=["municipality", "promised_at"],
                condition=Q(is_open=True, promise_state=rules.PromiseState.BROKEN.value),
                name="case_broken",
            ),
            models.Index(
                fields=["municipality", "department", "promised_at"],
                condition=Q(is_open=True, promise_state=rules.PromiseState.BROKEN.value),
                name="case_broken_of_department",
            ),
            models.Index(
                fields=["follow_up_at", "id"],
                condition=Q(is_open=True, follow_up_at__isnull=False),
                name="case_follow_up",
            ),
            models.Index(
                fields=["municipality", "state"],
                condition=Q(is_open=True, is_spam=False),
                name="case_open_by_state",
            ),
            models.Index(
                fields=["municipality"],
                condition=Q(is_open=True, is_spam=False, promise_state=rules.PromiseState.BROKEN.value),
                name="case_broken_counted",
            ),
            models.Index(
                fields=["opened_at", "id"],
                condition=Q(is_open=True, is_spam=False, priority=Priority.URGENT.value),
                name="case_urgent",
            ),
            models.Index(
                fields=["merged_into"], condition=Q(merged_into__isnull=False), name="case_merged_here"
            ),
        ]

    def __str__(self) -> str:
        return self.number or "–"

    def may_become(self, priority: str) -> bool:
        """Tell whether a rule or a service may set a priority: that of a dangerous case they only raise."""
        return not self.danger or Priority(priority).rank > Priority(self.priority).rank

    @property
    def point(self) -> Point | None:
        """Where the case is, when its position is known."""
        if self.latitude is None or self.longitude is None:
            return None
        return Point(self.latitude, self.longitude)

    @property
    def place(self) -> Place:
        """Where the case is, without the areas it lies in."""
        return Place(self.address, self.point, self.position_source, self.is_outside)


class Counter(models.Model):
    """The last running number of a municipality's year. Gaps are allowed: a failed attempt uses one up."""

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["municipality", "year"], name="counter_once")]

    def __str__(self) -> str:
        return str(self.year)
