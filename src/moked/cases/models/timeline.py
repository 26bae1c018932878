"""What happened on a case: contacts, notes, changes."""

from django.db import models

from moked.accounts.models import User
from moked.cases.models.case import Case
from moked.cases.models.people import Participant
from moked.municipalities.models import Municipality
from moked.residents.models import Resident


class Contact(models.Model):
    """One touch between a resident and the municipality, on one channel, in one direction.

    It may exist before its case. `submission` recognises the same form sent twice. `follower` is who said
    it when that was not the reporter. What `is_automatic` was written by a program, such as a note that
    somebody is away: it answers nothing, and is answered by nothing that comes by itself.
    """

    class Direction(models.TextChoices):
        IN = "IN"
        OUT = "OUT"

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    resident = models.ForeignKey(Resident, on_delete=models.SET_NULL, null=True, related_name="+")
    author = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    follower = models.ForeignKey(Participant, on_delete=models.PROTECT, null=True, related_name="+")
    direction = models.CharField(max_length=3, choices=Direction.choices)
    channel = models.CharField(max_length=10)
    body = models.TextField()
    at = models.DateTimeField()
    submission = models.CharField(max_length=64, null=True)
    is_automatic = models.BooleanField(default=False, db_default=False)
    wants_no_answer = models.BooleanField(default=False, db_default=False)

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
    """One change of a case as the timeline shows it; `before`, `after` and `reason` are codes or ids."""

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=16)
    actor_kind = models.CharField(max_length=10)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    before = models.CharField(max_length=60, default="")
    after = models.CharField(max_length=60, default="")
    reason = models.CharField(max_length=60, default="")

    def __str__(self) -> str:
        return self.kind
