"""One question of a service: written, changed, and put at the end of those there are."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from moked.base.questions import Question
from moked.catalogue.rules import ServiceDocument
from moked.web.desk.settings.frame import BOTH, MANAGER, show
from moked.web.desk.settings.question_forms import QuestionForm
from moked.web.desk.settings.question_words import condition_words
from moked.web.desk.settings.services import SETTING, publish, refused_by, service_or_404
from moked.web.ui.access import access
from moked.web.ui.requests import TownRequest
from moked.web.ui.views import see_other

NEW = "new"


@access(*MANAGER, methods=BOTH)
def question(request: TownRequest, slug: str, code: str) -> HttpResponse:
    """Change a question or write a new one; `look` only shows what it can be compared with."""
    service, document = service_or_404(request, slug)
    questions = list(document.questions)
    at = _place_of(questions, code)
    found = questions[at] if at < len(questions) else None
    form = QuestionForm(
        **_filled_in(request),
        town=request.municipality,
        question=found,
        earlier=questions[:at],
        taken={NEW, *(one.code for one in questions)},
    )
    if form.is_valid():
        said = _with(document, at, form.said)
        if refused_by(form, lambda: publish(request, slug, said)):
            messages.success(request, _("Published."))
            return see_other(f"{reverse('desk:settings_service', args=[slug])}#questions")
    known = {one.code: one for one in questions}
    return show(
        request,
        "desk/settings/question.html",
        SETTING,
        form=form,
        service=service,
        question=found,
        condition=condition_words(found, known, request.municipality) if found else "",
    )


def _filled_in(request: TownRequest) -> dict[str, Any]:
    """Return what was sent: to be checked, or, on the way to publishing, only to be shown again."""
    if request.POST.get("step") != "look":
        return {"data": request.POST if request.method == "POST" else None}
    unticked = {"is_required": False, "is_public": False}
    return {"initial": unticked | request.POST.dict()}


def _place_of(questions: list[Question], code: str) -> int:
    """Return where a question stands, or behind the last for a new one; else raise Http404."""
    if code == NEW:
        return len(questions)
    found = next((at for at, one in enumerate(questions) if one.code == code), None)
    if found is None:
        raise Http404
    return found


def _with(document: ServiceDocument, at: int, said: dict[str, Any]) -> dict[str, Any]:
    """Return the service's document with the question in its place, without what is left at its default."""
    whole = document.as_document()
    kept = {name: value for name, value in said.items() if value or _is_zero(value)}
    whole["questions"] = [*whole["questions"][:at], kept, *whole["questions"][at + 1 :]]
    return whole


def _is_zero(value: Any) -> bool:
    """Tell a limit of 0 from what is left out."""
    return value == 0 and not isinstance(value, bool)
