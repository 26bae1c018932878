"""Guides for residents and the life events they stand under: texts, order, history."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from moked.base.ids import slug_for
from moked.base.labels import label
from moked.base.sorting import sort_key
from moked.knowledge import operations as knowledge
from moked.knowledge import queries
from moked.knowledge.models import LifeEvent, LifeSituation
from moked.knowledge.rules import BadGuide, LifeEventDocument, LifeSituationDocument
from moked.municipalities.models import Municipality
from moked.web.desk.settings import history
from moked.web.desk.settings.frame import BOTH, MANAGER, show
from moked.web.desk.settings.guide_forms import GuideForm, LifeEventForm, town_label
from moked.web.desk.settings.order import number_in
from moked.web.desk.settings.texts import language_name, language_of_reader, languages_of
from moked.web.ui.access import access
from moked.web.ui.requests import TownRequest
from moked.web.ui.spoken import lines_in
from moked.web.ui.views import see_other

SETTING = "guides"


@dataclasses.dataclass(frozen=True)
class Row:
    """A guide in the list; `events` says where it stands, `gaps` in which languages something is missing."""

    guide: LifeSituation
    events: str
    gaps: tuple[str, ...]


@access(*MANAGER, methods=BOTH)
def guides(request: TownRequest) -> HttpResponse:
    """List life events and guides; a button moves a life event up or down."""
    town = request.municipality
    events = list(queries.every_life_event(town.pk))
    in_use = [one for one in events if not one.is_retired]
    if request.method == "POST":
        _move(request, in_use)
        return see_other(f"{reverse('desk:settings_guides')}#life-events")
    language = language_of_reader(town)
    names = {one.code: one.name_in(language, town.language) for one in events}
    rows = [_row(one, town, names) for one in queries.every_guide(town.pk)]
    rows.sort(key=lambda row: sort_key(row.guide.title_in(language, town.language), language))
    return show(
        request,
        "desk/settings/guides.html",
        SETTING,
        events=in_use,
        retired_events=[one for one in events if one.is_retired],
        rows=[row for row in rows if not row.guide.is_retired],
        retired=[row for row in rows if row.guide.is_retired],
    )


def _move(request: TownRequest, events: list[LifeEvent]) -> None:
    """Put a life event into the place, counted from 1, that the button names; else do nothing."""
    code, _sep, typed = request.POST.get("place", "").partition(":")
    codes = [one.code for one in events]
    place = number_in(typed, codes)
    if code in codes and place:
        others = [one for one in codes if one != code]
        knowledge.order_life_events(
            municipality_id=request.municipality.pk,
            codes=[*others[: place - 1], code, *others[place - 1 :]],
            by_user_id=request.actor.user_id or 0,
            now=history.now(),
        )


def _row(guide: LifeSituation, town: Municipality, names: Mapping[str, str]) -> Row:
    document = queries.document_of(guide)
    said = document.as_document().values() if document else ()
    texts = [one for one in said if isinstance(one, dict) and any(one.values())]
    gaps = (code for code in languages_of(town) if any(not text.get(code) for text in texts))
    events = " · ".join(names[code] for code in guide.life_events if code in names)
    return Row(guide, events, tuple(language_name(code) for code in gaps))


@access(*MANAGER, methods=BOTH)
def new_life_event(request: TownRequest) -> HttpResponse:
    """Add a life event; it stands last."""
    sent = request.POST if request.method == "POST" else None
    form = LifeEventForm(sent, town=request.municipality, event=None)
    if form.is_valid() and _made_event(request, form):
        messages.success(request, _("Published."))
        return see_other(reverse("desk:settings_guides"))
    return show(request, "desk/settings/life_event.html", SETTING, form=form, event=None)


def _made_event(request: TownRequest, form: LifeEventForm) -> bool:
    town, name = request.municipality, form.texts("name")
    known = list(queries.every_life_event(town.pk))
    same = next((one for one in known if town_label(one.name, town) == town_label(name, town)), None)
    if same and not _says_event(same, form.document):
        form.add_error(None, _("There is a life event of this name already. Write another name."))
        return False
    taken = {"new", *(one.code for one in known)}
    code = same.code if same else slug_for(label(name, "en", town.language), taken, longest=60)
    return _published_event(request, form, code)


@access(*MANAGER, methods=BOTH)
def life_event(request: TownRequest, code: str) -> HttpResponse:
    """Change a life event, retire or restore it."""
    found = _event_or_404(request.municipality, code)
    step = request.POST.get("step", "")
    form = LifeEventForm(request.POST if step == "save" else None, town=request.municipality, event=found)
    if request.method == "POST" and _is_event_done(request, form, found, step):
        messages.success(request, _("Published."))
        return see_other(reverse("desk:settings_life_event", args=[code]))
    return show(request, "desk/settings/life_event.html", SETTING, form=form, event=found)


def _is_event_done(request: TownRequest, form: LifeEventForm, found: LifeEvent, step: str) -> bool:
    if step == "save":
        return form.is_valid() and _published_event(request, form, found.code)
    operation = {"retire": knowledge.retire_life_event, "restore": knowledge.restore_life_event}.get(step)
    if operation is None:
        return False
    user_id, now = request.actor.user_id or 0, history.now()
    operation(municipality_id=found.municipality_id, event_id=found.pk, by_user_id=user_id, now=now)
    return True


def _published_event(request: TownRequest, form: LifeEventForm, code: str) -> bool:
    """Publish what was filled in; when that is refused, add the reason to the form."""
    try:
        _keep_event(request, code, form.document)
    except BadGuide as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


def _keep_event(request: TownRequest, code: str, document: LifeEventDocument) -> None:
    """Publish a life event, unless it says so already."""
    known = queries.every_life_event(request.municipality.pk).filter(code=code).first()
    if known is None or not _says_event(known, document):
        knowledge.publish_life_event(
            municipality=request.municipality,
            code=code,
            document=document,
            by_user_id=request.actor.user_id,
            now=history.now(),
        )


def _says_event(event: LifeEvent, document: LifeEventDocument) -> bool:
    return LifeEventDocument(event.name, event.description) == document


@access(*MANAGER, methods=BOTH)
def new_guide(request: TownRequest) -> HttpResponse:
    """Add a guide."""
    sent = request.POST if request.method == "POST" else None
    form = GuideForm(sent, town=request.municipality, guide=None)
    if form.is_valid() and (slug := _made_guide(request, form)):
        messages.success(request, _("Published."))
        return see_other(reverse("desk:settings_guide", args=[slug]))
    return show(request, "desk/settings/guide.html", SETTING, form=form, guide=None)


def _made_guide(request: TownRequest, form: GuideForm) -> str:
    """Publish a new guide and return its slug; "" when that is refused, with the reason in the form."""
    town, title = request.municipality, form.texts("title")
    known = list(queries.every_guide(town.pk))
    same = next((one for one in known if town_label(one.title, town) == town_label(title, town)), None)
    if same and queries.document_of(same) != form.document:
        form.add_error(None, _("There is a guide of this title already. Write another title."))
        return ""
    taken = {"new", *(one.slug for one in known)}
    slug = same.slug if same else slug_for(label(title, "en", town.language), taken, longest=60)
    return slug if _published_guide(request, form, slug) else ""


@access(*MANAGER, methods=BOTH)
def guide(request: TownRequest, slug: str) -> HttpResponse:
    """Change what a guide says, retire or restore it; beside it stands what residents see."""
    found, document = _guide_or_404(request.municipality, slug)
    step = request.POST.get("step", "")
    form = GuideForm(request.POST if step == "save" else None, town=request.municipality, guide=document)
    if request.method == "POST" and _is_guide_done(request, form, found, step):
        messages.success(request, _("Published."))
        return see_other(reverse("desk:settings_guide", args=[slug]))
    language, town = language_of_reader(request.municipality), request.municipality.language
    return show(
        request,
        "desk/settings/guide.html",
        SETTING,
        form=form,
        guide=found,
        document=document,
        bring=lines_in(document.bring, language, town),
        steps=lines_in(document.steps, language, town),
    )


def _is_guide_done(request: TownRequest, form: GuideForm, found: LifeSituation, step: str) -> bool:
    if step == "save":
        return form.is_valid() and _published_guide(request, form, found.slug)
    steps = {"retire": knowledge.retire_life_situation, "restore": knowledge.restore_life_situation}
    if (operation := steps.get(step)) is None:
        return False
    user_id, now = request.actor.user_id or 0, history.now()
    operation(municipality_id=found.municipality_id, situation_id=found.pk, by_user_id=user_id, now=now)
    return True


def _published_guide(request: TownRequest, form: GuideForm, slug: str) -> bool:
    """Publish what was filled in; when that is refused, add the reason to the form."""
    try:
        _keep_guide(request, slug, form.document)
    except BadGuide as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


def _keep_guide(request: TownRequest, slug: str, document: LifeSituationDocument) -> None:
    """Publish a guide, unless it says so already."""
    known = queries.every_guide(request.municipality.pk).filter(slug=slug).first()
    if known is None or queries.document_of(known) != document:
        knowledge.publish_life_situation(
            municipality=request.municipality,
            slug=slug,
            document=document,
            by_user_id=request.actor.user_id,
            now=history.now(),
        )


def _event_or_404(town: Municipality, code: str) -> LifeEvent:
    found = queries.every_life_event(town.pk).filter(code=code).first()
    if found is None:
        raise Http404
    return found


def _guide_or_404(town: Municipality, slug: str) -> tuple[LifeSituation, LifeSituationDocument]:
    found = queries.every_guide(town.pk).filter(slug=slug).first()
    document = queries.document_of(found) if found else None
    if found is None or document is None:
        raise Http404
    return found, document


def event_url(code: str) -> str:
    """Return the address where a life event is written."""
    return reverse("desk:settings_life_event", args=[code])


def guide_url(slug: str) -> str:
    """Return the address where a guide is written."""
    return reverse("desk:settings_guide", args=[slug])


def _find_event(town: Municipality, code: str) -> history.Thing | None:
    found = queries.every_life_event(town.pk).filter(code=code).first()
    return history.Thing(found.pk, town_label(found.name, town), event_url(code)) if found else None


def _publish_event(request: TownRequest, code: str, document: dict[str, Any]) -> None:
    try:
        _keep_event(request, code, LifeEventDocument.from_document(document))
    except BadGuide as refusal:
        raise history.Refused(str(refusal)) from refusal


def _find_guide(town: Municipality, slug: str) -> history.Thing | None:
    found = queries.every_guide(town.pk).filter(slug=slug).first()
    return history.Thing(found.pk, town_label(found.title, town), guide_url(slug)) if found else None


def _publish_guide(request: TownRequest, slug: str, document: dict[str, Any]) -> None:
    try:
        _keep_guide(request, slug, LifeSituationDocument.from_document(document))
    except BadGuide as refusal:
        raise history.Refused(str(refusal)) from refusal


history.register(history.Kind(knowledge.EVENT_KIND, SETTING, MANAGER, _find_event, _publish_event))
history.register(history.Kind(knowledge.SITUATION_KIND, SETTING, MANAGER, _find_guide, _publish_guide))
