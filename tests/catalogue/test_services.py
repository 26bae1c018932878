"""Services as revisions, and guessing them from words."""

import pytest

from moked.accounts.rules import Role
from moked.catalogue import queries
from moked.catalogue.models import ConfidentialAccess, Service
from moked.catalogue.operations import publish_service
from moked.catalogue.rules import BadService, ServiceDocument, score
from moked.revisions.models import Revision
from tests.factories import NOW, make_department, make_service, make_town

pytestmark = pytest.mark.django_db


def document(department: str, **fields) -> ServiceDocument:
    return ServiceDocument.from_document(
        {"name": {"en": "Pothole", "he": "בור בכביש"}, "department": department} | fields
    )


def test_publishing_again_keeps_the_history_and_copies_the_columns():
    town = make_town()
    department, other = make_department(town), make_department(town)
    args = {"municipality": town, "slug": "pothole", "by_user_id": None, "now": NOW}
    first = publish_service(**args, document=document(department.code))
    second = publish_service(
        **args, document=document(other.code, name={"en": "Hole"}, confidential_roles=[Role.AGENT])
    )
    assert first.pk == second.pk
    service = Service.objects.get()
    assert (service.name, service.department, service.is_confidential) == ({"en": "Hole"}, other, True)
    assert list(ConfidentialAccess.objects.values_list("role", flat=True)) == [Role.AGENT]
    assert list(
        Revision.objects.filter(kind="service").order_by("number").values_list("number", "state")
    ) == [
        (1, "RETIRED"),
        (2, "PUBLISHED"),
    ]
    assert service.revision_id == Revision.objects.get(kind="service", number=2).pk


def test_a_case_keeps_the_revision_it_was_opened_under():
    from tests.factories import make_case

    town = make_town()
    service = make_service(town)
    case = make_case(town, service=service)
    publish_service(
        municipality=town,
        slug=service.slug,
        document=document(service.department.code),
        by_user_id=None,
        now=NOW,
    )
    case.refresh_from_db()
    assert case.revision_id == service.revision_id != Service.objects.get(pk=service.pk).revision_id


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"name": {}}, "name"),
        ({"name": "Pothole"}, "name"),
        ({"kind": "WISH"}, "kind"),
        ({"department": ""}, "department"),
    ],
)
def test_a_broken_document_is_refused_in_words(fields, says):
    with pytest.raises(BadService, match=says):
        document(**({"department": "roads"} | fields))


@pytest.mark.abuse("A08")
def test_a_department_of_another_town_is_refused():
    town = make_town()
    with pytest.raises(BadService):
        publish_service(
            municipality=town,
            slug="pothole",
            document=document(make_department(make_town()).code),
            by_user_id=None,
            now=NOW,
        )
    assert not Service.objects.exists()


def test_hints_count_whole_words_and_longer_words_around_them():
    assert score(["בכביש", "יש", "בור"], ["כביש", "בור", "פח"]) == 2
    assert score(["binary"], ["in"]) == 0
    assert score(["in"], ["in"]) == 1


def test_suggestions_come_best_first_and_never_from_another_town():
    town = make_town()
    lamp = make_service(town, words={"en": ["lamp", "dark"], "he": ["פנס"]})
    hole = make_service(town, words={"en": ["hole", "road"]})
    make_service(town, words={"en": ["tree"]})
    make_service(make_town(), words={"en": ["lamp"]})
    services = list(queries.offered(town.pk))
    assert queries.suggest(services, "The LAMP over the road is dark") == [lamp, hole]
    assert queries.suggest(services, "הפנס כבוי") == [lamp]
    assert queries.suggest(services, "nothing of the kind") == []
