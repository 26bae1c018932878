"""The journal of imports: which file, which of its cases became which of ours, and what else was made."""

from django.db import models

from moked.base.ids import reference
from moked.base.labels import ReadableEncoder
from moked.cases.models import Case
from moked.municipalities.models import Municipality

LONGEST_SOURCE, LONGEST_ID = 80, 200


class ImportBatch(models.Model):
    """One import of one file by one mapping; interrupted, it goes on when the same is imported again.

    `source` is the system the cases come from, within which an external id stands for one case. `counts` are
    those of the report, filled in when it has finished.
    """

    class State(models.TextChoices):
        RUNNING = "RUNNING"
        FINISHED = "FINISHED"
        UNDOING = "UNDOING"
        UNDONE = "UNDONE"

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+")
    reference = models.CharField(max_length=20, unique=True, default=reference)
    source = models.CharField(max_length=LONGEST_SOURCE)
    file_name = models.CharField(max_length=200)
    file_sha256 = models.CharField(max_length=64)
    mapping_sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    counts = models.JSONField(encoder=ReadableEncoder, default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "file_sha256", "mapping_sha256"],
                condition=models.Q(state="RUNNING"),
                name="import_one_running",
            )
        ]

    def __str__(self) -> str:
        return self.reference


class ImportedCase(models.Model):
    """A case that came from another system, under the id it had there; `line` is its record in the file."""

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=LONGEST_SOURCE)
    external_id = models.CharField(max_length=LONGEST_ID)
    line = models.PositiveIntegerField()
    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "source", "external_id"], name="imported_case_once"
            )
        ]

    def __str__(self) -> str:
        return self.external_id


class MadeByImport(models.Model):
    """Something that an import made beside cases, so that undoing it can take that out, too.

    For MAP `object_id` is the map's new revision and `before` the name of its edition before that.
    """

    class Kind(models.TextChoices):
        DEPARTMENT = "DEPARTMENT"
        SERVICE = "SERVICE"
        AREA = "AREA"
        MAP = "MAP"
        RESIDENT = "RESIDENT"

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    object_id = models.BigIntegerField()
    before = models.CharField(max_length=20, default="")

    def __str__(self) -> str:
        return self.kind
