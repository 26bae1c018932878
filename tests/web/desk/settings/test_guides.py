"""Guides and life events in the settings."""

import pytest

from moked.accounts.rules import Role
from moked.knowledge.models import LifeEvent, LifeSituation
from moked.knowledge.operations import publish_life_event
from moked.knowledge.rules import LifeEventDocument
from moked.revisions.models import Revision
from tests.factories import NOW, make_guide, make_service, make_staff, make_town
from tests.web.desk.pages import text

GUIDES, EVENTS = "/desk/settings/guides/", "/desk/settings/life-events/"
EVIL = '"><script>alert(1)</script>'
EVENT = {"step": "save", "name_en": "Moving", "description_en": "A new home."}
GUIDE = {
    "step": "save",
    "title_en": "A dog",
    "summary_en": "Register it.",
    "who_en": "Whoever keeps one.",
    "costs_en": "Nothing.",
    "takes_en": "A day.",
    "bring_en": "a passport\n\n  a photo \n",
    "steps_en": "",
    "official": "",
}


def make_event(town, code, position=None, **texts):
    document = LifeEventDocument({"en": code, **texts}, {"en": f"About {code}"})
    return publish_life_event(
        municipality=town, code=code, position=position, document=document, by_user_id=None, now=NOW
    )


def order(town):
    return list(
        LifeEvent.objects.filter(municipality=town).order_by("position").values_list("code", flat=True)
    )


def test_a_guide_is_written_changed_retired_restored_and_rolled_back(manager, client, town):
    service, event = make_service(town), make_event(town, "pets")
    assert manager.post(f"{GUIDES}new/", GUIDE).status_code == 303
    guide = LifeSituation.objects.get()
    assert (guide.slug, guide.revision.document["bring"]) == ("a-dog", {"en": ["a passport", "a photo"]})
    url = f"{GUIDES}a-dog/"
    more = {
        "title_he": "כלב",
        "services": [service.slug],
        "life_events": [event.code],
        "official": "https://example.org/dogs",
    }
    assert manager.post(url, GUIDE | more).status_code == 303
    guide.refresh_from_db()
    assert (guide.title, guide.services) == ({"en": "A dog", "he": "כלב"}, [service.slug])
    assert guide.life_events == ["pets"]
    assert client.get("/guides/a-dog/").status_code == 200
    manager.post(url, {"step": "retire"})
    assert client.get("/guides/a-dog/").status_code == 404
    assert "A dog" not in text(client.get("/guides/"))
    assert "Guides no longer shown" in text(manager.get(GUIDES))
    manager.post(url, {"step": "restore"})
    assert client.get("/guides/a-dog/").status_code == 200
    manager.post("/desk/settings/history/life_situation/a-dog/", {"number": "1"})
    guide.refresh_from_db()
    assert (guide.title, guide.services, guide.life_events) == ({"en": "A dog"}, [], [])
    numbers = Revision.objects.filter(kind="life_situation").values_list("number", "author_id")
    assert [number for number, author in numbers if author] == [1, 2, 3, 4, 5]


def test_a_life_event_is_written_changed_retired_and_restored(manager, client, town):
    make_guide(town, life_events=[make_event(town, "pets").code])
    assert manager.post(f"{EVENTS}new/", EVENT).status_code == 303
    assert order(town) == ["pets", "moving"]
    url = f"{EVENTS}pets/"
    assert manager.post(url, EVENT | {"name_en": "Animals"}).status_code == 303
    assert "Animals" in text(client.get("/guides/"))
    assert manager.post(url, {"step": "retire"}).status_code == 303
    page = text(client.get("/guides/"))
    assert "Animals" not in page and "Other guides" in page and "A dog" in page
    manager.post(url, {"step": "restore"})
    assert "Animals" in text(client.get("/guides/"))
    manager.post("/desk/settings/history/life_event/pets/", {"number": "1"})
    assert LifeEvent.objects.get(code="pets").name == {"en": "pets"}
    assert order(town) == ["pets", "moving"], "what is rolled back stays in its place"


def test_life_events_are_moved_by_buttons(manager, town):
    for code in "abc":
        make_event(town, code)
    assert order(town) == ["a", "b", "c"]
    page = manager.get(GUIDES).content.decode()
    assert all(f'value="{place}"' in page for place in ("a:2", "b:1", "b:3", "c:2"))
    for _ in range(2):
        manager.post(GUIDES, {"place": "c:2"})
        assert order(town) == ["a", "c", "b"]
    manager.post(GUIDES, {"place": "a:2"})
    assert order(town) == ["c", "a", "b"]
    before = Revision.objects.count()
    for place in ("c:1", "a:0", "a:9", "a:-1", "a:x", "x:1", "", "a:\x00", "\x00:1", "a"):
        assert manager.post(GUIDES, {"place": place}).status_code == 303
    assert (order(town), Revision.objects.count()) == (["c", "a", "b"], before)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"title_en": " "}, "Write this in the language of the town."),
        ({"costs_en": "", "costs_he": "חינם"}, "Write this in the language of the town."),
        ({"official": "javascript:alert(1)"}, "Write an address that begins with https://."),
        ({"official": "http://example.org"}, "Write an address that begins with https://."),
        ({"official": 'https://example.org/"onmouseover="x'}, None),
        ({"bring_he": "x\n" * 21}, "Up to 20 lines of 500 characters each fit. Shorten this."),
        ({"steps_en": "x" * 501}, "Up to 20 lines of 500 characters each fit. Shorten this."),
        ({"services": ["no-such-service"]}, "Choose only what is shown."),
        ({"life_events": ["no-such-event"]}, "Choose only what is shown."),
        ({"who_en": "x" * 2001}, "Shorten this by at least 1 character: up to 2000 fit."),
        ({"title_en": "A\x00dog"}, ""),
    ],
)
def test_what_does_not_fit_is_refused_in_words_and_kept(manager, town, change, words):
    page = manager.post(f"{GUIDES}new/", GUIDE | change)
    if words is None:
        assert page.status_code == 303
        assert '"onmouseover' not in manager.get(page["location"]).content.decode()
        return
    assert page.status_code == 200
    assert words in text(page)
    assert "Register it." in page.content.decode()
    assert not LifeSituation.objects.exists()


def test_sent_twice_there_is_one_and_another_of_the_same_title_is_refused(manager, town):
    for _ in range(2):
        manager.post(f"{GUIDES}new/", GUIDE)
        manager.post(f"{EVENTS}new/", EVENT)
    assert Revision.objects.filter(author_id__isnull=False).count() == 2
    page = manager.post(f"{GUIDES}new/", GUIDE | {"who_en": "Others."})
    assert "There is a guide of this title already. Write another title." in text(page)
    page = manager.post(f"{EVENTS}new/", EVENT | {"description_en": "Other."})
    assert "There is a life event of this name already. Write another name." in text(page)
    assert LifeSituation.objects.get().revision.document["who"] == {"en": "Whoever keeps one."}


def test_what_a_guide_names_stays_named_in_its_order_though_it_is_retired(manager, town):
    services = [make_service(town, name={"en": name}) for name in ("Zebra", "Ape")]
    event = make_event(town, "pets")
    named = [one.slug for one in services]
    guide = make_guide(town, services=named, life_events=[event.code])
    manager.post(f"{EVENTS}pets/", {"step": "retire"})
    services[0].is_offered = False
    services[0].save()
    sent = GUIDE | {"services": list(reversed(named)), "life_events": ["pets"]}
    assert manager.post(f"{GUIDES}{guide.slug}/", sent).status_code == 303
    guide.refresh_from_db()
    assert (guide.services, guide.life_events) == (named, ["pets"])
    page = manager.get(f"{GUIDES}new/").content.decode()
    assert named[0] not in page and named[1] in page and 'value="pets"' not in page


def test_text_is_text_wherever_a_guide_is_shown(manager, client, town):
    said = {name: f"{EVIL}{name}" for name in GUIDE if name.endswith("_en")}
    event = make_event(town, "evil", he=EVIL)
    manager.post(f"{EVENTS}{event.code}/", EVENT | {"name_en": EVIL, "description_en": EVIL})
    manager.post(f"{GUIDES}new/", GUIDE | said | {"life_events": ["evil"]})
    slug = LifeSituation.objects.get().slug
    pages = [
        manager.get(GUIDES),
        manager.get(f"{GUIDES}{slug}/"),
        manager.get(f"{EVENTS}evil/"),
        manager.get("/desk/settings/missing/?language=he"),
        manager.get(f"/desk/settings/history/life_situation/{slug}/"),
        client.get("/guides/"),
        client.get(f"/guides/{slug}/"),
        client.get(f"/guides/{slug}/", headers={"accept-language": "he"}),
    ]
    for page in pages:
        assert page.status_code == 200
        assert "<script>alert" not in page.content.decode()
        assert "alert(1)" in page.content.decode(), page.request["PATH_INFO"]


def test_who_does_not_manage_services_and_other_towns_reach_nothing(sign_in, manager, town):
    elsewhere = make_guide(make_town())
    assert manager.get(f"{GUIDES}{elsewhere.slug}/").status_code == 404
    agent = sign_in(make_staff(town, Role.AGENT))
    own = make_guide(town)
    for url in (GUIDES, f"{GUIDES}new/", f"{GUIDES}{own.slug}/", f"{EVENTS}new/", "/desk/settings/missing/"):
        assert agent.get(url).status_code in {403, 404}


def test_an_empty_town_is_told_what_guides_are_for(manager):
    assert "There is no guide yet" in text(manager.get(GUIDES))


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_the_same_queries_for_one_and_three(manager, town, count, django_assert_num_queries):
    for number in range(count):
        make_guide(town, life_events=[make_event(town, f"event-{number}").code])
    manager.get(GUIDES)
    with django_assert_num_queries(8):
        assert manager.get(GUIDES).status_code == 200
