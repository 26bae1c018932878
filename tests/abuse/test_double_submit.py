"""The same form sent twice does its work once, in sequence and at the same moment."""

import threading

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from moked.cases.models import Case, Contact
from moked.events.models import Event
from tests.abuse.answers import changed, rows
from tests.abuse.routes import ROUTES, SUBMISSION
from tests.abuse.test_a04_mass_assignment import aim_of
from tests.abuse.world import World, address, browser, make_world, send
from tests.factories import make_service, make_town

ONCE = [
    "portal:report",
    "portal:track",
    "portal:survey",
    "portal:notices",
    "portal:hand_over",
    "desk:new",
    "desk:reply",
    "desk:note",
    "desk:told_by_phone",
    "desk:assign",
    "desk:move",
    "desk:set_priority",
    "desk:set_kind",
    "desk:praise",
    "desk:labels",
    "desk:close",
    "desk:answer_review",
    "desk:reopen",
    "desk:crew_start",
    "desk:crew_note",
    "desk:crew_done",
    "desk:show_photo",
    "desk:change_service",
    "desk:change_place",
    "desk:schedule",
    "desk:merge",
    "desk:unmerge",
    "desk:link",
    "desk:unlink",
    "desk:split",
    "desk:public_words",
    "desk:hide",
    "desk:confirm_check",
    "desk:send_back",
    "desk:hand_over",
    "desk:tell_body",
    "desk:take_back",
    "desk:resident_contact_new",
    "desk:resident_contact",
    "desk:resident_merge",
    "desk:resident_unmerge",
    "desk:resident_apart",
    "desk:exports",
    "desk:mail",
    "desk:settings_new_department",
    "desk:settings_department",
    "desk:settings_new_mailbox",
    "desk:settings_mailbox",
    "desk:settings_new_person",
    "desk:settings_person",
    "desk:settings_history",
    "desk:settings_dangers",
    "desk:settings_routing",
    "desk:settings_reactions",
    "desk:settings_new_service",
    "desk:settings_service",
    "desk:settings_promise",
    "desk:settings_warnings",
    "desk:open_notice",
    "desk:later",
    "desk:settings_question",
    "desk:settings_notices",
    "desk:settings_notice",
    "desk:settings_guides",
    "desk:settings_new_guide",
    "desk:settings_guide",
    "desk:settings_new_life_event",
    "desk:settings_life_event",
    "desk:settings_brand",
    "desk:settings_closed",
    "desk:settings_new_reply",
    "desk:settings_reply",
    "desk:settings_new_calendar",
    "desk:settings_calendar",
    "desk:settings_new_label",
    "desk:settings_label",
    "desk:settings_new_team",
    "desk:settings_team",
    "desk:settings_roster",
    "desk:settings_new_body",
    "desk:settings_body",
]


@pytest.fixture
def world(db) -> World:
    cache.clear()
    return make_world()


def test_every_form_that_changes_a_case_is_sent_twice() -> None:
    elsewhere = {
        "account_change_password",
        "account_reset_password_from_key",
        "account_rename_passkey",
        "account_remove_passkey",
        "ops:retry",
        "desk:resident_contacts",  # each look at personal data is logged
        "desk:settings_map",  # a former file can be applied again: that is the way back
        "portal:upload_photo",  # the report claims one of the two, the other is swept
    }
    assert {name for name, entry in ROUTES.items() if entry.post and entry.writes} == {*ONCE, *elsewhere}


@pytest.mark.parametrize("route", ONCE)
def test_a_form_sent_twice_does_its_work_once(route: str, world: World) -> None:
    actor, aim = aim_of(route, world)
    path = address(aim.town, route, **aim.params)
    browser(world, actor)
    form = ROUTES[route].form(world)
    before = rows()
    first = send(world, actor, "post", path, data=form)
    between = rows()
    assert first.status_code == 303 and changed(before, between) != {}
    second = send(world, actor, "post", path, data=form)
    assert second.status_code in {200, 303}
    assert changed(between, rows()) == {}
    if route == "portal:report":
        assert second.headers["Location"] == first.headers["Location"]


def test_a_corrected_form_is_another_report(world: World) -> None:
    form = ROUTES["portal:report"].form(world)
    path = address(world.town, "portal:report")
    before = Case.objects.count()
    for matter in ("One hole.", "Two holes.", "One hole."):
        assert Client().post(path, form | {"matter": matter}).status_code == 303
    assert Case.objects.count() == before + 2


def test_nobody_suppresses_the_report_of_another_by_sending_its_mark_first(db) -> None:
    """The mark of a form is no secret; used by somebody else, or elsewhere, it stands for something else."""
    cache.clear()
    towns = [make_town(), make_town()]
    service = {town.pk: make_service(town).slug for town in towns}
    for town in towns:
        for email in ("attacker@example.org", "ann@example.org"):
            form = {"matter": "Hole", "service": service[town.pk], "email": email, "submission": SUBMISSION}
            assert Client().post(address(town, "portal:report"), form | {"step": "send"}).status_code == 303
    assert Case.objects.count() == 4


def test_a_form_without_or_with_a_broken_mark_is_taken(world: World) -> None:
    form = ROUTES["portal:report"].form(world)
    path = address(world.town, "portal:report")
    before = Case.objects.count()
    for mark in ("", "x", "0" * 500, "null", "\x00"):
        assert Client().post(path, form | {"submission": mark}).status_code == 303, mark
    del form["submission"]
    assert Client().post(path, form).status_code == 303
    assert Case.objects.count() == before + 6


@pytest.mark.django_db(transaction=True)
def test_eight_at_the_same_moment_are_one_case() -> None:
    cache.clear()
    town = make_town()
    form = {"matter": "Hole", "service": make_service(town).slug, "submission": SUBMISSION, "step": "send"}
    path = address(town, "portal:report")
    start = threading.Barrier(8)
    answers: list[tuple[int, str]] = []

    def report() -> None:
        try:
            start.wait()
            response = Client().post(path, form | {"email": "ann@example.org"})
            answers.append((response.status_code, response.headers.get("Location", "")))
        finally:
            connection.close()

    threads = [threading.Thread(target=report) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8
    assert {status for status, _ in answers} == {303} and len({where for _, where in answers}) == 1
    assert (
        Case.objects.count()
        == Contact.objects.count()
        == Event.objects.filter(name="case.opened").count()
        == 1
    )
