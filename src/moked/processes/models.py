"""The town's reactions as published, what each did on which case, and when the next are due."""

from functools import cached_property

from django.db import models
from django.db.models import Q

from moked.base.labels import ReadableEncoder
from moked.cases.models import Case
from moked.municipalities.models import Municipality
from moked.processes import rules
from moked.revisions.models import Revision


class ReactionSet(models.Model):
    """All reactions of a municipality, in order; copied from the published revision."""

    municipality = models.OneToOneField(Municipality, on_delete=models.PROTECT, related_name="+")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, null=True, related_name="+")
    document = models.JSONField(encoder=ReadableEncoder, default=list)

    def __str__(self) -> str:
        return str(self.pk)

    @cached_property
    def reactions(self) -> tuple[rules.Reaction, ...]:
        """The reactions in force, when the row was read."""
        return rules.read(self.document)

    @property
    def number(self) -> int:
        """The number of the revision in force; 0 before the first."""
        return self.revision.number if self.revision else 0


class Firing(models.Model):
    """That a reaction was done on a case, or why not, once for what it was about.

    `code` is the reaction's, `revision` the number of the revision it was done by. `key` says what it was
    about: an event, a stay in a state, words of a resident, somebody who joined.
    """

    class Result(models.TextChoices):
        DONE = "DONE"
        NO_EFFECT = "NO_EFFECT"
        PASSED_OVER = "PASSED_OVER"
        FAILED = "FAILED"
        TARGET_GONE = "TARGET_GONE"
        CHAIN_ENDED = "CHAIN_ENDED"

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+", db_index=False)
    code = models.CharField(max_length=40)
    key = models.CharField(max_length=32)
    at = models.DateTimeField()
    revision = models.PositiveIntegerField()
    result = models.CharField(max_length=12, choices=Result.choices, default=Result.DONE)
    problem = models.CharField(max_length=40, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "code", "key"], name="firing_once")]
        indexes = [
            models.Index(
                fields=["municipality", "code", "at"],
                condition=Q(result__in=["FAILED", "TARGET_GONE", "CHAIN_ENDED"]),
                name="firing_not_done",
            )
        ]

    def __str__(self) -> str:
        return self.code


class Timer(models.Model):
    """When a reaction that is a matter of time is to be looked at for a case, should nothing happen before.

    It is only a reminder to look at the facts: they alone decide.
    """

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+", db_index=False)
    code = models.CharField(max_length=40)
    due_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "code"], name="timer_once")]
        indexes = [models.Index(fields=["due_at", "id"], name="timer_due")]

    def __str__(self) -> str:
        return self.code


class Echo(models.Model):
    """That an event came of a reaction, with the codes of all that led to it, so that chains end."""

    event_id = models.BigIntegerField(primary_key=True)
    municipality_id = models.BigIntegerField()
    codes = models.CharField(max_length=250)

    def __str__(self) -> str:
        return self.codes
