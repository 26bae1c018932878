"""What residents said about how their case was handled."""

from django.db import models
from django.db.models import Q

from moked.cases.models import Case
from moked.municipalities.models import Municipality


class Survey(models.Model):
    """The questions asked after one closing of a case, and the answer once given."""

    class Fixed(models.TextChoices):
        YES = "YES"
        NO = "NO"
        CANT_TELL = "CANT_TELL"

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    closing = models.PositiveSmallIntegerField()
    asked_at = models.DateTimeField()
    fixed = models.CharField(max_length=9, choices=Fixed.choices, default="")
    rating = models.PositiveSmallIntegerField(null=True)
    words = models.TextField(default="")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "closing"], name="survey_one_per_closing"),
            models.CheckConstraint(
                condition=Q(rating__isnull=True) | Q(rating__gte=1, rating__lte=5),
                name="survey_rating_1_to_5",
            ),
        ]

    def __str__(self) -> str:
        return self.fixed or "–"
