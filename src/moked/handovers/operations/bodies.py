"""Publish external bodies, retire them, and take them into use again."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from moked.audit import operations as audit
from moked.catalogue.models import Service
from moked.handovers.models import ExternalBody
from moked.handovers.rules import BadBody, BodyDocument
from moked.municipalities.models import Municipality
from moked.places.models import Area
from moked.revisions import operations as revisions

KIND = "external_body"


@transaction.atomic
def publish_body(
    *,
    municipality: Municipality,
    code: str,
    document: BodyDocument,
    by_user_id: int | None,
    now: datetime,
) -> ExternalBody:
    """Publish a new revision of a body, making it when it is new. A retired one stays retired.

    Mails from now on go to the address it says. Raises BadBody when it names what the town does not have.
    """
    _check_names(municipality, document)
    body, _ = ExternalBody.objects.select_for_update().get_or_create(municipality=municipality, code=code)
    if body.email != document.email:
        body.failures = 0
    _keep_revision(body, document, f"{KIND}.published", by_user_id, now)
    return body


@transaction.atomic
def retire_body(*, municipality_id: int, body_id: int, by_user_id: int, now: datetime) -> ExternalBody:
    """Hand a body nothing more; it keeps what it has. Raises DoesNotExist for another town's."""
    return _retire(municipality_id, body_id, True, by_user_id, now)


@transaction.atomic
def restore_body(*, municipality_id: int, body_id: int, by_user_id: int, now: datetime) -> ExternalBody:
    """Hand cases to a retired body again. Raises DoesNotExist for another town's."""
    return _retire(municipality_id, body_id, False, by_user_id, now)


def _retire(
    municipality_id: int, body_id: int, is_retired: bool, by_user_id: int, now: datetime
) -> ExternalBody:
    bodies = ExternalBody.objects.select_for_update(of=("self",)).select_related("revision")
    body = bodies.get(pk=body_id, municipality_id=municipality_id)
    if body.is_retired != is_retired:
        body.is_retired = is_retired
        verb = f"{KIND}.retired" if is_retired else f"{KIND}.restored"
        _keep_revision(body, body.document, verb, by_user_id, now)
    return body


def _check_names(municipality: Municipality, document: BodyDocument) -> None:
    services = Service.objects.filter(municipality=municipality, slug__in=document.services)
    known = set(services.values_list("slug", flat=True))
    for slug in document.services:
        if slug not in known:
            raise BadBody(
                gettext("There is no service “%(slug)s”. Choose one of the town's services.") % {"slug": slug}
            )
    areas = Area.objects.filter(municipality=municipality, kind=document.area_kind, is_retired=False)
    codes = set(areas.values_list("code", flat=True)) if document.areas else set()
    for code in document.areas:
        if code not in codes:
            raise BadBody(gettext("There is no area “%(code)s” in use in this town.") % {"code": code})


def _keep_revision(
    body: ExternalBody, document: BodyDocument, verb: str, by_user_id: int | None, now: datetime
) -> None:
    """Save a body as what its new revision says, and who said so."""
    body.name, body.language, body.email = dict(document.name), document.language, document.email
    body.revision = revisions.publish(
        municipality_id=body.municipality_id,
        kind=KIND,
        object_id=body.pk,
        document={**document.as_document(), "is_retired": body.is_retired},
        author_id=by_user_id,
        now=now,
    )
    body.save()
    audit.record(
        municipality_id=body.municipality_id,
        actor_kind="STAFF" if by_user_id else "SYSTEM",
        actor_id=by_user_id,
        verb=verb,
        object_kind=KIND,
        object_id=body.pk,
        after={"revision": body.revision.number},
        now=now,
    )
