"""The town's routing rules as published; what they were before is in their revisions."""

import functools
import secrets

from django.db import models

from moked.base.labels import ReadableEncoder
from moked.municipalities.models import Municipality
from moked.revisions.models import Revision
from moked.routing import rules

KIND = "routing_rules"


def new_version() -> str:
    """Return a name no rules had before."""
    return secrets.token_hex(8)


class RuleSet(models.Model):
    """All routing rules of a municipality, in order; copied from the published revision.

    `version` is a random name of this document: reading two hundred rules takes longer than asking them, so
    each process reads a document once. It is no number, since one that was rolled back comes again.
    """

    municipality = models.OneToOneField(Municipality, on_delete=models.PROTECT, related_name="+")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, null=True, related_name="+")
    document = models.JSONField(encoder=ReadableEncoder, default=list)
    version = models.CharField(max_length=20, default="", db_default="")

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def rules(self) -> tuple[rules.Rule, ...]:
        """The rules, the first that fits decides."""
        # Rules published before documents had names of their own are read each time.
        return _read_once(_Document(self)) if self.version else rules.read(self.document)


class _Document:
    """The document of a set of rules, the same as another with the same version."""

    def __init__(self, rule_set: RuleSet) -> None:
        self.rule_set = rule_set
        self.key = (rule_set.pk, rule_set.version)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Document) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


@functools.lru_cache(maxsize=64)
def _read_once(document: _Document) -> tuple[rules.Rule, ...]:
    return rules.read(document.rule_set.document)
