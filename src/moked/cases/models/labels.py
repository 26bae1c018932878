"""Labels of a town, and the cases they are on. Only staff see them."""

from django.db import models

from moked.base.labels import ReadableEncoder, label
from moked.cases.labels import LONGEST_UNIQUE_NAME, Colour
from moked.cases.models.case import Case
from moked.cases.models.people import Merging
from moked.municipalities.models import Municipality
from moked.revisions.models import Revision


class Label(models.Model):
    """A short word of a town for its staff; a retired one stays on its cases, but is put on no more.

    `unique_name` is its name in the language of the town, as no other label of the town has it.
    """

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    code = models.SlugField(max_length=40, db_index=False)
    name = models.JSONField(encoder=ReadableEncoder, default=dict)
    unique_name = models.CharField(max_length=LONGEST_UNIQUE_NAME)
    colour = models.CharField(max_length=6, choices=[(one.value, one.value) for one in Colour], default="")
    is_retired = models.BooleanField(default=False)
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["municipality", "code"], name="label_code"),
            models.UniqueConstraint(fields=["municipality", "unique_name"], name="label_name_once"),
        ]

    def __str__(self) -> str:
        return self.code

    def name_in(self, language: str, fallback: str) -> str:
        """The label's name in a language, or in the town's."""
        return label(self.name, language, fallback)


class CaseLabel(models.Model):
    """That a label is on a case; `merging` is set on those that a merged case brought."""

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+", db_index=False)
    label = models.ForeignKey(Label, on_delete=models.PROTECT, related_name="+", db_index=False)
    merging = models.ForeignKey(Merging, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "label"], name="case_label_once")]
        indexes = [models.Index(fields=["label", "case"], name="case_label_cases")]

    def __str__(self) -> str:
        return str(self.label_id)
