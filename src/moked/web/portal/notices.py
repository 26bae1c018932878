"""What somebody wants to be told about a case. Opening the link changes nothing; only what is sent does."""

from datetime import UTC, datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from moked.accounts.rules import resident
from moked.cases import queries as cases
from moked.cases.models import Participant
from moked.cases.operations import choose_notices
from moked.cases.rules import Wants
from moked.links.models import Link
from moked.web.portal.forms import NoticesForm
from moked.web.portal.links import opens
from moked.web.ui.access import LINK, access
from moked.web.ui.views import see_other

ONE_CLICK = "One-Click"


@csrf_exempt  # mail programs post here for their owner (RFC 8058); what they may is in the address
@access(LINK, methods=["GET", "POST"])
@opens(Link.Purpose.NOTICES)
def notices(request: HttpRequest, link: Link) -> HttpResponse:
    """Show what somebody is told, and take what they want; a mail program's one click means nothing more."""
    part = _participant(link)
    if request.POST.get("List-Unsubscribe") == ONE_CLICK:
        _choose(part, Wants.NOTHING)
        part.refresh_from_db(fields=["wants"])
        return render(request, "portal/notices.html", _context(part, NoticesForm(None, part=part)))
    return _page(request, part)


@csrf_protect
def _page(request: HttpRequest, part: Participant) -> HttpResponse:
    form = NoticesForm(request.POST if request.method == "POST" else None, part=part)
    if form.is_valid():
        _choose(part, Wants(form.cleaned_data["wants"]))
        messages.success(request, _("Saved. You can change this here at any time."))
        return see_other(request.get_full_path())
    return render(request, "portal/notices.html", _context(part, form))


def _context(part: Participant, form: NoticesForm) -> dict[str, object]:
    return {"case": part.case, "form": form, "is_follower": part.role == Participant.Role.FOLLOWER}


def _choose(part: Participant, wants: Wants) -> None:
    by = resident(part.municipality_id)
    choose_notices(participant_id=part.pk, wants=wants, by=by, now=datetime.now(UTC))


def _participant(link: Link) -> Participant:
    try:
        return cases.participant_of_link(link.object_id)
    except Participant.DoesNotExist:
        raise Http404 from None
