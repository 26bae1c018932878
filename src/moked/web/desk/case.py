"""The page of one case, and what staff do there. An action that fails shows the page with what was typed."""

import functools
from collections.abc import Callable
from datetime import UTC, datetime

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from moked.accounts.rules import SEES_CASES, WORKS_ON_CASES
from moked.cases import operations
from moked.cases.models import Case
from moked.cases.queries import NoSuchCase, case_by_number
from moked.intake.operations import submission_key
from moked.web.desk import refusals
from moked.web.desk.case_page import address, closing_context, context_of, get_case_or_404, new_assign_form
from moked.web.desk.forms import CaseForm, CloseForm, NoteForm, ReplyForm, ReviewForm, StateForm
from moked.web.desk.submissions import once
from moked.web.ui.access import access
from moked.web.ui.requests import TownRequest
from moked.web.ui.views import see_other

Show = Callable[[TownRequest, Case, CaseForm | None], HttpResponse]
BOTH = ("GET", "POST")


@access(*SEES_CASES)
def case(request: TownRequest, number: str) -> HttpResponse:
    """Show what the case is, how long it has waited and what can be done."""
    return _show(request, get_case_or_404(request, number))


@access(*WORKS_ON_CASES, methods=BOTH)
def reply(request: TownRequest, number: str) -> HttpResponse:
    """Write to the resident."""
    found = get_case_or_404(request, number)
    return _act(request, found, ReplyForm(_sent(request)), operations.reply)


@access(*WORKS_ON_CASES, methods=BOTH)
def note(request: TownRequest, number: str) -> HttpResponse:
    """Write for colleagues only."""
    found = get_case_or_404(request, number)
    return _act(request, found, NoteForm(_sent(request)), operations.add_note)


@access(*WORKS_ON_CASES, methods=BOTH)
def assign(request: TownRequest, number: str) -> HttpResponse:
    """Give the case to a department and a person."""
    found = get_case_or_404(request, number)
    return _act(request, found, new_assign_form(found, _sent(request)), operations.assign)


@access(*WORKS_ON_CASES, methods=BOTH)
def move(request: TownRequest, number: str) -> HttpResponse:
    """Set another open state."""
    found = get_case_or_404(request, number)
    if request.POST.get("target") == found.state:
        return see_other(address(found))
    return _act(request, found, StateForm(_sent(request), case=found), operations.move)


@access(*WORKS_ON_CASES, methods=BOTH)
def close(request: TownRequest, number: str) -> HttpResponse:
    """Close the case with an outcome and words to the resident."""
    found = get_case_or_404(request, number)
    return _act(request, found, CloseForm(_sent(request)), operations.close_case, show=_show_closing)


@access(*WORKS_ON_CASES, methods=BOTH)
def answer_review(request: TownRequest, number: str) -> HttpResponse:
    """Leave a case under review closed and tell the resident why."""
    found = get_case_or_404(request, number)
    return _act(request, found, ReviewForm(_sent(request)), operations.answer_review)


@access(*WORKS_ON_CASES, methods=BOTH)
def reopen(request: TownRequest, number: str) -> HttpResponse:
    """Open a closed case again and tell the resident."""
    found = get_case_or_404(request, number)
    return _act(request, found, ReviewForm(_sent(request)), operations.reopen)


def _show(request: TownRequest, case: Case, failed: CaseForm | None = None) -> HttpResponse:
    return render(request, "desk/case.html", context_of(request, case, failed))


def _show_closing(request: TownRequest, case: Case, failed: CaseForm | None = None) -> HttpResponse:
    form = failed or CloseForm()
    return render(request, "desk/close.html", closing_context(request, case, form))


def _sent(request: TownRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _act(
    request: TownRequest,
    case: Case,
    form: CaseForm,
    operation: Callable[..., object],
    *,
    show: Show = _show,
) -> HttpResponse:
    """Do what the form asks and go back to the case; a form that is only looked at, or fails, is shown."""
    if request.method != "POST":
        return show(request, case, None)
    if form.is_valid() and _is_done(request, case, form, operation):
        return see_other(_next_page(request, case))
    return show(request, get_case_or_404(request, str(case.number)), form)


def _is_done(request: TownRequest, case: Case, form: CaseForm, operation: Callable[..., object]) -> bool:
    """Do it; when it is refused, add the reason to the form."""
    said = form.change
    key = submission_key(
        form.cleaned_data.get("submission"), form.place, str(case.pk), *map(str, said.values())
    )
    change = functools.partial(
        operation,
        case_id=case.pk,
        by=request.actor,
        now=datetime.now(UTC),
        **said,
        **({"submission": key} if key else {}),
    )
    try:
        once(case, key, change)
    except operations.UnableToChangeCase as refusal:
        if refusal.code == "NOT_FOUND":
            raise Http404 from refusal
        form.add_error(None, refusals.CHANGES[refusal.code])
        return False
    return True


def _next_page(request: TownRequest, case: Case) -> str:
    """Return the case's address, or the queue's for who no longer sees the case after handing it over."""
    try:
        case_by_number(request.actor, str(case.number))
    except NoSuchCase:
        words = _("Case %(number)s is now with another department.")
        messages.success(request, words % {"number": case.number})
        return reverse("desk:queue")
    return f"{address(case)}#latest"
