"""What waits for a person's decision: reviews of closed cases, checks of finished work."""

from django.db import models
from django.db.models import Q

from moked.accounts.models import User
from moked.cases.models.case import Case
from moked.municipalities.models import Municipality


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


class Check(models.Model):
    """Work a department calls finished, before the centre has confirmed it and the resident is told.

    `confirmed` is None until somebody decides.
    """

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=24)
    message = models.TextField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    confirmed = models.BooleanField(null=True)
    submission = models.CharField(max_length=64, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(confirmed__isnull=True), name="check_one_open"
            ),
            models.UniqueConstraint(fields=["municipality", "submission"], name="check_submitted_once"),
        ]

    def __str__(self) -> str:
        return self.outcome
