"""What is told to whom. One row for one recipient of one event on one channel."""

from django.db import models
from django.db.models import Q

from moked.accounts.models import User
from moked.base.labels import ReadableEncoder
from moked.base.lengths import LONGEST_EMAIL
from moked.cases.models import Case, Contact
from moked.municipalities.models import Municipality
from moked.notices.rules import StaffKind
from moked.residents.models import Resident
from moked.revisions.models import Revision


class Notice(models.Model):
    """A message to a resident, planned after an event; sent by the worker from its own outbox row.

    `due_at` is until when it waits for the end of the town's quiet hours, `state_at` when it got its state,
    `sent_to` the address it went to, which may have been corrected since. `about` is what its text tells that
    is not looked up when it is sent: codes, a day, names by language.
    What did not arrive was told in `told_by`, once somebody says so.
    """

    class State(models.TextChoices):
        PLANNED = "PLANNED"
        SENT = "SENT"
        FAILED = "FAILED"
        DROPPED = "DROPPED"
        BOUNCED = "BOUNCED"
        DELIVERED = "DELIVERED"

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    event_id = models.BigIntegerField()
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    recipient = models.ForeignKey(Resident, on_delete=models.CASCADE, related_name="+")
    channel = models.CharField(max_length=10)
    kind = models.CharField(max_length=20)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=9, choices=State.choices, default=State.PLANNED)
    state_at = models.DateTimeField(null=True)
    message_id = models.CharField(max_length=200, default="")
    planned_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    sent_to = models.CharField(max_length=LONGEST_EMAIL, default="", db_default="")
    failure = models.CharField(max_length=200, default="")
    about = models.JSONField(encoder=ReadableEncoder, null=True)
    told_by = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event_id", "recipient", "channel"], name="notice_once")
        ]
        indexes = [
            models.Index(fields=["case", "id"], name="notice_by_case"),
            models.Index(fields=["message_id"], name="notice_by_message_id"),
        ]

    def __str__(self) -> str:
        return self.kind


class StaffNotice(models.Model):
    """Something a colleague is told about a case, on the desk and, if `mail_state` says so, by mail.

    `what` and `level` are codes of whoever tells it: which promise, and how far it is used up; or what an
    external body said. `contact` are the words that it is about, if it is about any.
    """

    class MailState(models.TextChoices):
        PLANNED = "PLANNED"
        SENT = "SENT"
        FAILED = "FAILED"
        DROPPED = "DROPPED"

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=16, choices=[(one.value, one.value) for one in StaffKind])
    what = models.CharField(max_length=16, default="")
    level = models.CharField(max_length=12, default="")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, null=True, related_name="+")
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    mail_state = models.CharField(max_length=8, choices=MailState.choices, default="", blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["user", "municipality", "-id"], name="staff_notice_of"),
            models.Index(
                fields=["user", "municipality"], condition=Q(read_at__isnull=True), name="staff_notice_unread"
            ),
        ]

    def __str__(self) -> str:
        return self.kind


class NoticeText(models.Model):
    """A town's own text for a kind of notice in one language, copied from its published revision.

    With `is_default` the town went back to the text that comes with Moked.
    """

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20)
    language = models.CharField(max_length=5)
    is_default = models.BooleanField(default=True)
    subject = models.CharField(max_length=200, default="")
    body = models.TextField(default="")
    labels = models.JSONField(encoder=ReadableEncoder, default=dict)
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["municipality", "kind", "language"], name="notice_text_once")
        ]

    def __str__(self) -> str:
        return self.kind


class QuietTime(models.Model):
    """When a town sends nothing by itself, as in `rules.QuietHours`, copied from its published revision."""

    municipality = models.OneToOneField(Municipality, on_delete=models.PROTECT, related_name="+")
    begins = models.PositiveSmallIntegerField()
    ends = models.PositiveSmallIntegerField()
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.begins}-{self.ends}"
