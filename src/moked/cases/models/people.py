"""Who takes part in a case, and how cases are bound to each other."""

from django.db import models
from django.db.models import F, Q

from moked.accounts.models import User
from moked.cases import rules
from moked.cases.models.case import Case
from moked.municipalities.models import Municipality
from moked.residents.models import Resident


class Merging(models.Model):
    """One case joined into another about the same matter, with what it takes to undo that.

    State and follow-up are the case's own; `awaited_before` when the other case awaited an answer by itself.
    """

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    into = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    state_before = models.CharField(max_length=20)
    follow_up_before = models.DateTimeField(null=True)
    awaited_before = models.BooleanField(default=False)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(undone_at__isnull=True), name="merging_one_at_a_time"
            ),
            models.CheckConstraint(condition=~Q(case=F("into")), name="merging_two_cases"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Participant(models.Model):
    """A person's part in a case, with the details they gave for it: what is told about it goes there.

    `wants` is how much of it they want to be told by itself.

    A follower who left no details has no resident; `merging` is set on followers that a merged case brought,
    and `language` on all of them: the reporter's is the case's.
    """

    class Role(models.TextChoices):
        REPORTER = "REPORTER"
        FOLLOWER = "FOLLOWER"

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+", db_index=False)
    resident = models.ForeignKey(Resident, on_delete=models.CASCADE, null=True, related_name="+")
    merging = models.ForeignKey(Merging, on_delete=models.PROTECT, null=True, related_name="+")
    language = models.CharField(max_length=5, default="")
    role = models.CharField(max_length=8, choices=Role.choices)
    name = models.CharField(max_length=120, default="")
    email = models.CharField(max_length=254, default="")
    phone = models.CharField(max_length=254, default="")
    wants = models.CharField(
        max_length=10,
        choices=[(one.value, one.value) for one in rules.Wants],
        default=rules.Wants.EVERYTHING,
        db_default=rules.Wants.EVERYTHING,
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "resident"], name="participant_once")]

    def __str__(self) -> str:
        return self.role


class CaseLink(models.Model):
    """Two cases that have to do with each other; for SPLIT_FROM, `case` came out of `other`, and for
    FOLLOWS out of words on it when it was closed.
    """

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+", db_index=False)
    other = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=[(kind.value, kind.value) for kind in rules.LinkKind])

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "other", "kind"], name="case_link_once"),
            models.CheckConstraint(condition=~Q(case=F("other")), name="case_link_two_cases"),
        ]

    def __str__(self) -> str:
        return self.kind
