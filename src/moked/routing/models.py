"""The town's routing rules as published; what they were before is in their revisions."""

from django.db import models

from moked.base.labels import ReadableEncoder
from moked.municipalities.models import Municipality
from moked.revisions.models import Revision
from moked.routing import rules


class RuleSet(models.Model):
    """All routing rules of a municipality, in order; copied from the published revision."""

    municipality = models.OneToOneField(Municipality, on_delete=models.PROTECT, related_name="+")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, null=True, related_name="+")
    document = models.JSONField(encoder=ReadableEncoder, default=list)

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def rules(self) -> tuple[rules.Rule, ...]:
        """The rules, the first that fits decides."""
        return rules.read(self.document)
