"""Find surveys and their links."""

from moked.accounts.rules import Actor
from moked.cases.models import Case
from moked.cases.residents import cases_of
from moked.links import operations as links
from moked.links.models import Link
from moked.residents.models import Resident
from moked.surveys.models import Survey

MOST_ANSWERS = 5


def of_link(object_id: int) -> Survey:
    """Return the survey a verified link opens: that of the case's last closing."""
    surveys = Survey.objects.select_related("case", "case__municipality", "case__service")
    return surveys.filter(case_id=object_id, case__is_spam=False).latest("closing")


def open_survey_link(case: Case) -> Link | None:
    """Return the link to the unanswered survey of a closed case's last closing."""
    if (
        case.is_open
        or not Survey.objects.filter(case=case, closing=case.closings, answered_at__isnull=True).exists()
    ):
        return None
    return links.find(purpose=Link.Purpose.SURVEY, object_id=case.pk)


def of_case(case: Case) -> list[Survey]:
    """Return the answers residents gave about a case, oldest first."""
    return list(Survey.objects.filter(case=case, answered_at__isnull=False).order_by("closing"))


def of_resident(actor: Actor, resident: Resident) -> list[Survey]:
    """Return the resident's last answers about cases the actor sees, the newest first, at most five."""
    answers = Survey.objects.filter(case__in=cases_of(actor, resident), answered_at__isnull=False)
    return list(answers.select_related("case").order_by("-answered_at", "-id")[:MOST_ANSWERS])
