"""Services as revisions, and guessing them from words."""

import json

import pytest

from moked.accounts.rules import Role
from moked.audit.models import AuditRecord
from moked.base.question_documents import from_documents
from moked.catalogue import queries
from moked.catalogue.models import ConfidentialAccess, Service
from moked.catalogue.operations import publish_service, restore_service, retire_service
from moked.catalogue.rules import BadService, ServiceDocument, score
from moked.revisions.models import Revision
from moked.revisions.queries import history
from tests.factories import NOW, make_department, make_service, make_town, make_user

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
    assert score(["street", "ציבורי"], ["tree", "בור"]) == 0, "not in the middle of another word"
    assert score(["trees", "וכשבכביש", "والحفرة"], ["tree", "כביש", "حفرة"]) == 3


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


DEPTH = {
    "code": "depth",
    "kind": "CHOICE",
    "label": {"en": "How deep is it?"},
    "options": [{"code": "DEEP", "label": {"en": "As a hand"}}],
}
EVERYTHING = {
    "place": "NEEDED",
    "photos": True,
    "questions": [DEPTH],
    "is_public": True,
    "duplicate_radius": 100,
    "needs_proof": True,
    "centre_checks": True,
    "waiting_days": {"resident": 5},
}


def test_what_a_service_asks_for_is_copied_and_its_questions_are_read_from_its_revision():
    town = make_town()
    publish_service(
        municipality=town,
        slug="pothole",
        document=document(make_department(town).code, **EVERYTHING),
        by_user_id=None,
        now=NOW,
    )
    service = queries.service_by_slug(town.pk, "pothole")
    assert service is not None
    copied = ("place", "photos", "is_public", "duplicate_radius", "needs_proof", "centre_checks")
    assert {name: getattr(service, name) for name in copied} == {name: EVERYTHING[name] for name in copied}
    assert queries.questions_of(service) == from_documents([DEPTH])
    said = queries.document_in(service.revision)
    assert said is not None and said.waiting_days == {"resident": 5, "scheduled": 2, "external": 14}
    assert queries.service_by_slug(make_town().pk, "pothole") is None


def test_a_document_of_the_release_before_stays_readable():
    old = {"name": {"en": "Hole"}, "description": {}, "words": {}, "kind": "REPORT", "department": "roads"}
    read = ServiceDocument.from_document(old)
    assert (read.place, read.photos, read.questions, read.is_public) == ("NONE", False, (), False)
    assert (read.duplicate_radius, read.needs_proof, read.centre_checks) == (250, False, False)
    assert read.waiting_days == {"resident": 10, "scheduled": 2, "external": 14}
    assert ServiceDocument.from_document(json.loads(json.dumps(read.as_document()))) == read


def test_a_document_with_everything_comes_back_as_it_was():
    said = document("roads", **EVERYTHING)
    assert ServiceDocument.from_document(json.loads(json.dumps(said.as_document()))) == said


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"name": {"en": "x" * 121}}, "up to 120 characters"),
        ({"description": {"en": "x" * 1001}}, "up to 1000 characters"),
        ({"description": None}, "description for each language"),
        ({"words": {"en": "hole"}}, "as a list for each language"),
        ({"words": {"en": [1]}}, "as a list for each language"),
        ({"place": "MAYBE"}, "asks for a place from: NONE, ASKED, NEEDED"),
        ({"photos": "yes"}, "true or false for “photos”"),
        ({"questions": [DEPTH, DEPTH]}, "“depth” stands twice"),
        ({"is_public": True, "confidential_roles": ["AGENT"]}, "confidential service"),
        ({"duplicate_radius": 2001}, "how many metres"),
        ({"duplicate_radius": -1}, "how many metres"),
        ({"duplicate_radius": True}, "how many metres"),
        ({"waiting_days": {"resident": 0}}, "how many days"),
        ({"waiting_days": {"holiday": 3}}, "resident, scheduled, external"),
        ({"waiting_days": 3}, "how many days"),
    ],
)
def test_a_document_that_asks_wrongly_is_refused_in_words(fields, says):
    with pytest.raises(BadService, match=says) as refusal:
        document(**({"department": "roads"} | fields))
    assert str(refusal.value).endswith(".")


def test_a_retired_service_is_not_offered_until_it_is_restored_and_each_step_is_kept():
    town = make_town()
    service, by = make_service(town), make_user()
    args = {"municipality_id": town.pk, "service_id": service.pk, "by_user_id": by.pk, "now": NOW}
    retire_service(**args)
    assert not queries.offered(town.pk).exists()
    assert retire_service(**args).revision_id == Service.objects.get().revision_id
    publish_service(
        municipality=town,
        slug=service.slug,
        document=document(service.department.code),
        by_user_id=by.pk,
        now=NOW,
    )
    assert not queries.offered(town.pk).exists()
    assert [one.slug for one in queries.every_service(town.pk)] == [service.slug]
    restore_service(**args)
    assert queries.offered(town.pk).get().name == {"en": "Pothole", "he": "בור בכביש"}
    kept = history(town.pk, "service", service.pk)
    assert [(one.number, one.document["is_offered"], one.author_id) for one in kept] == [
        (4, True, by.pk),
        (3, False, by.pk),
        (2, False, by.pk),
        (1, True, None),
    ]
    verbs = AuditRecord.objects.filter(object_kind="service").order_by("id").values_list("verb", "actor_id")
    assert list(verbs) == [
        ("service.published", None),
        ("service.retired", by.pk),
        ("service.published", by.pk),
        ("service.restored", by.pk),
    ]


@pytest.mark.abuse("A08")
def test_a_service_of_another_town_is_not_retired():
    service = make_service(make_town())
    with pytest.raises(Service.DoesNotExist):
        retire_service(
            municipality_id=make_town().pk, service_id=service.pk, by_user_id=make_user().pk, now=NOW
        )
    service.refresh_from_db()
    assert service.is_offered


def test_the_history_of_one_object_holds_nothing_of_another():
    town = make_town()
    one, other = make_service(town), make_service(town)
    assert [revision.object_id for revision in history(town.pk, "service", one.pk)] == [one.pk]
    assert history(town.pk, "text", other.pk) == []


def test_services_stand_by_the_name_that_is_shown_where_the_readers_is_missing():
    town = make_town()
    last = make_service(town, name={"en": "Bins", "he": "תאורה"})
    first = make_service(town, name={"en": "Trees", "he": "אשפה"})
    assert queries.by_name([last, first], "cs", "he") == [first, last]
    assert queries.by_name([first, last], "en", "he") == [last, first]
