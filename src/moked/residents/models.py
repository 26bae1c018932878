"""People and organisations in touch with a municipality, and how to reach them."""

from django.db import models

from moked.municipalities.models import Municipality
from moked.residents.rules import ContactKind


class Resident(models.Model):
    """Somebody known to one municipality. An anonymous reporter has no row at all."""

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(max_length=120, default="")
    language = models.CharField(max_length=5)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.pk)


class ContactPoint(models.Model):
    """One address of a resident, as typed and in the form it is compared in."""

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    resident = models.ForeignKey(Resident, on_delete=models.CASCADE, related_name="contact_points")
    kind = models.CharField(max_length=5, choices=[(kind.value, kind.value) for kind in ContactKind])
    value = models.CharField(max_length=254)
    normalised = models.CharField(max_length=254)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "kind", "normalised"],
                condition=models.Q(kind=ContactKind.EMAIL),
                name="contact_point_email_once",
            ),
            models.UniqueConstraint(
                fields=["resident", "kind", "normalised"], name="contact_point_once_each"
            ),
        ]

    def __str__(self) -> str:
        return self.kind
