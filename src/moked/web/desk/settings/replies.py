"""Reply templates: ready-made words for answers and for closing, in every language."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from moked.base.ids import slug_for
from moked.base.labels import label
from moked.cases.rules import Outcome
from moked.municipalities.models import Municipality
from moked.replies import operations as replies
from moked.replies import queries
from moked.replies.models import ReplyTemplate
from moked.replies.rules import LONGEST_NAME, LONGEST_TEXT, PLACES, BadReplyTemplate, ReplyTemplateDocument
from moked.web.desk.settings import history
from moked.web.desk.settings.choices import service_choices
from moked.web.desk.settings.fields import SelectField
from moked.web.desk.settings.frame import BOTH, MANAGER, show
from moked.web.desk.settings.texts import TextsForm
from moked.web.ui import labels
from moked.web.ui.access import access
from moked.web.ui.requests import TownRequest
from moked.web.ui.views import see_other

SETTING = "replies"


class ReplyTemplateForm(TextsForm):
    """A template's name and text, and what it is for."""

    def __init__(self, *args: Any, template: ReplyTemplate | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        missing = gettext_lazy("Write this in the language of the town.")
        self.add_texts(
            "name",
            label=gettext_lazy("Name"),
            hint=gettext_lazy("What colleagues choose it by."),
            missing=missing,
            values=template.name if template else None,
            max_length=LONGEST_NAME,
        )
        self.add_texts(
            "text",
            label=gettext_lazy("What the resident reads"),
            missing=missing,
            values=template.text if template else None,
            max_length=LONGEST_TEXT,
            rows=8,
        )
        services = [("", _("All services")), *service_choices(self.town)]
        outcomes = [("", _("For replies")), *((one.value, labels.OUTCOMES[one]) for one in Outcome)]
        self.fields["service"] = SelectField(gettext_lazy("Service"), services)
        self.fields["outcome"] = SelectField(gettext_lazy("Closing with"), outcomes)
        if template:
            service = template.service.slug if template.service else ""
            self.initial = {"service": service, "outcome": template.outcome}

    @property
    def document(self) -> ReplyTemplateDocument:
        """The checked document; raises BadReplyTemplate."""
        said = self.cleaned_data
        return ReplyTemplateDocument.from_document(
            {
                "name": self.texts("name"),
                "text": self.texts("text"),
                "service": said["service"],
                "outcome": said["outcome"],
            }
        )


@access(*MANAGER)
def reply_templates(request: TownRequest) -> HttpResponse:
    """List the templates."""
    rows = queries.every_template(request.municipality.pk)
    return show(request, "desk/settings/replies.html", SETTING, templates=rows)


@access(*MANAGER, methods=BOTH)
def new_reply_template(request: TownRequest) -> HttpResponse:
    """Add a template."""
    form = ReplyTemplateForm(
        request.POST if request.method == "POST" else None, town=request.municipality, template=None
    )
    if form.is_valid() and _published(request, form, _new_code(request.municipality, form)):
        messages.success(request, _("Published."))
        return see_other(reverse("desk:settings_replies"))
    return show(request, "desk/settings/reply.html", SETTING, form=form, reply=None, places=_places())


def _new_code(town: Municipality, form: ReplyTemplateForm) -> str:
    """Return the code of the template of the same name, else one made of the name."""
    words = form.texts("name")
    wanted = label(words, town.language, town.language)
    known = list(queries.every_template(town.pk))
    same = next((one for one in known if one.name_in(town.language, town.language) == wanted), None)
    taken = {"new", *(one.code for one in known)}
    return same.code if same else slug_for(label(words, "en", town.language), taken, longest=60)


@access(*MANAGER, methods=BOTH)
def reply_template(request: TownRequest, code: str) -> HttpResponse:
    """Change a template, retire or restore it."""
    found = _template_or_404(request.municipality, code)
    step = request.POST.get("step", "")
    form = ReplyTemplateForm(
        request.POST if step == "save" else None, town=request.municipality, template=found
    )
    if request.method == "POST" and _is_done(request, form, found, step):
        messages.success(request, _("Published."))
        return see_other(reverse("desk:settings_replies"))
    return show(request, "desk/settings/reply.html", SETTING, form=form, reply=found, places=_places())


def _is_done(request: TownRequest, form: ReplyTemplateForm, found: ReplyTemplate, step: str) -> bool:
    if step == "save":
        return form.is_valid() and _published(request, form, found.code)
    operation = {"retire": replies.retire_reply_template, "restore": replies.restore_reply_template}.get(step)
    if operation is None:
        return False
    operation(
        municipality_id=found.municipality_id,
        template_id=found.pk,
        by_user_id=request.actor.user_id or 0,
        now=history.now(),
    )
    return True


def _published(request: TownRequest, form: ReplyTemplateForm, code: str) -> bool:
    """Publish what was filled in; when that is refused, add the reason to the form."""
    try:
        _keep(request, code, form.document)
    except BadReplyTemplate as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


def _keep(request: TownRequest, code: str, document: ReplyTemplateDocument) -> None:
    """Publish a template, unless it says so already."""
    known = queries.every_template(request.municipality.pk).filter(code=code).first()
    if known and known.revision and ReplyTemplateDocument.from_document(known.revision.document) == document:
        return
    replies.publish_reply_template(
        municipality=request.municipality,
        code=code,
        document=document,
        by_user_id=request.actor.user_id,
        now=history.now(),
    )


def _places() -> list[str]:
    return [f"{{{place}}}" for place in PLACES]


def _template_or_404(town: Municipality, code: str) -> ReplyTemplate:
    found = queries.every_template(town.pk).filter(code=code).first()
    if found is None:
        raise Http404
    return found


def _find(town: Municipality, code: str) -> history.Thing | None:
    found = queries.every_template(town.pk).filter(code=code).first()
    if found is None:
        return None
    title = found.name_in(town.language, town.language)
    return history.Thing(found.pk, title, reverse("desk:settings_reply", args=[code]))


def _publish(request: TownRequest, code: str, document: dict[str, Any]) -> None:
    try:
        _keep(request, code, ReplyTemplateDocument.from_document(document))
    except BadReplyTemplate as refusal:
        raise history.Refused(str(refusal)) from refusal


history.register(history.Kind(replies.KIND, SETTING, MANAGER, _find, _publish))
