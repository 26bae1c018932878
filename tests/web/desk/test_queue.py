"""The queue: what is shown to whom, in which order, with how many queries."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from moked.accounts.models import User
from moked.accounts.queries import actor_for
from moked.accounts.rules import Role, resident, system
from moked.cases import operations, queries
from moked.cases.models import Case, Label
from moked.cases.rules import Channel, Outcome, ReviewReason
from moked.municipalities.models import Municipality
from tests.factories import (
    NOW,
    make_case,
    make_department,
    make_label,
    make_service,
    make_staff,
    make_team,
    make_town,
)
from tests.web.desk.pages import count, text

QUEUE = "/desk/"


def close(case: Case, by: User) -> None:
    actor = actor_for(by, case.municipality_id)
    operations.close_case(case_id=case.pk, outcome=Outcome.FIXED, message="Done.", by=actor, now=NOW)


def put_on(case: Case, label: Label, by: User) -> None:
    actor = actor_for(by, case.municipality_id)
    operations.change_labels(case_id=case.pk, add=[label.code], by=actor, now=NOW)


def ask_review(case: Case) -> None:
    operations.open_review(
        case_id=case.pk, reason=ReviewReason.NOT_FIXED, by=resident(case.municipality_id), now=NOW
    )


def order(body: str, *words: str) -> list[str]:
    return sorted(words, key=body.index)


def test_queue_shows_open_cases_the_longest_waiting_first(desk: Client, town: Municipality) -> None:
    service = make_service(town)
    make_case(town, service=service, matter="Younger", now=NOW - timedelta(hours=1))
    make_case(town, service=service, matter="Older", now=NOW - timedelta(days=3))
    response = desk.get(QUEUE)
    assert count(response, "queue-row") == 2
    assert order(text(response), "Younger", "Older") == ["Older", "Younger"]


@pytest.mark.parametrize("rows", [1, 3])
def test_queue_takes_fourteen_queries(
    rows: int, desk: Client, agent: User, town: Municipality, django_assert_num_queries
) -> None:
    for _ in range(rows):
        service = make_service(town)
        case = make_case(town, service=service, email="ann@example.org")
        put_on(case, make_label(town), agent)
        closed = make_case(town, service=service)
        close(closed, agent)
        ask_review(closed)
    # session, person, town by host, the only town, memberships, services, labels and what they are on, size,
    # page, reviews, mails that wait
    with django_assert_num_queries(14):
        response = desk.get(QUEUE)
    assert count(response, "queue-row") == count(response, "review-row") == rows


def test_reviews_stand_on_top_with_their_reason(desk: Client, agent: User, town: Municipality) -> None:
    service = make_service(town)
    closed = make_case(town, service=service, matter="Still dark")
    close(closed, agent)
    ask_review(closed)
    make_case(town, service=service, matter="Something open")
    response = desk.get(QUEUE)
    words = text(response)
    assert count(response, "queue-reviews") == 1
    assert "The resident says it is not fixed" in words
    assert order(words, "Still dark", "Something open") == ["Still dark", "Something open"]


def test_a_department_sees_what_it_handles_and_nothing_else(
    town: Municipality, sign_in: Callable[[User], Client]
) -> None:
    department = make_department(town)
    mine = make_case(town, service=make_service(town, department=department), matter="Ours to mend")
    other = make_case(town, service=make_service(town), matter="Theirs to mend")
    browser = sign_in(make_staff(town, Role.DEPARTMENT_WORKER, department=department))
    words = text(browser.get(QUEUE))
    assert "Ours to mend" in words and str(mine.number) in words
    assert "Theirs to mend" not in words and str(other.number) not in words


def test_a_case_of_another_town_is_not_in_the_queue(desk: Client, town: Municipality) -> None:
    make_case(make_town(), matter="Leaking words")
    response = desk.get(f"/t/{town.slug}/desk/")
    assert "Leaking words" not in text(response) and count(response, "queue-row") == 0


def test_an_administrator_is_led_to_operations(town: Municipality, sign_in: Callable[[User], Client]) -> None:
    response = sign_in(make_staff(town, Role.ADMINISTRATOR)).get(QUEUE)
    assert (response.status_code, response["Location"]) == (302, reverse("ops:operations"))


def test_views_narrow_the_queue(desk: Client, agent: User, town: Municipality) -> None:
    service = make_service(town)
    mine = make_case(town, service=service, matter="Taken by me")
    wrote = make_case(town, service=service, matter="Wrote again")
    make_case(town, service=service, matter="Nobody yet")
    actor = actor_for(agent, town.pk)
    operations.assign(
        case_id=mine.pk, department_id=mine.department_id, assignee_id=agent.pk, by=actor, now=NOW
    )
    operations.add_resident_contact(
        case_id=wrote.pk, body="Please hurry", channel=Channel.WEB, by=resident(town.pk), now=NOW
    )
    shown = {view: text(desk.get(QUEUE, {"view": view})) for view in ("mine", "unassigned", "resident_wrote")}
    titles = ("Taken by me", "Wrote again", "Nobody yet")
    assert {view: [title for title in titles if title in words] for view, words in shown.items()} == {
        "mine": ["Taken by me"],
        "unassigned": ["Wrote again", "Nobody yet"],
        "resident_wrote": ["Wrote again"],
    }


@pytest.mark.parametrize("rows", [1, 3])
def test_my_teams_shows_their_cases_with_the_name_of_the_team(
    rows: int, desk: Client, agent: User, town: Municipality, django_assert_num_queries
) -> None:
    teams = [make_team(town, agent) for _ in range(rows)]
    other = make_team(town, make_staff(town, Role.AGENT))
    for number, team in enumerate([*teams, other]):
        case = make_case(town, matter=f"Matter of {number}")
        operations.assign(
            case_id=case.pk,
            department_id=case.department_id,
            team_id=team.pk,
            assignee_id=None,
            by=system(town.pk),
            now=NOW,
        )
    with django_assert_num_queries(15):
        response = desk.get(QUEUE, {"view": "teams"})
    assert count(response, "queue-row") == rows
    for number, team in enumerate(teams):
        department = Case.objects.get(team=team).department
        assert f"{department.name['en']} {team.name['en']} Unassigned" in text(response)
        assert f"Matter of {number}" in text(response)
    assert "My teams" in text(response)


def test_my_teams_walks_the_index_of_teams(agent: User, town: Municipality) -> None:
    make_team(town, agent)
    cases = queries.in_view(actor_for(agent, town.pk), "teams", now=NOW).order_by("queue_at", "id")
    assert "case_team_queue (team_id=?)" in cases[:31].explain()


def test_service_filter_shows_one_service_and_says_so(desk: Client, town: Municipality) -> None:
    wanted, other = make_service(town), make_service(town)
    make_case(town, service=wanted, matter="Of this service")
    make_case(town, service=other, matter="Of the other")
    words = text(desk.get(QUEUE, {"service": wanted.slug}))
    assert "Of this service" in words and "Of the other" not in words
    assert "Show every service" in words


def chips(response: HttpResponse) -> dict[str, str]:
    """Return the filters that a page shows as chips, and where each is taken off."""
    found = re.findall(r'href="([^"]+)" data-test="chip"><bdi>([^<]+)</bdi>', response.content.decode())
    return {label: unescape(url) for url, label in found}


def test_every_filter_is_a_chip_that_takes_it_off_and_keeps_the_others(
    desk: Client, town: Municipality
) -> None:
    service = make_service(town)
    name = service.name["en"]
    assert chips(desk.get(QUEUE)) == {}
    both = chips(desk.get(QUEUE, {"view": "unassigned", "service": service.slug}))
    assert both == {"Unassigned": f"{QUEUE}?service={service.slug}", name: f"{QUEUE}?view=unassigned"}
    assert chips(desk.get(both[name])) == {"Unassigned": QUEUE}
    assert chips(desk.get(both["Unassigned"])) == {name: QUEUE}


@pytest.mark.parametrize("late", [1, 3])
def test_late_shows_whose_promise_has_passed_with_its_count(
    late: int, desk: Client, town: Municipality, django_assert_num_queries
) -> None:
    now = timezone.now()
    service = make_service(town)

    def promised(matter: str, state: str, hours: int, **more: object) -> None:
        case = make_case(town, service=service, matter=matter)
        at = now + timedelta(hours=hours)
        Case.objects.filter(pk=case.pk).update(
            **{"promised_at": at, "promise_state": state, "queue_at": at} | more
        )

    promised("In time", "RUNNING", 2)
    promised("Answer owed", "RUNNING", 2, queue_at=now - timedelta(hours=9))
    promised("Standing still", "PAUSED", -9)
    promised("Kept already", "KEPT", -9)
    promised("Nothing promised", "", 0, promised_at=None, queue_at=now - timedelta(hours=9))
    for number in range(late):
        promised(f"Late-{number}", ("RUNNING", "BROKEN")[number % 2], number - late)
    with django_assert_num_queries(13):
        shown = desk.get(QUEUE, {"view": "late"})
    rows = re.findall(r'class="dk-title"[^>]*>([^<]+)<', shown.content.decode())
    assert rows == [f"Late-{number}" for number in range(late)]
    assert f"Late {late}" in text(shown)
    assert chips(shown) == {"Late": QUEUE}


def next_in_words(response: HttpResponse) -> list[str]:
    found = re.findall(r'<span class="dk-next".*?</span>', response.content.decode(), re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", "", one).split()) for one in found]


@pytest.mark.parametrize(
    ("what", "row", "words"),
    [
        ("FIRST_ANSWER", {"queue": 2, "promised": 30}, ["First answer: 2 hours left"]),
        ("FIRST_ANSWER", {"queue": -3.1, "promised": 30}, ["First answer: 3 hours late"]),
        ("NEXT_ANSWER", {"queue": -3.1, "promised": None}, ["Next answer: 3 hours late"]),
        ("RESOLUTION", {"queue": 60, "promised": 30}, ["To be finished: 2 days left"]),
        ("FOLLOW_UP", {"queue": 5, "promised": None}, ["To be looked at: 5 hours left"]),
        ("RESOLUTION", {"queue": 30, "promised": 30}, []),
        ("", {}, []),
    ],
)
def test_a_row_says_what_it_stands_in_the_queue_for(
    what: str, row: dict[str, float | None], words: list[str], desk: Client, town: Municipality
) -> None:
    case = make_case(town)
    now = timezone.now() + timedelta(minutes=1)
    at = {f"{name}_at": hours and now + timedelta(hours=hours) for name, hours in row.items()}
    Case.objects.filter(pk=case.pk).update(queue_for=what, **at)
    assert next_in_words(desk.get(QUEUE)) == words


def test_late_shows_nothing_of_other_departments(
    town: Municipality, sign_in: Callable[[User], Client]
) -> None:
    department, past = make_department(town), timezone.now() - timedelta(hours=1)
    make_case(town, service=make_service(town, department=department), matter="Ours to mend")
    make_case(town, matter="Theirs to mend")
    Case.objects.update(promised_at=past, promise_state="RUNNING", queue_at=past)
    browser = sign_in(make_staff(town, Role.DEPARTMENT_WORKER, department=department))
    words = text(browser.get(QUEUE, {"view": "late"}))
    assert "Ours to mend" in words and "Theirs to mend" not in words


def test_pages_follow_each_other_without_gap_or_repeat(
    desk: Client, town: Municipality, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "PAGE", 2)
    service = make_service(town)
    for number in range(5):
        make_case(town, service=service, matter=f"Matter-{number}", now=NOW + timedelta(minutes=number // 2))
    seen, url = [], QUEUE
    while url:
        response = desk.get(url)
        words = text(response)
        seen += [f"Matter-{number}" for number in range(5) if f"Matter-{number}" in words]
        url = response.context["next_url"]
    assert seen == [f"Matter-{number}" for number in range(5)]


@pytest.mark.parametrize("key", ["", "x", "1-", "-", "9" * 40 + "-1", "1-" + "9" * 30, "nan-1", "\x00"])
def test_a_broken_place_in_the_queue_begins_at_the_top(key: str, desk: Client, town: Municipality) -> None:
    make_case(town, matter="Top of the list")
    assert "Top of the list" in text(desk.get(QUEUE, {"after": key}))


@pytest.mark.parametrize(
    ("view", "words"),
    [
        ("all", "No case is open"),
        ("mine", "No case is yours at the moment"),
        ("late", "No case is late"),
        ("outside", "No open case here at the moment"),
        ("unassigned", "Every open case has somebody"),
        ("resident_wrote", "No resident waits for an answer"),
    ],
)
def test_an_empty_queue_says_why(view: str, words: str, desk: Client) -> None:
    assert words in text(desk.get(QUEUE, {"view": view}))


def test_a_thousand_cases_are_called_more_than_999(
    desk: Client, town: Municipality, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "COUNT_LIMIT", 2)
    service = make_service(town)
    for _ in range(3):
        make_case(town, service=service)
    assert "All open 999+" in text(desk.get(QUEUE))


def test_the_queue_is_narrowed_to_a_label_and_says_so(desk: Client, agent: User, town: Municipality) -> None:
    service, storm = make_service(town), make_label(town, "Storm", colour="RED")
    tree = make_case(town, service=service, matter="A fallen tree")
    make_case(town, service=service, matter="A dark lamp")
    put_on(tree, storm, agent)
    body = desk.get(QUEUE).content.decode()
    assert body.count('<span class="mk-badge mk-red" data-test="label">') == 1
    response = desk.get(QUEUE, {"label": "storm", "service": service.slug})
    assert (count(response, "queue-row"), "A fallen tree" in text(response)) == (1, True)
    assert '<option value="storm" selected>' in response.content.decode()
    assert "Show cases with any label and none" in text(response)
    export = f"/desk/exports/?service={service.slug}&amp;label=storm"
    assert export in response.content.decode()
    assert f"{QUEUE}?view=late&amp;service={service.slug}&amp;label=storm" in response.content.decode()
    for view in ("mine", "late"):
        assert "No open case with this label here" in text(desk.get(QUEUE, {"label": "storm", "view": view}))


def test_a_label_nobody_knows_narrows_nothing(desk: Client, town: Municipality) -> None:
    make_case(town)
    assert count(desk.get(QUEUE, {"label": "storm"}), "queue-row") == 1
    assert count(desk.get(QUEUE), "label-filter") == 0


def test_a_retired_label_is_shown_on_its_cases_but_not_offered(
    desk: Client, agent: User, town: Municipality
) -> None:
    case, storm = make_case(town), make_label(town, "Storm")
    make_label(town, "School")
    put_on(case, storm, agent)
    operations.retire_label(label_id=storm.pk, by=actor_for(agent, town.pk), now=NOW)
    response = desk.get(QUEUE)
    assert count(response, "label") == 1
    assert '<option value="storm"' not in response.content.decode()
    assert '<option value="storm" selected>' in desk.get(QUEUE, {"label": "storm"}).content.decode()


def test_pages_of_a_label_follow_one_another(desk: Client, agent: User, town: Municipality) -> None:
    service, storm = make_service(town), make_label(town, "Storm")
    for number in range(queries.PAGE + 1):
        put_on(make_case(town, service=service, matter=f"Tree {number}"), storm, agent)
    response = desk.get(QUEUE, {"label": "storm"})
    following = re.search(r'href="([^"]*after=[^"]*)"', response.content.decode())
    assert following and "label=storm" in following[1]
    assert count(desk.get(unescape(following[1])), "queue-row") == 1


def test_a_department_sees_of_a_label_what_it_handles(
    agent: User, town: Municipality, sign_in: Callable[[User], Client]
) -> None:
    own, other, storm = make_case(town), make_case(town), make_label(town, "Storm")
    for case in (own, other):
        put_on(case, storm, agent)
    worker = make_staff(town, Role.DEPARTMENT_WORKER, department=own.department)
    response = sign_in(worker).get(QUEUE, {"label": "storm"})
    assert (count(response, "queue-row"), str(other.number) in text(response)) == (1, False)
