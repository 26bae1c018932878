"""Services: what can be reported or asked for, in every language, and what is asked then."""

import dataclasses
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from moked.base.ids import slug_for
from moked.base.labels import label
from moked.catalogue import operations as catalogue
from moked.catalogue import queries
from moked.catalogue.models import Service
from moked.catalogue.rules import BadService, ServiceDocument
from moked.municipalities.models import Municipality
from moked.sla import operations as sla
from moked.sla.operations.settings import TARGET_KIND
from moked.sla.queries import target_of
from moked.sla.rules import BadTarget, TooFar
from moked.sla.targets import Promise
from moked.web.desk.settings import history
from moked.web.desk.settings.calendars import TOO_FAR
from moked.web.desk.settings.frame import BOTH, MANAGER, show
from moked.web.desk.settings.order import moved, number_in
from moked.web.desk.settings.question_words import cards
from moked.web.desk.settings.service_forms import ServiceForm, gaps, may_open
from moked.web.desk.settings.texts import language_name
from moked.web.ui.access import access
from moked.web.ui.requests import TownRequest
from moked.web.ui.views import see_other

SETTING = "services"


@dataclasses.dataclass(frozen=True)
class Row:
    """A service in the list; `gaps` are the languages in which something is missing."""

    service: Service
    gaps: tuple[str, ...]


@access(*MANAGER)
def services(request: TownRequest) -> HttpResponse:
    """List the services, and those no longer offered."""
    town = request.municipality
    rows = [_row(one, town) for one in queries.every_service(town.pk)]
    return show(
        request,
        "desk/settings/services.html",
        SETTING,
        offered=[row for row in rows if row.service.is_offered],
        retired=[row for row in rows if not row.service.is_offered],
    )


def _row(service: Service, town: Municipality) -> Row:
    document = queries.document_in(service.revision)
    missing = gaps(document, town) if document else []
    return Row(service, tuple(language_name(code) for code in missing))


@access(*MANAGER, methods=BOTH)
def new_service(request: TownRequest) -> HttpResponse:
    """Add a service; its questions follow on its page."""
    sent = request.POST if request.method == "POST" else None
    form = ServiceForm(sent, town=request.municipality, document=None, by=request.actor)
    if form.is_valid() and (made := _made(request, form)):
        messages.success(request, _("The service is offered from now on."))
        return see_other(reverse("desk:settings_service", args=[made.slug]))
    return show(request, "desk/settings/service.html", SETTING, form=form, service=None)


def _made(request: TownRequest, form: ServiceForm) -> Service | None:
    """Publish a new service; when that is refused, add the reason to the form."""
    town = request.municipality
    known = list(queries.every_service(town.pk))
    name = label(form.texts("name"), town.language, town.language)
    if any(one.is_offered and one.name_in(town.language, town.language) == name for one in known):
        form.add_error(None, _("There is a service of this name already. Write another name."))
        return None
    taken = {"new", *(one.slug for one in known)}
    slug = slug_for(label(form.texts("name"), "en", town.language), taken, longest=60)
    return refused_by(form, lambda: _publish_all(request, slug, form))


@access(*MANAGER, methods=BOTH)
def service(request: TownRequest, slug: str) -> HttpResponse:
    """Change what a service says, move and remove its questions, stop offering it or offer it again."""
    found, document = service_or_404(request, slug)
    step, _sep, typed = request.POST.get("step", "").partition(":")
    sent = request.POST if step == "save" else None
    form = ServiceForm(
        sent,
        town=request.municipality,
        document=document,
        target=target_of(found.pk),
        by=request.actor,
    )
    failed = ""
    if request.method == "POST":
        if step == "save":
            done = form.is_valid() and refused_by(form, lambda: _publish_all(request, slug, form))
        else:
            done, failed = _other_step(request, found, document, step, typed)
        if done:
            messages.success(request, _("Published."))
            return see_other(f"{reverse('desk:settings_service', args=[slug])}{_anchor(step)}")
    return show(
        request,
        "desk/settings/service.html",
        SETTING,
        form=form,
        failed=failed,
        service=found,
        cards=cards(document.questions, request.municipality),
        has_target=target_of(found.pk) is not None,
    )


def service_or_404(request: TownRequest, slug: str) -> tuple[Service, ServiceDocument]:
    """Return the town's service and what it says; else raise Http404."""
    found = queries.service_by_slug(request.municipality.pk, slug)
    document = queries.document_in(found.revision) if found else None
    if found is None or document is None:
        raise Http404
    return found, document


def publish(request: TownRequest, slug: str, said: dict[str, Any]) -> Service:
    """Publish what a service says now, unless it says so already. Raises BadService."""
    town = request.municipality
    document = ServiceDocument.from_document(said)
    known = queries.service_by_slug(town.pk, slug)
    if known and queries.document_in(known.revision) == document:
        return known
    return catalogue.publish_service(
        municipality=town,
        slug=slug,
        document=document,
        by_user_id=request.actor.user_id,
        now=history.now(),
    )


def _publish_all(request: TownRequest, slug: str, form: ServiceForm) -> Service:
    """Publish what a service says, then what is promised for it; both are checked before.

    Raises BadService, BadTarget, TooFar.
    """
    wanted = form.wanted
    made = publish(request, slug, form.said)
    if wanted and wanted != form.promise:
        _publish_target(request, made, wanted)
    return made


def _publish_target(request: TownRequest, service: Service, promise: Promise) -> None:
    sla.publish_target(service=service, promise=promise, by_user_id=request.actor.user_id, now=history.now())


def refused_by(form: Any, change: Callable[[], Service]) -> Service | None:
    """Do it; when it is refused, add the reason to the form."""
    try:
        return change()
    except TooFar:
        form.add_error(None, TOO_FAR)
        return None
    except (BadService, BadTarget) as refusal:
        form.add_error(None, str(refusal))
        return None


def _other_step(
    request: TownRequest, service: Service, document: ServiceDocument, step: str, typed: str
) -> tuple[Service | None, str]:
    """Press one of the page's other buttons; return the service, or why it stays as it was."""
    offer = {"retire": catalogue.retire_service, "restore": catalogue.restore_service}.get(step)
    if offer:
        done = offer(
            municipality_id=service.municipality_id,
            service_id=service.pk,
            by_user_id=request.actor.user_id or 0,
            now=history.now(),
        )
        return done, ""
    questions = moved(document.questions, step, number_in(typed, document.questions))
    said = ServiceDocument.as_document(dataclasses.replace(document, questions=questions))
    try:
        return publish(request, service.slug, said), ""
    except BadService as refusal:
        return None, str(refusal)


def _anchor(step: str) -> str:
    return "#questions" if step in {"up", "down", "remove"} else ""


def _find(town: Municipality, slug: str) -> history.Thing | None:
    found = queries.service_by_slug(town.pk, slug)
    if found is None:
        return None
    title = label(found.name, town.language, town.language)
    return history.Thing(found.pk, title, reverse("desk:settings_service", args=[slug]))


def _publish(request: TownRequest, slug: str, document: dict[str, Any]) -> None:
    """Publish an earlier revision; who sees its cases stays as it is where that is not one's own to say."""
    _found, current = service_or_404(request, slug)
    said = dict(document)
    if not may_open(current.confidential_roles, request.actor):
        said["confidential_roles"] = current.confidential_roles
    try:
        publish(request, slug, said)
    except BadService as refusal:
        raise history.Refused(str(refusal)) from refusal


history.register(history.Kind(catalogue.KIND, SETTING, MANAGER, _find, _publish))


def _find_target(town: Municipality, slug: str) -> history.Thing | None:
    """Find what is promised for a service, by the service's name."""
    found = queries.service_by_slug(town.pk, slug)
    target = target_of(found.pk) if found else None
    if found is None or target is None:
        return None
    title = _("Promise: %(service)s") % {"service": label(found.name, town.language, town.language)}
    return history.Thing(target.pk, title, reverse("desk:settings_service", args=[slug]))


def _publish_former_target(request: TownRequest, slug: str, document: dict[str, Any]) -> None:
    found, _document = service_or_404(request, slug)
    try:
        _publish_target(request, found, Promise.from_document(document))
    except BadTarget as refusal:
        raise history.Refused(str(refusal)) from None
    except TooFar:
        raise history.Refused(str(TOO_FAR)) from None


history.register(history.Kind(TARGET_KIND, SETTING, MANAGER, _find_target, _publish_former_target))
