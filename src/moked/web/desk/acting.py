"""Do what a form on the page of a case asks for; one that fails is shown again with what was typed."""

import functools
from collections.abc import Callable
from datetime import UTC, datetime

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from moked.cases import operations
from moked.cases.models import Case
from moked.cases.queries import NoSuchCase, case_by_number
from moked.intake.operations import submission_key
from moked.web.desk import refusals
from moked.web.desk.case_page import address, context_of, get_case_or_404
from moked.web.desk.forms import CaseForm
from moked.web.desk.submissions import once
from moked.web.ui.requests import TownRequest
from moked.web.ui.views import see_other

Show = Callable[[TownRequest, Case, CaseForm | None], HttpResponse]


def show_case(request: TownRequest, case: Case, failed: CaseForm | None = None) -> HttpResponse:
    """Show the page of a case; a form that failed takes the place of its empty twin."""
    return render(request, "desk/case.html", context_of(request, case, failed))


def sent(request: TownRequest) -> QueryDict | None:
    """Return what was sent; None for a page that is only looked at."""
    return request.POST if request.method == "POST" else None


def act(
    request: TownRequest,
    case: Case,
    form: CaseForm,
    operation: Callable[..., object],
    *,
    show: Show = show_case,
    then: str = "",
) -> HttpResponse:
    """Do what the form asks and go back to the case, or on to `then`; else show it, with what failed."""
    if request.method != "POST":
        return show(request, case, None)
    if form.is_unsent:
        form.forget_complaints()
        return show(request, case, form)
    if form.is_valid() and _is_done(request, case, form, operation):
        return see_other(then or _next_page(request, case))
    return show(request, get_case_or_404(request, str(case.number)), form)


def _is_done(request: TownRequest, case: Case, form: CaseForm, operation: Callable[..., object]) -> bool:
    """Do it; when it is refused, add the reason to the form."""
    said = form.change
    # The same photo sent with the form once more is another file, so that words alone recognise the form.
    words = [str(value) for name, value in said.items() if name != "proof"]
    key = submission_key(form.cleaned_data.get("submission"), form.place, str(case.pk), *words)
    change = functools.partial(
        operation,
        case_id=case.pk,
        by=request.actor,
        now=datetime.now(UTC),
        **said,
        **({"submission": key} if key else {}),
    )
    try:
        if once(case, key, change) and form.photos:
            form.photos.tell_lost(request, case)
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
