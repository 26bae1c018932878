"""Guides: what may be published, what is found, and in which order."""

import pytest

from moked.audit.models import AuditRecord
from moked.knowledge import queries
from moked.knowledge.operations import publish_life_event
from moked.knowledge.rules import BadGuide, LifeEventDocument, LifeSituationDocument, means
from moked.revisions.models import Revision
from tests.factories import NOW, make_guide, make_service, make_town

GUIDE = {
    "title": {"en": "A dog"},
    "summary": {"en": "Register it."},
    "who": {"en": "Whoever keeps one."},
    "costs": {"en": "Nothing."},
    "takes": {"en": "A day."},
    "bring": {"en": ["a card"]},
    "steps": {"en": ["Come."]},
    "life_events": ["dog"],
    "services": [],
}


def make_event(town, code, position, name):
    document = LifeEventDocument({"en": name}, {"en": "About it."})
    return publish_life_event(
        municipality=town, code=code, position=position, document=document, by_user_id=None, now=NOW
    )


def titles(chapters):
    return [
        (one.event.code if one.event else "", [guide.title["en"] for guide in one.situations])
        for one in chapters
    ]


def test_a_document_comes_back_as_it_was_kept():
    document = LifeSituationDocument.from_document(GUIDE)
    assert LifeSituationDocument.from_document(document.as_document()) == document


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"title": {}}, "Write “title” in at least one language, up to 120 characters."),
        ({"title": {"en": "x" * 121}}, "Write “title”"),
        ({"who": {"en": 3}}, "Write “who”"),
        ({"bring": ["a card"]}, "Write “bring” as a list for each language, up to 20 lines."),
        ({"steps": {"en": ["x"] * 21}}, "Write “steps” as a list"),
        ({"steps": {"en": ["\x00"]}}, "Write “steps” as a list"),
        ({"life_events": "dog"}, "Write “life_events” as a list of short names."),
        ({"official": "http://example.org"}, "Begin the address of the official page with https://."),
    ],
)
def test_what_cannot_be_a_guide_is_refused_in_words(change, words):
    with pytest.raises(BadGuide, match="^" + words):
        LifeSituationDocument.from_document(GUIDE | change)


@pytest.mark.parametrize(
    ("typed", "is_meant"),
    [
        ("dog", True),
        ("DOG reg", True),
        ("regis", True),
        ("cat", False),
        ("dog cat", False),
        ("og", False),
        ("", False),
    ],
)
def test_a_search_needs_every_word_to_begin_one(typed, is_meant):
    assert means(typed, ["A dog", "Register it within a month."]) is is_meant


@pytest.mark.django_db
def test_guides_stand_in_their_chapters_by_title():
    town, other = make_town(), make_town()
    make_event(town, "later", 2, "Later")
    make_event(town, "first", 1, "First")
    make_event(town, "empty", 0, "Without a guide")
    make_guide(town, title={"en": "Zebra"}, life_events=["first"])
    make_guide(town, title={"en": "Ant"}, life_events=["first", "later"])
    make_guide(town, title={"en": "Stray"}, life_events=["gone"])
    make_guide(other, title={"en": "Theirs"})
    assert titles(queries.chapters(town.pk, "en", "en")) == [
        ("first", ["Ant", "Zebra"]),
        ("later", ["Ant"]),
        ("", ["Stray"]),
    ]
    assert titles(queries.chapters(town.pk, "en", "en", typed="zeb")) == [("first", ["Zebra"])]
    assert queries.chapters(town.pk, "en", "en", typed="nothing like it") == []


@pytest.mark.django_db
def test_a_guide_names_the_services_that_are_on_offer_in_its_own_town():
    town = make_town()
    offered, theirs = make_service(town), make_service(make_town())
    guide = make_guide(town, services=[theirs.slug, offered.slug, "gone"])
    found = queries.guide(town.pk, guide.slug)
    assert found is not None
    assert found.services == [offered]
    assert queries.guide(theirs.municipality_id, guide.slug) is None


@pytest.mark.django_db
def test_publishing_again_keeps_the_row_and_its_history():
    town = make_town()
    first = make_guide(town, slug="dog")
    second = make_guide(town, slug="dog", title={"en": "A dog or two"})
    assert first.pk == second.pk
    numbers = Revision.objects.filter(kind="life_situation", object_id=first.pk).order_by("number")
    assert [(one.number, one.state) for one in numbers] == [(1, "RETIRED"), (2, "PUBLISHED")]
    assert AuditRecord.objects.filter(verb="life_situation.published", object_id=first.pk).count() == 2
