"""The crew's pages: the list, one case, and *done*, which closing a case at the desk shares."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from moked.accounts.models import Department
from moked.accounts.queries import actor_for
from moked.accounts.rules import Role
from moked.cases import operations
from moked.cases.models import Attachment, Case, Check, Contact
from moked.cases.rules import PhotoKind
from moked.files import operations as files
from moked.municipalities.models import Municipality
from tests.abuse.routes import SUBMISSION
from tests.factories import (
    NOW,
    make_actor,
    make_case,
    make_department,
    make_photo,
    make_service,
    make_staff,
    make_town,
)
from tests.files import pictures
from tests.web.desk.pages import count, text

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)"
DONE = {"outcome": "FIXED", "words": "The lamp is new."}


@pytest.fixture
def roads(town: Municipality) -> Department:
    return make_department(town)


@pytest.fixture
def crew(town: Municipality, roads: Department, sign_in: Callable[..., Client]) -> Client:
    """The browser of somebody who works for the roads."""
    return sign_in(make_staff(town, Role.DEPARTMENT_WORKER, department=roads))


def case_of(roads: Department, matter: str | None = None, **service: bool) -> Case:
    town = roads.municipality
    about = make_service(town, department=roads, **service)
    return make_case(town, service=about, matter=matter, email="ann@example.org")


def page(name: str, case: Case) -> str:
    return reverse(f"desk:{name}", args=[case.number])


def titles(response: HttpResponse) -> list[str]:
    """Return the titles of the list's cards, from the top."""
    return re.findall(r"<h2>\s*<a [^>]*>([^<]+)</a>", response.content.decode())


@pytest.mark.parametrize("page", ["close", "crew_done"])
def test_removing_a_photo_closes_nothing_and_complains_of_nothing(
    page: str, crew: Client, roads: Department
) -> None:
    case = case_of(roads)
    token = files.keep_photo(case.municipality_id, pictures.photo(), timezone.now()).token
    sent = crew.post(
        reverse(f"desk:{page}", args=[case.number]),
        {"words": "The lamp is new.", "photos": [token], "remove_photo": token},
    )
    assert sent.status_code == 200 and "The lamp is new." in text(sent)
    assert token not in sent.content.decode() and "Choose why" not in text(sent)
    case.refresh_from_db()
    assert case.is_open


@pytest.mark.parametrize("page", ["close", "crew_done"])
def test_a_photo_that_is_gone_is_told_and_the_case_is_closed_all_the_same(
    page: str, crew: Client, roads: Department
) -> None:
    case = case_of(roads)
    sent = crew.post(
        reverse(f"desk:{page}", args=[case.number]),
        {"outcome": "FIXED", "words": "Done.", "photos": ["222.gone"]},
    )
    assert "A photo is no longer here" in text(crew.get(sent["Location"]))
    case.refresh_from_db()
    assert not case.is_open


def test_a_service_that_wants_proof_is_not_done_without_a_photo(crew: Client, roads: Department) -> None:
    case = case_of(roads, needs_proof=True)
    done = reverse("desk:crew_done", args=[case.number])
    said = {"outcome": "FIXED", "words": "The lamp is new."}

    refused = crew.post(done, said)
    assert refused.status_code == 200 and "The lamp is new." in text(refused)

    photo = SimpleUploadedFile("lamp.jpg", pictures.photo(), "image/jpeg")
    assert crew.post(done, said | {"photo": photo}).status_code == 303
    assert Attachment.objects.get(case=case).kind == "PROOF"


def test_a_crew_sees_the_open_cases_of_its_department_by_promise(crew: Client, roads: Department) -> None:
    town = roads.municipality
    for matter, hours in {"Third": 9, "First": 1, "Second": 5}.items():
        Case.objects.filter(pk=case_of(roads, matter).pk).update(queue_at=NOW + timedelta(hours=hours))
    make_case(town, service=make_service(town, department=make_department(town)), matter="Of the parks")
    make_case(make_town(), matter="Of another town")
    closed = case_of(roads, "Closed already")
    operations.close_case(
        case_id=closed.pk, outcome="FIXED", message="Done.", by=make_actor(town, Role.AGENT), now=NOW
    )
    assert titles(crew.get(f"/t/{town.slug}/desk/crew/")) == ["First", "Second", "Third"]


def test_mine_lists_what_one_has_taken(crew: Client, roads: Department) -> None:
    taken = case_of(roads, "Taken by me")
    case_of(roads, "Nobody's yet")
    crew.post(page("crew_start", taken), {"sure": "yes"})
    assert titles(crew.get(reverse("desk:crew"), {"list": "mine"})) == ["Taken by me"]
    assert len(titles(crew.get(reverse("desk:crew"), {"list": "department"}))) == 2


@pytest.mark.parametrize("asked", ["", "department", "all", "\x00"])
def test_who_is_in_no_department_has_no_list_of_one(
    asked: str, town: Municipality, sign_in: Callable[..., Client]
) -> None:
    agent = make_staff(town, Role.AGENT)
    taken = make_case(town, matter="Taken by me")
    make_case(town, matter="Nobody's yet")
    operations.start(case_id=taken.pk, by=actor_for(agent, town.pk), now=NOW)
    shown = sign_in(agent).get(reverse("desk:crew"), {"list": asked})
    assert titles(shown) == ["Taken by me"] and "My department" not in text(shown)


def test_both_lists_are_offered_to_who_is_in_a_department(crew: Client) -> None:
    words = text(crew.get(reverse("desk:crew")))
    assert "My department" in words and "Mine" in words


@pytest.mark.parametrize("cases", [1, 3])
def test_the_list_takes_eight_queries(
    cases: int, crew: Client, roads: Department, django_assert_num_queries
) -> None:
    for _ in range(cases):
        make_photo(case_of(roads))
    # session, person, town by host, the only town, memberships, cases, their photos
    with django_assert_num_queries(8):
        shown = crew.get(reverse("desk:crew"))
    assert count(shown, "crew-card") == cases


@pytest.mark.parametrize("notes", [1, 3])
def test_a_case_takes_twenty_queries(
    notes: int, crew: Client, roads: Department, django_assert_num_queries
) -> None:
    case = case_of(roads)
    for _ in range(notes):
        make_photo(case)
        operations.add_note(
            case_id=case.pk, body="Bring a ladder.", by=make_actor(roads.municipality, Role.AGENT), now=NOW
        )
    with django_assert_num_queries(20):
        shown = crew.get(page("crew_case", case))
    assert text(shown).count("Bring a ladder.") == notes


def test_a_card_shows_the_first_photo_of_the_matter(crew: Client, roads: Department) -> None:
    case, without = case_of(roads), case_of(roads)
    make_photo(without, kind=PhotoKind.PROOF)
    make_photo(case, kind=PhotoKind.PROOF)
    first = make_photo(case)
    make_photo(case, kind=PhotoKind.CONTACT)
    shown = crew.get(reverse("desk:crew")).content.decode()
    addresses = re.findall(r'<img [^>]*src="([^"]+)"', shown)
    assert addresses == [reverse("desk:photo", args=[case.number, first.pk, "thumb"])]
    assert crew.get(addresses[0])["Content-Type"] == "image/jpeg"


@pytest.mark.parametrize(
    ("agent", "address"),
    [
        ("Android 15", "geo:32.084100,34.887800?q=32.084100,34.887800"),
        (IPHONE, "maps:?q=32.084100,34.887800"),
    ],
)
def test_a_place_opens_in_the_map_app_of_the_phone(
    agent: str, address: str, crew: Client, roads: Department
) -> None:
    case = case_of(roads)
    case_of(roads)
    Case.objects.filter(pk=case.pk).update(latitude=32.0841, longitude=34.8878)
    listed = crew.get(reverse("desk:crew"), headers={"User-Agent": agent})
    assert count(listed, "map-app") == 1 and f'href="{address}"' in listed.content.decode()
    opened = crew.get(page("crew_case", case), headers={"User-Agent": agent})
    assert f'href="{address}"' in opened.content.decode()


def test_who_is_done_is_told_that_the_case_is_closed(crew: Client, roads: Department) -> None:
    case = case_of(roads)
    sent = crew.post(page("crew_done", case), DONE)
    assert sent["Location"] == f"{reverse('desk:crew')}?list=mine"
    assert f"Case {case.number} is closed." in text(crew.get(sent["Location"]))


def test_who_is_done_is_told_that_the_centre_checks(crew: Client, roads: Department) -> None:
    case = case_of(roads, centre_checks=True)
    sent = crew.post(page("crew_done", case), DONE)
    words = text(crew.get(sent["Location"]))
    assert f"Case {case.number} is finished. The centre checks it before it is closed." in words


def test_what_cannot_be_done_is_closed_without_a_check(crew: Client, roads: Department) -> None:
    case = case_of(roads, centre_checks=True)
    sent = crew.post(page("crew_done", case), DONE | {"outcome": "NOT_OURS"})
    assert f"Case {case.number} is closed." in text(crew.get(sent["Location"]))


def test_a_case_that_awaits_the_check_is_not_done_again(crew: Client, roads: Department) -> None:
    case = case_of(roads, centre_checks=True)
    assert count(crew.get(page("crew_case", case)), "done") == 1
    crew.get(crew.post(page("crew_done", case), DONE)["Location"])

    assert count(crew.get(page("crew_case", case)), "done") == 0
    for method in (crew.get, crew.post):
        again = method(page("crew_done", case), DONE)
        assert (again.status_code, again["Location"]) == (303, page("crew_case", case))
        assert "This case is finished already." in text(crew.get(again["Location"]))
    assert Check.objects.filter(case=case).count() == 1


@pytest.mark.parametrize("checked", [False, True])
def test_a_photo_sent_twice_without_scripts_ends_the_case_once(
    checked: bool, crew: Client, roads: Department
) -> None:
    case = case_of(roads, centre_checks=checked, needs_proof=True)
    wrote = Contact.objects.filter(case=case).count()
    sent = [
        crew.post(
            page("crew_done", case),
            DONE
            | {
                "submission": SUBMISSION,
                "photo": SimpleUploadedFile("lamp.jpg", pictures.photo(), "image/jpeg"),
            },
        )
        for _ in range(2)
    ]
    assert [(one.status_code, one["Location"]) for one in sent] == [
        (303, f"{reverse('desk:crew')}?list=mine")
    ] * 2
    case.refresh_from_db()
    assert (case.closings, case.awaits_check) == ((0, True) if checked else (1, False))
    assert Attachment.objects.filter(case=case).count() == 1
    assert Contact.objects.filter(case=case).count() - wrote == (0 if checked else 1)
    assert "A photo is no longer here" not in text(crew.get(sent[1]["Location"]))


def test_a_crew_schedules_on_pages_of_its_own(crew: Client, roads: Department) -> None:
    case = case_of(roads)
    schedule = f"{page('schedule', case)}?back=crew"
    assert schedule in crew.get(page("crew_case", case)).content.decode()
    form = crew.get(schedule).content.decode()
    assert "mk-outdoor" in form and 'name="back" value="crew"' in form
    assert form.count(f'href="{page("crew_case", case)}"') == 2
    assert f'href="{page("case", case)}"' not in form
    failed = crew.post(page("schedule", case), {"back": "crew", "day": ""})
    assert failed.status_code == 200 and 'name="back" value="crew"' in failed.content.decode()

    day = (timezone.now() + timedelta(days=3)).date().isoformat()
    sent = crew.post(page("schedule", case), {"back": "crew", "day": day, "at": "08:00"})
    assert (sent.status_code, sent["Location"]) == (303, page("crew_case", case))
    case.refresh_from_db()
    assert case.state == "SCHEDULED"


@pytest.mark.parametrize("back", ["", "https://evil.example/", "//evil.example", "/desk/settings/"])
def test_scheduling_leads_nowhere_but_to_the_case(back: str, crew: Client, roads: Department) -> None:
    case = case_of(roads)
    form = crew.get(page("schedule", case), {"back": back}).content.decode()
    assert "mk-outdoor" not in form and 'name="back"' not in form
    day = (timezone.now() + timedelta(days=3)).date().isoformat()
    sent = crew.post(page("schedule", case), {"back": back, "day": day, "at": "08:00"})
    assert sent["Location"] == f"{page('case', case)}#latest"
