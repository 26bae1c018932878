"""What is counted: one row of facts a case, and tallies that are the sum of all facts."""

from django.db import models
from django.db.models import Q

from moked.accounts.models import Department, Team
from moked.catalogue.models import Service
from moked.insights.rules import Dimension, Kept, Standing
from moked.municipalities.models import Municipality
from moked.places.models import Area


class Reckoning(models.Model):
    """How far a town's figures are: `version` is a random name that changes with every change of them.

    It is no number, since one that was rolled back or restored comes again with other figures. `months` says
    of each month (by its first day) with which version its tallies changed last.
    Facts of an older `generation` count nowhere: a rebuilding begins by leaving all of them behind.
    """

    municipality = models.OneToOneField(
        Municipality, on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    generation = models.PositiveIntegerField(default=0)
    version = models.CharField(max_length=20, default="")
    as_of = models.DateTimeField(null=True)
    months = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.version


class CaseFact(models.Model):
    """What one case adds to the figures, as it stood when it was last looked at.

    `case_id` is a number and no key: a case that was taken out again leaves its fact until that is counted.
    Days are the town's own. `closed_on` is when a closed case counts as closed; durations are in minutes of
    the calendar, and None where nobody knows them. Spam has no facts.

    What begins with `working` is working time by the hours that the promise counts by, and None where nothing
    of the kind was promised or it is not over; `urgent_to_answer` goes round the clock. `answer_promise` and
    `end_promise` say whether first answer and end came when they were first promised. `set_aside_on` is when
    a case was merged, withdrawn or passed on as not ours.
    """

    case_id = models.BigIntegerField(primary_key=True)
    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    generation = models.PositiveIntegerField()
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="+", db_index=False)
    is_confidential = models.BooleanField()
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    area = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    channel = models.CharField(max_length=10)
    assignee_id = models.BigIntegerField(null=True)
    resident_id = models.BigIntegerField(null=True)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    opened_at = models.DateTimeField()
    opened_on = models.DateField()
    standing = models.CharField(max_length=6, choices=[(one.value, one.value) for one in Standing])
    closed_on = models.DateField(null=True)
    minutes_to_answer = models.PositiveIntegerField(null=True)
    minutes_to_close = models.PositiveIntegerField(null=True)
    promise = models.CharField(max_length=6, default="", choices=[(one.value, one.value) for one in Kept])
    rating = models.PositiveSmallIntegerField(null=True)
    was_reopened = models.BooleanField()
    is_repeat = models.BooleanField()
    ended_at_once = models.BooleanField()
    is_first_contact = models.BooleanField()
    is_waiting = models.BooleanField(default=False, db_default=False)
    was_handed_over = models.BooleanField(default=False, db_default=False)
    set_aside_on = models.DateField(null=True)
    working_to_answer = models.PositiveIntegerField(null=True)
    working_to_end = models.PositiveIntegerField(null=True)
    urgent_to_answer = models.PositiveIntegerField(null=True)
    answer_promise = models.CharField(
        max_length=6, default="", db_default="", choices=[(one.value, one.value) for one in Kept]
    )
    end_promise = models.CharField(
        max_length=6, default="", db_default="", choices=[(one.value, one.value) for one in Kept]
    )

    class Meta:
        indexes = [
            models.Index(fields=["municipality", "opened_on", "case_id"], name="case_fact_by_day"),
            models.Index(
                fields=["municipality", "opened_on", "department", "service"],
                condition=Q(standing=Standing.OPEN.value),
                name="case_fact_open",
            ),
            models.Index(
                fields=["resident_id", "opened_at"],
                condition=Q(resident_id__isnull=False),
                name="case_fact_of_resident",
            ),
        ]

    def __str__(self) -> str:
        return str(self.case_id)


class Tally(models.Model):
    """The sum of the facts of a month, a department and one value of one dimension.

    `confidential_id` is the service, where it is confidential, so that it can be left out for those who may
    not see it; else 0. Ids that are not known are 0. Received, open, waiting, repeat and all about answers
    count in the month a case was opened, set aside in the month it was, all others in the month it counts as
    closed; finished are those closed that were not set aside. The durations are histograms (`durations`).
    `key` is made of all that tells a tally from another, so that a batch finds its tallies by one list.
    """

    key = models.CharField(max_length=100, primary_key=True)
    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    month = models.DateField()
    dimension = models.CharField(max_length=10, choices=[(one.value, one.value) for one in Dimension])
    value = models.CharField(max_length=20)
    department_id = models.BigIntegerField()
    confidential_id = models.BigIntegerField()
    received = models.IntegerField(default=0)
    open = models.IntegerField(default=0)
    repeat = models.IntegerField(default=0)
    closed = models.IntegerField(default=0)
    promised = models.IntegerField(default=0)
    kept = models.IntegerField(default=0)
    reopened = models.IntegerField(default=0)
    first_contact = models.IntegerField(default=0)
    rated_1 = models.IntegerField(default=0)
    rated_2 = models.IntegerField(default=0)
    rated_3 = models.IntegerField(default=0)
    rated_4 = models.IntegerField(default=0)
    rated_5 = models.IntegerField(default=0)
    answering = models.BinaryField(default=b"")
    closing = models.BinaryField(default=b"")
    waiting = models.IntegerField(default=0, db_default=0)
    answer_promised = models.IntegerField(default=0, db_default=0)
    answer_kept = models.IntegerField(default=0, db_default=0)
    finished = models.IntegerField(default=0, db_default=0)
    end_promised = models.IntegerField(default=0, db_default=0)
    end_kept = models.IntegerField(default=0, db_default=0)
    handed_over = models.IntegerField(default=0, db_default=0)
    set_aside = models.IntegerField(default=0, db_default=0)
    working_answer = models.BinaryField(default=b"", db_default=b"")
    working_end = models.BinaryField(default=b"", db_default=b"")
    urgent_answer = models.BinaryField(default=b"", db_default=b"")

    class Meta:
        indexes = [models.Index(fields=["municipality", "dimension", "month"], name="tally_of_month")]

    def __str__(self) -> str:
        return f"{self.month} {self.dimension} {self.value}"
