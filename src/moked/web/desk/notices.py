"""What a colleague is told: the list behind the bell, and the way from there to the case."""

from datetime import UTC, datetime

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from moked.accounts.rules import SEES_CASES
from moked.notices import staff
from moked.web.ui.access import access
from moked.web.ui.requests import TownRequest
from moked.web.ui.views import see_other


@access(*SEES_CASES, methods=("GET", "POST"))
def notices(request: TownRequest) -> HttpResponse:
    """List what somebody was told, the newest first; a button says that all of it was read."""
    if request.method == "POST" and request.POST.get("step") == "read":
        staff.mark_read(request.actor, datetime.now(UTC))
        return see_other(reverse("desk:notices"))
    rows = staff.page_of(request.actor)
    return render(request, "desk/notices.html", {"place": "notices", "rows": rows, "now": datetime.now(UTC)})


@access(*SEES_CASES)
def bell(request: TownRequest) -> HttpResponse:
    """Show the bell alone, for pages that ask by themselves; nobody was seen by that."""
    request.asks_by_itself = True
    return render(request, "desk/bell.html")


@access(*SEES_CASES, methods=("POST",))
def open_notice(request: TownRequest, notice_id: int) -> HttpResponse:
    """Note that one was read, and go on to its case."""
    row = staff.told(request.actor).select_related("case").filter(id=notice_id).first()
    if row is None:
        raise Http404
    if request.POST.get("step") == "open":
        staff.mark_read(request.actor, datetime.now(UTC), notice_id=row.pk)
    return see_other(reverse("desk:case", args=[row.case.number]))
