"""People and organisations in touch with a municipality, and how to reach them."""

from django.db import models

from moked.base.ids import reference
from moked.municipalities.models import Municipality
from moked.residents.rules import BEGINNING, LONGEST_WORD, TAIL, ContactKind


class Resident(models.Model):
    """Somebody known to one municipality. An anonymous reporter has no row at all.

    `reference` names them in addresses; the release before this one knows none and leaves it empty.
    """

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(max_length=120, default="")
    language = models.CharField(max_length=5)
    created_at = models.DateTimeField()
    reference = models.CharField(max_length=20, null=True, unique=True, default=reference)

    def __str__(self) -> str:
        return str(self.pk)


class ContactPoint(models.Model):
    """One address of a resident, as typed and in the form it is compared in.

    `tail` is the end of a phone number, by which it is looked up. Nothing is sent where `undeliverable_at`
    says that a mail server knew of no such address.
    """

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    resident = models.ForeignKey(Resident, on_delete=models.CASCADE, related_name="contact_points")
    kind = models.CharField(max_length=5, choices=[(kind.value, kind.value) for kind in ContactKind])
    value = models.CharField(max_length=254)
    normalised = models.CharField(max_length=254)
    tail = models.CharField(max_length=TAIL, default="", db_default="")
    undeliverable_at = models.DateTimeField(null=True)

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
        indexes = [
            models.Index(
                fields=["municipality", "tail"],
                condition=models.Q(kind=ContactKind.PHONE),
                name="contact_point_by_tail",
            )
        ]

    def __str__(self) -> str:
        return self.kind


class NameKey(models.Model):
    """A word of a resident's name, folded, under one of the keys it is looked up by."""

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    resident = models.ForeignKey(Resident, on_delete=models.CASCADE, related_name="name_keys")
    key = models.CharField(max_length=BEGINNING + 1)
    word = models.CharField(max_length=LONGEST_WORD)

    class Meta:
        indexes = [models.Index(fields=["municipality", "key", "word", "resident"], name="name_key")]

    def __str__(self) -> str:
        return str(self.pk)
