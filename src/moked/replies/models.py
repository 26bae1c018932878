"""Ready-made words for replies and for closing. A row is stable; what it says comes from its revision."""

from django.db import models

from moked.base.labels import ReadableEncoder, label
from moked.catalogue.models import Service
from moked.municipalities.models import Municipality
from moked.revisions.models import Revision


class ReplyTemplate(models.Model):
    """A text for replies, or, with an outcome, for closing; of one service, or of all where it is null."""

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+")
    code = models.SlugField(max_length=60)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, null=True, related_name="+")
    outcome = models.CharField(max_length=24, default="")
    name = models.JSONField(encoder=ReadableEncoder, default=dict)
    text = models.JSONField(encoder=ReadableEncoder, default=dict)
    is_retired = models.BooleanField(default=False)
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["municipality", "code"], name="reply_template_code")]

    def __str__(self) -> str:
        return self.code

    def name_in(self, language: str, fallback: str) -> str:
        """The template's name in a language, or in the town's."""
        return label(self.name, language, fallback)
