"""Which labels a town has, which cases they are on, and how many."""

from collections.abc import Iterable

from django.db.models import Count, QuerySet, Subquery

from moked.accounts.rules import Actor
from moked.base.sorting import sort_key
from moked.cases.models import Case, CaseLabel, Label


def labels_of_town(municipality_id: int, language: str, fallback: str) -> list[Label]:
    """Return every label of a town by its name in a language, retired ones too."""
    rows = Label.objects.filter(municipality_id=municipality_id)
    return sorted(rows, key=lambda one: (*sort_key(one.name_in(language, fallback), language), one.pk))


def labels_on(cases: Iterable[Case], labels: Iterable[Label]) -> dict[int, list[Label]]:
    """Return which of a town's labels are on each case that has any, in the order given, by the case's id."""
    listed = list(labels)
    places = {one.pk: place for place, one in enumerate(listed)}
    ids = [case.pk for case in cases]
    if not places or not ids:
        return {}
    found: dict[int, list[int]] = {}
    rows = CaseLabel.objects.filter(case_id__in=ids, label_id__in=places)
    for case_id, label_id in rows.values_list("case_id", "label_id"):
        found.setdefault(case_id, []).append(places[label_id])
    return {case_id: [listed[place] for place in sorted(on)] for case_id, on in found.items()}


def label_by_code(municipality_id: int, code: str) -> Label | None:
    """Return the label of this code, retired or not."""
    return Label.objects.filter(municipality_id=municipality_id, code=code).first()


def open_cases_by_label(actor: Actor) -> dict[int, int]:
    """Return how many open cases that the actor sees have each label, by its id; none for one of no case."""
    seen = Case.objects.visible_to(actor).open()
    rows = CaseLabel.objects.filter(municipality_id=actor.municipality_id, case__in=seen)
    return dict(rows.order_by().values_list("label_id").annotate(Count("id")))


def of_label(cases: QuerySet[Case], actor: Actor, code: str) -> QuerySet[Case]:
    """Keep the cases with the label of the actor's town that has this code."""
    # As a value, not a join: then the database walks the index of the label's cases.
    wanted = Label.objects.filter(municipality_id=actor.municipality_id, code=code)
    on = CaseLabel.objects.filter(label_id=Subquery(wanted.values("id")[:1]))
    return cases.filter(id__in=on.values("case_id"))
