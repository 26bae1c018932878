"""Secret links: what each opens and until when. The secret itself is derived, never stored."""

from django.db import models

from moked.base.ids import reference


class Link(models.Model):
    """One link for one purpose to one object. Raising `version` revokes every link given out before."""

    class Purpose(models.TextChoices):
        TRACKING = "TRACKING"
        SURVEY = "SURVEY"
        FOLLOWING = "FOLLOWING"
        HAND_OVER = "HAND_OVER"
        REPLY = "REPLY"
        COLLEAGUE = "COLLEAGUE"
        NOTICES = "NOTICES"

    municipality_id = models.BigIntegerField()
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    reference = models.CharField(max_length=20, unique=True, default=reference)
    object_id = models.BigIntegerField()
    version = models.PositiveSmallIntegerField(default=1)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["purpose", "object_id"], name="link_once")]
