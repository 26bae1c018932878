"""The page of one resident: who they are, what is open, what was promised and how it ended.

Names and addresses are masked; *Show* notes who looked before it shows them for a few minutes.
"""

from datetime import UTC, datetime
from urllib.parse import urlencode

from django.core import signing
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from moked.accounts.rules import SEES_CASES, WORKS_ON_CASES
from moked.cases import queries
from moked.cases import residents as known
from moked.cases.likely import likely_same
from moked.residents.models import Resident
from moked.residents.operations import note_contacts_shown
from moked.residents.queries import contact_points_of
from moked.surveys import queries as surveys
from moked.web.ui.access import access
from moked.web.ui.requests import TownRequest
from moked.web.ui.views import see_other

SHOWN = "moked.desk.contacts"
SHOWN_SECONDS = 300


@access(*SEES_CASES)
def resident(request: TownRequest, reference: str) -> HttpResponse:
    """Show what the reader's own cases say of a resident; of a merged one, of whom they are known as."""
    actor, found = request.actor, get_resident_or_404(request, reference)
    if found.reference != reference:
        return redirect(address(found))
    after = request.GET.get("after")
    page = known.all_cases_of(actor, found, after=after)
    may_show = known.may_read_contacts_of(actor, found)
    is_shown = may_show and was_shown(request, found)
    here, town = address(found), request.municipality
    open_cases = [] if after else known.open_cases_of(actor, found)
    labels = queries.labels_of_town(town.pk, request.LANGUAGE_CODE, town.language)
    context = {
        "place": "queue",
        "resident": found,
        "points": contact_points_of(found),
        "may_show": may_show,
        "may_change": may_show and actor.works_town_wide,
        "merged": known.merged_here(actor, found) if may_show and actor.works_town_wide else [],
        "likely": [] if after else likely_same(actor, found),
        "is_shown": is_shown,
        "shown": request.GET["shown"] if is_shown else "",
        "open_cases": open_cases,
        "labels_on": queries.labels_on(open_cases, labels),
        "promises": known.promises_of(actor, found),
        "answers": surveys.of_resident(actor, found),
        "page": page,
        "is_continued": bool(after),
        "first_url": here if after else "",
        "next_url": f"{here}?{urlencode({'after': page.next_key})}" if page.next_key else "",
        "now": datetime.now(UTC),
    }
    return render(request, "desk/resident.html", context)


@access(*WORKS_ON_CASES, methods=("POST",))
def show_contacts(request: TownRequest, reference: str) -> HttpResponse:
    """Note that this person reads the resident's addresses, then show them."""
    found = get_resident_or_404(request, reference)
    if not known.may_read_contacts_of(request.actor, found):
        raise Http404
    if request.POST.get("show") != "contacts":  # no form of ours
        return see_other(address(found))
    note_contacts_shown(resident=found, by=request.actor, now=datetime.now(UTC))
    shown = signing.dumps([request.actor.user_id, found.pk], salt=SHOWN)
    return see_other(f"{address(found)}?{urlencode({'shown': shown})}")


def get_resident_or_404(request: TownRequest, reference: str) -> Resident:
    """Return the resident with this reference if who asks sees a case of theirs; else raise Http404."""
    try:
        return known.resident_by_reference(request.actor, reference)
    except known.NoSuchResident:
        raise Http404 from None


def address(resident: Resident) -> str:
    """Return the address of a resident's page."""
    return reverse("desk:resident", args=[resident.reference])


def was_shown(request: TownRequest, resident: Resident) -> bool:
    """Tell whether it was this person who had this resident's contacts shown, a moment ago."""
    try:
        shown = signing.loads(request.GET.get("shown", ""), salt=SHOWN, max_age=SHOWN_SECONDS)
    except signing.BadSignature:
        return False
    return bool(shown == [request.actor.user_id, resident.pk])
