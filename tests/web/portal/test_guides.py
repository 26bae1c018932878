"""The pages of guides."""

import pytest
from django.test import Client

from tests.factories import make_guide, make_service, make_town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    return make_town()


def test_the_start_page_leads_to_guides_only_where_there_are_some(client: Client, town):
    assert 'data-test="guides"' not in client.get("/").content.decode()
    make_guide(town)
    assert 'data-test="guides"' in client.get("/").content.decode()


@pytest.mark.parametrize("guides", [1, 3])
def test_the_list_takes_four_queries(guides, client: Client, town, django_assert_num_queries):
    for _ in range(guides):
        make_guide(town)
    with django_assert_num_queries(4):
        page = client.get("/guides/").content.decode()
    assert page.count('data-test="guide"') == guides


def test_a_search_says_when_nothing_is_found(client: Client, town):
    make_guide(town)
    assert 'data-test="guide"' in client.get("/guides/", {"q": "dog"}).content.decode()
    page = client.get("/guides/", {"q": "spaceship \x00"}).content.decode()
    assert 'data-test="guide"' in page, "what cannot be stored is no search"
    page = client.get("/guides/", {"q": "<script>"}).content.decode()
    assert "No guide was found" in page and "<script>" not in page.split("</head>")[1]


def test_a_guide_says_all_of_it_and_where_to_begin(client: Client, town):
    service = make_service(town)
    guide = make_guide(town, services=[service.slug], official="https://state.example/dogs")
    page = client.get(f"/guides/{guide.slug}/").content.decode()
    for words in (
        "Whoever keeps a dog.",
        "the vaccination card",
        "Nothing in the first year.",
        "Come to the counter.",
    ):
        assert words in page
    assert f'href="/report/?service={service.slug}"' in page
    assert 'href="https://state.example/dogs"' in page


def test_what_is_not_translated_is_shown_in_the_towns_language(client: Client, town):
    guide = make_guide(town)
    page = client.get(f"/guides/{guide.slug}/", headers={"accept-language": "he"}).content.decode()
    assert "מי שמחזיק כלב." in page and "the vaccination card" in page


def test_an_unknown_guide_is_no_page(client: Client, town):
    theirs = make_guide(make_town())
    for slug in ("nothing", theirs.slug):
        assert client.get(f"/guides/{slug}/").status_code == 404


def test_what_is_shown_in_another_language_says_which(client: Client, town):
    guide = make_guide(town, services=[make_service(town, name={"he": "כלבים"}).slug])
    page = client.get(f"/guides/{guide.slug}/", headers={"accept-language": "he"}).content.decode()
    assert '<span lang="en" dir="ltr">Nothing in the first year.</span>' in page
    assert '<li dir="auto"><span lang="en" dir="ltr">the vaccination card</span></li>' in page
    assert "יש לרשום אותו תוך חודש." in page and 'lang="he" dir="rtl">יש לרשום' not in page
    page = client.get(f"/guides/{guide.slug}/").content.decode()
    assert '<span lang="he" dir="rtl">כלבים</span>' in page
