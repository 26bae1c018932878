"""The services of a town, what they ask, and which of them a text may be about."""

from collections.abc import Iterable

from django.db.models import QuerySet

from moked.accounts.models import Department
from moked.accounts.rules import Actor
from moked.base.labels import label
from moked.base.questions import Question
from moked.base.sorting import sort_key
from moked.base.text import folded_words
from moked.catalogue import rules
from moked.catalogue.models import ClosedWords, ConfidentialAccess, Service
from moked.catalogue.rules import AfterClosing, ClosedPolicy, ServiceDocument
from moked.revisions.models import Revision


def offered(municipality_id: int) -> QuerySet[Service]:
    """Return the services residents can choose, by slug."""
    return Service.objects.filter(municipality_id=municipality_id, is_offered=True).order_by("slug")


def hidden_services(actor: Actor) -> QuerySet[Service]:
    """Return the confidential services of the actor's town that name none of their roles."""
    named = ConfidentialAccess.objects.filter(role__in=sorted(actor.roles)).values("service_id")
    confidential = Service.objects.filter(municipality_id=actor.municipality_id, is_confidential=True)
    return confidential.exclude(id__in=named)


def by_name(services: Iterable[Service], language: str, fallback: str) -> list[Service]:
    """Return services as readers of a language look for them, by the name they are shown under."""
    return sorted(services, key=lambda one: sort_key(label(one.name, language, fallback), language))


def of_department(department: Department) -> list[Service]:
    """Return the services on offer that a department handles, by slug."""
    return list(offered(department.municipality_id).filter(department=department))


def every_service(municipality_id: int) -> QuerySet[Service]:
    """Return the services of a town with those it no longer offers, by slug, each with its department."""
    services = Service.objects.filter(municipality_id=municipality_id)
    return services.select_related("department", "revision").order_by("slug")


def service_by_slug(municipality_id: int, slug: str) -> Service | None:
    """Return a town's service, offered or not, with its department and revision."""
    return every_service(municipality_id).filter(slug=slug).first()


def closed_policy_of_town(municipality_id: int) -> ClosedPolicy:
    """Return what becomes of words on a town's closed cases, where a service says nothing of its own."""
    row = ClosedWords.objects.filter(municipality_id=municipality_id).first()
    return row.policy if row else ClosedPolicy()


def closed_policy_for(service: Service) -> ClosedPolicy:
    """Return what becomes of words on a closed case of a service."""
    if service.closed_words:
        return ClosedPolicy(AfterClosing(service.closed_words), service.reopen_days)
    return closed_policy_of_town(service.municipality_id)


def services_with_own_policy(municipality_id: int) -> list[Service]:
    """Return the services on offer that say themselves what becomes of words on their closed cases."""
    return list(offered(municipality_id).exclude(closed_words=""))


def document_in(revision: Revision | None) -> ServiceDocument | None:
    """Return what a revision of a service says, whichever release wrote it."""
    return ServiceDocument.from_document(revision.document) if revision else None


def questions_of(service: Service) -> tuple[Question, ...]:
    """Return the questions a service asks now. Those a case was asked are in the document of its revision."""
    document = document_in(service.revision)
    return document.questions if document else ()


def suggest(services: list[Service], text: str, *, most: int = 3) -> list[Service]:
    """Return up to `most` services whose hint words or names in any language occur in the text."""
    words = folded_words(text)
    scored = [(rules.score(words, _hints(service)), service) for service in services]
    likely = sorted((pair for pair in scored if pair[0]), key=lambda pair: (-pair[0], pair[1].slug))
    return [service for _, service in likely[:most]]


def _hints(service: Service) -> set[str]:
    listed = (word for words in service.words.values() for word in words)
    names = (word for name in service.name.values() for word in folded_words(name) if len(word) >= 4)
    return {folded for word in listed for folded in folded_words(word)} | set(names)
