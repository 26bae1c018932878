"""What the town published about where cases go, and what is dangerous; earlier states are revisions."""

import functools
import secrets

from django.db import models

from moked.base.labels import ReadableEncoder
from moked.municipalities.models import Municipality
from moked.revisions.models import Revision
from moked.routing import dangers, rules

KIND = "routing_rules"
DANGERS_KIND = "dangers"


def new_version() -> str:
    """Return a name no rules had before."""
    return secrets.token_hex(8)


class Published(models.Model):
    """What a municipality published as a whole, copied from the published revision.

    `version` is a random name of this document: reading two hundred rules takes longer than asking them, so
    each process reads a document once. It is no number, since one that was rolled back comes again.
    """

    municipality = models.OneToOneField(Municipality, on_delete=models.PROTECT, related_name="+")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, null=True, related_name="+")
    document = models.JSONField(encoder=ReadableEncoder, default=list)
    version = models.CharField(max_length=20, default="", db_default="")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.pk)


class RuleSet(Published):
    """All routing rules of a municipality, in order."""

    @property
    def rules(self) -> tuple[rules.Rule, ...]:
        """The rules, the first that fits decides."""
        # Rules published before documents had names of their own are read each time.
        return _rules_of(_Document(self)) if self.version else rules.read(self.document)

    @property
    def fields(self) -> frozenset[str]:
        """The fields that the rules ask of a case."""
        return _fields_of(_Document(self)) if self.version else rules.fields_of(self.rules)


class DangerSet(Published):
    """What is dangerous in a municipality, the first that fits is told."""

    @property
    def signs(self) -> dangers.Signs:
        """The dangers, ready to be looked for."""
        return _signs_of(_Document(self)) if self.version else dangers.signs_of(dangers.read(self.document))


class _Document:
    """What was published, the same as another with the same version."""

    def __init__(self, row: RuleSet | DangerSet) -> None:
        self.row = row
        self.key = (row.pk, row.version)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Document) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


@functools.lru_cache(maxsize=64)
def _rules_of(document: _Document) -> tuple[rules.Rule, ...]:
    return rules.read(document.row.document)


@functools.lru_cache(maxsize=64)
def _fields_of(document: _Document) -> frozenset[str]:
    return rules.fields_of(_rules_of(document))


@functools.lru_cache(maxsize=64)
def _signs_of(document: _Document) -> dangers.Signs:
    return dangers.signs_of(dangers.read(document.row.document))
