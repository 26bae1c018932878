"""The ready-made words a person may choose from, and what they say about a case."""

from django.db.models import F, Q, QuerySet

from moked.cases.models import Case, Participant
from moked.catalogue.models import Service
from moked.replies.models import ReplyTemplate
from moked.replies.rules import Facts, filled


def every_template(municipality_id: int) -> QuerySet[ReplyTemplate]:
    """Return all templates of a town with the retired ones, by code."""
    templates = ReplyTemplate.objects.filter(municipality_id=municipality_id)
    return templates.select_related("service", "revision").order_by("code")


def templates_for(service: Service) -> list[ReplyTemplate]:
    """Return the replies for a service, its own before those of all services."""
    return list(_usable(service).filter(outcome=""))


def closing_templates_for(service: Service) -> list[ReplyTemplate]:
    """Return the words to close a case of a service with, its own before those of all services."""
    return list(_usable(service).exclude(outcome=""))


def template_for(service: Service, code: str) -> ReplyTemplate | None:
    """Return the template of this code, if it may be used for the service."""
    return next((one for one in _usable(service) if one.code == code), None)


def _usable(service: Service) -> QuerySet[ReplyTemplate]:
    templates = ReplyTemplate.objects.filter(municipality_id=service.municipality_id, is_retired=False)
    own_first = F("service_id").asc(nulls_last=True)
    return templates.filter(Q(service=service) | Q(service__isnull=True)).order_by(own_first, "code")


def words_about(template: ReplyTemplate, case: Case, *, promise: str = "") -> str:
    """Return the template's text about a case, in its resident's language.

    `promise` says when it will be done, in that language; without it a line that asks for it is left out.
    """
    town = case.municipality.language
    facts = Facts(
        name=_name_of_reporter(case),
        number=case.number or "",
        title=case.title,
        department=case.department.name_in(case.language, town) if case.department else "",
        promise=promise,
    )
    return filled(template.text, facts, case.language, town)


def _name_of_reporter(case: Case) -> str:
    reporters = Participant.objects.filter(case=case, role=Participant.Role.REPORTER).order_by("id")
    return reporters.values_list("name", flat=True).first() or ""
