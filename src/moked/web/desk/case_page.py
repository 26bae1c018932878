"""What the page of a case shows."""

import dataclasses
import functools
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.http import Http404, QueryDict
from django.urls import reverse
from django.utils.translation import get_language

from moked.accounts import queries as accounts
from moked.accounts.rules import Actor
from moked.cases import queries
from moked.cases.models import Case
from moked.cases.rules import ChangeKind, Channel, read_number
from moked.catalogue.rules import CaseKind
from moked.exchange.queries import came_from
from moked.handovers.queries import handing_of
from moked.intake.kinds import Proposal, propose
from moked.notices.queries import notices_of
from moked.routing.queries import danger_of
from moked.surveys import queries as surveys
from moked.web.desk import delivery, timeline
from moked.web.desk.case_about import about, closing_templates, picture
from moked.web.desk.case_forms import HandOverForm, TellBodyForm
from moked.web.desk.case_labels import LabelsForm, LabelsOfCase, labels_of
from moked.web.desk.delivery import not_told, reach_of
from moked.web.desk.forms import (
    AssignForm,
    CalledForm,
    CaseForm,
    KindForm,
    NoteForm,
    PraiseForm,
    PriorityForm,
    ReplyForm,
    ReviewForm,
    StateForm,
)
from moked.web.ui.requests import TownRequest


@dataclasses.dataclass(frozen=True)
class Filter:
    """One way to narrow the timeline."""

    label: str
    url: str
    is_current: bool


def get_case_or_404(request: TownRequest, number: str) -> Case:
    """Return the case with this number, in its proper form, if who asks may see it; else raise Http404."""
    if read_number(number) != number:
        raise Http404
    try:
        return queries.case_by_number(request.actor, number)
    except queries.NoSuchCase:
        raise Http404 from None


def address(case: Case) -> str:
    """Return the address of a case's page."""
    return reverse("desk:case", args=[case.number])


def context_of(request: TownRequest, case: Case, failed: CaseForm | None = None) -> dict[str, Any]:
    """Return the variables of the page; a form that failed takes the place of its empty twin."""
    actor: Actor = request.actor
    show = request.GET.get("show", "")
    show = show if show in timeline.SHOWS else ""
    story = queries.staff_timeline(case)
    first, others = timeline.split_first(story)
    notices = notices_of(case, [one.id for one in story if one.kind == "CONTACT_OUT"])
    reporter = queries.reporter_card(case, actor)
    now = datetime.now(UTC)
    origin = came_from(case)
    entries = timeline.told(
        others,
        show,
        *_languages(case),
        picture=functools.partial(picture, case),
        case=case,
        notices=notices,
    )
    may_work = actor.may_work_on(case.department_id)
    labels, is_part = labels_of(case), request.headers.get("HX-Request") == "true"
    return {
        "place": "queue",
        "form": failed,
        "case": case,
        "first": first,
        "first_words": timeline.downloads_of(case, first) if first else None,
        "origin": origin,
        "danger": _danger(case),
        "entries": timeline.with_origin(entries, show, origin),
        "filters": _filters(case, show),
        "reporter": reporter,
        "reach": reach_of(reporter),
        "lost": (lost := not_told(notices)) and delivery.deliveries([lost])[0],
        "review": queries.open_review_of(case),
        "answers": surveys.of_case(case),
        "handing": handing_of(case),
        "service_name": case.service.name_in(*_languages(case)),
        "department_name": case.department.name_in(*_languages(case)) if case.department else "",
        "may_work": may_work,
        "now": now,
        **about(case, actor, now),
        "proposal": _proposal(case, first, others) if may_work else None,
        "labels": labels,
        "is_part": is_part,
        "is_mine": case.assignee_id == actor.user_id,
        "me": actor.user_id,
        **(_forms(case, labels, failed, is_part=is_part) if may_work else {}),
    }


def new_assign_form(case: Case, data: QueryDict | None = None) -> AssignForm:
    """Return the form that gives a case to somebody, as it stands now or filled in with what was sent."""
    language, _fallback = _languages(case)
    return AssignForm(
        data,
        case=case,
        departments=accounts.departments(case.municipality_id),
        teams=accounts.teams(case.municipality_id),
        people=accounts.people_who_handle(case.municipality_id),
        language=language,
    )


def _forms(
    case: Case, labels: LabelsOfCase, failed: CaseForm | None, *, is_part: bool
) -> dict[str, CaseForm | None]:
    forms: dict[str, CaseForm | None] = {
        "reply_form": ReplyForm(),
        "note_form": NoteForm(),
        "review_form": ReviewForm(),
        "assign_form": None,
        "state_form": StateForm(case=case) if case.is_open else None,
        "priority_form": PriorityForm(case=case),
        "kind_form": KindForm(case=case),
        "praise_form": PraiseForm(case=case) if case.kind == CaseKind.PRAISE else None,
        "labels_form": LabelsForm(None, case=case, labels=labels, has_focus=is_part),
        "handover_form": None,
        "tell_form": TellBodyForm(),
        "called_form": CalledForm(),
    }
    if failed and f"{failed.place}_form" in forms:
        forms[f"{failed.place}_form"] = failed
    if case.is_open and forms["assign_form"] is None:
        forms["assign_form"] = new_assign_form(case)
    if case.is_open and forms["handover_form"] is None:
        forms["handover_form"] = HandOverForm(case=case)
    return forms


def _languages(case: Case) -> tuple[str, str]:
    """The reader's language, and the town's."""
    return get_language() or "en", case.municipality.language


def _proposal(
    case: Case, first: queries.TimelineEntry | None, others: Iterable[queries.TimelineEntry]
) -> Proposal | None:
    """Return which other kind the words hint at that came by mail, until a person has said what it is."""
    if first is None or not case.is_open or first.channel != Channel.EMAIL or first.is_automatic:
        return None
    if any(one.kind in {ChangeKind.KIND, ChangeKind.SERVICE} for one in others):
        return None
    found = propose(f"{case.title}\n{first.body}")
    return found if found and found.kind != case.kind else None


def _danger(case: Case) -> str:
    """Return the name of the danger that was noticed in an open case, '' for none."""
    found = danger_of(case) if case.is_open else None
    return found.name_in(*_languages(case)) if found else ""


def _filters(case: Case, show: str) -> list[Filter]:
    return [
        Filter(str(label), address(case) + (f"?show={code}" if code else ""), code == show)
        for code, label in timeline.SHOWS.items()
    ]


def closing_context(request: TownRequest, case: Case, form: CaseForm) -> dict[str, Any]:
    """Return the variables of the page that closes a case."""
    reporter = queries.reporter_card(case, request.actor)
    return {
        "place": "queue",
        "form": form,
        "case": case,
        "reach": reach_of(reporter),
        "service_name": case.service.name_in(*_languages(case)),
        "readers": queries.followers_who_are_told(case),
        "templates": closing_templates(case),
        "upload_url": reverse("portal:upload_photo"),
        "asks_for_check": case.service.centre_checks and not request.actor.works_town_wide,
    }
