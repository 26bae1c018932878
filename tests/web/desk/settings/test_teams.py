"""Teams in the settings: what they are, who works in them and when, who is away, and who is on duty now."""

from datetime import timedelta

import pytest
from django.utils import timezone

from moked.accounts.models import Absence, Shift, Team, TeamMember
from moked.accounts.operations import add_absence, set_roster
from moked.accounts.rosters import Shift as Hours
from moked.accounts.rules import Role, Sharing, system
from moked.cases.operations import assign
from moked.revisions.queries import number_published
from moked.web.desk.settings.team_words import shift_words, weeks
from tests.factories import NOW, make_case, make_department, make_service, make_staff, make_team
from tests.web.desk.pages import count, text

URL = "/desk/settings/teams/"


def save(client, url, **said):
    kept = {"step": "save", "name_en": "", "name_he": "", "department": "", "sharing": "NOBODY"}
    return client.post(url, kept | said)


def roster(client, team, user, *shifts, base=None, url=""):
    """Send the roster of a team's one member: days, from, to of each shift."""
    said = {"step": "roster", "base": number_published("team", team.pk) if base is None else base}
    for slot, (days, begins, ends) in enumerate(shifts):
        name = f"{user.pk}_{slot}"
        said |= {f"days_{name}": days, f"from_{name}": begins, f"to_{name}": ends}
    return client.post(url or f"{URL}{team.code}/", said)


@pytest.fixture
def member(town):
    return make_staff(town, Role.AGENT)


def test_a_new_team_is_listed_below_its_department(manager, town):
    department = make_department(town)
    response = save(
        manager, f"{URL}new/", name_en="Lamps", department=department.code, sharing="IN_TURN", on_call="on"
    )
    assert response.status_code == 303
    made = Team.objects.get()
    assert response["Location"] == f"{URL}{made.code}/"
    assert (made.code, made.department, made.sharing, made.is_on_call) == (
        "lamps",
        department,
        Sharing.IN_TURN,
        True,
    )
    page = text(manager.get(URL))
    assert f"{department.name['en']} Lamps on call One after the other of those on duty" in page
    assert "nobody is on duty now" in page


@pytest.mark.parametrize("size", [1, 3])
def test_the_list_takes_as_many_queries_for_one_team_as_for_three(
    size, manager, town, member, django_assert_num_queries
):
    for _ in range(size):
        make_team(town, member, department=make_department(town))
    manager.get(URL)
    with django_assert_num_queries(11):
        page = text(manager.get(URL))
    assert page.count(f"on duty now: \u2068{member.name}\u2069") == size


def test_the_same_name_twice_is_refused_and_a_missing_one_asked_for(manager, town):
    team = make_team(town)
    page = text(save(manager, f"{URL}new/", name_en=team.name["en"]))
    assert "The department has a team of this name already." in page
    response = save(manager, f"{URL}new/", sharing="")
    assert "Write the name in the language of the town." in text(response)
    assert "Choose who gets a case that comes to the team." in text(response)
    assert "<title>Error:" in response.content.decode()
    assert Team.objects.count() == 1


def test_only_who_may_work_on_the_cases_is_offered_as_a_member(manager, town, member):
    department = make_department(town)
    worker = make_staff(town, Role.DEPARTMENT_WORKER, department=department)
    stranger = make_staff(town, Role.DEPARTMENT_WORKER)
    team = make_team(town, department=department)
    page = text(manager.get(f"{URL}{team.code}/"))
    assert worker.name in page
    assert member.name in page
    assert stranger.name not in page
    response = manager.post(f"{URL}{team.code}/", {"step": "members", "members": [stranger.pk]})
    assert "Choose only what is shown." in text(response)
    manager.post(f"{URL}{team.code}/", {"step": "members", "members": [worker.pk, member.pk]})
    assert TeamMember.objects.filter(team=team).count() == 2


def test_moving_a_team_away_from_its_people_is_refused_with_their_names(manager, town):
    department = make_department(town)
    worker = make_staff(town, Role.DEPARTMENT_WORKER, department=department)
    team = make_team(town, worker, department=department)
    page = text(save(manager, f"{URL}{team.code}/", name_en="Lamps"))
    assert f"They may not work on the cases of this team: \u2068{worker.name}\u2069." in page
    team.refresh_from_db()
    assert team.department == department


def test_shifts_are_kept_as_they_are_written_and_shown_again(manager, town, member):
    team = make_team(town, member)
    response = roster(
        manager,
        team,
        member,
        (["0", "6"], "8", "16:30"),
    )
    assert response.status_code == 303
    roster(manager, team, member, (["0", "6"], "8", "16:30"), (["4"], "22:00", "06:00"))
    rows = Shift.objects.order_by("begins")
    assert [(row.weekdays, row.begins, row.ends) for row in rows] == [
        ("06", 480, 990),
        ("4", 22 * 60, 30 * 60),
    ]
    body = manager.get(f"{URL}{team.code}/").content.decode()
    for value in ("08:00", "16:30", "22:00", "06:00"):
        assert f'value="{value}"' in body
    roster(manager, team, member)
    assert not Shift.objects.exists()


@pytest.mark.parametrize(
    ("days", "begins", "ends", "words"),
    [
        ([], "08:00", "16:00", "Choose the days of the week on which this shift begins."),
        (["0"], "", "", "Write from when to when this shift lasts."),
        (["0"], "08:00", "", "Write both times, or neither."),
        (["0"], "08:00", "08:00", "Write when this shift ends. One of a whole day from 08:00 ends at 32:00."),
        (["0"], "08:00", "33:00", "Write a shift of a day at most."),
        (["0"], "25:00", "26:00", "Write when this shift ends."),
        (["0"], "noon", "16:00", "Write a time like 08:00"),
        (["9"], "08:00", "16:00", "Choose only what is shown."),
    ],
)
def test_a_shift_that_makes_no_sense_is_refused_in_words(days, begins, ends, words, manager, town, member):
    team = make_team(town, member)
    response = roster(manager, team, member, (days, begins, ends))
    assert response.status_code == 200
    assert words in text(response)
    assert "<title>Error:" in response.content.decode()
    assert not Shift.objects.exists()


def test_a_whole_day_is_written_past_midnight_and_comes_back_so(manager, town, member):
    team = make_team(town, member)
    roster(manager, team, member, (["0"], "08:00", "32:00"))
    assert 'value="32:00"' in manager.get(f"{URL}{team.code}/").content.decode()


def test_an_absence_is_noted_shown_and_taken_back(manager, town, member):
    team = make_team(town, member)
    today = timezone.now().astimezone(town.zone).date()
    assert f"On duty now: \u2068{member.name}\u2069." in text(manager.get(f"{URL}{team.code}/"))
    said = {"step": "away", "person": member.pk, "first_day": today, "last_day": today}
    assert manager.post(f"{URL}{team.code}/", said).status_code == 303
    response = manager.get(f"{URL}{team.code}/")
    assert "Nobody is on duty now." in text(response)
    assert count(response, "absence") == 1
    assert "away on some of these days already" in text(manager.post(f"{URL}{team.code}/", said))
    manager.post(f"{URL}{team.code}/", {"step": f"back:{Absence.objects.get().pk}"})
    assert not Absence.objects.exists()


def test_an_absence_that_ends_before_it_begins_or_of_nobody_is_refused(manager, town, member):
    team = make_team(town, member)
    said = {"step": "away", "person": member.pk, "first_day": "2026-12-09", "last_day": "2026-12-08"}
    page = text(manager.post(f"{URL}{team.code}/", said))
    assert "The last day lies before the first. Correct one of them." in page
    page = text(manager.post(f"{URL}{team.code}/", said | {"person": "", "last_day": "soon"}))
    assert "Choose who is away." in page
    assert "Write the day like 2026-11-29." in page
    stranger = make_staff(town, Role.AGENT)
    assert manager.post(f"{URL}{team.code}/", said | {"person": stranger.pk}).status_code == 200
    assert not Absence.objects.exists()


def test_an_absence_of_somebody_elsewhere_is_not_taken_back_here(manager, town, member):
    team = make_team(town, member)
    other = make_staff(town, Role.AGENT)
    kept = add_absence(
        user_id=other.pk,
        first_day=NOW.date(),
        last_day=(timezone.now() + timedelta(days=9)).date(),
        by=system(town.pk),
        now=NOW,
    )
    manager.post(f"{URL}{team.code}/", {"step": f"back:{kept.pk}"})
    assert Absence.objects.get() == kept


def test_a_team_with_open_cases_is_not_retired(manager, town):
    department = make_department(town)
    team = make_team(town, department=department)
    case = make_case(town, service=make_service(town, department=department))
    assign(
        case_id=case.pk,
        department_id=department.pk,
        team_id=team.pk,
        assignee_id=None,
        by=system(town.pk),
        now=NOW,
    )
    page = text(manager.post(f"{URL}{team.code}/", {"step": "retire"}))
    assert "Open cases are with this team." in page
    free = make_team(town)
    manager.post(f"{URL}{free.code}/", {"step": "retire"})
    assert f"Retired {free.name['en']}" in text(manager.get(URL))
    manager.post(f"{URL}{free.code}/", {"step": "restore"})
    assert "Retired" not in text(manager.get(URL))


def test_history_tells_who_was_in_it_and_leads_back(manager, town, member):
    department = make_department(town)
    worker = make_staff(town, Role.DEPARTMENT_WORKER, department=department)
    team = make_team(town, member, worker, department=department)
    doing = {"team_id": team.pk, "by": system(town.pk), "now": NOW}
    set_roster(**doing, shifts=[Hours(worker.pk, (0, 1), 480, 960)])
    manager.post(f"{URL}{team.code}/", {"step": "members", "members": [member.pk]})
    save(manager, f"{URL}{team.code}/", name_en="Lamps", sharing="LEAST_LOADED")
    history = f"/desk/settings/history/team/{team.code}/"
    page = text(manager.get(history))
    assert f"Members {member.name}, {worker.name} {member.name}" in page
    assert "Whoever on duty has the fewest open cases" in page
    assert manager.post(history, {"number": "3"}).status_code == 303
    team.refresh_from_db()
    assert (team.department, team.sharing) == (department, Sharing.NOBODY)
    assert set(TeamMember.objects.values_list("user_id", flat=True)) == {member.pk, worker.pk}
    assert Shift.objects.get().hours == Hours(worker.pk, (0, 1), 480, 960)


def test_history_does_not_bring_back_who_may_not_work_there_any_more(manager, town, member):
    department = make_department(town)
    worker = make_staff(town, Role.DEPARTMENT_WORKER, department=department)
    team = make_team(town, worker, department=department)
    manager.post(f"{URL}{team.code}/", {"step": "members"})
    worker.is_active = False
    worker.save()
    response = manager.post(f"/desk/settings/history/team/{team.code}/", {"number": "2"})
    assert worker.name in text(response)
    assert not TeamMember.objects.exists()


def test_the_picture_shows_a_night_shift_on_both_its_days(town, member):
    from moked.accounts.queries import rosters_of

    team = make_team(town, member)
    set_roster(
        team_id=team.pk,
        shifts=[Hours(member.pk, (0,), 22 * 60, 30 * 60)],
        by=system(town.pk),
        now=NOW,
    )
    (found,) = rosters_of([team], NOW)
    (week,) = weeks(found, "Europe/Prague")
    assert [[(bar.begins, bar.length) for bar in day.bars] for day in week.days[:3]] == [
        [(22 * 60, 120)],
        [(0, 360)],
        [],
    ]
    assert week.days[0].words == shift_words(found.shifts[member.pk][0]) == "\u206622:00–06:00\u2069"


def test_an_administrator_or_agent_sets_no_teams(admin, sign_in, town, member):
    team = make_team(town, member)
    for client in (admin, sign_in(member)):
        for url in (URL, f"{URL}new/", f"{URL}{team.code}/"):
            assert client.get(url).status_code in {403, 404}


def test_a_team_of_another_town_is_not_there(manager):
    from tests.factories import make_town

    assert manager.get(f"{URL}{make_team(make_town()).code}/").status_code == 404


def test_two_who_write_one_roster_do_not_overwrite_each_other_unseen(manager, town, member):
    team = make_team(town, member)
    base = number_published("team", team.pk)
    early, late = ([["0"], "08:00", "16:00"], [["1"], "10:00", "12:00"])
    assert roster(manager, team, member, early, base=base).status_code == 303
    page = roster(manager, team, member, late, ([["2"], "13:00", "14:00"]), base=base)
    assert "A colleague changed this team in the meantime." in text(page)
    assert [row.begins for row in Shift.objects.filter(team=team)] == [480]
    # What was written is still there, and replaces the other once that was seen.
    words = page.content.decode()
    assert 'value="10:00"' in words and 'value="13:00"' in words
    assert f'name="base" value="{base + 1}"' in words
    assert roster(manager, team, member, late, base=base + 1).status_code == 303
    assert [row.begins for row in Shift.objects.filter(team=team)] == [600]


@pytest.fixture
def head(town, sign_in):
    """The browser of a department's manager, and a team of it."""
    department = make_department(town)
    worker = make_staff(town, Role.DEPARTMENT_WORKER, department=department)
    team = make_team(town, worker, department=department)
    return sign_in(make_staff(town, Role.DEPARTMENT_MANAGER, department=department)), team, worker


def test_a_departments_manager_keeps_the_rosters_of_its_teams(head, town):
    client, team, worker = head
    other = make_team(town, department=make_department(town))
    page = client.get(URL).content.decode()
    url = f"{URL}{team.code}/roster/"
    assert url in page and other.code not in page and "new-team" not in page
    assert roster(client, team, worker, [["0"], "08:00", "16:00"], url=url)["Location"] == f"{url}#roster"
    assert [row.begins for row in Shift.objects.filter(team=team)] == [480]
    away = {"step": "away", "person": worker.pk, "first_day": "2026-12-24", "last_day": "2099-12-26"}
    assert client.post(url, away).status_code == 303
    assert Absence.objects.get().user == worker
    assert client.post(url, {"step": f"back:{Absence.objects.get().pk}"}).status_code == 303
    assert not Absence.objects.exists()


def test_a_departments_manager_changes_nothing_else(head, town):
    client, team, _worker = head
    stranger = make_staff(town, Role.DEPARTMENT_WORKER, department=make_department(town))
    url = f"{URL}{team.code}/roster/"
    for said in (
        {"step": "save", "name_en": "Mine", "department": "", "sharing": "NOBODY"},
        {"step": "members", "members": []},
        {"step": "retire"},
        {"step": "away", "person": stranger.pk, "first_day": "2026-12-24", "last_day": "2026-12-26"},
    ):
        assert client.post(url, said).status_code == 200
    team.refresh_from_db()
    assert (team.is_retired, TeamMember.objects.count(), Absence.objects.count()) == (False, 1, 0)
    assert "Mine" not in team.name.values()
    assert client.get(f"{URL}{team.code}/").status_code == 404
    assert client.get(f"{URL}new/").status_code == 404
    Team.objects.filter(pk=team.pk).update(department=None)
    assert client.get(url).status_code == 404
