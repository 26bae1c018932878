"""What the page of a case shows beside words: promise, place, photos, answers, and other cases."""

import dataclasses
from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.utils.translation import get_language

from moked.accounts.rules import Actor
from moked.cases import queries
from moked.cases.models import Attachment, Case
from moked.catalogue.queries import document_in
from moked.replies import queries as replies
from moked.replies.models import ReplyTemplate
from moked.sla.queries import clocks_of
from moked.web.desk.forms import WordsForm
from moked.web.ui.explanations import told
from moked.web.ui.photos import Picture, picture_at
from moked.web.ui.questions import answer_rows


@dataclasses.dataclass(frozen=True)
class Template:
    """Ready-made words to choose from."""

    name: str
    code: str


def about(case: Case, actor: Actor, now: datetime) -> dict[str, Any]:
    """Return the variables of what is beside the words."""
    language, town = get_language() or "en", case.municipality.language
    clocks = clocks_of(case, now)
    document = document_in(case.revision)
    said = {code: answer.value for code, answer in queries.answers_of(case).items()}
    return {
        "commitments": clocks.commitments,
        "explanation": told(clocks.explanation, town) if clocks.explanation and case.promise_state else None,
        "answer_rows": answer_rows(document.questions, said, language, town) if document else [],
        "pictures": [picture(case, photo) for photo in queries.photos_of(case)],
        "check": queries.open_check_of(case),
        "linked": queries.linked_cases(case, actor),
        "merged": queries.merged_cases(case, actor) if case.joined else [],
        "went_to": queries.visible_case_it_went_to(case, actor),
        "candidates": queries.merge_candidates(case, actor, most=3) if case.is_open else [],
        "reply_templates": reply_templates(case) if actor.may_work_on(case.department_id) else [],
        "may_check": actor.works_town_wide,
    }


def picture(case: Case, photo: Attachment) -> Picture:
    """Return where a photo of a case is to be had."""
    return picture_at("desk:photo", str(case.number), photo)


def reply_templates(case: Case) -> list[Template]:
    """Return the ready-made replies for a case."""
    return _templates(case, replies.templates_for(case.service))


def closing_templates(case: Case) -> list[Template]:
    """Return the ready-made words to close a case with."""
    return _templates(case, replies.closing_templates_for(case.service))


def add_template(form: WordsForm, case: Case, sent: QueryDict) -> None:
    """Add the ready-made words whose button was pressed, if one was: then the form is only shown again."""
    if "template" in sent:
        form.append(replies.template_for(case.service, str(sent["template"])), case)


def _templates(case: Case, found: list[ReplyTemplate]) -> list[Template]:
    language, town = get_language() or "en", case.municipality.language
    return [Template(one.name_in(language, town), one.code) for one in found]
