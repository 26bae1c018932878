"""Ready-made towns and the demo."""

import json
import random
import stat
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Avg

from moked.accounts.models import Department, Membership, User
from moked.base.questions import Kind
from moked.cases.bulk import (
    PastAssignment,
    PastClosing,
    PastFollower,
    PastMessage,
    PastMove,
    PastReopening,
    PastReview,
)
from moked.cases.models import Attachment, Case, CaseArea, Contact, Review
from moked.cases.operations import time_out_waiting
from moked.cases.rules import PromiseState, State, Step, may_move
from moked.catalogue.models import Service
from moked.catalogue.queries import offered, questions_of
from moked.channels.models import InboundMessage
from moked.events.models import OutboxRow
from moked.files.operations import read
from moked.files.rules import Size
from moked.municipalities.models import Municipality
from moked.packs import loader
from moked.packs.history import making
from moked.packs.history.making import PICTURES, past_cases, write_history
from moked.packs.history.people import People, settle
from moked.places.models import Area
from moked.places.queries import find_address
from moked.places.rules import Place
from moked.replies.queries import every_template
from moked.residents.models import Resident
from moked.revisions.models import Revision
from moked.routing.operations import publish_rules
from moked.sla.operations import publish_target
from moked.sla.queries import calendars_of, preview, target_of
from moked.sla.targets import Promise
from moked.surveys.models import Survey
from tests.factories import NOW
from tests.routing.making import rule

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
    promised = {service.slug: preview(service, NOW, channel="WEB") for service in offered(town.pk)}
    assert [slug for slug, due in promised.items() if due is None] == []
    office, duty = calendars_of(town.pk)
    assert len(office.hours.days) >= 12 and set(office.hours.names) == set(office.hours.days)
    assert not duty.hours.days


def test_what_the_town_has_changed_stays_when_its_pack_is_loaded_again():
    town = loader.load("generic", now=NOW)
    service = offered(town.pk)[0]
    author = User.objects.create_user("someone@example.org", "a-long-password-for-tests", name="Someone")
    calendar = calendars_of(town.pk)[0]
    promise = Promise.from_document({"calendar": calendar.code, "resolution": "1d"})
    publish_target(service=service, promise=promise, by_user_id=author.pk, now=NOW)
    loader.load("generic", now=NOW)
    assert str(target_of(service.pk)) == "1d"


def test_the_demos_past_kept_and_broke_promises_and_owes_some():
    town = loader.load("generic", now=NOW)
    write_history(town, loader.read("generic"), 150, NOW, [].append)
    states = Case.objects.filter(municipality=town).values_list("promise_state", flat=True)
    assert set(states) == set(PromiseState)


def past_of(town, name, count, people=None):
    people = people or People([], {})
    return past_cases(town, loader.read(name), people, count, NOW, random.Random("a"))


def places_of(past):
    return [one.said.place for one in past if one.said.place.point]


@pytest.mark.parametrize("name", loader.names())
def test_the_demos_cases_are_at_houses_of_the_town_where_their_service_takes_a_place(name):
    town = loader.load(name, now=NOW)
    past = list(past_of(town, name, 120))
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
    write_history(town, loader.read("generic"), 80, NOW, [].append)
    placed = Case.objects.filter(municipality=town, latitude__isnull=False)
    assert placed.count() > 40
    assert CaseArea.objects.filter(case__in=placed).count() == placed.count()
    photos = Attachment.objects.filter(case__municipality=town).select_related("case", "contact", "file")
    assert [one.kind for one in photos] == ["REPORT"] * PICTURES
    for one in photos:
        assert one.case.is_open and one.contact.case_id == one.case_id
        assert one.is_public == one.case.is_public
        assert one.at == one.file.claimed_at == one.case.opened_at
        assert read(one.file, Size.THUMB).startswith(b"\xff\xd8")


def test_the_demos_cases_go_where_the_town_routes_their_area():
    town = loader.load("generic", now=NOW)
    slugs = ("pothole", "pavement", "tree")
    rules = [rule("enforcement", services=slugs, area_kind="DISTRICT", areas=("centre",))]
    publish_rules(municipality=town, rules=rules, by_user_id=None, now=NOW)
    past = list(past_of(town, "generic", 900))
    centre = Area.objects.get(municipality=town, kind="DISTRICT", code="centre").pk
    of_rule = [one for one in past if one.service.slug in slugs]
    routed = [one for one in of_rule if centre in one.said.place.area_ids]
    assert 2 < len(routed) < len(of_rule)
    enforcement = Department.objects.get(municipality=town, code="enforcement").pk
    assert [one for one in of_rule if one.department_id == enforcement] == routed


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
    assert len(access["logins"]) == 12
    colleagues = User.objects.exclude(email__in=[login["email"] for login in access["logins"]])
    assert not any(one.has_usable_password() for one in colleagues)
    assert Membership.objects.count() == User.objects.count() == 12 + len(colleagues)
    assert access["sample_case"] == Case.objects.filter(municipality__slug="riverton").latest("id").number
    assert "/t/riverton/track/" in access["sample_tracking"]
    user = User.objects.get(email="agent@riverton.example")
    assert user.check_password(access["logins"][0]["password"])
    assert Case.objects.count() == 64
    told = OutboxRow.objects.filter(subscriber__startswith="notices.")
    told = told.exclude(subscriber="notices.send_to_staff")  # whoever handles a case is told of its words
    assert told.count() == 4, "the past tells nobody; a live case and one that came by mail do in each town"
    call_command("make_demo", "--cases", "30")
    again = json.loads(path.read_text(encoding="utf-8"))
    assert {**again, "made_at": ""} == {**access, "made_at": ""}
    assert Case.objects.count() == 64


def test_mails_have_come_to_the_demos_towns(settings, tmp_path):
    settings.DEMO, settings.DATA = True, tmp_path
    call_command("make_demo", "--cases", "30", "--base-url", "http://localhost:8000")
    for town in Municipality.objects.all():
        came = InboundMessage.objects.filter(municipality=town).order_by("id").select_related("contact__case")
        assert [(one.outcome, one.reason) for one in came] == [
            ("CONTACT", "OPENED"),
            ("CONTACT", "JOINED"),
            ("QUARANTINE", "LIST_BULK"),
        ]
        report, answer, _ = came
        assert report.content.html and report.contact.case.channel == "EMAIL"
        assert answer.contact.case.awaits_answer
        assert Contact.objects.filter(case=answer.contact.case).count() == 2


def test_a_demo_that_was_interrupted_before_its_first_case_is_made_the_next_time(
    settings, tmp_path, monkeypatch
):
    settings.DATA = tmp_path
    settings.DEMO = True
    with monkeypatch.context() as interrupted:
        interrupted.setattr(making, "open_many", interrupt)
        with pytest.raises(KeyboardInterrupt):
            call_command("make_demo", "--cases", "30")
    assert Resident.objects.exists() and not Case.objects.exists()
    call_command("make_demo", "--cases", "31")
    assert Case.objects.count() == 66


def interrupt(*_):
    raise KeyboardInterrupt


def test_the_demo_is_refused_outside_demo_mode(settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="MOKED_PROFILE=demo"):
        call_command("make_demo")
    assert not Municipality.objects.exists()


def test_the_demos_past_is_the_same_each_time():
    town = loader.load("generic", now=NOW)
    one, other = (list(past_of(town, "generic", 60)) for _ in range(2))
    assert one == other and len(one) == 60
    assert all(a.opened_at <= b.opened_at for a, b in pairwise(one))


def test_what_the_demo_tells_hangs_together():
    town = loader.load("generic", now=NOW)
    pack = loader.read("generic")
    people = settle(town, pack, 600, NOW, random.Random("a"))
    past = list(past_of(town, "generic", 600, people))
    assert {type(step) for one in past for step in one.steps} >= {
        *(PastMessage, PastMove, PastAssignment, PastFollower, PastClosing, PastReview, PastReopening),
    }
    for one in past:
        moments = [one.opened_at, *(step.at for step in one.steps), NOW]
        assert moments == sorted(moments)
        staff = people.staff[one.department_id]
        assert {getattr(step, "author_id", None) for step in one.steps} <= {None, *staff}
        before = State.RECEIVED
        for step, after in one.states():
            how = {PastClosing: Step.CLOSE, PastReopening: Step.REOPEN}.get(type(step), Step.BY_HAND)
            assert before == after or may_move(before, how, after), (before, step)
            before = after


def test_the_demos_year_has_seasons_weekends_nights_and_hours_of_work():
    town = loader.load("il", now=NOW)
    past = list(past_of(town, "il", 3000))
    local = [one.opened_at.astimezone(town.zone) for one in past]
    assert NOW - timedelta(days=365) < past[0].opened_at and past[-1].opened_at < NOW
    days = Counter(at.weekday() for at in local)
    assert days[5] < days[4] < min(days[number] for number in (6, 0, 1, 2, 3)), "Saturday, Friday, the week"
    hours = Counter(at.hour for at in local)
    assert hours[3] * 10 < hours[9]
    pests = Counter(at.month for one, at in zip(past, local, strict=True) if one.service.slug == "pests")
    assert pests[7] + pests[8] > 2 * (pests[1] + pests[2])
    office = calendars_of(town.pk)[0].hours
    duty = {one.pk for one in Service.objects.filter(municipality=town) if is_on_duty(one)}
    closed = [one.closing.at for one in past if one.closing and one.service.pk not in duty]
    at_work = [at for at in closed if any(a <= at <= b for a, b in office.opening_on(office.date_of(at)))]
    assert len(at_work) > 0.97 * len(closed)


def is_on_duty(service):
    return target_of(service.pk).calendar.code == "duty"


def test_nothing_of_the_demo_waits_longer_than_its_service_lets_it():
    town = loader.load("cz", now=NOW)
    write_history(town, loader.read("cz"), 400, NOW, [].append)
    waiting = Case.objects.filter(municipality=town, is_open=True, follow_up_at__isnull=False)
    assert waiting.exists() and not waiting.filter(follow_up_at__lte=NOW).exists()
    assert time_out_waiting(NOW) == "0 cases waited long enough"


def test_residents_are_the_less_content_the_later_they_were_served():
    town = loader.load("generic", now=NOW)
    write_history(town, loader.read("generic"), 700, NOW, [].append)
    answered = Survey.objects.filter(municipality=town, answered_at__isnull=False)
    assert 0.1 < answered.count() / Survey.objects.filter(municipality=town).count() < 0.5
    kept, broken = (
        answered.filter(case__promise_state=state).aggregate(mean=Avg("rating"))["mean"]
        for state in ("KEPT", "BROKEN")
    )
    assert kept > broken + 0.7
    unhappy = set(answered.filter(fixed="NO").values_list("case_id", "answered_at"))
    assert unhappy <= set(Review.objects.filter(municipality=town).values_list("case_id", "opened_at"))
    late = Case.objects.filter(municipality=town, is_open=True, promised_at__lt=NOW - timedelta(days=14))
    assert not late.exists(), "nothing is absurdly late"


def test_a_long_history_says_how_far_it_has_come(monkeypatch):
    monkeypatch.setattr("moked.packs.history.making.SECONDS_A_LINE", 0)
    lines = []
    write_history(loader.load("generic", now=NOW), loader.read("generic"), 60, NOW, lines.append)
    assert len(lines) > 1
    assert lines[-1].startswith("riverton: 60 of 60 cases, ")


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 3, 26, 22, 0, 30, tzinfo=UTC),  # half a minute after midnight, before the clocks move
        datetime(2027, 1, 1, 11, tzinfo=UTC),
        datetime(2028, 2, 29, 21, 59, 59, tzinfo=UTC),
        datetime(2026, 9, 21, 3, tzinfo=UTC),  # Yom Kippur
    ],
)
def test_the_demos_past_can_be_made_at_any_moment_and_never_lies_ahead(now):
    town = loader.load("il", now=now)
    past = list(past_cases(town, loader.read("il"), People([], {}), 300, now, random.Random("a")))
    moments = [one.opened_at for one in past]
    assert len(moments) == 300 and moments == sorted(moments) and moments[-1] <= now
    assert all(step.at <= now for one in past for step in one.steps)
