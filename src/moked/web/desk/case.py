"""The page of one case, and what staff do there. An action that fails shows the page with what was typed."""

from datetime import UTC, datetime

from django.http import HttpResponse
from django.shortcuts import render

from moked.accounts.rules import SEES_CASES, WORKS_ON_CASES
from moked.cases import operations
from moked.cases.models import Case
from moked.notices import operations as notices
from moked.notices.staff import pass_on_praise
from moked.web.desk.acting import act, sent, show_case
from moked.web.desk.case_about import add_template
from moked.web.desk.case_labels import LabelsForm, labels_of
from moked.web.desk.case_page import address, closing_context, get_case_or_404, new_assign_form
from moked.web.desk.forms import (
    CalledForm,
    CaseForm,
    CloseForm,
    KindForm,
    NoteForm,
    PraiseForm,
    PriorityForm,
    ReplyForm,
    ReviewForm,
    StateForm,
)
from moked.web.ui.access import access
from moked.web.ui.photos import NewPhotos
from moked.web.ui.requests import TownRequest
from moked.web.ui.views import see_other

BOTH = ("GET", "POST")


@access(*SEES_CASES)
def case(request: TownRequest, number: str) -> HttpResponse:
    """Show what the case is, how long it has waited and what can be done."""
    return show_case(request, get_case_or_404(request, number))


@access(*WORKS_ON_CASES, methods=BOTH)
def reply(request: TownRequest, number: str) -> HttpResponse:
    """Write to the resident."""
    found = get_case_or_404(request, number)
    form = ReplyForm(sent(request))
    add_template(form, found, request.POST)
    return act(request, found, form, operations.reply)


@access(*WORKS_ON_CASES, methods=["POST"])
def told_by_phone(request: TownRequest, number: str) -> HttpResponse:
    """Note that the resident was told by phone what a mail did not tell them."""
    found = get_case_or_404(request, number)
    if "told" not in request.POST:
        return see_other(address(found))
    return act(request, found, CalledForm(sent(request)), notices.told_by_phone)


@access(*WORKS_ON_CASES, methods=BOTH)
def note(request: TownRequest, number: str) -> HttpResponse:
    """Write for colleagues only."""
    found = get_case_or_404(request, number)
    return act(request, found, NoteForm(sent(request)), operations.add_note)


@access(*WORKS_ON_CASES, methods=BOTH)
def assign(request: TownRequest, number: str) -> HttpResponse:
    """Give the case to a department and a person."""
    found = get_case_or_404(request, number)
    return act(request, found, new_assign_form(found, sent(request)), operations.assign)


@access(*WORKS_ON_CASES, methods=BOTH)
def move(request: TownRequest, number: str) -> HttpResponse:
    """Set another open state."""
    found = get_case_or_404(request, number)
    if request.POST.get("target") == found.state:
        return see_other(address(found))
    return act(request, found, StateForm(sent(request), case=found), operations.move)


@access(*WORKS_ON_CASES, methods=BOTH)
def set_priority(request: TownRequest, number: str) -> HttpResponse:
    """Say how soon it is to be seen to."""
    found = get_case_or_404(request, number)
    return act(request, found, PriorityForm(sent(request), case=found), operations.set_priority)


@access(*WORKS_ON_CASES, methods=BOTH)
def set_kind(request: TownRequest, number: str) -> HttpResponse:
    """Say what somebody wants with it."""
    found = get_case_or_404(request, number)
    return act(request, found, KindForm(sent(request), case=found), operations.set_kind)


@access(*WORKS_ON_CASES, methods=BOTH)
def praise(request: TownRequest, number: str) -> HttpResponse:
    """Let colleagues read that they were praised."""
    found = get_case_or_404(request, number)
    return act(request, found, PraiseForm(sent(request), case=found), pass_on_praise)


@access(*WORKS_ON_CASES, methods=BOTH)
def labels(request: TownRequest, number: str) -> HttpResponse:
    """Put a label on the case, or take one off."""
    found = get_case_or_404(request, number)
    form = LabelsForm(sent(request), case=found, labels=labels_of(found))
    return act(request, found, form, operations.change_labels, then=f"{address(found)}#labels")


@access(*WORKS_ON_CASES, methods=BOTH)
def close(request: TownRequest, number: str) -> HttpResponse:
    """Close the case with an outcome and words to the resident."""
    found = get_case_or_404(request, number)
    photos = NewPhotos(request, found.municipality_id, datetime.now(UTC))
    form = CloseForm(sent(request), photos=photos)
    form.is_unsent |= "begin" in request.POST  # what was typed as a reply
    add_template(form, found, request.POST)
    return act(request, found, form, operations.close_case, show=_show_closing)


@access(*WORKS_ON_CASES, methods=BOTH)
def answer_review(request: TownRequest, number: str) -> HttpResponse:
    """Leave a case under review closed and tell the resident why."""
    found = get_case_or_404(request, number)
    return act(request, found, ReviewForm(sent(request)), operations.answer_review)


@access(*WORKS_ON_CASES, methods=BOTH)
def reopen(request: TownRequest, number: str) -> HttpResponse:
    """Open a closed case again and tell the resident."""
    found = get_case_or_404(request, number)
    return act(request, found, ReviewForm(sent(request)), operations.reopen)


def _show_closing(request: TownRequest, case: Case, failed: CaseForm | None = None) -> HttpResponse:
    return render(request, "desk/close.html", closing_context(request, case, failed or CloseForm()))
