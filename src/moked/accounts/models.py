"""Staff: people are global, their memberships give them roles in municipalities and departments."""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.crypto import salted_hmac

from moked.accounts import rosters
from moked.accounts.rules import DEPARTMENTAL, Role, Sharing
from moked.base.civil_time import DAY_MINUTES
from moked.base.labels import ReadableEncoder, label
from moked.municipalities.models import Municipality


class Users(BaseUserManager["User"]):
    """Makes users known by their e-mail address."""

    def create_user(self, email: str, password: str | None = None, **columns: Any) -> "User":
        """Create a user; the address is kept in lower case, the password hashed (None: cannot sign in)."""
        user = self.model(email=email.lower(), **columns)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser):
    """A member of staff of one or more municipalities."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    language = models.CharField(max_length=5, default="en")
    is_active = models.BooleanField(default=True)
    sign_in_version = models.PositiveIntegerField(default=0, db_default=0)

    objects = Users()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    def __str__(self) -> str:
        return self.name

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Bind sessions to the password and to the second factors: when either changes, all others end."""
        words = f"{self.password}\x1f{self.sign_in_version}"
        return salted_hmac("moked.accounts.session", words, secret=secret, algorithm="sha256").hexdigest()


class Department(models.Model):
    """A unit that handles cases; departments form a tree. A retired one is offered nowhere any more."""

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    code = models.SlugField(max_length=40)
    name = models.JSONField(encoder=ReadableEncoder)
    is_retired = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["municipality", "code"], name="department_code")]

    def __str__(self) -> str:
        return self.code

    def name_in(self, language: str, fallback: str) -> str:
        """The department's name in a language, or in the town's."""
        return label(self.name, language, fallback)


class Membership(models.Model):
    """One role of one person in one municipality; the departmental roles name their department."""

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=20, choices=[(role.value, role.value) for role in Role])
    department = models.ForeignKey(Department, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "user", "role", "department"], name="membership_once"
            ),
            models.UniqueConstraint(
                fields=["municipality", "user", "role"],
                condition=models.Q(department__isnull=True),
                name="membership_once_town_wide",
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=sorted(DEPARTMENTAL), department__isnull=False)
                | (~models.Q(role__in=sorted(DEPARTMENTAL)) & models.Q(department__isnull=True)),
                name="membership_department_where_needed",
            ),
        ]

    def __str__(self) -> str:
        return self.role


class Team(models.Model):
    """People of a department, or of the centre where it has none, who share the cases that come to them.

    `last_given` is who got the last case by turn. Of a team that is on call those on duty are told of urgent
    cases. A retired one is offered nowhere any more.
    """

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, null=True, related_name="+")
    code = models.SlugField(max_length=40)
    name = models.JSONField(encoder=ReadableEncoder)
    sharing = models.CharField(
        max_length=12, choices=[(one.value, one.value) for one in Sharing], default=Sharing.NOBODY
    )
    is_on_call = models.BooleanField(default=False)
    last_given = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    is_retired = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["municipality", "code"], name="team_code")]

    def __str__(self) -> str:
        return self.code

    def name_in(self, language: str, fallback: str) -> str:
        """The team's name in a language, or in the town's."""
        return label(self.name, language, fallback)


class TeamMember(models.Model):
    """Somebody who works in a team."""

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "user"], name="team_member_once")]

    def __str__(self) -> str:
        return str(self.user_id)


class Shift(models.Model):
    """When a member of a team is on duty, week after week.

    `weekdays` are digits, 0 for Monday. `begins` and `ends` are minutes after midnight on the town's clocks;
    past 1,440 it ends on the next day.
    """

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    weekdays = models.CharField(max_length=7)
    begins = models.PositiveSmallIntegerField()
    ends = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    begins__lt=DAY_MINUTES,
                    ends__gt=models.F("begins"),
                    ends__lte=models.F("begins") + DAY_MINUTES,
                ),
                name="shift_of_some_length",
            ),
            models.CheckConstraint(condition=~models.Q(weekdays=""), name="shift_on_some_day"),
        ]

    def __str__(self) -> str:
        return f"{self.weekdays} {self.begins}–{self.ends}"

    @property
    def hours(self) -> rosters.Shift:
        """The shift as the rule of who is on duty takes it."""
        weekdays = tuple(int(day) for day in self.weekdays)
        return rosters.Shift(self.user_id, weekdays, self.begins, self.ends)


class Absence(models.Model):
    """Days, the last one included, on which somebody is not there for the town."""

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    first_day = models.DateField()
    last_day = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(last_day__gte=models.F("first_day")), name="absence_ends_after_it_begins"
            )
        ]
        indexes = [models.Index(fields=["municipality", "last_day", "id"], name="absence_ahead")]

    def __str__(self) -> str:
        return f"{self.first_day}–{self.last_day}"
