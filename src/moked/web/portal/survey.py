"""Ask whether it is fixed. Opening the link changes nothing; the button sends."""

from datetime import UTC, datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from moked.accounts.rules import resident
from moked.links.models import Link
from moked.surveys.models import Survey
from moked.surveys.operations import UnableToAnswer, answer
from moked.surveys.queries import of_link
from moked.web.portal.forms import SurveyForm
from moked.web.portal.links import opens, tracking_path
from moked.web.ui.access import LINK, access
from moked.web.ui.views import see_other


@access(LINK, methods=["GET", "POST"])
@opens(Link.Purpose.SURVEY)
def survey(request: HttpRequest, link: Link) -> HttpResponse:
    """Show the two questions, or thanks once they are answered."""
    try:
        asked = of_link(link.object_id)
    except Survey.DoesNotExist:
        raise Http404 from None
    context = {"survey": asked, "case": asked.case, "track_url": tracking_path(asked.case)}
    if asked.answered_at:
        return render(request, "portal/survey_answered.html", context)
    form = SurveyForm(request.POST or None)
    if form.is_valid():
        _take(asked, form)
        return see_other(request.get_full_path())
    return render(request, "portal/survey.html", {**context, "form": form})


def _take(asked: Survey, form: SurveyForm) -> None:
    """Keep the answer; one that came before it stays, and the page then shows that one."""
    try:
        answer(
            survey_id=asked.pk,
            fixed=form.cleaned_data["fixed"],
            rating=form.stars,
            words=form.cleaned_data["words"],
            by=resident(asked.municipality_id),
            now=datetime.now(UTC),
        )
    except UnableToAnswer as refusal:
        if refusal.code != "ALREADY_ANSWERED":
            raise
