"""Bodies outside the town's administration, the cases handed to them, what was said, and the mails."""

from django.db import models
from django.db.models import Q

from moked.accounts.models import User
from moked.base.labels import ReadableEncoder, label
from moked.base.lengths import LONGEST_EMAIL
from moked.cases.models import Case
from moked.handovers import rules
from moked.municipalities.models import Municipality
from moked.revisions.models import Revision


class ExternalBody(models.Model):
    """Whoever else may be responsible: a water company, a region. Columns come from the published revision.

    `failures` counts mails in a row that were refused for good or came back, until it answers or one is known
    to have arrived.
    """

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    code = models.SlugField(max_length=60)
    name = models.JSONField(encoder=ReadableEncoder, default=dict)
    language = models.CharField(max_length=5, default="")
    email = models.CharField(max_length=LONGEST_EMAIL, default="")
    failures = models.PositiveSmallIntegerField(default=0)
    is_retired = models.BooleanField(default=False)
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["municipality", "code"], name="external_body_code")]

    def __str__(self) -> str:
        return self.code

    def name_in(self, language: str, fallback: str) -> str:
        """The body's name in a language, or in the town's."""
        return label(self.name, language, fallback)

    @property
    def document(self) -> rules.BodyDocument:
        """What the published revision says, when the row was read."""
        assert self.revision is not None  # noqa: S101 - a body is made with its first revision
        return rules.BodyDocument.from_document(self.revision.document)

    @property
    def is_unreachable(self) -> bool:
        """Whether so many mails in a row did not arrive that somebody should look at the address."""
        return self.failures >= rules.FAILURES_THAT_WARN


class HandOver(models.Model):
    """One case in the hands of one body; what it may read is looked up whenever it is read.

    `answered_at` is when the body said its last words, `came_back_at` when we went on without it.
    While the case is merged into another, it stays as it was.
    """

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    body = models.ForeignKey(ExternalBody, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(
        max_length=9,
        choices=[(state.value, state.value) for state in rules.State],
        default=rules.State.SENT,
    )
    message = models.TextField(default="")
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    handed_at = models.DateTimeField()
    answer_due_at = models.DateTimeField()
    remind_at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    came_back_at = models.DateTimeField(null=True)
    submission = models.CharField(max_length=64, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(state__in=rules.OPEN), name="hand_over_one_open"
            ),
            models.UniqueConstraint(fields=["municipality", "submission"], name="hand_over_submitted_once"),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in rules.State]), name="hand_over_state"
            ),
        ]
        indexes = [
            models.Index(
                fields=["remind_at", "id"],
                condition=Q(state=rules.State.SENT.value, reminded_at__isnull=True),
                name="hand_over_to_remind",
            )
        ]

    def __str__(self) -> str:
        return self.state

    @property
    def is_open(self) -> bool:
        """Whether it is with the body, or waits for our answer to what it asked."""
        return self.state in rules.OPEN


class Statement(models.Model):
    """One thing said in a hand-over. `is_late` while the case does not wait for it any more."""

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    hand_over = models.ForeignKey(HandOver, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=[(kind.value, kind.value) for kind in rules.Kind])
    words = models.TextField(default="")
    is_late = models.BooleanField(default=False)
    author = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    submission = models.CharField(max_length=64, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hand_over", "submission"], name="statement_submitted_once")
        ]

    def __str__(self) -> str:
        return self.kind


class BodyMail(models.Model):
    """A mail to a body, planned with what it tells and sent by the worker, which makes its text then.

    `message_id` is known once it was sent.
    """

    class State(models.TextChoices):
        PLANNED = "PLANNED"
        SENT = "SENT"
        FAILED = "FAILED"
        DROPPED = "DROPPED"

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    hand_over = models.ForeignKey(HandOver, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=14, choices=[(kind.value, kind.value) for kind in rules.Mail])
    statement = models.OneToOneField(Statement, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.PLANNED)
    planned_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=200, default="")
    message_id = models.CharField(max_length=200, default="", db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["hand_over", "kind"],
                condition=Q(statement__isnull=True),
                name="body_mail_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["municipality", "id"],
                condition=Q(state__in=["PLANNED", "FAILED"]),
                name="body_mail_not_arrived",
            ),
            models.Index(fields=["message_id"], name="body_mail_by_message_id"),
        ]

    def __str__(self) -> str:
        return self.kind


# A failed one is sent when somebody has its dead letter tried again.
NOT_SENT = (BodyMail.State.PLANNED, BodyMail.State.FAILED)
