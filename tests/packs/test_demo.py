"""Ready-made towns and the demo."""

import json
import random
import stat
from itertools import pairwise

import pytest
from django.core.management import CommandError, call_command

from moked.accounts.models import Department, Membership, User
from moked.base.questions import Kind
from moked.cases.models import Attachment, Case, CaseArea
from moked.cases.rules import PromiseState
from moked.catalogue.models import Service
from moked.catalogue.queries import offered, questions_of
from moked.events.models import OutboxRow
from moked.files.operations import read
from moked.files.rules import Size
from moked.municipalities.models import Municipality
from moked.packs import demo, loader
from moked.places.models import Area
from moked.places.queries import find_address
from moked.places.rules import Place
from moked.replies.queries import every_template
from moked.revisions.models import Revision
from moked.routing.operations import publish_rules
from moked.routing.rules import Rule
from moked.sla.operations import publish_target
from moked.sla.queries import calendars_of, preview, target_of
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", loader.names())
def test_a_pack_is_a_whole_town_in_all_its_languages(name):
    town = loader.load(name, now=NOW)
    services = Service.objects.filter(municipality=town)
    assert services.count() >= 30
    for service in services:
        assert set(service.name) == set(service.description) == set(service.words) == set(town.languages)


@pytest.mark.parametrize("name", loader.names())
def test_a_pack_asks_questions_of_every_kind_in_all_its_languages(name):
    town = loader.load(name, now=NOW)
    questions = [
        one for service in Service.objects.filter(municipality=town) for one in questions_of(service)
    ]
    assert {question.kind for question in questions} == set(Kind)
    for question in questions:
        options = [option.label for option in question.options]
        for words in (question.label, question.hint, question.unit, *options):
            assert set(words) in (set(town.languages), set()), question.code


def test_a_pack_shows_each_way_a_service_can_be_set_up():
    services = Service.objects.filter(municipality=loader.load("generic", now=NOW))
    assert set(services.values_list("place", flat=True)) == {"NONE", "ASKED", "NEEDED"}
    for column in ("photos", "is_public", "needs_proof", "centre_checks"):
        assert set(services.values_list(column, flat=True)) == {True, False}, column
    assert not services.filter(is_public=True, is_confidential=True).exists()


@pytest.mark.parametrize("name", loader.names())
def test_a_pack_brings_words_for_replies_and_for_the_usual_ways_to_close(name):
    town = loader.load(name, now=NOW)
    templates = list(every_template(town.pk))
    for template in templates:
        assert set(template.name) == set(template.text) == set(town.languages)
        for language in town.languages:
            assert template.text[language].count("\n") >= 2, "a greeting, and whole lines"
    outcomes = {template.outcome for template in templates}
    assert outcomes >= {"", "FIXED", "NOTHING_FOUND", "NOT_POSSIBLE", "NOT_OURS"}
    assert any(template.service for template in templates)


@pytest.mark.parametrize("name", loader.names())
def test_a_town_promises_something_for_each_service_and_knows_its_holidays(name):
    town = loader.load(name, now=NOW)
    promised = {service.slug: preview(town.pk, service, NOW) for service in offered(town.pk)}
    assert [slug for slug, due in promised.items() if due is None] == []
    office, duty = calendars_of(town.pk)
    assert len(office.hours.days) >= 12 and set(office.hours.names) == set(office.hours.days)
    assert not duty.hours.days


def test_what_the_town_has_changed_stays_when_its_pack_is_loaded_again():
    town = loader.load("generic", now=NOW)
    service = offered(town.pk)[0]
    author = User.objects.create_user("someone@example.org", "a-long-password-for-tests", name="Someone")
    calendar = calendars_of(town.pk)[0]
    publish_target(
        service=service, calendar=calendar, first_answer="", resolution="1d", by_user_id=author.pk, now=NOW
    )
    loader.load("generic", now=NOW)
    assert str(target_of(service.pk)) == "1d"


def test_the_demos_past_kept_and_broke_promises_and_owes_some():
    town = loader.load("generic", now=NOW)
    demo._history(town, loader.read("generic"), 100, NOW)
    states = Case.objects.filter(municipality=town).values_list("promise_state", flat=True)
    assert set(states) == set(PromiseState)


def places_of(past):
    return [one.said.place for one in past if one.said.place.point]


@pytest.mark.parametrize("name", loader.names())
def test_the_demos_cases_are_at_houses_of_the_town_where_their_service_takes_a_place(name):
    town = loader.load(name, now=NOW)
    past = demo.sorted_past(town, loader.read(name), [None], 120, NOW, random.Random("a"))
    for one in past:
        place, need = one.said.place, one.service.place
        assert place == Place() or need != "NONE"
        assert place.point is not None or need != "NEEDED"
    placed = places_of(past)
    assert 60 < len(placed) < 120
    assert {(place.source, place.is_outside, len(place.area_ids)) for place in placed} == {
        ("ADDRESS", False, 1)
    }
    assert all(find_address(town.pk, place.address).point == place.point for place in placed)
    assert len(set(placed)) < 0.9 * len(placed), "some places are reported again"


def test_the_demos_cases_stand_in_their_areas_and_the_newest_open_ones_show_photos(settings, tmp_path):
    settings.DATA = tmp_path
    town = loader.load("generic", now=NOW)
    demo._history(town, loader.read("generic"), 80, NOW)
    placed = Case.objects.filter(municipality=town, latitude__isnull=False)
    assert placed.count() > 40
    assert CaseArea.objects.filter(case__in=placed).count() == placed.count()
    photos = Attachment.objects.filter(case__municipality=town).select_related("case", "contact", "file")
    assert [one.kind for one in photos] == ["REPORT"] * demo.PICTURES
    for one in photos:
        assert one.case.is_open and one.contact.case_id == one.case_id
        assert one.is_public == one.case.is_public
        assert one.at == one.file.claimed_at == one.case.opened_at
        assert read(one.file, Size.THUMB).startswith(b"\xff\xd8")


def test_the_demos_cases_go_where_the_town_routes_their_area():
    town = loader.load("generic", now=NOW)
    rules = [Rule("enforcement", ("pothole",), "DISTRICT", ("centre",))]
    publish_rules(municipality=town, rules=rules, by_user_id=None, now=NOW)
    past = demo.sorted_past(town, loader.read("generic"), [None], 900, NOW, random.Random("a"))
    centre = Area.objects.get(municipality=town, kind="DISTRICT", code="centre").pk
    routed = [one for one in past if one.service.slug == "pothole" and centre in one.said.place.area_ids]
    assert len(routed) > 2
    enforcement = Department.objects.get(municipality=town, code="enforcement").pk
    assert [one for one in past if one.department_id == enforcement] == routed


def test_loading_again_changes_nothing():
    loader.load("generic", now=NOW)
    before = Revision.objects.count(), Municipality.objects.count()
    loader.load("generic", now=NOW)
    assert (Revision.objects.count(), Municipality.objects.count()) == before


def test_an_unknown_pack_is_named_with_those_there_are():
    with pytest.raises(loader.NoSuchPack, match="cz, generic, hu, il"):
        loader.load("../../etc/passwd", now=NOW)


def test_the_demo_lists_towns_people_and_samples_and_stays_the_same(settings, tmp_path):
    settings.DATA = tmp_path
    settings.DEMO = True
    call_command("make_demo", "--cases", "30", "--base-url", "http://localhost:8000")
    path = tmp_path / "access.json"
    access = json.loads(path.read_text(encoding="utf-8"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [town["slug"] for town in access["towns"]] == ["riverton", "givat-alon"]
    assert [town["sample_address"] for town in access["towns"]] == ["1 High Street", "שדרות האלונים 1"]
    assert len(access["logins"]) == 12 == User.objects.count() == Membership.objects.count()
    assert access["sample_case"] == Case.objects.filter(municipality__slug="riverton").latest("id").number
    assert "/t/riverton/track/" in access["sample_tracking"]
    user = User.objects.get(email="agent@riverton.example")
    assert user.check_password(access["logins"][0]["password"])
    assert Case.objects.count() == 62
    assert OutboxRow.objects.count() == 2, "the past tells nobody; one live case a town does"
    call_command("make_demo", "--cases", "30")
    again = json.loads(path.read_text(encoding="utf-8"))
    assert {**again, "made_at": ""} == {**access, "made_at": ""}
    assert Case.objects.count() == 62


def test_the_demo_is_refused_outside_demo_mode(settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="MOKED_PROFILE=demo"):
        call_command("make_demo")
    assert not Municipality.objects.exists()


def test_the_demos_past_is_the_same_each_time():
    town = loader.load("generic", now=NOW)
    pack = loader.read("generic")
    one, other = (demo.sorted_past(town, pack, [None], 20, NOW, random.Random("a")) for _ in range(2))
    assert one == other
    assert all(a.opened_at <= b.opened_at for a, b in pairwise(one))
