"""Publish where cases go, and what is dangerous; retire what nothing leads to any more."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction

from moked.accounts import operations as accounts
from moked.accounts.models import Department, Team
from moked.accounts.operations import UnableToChangeDepartment, UnableToChangeTeam
from moked.accounts.rules import Actor
from moked.audit import operations as audit
from moked.cases import operations as cases
from moked.cases.models import Case, Label
from moked.cases.operations import UnableToChangeLabel
from moked.catalogue.models import Service
from moked.municipalities.models import Municipality
from moked.revisions import operations as revisions
from moked.revisions.queries import is_published
from moked.routing.dangers import Danger
from moked.routing.dangers import check as check_dangers
from moked.routing.models import DANGERS_KIND, KIND, DangerSet, RuleSet, new_version
from moked.routing.queries import known_to, rules_of
from moked.routing.rules import Rule, check

Kind = TypeVar("Kind", RuleSet, DangerSet)


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
    check(rules, known_to(municipality.pk))
    documents = [rule.as_document() for rule in rules]
    return _publish(RuleSet, KIND, municipality, {"rules": documents}, by_user_id, now, base)


@transaction.atomic
def publish_dangers(
    *,
    municipality: Municipality,
    dangers: Sequence[Danger],
    by_user_id: int | None,
    now: datetime,
    base: int | None = None,
) -> DangerSet:
    """Make these what is dangerous; what residents say from now on is looked at for it.

    Raises dangers.BadDangers and RulesChangedMeanwhile, as `publish_rules` does.
    """
    known = known_to(municipality.pk)
    check_dangers(dangers, services=known.services, questions=known.questions)
    documents = [one.as_document() for one in dangers]
    return _publish(DangerSet, DANGERS_KIND, municipality, {"dangers": documents}, by_user_id, now, base)


def _publish(
    model: type[Kind],
    kind: str,
    municipality: Municipality,
    document: dict[str, list[Any]],
    by_user_id: int | None,
    now: datetime,
    base: int | None,
) -> Kind:
    """Publish a list of things under its name; nothing happens when exactly this is published already."""
    [(name, entries)] = document.items()
    rows = model._default_manager
    rows.get_or_create(municipality=municipality)
    row = rows.select_for_update(of=("self",)).select_related("revision").get(municipality=municipality)
    if base is not None and base != (row.revision.number if row.revision else 0):
        raise RulesChangedMeanwhile
    if is_published(kind, row.pk, document):
        revisions.drop_draft(kind, row.pk)
        return row
    row.document, row.version = entries, new_version()
    row.revision = revisions.publish(
        municipality_id=municipality.pk,
        kind=kind,
        object_id=row.pk,
        document=document,
        author_id=by_user_id,
        now=now,
    )
    row.save()
    audit.record(
        municipality_id=municipality.pk,
        actor_kind="STAFF" if by_user_id else "SYSTEM",
        actor_id=by_user_id,
        verb=f"{'routing' if kind == KIND else kind}.published",
        object_kind=kind,
        object_id=row.pk,
        after={"revision": row.revision.number, name: len(entries)},
        now=now,
    )
    return row


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
    department = accounts.retire_department(department_id=department_id, by=by, now=now)
    if Service.objects.filter(department=department, is_offered=True).exists():
        raise UnableToChangeDepartment("HAS_SERVICES")
    if Case.objects.filter(department=department, is_open=True).exists():
        raise UnableToChangeDepartment("HAS_CASES")
    if any(rule.target.department == department.code for rule in rules_of(by.municipality_id)):
        raise UnableToChangeDepartment("IN_RULES")
    return department


@transaction.atomic
def retire_team(*, team_id: int, by: Actor, now: datetime) -> Team:
    """Retire a team to which nothing leads any more.

    Raises UnableToChangeTeam (NOT_FOUND, HAS_CASES, IN_RULES).
    """
    team = accounts.retire_team(team_id=team_id, by=by, now=now)
    if Case.objects.filter(team=team, is_open=True).exists():
        raise UnableToChangeTeam("HAS_CASES")
    if any(rule.target.team == team.code for rule in rules_of(by.municipality_id)):
        raise UnableToChangeTeam("IN_RULES")
    return team


@transaction.atomic
def retire_label(*, label_id: int, by: Actor, now: datetime) -> Label:
    """Retire a label that no rule puts on cases any more.

    Raises UnableToChangeLabel (NOT_FOUND, IN_RULES).
    """
    label = cases.retire_label(label_id=label_id, by=by, now=now)
    if any(label.code in rule.target.labels for rule in rules_of(by.municipality_id)):
        raise UnableToChangeLabel("IN_RULES")
    return label
