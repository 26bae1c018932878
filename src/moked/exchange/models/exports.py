"""Files of cases that members of staff asked for."""

from django.db import models

from moked.accounts.models import User
from moked.accounts.rules import Actor
from moked.base.ids import reference
from moked.base.labels import ReadableEncoder
from moked.exchange.exports.rules import Format, State
from moked.municipalities.models import Municipality

KEY_LENGTH = 26  # of 31 letters: 128 bits


def new_key() -> str:
    """Return a name for an export that nobody can guess."""
    return reference(KEY_LENGTH)


class ExportQuerySet(models.QuerySet["Export"]):
    """Exports, narrowed down."""

    def of(self, actor: Actor) -> "ExportQuerySet":
        """Keep those that a member of staff asked for in the town they act in."""
        return self.filter(municipality_id=actor.municipality_id, user_id=actor.user_id or 0)


class Export(models.Model):
    """A file of cases, made in steps for one person, who alone can fetch it until it expires.

    `step` counts the steps done, `last_case_id`, `rows` and `size` (bytes of the unfinished file) say how far
    they came; `rights` are those the rows were read with, as `rules.rights_of` says them.
    """

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    key = models.CharField(max_length=KEY_LENGTH, unique=True, default=new_key)
    submission = models.CharField(max_length=64, null=True)
    selection = models.JSONField(encoder=ReadableEncoder)
    format = models.CharField(max_length=4, choices=[(one.value, one.value) for one in Format])
    language = models.CharField(max_length=5)
    state = models.CharField(
        max_length=6, choices=[(one.value, one.value) for one in State], default=State.ASKED
    )
    rights = models.JSONField(encoder=ReadableEncoder, default=dict)
    step = models.PositiveIntegerField(default=0)
    last_case_id = models.BigIntegerField(default=0)
    rows = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField()
    size = models.PositiveBigIntegerField(default=0)
    asked_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()

    objects = ExportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "user", "submission"], name="export_submitted_once"
            ),
        ]
        indexes = [
            models.Index(fields=["user", "municipality", "-id"], name="export_of_person"),
            models.Index(fields=["expires_at"], name="export_expiry"),
        ]

    def __str__(self) -> str:
        return self.state

    @property
    def is_ready(self) -> bool:
        """Whether the file is there to be fetched."""
        return self.state == State.READY

    @property
    def is_in_work(self) -> bool:
        """Whether the file is still being made."""
        return self.state == State.ASKED
