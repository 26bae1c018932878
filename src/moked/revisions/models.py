"""Configured things over time: every change of a service, target, text or rule is a numbered revision."""

from django.db import models

from moked.base.labels import ReadableEncoder


class Revision(models.Model):
    """One state of one configured object. At most one revision of an object is published."""

    class State(models.TextChoices):
        DRAFT = "DRAFT"
        PUBLISHED = "PUBLISHED"
        RETIRED = "RETIRED"

    municipality_id = models.BigIntegerField()
    kind = models.CharField(max_length=40)
    object_id = models.BigIntegerField()
    number = models.PositiveIntegerField()
    document = models.JSONField(encoder=ReadableEncoder)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    author_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "object_id", "number"], name="revision_number"),
            models.UniqueConstraint(
                fields=["kind", "object_id"],
                condition=models.Q(state="PUBLISHED"),
                name="revision_one_published",
            ),
        ]
