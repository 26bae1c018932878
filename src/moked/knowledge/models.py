"""Guides for residents: life events group life situations. Rows are stable, texts come from revisions.

A retired one is shown to no resident.
"""

from django.db import models

from moked.base.labels import ReadableEncoder, label
from moked.municipalities.models import Municipality
from moked.revisions.models import Revision


class LifeEvent(models.Model):
    """What happens in a life, and groups guides: "moving here", "a dog"."""

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+")
    code = models.SlugField(max_length=60)
    position = models.PositiveSmallIntegerField(default=0)
    is_retired = models.BooleanField(default=False, db_default=False)
    name = models.JSONField(encoder=ReadableEncoder, default=dict)
    description = models.JSONField(encoder=ReadableEncoder, default=dict)
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["municipality", "code"], name="life_event_code")]

    def __str__(self) -> str:
        return self.code

    def name_in(self, language: str, fallback: str) -> str:
        """The event's name in a language, or in the town's."""
        return label(self.name, language, fallback)


class LifeSituation(models.Model):
    """A guide to one matter: who may ask, what to bring, what it costs, how long it takes.

    `life_events` are codes, `services` the slugs of the services that begin there.
    """

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+")
    slug = models.SlugField(max_length=60)
    title = models.JSONField(encoder=ReadableEncoder, default=dict)
    summary = models.JSONField(encoder=ReadableEncoder, default=dict)
    life_events = models.JSONField(default=list)
    services = models.JSONField(default=list)
    is_retired = models.BooleanField(default=False, db_default=False)
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["municipality", "slug"], name="life_situation_slug")]

    def __str__(self) -> str:
        return self.slug

    def title_in(self, language: str, fallback: str) -> str:
        """The guide's title in a language, or in the town's."""
        return label(self.title, language, fallback)
