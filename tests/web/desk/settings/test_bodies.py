"""External bodies in the settings."""

from datetime import UTC, datetime

import pytest

from moked.accounts.rules import system
from moked.audit.models import AuditRecord
from moked.handovers.models import BodyMail, ExternalBody
from moked.handovers.operations import hand_over
from moked.places.models import Area
from tests.factories import make_body, make_case, make_service, make_town
from tests.web.desk.pages import count, text

URL = "/desk/settings/bodies/"
SAID = {
    "step": "save",
    "name_en": "Water company",
    "name_he": "תאגיד המים",
    "email": "faults@water.example",
    "language": "he",
    "answer_days": "10",
    "reminder_days": "5",
}


def make_area(town, code="east"):
    box = dict.fromkeys(("south", "west", "north", "east"), 0)
    return Area.objects.create(
        municipality=town, kind="DISTRICT", code=code, name={"en": code}, geometry={}, **box
    )


def test_a_body_is_added_with_all_it_says(manager, town):
    service, area = make_service(town), make_area(town)
    said = SAID | {"services": [service.slug], "areas": [f"DISTRICT/{area.code}"], "sees": ["PHONE"]}
    assert manager.post(f"{URL}new/", said).status_code == 303
    body = ExternalBody.objects.get()
    document = body.document
    assert (body.code, body.email, body.language) == ("water-company", "faults@water.example", "he")
    assert (document.services, document.area_kind, document.areas) == ((service.slug,), "DISTRICT", ("east",))
    assert (document.sees, document.answer_days, document.reminder_days) == (("PHONE",), 10, 5)
    assert AuditRecord.objects.filter(verb="external_body.published", object_id=body.pk).exists()


def test_a_body_sees_nothing_of_the_reporter_unless_somebody_says_so(manager):
    manager.post(f"{URL}new/", SAID)
    assert ExternalBody.objects.get().document.sees == ()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"email": "faults"}, "Enter the address in full"),
        ({"email": "a@water.example, b@water.example"}, "Enter the address in full"),
        ({"email": "קו@water.example"}, "Enter the address in full"),
        ({"email": ""}, "Write the address reports are sent to."),
        ({"name_en": ""}, "Write the name in the language of the town."),
        ({"services": ["no-such-service"]}, "Choose only what is shown."),
        ({"areas": ["DISTRICT/nowhere"]}, "Choose only what is shown."),
        ({"sees": ["PASSWORD"]}, "Choose only what is shown."),
        ({"answer_days": "0"}, "Write a whole number from 1 to 180."),
        ({"reminder_days": "10"}, "Remind the body before the day by which it is to answer."),
        ({"language": "tlh"}, "Choose the language it is written to in."),
    ],
)
def test_what_cannot_be_is_refused_in_words(manager, town, changed, said):
    response = manager.post(f"{URL}new/", SAID | changed)
    assert response.status_code == 200 and said in text(response)
    assert not ExternalBody.objects.exists()


def test_areas_of_two_kinds_are_refused(manager, town):
    make_area(town)
    other = make_area(town, "west")
    Area.objects.filter(pk=other.pk).update(kind="COLLECTION")
    response = manager.post(f"{URL}new/", SAID | {"areas": ["DISTRICT/east", "COLLECTION/west"]})
    assert "Choose areas of one kind only." in text(response)


def test_a_body_is_retired_and_restored_and_each_is_a_revision(manager, town):
    body = make_body(town)
    for step, is_retired in (("retire", True), ("restore", False)):
        assert manager.post(f"{URL}{body.code}/", {"step": step}).status_code == 303
        body.refresh_from_db()
        assert body.is_retired is is_retired
    assert body.revision.number == 3


def test_an_earlier_revision_holds_again(manager, town):
    body = make_body(town, email="first@water.example")
    manager.post(f"{URL}{body.code}/", SAID)
    page = manager.get(f"/desk/settings/history/external_body/{body.code}/")
    assert "first@water.example" in text(page) and "E-mail address" in text(page)
    assert manager.post(page.request["PATH_INFO"], {"number": "1"}).status_code == 303
    body.refresh_from_db()
    assert body.email == "first@water.example"


def test_what_did_not_reach_a_body_is_listed(manager, town):
    case = make_case(town)
    body = make_body(town)
    assert not count(manager.get(URL), "stuck")
    hand_over(case_id=case.pk, body_id=body.pk, message="", by=system(town.pk), now=datetime.now(UTC))
    BodyMail.objects.update(state="FAILED")
    page = manager.get(URL)
    assert count(page, "stuck") == 1 and str(case.number) in text(page)


def test_a_body_whose_mail_is_refused_again_and_again_is_warned_of(manager, town):
    body = make_body(town)
    ExternalBody.objects.update(failures=3)
    assert "mail refused again and again" in text(manager.get(URL))
    assert "write the new address here" in text(manager.get(f"{URL}{body.code}/"))


def test_bodies_of_another_town_are_not_there(manager, town):
    other = make_body(make_town())
    assert other.name["en"] not in text(manager.get(URL))
    assert manager.get(f"{URL}{other.code}/").status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_takes_eight_queries(rows, manager, town, django_assert_num_queries):
    for _ in range(rows):
        body = make_body(town)
        case = make_case(town)
        hand_over(case_id=case.pk, body_id=body.pk, message="", by=system(town.pk), now=datetime.now(UTC))
    BodyMail.objects.update(state="FAILED")
    with django_assert_num_queries(8):
        manager.get(URL)
