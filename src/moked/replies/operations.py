"""Publish reply templates, stop offering them, and offer them again."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from moked.audit import operations as audit
from moked.catalogue.models import Service
from moked.municipalities.models import Municipality
from moked.replies.models import ReplyTemplate
from moked.replies.rules import BadReplyTemplate, ReplyTemplateDocument
from moked.revisions import operations as revisions

KIND = "reply_template"


@transaction.atomic
def publish_reply_template(
    *,
    municipality: Municipality,
    code: str,
    document: ReplyTemplateDocument,
    by_user_id: int | None,
    now: datetime,
) -> ReplyTemplate:
    """Publish a new revision of a template, making it when it is new. A retired one stays retired.

    Raises BadReplyTemplate when the service is not one of the municipality.
    """
    service = Service.objects.filter(municipality=municipality, slug=document.service).first()
    if document.service and service is None:
        raise BadReplyTemplate(
            gettext("There is no service “%(slug)s”. Choose one of the town's services.")
            % {"slug": document.service}
        )
    template, _ = ReplyTemplate.objects.select_for_update().get_or_create(
        municipality=municipality, code=code
    )
    template.service, template.outcome = service, document.outcome
    template.name, template.text = dict(document.name), dict(document.text)
    _keep_revision(template, document, "reply_template.published", by_user_id, now)
    return template


@transaction.atomic
def retire_reply_template(
    *, municipality_id: int, template_id: int, by_user_id: int, now: datetime
) -> ReplyTemplate:
    """Stop offering a template; one that is retired stays as it is.

    Raises ReplyTemplate.DoesNotExist for one of another municipality.
    """
    return _retire(municipality_id, template_id, True, by_user_id, now)


@transaction.atomic
def restore_reply_template(
    *, municipality_id: int, template_id: int, by_user_id: int, now: datetime
) -> ReplyTemplate:
    """Offer a retired template again. Raises ReplyTemplate.DoesNotExist for another municipality's."""
    return _retire(municipality_id, template_id, False, by_user_id, now)


def _retire(
    municipality_id: int, template_id: int, is_retired: bool, by_user_id: int, now: datetime
) -> ReplyTemplate:
    templates = ReplyTemplate.objects.select_for_update().filter(municipality_id=municipality_id)
    template = templates.get(pk=template_id)
    if template.is_retired == is_retired or template.revision is None:
        return template
    template.is_retired = is_retired
    document = ReplyTemplateDocument.from_document(template.revision.document)
    verb = "reply_template.retired" if is_retired else "reply_template.restored"
    _keep_revision(template, document, verb, by_user_id, now)
    return template


def _keep_revision(
    template: ReplyTemplate,
    document: ReplyTemplateDocument,
    verb: str,
    by_user_id: int | None,
    now: datetime,
) -> None:
    """Save a template as what its new revision says, and who said so."""
    template.revision = revisions.publish(
        municipality_id=template.municipality_id,
        kind=KIND,
        object_id=template.pk,
        document={**document.as_document(), "is_retired": template.is_retired},
        author_id=by_user_id,
        now=now,
    )
    template.save()
    audit.record(
        municipality_id=template.municipality_id,
        actor_kind="STAFF" if by_user_id else "SYSTEM",
        actor_id=by_user_id,
        verb=verb,
        object_kind=KIND,
        object_id=template.pk,
        after={"revision": template.revision.number},
        now=now,
    )
