"""The page of what is promised: usual terms, terms for some cases, and from which day on."""

import json
from datetime import UTC, datetime

import pytest

from moked.accounts.rules import Role
from moked.revisions.models import Revision
from moked.sla.models import Target
from tests.factories import make_service, make_staff, make_town
from tests.places.maps import make_map
from tests.sla.promising import make_calendar, promise
from tests.web.desk.pages import text
from tests.web.desk.settings.test_services import SERVICE

pytestmark = pytest.mark.django_db
USUAL = {"calendar": "office", "resolution": "3d"}
TERMS = {
    "calendar": "office",
    **{f"{kind}_amount": "" for kind in ("acknowledgement", "first_answer", "next_answer")},
    "resolution_amount": "8",
    "resolution_unit": "h",
}


@pytest.fixture
def town():
    town = make_map(make_town())
    make_calendar(town)
    return town


@pytest.fixture
def service(town):
    return make_service(town)


@pytest.fixture
def manager(sign_in, town):
    return sign_in(make_staff(town, Role.SERVICE_MANAGER))


@pytest.fixture
def send(manager, service):
    def send(step, document=USUAL, base="0", **form):
        said = {"step": step, "promise": json.dumps(document), "base": base, "from_day": "", **form}
        return manager.post(f"/desk/settings/services/{service.slug}/promise/", said)

    return send


def draft_of(answer):
    return answer.context["draft"].promise.as_document()


def test_terms_for_some_cases_are_written_shown_and_published(send, service):
    asked = send("add")
    assert "Terms for some cases" in text(asked)
    chosen = {"priorities": ["HIGH"], "channels": ["PHONE"], "areas": ["DISTRICT/nw"]}
    answer = send("put:1", **TERMS, **chosen, legal=["resolution"], resolution_paused_by=["SCHEDULED"])
    page = text(answer)
    assert "Important · Phone · NW" in page and "Finishing: 8 working hours, by law" in page
    document = draft_of(answer)
    assert document["exceptions"] == [
        {
            "calendar": "office",
            "resolution": "8h",
            "paused_by": {"resolution": ["SCHEDULED"]},
            "legal": ["resolution"],
            "priorities": ["HIGH"],
            "channels": ["PHONE"],
            "area_kind": "DISTRICT",
            "areas": ["nw"],
        }
    ]
    assert not Target.objects.exists()
    assert send("publish", document).status_code == 303
    assert Target.objects.get(service=service).document == document


def test_terms_without_a_condition_are_asked_for_one(send):
    answer = send("put:1", **TERMS)
    assert "Choose for which cases these terms are meant" in text(answer)
    assert draft_of(answer) == USUAL


def test_the_usual_terms_are_changed_in_their_place(send):
    answer = send("put:0", **TERMS)
    assert draft_of(answer)["resolution"] == "8h"
    assert "exceptions" not in draft_of(answer)


def test_a_promise_can_begin_on_a_day_to_come(send, service, manager):
    assert send("publish", from_day="1.1.2099").status_code == 303
    target = Target.objects.get(service=service)
    assert target.upcoming_at == datetime(2098, 12, 31, 22, tzinfo=UTC)
    page = text(manager.get(f"/desk/settings/services/{service.slug}/promise/"))
    assert "Holds from a day to come" in page and "Finishing: 3 working days" in page


@pytest.mark.parametrize(
    ("day", "words"), [("1.1.2001", "Write a day to come"), ("soon", "Write the day as day")]
)
def test_a_day_that_is_none_or_has_passed_is_refused(send, day, words):
    assert words in text(send("publish", from_day=day))
    assert not Target.objects.exists()


def test_two_who_publish_at_once_do_not_overwrite_each_other(send, service):
    promise(service, resolution="5d")
    assert "A colleague published another promise in the meantime." in text(send("publish"))
    assert Target.objects.get().resolution == "5d"
    assert Revision.objects.filter(kind="target").count() == 1


def test_what_the_town_does_not_have_is_refused_in_words(send):
    assert "There is no calendar “moon” in use" in text(send("publish", USUAL | {"calendar": "moon"}))


def test_without_a_calendar_there_is_nothing_to_promise_by(sign_in):
    town = make_town()
    service = make_service(town)
    browser = sign_in(make_staff(town, Role.SERVICE_MANAGER))
    answer = browser.get(f"/desk/settings/services/{service.slug}/promise/")
    assert answer.headers["Location"] == "/desk/settings/calendars/new/"


def test_the_service_page_keeps_terms_for_some_cases(manager, town, service):
    others = [{"calendar": "office", "resolution": "1d", "priorities": ["HIGH"]}]
    promise(service, resolution="3d", exceptions=others)
    said = SERVICE | {"department": service.department.code, "calendar": "office"}
    manager.post(
        f"/desk/settings/services/{service.slug}/",
        said | {"resolution_amount": "4", "resolution_unit": "d"},
    )
    assert Target.objects.get().document == {"calendar": "office", "resolution": "4d", "exceptions": others}
