"""Ready-made words: what they may say, who may choose them, and what becomes of their places."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moked.audit.models import AuditRecord
from moked.replies.models import ReplyTemplate
from moked.replies.operations import publish_reply_template, restore_reply_template, retire_reply_template
from moked.replies.queries import (
    closing_templates_for,
    every_template,
    template_for,
    templates_for,
    words_about,
)
from moked.replies.rules import PLACES, BadReplyTemplate, Facts, ReplyTemplateDocument, filled
from moked.revisions.queries import history
from tests.factories import NOW, make_case, make_service, make_town, make_user

TEXT = {
    "en": "Hello {name},\n{department} looks at “{title}” ({number}).\nDone by {promise}.\nThank you.",
    "he": "שלום {name},",
}


def publish(town, code="hello", **said):
    document = ReplyTemplateDocument.from_document({"name": {"en": code}, "text": TEXT} | said)
    return publish_reply_template(municipality=town, code=code, document=document, by_user_id=None, now=NOW)


@pytest.mark.django_db
def test_a_service_offers_its_own_words_before_those_of_all_and_none_of_others():
    town = make_town()
    service, other = make_service(town), make_service(town)
    everywhere, own = publish(town, "any"), publish(town, "own", service=service.slug)
    publish(town, "other", service=other.slug)
    closing = publish(town, "closing", outcome="FIXED")
    foreign = publish(make_town(), "foreign")
    assert templates_for(service) == [own, everywhere]
    assert closing_templates_for(service) == [closing]
    assert template_for(service, "own") == own
    assert [template_for(service, code) for code in ("other", "foreign", "gone")] == [None] * 3
    assert foreign not in every_template(town.pk) and every_template(town.pk).count() == 4


@pytest.mark.django_db
def test_publishing_retiring_and_restoring_are_revisions_with_their_author():
    town, by = make_town(), make_user()
    template = publish(town)
    service = make_service(town)
    args = {
        "municipality_id": town.pk,
        "template_id": template.pk,
        "by_user_id": by.pk,
        "now": NOW,
    }
    retire_reply_template(**args)
    retire_reply_template(**args)
    assert templates_for(service) == []
    again = publish(town, text={"en": "Good day."})
    assert (again.pk, templates_for(service)) == (template.pk, [])
    restore_reply_template(**args)
    assert [one.text for one in templates_for(service)] == [{"en": "Good day."}]
    kept = history(town.pk, "reply_template", template.pk)
    assert [(one.number, one.document["is_retired"], one.author_id) for one in kept] == [
        (4, False, by.pk),
        (3, True, None),
        (2, True, by.pk),
        (1, False, None),
    ]
    audited = AuditRecord.objects.filter(object_kind="reply_template").order_by("id")
    assert list(audited.values_list("verb", "actor_kind")) == [
        ("reply_template.published", "SYSTEM"),
        ("reply_template.retired", "STAFF"),
        ("reply_template.published", "SYSTEM"),
        ("reply_template.restored", "STAFF"),
    ]


@pytest.mark.django_db
@pytest.mark.abuse("A08")
def test_neither_services_nor_templates_of_another_town_can_be_named():
    town, other = make_town(), make_town()
    foreign = make_service(other)
    with pytest.raises(BadReplyTemplate, match="no service"):
        publish(town, service=foreign.slug)
    assert not ReplyTemplate.objects.exists()
    template = publish(other)
    with pytest.raises(ReplyTemplate.DoesNotExist):
        retire_reply_template(
            municipality_id=town.pk, template_id=template.pk, by_user_id=make_user().pk, now=NOW
        )


@pytest.mark.django_db
def test_words_about_a_case_are_in_its_residents_language_with_its_facts():
    town = make_town()
    case = make_case(town, name="Ann", email="ann@example.org", matter="A hole")
    template = publish(town)
    assert case.department is not None
    assert words_about(template, case, promise="Tuesday").split("\n") == [
        "Hello Ann,",
        f"{case.department.name['en']} looks at “A hole” ({case.number}).",
        "Done by Tuesday.",
        "Thank you.",
    ]
    case.language = "he"
    assert words_about(template, case) == "שלום Ann,"


@pytest.mark.django_db
@pytest.mark.abuse("A28")
def test_a_name_and_a_matter_that_look_like_places_stay_as_they_are():
    case = make_case(make_town(), name="{number}{title}", email="ann@example.org", matter="{name} {{x}} %s")
    words = words_about(publish(case.municipality), case)
    assert words.split("\n")[0] == "Hello {number}{title},"
    assert "“{name} {{x}} %s”" in words


def test_a_line_that_asks_for_what_is_not_known_is_left_out_but_the_name_may_be_missing():
    facts = Facts(number="26-1", title="A hole", department="Roads")
    assert filled(TEXT, facts, "en", "en").split("\n") == [
        "Hello,",
        "Roads looks at “A hole” (26-1).",
        "Thank you.",
    ]


@pytest.mark.abuse("A28")
@given(st.builds(Facts, *[st.text(st.characters(exclude_characters="\n"), min_size=1)] * len(PLACES)))
def test_every_place_is_filled_once(facts):
    text = {"en": "|".join(f"{{{place}}}" for place in PLACES)}
    said = (facts.name, facts.number, facts.title, facts.department, facts.promise)
    assert filled(text, facts, "en", "en") == "|".join(said).strip()


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"name": {}}, "a name in at least one language"),
        ({"name": {"en": "x" * 81}}, "up to 80 characters"),
        ({"text": {"en": " "}}, "text in at least one language"),
        ({"text": {"en": "x" * 5001}}, "up to 5000 characters"),
        ({"text": {"en": "Dear {nmae}"}}, "in place of {nmae}. Use only: {name}, {number}"),
        ({"outcome": "GONE"}, "outcome of the text from: FIXED"),
        ({"service": 3}, "short name"),
    ],
)
def test_a_wrong_template_is_refused_in_a_sentence(said, says):
    with pytest.raises(BadReplyTemplate, match=says) as refusal:
        ReplyTemplateDocument.from_document({"name": {"en": "Hello"}, "text": TEXT} | said)
    assert str(refusal.value).endswith(".")
