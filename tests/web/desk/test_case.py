"""The page of a case and what is done there."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from moked.accounts.models import Department, Team, User
from moked.accounts.queries import actor_for
from moked.accounts.rules import Role, Sharing, resident, system
from moked.cases import operations
from moked.cases.models import Case, Change, Contact, Note, Review
from moked.cases.rules import Channel, Outcome, ReviewReason, State
from moked.municipalities.models import Municipality
from moked.places.models import Area
from moked.routing.operations import retire_team
from moked.routing.rules import Reason
from moked.sla.models import Commitment
from moked.surveys import operations as surveys
from moked.surveys.models import Survey
from tests.factories import (
    NOW,
    make_case,
    make_department,
    make_label,
    make_photo,
    make_service,
    make_staff,
    make_team,
    make_town,
)
from tests.sla.promising import make_promising_service, promise
from tests.web.desk.pages import count, submission, text

ACTIONS = ("reply", "note", "assign", "move", "close", "answer_review", "reopen")
BAD_WORDS = {
    "nothing": "",
    "spaces": " \n\t ",
    "too long": "a" * 20_000,
    "NUL": "before\x00after",
}


def at(case: Case, action: str = "case") -> str:
    return reverse(f"desk:{action}", args=[case.number])


def closed_case(town: Municipality, agent: User, *, matter: str = "Dark lamp") -> Case:
    case = make_case(town, matter=matter, email="ann@example.org", name="Ann")
    operations.close_case(
        case_id=case.pk, outcome=Outcome.FIXED, message="Done.", by=actor_for(agent, town.pk), now=NOW
    )
    case.refresh_from_db()
    return case


def reviewed_case(town: Municipality, agent: User) -> Case:
    case = closed_case(town, agent)
    survey = Survey.objects.get(case=case)
    surveys.answer(
        survey_id=survey.pk, fixed="NO", rating=2, words="It is dark again", by=resident(town.pk), now=NOW
    )
    operations.open_review(case_id=case.pk, reason=ReviewReason.NOT_FIXED, by=resident(town.pk), now=NOW)
    return case


def send(desk: Client, case: Case, action: str, **fields: str) -> tuple[int, str]:
    response = desk.post(at(case, action), {"submission": "0f8fad5b-d9cb-469f-a165-70867728950e", **fields})
    return response.status_code, text(response)


def test_the_page_says_what_the_case_is(desk: Client, town: Municipality) -> None:
    case = make_case(town, matter="A lamp is dark\nsince Monday", email="ann@example.org", name="Ann")
    response = desk.get(at(case))
    words = text(response)
    for part in (str(case.number), "A lamp is dark since Monday", "Ann", "ann@example.org", "Case opened"):
        assert part in words
    html = response.content.decode()
    assert 'data-test="state"' in html and 'data-state="RECEIVED"' in html
    assert all(count(response, test) for test in ("reply", "send", "note", "note-send", "close", "assign"))


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_takes_thirty_one_queries(
    rows: int, desk: Client, agent: User, town: Municipality, django_assert_num_queries
) -> None:
    case = make_case(town, email="ann@example.org")
    actor = actor_for(agent, town.pk)
    for number in range(rows):
        operations.reply(case_id=case.pk, body=f"Reply {number}", by=actor, now=NOW)
        operations.add_note(case_id=case.pk, body=f"Note {number}", by=actor, now=NOW)
        colleague = make_staff(town, Role.AGENT)
        operations.assign(
            case_id=case.pk,
            department_id=make_department(town).pk,
            assignee_id=colleague.pk,
            by=actor,
            now=NOW,
        )
    # session, person, town by host, the only town, memberships; case, contacts, notes, changes,
    # departments and people named in changes, reporter, contact points, review, surveys,
    # departments and people to choose from, hand-overs, external bodies to choose from, labels of the town,
    # what became of mails
    with django_assert_num_queries(31):
        desk.get(at(case))


@pytest.mark.parametrize("rows", [1, 3])
def test_a_page_with_everything_takes_36_queries_however_much_there_is(
    rows: int, desk: Client, agent: User, town: Municipality, django_assert_num_queries
) -> None:
    case = make_case(town, service=make_promising_service(town), email="ann@example.org")
    actor = actor_for(agent, town.pk)
    for number in range(rows):
        area = Area.objects.create(
            municipality=town,
            kind="DISTRICT",
            code=f"part-{number}",
            name={"en": f"Part {number}"},
            geometry={"type": "Polygon", "coordinates": []},
            **dict.fromkeys(("south", "west", "north", "east"), 0),
        )
        reason = str(Reason(number=number + 1, revision=1, area_id=area.pk))
        operations.route_case(case_id=case.pk, department_id=make_department(town).pk, reason=reason, now=NOW)
        make_photo(case)
        wanted = make_service(town, department=case.department)
        promise(wanted, first_answer="4h", resolution=f"{number + 4}d")
        operations.change_service(case_id=case.pk, service_id=wanted.pk, by=actor, now=NOW)
        label = make_label(town, f"Storm {number}")
        operations.change_labels(case_id=case.pk, add=[label.code], by=actor, now=NOW)
    Case.objects.filter(pk=case.pk).update(address="High Street 4", latitude=32.0875, longitude=34.8)
    with django_assert_num_queries(36):
        page = text(desk.get(at(case)))
    assert Commitment.objects.filter(case=case).count() >= rows + 2
    assert f"by rule {rows}, for Part {rows - 1}" in page


def test_the_page_shows_where_the_case_is_on_a_map(desk: Client, town: Municipality) -> None:
    case, nowhere = make_case(town), make_case(town)
    Case.objects.filter(pk=case.pk).update(address="High Street 4", latitude=32.0875, longitude=34.8)
    Case.objects.filter(pk=nowhere.pk).update(address="By the river")
    desk.cookies["moked_language"] = "he"
    html = desk.get(at(case)).content.decode()
    assert 'data-map="place"' in html and 'data-latitude="32.0875" data-longitude="34.8"' in html
    assert "High Street 4" in html
    html = desk.get(at(nowhere)).content.decode()
    assert "data-map=" not in html and "By the river" in html


def test_the_timeline_runs_from_the_oldest_to_the_newest_and_can_be_narrowed(
    desk: Client, agent: User, town: Municipality
) -> None:
    case = make_case(town, matter="First words")
    actor = actor_for(agent, town.pk)
    operations.reply(case_id=case.pk, body="We come tomorrow", by=actor, now=NOW + timedelta(hours=1))
    operations.add_note(case_id=case.pk, body="Crew is ill", by=actor, now=NOW + timedelta(hours=2))
    words = text(desk.get(at(case)))
    parts = ["First words", "Case opened", "We come tomorrow", "State: In progress", "Crew is ill"]
    assert sorted(parts, key=words.rindex) == parts
    shown = {show: text(desk.get(at(case), {"show": show})) for show in ("contacts", "notes", "changes", "x")}
    later = ("We come tomorrow", "Crew is ill", "State: In progress")
    assert {show: [part for part in later if part in words] for show, words in shown.items()} == {
        "contacts": ["We come tomorrow"],
        "notes": ["Crew is ill"],
        "changes": ["State: In progress"],
        "x": list(later),
    }


def test_a_reply_reaches_the_timeline_and_the_outbox_once(desk: Client, town: Municipality) -> None:
    case = make_case(town, email="ann@example.org")
    sent = {"words": "We are on our way.", "submission": submission(desk.get(at(case)))}
    first, again = desk.post(at(case, "reply"), sent), desk.post(at(case, "reply"), sent)
    assert (first.status_code, first["Location"]) == (303, f"{at(case)}#latest")
    assert (again.status_code, again["Location"]) == (303, f"{at(case)}#latest")
    reply = Contact.objects.get(case=case, direction="OUT")
    assert reply.body == "We are on our way."
    corrected = desk.post(at(case, "reply"), sent | {"words": "We come tomorrow."})
    assert corrected.status_code == 303
    assert Contact.objects.filter(case=case, direction="OUT").count() == 2


def test_a_note_sent_twice_is_kept_once(desk: Client, agent: User, town: Municipality) -> None:
    case = make_case(town)
    for _ in range(2):
        status, _words = send(desk, case, "note", words="Crew is ill")
        assert status == 303
    note = Note.objects.get(case=case)
    assert (note.body, note.author_id) == ("Crew is ill", agent.pk)


def test_the_page_says_how_a_reply_travels(desk: Client, town: Municipality) -> None:
    by_mail = text(desk.get(at(make_case(town, email="ann@example.org"))))
    by_page = text(desk.get(at(make_case(town))))
    assert "By e-mail to ann@example.org" in by_mail
    assert "They left no name and no address: they read this on the tracking page only." in by_page
    assert "By e-mail to" not in by_page


@pytest.mark.parametrize("action", ["reply", "note"])
@pytest.mark.parametrize("words", BAD_WORDS.values(), ids=BAD_WORDS)
def test_words_that_cannot_be_kept_are_explained_and_stay(
    words: str, action: str, desk: Client, town: Municipality
) -> None:
    case = make_case(town)
    response = desk.post(at(case, action), {"words": words})
    assert response.status_code == 200
    assert "<title>" in (html := response.content.decode()) and "Error:" in html
    assert count(response, action) == 1 and 'class="mk-summary"' in html
    assert not Contact.objects.filter(direction="OUT").exists() and not Note.objects.exists()
    if len(words) > 10_000:
        assert "a" * 20_000 in html


@pytest.mark.abuse("A13")
def test_bidirectional_controls_end_with_their_line(desk: Client, town: Municipality) -> None:
    case = make_case(town)
    send(desk, case, "note", words="left ‮turned\nnext line")
    assert Note.objects.get(case=case).body == "left ‮turned‬\nnext line"


def test_markup_in_words_is_shown_as_words(desk: Client, town: Municipality) -> None:
    case = make_case(town, matter="<img src=x onerror=alert(1)>", name="<b>Ann</b>", email="ann@example.org")
    send(desk, case, "note", words="<script>alert(2)</script>")
    html = desk.get(at(case)).content.decode()
    assert "<img src=x" not in html and "<script>alert" not in html and "<b>Ann" not in html
    assert "&lt;script&gt;alert(2)" in html


def test_assigning_names_the_handlers_and_the_ones_before(desk: Client, town: Municipality) -> None:
    case = make_case(town)
    colleague, department = make_staff(town, Role.AGENT), make_department(town)
    status, _ = send(desk, case, "assign", department=str(department.pk), person=str(colleague.pk))
    assert status == 303
    case.refresh_from_db()
    assert (case.department_id, case.assignee_id) == (department.pk, colleague.pk)
    words = text(desk.get(at(case)))
    assert f"Handler: {colleague.name}" in words and "before: Unassigned" in words
    assert f"Department: {department.name['en']}" in words


def shared(desk: Client, case: Case, **chosen: str) -> tuple[Department | None, Team | None, User | None]:
    """Assign with what the page holds, but for what is chosen; return who has the case then."""
    held = {"department": case.department_id, "team": case.team_id, "person": case.assignee_id}
    said = {name: str(one or "") for name, one in held.items()}
    status, words = send(desk, case, "assign", **(said | chosen))
    assert status == 303, words
    case.refresh_from_db()
    return case.department, case.team, case.assignee


def test_a_team_brings_its_department_and_shares_the_case(
    desk: Client, agent: User, town: Municipality
) -> None:
    department = make_department(town)
    worker = make_staff(town, Role.DEPARTMENT_WORKER, department=department)
    team = make_team(town, worker, department=department, sharing=Sharing.IN_TURN)
    case = make_case(town)
    assert shared(desk, case, person=str(agent.pk))[2] == agent
    # Who had it is not in the team, so the team decides.
    assert shared(desk, case, team=str(team.pk)) == (department, team, worker)
    words = text(desk.get(at(case)))
    assert f"Team: {team.name['en']}" in words
    assert f"Handler: {worker.name} it was their turn in the team" in words


def test_who_has_a_case_keeps_it_in_a_team_they_are_in(desk: Client, agent: User, town: Municipality) -> None:
    team = make_team(town, make_staff(town, Role.AGENT), agent, sharing=Sharing.IN_TURN)
    case = make_case(town)
    department = case.department
    shared(desk, case, person=str(agent.pk))
    assert shared(desk, case, team=str(team.pk)) == (department, team, agent)


def test_who_is_named_with_a_team_gets_the_case(desk: Client, agent: User, town: Municipality) -> None:
    team = make_team(town, agent, sharing=Sharing.IN_TURN)
    other = make_staff(town, Role.AGENT)
    case = make_case(town)
    assert shared(desk, case, team=str(team.pk), person=str(other.pk))[1:] == (team, other)


def test_a_team_stays_behind_when_a_case_goes_to_another_department(desk: Client, town: Municipality) -> None:
    department, other = make_department(town), make_department(town)
    team, centre = make_team(town, department=department), make_team(town)
    case = make_case(town)
    assert shared(desk, case, team=str(team.pk)) == (department, team, None)
    assert shared(desk, case, department=str(other.pk)) == (other, None, None)
    assert shared(desk, case, team=str(centre.pk)) == (other, centre, None)
    assert shared(desk, case, department=str(department.pk)) == (department, centre, None)
    assert shared(desk, case, team="") == (department, None, None)


def test_teams_are_offered_only_where_there_are_any(desk: Client, town: Municipality) -> None:
    case, retired = make_case(town), make_team(town)
    retire_team(team_id=retired.pk, by=system(town.pk), now=NOW)
    assert count(desk.get(at(case)), "assign-team") == 0
    assert send(desk, case, "assign", team=str(retired.pk))[0] == 303
    make_team(town)
    assert count(desk.get(at(case)), "assign-team") == 1
    assert send(desk, case, "assign", team=str(retired.pk))[0] == 200
    case.refresh_from_db()
    assert case.team is None


def test_one_press_takes_a_case(desk: Client, agent: User, town: Municipality) -> None:
    case = make_case(town)
    department_id = case.department_id
    assert count(desk.get(at(case)), "take") == 1
    status, _ = send(desk, case, "assign", person=str(agent.pk))
    case.refresh_from_db()
    assert (status, case.assignee_id, case.department_id) == (303, agent.pk, department_id)
    assert count(desk.get(at(case)), "take") == 0


def test_what_a_colleague_assigned_meanwhile_is_not_undone_unseen(desk: Client, town: Municipality) -> None:
    case = make_case(town)
    page = desk.get(at(case)).content.decode()
    [was] = re.findall(r'name="was"\s+value="([^"]*)"', page)
    colleague, department = make_staff(town, Role.AGENT), make_department(town)
    send(desk, case, "assign", department=str(department.pk), person="")
    old = {"department": str(case.department_id), "person": str(colleague.pk), "was": was}
    status, words = send(desk, case, "assign", **old)
    assert status == 200 and "A colleague changed this case in the meantime." in words
    case.refresh_from_db()
    assert (case.department_id, case.assignee_id) == (department.pk, None)
    again = {"department": str(department.pk), "person": "", "was": was}
    assert send(desk, case, "assign", **again)[0] == 303


@pytest.mark.abuse("A08")
def test_a_case_cannot_be_given_to_another_town(desk: Client, town: Municipality) -> None:
    case = make_case(town)
    prefix = f"/t/{town.slug}"
    elsewhere = make_town()
    theirs = {"department": make_department(elsewhere).pk, "person": make_staff(elsewhere, Role.AGENT).pk}
    for name, value in theirs.items():
        fields = {"department": str(case.department_id), "person": "", name: str(value)}
        assert desk.post(prefix + f"/desk/cases/{case.number}/assign/", fields).status_code == 200
    assert not Change.objects.filter(case=case, kind__in=["DEPARTMENT", "ASSIGNEE"]).exists()


@pytest.mark.parametrize("value", ["x", "0", "-1", "9" * 30, "1 OR 1=1", "\x00", "a" * 20_000])
def test_handlers_that_are_none_are_refused(value: str, desk: Client, town: Municipality) -> None:
    case = make_case(town)
    for fields in ({"department": value, "person": ""}, {"department": "", "person": value}):
        status, words = send(desk, case, "assign", **fields)
        assert status == 200 and "Choose one of the answers shown." in words


def test_who_hands_a_case_away_is_led_to_the_queue(
    town: Municipality, sign_in: Callable[[User], Client]
) -> None:
    ours = make_department(town)
    case = make_case(town, service=make_service(town, department=ours), matter="Not ours after all")
    browser = sign_in(make_staff(town, Role.DEPARTMENT_WORKER, department=ours))
    response = browser.post(at(case, "assign"), {"department": make_department(town).pk, "person": ""})
    assert (response.status_code, response["Location"]) == (303, reverse("desk:queue"))
    words = text(browser.get(reverse("desk:queue")))
    assert f"Case {case.number} is now with another department." in words
    assert "Not ours after all" not in words
    assert browser.get(at(case)).status_code == 404


def test_a_state_is_set_and_only_an_open_one(desk: Client, town: Municipality) -> None:
    case = make_case(town)
    assert [send(desk, case, "move", target=State.SCHEDULED)[0] for _ in range(2)] == [303, 303]
    assert send(desk, case, "move", target=State.RESOLVED)[0] == 200
    assert send(desk, case, "move", target="")[0] == 200
    case.refresh_from_db()
    assert case.state == State.SCHEDULED


def test_closing_asks_for_outcome_and_words(desk: Client, town: Municipality) -> None:
    case = make_case(town, email="ann@example.org")
    page = desk.get(at(case, "close"))
    assert count(page, "outcome") == len(Outcome) and count(page, "words") == count(page, "confirm") == 1
    assert "By e-mail to ann@example.org" in text(page)
    status, words = send(desk, case, "close", outcome="", words="We looked.")
    assert status == 200 and "Choose why the case is closed." in words and "We looked." in words
    status, words = send(desk, case, "close", outcome="FIXED", words="")
    assert status == 200 and "Write what was done, or why it cannot be done." in words
    case.refresh_from_db()
    assert case.is_open


def test_closing_twice_by_one_form_closes_once(desk: Client, town: Municipality) -> None:
    case = make_case(town)
    for _ in range(2):
        assert send(desk, case, "close", outcome="NOT_OURS", words="The water board mends it.")[0] == 303
    case.refresh_from_db()
    assert (case.state, case.outcome, case.closings) == (State.DECLINED, "NOT_OURS", 1)
    assert Contact.objects.filter(case=case, direction="OUT").count() == 1
    page = desk.get(at(case))
    assert "Case closed: Not the town's to do" in text(page) and count(page, "close") == 0


def test_a_case_a_colleague_closed_meanwhile_keeps_what_was_typed(
    desk: Client, agent: User, town: Municipality
) -> None:
    case = closed_case(town, agent)
    status, words = send(desk, case, "close", outcome="ANSWERED", words="My long answer.")
    assert status == 200
    assert "A colleague changed this case in the meantime." in words and "My long answer." in words


def test_a_review_shows_why_and_can_be_reopened(desk: Client, agent: User, town: Municipality) -> None:
    case = reviewed_case(town, agent)
    page = desk.get(at(case))
    words = text(page)
    assert count(page, "review") == 1
    assert "The resident says it is not fixed" in words and "It is dark again" in words
    assert "rated 2 of 5" in words
    assert send(desk, case, "reopen", words="")[0] == 200
    assert send(desk, case, "reopen", words="We go out again.")[0] == 303
    case.refresh_from_db()
    review = Review.objects.get(case=case)
    assert (case.state, case.was_reopened) == (State.IN_PROGRESS, True)
    assert (review.is_open, review.led_to_reopening, review.decided_by_id) == (False, True, agent.pk)


def test_a_review_can_be_answered_and_only_once(desk: Client, agent: User, town: Municipality) -> None:
    case = reviewed_case(town, agent)
    assert send(desk, case, "answer_review", words="The lamp works: we measured it.")[0] == 303
    case.refresh_from_db()
    assert (case.state, case.is_open) == (State.RESOLVED, False)
    status, words = send(desk, case, "answer_review", words="Something else.")
    assert status == 200 and "A colleague has already decided this review." in words


def test_an_auditor_reads_and_is_offered_nothing_else(
    town: Municipality, sign_in: Callable[[User], Client]
) -> None:
    case = make_case(town, matter="Read only", name="Ann", email="ann@example.org")
    browser = sign_in(make_staff(town, Role.AUDITOR))
    page = browser.get(at(case))
    assert "Read only" in text(page)
    assert not any(count(page, test) for test in ("reply", "send", "note", "close", "assign", "take", "move"))
    for action in ACTIONS:
        assert browser.get(at(case, action)).status_code == 404
        assert send(browser, case, action, words="Changed", outcome="FIXED")[0] == 404
    case.refresh_from_db()
    assert case.state == State.RECEIVED and Contact.objects.filter(case=case).count() == 1


def test_contact_details_are_masked_for_who_does_not_need_them(
    town: Municipality, sign_in: Callable[[User], Client]
) -> None:
    department = make_department(town)
    service = make_service(town, department=department)
    case = make_case(town, service=service, matter="Dark", name="Miriam Levi", email="miriam@example.org")
    seen = {}
    for role in (Role.DEPARTMENT_WORKER, Role.DEPARTMENT_MANAGER, Role.AUDITOR, Role.AGENT):
        browser = sign_in(make_staff(town, role, department=department if "DEPARTMENT" in role else None))
        words = text(browser.get(at(case))) + text(browser.get(at(case, "close")))
        seen[role] = "Miriam Levi" in words or "miriam@example.org" in words
    assert seen == {
        Role.DEPARTMENT_WORKER: False,
        Role.DEPARTMENT_MANAGER: True,
        Role.AUDITOR: False,
        Role.AGENT: True,
    }


def test_a_case_that_is_not_visible_looks_like_none(
    town: Municipality, sign_in: Callable[[User], Client]
) -> None:
    hidden = make_case(town, matter="Leaking words", name="Leaking name", email="leak@example.org")
    browser = sign_in(make_staff(town, Role.DEPARTMENT_WORKER))
    for action in ("case", *ACTIONS):
        refused = browser.get(at(hidden, action))
        missing = browser.get(at(hidden, action).replace(str(hidden.number), "31-999999-0"))
        assert refused.status_code == missing.status_code == 404
        assert text(refused).replace(str(hidden.number), "") == text(missing).replace("31-999999-0", "")
        assert "eaking" not in text(refused)


@pytest.mark.parametrize("number", ["x", "26-000001-0", "26000001-5", "%00", "a" * 2000, "26-000001-5%0a"])
def test_an_odd_number_is_no_case(number: str, desk: Client, town: Municipality) -> None:
    assert make_case(town).number == "26-000001-5"
    assert desk.get(f"/desk/cases/{number}/").status_code == 404


def test_an_action_looked_at_is_the_page_of_the_case(desk: Client, town: Municipality) -> None:
    case = make_case(town, matter="After signing in again")
    for action in ACTIONS:
        response = desk.get(at(case, action))
        assert response.status_code == 200 and "After signing in again" in text(response)
    case.refresh_from_db()
    assert (case.state, case.assignee_id, Contact.objects.count()) == (State.RECEIVED, None, 1)


def test_who_is_signed_out_comes_back_after_signing_in(client: Client, town: Municipality) -> None:
    case = make_case(town)
    response = client.get(at(case))
    assert response.status_code == 302
    assert response["Location"] == f"{reverse('account_login')}?next={at(case)}"


def test_words_of_the_resident_in_another_channel_are_named(desk: Client, town: Municipality) -> None:
    case = make_case(town)
    later: datetime = NOW + timedelta(days=1)
    operations.add_resident_contact(
        case_id=case.pk, body="Still dark", channel=Channel.EMAIL, by=resident(town.pk), now=later
    )
    words = text(desk.get(at(case)))
    assert "Resident wrote E-mail" in words and "Still dark" in words


@pytest.mark.parametrize(
    ("resolution", "words"),
    [("3d", "3 working days left"), ("30h", "30 working hours left"), ("45m", "45 working minutes left")],
)
def test_a_clock_that_stands_still_says_what_is_left(
    desk: Client, town: Municipality, agent: User, resolution: str, words: str
) -> None:
    service = make_service(town)
    promise(service, resolution=resolution)
    case = make_case(town, service=service, now=NOW)
    actor = actor_for(agent, town.pk)
    operations.move(case_id=case.pk, target=State.WAITING_FOR_RESIDENT, by=actor, now=NOW)
    assert f"Finished: the clock stands still, {words}" in text(desk.get(at(case)))
