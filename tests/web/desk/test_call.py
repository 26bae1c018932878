"""Taking a report down while somebody calls: one page, and what is known fills in."""

import re
from collections.abc import Callable
from datetime import datetime

import pytest
from django.core import signing
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from moked.accounts.models import User
from moked.accounts.queries import actor_for
from moked.accounts.rules import Role
from moked.base.questions import Kind, Question
from moked.cases import operations
from moked.cases.models import Answer, Case, Contact, Note, Participant
from moked.catalogue.models import Service
from moked.catalogue.rules import CaseKind, PlaceNeed
from moked.municipalities.models import Municipality
from moked.places.rules import Point
from moked.residents.models import ContactPoint
from moked.web.desk.saved import SALT
from tests.factories import NOW, make_case, make_department, make_service, make_staff, make_town
from tests.places.maps import add_streets, street
from tests.sla.promising import make_calendar, make_promising_service
from tests.web.desk.pages import count, submission, text

NEW = "/desk/new/"
OAK_STREET = street("1", en="Oak Street", point=Point(32.08, 34.86))
SUBMISSION = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.fixture
def service(town: Municipality) -> Service:
    return make_service(town)


def said(service: Service, **fields: str) -> dict[str, str]:
    return {
        "submission": SUBMISSION,
        "matter": "The lamp at Oak Street 5 is dark",
        "service": service.slug,
        "channel": "PHONE",
        "origin": "RESIDENT",
        "language": "he",
        "name": "Miriam Levi",
        "phone": "050-123 4567",
        "email": "",
        **fields,
    }


def save(desk: Client, fields: dict[str, str]) -> HttpResponse:
    """Send the form and open the page it leads to."""
    return desk.get(desk.post(NEW, fields)["Location"])


def test_a_call_taken_up_again_is_still_the_same_form_and_is_kept_apart_by_town_and_person(
    desk: Client, service: Service
) -> None:
    page = desk.post(NEW, said(service) | {"step": "look"}).content.decode()
    assert f'value="{SUBMISSION}"' in page
    person = User.objects.get(pk=desk.session["_auth_user_id"])
    assert f'data-draft="{service.municipality.slug}-{person.pk}"' in page
    assert "data-saved" not in page
    assert "data-saved" in save(desk, said(service)).content.decode()


def test_a_report_by_phone_becomes_a_case_and_its_number_is_said(
    desk: Client, agent: User, town: Municipality, service: Service
) -> None:
    response = desk.post(NEW, said(service))
    case = Case.objects.get()
    assert response.status_code == 303 and response["Location"].startswith(f"{NEW}?saved=")
    assert (case.channel, case.language, case.service_id) == ("PHONE", "he", service.pk)
    assert Contact.objects.get(case=case).author_id == agent.pk
    assert Participant.objects.get(case=case).name == "Miriam Levi"
    page = desk.get(response["Location"])
    words = text(page)
    assert str(case.number) in words and count(page, "case-number") == 1
    assert "With this number the resident can ask about it" in words
    assert count(page, "matter") == 1 and "The lamp at Oak Street" not in words
    assert f"written down by {agent.name}" in text(desk.get(reverse("desk:case", args=[case.number])))


def test_a_report_with_an_address_tells_that_a_mail_is_on_its_way(desk: Client, service: Service) -> None:
    page = save(desk, said(service, email="miriam@example.org"))
    assert "on their way by e-mail" in text(page)


def test_the_same_form_sent_twice_is_one_case(desk: Client, service: Service) -> None:
    fields = said(service, submission=submission(desk.get(NEW)))
    numbers = [save(desk, fields).context["saved"].number for _ in range(2)]
    assert Case.objects.count() == 1 and numbers[0] == numbers[1]


def test_nothing_about_the_resident_is_needed(desk: Client, service: Service) -> None:
    assert desk.post(NEW, said(service, name="", phone="")).status_code == 303
    assert not Participant.objects.exists()


def test_an_unknown_caller_is_kept_with_the_phone_as_typed(desk: Client, service: Service) -> None:
    desk.post(NEW, said(service))
    point = ContactPoint.objects.get()
    assert (point.value, point.normalised) == ("050-123 4567", "0501234567")


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("matter", "", "Write down what the resident says."),
        ("matter", "a" * 20_000, "Shorten this by at least 10000 characters"),
        ("matter", "a\x00b", "This text holds a character that cannot be kept."),
        ("service", "", "Choose the service that fits best."),
        ("service", "no-such-service", "Choose the service that fits best."),
        ("caller", "a" * 20_000, "Shorten this by at least"),
        ("caller", "a\x00b", "This text holds a character that cannot be kept."),
        ("resident", "nobody", "Choose who it is, or “Somebody else”."),
        ("address", "a" * 20_000, "Shorten this by at least"),
        ("address", "a\x00b", "This text holds a character that cannot be kept."),
        ("answer", "a" * 20_000, "Shorten this by at least 10000 characters"),
        ("origin", "", "Choose in whose name this is reported."),
        ("origin", "MAYOR", "Choose in whose name this is reported."),
        ("channel", "", "Choose how the resident got in touch."),
        ("channel", "WEB", "Choose how the resident got in touch."),
        ("language", "tlh", "Choose the language we write to the resident in."),
        ("name", "a" * 20_000, "Shorten this by at least"),
        ("name", "a\x00b", "This text holds a character that cannot be kept."),
        ("phone", "call me", "Enter the phone number in digits"),
        ("phone", "1" * 20_000, "Shorten this by at least"),
        ("email", "miriam", "Enter the address in full"),
        ("email", "a@b.example, c@d.example", "Enter the address in full"),
        ("email", "a@b.example\r\nBcc: c@d.example", "Enter the address in full"),
        ("email", "a" * 20_000, "Shorten this by at least"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    field: str, value: str, sentence: str, desk: Client, service: Service
) -> None:
    response = desk.post(NEW, said(service) | {field: value})
    words = text(response)
    assert response.status_code == 200 and sentence in words
    assert field == "matter" or "The lamp at Oak Street 5 is dark" in words
    assert not Case.objects.exists()


@pytest.mark.abuse("A13")
def test_bidirectional_controls_vanish_from_a_name(desk: Client, service: Service) -> None:
    desk.post(NEW, said(service, name="Miriam ‮Levi⁦"))
    assert Participant.objects.get().name == "Miriam Levi"


@pytest.mark.abuse("A04")
def test_unknown_fields_change_nothing(desk: Client, town: Municipality, service: Service) -> None:
    other = make_town()
    extra = {"state": "RESOLVED", "municipality": str(other.pk), "number": "26-999999-9", "is_spam": "1"}
    desk.post(f"/t/{town.slug}{NEW}", said(service) | extra)
    case = Case.objects.get()
    assert (case.state, case.municipality_id, case.is_spam) == ("RECEIVED", service.municipality_id, False)
    assert case.number != "26-999999-9"


def test_a_service_of_another_town_is_not_offered(desk: Client, town: Municipality, service: Service) -> None:
    theirs = make_service(make_town(), name={"en": "Leaking service"})
    page = desk.get(f"/t/{town.slug}{NEW}")
    assert "Leaking service" not in text(page)
    response = desk.post(f"/t/{town.slug}{NEW}", said(theirs))
    assert response.status_code == 200 and not Case.objects.exists()


def test_a_department_hears_the_number_of_a_case_it_does_not_handle(
    town: Municipality, service: Service, sign_in: Callable[[User], Client]
) -> None:
    browser = sign_in(make_staff(town, Role.DEPARTMENT_WORKER, department=make_department(town)))
    page = save(browser, said(service))
    assert str(Case.objects.get().number) in text(page)


def test_a_number_nobody_saved_is_not_said(desk: Client, service: Service) -> None:
    what = ["26-000001-5", "save", False, "", False]
    forged = signing.dumps(what, salt="another")
    for saved in ("26-000001-5", forged, signing.dumps(what[:2], salt=SALT), "x" * 20_000, "\x00"):
        page = desk.get(NEW, {"saved": saved})
        assert page.status_code == 200 and count(page, "saved") == 0
    assert count(desk.get(NEW, {"saved": signing.dumps(what, salt=SALT)}), "saved") == 1


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR])
def test_who_does_not_work_on_cases_writes_none_down(
    role: Role, town: Municipality, service: Service, sign_in: Callable[[User], Client]
) -> None:
    browser = sign_in(make_staff(town, role))
    assert browser.get(NEW).status_code == browser.post(NEW, said(service)).status_code == 404
    assert not Case.objects.exists()


def test_a_town_without_services_says_so(desk: Client) -> None:
    assert "There is no service to report to yet" in text(desk.get(NEW))


def test_the_form_takes_eight_queries(desk: Client, service: Service, django_assert_num_queries) -> None:
    # session, person, town by host, the only town, memberships, services
    with django_assert_num_queries(8):
        desk.get(NEW)


# Who is calling


def ann(town: Municipality, **options) -> Case:
    details = {"name": "Ann Brook", "email": "ann@example.org", "phone": "050-765 4321"}
    return make_case(town, **(details | options))


def reference_of(case: Case) -> str:
    return str(Participant.objects.get(case=case).resident.reference)


def test_who_may_be_calling_is_listed_masked_with_what_is_open(
    desk: Client, town: Municipality, service: Service
) -> None:
    case = ann(town)
    part = desk.post(f"{NEW}callers/", {"caller": "+972 50 7654321"})
    words = text(part)
    assert "Ann Brook" in words and "•••21 · a••• · 1 open case" in words
    assert "ann@example.org" not in words and "765" not in words
    assert f'value="{reference_of(case)}"' in part.content.decode()
    assert "Nobody known by this." in text(desk.post(f"{NEW}callers/", {"caller": "050-000 0000"}))
    assert text(desk.post(f"{NEW}callers/", {"caller": ""})) == ""


def test_a_known_caller_needs_no_details_typed(desk: Client, town: Municipality, service: Service) -> None:
    before = ann(town)
    fields = said(service, name="", phone="", language="", caller="ann bro", resident=reference_of(before))
    page = save(desk, fields)
    part = Participant.objects.exclude(case=before).get()
    assert part.resident == Participant.objects.get(case=before).resident
    assert (part.name, part.email, part.phone) == ("Ann Brook", "ann@example.org", "050-765 4321")
    assert "on their way by e-mail" in text(page)
    assert part.case.language == "en"


def test_what_is_typed_goes_before_what_is_on_record(
    desk: Client, town: Municipality, service: Service
) -> None:
    before = ann(town)
    fields = said(service, caller="brook", resident=reference_of(before), email="new@example.org", phone="")
    desk.post(NEW, fields)
    part = Participant.objects.exclude(case=before).get()
    assert (part.resident.pk, part.email, part.phone) == (
        Participant.objects.get(case=before).resident.pk,
        "new@example.org",
        "050-765 4321",
    )


@pytest.mark.parametrize(
    ("caller", "kept"),
    [
        ("052-111 2222", ("", "", "052-111 2222")),
        ("bob@example.org", ("", "bob@example.org", "")),
        ("Bob Hill", ("Bob Hill", "", "")),
        ("bob@", ("bob@", "", "")),
    ],
)
def test_an_unknown_caller_never_blocks_saving(
    caller: str, kept: tuple[str, str, str], desk: Client, service: Service
) -> None:
    assert desk.post(NEW, said(service, name="", phone="", caller=caller)).status_code == 303
    part = Participant.objects.get()
    assert (part.name, part.email, part.phone) == kept


def test_somebody_else_on_a_known_phone_is_somebody_else(
    desk: Client, town: Municipality, service: Service
) -> None:
    before = ann(town)
    desk.post(NEW, said(service, caller="050-765 4321", resident="", name="Dan Brook", phone=""))
    part = Participant.objects.exclude(case=before).get()
    assert part.resident != Participant.objects.get(case=before).resident
    assert (part.name, part.phone) == ("Dan Brook", "050-765 4321")


@pytest.mark.parametrize(
    ("caller", "name", "is_new"),
    [
        ("ann@example.org", "Dan Brook", True),
        ("brook", "Dan Brook", True),
        ("ann@example.org", "", False),
        ("ann@example.org", "ann brook", False),
        ("zoe", "Dan Brook", False),  # nobody was shown who has the address
    ],
)
def test_somebody_else_may_have_an_address_as_who_was_shown_whose_it_is_says(
    caller: str, name: str, is_new: bool, desk: Client, town: Municipality, service: Service
) -> None:
    before = ann(town)
    fields = said(service, caller=caller, resident="", name=name, phone="", email="ann@example.org")
    assert desk.post(NEW, fields).status_code == 303
    part = Participant.objects.exclude(case=before).get()
    assert (part.resident != Participant.objects.get(case=before).resident) is is_new
    assert part.email == "ann@example.org"
    assert count(desk.get(NEW, {"phone": "ann@example.org"}), "resident") == (3 if is_new else 2)


def test_an_announced_call_is_from_whom_it_can_only_be_from(
    desk: Client, town: Municipality, service: Service
) -> None:
    case = ann(town, matter="The lamp again")
    page = desk.get(NEW, {"phone": "+972507654321"})
    chosen = re.search(r'<input type="radio" name="resident"[^>]*checked[^>]*>', page.content.decode())
    assert chosen and f'value="{reference_of(case)}"' in chosen[0]
    assert "The lamp again" in text(page) and count(page, "caller-card") == 1
    ann(town, email="dan@example.org", name="Dan Brook")
    page = desk.get(NEW, {"phone": "0507654321"})
    assert count(page, "resident") == 3 and count(page, "caller-card") == 0
    for odd in ("\x00", "‮", "x" * 20_000):
        assert desk.get(NEW, {"phone": odd}).status_code == 200


@pytest.mark.abuse("A05")
def test_a_caller_only_others_see_is_not_found_not_taken_and_not_told_apart(
    town: Municipality, service: Service, sign_in: Callable[[User], Client]
) -> None:
    hidden = ann(town, service=make_service(town, confidential_roles=(Role.SERVICE_MANAGER,)))
    shown = reference_of(hidden)
    browser = sign_in(make_staff(town, Role.AGENT))
    for caller in ("ann brook", "ann@example.org", "0507654321"):
        found = browser.post(f"{NEW}callers/", {"caller": caller})
        nobody = browser.post(f"{NEW}callers/", {"caller": "zzzz zzzz"})
        assert found.content == nobody.content
        page = browser.post(NEW, said(service, caller=caller, resident=shown))
        assert "Choose who it is, or “Somebody else”." in text(page)
        beside = browser.post(f"{NEW}beside/", {"caller": caller, "resident": shown})
        assert count(beside, "caller-card") == 0 and "Matter" not in text(beside)
    assert Case.objects.count() == 1


def test_a_worker_takes_calls_without_finding_anybody(
    town: Municipality, service: Service, sign_in: Callable[[User], Client]
) -> None:
    case = ann(town)
    browser = sign_in(make_staff(town, Role.DEPARTMENT_WORKER, department=case.department))
    assert "Nobody known by this." in text(browser.post(f"{NEW}callers/", {"caller": "ann brook"}))
    assert browser.post(NEW, said(service, caller="ann brook")).status_code == 303


# What stands beside


def test_beside_stand_the_callers_open_cases_and_the_same_close_by(
    desk: Client, town: Municipality, service: Service
) -> None:
    add_streets(town, OAK_STREET)
    mine, near, far = (
        ann(town, matter="Mine"),
        make_case(town, service=service, matter="Near"),
        make_case(town, service=service, matter="Far"),
    )
    at(near, 32.081, 34.86), at(far, 32.09, 34.86)
    form = {"caller": "brook", "resident": reference_of(mine), "service": service.slug}
    words = text(desk.post(f"{NEW}beside/", {**form, "address": "Oak Street"}))
    assert "Mine" in words and "Near" in words and "111 m away" in words and "Far" not in words
    assert "Near" not in text(desk.post(f"{NEW}beside/", {**form, "address": "Elsewhere"}))
    assert "Near" not in text(desk.post(f"{NEW}beside/", {**form, "address": "Oak Street", "service": ""}))


@pytest.mark.abuse("A05")
def test_beside_stands_nothing_its_reader_does_not_see(
    town: Municipality, sign_in: Callable[[User], Client]
) -> None:
    add_streets(town, OAK_STREET)
    own = make_department(town)
    service = make_service(town, department=own)
    shown, moved = (
        make_case(town, service=service, matter=matter, name="Ann") for matter in ("Shown", "Moved")
    )
    at(shown, 32.08, 34.86), at(moved, 32.08, 34.86)
    Case.objects.filter(pk=moved.pk).update(department=make_department(town))
    browser = sign_in(make_staff(town, Role.DEPARTMENT_MANAGER, department=own))
    form = {
        "service": service.slug,
        "address": "Oak Street",
        "caller": "ann",
        "resident": reference_of(moved),
    }
    words = text(browser.post(f"{NEW}beside/", form))
    assert "Shown" in words and "Moved" not in words


def test_what_belongs_to_a_case_is_added_to_it(desk: Client, town: Municipality, service: Service) -> None:
    mine = ann(town, matter="Mine")
    fields = said(service, name="", phone="", caller="brook", resident=reference_of(mine))
    page = save(desk, fields | {"service": "", "step": f"join-{mine.number}"})
    assert "Added to the case." in text(page) and str(mine.number) in text(page)
    added = Contact.objects.filter(case=mine).latest("id")
    assert (added.body, added.channel, added.direction) == (fields["matter"], "PHONE", "IN")
    assert (Case.objects.count(), Participant.objects.count()) == (1, 1)


def test_the_same_matter_of_another_resident_makes_a_follower(
    desk: Client, town: Municipality, service: Service
) -> None:
    theirs = make_case(town, service=service, name="Bob", email="bob@example.org")
    fields = said(service, caller="Carol Reed", name="", step=f"join-{theirs.number}")
    for _ in range(2):
        assert desk.post(NEW, fields).status_code == 303
    follower = Participant.objects.get(case=theirs, role="FOLLOWER")
    assert (follower.name, follower.phone) == ("Carol Reed", "050-123 4567")
    assert Case.objects.count() == 1


def test_a_case_one_does_not_see_is_not_added_to(desk: Client, town: Municipality, service: Service) -> None:
    hidden = ann(town, service=make_service(town, confidential_roles=(Role.SERVICE_MANAGER,)))
    elsewhere = make_case(make_town())
    for number in (hidden.number, elsewhere.number, "26-999999-9", "x", "", "\x00"):
        response = desk.post(f"/t/{town.slug}{NEW}", said(service, step=f"join-{number}"))
        assert response.status_code == 200 and "You do not see this case any more." in text(response)
        assert "The lamp at Oak Street 5 is dark" in text(response)
    assert Contact.objects.count() == 2


def test_a_case_closed_meanwhile_is_not_added_to(
    desk: Client, agent: User, town: Municipality, service: Service
) -> None:
    mine = ann(town)
    by = actor_for(agent, town.pk)
    operations.close_case(case_id=mine.pk, outcome="FIXED", message="Done.", by=by, now=NOW)
    words = text(desk.post(NEW, said(service, step=f"join-{mine.number}")))
    assert "A colleague has closed this case." in words


# How it ends


def test_an_answer_closes_at_a_touch(desk: Client, agent: User, service: Service) -> None:
    fields = said(service, step="answer", answer="The town hall opens at eight.")
    for _ in range(2):
        page = save(desk, fields)
    case = Case.objects.get()
    assert (case.state, case.outcome, case.closed_at_first_contact) == ("RESOLVED", "ANSWERED", True)
    answer = Contact.objects.get(case=case, direction="OUT")
    assert (answer.body, answer.author_id) == ("The town hall opens at eight.", agent.pk)
    assert "Answered and closed." in text(page) and str(case.number) in text(page)


def test_closing_needs_an_answer_and_opens_nothing_without(desk: Client, service: Service) -> None:
    words = text(desk.post(NEW, said(service, step="answer")))
    assert "Write what you answered, or save without closing." in words
    assert not Case.objects.exists()


def test_an_answer_that_does_not_settle_it_is_kept_for_colleagues(desk: Client, service: Service) -> None:
    fields = said(service, answer="I said the crew comes tomorrow.")
    for _ in range(2):
        desk.post(NEW, fields)
    assert (Note.objects.get().body, Case.objects.get().is_open) == ("I said the crew comes tomorrow.", True)


def test_who_does_not_handle_it_does_not_close_it_and_opens_nothing(
    town: Municipality, service: Service, sign_in: Callable[[User], Client]
) -> None:
    browser = sign_in(make_staff(town, Role.DEPARTMENT_WORKER, department=make_department(town)))
    for step in ("answer", "save"):
        words = text(browser.post(NEW, said(service, step=step, answer="It is not ours.")))
        assert "Another department handles this service." in words and "It is not ours." in words
    assert not Case.objects.exists()


def test_in_ones_own_name_and_in_the_towns(desk: Client, agent: User, service: Service) -> None:
    fields = said(service, name="", phone="", caller="somebody")
    desk.post(NEW, fields | {"origin": "STAFF"})
    desk.post(NEW, fields | {"origin": "TOWN", "matter": "Seen by the mayor"})
    own, towns = Case.objects.order_by("id")
    assert (own.origin, towns.origin) == ("STAFF", "TOWN")
    part = Participant.objects.get()
    assert (part.case_id, part.name, part.email) == (own.pk, agent.name, agent.email)


def test_without_scripts_one_looks_up_first_and_loses_nothing(
    desk: Client, town: Municipality, service: Service
) -> None:
    before = ann(town, matter="The bin")
    lamp = make_service(town, words={"en": ["lamp"]}, name={"en": "Broken lamp"})
    fields = said(service, caller="brook", step="look", answer="Half an answer") | {"service": ""}
    page = desk.post(NEW, fields)
    words = text(page)
    assert "Ann Brook" in words and "The lamp at Oak Street 5 is dark" in words and "Half an answer" in words
    assert "Error:" not in words and count(page, "likely-services") == 1
    assert page.content.decode().index(lamp.slug) < page.content.decode().index(service.slug)
    page = desk.post(NEW, fields | {"resident": reference_of(before)})
    assert "The bin" in text(page) and count(page, "caller-card") == 1
    assert Case.objects.count() == 1


def test_a_place_is_kept_with_its_position_and_asked_for_where_the_service_needs_one(
    desk: Client, town: Municipality
) -> None:
    add_streets(town, OAK_STREET)
    lamp = make_service(town, place=PlaceNeed.NEEDED)
    assert "Write where it is" in text(desk.post(NEW, said(lamp)))
    desk.post(NEW, said(lamp, address="Oak Street"))
    case = Case.objects.get()
    assert (case.address, case.latitude, case.position_source) == ("Oak Street", 32.08, "ADDRESS")
    desk.post(NEW, said(lamp, address="Behind the mill", matter="Another"))
    assert Case.objects.latest("id").address == "Behind the mill"


def test_the_questions_of_the_service_are_asked_and_answered(desk: Client, town: Municipality) -> None:
    asked = Question("depth", Kind.NUMBER, {"en": "How deep?"}, is_required=True)
    hole = make_service(town, questions=(asked,))
    assert "How deep?" in text(desk.post(f"{NEW}questions/", {"service": hole.slug}))
    assert "How deep?" not in text(desk.post(f"{NEW}questions/", {"service": ""}))
    page = desk.post(NEW, said(hole))
    assert page.status_code == 200 and "How deep?" in text(page) and not Case.objects.exists()
    desk.post(NEW, said(hole, **{"q-depth": "12"}))
    assert Answer.objects.get().value == 12


def test_the_promise_is_said_before_and_after_saving(desk: Client, town: Municipality) -> None:
    make_calendar(town)
    hole = make_promising_service(town)
    question = make_promising_service(town, kind=CaseKind.QUESTION)
    finish, answer = "We expect to finish by", "We expect to answer by"
    beside = {one: text(desk.post(f"{NEW}beside/", {"service": one.slug})) for one in (hole, question)}
    assert finish in beside[hole] and answer in beside[question]
    page = save(desk, said(hole))
    case = Case.objects.get()
    assert case.promised_at is not None
    [promised] = re.findall(r'<time datetime="([^"]*)" data-test="promise">([^<]*)<', page.content.decode())
    assert datetime.fromisoformat(promised[0]) == case.promised_at.replace(microsecond=0)
    assert promised[1] in beside[hole]
    assert answer in text(save(desk, said(question, matter="When does the town hall open?")))


@pytest.mark.parametrize("rows", [1, 3])
def test_what_stands_beside_takes_seventeen_queries(
    rows: int, desk: Client, town: Municipality, service: Service, django_assert_num_queries
) -> None:
    add_streets(town, OAK_STREET)
    for _ in range(rows):
        mine, near = ann(town), make_case(town, service=service)
        at(near, 32.08, 34.86)
    form = {"caller": "0507654321", "resident": reference_of(mine), "service": service.slug}
    desk.post(f"{NEW}beside/", {**form, "address": "Oak Street"})
    with django_assert_num_queries(17):
        desk.post(f"{NEW}beside/", {**form, "address": "Oak Street"})


def at(case: Case, latitude: float, longitude: float) -> None:
    Case.objects.filter(pk=case.pk).update(latitude=latitude, longitude=longitude)
