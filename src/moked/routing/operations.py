"""Publish routing rules, and retire departments and teams to which nothing leads any more."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from moked.accounts import operations as accounts
from moked.accounts.models import Department, Team
from moked.accounts.operations import UnableToChangeDepartment, UnableToChangeTeam
from moked.accounts.rules import Actor
from moked.audit import operations as audit
from moked.cases.models import Case
from moked.catalogue.models import Service
from moked.municipalities.models import Municipality
from moked.revisions import operations as revisions
from moked.revisions.queries import is_published
from moked.routing.models import RuleSet
from moked.routing.queries import areas_of, rules_of
from moked.routing.rules import Rule, check

KIND = "routing_rules"


@transaction.atomic
def publish_rules(
    *, municipality: Municipality, rules: Sequence[Rule], by_user_id: int | None, now: datetime
) -> RuleSet:
    """Make these the rules of the municipality; cases opened from now on follow them.

    Raises rules.BadRules when one names what the municipality does not have, or can never decide.
    """
    check_names(municipality, rules)
    rule_set, _ = RuleSet.objects.select_for_update().get_or_create(municipality=municipality)
    document = [rule.as_document() for rule in rules]
    if is_published(KIND, rule_set.pk, {"rules": document}):
        return rule_set
    rule_set.document = document
    rule_set.revision = revisions.publish(
        municipality_id=municipality.pk,
        kind=KIND,
        object_id=rule_set.pk,
        document={"rules": document},
        author_id=by_user_id,
        now=now,
    )
    rule_set.save()
    audit.record(
        municipality_id=municipality.pk,
        actor_kind="STAFF" if by_user_id else "SYSTEM",
        actor_id=by_user_id,
        verb="routing.published",
        object_kind=KIND,
        object_id=rule_set.pk,
        after={"revision": rule_set.revision.number, "rules": len(document)},
        now=now,
    )
    return rule_set


@transaction.atomic
def retire_department(*, department_id: int, by: Actor, now: datetime) -> Department:
    """Retire a department to which nothing leads any more.

    Raises UnableToChangeDepartment: besides the codes of accounts also HAS_SERVICES, HAS_CASES, IN_RULES.
    """
    department = accounts.retire_department(department_id=department_id, by=by, now=now)
    if Service.objects.filter(department=department, is_offered=True).exists():
        raise UnableToChangeDepartment("HAS_SERVICES")
    if Case.objects.filter(department=department, is_open=True).exists():
        raise UnableToChangeDepartment("HAS_CASES")
    if any(rule.department == department.code for rule in rules_of(by.municipality_id)):
        raise UnableToChangeDepartment("IN_RULES")
    return department


@transaction.atomic
def retire_team(*, team_id: int, by: Actor, now: datetime) -> Team:
    """Retire a team that has no open case any more. Raises UnableToChangeTeam (NOT_FOUND, HAS_CASES)."""
    team = accounts.retire_team(team_id=team_id, by=by, now=now)
    if Case.objects.filter(team=team, is_open=True).exists():
        raise UnableToChangeTeam("HAS_CASES")
    return team


def check_names(municipality: Municipality, rules: Sequence[Rule]) -> None:
    """Raise rules.BadRules unless the rules fit the municipality as it is now."""
    departments = Department.objects.filter(municipality=municipality, is_retired=False)
    services = Service.objects.filter(municipality=municipality)
    check(
        rules,
        departments=set(departments.values_list("code", flat=True)),
        services=set(services.values_list("slug", flat=True)),
        areas=areas_of(municipality.pk),
    )
