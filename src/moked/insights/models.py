"""Counts kept by projection from the event log."""

from django.db import models

from moked.catalogue.models import Service
from moked.municipalities.models import Municipality


class ServiceMonth(models.Model):
    """How many cases of a service were received and closed in a month of the town's own calendar."""

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="+")
    month = models.DateField()
    received = models.PositiveIntegerField(default=0)
    closed = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["service", "month"], name="service_month_once")]
        indexes = [models.Index(fields=["municipality", "month"], name="service_month_by_town")]

    def __str__(self) -> str:
        return str(self.month)


class ServiceOpen(models.Model):
    """How many cases of a service are open now."""

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    service = models.OneToOneField(Service, on_delete=models.PROTECT, related_name="+")
    open = models.IntegerField(default=0)
    as_of = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.open)
