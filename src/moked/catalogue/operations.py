"""Publish services, stop offering them, and offer them again."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from moked.accounts.models import Department
from moked.audit import operations as audit
from moked.base.references import is_referred_to
from moked.catalogue.models import ClosedWords, ConfidentialAccess, Service
from moked.catalogue.rules import BadService, ClosedPolicy, ServiceDocument
from moked.municipalities.models import Municipality
from moked.revisions import operations as revisions
from moked.revisions.queries import is_published, was_changed

KIND = "service"
CLOSED_KIND = "closed_words"
_COPIED = (
    "place",
    "photos",
    "is_public",
    "duplicate_radius",
    "needs_proof",
    "centre_checks",
    "priority",
    "closed_words",
    "reopen_days",
)


@transaction.atomic
def publish_service(
    *,
    municipality: Municipality,
    slug: str,
    document: ServiceDocument,
    by_user_id: int | None,
    now: datetime,
    is_offered: bool = True,
) -> Service:
    """Publish a new revision of a service, making the service when it is new. A retired one stays retired.

    `is_offered` is what a new one is. Raises BadService when the department is not one of the municipality.
    """
    department = Department.objects.filter(
        municipality=municipality, code=document.department, is_retired=False
    ).first()
    if department is None:
        raise BadService(
            gettext("There is no department “%(code)s”. Choose one of the town's departments.")
            % {"code": document.department}
        )
    service, _ = Service.objects.select_for_update().get_or_create(
        municipality=municipality, slug=slug, defaults={"kind": document.kind, "is_offered": is_offered}
    )
    service.name, service.description = dict(document.name), dict(document.description)
    service.words, service.kind, service.department = document.words, document.kind, department
    service.is_confidential = document.confidential_roles is not None
    for column in _COPIED:
        setattr(service, column, getattr(document, column))
    ConfidentialAccess.objects.filter(service=service).delete()
    ConfidentialAccess.objects.bulk_create(
        [ConfidentialAccess(service=service, role=role) for role in document.confidential_roles or ()]
    )
    _keep_revision(service, document.as_document(), "service.published", by_user_id, now)
    return service


@transaction.atomic
def publish_closed_words(
    *, municipality: Municipality, policy: ClosedPolicy, by_user_id: int, now: datetime
) -> ClosedWords:
    """Say what becomes of words on the town's closed cases from now on, where a service says nothing."""
    row, _ = ClosedWords.objects.select_for_update().get_or_create(
        municipality=municipality, defaults={"what": policy.what, "days": policy.days}
    )
    document = policy.as_document()
    if is_published(CLOSED_KIND, row.pk, document):
        return row
    row.what, row.days = policy.what, policy.days
    row.revision = revisions.publish(
        municipality_id=municipality.pk,
        kind=CLOSED_KIND,
        object_id=row.pk,
        document=document,
        author_id=by_user_id,
        now=now,
    )
    row.save()
    audit.record(
        municipality_id=municipality.pk,
        actor_kind="STAFF",
        actor_id=by_user_id,
        verb="closed_words.published",
        object_kind=CLOSED_KIND,
        object_id=row.pk,
        after=document | {"revision": row.revision.number},
        now=now,
    )
    return row


@transaction.atomic
def retire_service(*, municipality_id: int, service_id: int, by_user_id: int, now: datetime) -> Service:
    """Stop offering a service; its cases go on. One that is not offered any more stays as it is.

    Raises Service.DoesNotExist for a service of another municipality.
    """
    return _offer(municipality_id, service_id, False, by_user_id, now)


@transaction.atomic
def restore_service(*, municipality_id: int, service_id: int, by_user_id: int, now: datetime) -> Service:
    """Offer a retired service again. Raises Service.DoesNotExist for one of another municipality."""
    return _offer(municipality_id, service_id, True, by_user_id, now)


@transaction.atomic
def withdraw_service(*, municipality_id: int, service_id: int, by_user_id: int | None, now: datetime) -> bool:
    """Delete a service that nothing refers to and nobody changed since it was made; return whether it went.

    For undoing an import; whatever people made is retired, never deleted.
    """
    service = Service.objects.select_for_update().get(pk=service_id, municipality_id=municipality_id)
    if is_referred_to(service, but=ConfidentialAccess) or was_changed(KIND, service.pk):
        return False
    revision, pk = service.revision, service.pk
    service.delete()
    revisions.forget(KIND, pk)
    audit.record(
        municipality_id=municipality_id,
        actor_kind="STAFF" if by_user_id else "SYSTEM",
        actor_id=by_user_id,
        verb="service.withdrawn",
        object_kind=KIND,
        object_id=pk,
        before={"revision": revision.number if revision else None},
        now=now,
    )
    return True


def _offer(
    municipality_id: int, service_id: int, is_offered: bool, by_user_id: int, now: datetime
) -> Service:
    services = Service.objects.select_for_update().filter(municipality_id=municipality_id)
    service = services.get(pk=service_id)
    if service.is_offered == is_offered:
        return service
    service.is_offered = is_offered
    said = service.revision.document if service.revision else {}
    verb = "service.restored" if is_offered else "service.retired"
    _keep_revision(service, said, verb, by_user_id, now)
    return service


def _keep_revision(
    service: Service, said: dict[str, Any], verb: str, by_user_id: int | None, now: datetime
) -> None:
    """Save a service as what its new revision says, and who said so."""
    service.revision = revisions.publish(
        municipality_id=service.municipality_id,
        kind=KIND,
        object_id=service.pk,
        document={**said, "is_offered": service.is_offered},
        author_id=by_user_id,
        now=now,
    )
    service.save()
    audit.record(
        municipality_id=service.municipality_id,
        actor_kind="STAFF" if by_user_id else "SYSTEM",
        actor_id=by_user_id,
        verb=verb,
        object_kind=KIND,
        object_id=service.pk,
        after={"revision": service.revision.number},
        now=now,
    )
