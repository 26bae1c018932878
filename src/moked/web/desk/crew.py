"""What a crew needs outdoors: the list by promise, one case for the hand, and *done* with a photo."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from moked.accounts.rules import WORKS_ON_CASES
from moked.cases import operations, queries
from moked.cases.models import Case
from moked.web.desk.acting import act, sent
from moked.web.desk.case_about import about, add_template, closing_templates, picture
from moked.web.desk.case_forms import NothingForm
from moked.web.desk.case_page import get_case_or_404
from moked.web.desk.forms import CaseForm, CloseForm, NoteForm
from moked.web.desk.timeline import split_first
from moked.web.ui import marks
from moked.web.ui.access import access
from moked.web.ui.photos import NewPhotos
from moked.web.ui.requests import TownRequest
from moked.web.ui.views import see_other

BOTH = ("GET", "POST")
LISTS = {"department": gettext_lazy("My department"), "mine": gettext_lazy("Mine")}


@access(*WORKS_ON_CASES)
def crew(request: TownRequest) -> HttpResponse:
    """Show what is to be done, the next promise on top, and where."""
    view, after, now = _list(request), request.GET.get("after"), datetime.now(UTC)
    page = queries.queue(request.actor, now=now, after=after, view=view)
    photos = queries.first_photos_of(page.cases)
    tabs = [
        (str(LISTS[code]), f"{reverse('desk:crew')}?list={code}", code == view) for code in _lists(request)
    ]
    more = urlencode({"list": view, "after": page.next_key or ""})
    context = {
        "place": "crew",
        "cards": [
            (case, picture(case, photos[case.pk]) if case.pk in photos else None) for case in page.cases
        ],
        "tabs": tabs,
        "view": view,
        "marks_url": f"{reverse('desk:crew_marks')}?{urlencode({'list': view, 'after': after or ''})}",
        "next_url": f"{reverse('desk:crew')}?{more}" if page.next_key else "",
        "first_url": f"{reverse('desk:crew')}?list={view}" if after else "",
        "has_map": any(case.point for case in page.cases),
        "now": now,
    }
    return render(request, "desk/crew.html", context)


@access(*WORKS_ON_CASES)
def crew_marks(request: TownRequest) -> HttpResponse:
    """Return the cases of the same page for its map."""
    now = datetime.now(UTC)
    page = queries.queue(request.actor, now=now, after=request.GET.get("after"), view=_list(request))
    return JsonResponse(marks.collection(page.cases, now))  # type: ignore[arg-type]


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
    mine = f"{reverse('desk:crew')}?list=mine"
    response = act(request, found, form, operations.close_case, show=_show_done, then=mine)
    if response.headers.get("Location") == mine:
        _tell_done(request, get_case_or_404(request, number))
    return response


def _lists(request: TownRequest) -> list[str]:
    """Return the lists there are for the person, the usual one first."""
    return [code for code in LISTS if code != "department" or request.actor.department_ids]


def _list(request: TownRequest) -> str:
    lists = _lists(request)
    asked = request.GET.get("list", "")
    return asked if asked in lists else lists[0]


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


def _tell_done(request: TownRequest, case: Case) -> None:
    if case.awaits_check:
        words = _("Case %(number)s is finished. The centre checks it before it is closed.")
    elif not case.is_open:
        words = _("Case %(number)s is closed.")
    else:
        return  # sent long ago, and reopened since
    messages.success(request, words % {"number": case.number})


def _show_done(request: TownRequest, case: Case, failed: CaseForm | None = None) -> HttpResponse:
    if case.awaits_check:
        messages.info(request, _("This case is finished already. The centre checks it before it is closed."))
        return see_other(reverse("desk:crew_case", args=[case.number]))
    context = {
        "place": "crew",
        "case": case,
        "form": failed or CloseForm(),
        "templates": closing_templates(case),
        "upload_url": reverse("portal:upload_photo"),
        "asks_for_check": case.service.centre_checks and not request.actor.works_town_wide,
    }
    return render(request, "desk/crew_done.html", context)
