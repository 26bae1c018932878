"""The authorities served by this installation, and the hosts they answer on."""

from zoneinfo import ZoneInfo

from django.db import models

from moked.base.labels import ReadableEncoder, label
from moked.municipalities.rules import Brand


class Municipality(models.Model):
    """One authority that owns its data. Without a host of its own it lives under `/t/<slug>/`.

    `brand` is a `rules.Brand`, empty for the product's own colours.
    """

    slug = models.SlugField(max_length=40, unique=True)
    name = models.JSONField(encoder=ReadableEncoder)
    language = models.CharField(max_length=5)
    languages = models.JSONField(default=list)
    time_zone = models.CharField(max_length=40)
    phone = models.CharField(max_length=20)
    emergency_phone = models.CharField(max_length=20)
    sender = models.EmailField()
    brand = models.JSONField(default=dict, blank=True)

    def __str__(self) -> str:
        return self.slug

    @property
    def zone(self) -> ZoneInfo:
        """The civil time of the town."""
        return ZoneInfo(self.time_zone)

    @property
    def own_colours(self) -> Brand | None:
        """The town's own colours, if it set any."""
        return Brand(**self.brand) if self.brand else None

    def name_in(self, language: str) -> str:
        """The town's name in a language, or in its own."""
        return label(self.name, language, self.language)


class Host(models.Model):
    """A host name that belongs to one municipality, lower case, without port."""

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+")
    host = models.CharField(max_length=253, unique=True)
    is_canonical = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["municipality"], condition=models.Q(is_canonical=True), name="host_one_canonical"
            )
        ]

    def __str__(self) -> str:
        return self.host
