"""What a crew needs outdoors: the list by promise, one case for the hand, and *done* with a photo."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from moked.accounts.rules import WORKS_ON_CASES
from moked.cases import operations, queries
from moked.cases.models import Case
from moked.web.desk.acting import act, sent
from moked.web.desk.case_about import about, add_template, closing_templates
from moked.web.desk.case_forms import NothingForm
from moked.web.desk.case_page import get_case_or_404
from moked.web.desk.forms import CaseForm, CloseForm, NoteForm
from moked.web.desk.timeline import split_first
from moked.web.ui import marks
from moked.web.ui.access import access
from moked.web.ui.photos import NewPhotos
from moked.web.ui.requests import TownRequest

BOTH = ("GET", "POST")
LISTS = {"department": _("My department"), "mine": _("Mine")}


@access(*WORKS_ON_CASES)
def crew(request: TownRequest) -> HttpResponse:
    """Show what is to be done, the next promise on top, and where."""
    view, after = _list(request), request.GET.get("after")
    page = queries.queue(request.actor, after=after, view=view)
    tabs = [
        (str(words), f"{reverse('desk:crew')}?list={code}", code == view) for code, words in LISTS.items()
    ]
    more = urlencode({"list": view, "after": page.next_key or ""})
    context = {
        "place": "crew",
        "page": page,
        "tabs": tabs,
        "view": view,
        "marks_url": f"{reverse('desk:crew_marks')}?{urlencode({'list': view, 'after': after or ''})}",
        "next_url": f"{reverse('desk:crew')}?{more}" if page.next_key else "",
        "first_url": f"{reverse('desk:crew')}?list={view}" if after else "",
        "has_map": any(case.point for case in page.cases),
        "now": datetime.now(UTC),
    }
    return render(request, "desk/crew.html", context)


@access(*WORKS_ON_CASES)
def crew_marks(request: TownRequest) -> HttpResponse:
    """Return the cases of the same page for its map."""
    page = queries.queue(request.actor, after=request.GET.get("after"), view=_list(request))
    return JsonResponse(marks.collection(page.cases, datetime.now(UTC)))  # type: ignore[arg-type]


@access(*WORKS_ON_CASES)
def crew_case(request: TownRequest, number: str) -> HttpResponse:
    """Show one case for the hand: what, where, how it looked, and what can be done."""
    return _show(request, get_case_or_404(request, number))


@access(*WORKS_ON_CASES, methods=("POST",))
def crew_start(request: TownRequest, number: str) -> HttpResponse:
    """Begin to work on a case."""
    found = get_case_or_404(request, number)
    there = reverse("desk:crew_case", args=[found.number])
    return act(request, found, NothingForm(sent(request)), operations.start, show=_show, then=there)


@access(*WORKS_ON_CASES, methods=("POST",))
def crew_note(request: TownRequest, number: str) -> HttpResponse:
    """Tell colleagues something."""
    found = get_case_or_404(request, number)
    there = reverse("desk:crew_case", args=[found.number])
    return act(request, found, NoteForm(sent(request)), operations.add_note, show=_show, then=there)


@access(*WORKS_ON_CASES, methods=BOTH)
def crew_done(request: TownRequest, number: str) -> HttpResponse:
    """Say that the work is done, or cannot be done, with words and a photo."""
    found = get_case_or_404(request, number)
    photos = NewPhotos(request, found.municipality_id, datetime.now(UTC))
    form = CloseForm(sent(request), photos=photos)
    add_template(form, found, request.POST)
    return act(
        request, found, form, operations.close_case, show=_show_done, then=f"{reverse('desk:crew')}?list=mine"
    )


def _list(request: TownRequest) -> str:
    asked = request.GET.get("list", "")
    if asked in LISTS:
        return asked
    return "department" if request.actor.department_ids else "mine"


def _show(request: TownRequest, case: Case, failed: CaseForm | None = None) -> HttpResponse:
    now = datetime.now(UTC)
    first, others = split_first(queries.staff_timeline(case))
    context: dict[str, Any] = {
        "place": "crew",
        "case": case,
        "first": first,
        "notes": [one for one in others if one.kind == "NOTE"],
        "reporter": queries.reporter_card(case, request.actor),
        "form": failed,
        "note_form": failed if isinstance(failed, NoteForm) else NoteForm(),
        "may_work": request.actor.may_work_on(case.department_id),
        "now": now,
        **about(case, request.actor, now),
    }
    return render(request, "desk/crew_case.html", context)


def _show_done(request: TownRequest, case: Case, failed: CaseForm | None = None) -> HttpResponse:
    context = {
        "place": "crew",
        "case": case,
        "form": failed or CloseForm(),
        "templates": closing_templates(case),
        "upload_url": reverse("portal:upload_photo"),
        "asks_for_check": case.service.centre_checks and not request.actor.works_town_wide,
    }
    return render(request, "desk/crew_done.html", context)
