"""The services a town offers. A row is stable; what it says comes from its published revision."""

from django.db import models

from moked.accounts.models import Department
from moked.base.labels import ReadableEncoder, label
from moked.catalogue.rules import NEAR, REOPEN_DAYS, AfterClosing, CaseKind, ClosedPolicy, PlaceNeed, Priority
from moked.municipalities.models import Municipality
from moked.revisions.models import Revision


class Service(models.Model):
    """Something that can be reported or asked for; columns are copied from the published revision."""

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+")
    slug = models.SlugField(max_length=60)
    is_offered = models.BooleanField(default=True)
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, null=True, related_name="+")
    name = models.JSONField(encoder=ReadableEncoder, default=dict)
    description = models.JSONField(encoder=ReadableEncoder, default=dict)
    words = models.JSONField(encoder=ReadableEncoder, default=dict)
    kind = models.CharField(max_length=10, choices=[(kind.value, kind.value) for kind in CaseKind])
    department = models.ForeignKey(Department, on_delete=models.PROTECT, null=True, related_name="+")
    is_confidential = models.BooleanField(default=False)
    place = models.CharField(
        max_length=10, choices=[(need.value, need.value) for need in PlaceNeed], default=PlaceNeed.NONE
    )
    photos = models.BooleanField(default=False)
    is_public = models.BooleanField(default=False)
    duplicate_radius = models.PositiveIntegerField(default=NEAR)
    needs_proof = models.BooleanField(default=False)
    centre_checks = models.BooleanField(default=False)
    priority = models.CharField(
        max_length=6,
        choices=[(one.value, one.value) for one in Priority],
        default=Priority.NORMAL,
        db_default=Priority.NORMAL,
    )
    closed_words = models.CharField(
        max_length=13,
        choices=[(one.value, one.value) for one in AfterClosing],
        default="",
        db_default="",
        blank=True,
    )
    reopen_days = models.PositiveSmallIntegerField(default=REOPEN_DAYS, db_default=REOPEN_DAYS)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["municipality", "slug"], name="service_slug")]

    def __str__(self) -> str:
        return self.slug

    def name_in(self, language: str, fallback: str) -> str:
        """The service's name in a language, or in the town's."""
        return label(self.name, language, fallback)


class ClosedWords(models.Model):
    """What a town does with words on closed cases, where a service says nothing of its own."""

    municipality = models.OneToOneField(Municipality, on_delete=models.PROTECT, related_name="+")
    what = models.CharField(max_length=13, choices=[(one.value, one.value) for one in AfterClosing])
    days = models.PositiveSmallIntegerField()
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return self.what

    @property
    def policy(self) -> ClosedPolicy:
        """What the row says."""
        return ClosedPolicy(AfterClosing(self.what), self.days)


class ConfidentialAccess(models.Model):
    """A role that may see the cases of a confidential service."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["service", "role"], name="confidential_access_once")]

    def __str__(self) -> str:
        return self.role
