"""Keep what cases are found by up to date: written in the transaction of each change.

Histories written in bulk are left to `index_missing`, which follows the event log.
"""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from moked.cases.models import Case, Contact, Participant
from moked.cases.queries.search import KIND, CaseWords, named_by, said_in, words_of
from moked.search import operations as documents
from moked.search.models import Document

BATCH = 100


def index_opened(
    case: Case, contact: Contact, reporter: Participant | None, answers: Iterable[object]
) -> None:
    """Write the document of a case just opened, from what is at hand."""
    words = CaseWords([case.title, case.public_title, case.address, contact.body], [])
    words.text.extend(word for answer in answers for word in said_in(answer))
    if reporter:
        words.people.extend(named_by(reporter.name, reporter.email, reporter.phone))
    documents.add(KIND, [_document(case, words)])


def index_case(case: Case) -> None:
    """Write a locked case's document anew after something was said on it or it changed."""
    documents.rewrite(KIND, _document(case, words_of([case])[case.pk]))


def index_department(case: Case) -> None:
    """Keep with a case's document which department has it."""
    documents.set_scope(KIND, case.pk, case.department_id)


@transaction.atomic
def index_missing(case_ids: Iterable[int]) -> int:
    """Write the documents of those of the cases that have none; return how many there were.

    The cases stay locked until the commit, so that nothing said meanwhile is missed.
    """
    wanted = set(case_ids)
    if not wanted or not (wanted := wanted - _with_document(wanted)):
        return 0
    cases = list(Case.objects.select_for_update(of=("self",)).filter(id__in=wanted).order_by("id"))
    # Those indexed while we waited for their lock are done.
    done = _with_document(wanted)
    cases = [case for case in cases if case.pk not in done]
    words = words_of(cases)
    documents.add(KIND, [_document(case, words[case.pk]) for case in cases])
    return len(cases)


@transaction.atomic
def index_again(case_ids: Iterable[int]) -> int:
    """Write the documents of cases anew, also missing ones; return how many were missing."""
    cases = list(Case.objects.select_for_update(of=("self",)).filter(id__in=list(case_ids)).order_by("id"))
    known = _with_document(case.pk for case in cases)
    words = words_of(cases)
    missing = [_document(case, words[case.pk]) for case in cases if case.pk not in known]
    documents.add(KIND, missing)
    for case in cases:
        if case.pk in known:
            documents.rewrite(KIND, _document(case, words[case.pk]))
    return len(missing)


def next_cases(last: int) -> list[int]:
    """Return the ids of the next hundred cases of the installation after this one, in order."""
    return list(Case.objects.filter(id__gt=last).order_by("id").values_list("id", flat=True)[:BATCH])


def forget_strays() -> int:
    """Delete the documents that belong to no case; return how many there were."""
    cases = Case.objects.filter(id=OuterRef("object_id"))
    gone = 0
    while ids := list(_documents().exclude(Exists(cases)).values_list("object_id", flat=True)[:BATCH]):
        with transaction.atomic():
            gone += documents.forget(KIND, ids)
    return gone


def forget_cases(case_ids: Iterable[int]) -> None:
    """Delete the documents of cases that are no more."""
    ids = list(case_ids)
    if ids:
        documents.forget(KIND, ids)


def _documents() -> QuerySet[Document]:
    return Document.objects.filter(kind=KIND)


def _with_document(case_ids: Iterable[int]) -> set[int]:
    return set(_documents().filter(object_id__in=list(case_ids)).values_list("object_id", flat=True))


def _document(case: Case, words: CaseWords) -> documents.Words:
    said = words.text
    # The title is mostly the beginning of what was said; once is enough.
    title = case.title.rstrip("…")
    if any(one.startswith(title) for one in said[1:]):
        said = said[1:]
    return documents.Words(
        municipality_id=case.municipality_id,
        object_id=case.pk,
        at=case.opened_at,
        scope=case.department_id,
        text=said,
        people=words.people,
    )
