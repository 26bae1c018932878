"""Services in the settings: added, changed in every language, with questions, retired, rolled back."""

import dataclasses

import pytest

from moked.accounts.rules import Role
from moked.base.question_documents import from_documents
from moked.catalogue.models import Service
from moked.catalogue.operations import publish_service
from moked.catalogue.queries import document_in, questions_of, service_by_slug
from moked.revisions.models import Revision
from tests.factories import NOW, make_department, make_service
from tests.web.desk.pages import count, text

URL = "/desk/settings/services/"
SERVICE = {
    "step": "save",
    "name_en": "Swimming pool",
    "name_he": "",
    "description_en": "",
    "description_he": "",
    "words_en": "pool, swim\nwater, pool",
    "words_he": "",
    "kind": "REPORT",
    "place": "NONE",
    "priority": "NORMAL",
    "duplicate_radius": "0",
    "waiting_resident": "7",
    "waiting_scheduled": "2",
    "waiting_external": "14",
}
QUESTION = {
    "step": "save",
    "kind": "TEXT",
    **{f"{name}_{code}": "" for name in ("label", "hint", "options", "unit") for code in ("en", "he")},
    **dict.fromkeys(["minimum", "maximum", "longest", "phone", "asked_if"], ""),
}


@pytest.fixture
def department(town):
    return make_department(town)


@pytest.fixture
def pool(manager, town, department) -> Service:
    """A service made at the desk."""
    manager.post(f"{URL}new/", SERVICE | {"department": department.code})
    return Service.objects.get(slug="swimming-pool")


def ask(manager, code="new", **said):
    return manager.post(f"{URL}swimming-pool/questions/{code}/", QUESTION | said)


def asked(town):
    return questions_of(service_by_slug(town.pk, "swimming-pool"))


def test_a_new_service_is_offered_with_what_was_filled_in(pool, manager, town, department):
    assert (pool.name, pool.department, pool.duplicate_radius) == ({"en": "Swimming pool"}, department, 0)
    assert pool.words == {"en": ["pool", "swim", "water"]}
    assert pool.revision.document["waiting_days"]["resident"] == 7
    page = text(manager.get(URL))
    assert f"Swimming pool Report · {department.name['en']} עברית: gaps" in page


def test_the_same_name_twice_is_refused_and_nothing_is_lost(pool, manager, department):
    response = manager.post(f"{URL}new/", SERVICE | {"department": department.code})
    assert "There is a service of this name already. Write another name." in text(response)
    assert 'value="Swimming pool"' in response.content.decode()
    assert Service.objects.filter(name__en="Swimming pool").count() == 1


def test_mistakes_are_named_field_by_field(manager):
    said = SERVICE | {"name_en": "", "department": "", "duplicate_radius": "far", "waiting_resident": "0"}
    page = text(manager.post(f"{URL}new/", said))
    for words in (
        "Write the name in the language of the town.",
        "Choose the department that handles it.",
        "Write a number in digits, like 12 or 2.5.",
        "Write a whole number from 1 to 365.",
    ):
        assert page.count(words) == 2
    assert not Service.objects.exists()


def test_the_form_sent_unchanged_adds_no_revision(pool, manager, department):
    response = manager.post(f"{URL}{pool.slug}/", SERVICE | {"department": department.code})
    assert response.status_code == 303
    assert Revision.objects.filter(kind="service").count() == 1


def test_a_service_is_retired_and_restored(pool, manager, town):
    manager.post(f"{URL}{pool.slug}/", {"step": "retire"})
    assert not service_by_slug(town.pk, pool.slug).is_offered
    assert "No longer offered" in text(manager.get(f"{URL}{pool.slug}/"))
    manager.post(f"{URL}{pool.slug}/", {"step": "restore"})
    assert service_by_slug(town.pk, pool.slug).is_offered


def test_questions_are_written_with_answers_in_both_languages(pool, manager, town):
    response = ask(
        manager,
        kind="CHOICE",
        label_en="How big?",
        label_he="מה הגודל?",
        options_en="Small\nLarge",
        options_he="קטן\nגדול",
        is_required="on",
    )
    assert response.status_code == 303
    [question] = asked(town)
    assert (question.code, question.is_required) == ("how_big", True)
    assert [(one.code, one.label) for one in question.options] == [
        ("small", {"en": "Small", "he": "קטן"}),
        ("large", {"en": "Large", "he": "גדול"}),
    ]
    page = manager.get(f"{URL}{pool.slug}/")
    assert "How big? One of several · has to be answered" in text(page)


def test_answers_keep_their_codes_when_they_are_reworded_and_moved(pool, manager, town):
    ask(manager, kind="CHOICE", label_en="How big?", options_en="Small\nLarge")
    ask(manager, "how_big", kind="CHOICE", label_en="How big?", options_en="Very large\nSmall\nLarge")
    assert [one.code for one in asked(town)[0].options] == ["very-large", "small", "large"]
    ask(manager, "how_big", kind="CHOICE", label_en="What size?", options_en="Huge\nSmall\nLarge")
    [question] = asked(town)
    assert question.code == "how_big"
    assert [one.code for one in question.options] == ["very-large", "small", "large"]


def test_a_question_is_asked_only_if_an_earlier_one_has_an_answer(pool, manager, town):
    ask(manager, kind="CHOICE", label_en="How big?", options_en="Small\nLarge")
    page = ask(manager, label_en="How deep?", asked_if="how_big", step="look")
    assert count(page, "value") == 1
    assert "Something is still to be mended" not in text(page)
    assert len(asked(town)) == 1
    refused = ask(manager, label_en="How deep?", asked_if="how_big", operator="is", value="")
    assert text(refused).count("Choose the answer it is compared with.") == 2
    ask(manager, label_en="How deep?", asked_if="how_big", operator="is", value="large")
    assert asked(town)[1].ask_if == {"field": "how_big", "is": "large"}
    assert "Asked only if “How big?” is “Large”." in text(manager.get(f"{URL}{pool.slug}/"))
    shown = manager.get(f"{URL}{pool.slug}/questions/how_deep/").content.decode()
    assert '<option value="large" selected>' in shown


def test_a_longer_condition_stays_as_it_is_or_is_dropped(manager, town, department):
    both = {"all": [{"field": "size", "is_answered": True}, {"field": "depth", "at_least": 2}]}
    questions = from_documents(
        [
            {"code": "size", "kind": "TEXT", "label": {"en": "Size?"}},
            {"code": "depth", "kind": "NUMBER", "label": {"en": "Depth?"}},
            {"code": "colour", "kind": "TEXT", "label": {"en": "Colour?"}, "ask_if": both},
        ]
    )
    service = make_service(town, department=department, questions=questions)
    url = f"{URL}{service.slug}/questions/colour/"
    assert "“Size?” is answered and “Depth?” is at least 2" in text(manager.get(url))
    manager.post(url, QUESTION | {"label_en": "Which colour?", "asked_if": "*"})
    third = questions_of(service_by_slug(town.pk, service.slug))[2]
    assert (third.label["en"], third.ask_if) == ("Which colour?", both)
    manager.post(url, QUESTION | {"label_en": "Which colour?"})
    assert questions_of(service_by_slug(town.pk, service.slug))[2].ask_if is None


def test_answers_must_match_from_language_to_language(pool, manager, town):
    response = ask(manager, kind="CHOICES", label_en="Which?", options_en="A\nB", options_he="א")
    assert "Write 2 answers here, as in English; there are 1." in text(response)
    response = ask(manager, kind="CHOICE", label_en="Which?")
    assert "Write at least one answer." in text(response)
    assert asked(town) == ()


def test_numbers_have_limits_of_which_zero_is_one(pool, manager, town):
    ask(manager, kind="NUMBER", label_en="How deep?", minimum="0", maximum="2.5", unit_en="metres")
    [question] = asked(town)
    assert (question.minimum, question.maximum, question.unit) == (0, 2.5, {"en": "metres"})
    wrong = ask(manager, "how_deep", kind="NUMBER", label_en="How deep?", minimum="3", maximum="2")
    assert "Write a number that is not below the smallest." in text(wrong)


def test_questions_are_moved_and_removed_but_not_before_what_they_depend_on(pool, manager, town):
    ask(manager, kind="CHOICE", label_en="How big?", options_en="Small\nLarge")
    ask(manager, label_en="How deep?", asked_if="how_big", operator="is", value="large")
    ask(manager, label_en="Which colour?")
    url = f"{URL}{pool.slug}/"
    assert manager.post(url, {"step": "up:3"}).status_code == 303
    assert [one.code for one in asked(town)] == ["how_big", "which_colour", "how_deep"]
    refused = manager.post(url, {"step": "remove:1"})
    assert "A condition can only name earlier questions." in text(refused)
    assert len(asked(town)) == 3
    assert manager.post(url, {"step": "remove:3"}).status_code == 303
    assert [one.code for one in asked(town)] == ["how_big", "which_colour"]


def test_the_preview_shows_the_questions_as_a_resident_reads_them(pool, manager):
    ask(manager, kind="STOPPER", label_en="Call the fire brigade.", phone="102")
    page = text(manager.get(f"{URL}{pool.slug}/"))
    seen = page[page.index("What a resident sees") :]
    assert seen.startswith("What a resident sees Swimming pool Call the fire brigade. 102")


def test_an_earlier_revision_is_published_again(pool, manager, town):
    ask(manager, label_en="How deep?")
    history = f"/desk/settings/history/service/{pool.slug}/"
    assert "Question" in text(manager.get(history))
    assert manager.post(history, {"number": "1"}).status_code == 303
    assert asked(town) == ()
    assert Revision.objects.filter(kind="service").count() == 3


@pytest.mark.abuse("A07")
def test_who_does_not_see_a_confidential_service_cannot_open_it(manager, town, department):
    service = make_service(town, department=department, confidential_roles=(Role.AGENT,))
    said = SERVICE | {"department": department.code, "confidential_roles": ["SERVICE_MANAGER"]}
    assert manager.post(f"{URL}{service.slug}/", said).status_code == 303
    service.refresh_from_db()
    assert service.name == {"en": "Swimming pool"}
    assert service.revision.document["confidential_roles"] == ["AGENT"]


@pytest.mark.abuse("A07")
def test_history_does_not_open_a_confidential_service_either(manager, town, department):

    service = make_service(town, department=department)

    closed = dataclasses.replace(document_in(service.revision), confidential_roles=("AGENT",))
    publish_service(municipality=town, slug=service.slug, document=closed, by_user_id=None, now=NOW)
    manager.post(f"/desk/settings/history/service/{service.slug}/", {"number": "1"})
    service.refresh_from_db()
    assert service.is_confidential
