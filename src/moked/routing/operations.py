"""Publish routing rules."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from moked.accounts.models import Department
from moked.accounts.operations import UnableToChangeDepartment
from moked.accounts.operations import retire_department as retire
from moked.accounts.rules import Actor
from moked.audit import operations as audit
from moked.cases.models import Case
from moked.catalogue.models import Service
from moked.municipalities.models import Municipality
from moked.revisions import operations as revisions
from moked.revisions.queries import is_published
from moked.routing.models import KIND, RuleSet, new_version
from moked.routing.queries import known_to, rules_of
from moked.routing.rules import Rule, check


class RulesChangedMeanwhile(Exception):
    """Somebody else published rules after those that were to be changed had been read."""


@transaction.atomic
def publish_rules(
    *,
    municipality: Municipality,
    rules: Sequence[Rule],
    by_user_id: int | None,
    now: datetime,
    base: int | None = None,
) -> RuleSet:
    """Make these the rules of the municipality; cases opened from now on follow them.

    `base` is the number of the revision they were made from, 0 for none; None where that does not matter.
    Raises rules.BadRules when one names what the municipality does not have, or can never decide, and
    RulesChangedMeanwhile when another revision is in force than the one they were made from.
    """
    check_names(municipality, rules)
    RuleSet.objects.get_or_create(municipality=municipality)
    rule_set = RuleSet.objects.select_for_update().get(municipality=municipality)
    if base is not None and base != (rule_set.revision.number if rule_set.revision else 0):
        raise RulesChangedMeanwhile
    document = [rule.as_document() for rule in rules]
    if is_published(KIND, rule_set.pk, {"rules": document}):
        return rule_set
    rule_set.document, rule_set.version = document, new_version()
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
def keep_draft(
    *, municipality: Municipality, rules: Sequence[Rule], by_user_id: int | None, now: datetime
) -> None:
    """Keep rules that are not finished; they may name what is not there, and no case follows them."""
    rule_set, _ = RuleSet.objects.get_or_create(municipality=municipality)
    revisions.keep_draft(
        municipality_id=municipality.pk,
        kind=KIND,
        object_id=rule_set.pk,
        document={"rules": [rule.as_document() for rule in rules]},
        author_id=by_user_id,
        now=now,
    )


def drop_draft(municipality: Municipality) -> None:
    """Forget the rules that were kept as a draft."""
    if rule_set := RuleSet.objects.filter(municipality=municipality).first():
        revisions.drop_draft(KIND, rule_set.pk)


@transaction.atomic
def retire_department(*, department_id: int, by: Actor, now: datetime) -> Department:
    """Retire a department to which nothing leads any more.

    Raises UnableToChangeDepartment: besides the codes of accounts also HAS_SERVICES, HAS_CASES, IN_RULES.
    """
    department = retire(department_id=department_id, by=by, now=now)
    if Service.objects.filter(department=department, is_offered=True).exists():
        raise UnableToChangeDepartment("HAS_SERVICES")
    if Case.objects.filter(department=department, is_open=True).exists():
        raise UnableToChangeDepartment("HAS_CASES")
    if any(rule.target.department == department.code for rule in rules_of(by.municipality_id)):
        raise UnableToChangeDepartment("IN_RULES")
    return department


def check_names(municipality: Municipality, rules: Sequence[Rule]) -> None:
    """Raise rules.BadRules unless the rules fit the municipality as it is now."""
    check(rules, known_to(municipality.pk))
