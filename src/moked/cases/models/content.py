"""What belongs to a case beside words: answers to its service's questions, photos, the areas it lies in."""

from django.db import models
from django.db.models import Q

from moked.base.labels import ReadableEncoder
from moked.cases import rules
from moked.cases.models.case import Case
from moked.cases.models.timeline import Change, Contact
from moked.files.models import StoredFile
from moked.municipalities.models import Municipality
from moked.places.models import Area


class Answer(models.Model):
    """The answer to one of the service's questions; what was asked stands in the revision of the case."""

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+", db_index=False)
    code = models.CharField(max_length=40)
    value = models.JSONField(encoder=ReadableEncoder)
    is_public = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "code"], name="answer_once")]

    def __str__(self) -> str:
        return self.code


class Attachment(models.Model):
    """A photo of a case; who may see the case sees it, and the public only if `is_public`."""

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, related_name="+")
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=[(kind.value, kind.value) for kind in rules.PhotoKind])
    is_public = models.BooleanField(default=False)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.kind


class Document(models.Model):
    """A file that came with what somebody said and is no photo; `name` as its sender called it.

    It came with a contact, or with what a change on the timeline tells of, such as an external body's words.
    Whoever may see the case may have it, and nobody else.
    """

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, related_name="+")
    change = models.ForeignKey(Change, on_delete=models.PROTECT, null=True, related_name="+")
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=rules.LONGEST_FILE_NAME)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(contact__isnull=False, change__isnull=True)
                | Q(contact__isnull=True, change__isnull=False),
                name="document_came_with_one",
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)


class CaseArea(models.Model):
    """One of the areas a case lies in, as they were when its place was set."""

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+", db_index=False)
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "area"], name="case_area_once")]

    def __str__(self) -> str:
        return str(self.area_id)
