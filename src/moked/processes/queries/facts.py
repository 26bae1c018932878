"""What reactions read of cases, for many at once; for the town's own machinery, not narrowed to a person."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from moked.cases.models import Case, CaseLabel
from moked.cases.queries.facts import facts_of as facts_of_all_rules
from moked.processes.facts import SURVEYED, Fact
from moked.surveys.models import Survey


def facts_of(cases: Sequence[Case], fields: Collection[str]) -> dict[int, dict[str, Any]]:
    """Return the values of these fields of each case, by its id.

    Their services, departments, teams and town are at hand.
    """
    found = facts_of_all_rules(cases, fields)
    for case in cases:
        found[case.pk] |= _standing(case)
    if not set(SURVEYED).isdisjoint(fields):
        _put_answers(found)
    if Fact.LABELS in fields:
        _put_labels(found)
    return found


def _standing(case: Case) -> dict[str, Any]:
    return {
        Fact.STATE: case.state,
        Fact.OUTCOME: case.outcome,
        Fact.DEPARTMENT: case.department.code if case.department else "",
        Fact.TEAM: case.team.code if case.team else "",
        Fact.IS_ASSIGNED: case.assignee_id is not None,
        Fact.WAS_REOPENED: case.was_reopened,
        Fact.PROMISE: case.promise_state,
        Fact.JOINED: case.joined,
    }


def _put_labels(found: Mapping[int, dict[str, Any]]) -> None:
    for facts in found.values():
        facts[Fact.LABELS] = []
    rows = CaseLabel.objects.filter(case_id__in=list(found)).order_by("id")
    for case_id, code in rows.values_list("case_id", "label__code"):
        found[case_id][Fact.LABELS].append(code)


def _put_answers(found: Mapping[int, dict[str, Any]]) -> None:
    rows = Survey.objects.filter(case_id__in=list(found), answered_at__isnull=False)
    answers = rows.order_by("closing").values_list("case_id", "rating", "fixed", "words")
    for case_id, rating, fixed, words in answers:
        found[case_id] |= {Fact.RATING: rating, Fact.FIXED: fixed, Fact.HAS_WORDS: bool(words.strip())}
