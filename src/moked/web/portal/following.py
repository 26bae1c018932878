"""What somebody sees of a case that is theirs too: how it stands, never what its reporter wrote."""

from datetime import UTC, datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from moked.cases import queries as cases
from moked.cases.models import Participant
from moked.cases.rules import State
from moked.links import operations as links
from moked.links.models import Link
from moked.municipalities.queries import public_url
from moked.web.portal.links import opens
from moked.web.portal.tracking import entry, qr_code, standing
from moked.web.ui.access import LINK, access


@access(LINK)
@opens(Link.Purpose.FOLLOWING)
def joined(request: HttpRequest, link: Link) -> HttpResponse:
    """Say that the town knows, and how to come back."""
    part = _participant(link)
    url = public_url(part.case.municipality, "portal:follow", links.render(link))
    context = {
        "case": part.case,
        "url": url,
        "qr": qr_code(url),
        "next": standing(cases.case_it_went_to(part.case))[1],
        "is_joined": True,
        "is_anonymous": part.resident_id is None,
        "is_told_by_mail": bool(part.email),
        "now": datetime.now(UTC),
    }
    return render(request, "portal/done.html", context)


@access(LINK)
@opens(Link.Purpose.FOLLOWING)
def follow(request: HttpRequest, link: Link) -> HttpResponse:
    """Show how a case stands to somebody who follows it."""
    part = _participant(link)
    case = cases.case_it_went_to(part.case)
    sentence, next_ = standing(case)
    context = {
        "case": case,
        "sentence": sentence,
        "next": next_,
        "entries": [entry(one) for one in cases.follower_timeline(case)],
        "is_closed": case.state != State.MERGED and not case.is_open,
        "now": datetime.now(UTC),
    }
    return render(request, "portal/follow.html", context)


def _participant(link: Link) -> Participant:
    """Return the follower; the case of spam, or a follower that is none any more, opens nothing."""
    try:
        return cases.participant_of_link(link.object_id)
    except Participant.DoesNotExist:
        raise Http404 from None
