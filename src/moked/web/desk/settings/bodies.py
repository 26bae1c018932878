"""External bodies: who else may be responsible, where, for what, and what they may see."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from moked.base.ids import slug_for
from moked.base.labels import label
from moked.base.lengths import LONGEST_NAME
from moked.handovers import operations, queries
from moked.handovers.models import ExternalBody
from moked.handovers.rules import MOST_DAYS, BadBody, BodyDocument
from moked.municipalities.models import Municipality
from moked.web.desk.settings import history
from moked.web.desk.settings.choices import area_choices, service_choices
from moked.web.desk.settings.fields import ChecksField, WholeField
from moked.web.desk.settings.frame import BOTH, MANAGER, show
from moked.web.desk.settings.texts import TextsForm, language_name
from moked.web.desk.settings.words import CONTACT_DETAILS
from moked.web.ui.access import access
from moked.web.ui.forms import ChoiceField, EmailField
from moked.web.ui.requests import TownRequest
from moked.web.ui.views import see_other

SETTING = "bodies"


class ExternalBodyForm(TextsForm):
    """Everything about a body."""

    email = EmailField(
        label=gettext_lazy("E-mail address"),
        hint=gettext_lazy("Where reports are sent, one address."),
        missing=gettext_lazy("Write the address reports are sent to."),
        autocomplete="off",
        test="email",
    )
    language = ChoiceField(
        label=gettext_lazy("Language"),
        hint=gettext_lazy("In which it is written to."),
        missing=gettext_lazy("Choose the language it is written to in."),
        choices=[(code, language_name(code)) for code, _name in settings.LANGUAGES],
        widget=forms.Select(attrs={"class": "form-select mk-short", "data-test": "language"}),
    )
    answer_days = WholeField(
        label=gettext_lazy("Days until an answer is expected"),
        hint=gettext_lazy("After that the case comes back to a colleague."),
        missing=gettext_lazy("Write how many days."),
        least=1,
        most=MOST_DAYS,
    )
    reminder_days = WholeField(
        label=gettext_lazy("Days until a reminder"),
        hint=gettext_lazy("Sent once, when nothing was answered at all."),
        missing=gettext_lazy("Write how many days."),
        least=1,
        most=MOST_DAYS,
    )
    sees = ChecksField(
        label=gettext_lazy("May see of the reporter"),
        hint=gettext_lazy("Only what it needs to do the work. None ticked: no personal details at all."),
        choices=[(code.value, word) for code, word in CONTACT_DETAILS.items()],
    )
    services = ChecksField(label=gettext_lazy("Services"), hint=gettext_lazy("None ticked: all of them."))
    areas = ChecksField(label=gettext_lazy("Areas"), hint=gettext_lazy("None ticked: the whole town."))

    def __init__(self, *args: Any, document: BodyDocument | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.add_texts(
            "name",
            label=gettext_lazy("Name"),
            hint=gettext_lazy("Residents read it while the body has their report."),
            missing=gettext_lazy("Write the name in the language of the town."),
            values=document.name if document else None,
            max_length=LONGEST_NAME,
        )
        self.fields["services"].choices = service_choices(self.town)  # type: ignore[attr-defined]
        self.fields["areas"].choices = [  # type: ignore[attr-defined]
            (kind, [one for one in areas if not one[0].endswith("/")])
            for kind, areas in area_choices(self.town)
        ]
        self.initial = _initial(document, self.town)

    def clean_areas(self) -> list[str]:
        """Ask for areas of one kind only."""
        chosen = self.cleaned_data["areas"]
        if len({one.partition("/")[0] for one in chosen}) > 1:
            raise forms.ValidationError(_("Choose areas of one kind only."))
        return list(chosen)

    @property
    def document(self) -> BodyDocument:
        """The checked document; raises BadBody."""
        said = self.cleaned_data
        pairs = [one.partition("/")[::2] for one in said["areas"]]
        return BodyDocument.from_document(
            {
                "name": self.texts("name"),
                "area_kind": pairs[0][0] if pairs else "",
                "areas": [code for _kind, code in pairs],
                **{
                    name: said[name]
                    for name in ("language", "email", "services", "sees", "answer_days", "reminder_days")
                },
            }
        )


def _initial(document: BodyDocument | None, town: Municipality) -> dict[str, Any]:
    if document is None:
        return {"language": town.language, "answer_days": 14, "reminder_days": 7}
    areas = [f"{document.area_kind}/{code}" for code in document.areas]
    return {**document.as_document(), "areas": areas}


@access(*MANAGER)
def bodies(request: TownRequest) -> HttpResponse:
    """List the bodies, and what did not reach them."""
    return show(
        request,
        "desk/settings/bodies.html",
        SETTING,
        bodies=queries.every_body(request.municipality.pk),
        stuck=queries.stuck(request.actor, history.now()),
    )


@access(*MANAGER, methods=BOTH)
def new_body(request: TownRequest) -> HttpResponse:
    """Add a body."""
    sent = request.POST if request.method == "POST" else None
    form = ExternalBodyForm(sent, town=request.municipality, document=None)
    if form.is_valid() and _published(request, form, _new_code(request.municipality, form)):
        messages.success(request, _("Published."))
        return see_other(reverse("desk:settings_bodies"))
    return show(request, "desk/settings/body.html", SETTING, form=form, body=None)


@access(*MANAGER, methods=BOTH)
def body(request: TownRequest, code: str) -> HttpResponse:
    """Change a body, retire or restore it."""
    found = _body(request.municipality, code)
    if found is None:
        raise Http404
    step = request.POST.get("step", "")
    form = ExternalBodyForm(
        request.POST if step == "save" else None, town=request.municipality, document=found.document
    )
    if request.method == "POST" and _is_done(request, form, found, step):
        messages.success(request, _("Published."))
        return see_other(reverse("desk:settings_bodies"))
    return show(request, "desk/settings/body.html", SETTING, form=form, body=found)


def _body(town: Municipality, code: str) -> ExternalBody | None:
    return queries.every_body(town.pk).filter(code=code).first()


def _new_code(town: Municipality, form: ExternalBodyForm) -> str:
    """Return the code of the body of the same name, else one made of the name."""
    words = form.texts("name")
    wanted = label(words, town.language, town.language)
    known = list(queries.every_body(town.pk))
    same = next((one for one in known if one.name_in(town.language, town.language) == wanted), None)
    taken = {"new", *(one.code for one in known)}
    return same.code if same else slug_for(label(words, "en", town.language), taken, longest=60)


def _is_done(request: TownRequest, form: ExternalBodyForm, found: ExternalBody, step: str) -> bool:
    if step == "save":
        return form.is_valid() and _published(request, form, found.code)
    operation = {"retire": operations.retire_body, "restore": operations.restore_body}.get(step)
    if operation is None:
        return False
    operation(
        municipality_id=found.municipality_id,
        body_id=found.pk,
        by_user_id=request.actor.user_id or 0,
        now=history.now(),
    )
    return True


def _published(request: TownRequest, form: ExternalBodyForm, code: str) -> bool:
    """Publish what was filled in; when that is refused, add the reason to the form."""
    try:
        _keep(request, code, form.document)
    except BadBody as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


def _keep(request: TownRequest, code: str, document: BodyDocument) -> None:
    """Publish a body, unless it says so already."""
    known = _body(request.municipality, code)
    if known and known.document == document:
        return
    operations.publish_body(
        municipality=request.municipality,
        code=code,
        document=document,
        by_user_id=request.actor.user_id,
        now=history.now(),
    )


def _find(town: Municipality, code: str) -> history.Thing | None:
    found = _body(town, code)
    if found is None:
        return None
    title = found.name_in(town.language, town.language)
    return history.Thing(found.pk, title, reverse("desk:settings_body", args=[code]))


def _publish(request: TownRequest, code: str, document: dict[str, Any]) -> None:
    try:
        _keep(request, code, BodyDocument.from_document(document))
    except BadBody as refusal:
        raise history.Refused(str(refusal)) from refusal


history.register(history.Kind(operations.KIND, SETTING, MANAGER, _find, _publish))
