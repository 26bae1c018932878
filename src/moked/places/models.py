"""A town's map: outline and areas, streets with their houses, landmarks. What is gone is retired."""

from typing import Any

from django.db import models
from django.db.models import F, Q

from moked.base.labels import ReadableEncoder, label
from moked.municipalities.models import Municipality
from moked.places.rules import AreaKind, Box, HouseRun, Parity, Point
from moked.revisions.models import Revision


def names() -> "models.JSONField[Any, Any]":
    """Return a column for `{language: text}`."""
    return models.JSONField(encoder=ReadableEncoder, default=dict)


class Edition(models.Model):
    """Which state of a town's map is current: random names that change with every change.

    They are not numbers, since a number that was rolled back or restored comes again with other content.
    """

    municipality = models.OneToOneField(Municipality, on_delete=models.PROTECT, related_name="+")
    areas = models.CharField(max_length=20)
    addresses = models.CharField(max_length=20)


class Area(models.Model):
    """A part of the town, or its outline. `geometry` is a GeoJSON Polygon or MultiPolygon."""

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=[(kind.value, kind.value) for kind in AreaKind])
    code = models.CharField(max_length=60)
    name = names()
    geometry = models.JSONField()
    south = models.FloatField()
    west = models.FloatField()
    north = models.FloatField()
    east = models.FloatField()
    is_retired = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["municipality", "kind", "code"], name="area_code")]

    def __str__(self) -> str:
        return self.code

    def name_in(self, language: str, fallback: str) -> str:
        """The area's name in a language, or in the town's."""
        return label(self.name, language, fallback)

    @property
    def box(self) -> Box:
        """The smallest box around it."""
        return Box(self.south, self.west, self.north, self.east)


class MapImport(models.Model):
    """A file that somebody uploaded: checked and waiting to be applied, or applied and kept as history.

    `records` holds what is written when it is applied, `summary` what the check found, and under `edition`
    the state of the map it was compared with. `area_kind` is '' for streets and landmarks.
    """

    class Subject(models.TextChoices):
        AREAS = "AREAS"
        STREETS = "STREETS"
        LANDMARKS = "LANDMARKS"

    class State(models.TextChoices):
        CHECKED = "CHECKED"
        APPLIED = "APPLIED"

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+")
    subject = models.CharField(max_length=10, choices=Subject.choices)
    area_kind = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=State.choices, default=State.CHECKED)
    source = models.CharField(max_length=200)
    records = models.JSONField(encoder=ReadableEncoder)
    summary = models.JSONField(encoder=ReadableEncoder)
    author_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, null=True, related_name="+")


class Street(models.Model):
    """A street of the town. `forms` are its names as they are compared, one a line.

    `lines` is how it is drawn: GeoJSON MultiLineString coordinates, empty where only a position is known.
    """

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=60)
    name = names()
    forms = models.TextField()
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    lines = models.JSONField(default=list)
    is_retired = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["municipality", "code"], name="street_code"),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__isnull=False, longitude__isnull=False),
                name="street_whole_position",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    def name_in(self, language: str, fallback: str) -> str:
        """The street's name in a language, or in the town's."""
        return label(self.name, language, fallback)

    @property
    def point(self) -> Point | None:
        """Where the street is, if that is known."""
        return point_of(self.latitude, self.longitude)


class HouseRange(models.Model):
    """Houses along one side of a street; where each stands is worked out from the two ends."""

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    street = models.ForeignKey(Street, on_delete=models.CASCADE, related_name="ranges")
    parity = models.CharField(max_length=4, choices=[(one.value, one.value) for one in Parity])
    first = models.PositiveIntegerField()
    last = models.PositiveIntegerField()
    start_latitude = models.FloatField()
    start_longitude = models.FloatField()
    end_latitude = models.FloatField()
    end_longitude = models.FloatField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(first__lte=F("last")), name="house_range_in_order")]

    @property
    def run(self) -> HouseRun:
        """The range as a value that knows where its houses stand."""
        return HouseRun(
            self.parity,
            self.first,
            self.last,
            Point(self.start_latitude, self.start_longitude),
            Point(self.end_latitude, self.end_longitude),
        )


class Landmark(models.Model):
    """Something everybody knows by name: a school, a bridge, a market. `forms` as for a street."""

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=60)
    name = names()
    forms = models.TextField()
    latitude = models.FloatField()
    longitude = models.FloatField()
    is_retired = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["municipality", "code"], name="landmark_code")]

    def __str__(self) -> str:
        return self.code

    @property
    def point(self) -> Point:
        """Where it is."""
        return Point(self.latitude, self.longitude)


def point_of(latitude: float | None, longitude: float | None) -> Point | None:
    """Return the point of two columns that are both filled or both empty."""
    return None if latitude is None or longitude is None else Point(latitude, longitude)
