"""Pages that change what a case is about, where, when, what the public reads, and its bonds."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from moked.accounts.rules import WORKS_ON_CASES, WORKS_TOWN_WIDE
from moked.cases import operations, queries
from moked.cases.models import Case
from moked.catalogue.queries import offered
from moked.sla.operations import postpone
from moked.web.desk.acting import Show, act, sent
from moked.web.desk.case_forms import (
    LaterForm,
    NothingForm,
    OtherCaseForm,
    OtherPlaceForm,
    OtherServiceForm,
    PublicWordsForm,
    ScheduleForm,
    SendBackForm,
    SplitForm,
)
from moked.web.desk.case_page import address, get_case_or_404
from moked.web.desk.forms import CaseForm
from moked.web.desk.refusals import CHANGES
from moked.web.ui.access import access
from moked.web.ui.labels import Words
from moked.web.ui.requests import TownRequest
from moked.web.ui.views import see_other

BOTH = ("GET", "POST")
CREW = "crew"


@access(*WORKS_ON_CASES, methods=BOTH)
def service(request: TownRequest, number: str) -> HttpResponse:
    """Say that a case is about another service."""
    found = get_case_or_404(request, number)
    form = OtherServiceForm(sent(request), found, offered(found.municipality_id))
    hint = _("It goes to whoever handles that, and the expected time is counted from when it came in.")
    return _page(request, found, form, operations.change_service, _("Another service"), hint, _("Change"))


@access(*WORKS_ON_CASES, methods=BOTH)
def place(request: TownRequest, number: str) -> HttpResponse:
    """Say where a case really is."""
    found = get_case_or_404(request, number)
    form = OtherPlaceForm(sent(request), found)
    hint = _("It may go to another department by that.")
    return _page(request, found, form, operations.change_place, _("Another place"), hint, _("Change"))


@access(*WORKS_ON_CASES, methods=BOTH)
def schedule(request: TownRequest, number: str) -> HttpResponse:
    """Say when the work is to be done."""
    found = get_case_or_404(request, number)
    form = ScheduleForm(sent(request), found, datetime.now(UTC))
    hint = _("The resident sees that the work has a date.")
    title, for_crew = _("Schedule the work"), CREW in {request.GET.get("back"), request.POST.get("back")}
    return _page(request, found, form, operations.move, title, hint, _("Schedule"), for_crew=for_crew)


@access(*WORKS_ON_CASES, methods=BOTH)
def later(request: TownRequest, number: str) -> HttpResponse:
    """Tell the resident a later time, and why."""
    found = get_case_or_404(request, number)
    form = LaterForm(sent(request), found, datetime.now(UTC))
    hint = _("The resident is told at once. Whether the promise was kept is judged by the first time.")
    return _page(request, found, form, postpone, _("A later time"), hint, _("Tell the resident"))


@access(*WORKS_ON_CASES, methods=BOTH)
def merge(request: TownRequest, number: str) -> HttpResponse:
    """Join a case into another about the same matter, once what that does was shown."""
    found = get_case_or_404(request, number)
    form = OtherCaseForm(sent(request), request, "into_id")
    hint = _("Everybody who reported or follows it is told, and follows the other case from now on.")
    is_sure = request.POST.get("sure") == "yes"
    preview = None if is_sure else _merge_preview(request, found, form)
    candidates = [] if preview else queries.merge_candidates(found, request.actor)
    show = _show(form, _("Merge"), hint, _("Go on"), candidates=candidates, preview=preview)
    if request.method == "POST" and not is_sure:
        return show(request, found, form)
    return act(request, found, form, operations.merge_case, show=show)


@access(*WORKS_ON_CASES, methods=("POST",))
def unmerge(request: TownRequest, number: str) -> HttpResponse:
    """Take a merged case out again."""
    found = get_case_or_404(request, number)
    return act(request, found, NothingForm(sent(request)), operations.unmerge_case)


@access(*WORKS_ON_CASES, methods=BOTH)
def link(request: TownRequest, number: str) -> HttpResponse:
    """Note that two cases have to do with each other."""
    found = get_case_or_404(request, number)
    form = OtherCaseForm(sent(request), request, "other_id")
    hint = _("Both stay as they are; each names the other.")
    return _page(request, found, form, operations.link_cases, _("Link"), hint, _("Link"))


@access(*WORKS_ON_CASES, methods=("POST",))
def unlink(request: TownRequest, number: str) -> HttpResponse:
    """Take back that two cases have to do with each other."""
    found = get_case_or_404(request, number)
    return act(request, found, OtherCaseForm(sent(request), request, "other_id"), operations.unlink_cases)


@access(*WORKS_ON_CASES, methods=BOTH)
def split(request: TownRequest, number: str) -> HttpResponse:
    """Open a second case out of one that holds two matters."""
    found = get_case_or_404(request, number)
    form = SplitForm(sent(request), found, offered(found.municipality_id))
    hint = _("The resident gets a number of its own for it; the place stays the same.")
    return _page(request, found, form, operations.split_case, _("Split"), hint, _("Open a second case"))


@access(*WORKS_ON_CASES, methods=BOTH)
def public_words(request: TownRequest, number: str) -> HttpResponse:
    """Choose the words under which the public sees a case."""
    found = get_case_or_404(request, number)
    form = PublicWordsForm(sent(request), found)
    hint = _("Shown to people who report something close by.")
    return _page(
        request, found, form, operations.edit_public_words, _("Words for the public"), hint, _("Show these")
    )


@access(*WORKS_ON_CASES, methods=("POST",))
def hide(request: TownRequest, number: str) -> HttpResponse:
    """Show nothing of a case to the public any more."""
    found = get_case_or_404(request, number)
    return act(request, found, NothingForm(sent(request)), operations.hide_from_public)


@access(*WORKS_ON_CASES, methods=("POST",))
def show_photo(request: TownRequest, number: str, photo_id: int) -> HttpResponse:
    """Show one photo of a case to the public, or hide it."""
    found = get_case_or_404(request, number)
    if request.POST.get("public") not in {"yes", "no"}:
        return see_other(address(found))
    try:
        operations.show_photo(
            case_id=found.pk,
            attachment_id=photo_id,
            is_public=request.POST.get("public") == "yes",
            by=request.actor,
            now=datetime.now(UTC),
        )
    except operations.UnableToChangeCase as refusal:
        raise Http404 from refusal
    return see_other(address(found))


@access(*WORKS_TOWN_WIDE, methods=("POST",))
def confirm_check(request: TownRequest, number: str) -> HttpResponse:
    """Confirm finished work, so that the resident is told."""
    found = get_case_or_404(request, number)
    return act(request, found, NothingForm(sent(request)), operations.confirm_check)


@access(*WORKS_TOWN_WIDE, methods=BOTH)
def send_back(request: TownRequest, number: str) -> HttpResponse:
    """Tell the department what is still missing."""
    found = get_case_or_404(request, number)
    hint = _("The resident is not told; the case stays with its department.")
    return _page(
        request,
        found,
        SendBackForm(sent(request)),
        operations.send_back,
        _("Not finished yet"),
        hint,
        _("Send back"),
    )


def _page(
    request: TownRequest,
    case: Case,
    form: CaseForm,
    operation: Callable[..., object],
    title: Words,
    hint: Words,
    button: Words,
    *,
    for_crew: bool = False,
) -> HttpResponse:
    """Show the form on a page of its own, and do what it asks for; a crew comes back to its own page."""
    back_url = reverse("desk:crew_case", args=[case.number]) if for_crew else address(case)
    show = _show(form, title, hint, button, for_crew=for_crew, back_url=back_url)
    return act(request, case, form, operation, show=show, then=back_url if for_crew else "")


def _show(form: CaseForm, title: Words, hint: Words, button: Words, **context: Any) -> Show:
    """Return what shows the form on a page of its own."""

    def show(request: TownRequest, case: Case, failed: CaseForm | None = None) -> HttpResponse:
        said = {"form": failed or form, "case": case, "title": title, "hint": hint, "button": button}
        where = {"place": "crew" if context.get("for_crew") else "queue", "back_url": address(case)}
        return render(request, "desk/change.html", {**where, **said, **context})

    return show


def _merge_preview(request: TownRequest, case: Case, form: OtherCaseForm) -> queries.MergePreview | None:
    """Return what the merge asked for would do; where it cannot be, the form says why."""
    if not form.is_valid():
        return None
    preview = queries.merge_preview(case, form.cleaned_data["number"], request.actor)
    if preview.refusal:
        form.add_error(None, CHANGES[preview.refusal])
        return None
    return preview
