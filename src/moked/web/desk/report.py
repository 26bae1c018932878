"""A report that staff take down for a resident: one page, and the next one is ready once it is saved."""

import dataclasses
from datetime import UTC, datetime

from django.conf import settings
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language

from moked.accounts.rules import WORKS_ON_CASES
from moked.cases.models import Case
from moked.cases.operations import UnableToOpenCase
from moked.cases.rules import Channel
from moked.catalogue.models import Service
from moked.catalogue.queries import offered
from moked.intake.operations import report
from moked.web.desk import refusals
from moked.web.desk.forms import ReportForm
from moked.web.ui.access import access
from moked.web.ui.requests import TownRequest
from moked.web.ui.views import see_other

SAVED = "moked.desk.saved"


@dataclasses.dataclass(frozen=True)
class Saved:
    """What to tell the resident about the report just saved."""

    number: str
    has_email: bool


@access(*WORKS_ON_CASES, methods=("GET", "POST"))
def new(request: TownRequest) -> HttpResponse:
    """Take a report down and say its number."""
    town = request.municipality
    services = list(offered(town.pk))
    form = ReportForm(
        request.POST if request.method == "POST" else None,
        services=services,
        languages=[one for one in settings.LANGUAGES if one[0] in town.languages] or settings.LANGUAGES,
        language=get_language() or town.language,
        municipality=town,
    )
    if form.is_valid() and (case := _save(request, form, services)):
        saved = signing.dumps([case.number, bool(form.details.email)], salt=SAVED)
        return see_other(f"{reverse('desk:new')}?saved={saved}")
    context = {"place": "new", "form": form, "has_services": bool(services), "saved": _saved(request)}
    return render(request, "desk/new.html", context)


def _save(request: TownRequest, form: ReportForm, services: list[Service]) -> Case | None:
    """Open the case; when that is refused, add the reason to the form."""
    town, said = request.municipality, form.cleaned_data
    try:
        return report(
            municipality=town,
            service=next(one for one in services if one.slug == said["service"]),
            matter=said["matter"],
            channel=Channel(said["channel"]),
            language=said["language"],
            details=form.details,
            by=request.actor,
            now=datetime.now(UTC),
            submission=said["submission"],
        )
    except UnableToOpenCase as refusal:
        form.add_error(None, refusals.OPENINGS[refusal.code])
        return None


def _saved(request: TownRequest) -> Saved | None:
    try:
        number, has_email = signing.loads(request.GET.get("saved", ""), salt=SAVED)
    except signing.BadSignature:
        return None
    return Saved(str(number), bool(has_email))
