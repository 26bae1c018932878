"""People and organisations in touch with a municipality, and how to reach them."""

from django.db import models
from django.db.models import F, Q

from moked.accounts.models import User
from moked.base.ids import reference
from moked.municipalities.models import Municipality
from moked.residents.rules import BEGINNING, LONGEST_WORD, TAIL, ContactKind


class Resident(models.Model):
    """Somebody known to one municipality. An anonymous reporter has no row at all.

    `reference` names them in addresses; the release before this one knows none and leaves it empty.
    A resident who turned out to be another keeps all that is theirs: `merged_into` is who a person said it
    is, `known_as` whom that comes to along the chain, which reading follows.
    """

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(max_length=120, default="")
    language = models.CharField(max_length=5)
    created_at = models.DateTimeField()
    reference = models.CharField(max_length=20, null=True, unique=True, default=reference)
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    known_as = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True, known_as__isnull=True)
                | Q(merged_into__isnull=False, known_as__isnull=False) & ~Q(known_as=F("id")),
                name="resident_known_as_another",
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)


class ContactPoint(models.Model):
    """One address of a resident, as typed and in the form it is compared in.

    `tail` is the end of a phone number, by which it is looked up. Nothing is sent where `undeliverable_at`
    says that a mail server knew of no such address. `verified_at` is when somebody last answered from it with
    a secret that we had sent there. The town writes or calls to the one that `is_preferred` first. After
    `retired_at` it is the resident's no longer.
    `shares` is set on an e-mail address that another resident had first: of those without it the database
    allows one, so that two first mails at the same moment make one resident.
    """

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    resident = models.ForeignKey(Resident, on_delete=models.CASCADE, related_name="contact_points")
    kind = models.CharField(max_length=5, choices=[(kind.value, kind.value) for kind in ContactKind])
    value = models.CharField(max_length=254)
    normalised = models.CharField(max_length=254)
    tail = models.CharField(max_length=TAIL, default="", db_default="")
    undeliverable_at = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(null=True)
    is_preferred = models.BooleanField(default=False, db_default=False)
    shares = models.BooleanField(default=False, db_default=False)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "kind", "normalised"],
                condition=Q(kind=ContactKind.EMAIL, shares=False, retired_at__isnull=True),
                name="contact_point_email_first",
            ),
            models.UniqueConstraint(
                fields=["resident"], condition=Q(is_preferred=True), name="contact_point_preferred"
            ),
            models.UniqueConstraint(
                fields=["resident", "kind", "normalised"], name="contact_point_once_each"
            ),
        ]
        indexes = [
            models.Index(
                fields=["municipality", "tail"],
                condition=Q(kind=ContactKind.PHONE),
                name="contact_point_by_tail",
            ),
            models.Index(
                fields=["municipality", "normalised"],
                condition=Q(kind=ContactKind.EMAIL),
                name="contact_point_by_email",
            ),
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


class KeptApart(models.Model):
    """Two residents of whom a person said that they are not the same, so that nobody is asked again."""

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    one = models.ForeignKey(Resident, on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey(Resident, on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["one", "other"], name="kept_apart_once"),
            models.CheckConstraint(condition=Q(one__lt=F("other")), name="kept_apart_in_order"),
        ]

    def __str__(self) -> str:
        return str(self.pk)
