"""Calendars in the settings: a week, days that differ, holidays, and the probe; and what services promise."""

import pytest

from moked.revisions.models import Revision
from moked.sla.models import Calendar, Target
from moked.sla.queries import calendars_of, target_of
from tests.factories import make_service
from tests.web.desk import pages
from tests.web.desk.settings.test_services import SERVICE

URL = "/desk/settings/calendars/"
DAYS = ("sun", "mon", "tue", "wed", "thu")
WEEK = {f"{day}_{end}_0": at for day in DAYS for end, at in (("from", "8:00"), ("to", "16:00"))}
SAID = {"step": "save", "name_en": "Office", "name_he": "", "day_on": "", "day_name": ""} | WEEK
PROBE = {"step": "probe", "received_on": "2026-11-19", "received_at": "14:10"}


def text(response) -> str:
    """Return the words of a page without the marks that keep times left to right."""
    return pages.text(response).translate({0x2066: None, 0x2069: None})


@pytest.fixture
def office(manager, town) -> Calendar:
    """A calendar made at the desk: Sunday to Thursday."""
    assert manager.post(f"{URL}new/", SAID).status_code == 303
    return Calendar.objects.get(code="office")


def hours(town):
    [calendar] = calendars_of(town.pk)
    return calendar.hours.as_document()


def test_a_week_is_written_as_from_to_fields(office, town):
    assert hours(town) == {
        "zone": "Asia/Jerusalem",
        "week": {day: [["08:00", "16:00"]] for day in ("mon", "tue", "wed", "thu", "sun")},
        "days": {},
    }


def test_a_day_may_have_several_intervals_and_a_night_shift(office, manager, town):
    more = {"mon_to_0": "12:00", "mon_from_1": "22", "mon_to_1": "30:00"}
    manager.post(f"{URL}office/", SAID | more)
    assert hours(town)["week"]["mon"] == [["08:00", "12:00"], ["22:00", "30:00"]]
    assert 'name="mon_from_2"' in manager.get(f"{URL}office/").content.decode()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"mon_to_0": "25:99"}, "Write a time like 08:00"),
        ({"mon_to_0": ""}, "Write both times, or neither."),
        ({"mon_to_0": "7:00"}, "The end lies before the beginning."),
        ({"mon_from_1": "15:00", "mon_to_1": "18:00"}, "Two times of this day overlap."),
        ({"day_on": "some day"}, "Write the day as day, month and year, like 22.9.2026."),
        (dict.fromkeys(WEEK, ""), "This calendar never opens"),
        ({"name_en": ""}, "Write the name in the language of the town."),
    ],
)
def test_mistakes_are_named_and_what_was_typed_stays(office, manager, change, words):
    page = manager.post(f"{URL}office/", SAID | change)
    assert words in text(page)
    assert "Something is still to be mended" in text(page)
    assert Revision.objects.filter(kind="calendar").count() == 1


def test_a_day_that_differs_is_added_and_dropped(office, manager, town):
    day = {"day_on": "24.12.2026", "day_name": "Party", "day_from_0": "08:00", "day_to_0": "11:00"}
    manager.post(f"{URL}office/", SAID | day)
    assert hours(town)["days"] == {"2026-12-24": [["08:00", "11:00"]]}
    assert "24 December 2026 – Party · 08:00–11:00" in text(manager.get(f"{URL}office/"))
    manager.post(f"{URL}office/", SAID | {"drop": ["2026-12-24", "2026-01-01", "x"]})
    assert hours(town)["days"] == {}


def test_holidays_are_proposed_and_only_the_ticked_ones_taken(office, manager, town):
    page = manager.post(f"{URL}office/", {"step": "propose", "country": "IL"})
    assert "Eve of" in text(page)
    assert hours(town)["days"] == {}
    offered = page.content.decode().split('name="take"')[1:]
    first, second = (one.split('value="')[1].split('"')[0] for one in offered[:2])
    manager.post(f"{URL}office/", {"step": "accept", "country": "IL", "take": [second, "1999-01-01"]})
    assert list(hours(town)["days"]) == [second] != [first]


def test_an_unknown_country_is_refused_in_words(office, manager):
    page = manager.post(f"{URL}office/", {"step": "propose", "country": "ZZ"})
    assert "Nothing is known of this country's holidays." in text(page)


def test_the_probe_says_when_it_would_be_due_and_why(office, manager):
    """Received on a Thursday at 14:10, four hours of opening, closed on Friday and Saturday."""
    page = text(manager.post(f"{URL}office/", SAID | PROBE | {"probe_amount": "4", "probe_unit": "h"}))
    assert "Received Thursday, 19 November 2026, 14:10 → due Sunday, 22 November 2026, 10:10" in page
    assert "Thursday, 19 November 2026: 08:00–16:00, counts 01:50." in page
    assert "Friday, 20 November 2026: closed." in page
    assert "Sunday, 22 November 2026: 08:00–16:00, counts 02:10." in page


def test_the_probe_tries_the_hours_on_the_page_and_keeps_nothing(office, manager):
    friday = {"fri_from_0": "08:00", "fri_to_0": "12:00", "probe_amount": "1", "probe_unit": "d"}
    page = text(manager.post(f"{URL}office/", SAID | PROBE | friday))
    assert "due Friday, 20 November 2026, 12:00 , because" in page
    assert "Thursday, 19 November 2026: 08:00–16:00, does not count." in page
    assert "working day 1." in page
    assert Revision.objects.filter(kind="calendar").count() == 1


def test_history_of_a_calendar_leads_back(office, manager, town):
    manager.post(f"{URL}office/", SAID | {"mon_to_0": "12:00"})
    history = "/desk/settings/history/calendar/office/"
    assert "Hours · Week · mon" in text(manager.get(history))
    manager.post(history, {"number": "1"})
    assert hours(town)["week"]["mon"] == [["08:00", "16:00"]]


def test_a_service_promises_by_a_calendar_and_keeps_it_in_use(office, manager, town):
    service = make_service(town)
    url = f"/desk/settings/services/{service.slug}/"
    said = SERVICE | {"department": service.department.code, "calendar": "office"}
    promise = {"first_answer_amount": "8", "first_answer_unit": "h", "resolution_amount": "3"}
    assert manager.post(url, said | promise | {"resolution_unit": "d"}).status_code == 303
    target = target_of(service.pk)
    assert (target.calendar, target.first_answer, target.resolution) == (office, "8h", "3d")
    manager.post(url, said | promise | {"resolution_unit": "d"})
    assert Revision.objects.filter(kind="target").count() == 1
    refused = text(manager.post(f"{URL}office/", {"step": "retire"}))
    assert "Services still count by this calendar." in refused
    assert manager.post(url, said).status_code == 303
    assert Target.objects.get().resolution == ""
    assert manager.post(f"/desk/settings/history/target/{service.slug}/", {"number": "1"}).status_code == 303
    assert Target.objects.get().resolution == "3d"


def test_a_promise_out_of_reach_is_refused_and_the_service_stays_as_it_was(office, manager, town):
    service = make_service(town)
    said = SERVICE | {"department": service.department.code, "calendar": "office"}
    far = {"resolution_amount": "9999", "resolution_unit": "d"}
    page = text(manager.post(f"/desk/settings/services/{service.slug}/", said | far))
    assert "is too far away: promise 400d at most." in page
    service.refresh_from_db()
    assert service.name != {"en": "Swimming pool"}
