"""Calendars in the settings: a week, days that differ, holidays, and the probe; and what services promise."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from moked.revisions.models import Revision
from moked.sla import holidays
from moked.sla.models import Calendar, Target
from moked.sla.queries import calendars_of, target_of
from tests.factories import make_case, make_department, make_service, make_town
from tests.sla.promising import promise
from tests.web.desk import pages
from tests.web.desk.settings.test_services import SERVICE

URL = "/desk/settings/calendars/"
DAYS = ("sun", "mon", "tue", "wed", "thu")
WEEK = {f"{day}_{end}_0": at for day in DAYS for end, at in (("from", "8:00"), ("to", "16:00"))}
SAID = {"step": "save", "name_en": "Office", "name_he": "", "day_on": "", "day_name": ""} | WEEK
LIST_QUERIES = 7
TRIAL_QUERIES = 11
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
    on = calendar_day(town) + timedelta(days=20)
    day = {"day_name": "Party", "day_from_0": "08:00", "day_to_0": "11:00"}
    manager.post(f"{URL}office/", SAID | day | {"day_on": f"{on:%d.%m.%Y}"})
    assert hours(town)["days"] == {f"{on}": [["08:00", "11:00"]]}
    assert f"{on.day} {on:%B %Y} – Party · 08:00–11:00" in text(manager.get(f"{URL}office/"))
    manager.post(f"{URL}office/", SAID | {"drop": [f"{on}", "2026-01-01", "x"]})
    assert hours(town)["days"] == {}


def test_holidays_are_proposed_and_only_the_ticked_ones_taken(office, manager, town):
    page = manager.post(f"{URL}office/", {"step": "propose", "country": "IL"})
    assert "Eve of" in text(page)
    assert hours(town)["days"] == {}
    offered = page.content.decode().split('name="take"')[1:]
    first, second = (one.split('value="')[1].split('"')[0] for one in offered[:2])
    manager.post(f"{URL}office/", {"step": "accept", "country": "IL", "take": [second, "1999-01-01"]})
    said = hours(town)
    assert list(said["days"]) == [second] != [first]
    assert said["known_until"] == f"{holidays.end_of(calendar_day(town), 24)}"


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


def calendar_day(town):
    """Return today by the town's clocks."""
    return datetime.now(UTC).astimezone(town.zone).date()


def test_holidays_of_any_country_are_chosen_by_its_name_and_years_ahead(office, manager, town):
    page = manager.get(f"{URL}office/").content.decode()
    assert '<option value="IL" selected>Israel</option>' in page
    assert '<option value="BR">Brazil</option>' in page
    assert '<option value="36">36 months</option>' in page
    hebrew = Client()
    hebrew.cookies = manager.cookies
    hebrew.cookies["moked_language"] = "he"
    assert '<option value="BR">ברזיל</option>' in hebrew.get(f"{URL}office/").content.decode()


@pytest.mark.parametrize("months", ["12", "36"])
def test_proposals_reach_as_far_as_was_asked(office, manager, town, months):
    page = manager.post(f"{URL}office/", {"step": "propose", "country": "BR", "months": months})
    until = holidays.end_of(calendar_day(town), int(months))
    assert page.context["until"] == until
    proposed = [day.on for day in page.context["proposals"]]
    assert until - timedelta(days=370) < proposed[-1] <= until


@pytest.mark.parametrize("months", ["0", "-1", "9999", "many"])
def test_other_months_are_refused(office, manager, town, months):
    page = manager.post(f"{URL}office/", {"step": "accept", "country": "IL", "months": months})
    assert page.status_code == 200 and "Choose one of the answers shown." in text(page)
    assert Revision.objects.filter(kind="calendar").count() == 1


def test_a_calendar_whose_holidays_run_out_says_so_in_the_list_and_on_its_page(office, manager, town):
    warning = "Holidays are known until"
    assert warning not in text(manager.get(URL)) + text(manager.get(f"{URL}office/"))
    soon = calendar_day(town) + timedelta(days=200)
    manager.post(f"{URL}office/", SAID | {"day_on": soon.isoformat()})
    assert warning in text(manager.get(URL)) and warning in text(manager.get(f"{URL}office/"))
    manager.post(f"{URL}office/", {"step": "accept", "country": "IL", "months": "24"})
    assert warning not in text(manager.get(URL)) + text(manager.get(f"{URL}office/"))
    assert list(hours(town)["days"]) == [soon.isoformat()], "nothing was ticked"
    manager.post(f"{URL}office/", SAID)
    assert "known_until" in hours(town), "changing the week forgets nothing"


@pytest.mark.parametrize(
    ("preset", "week"),
    [
        ("round", dict.fromkeys(("sun", "mon", "tue", "wed", "thu", "fri", "sat"), ("00:00", "24:00"))),
        ("sunday", dict.fromkeys(("sun", "mon", "tue", "wed", "thu"), ("08:00", "16:00"))),
        ("monday", dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ("08:00", "16:00"))),
    ],
)
def test_a_usual_week_is_filled_in_with_a_click_and_kept_only_when_published(preset, week, manager, town):
    page = manager.post(f"{URL}new/", {"step": f"week:{preset}", "name_en": "Hot line"})
    form = page.context["form"]
    filled = {
        day: (form[f"{day}_from_0"].value(), form[f"{day}_to_0"].value())
        for day in ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
        if form[f"{day}_from_0"].value()
    }
    assert (filled, form["name_en"].value()) == (week, "Hot line")
    assert not Calendar.objects.exists()


def test_hours_are_told_in_words_in_the_list_and_a_night_shift_beside_its_fields(office, manager, town):
    assert "Sunday–Thursday: 08:00–16:00" in text(manager.get(URL))
    nights = {name: "22:00" if "from" in name else "30:00" for name in WEEK}
    manager.post(f"{URL}office/", SAID | nights | {"fri_from_0": "00:00", "fri_to_0": "24:00"})
    listed = "Sunday–Thursday: 22:00–06:00 of the next day · Friday: round the clock"
    assert listed in text(manager.get(URL))
    assert text(manager.get(f"{URL}office/")).count("22:00–06:00 of the next day") == 5


def test_a_calendar_belongs_to_a_department_and_is_listed_below_it(office, manager, town):
    department = make_department(town)
    manager.post(f"{URL}new/", SAID | {"name_en": "Water", "department": department.code})
    assert [(group.department, [row.calendar.code for row in group.rows]) for group in listed(manager)] == [
        (None, ["office"]),
        (department, ["water"]),
    ]
    history = "/desk/settings/history/calendar/water/"
    manager.post(f"{URL}water/", SAID | {"name_en": "Water", "department": ""})
    assert [len(group.rows) for group in listed(manager)] == [2]
    assert department.name["en"] in text(manager.get(history))
    manager.post(history, {"number": "1"})
    assert Calendar.objects.get(code="water").department == department


def listed(manager):
    return manager.get(URL).context["groups"]


def test_the_department_of_another_town_is_no_choice(office, manager, town):
    theirs = make_department(make_town())
    page = manager.post(f"/t/{town.slug}{URL}office/", SAID | {"department": theirs.code})
    assert page.status_code == 200
    assert Calendar.objects.get().department is None


def test_a_calendar_is_not_taken_from_services_that_count_by_it(office, manager, town):
    promise(make_service(town), resolution="3d", calendar=office)
    department = make_department(town)
    page = manager.post(f"{URL}office/", SAID | {"department": department.code})
    assert "Services of other departments count by this calendar." in text(page)
    assert Calendar.objects.get().department is None


def test_a_service_is_offered_its_own_departments_calendars_and_keeps_to_them(office, manager, town):
    own, other = make_department(town), make_department(town)
    manager.post(f"{URL}new/", SAID | {"name_en": "Water", "department": own.code})
    service, beside = make_service(town, department=own), make_service(town, department=other)
    pages_of = {one: f"/desk/settings/services/{one.slug}/" for one in (service, beside)}
    choices = {
        one: [code for code, _ in manager.get(url).context["form"].fields["calendar"].choices]
        for one, url in pages_of.items()
    }
    assert choices == {service: ["office", "water"], beside: ["office"]}
    promised = {"resolution_amount": "3", "resolution_unit": "d", "calendar": "water"}
    moved = SERVICE | promised | {"department": other.code}
    page = manager.post(pages_of[service], moved)
    assert "is another department's." in text(page)
    service.refresh_from_db()
    assert service.department == own, "what is refused leaves the service as it was"
    assert manager.post(pages_of[service], moved | {"department": own.code}).status_code == 303
    assert target_of(service.pk).calendar.code == "water"
    assert '<option value="water"' not in manager.get(f"{pages_of[beside]}promise/").content.decode()


def test_hours_are_tried_on_open_promises_and_nothing_is_kept(office, manager, town):
    service = make_service(town)
    promise(service, resolution="3d", calendar=office)
    case = make_case(town, service=service, now=datetime.now(UTC))
    shorter = SAID | {"step": "try"} | {name: "15:00" for name in WEEK if "_to_" in name}
    page = manager.post(f"{URL}office/", shorter)
    trial = page.context["trial"]
    assert (trial.open, trial.moved) == (1, 1)
    assert case.number in text(page) and "On the promises now open" in text(page)
    assert page.context["form"]["sun_to_0"].value() == "15:00", "what was typed stays"
    assert Revision.objects.filter(kind="calendar").count() == 1


def test_days_to_drop_and_proposed_days_are_tried_and_their_ticks_stay(office, manager, town):
    on = (calendar_day(town) + timedelta(days=9)).isoformat()
    manager.post(f"{URL}office/", SAID | {"day_on": on})
    page = manager.post(f"{URL}office/", SAID | {"step": "try", "drop": [on]})
    assert [day.is_ticked for day in page.context["days"]] == [True]
    page = manager.post(f"{URL}office/", {"step": "propose", "country": "IL", "months": "24"})
    first, second = (day.iso for day in page.context["proposals"][:2])
    page = manager.post(
        f"{URL}office/", {"step": "try-days", "country": "IL", "months": "24", "take": [second]}
    )
    ticks = {day.iso: day.is_ticked for day in page.context["proposals"]}
    assert (ticks[first], ticks[second], page.context["trial"].open) == (False, True, 0)
    assert list(hours(town)["days"]) == [on]


@pytest.mark.parametrize("step", ["try", "try-days"])
def test_who_may_not_set_calendars_may_not_try_them(step, office, admin):
    said = SAID | {"step": step, "country": "IL"}
    assert admin.post(f"{URL}office/", said).status_code == 404


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_takes_as_many_queries_for_any_number(number, manager, town, django_assert_num_queries):
    for one in range(number):
        department = make_department(town)
        manager.post(f"{URL}new/", SAID | {"name_en": f"Calendar {one}", "department": department.code})
    with django_assert_num_queries(LIST_QUERIES):
        assert len(listed(manager)) == number


@pytest.mark.parametrize("number", [1, 3])
def test_a_trial_on_the_page_takes_as_many_queries_for_any_number(
    number, office, manager, town, django_assert_num_queries
):
    service = make_service(town)
    promise(service, resolution="3d", calendar=office)
    for _ in range(number):
        make_case(town, service=service, now=datetime.now(UTC))
    shorter = SAID | {"step": "try"} | {name: "15:00" for name in WEEK if "_to_" in name}
    with django_assert_num_queries(TRIAL_QUERIES):
        assert manager.post(f"{URL}office/", shorter).context["trial"].moved == number


def test_other_terms_keep_a_service_from_moving_away_from_the_calendar_they_count_by(office, manager, town):
    own, other = make_department(town), make_department(town)
    manager.post(f"{URL}new/", SAID | {"name_en": "Water", "department": own.code})
    service = make_service(town, department=own)
    urgent = {"calendar": "water", "resolution": "1d", "priorities": ["URGENT"]}
    promise(service, resolution="3d", calendar=office, exceptions=[urgent])
    said = SERVICE | {"calendar": "office", "resolution_amount": "3", "resolution_unit": "d"}
    page = manager.post(f"/desk/settings/services/{service.slug}/", said | {"department": other.code})
    assert "is another department's." in text(page)
    service.refresh_from_db()
    assert service.department == own
