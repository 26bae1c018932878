"""The audit trail: who changed what; the access log: who read personal data.

Database triggers refuse to change or delete rows of either.
"""

from django.db import models

from moked.base.labels import ReadableEncoder


class AuditRecord(models.Model):
    """One change, written in its own transaction. `before` and `after` hold codes and ids only."""

    municipality_id = models.BigIntegerField()
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)
    verb = models.CharField(max_length=60)
    object_kind = models.CharField(max_length=40)
    object_id = models.BigIntegerField()
    before = models.JSONField(encoder=ReadableEncoder, default=dict)
    after = models.JSONField(encoder=ReadableEncoder, default=dict)

    class Meta:
        indexes = [models.Index(fields=["object_kind", "object_id", "id"], name="audit_by_object")]


class AccessRecord(models.Model):
    """One reading of personal data by a member of staff; `what` is a code, never the data."""

    municipality_id = models.BigIntegerField()
    at = models.DateTimeField()
    actor_id = models.BigIntegerField()
    object_kind = models.CharField(max_length=40)
    object_id = models.BigIntegerField()
    what = models.CharField(max_length=40)

    class Meta:
        indexes = [models.Index(fields=["object_kind", "object_id", "id"], name="access_by_object")]
