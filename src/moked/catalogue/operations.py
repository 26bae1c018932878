"""Publish services."""

from datetime import datetime

from django.db import transaction

from moked.accounts.models import Department
from moked.audit import operations as audit
from moked.catalogue.models import ConfidentialAccess, Service
from moked.catalogue.rules import BadService, ServiceDocument
from moked.municipalities.models import Municipality
from moked.revisions import operations as revisions

KIND = "service"


@transaction.atomic
def publish_service(
    *,
    municipality: Municipality,
    slug: str,
    document: ServiceDocument,
    by_user_id: int | None,
    now: datetime,
) -> Service:
    """Publish a new revision of a service, making the service when it is new.

    Raises BadService when the department is not one of the municipality.
    """
    department = Department.objects.filter(
        municipality=municipality, code=document.department, is_retired=False
    ).first()
    if department is None:
        raise BadService(f"There is no department {document.department!r} in {municipality.slug}.")
    service, _ = Service.objects.select_for_update().get_or_create(
        municipality=municipality, slug=slug, defaults={"kind": document.kind}
    )
    revision = revisions.publish(
        municipality_id=municipality.pk,
        kind=KIND,
        object_id=service.pk,
        document=document.as_document(),
        author_id=by_user_id,
        now=now,
    )
    service.revision = revision
    service.name, service.description = dict(document.name), dict(document.description)
    service.words, service.kind, service.department = document.words, document.kind, department
    service.is_confidential = document.confidential_roles is not None
    service.save()
    ConfidentialAccess.objects.filter(service=service).delete()
    ConfidentialAccess.objects.bulk_create(
        [ConfidentialAccess(service=service, role=role) for role in document.confidential_roles or ()]
    )
    audit.record(
        municipality_id=municipality.pk,
        actor_kind="STAFF" if by_user_id else "SYSTEM",
        actor_id=by_user_id,
        verb="service.published",
        object_kind=KIND,
        object_id=service.pk,
        after={"revision": revision.number},
        now=now,
    )
    return service
