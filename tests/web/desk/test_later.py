"""Priority and later times on the page of a case, and what the resident reads of them."""

from datetime import UTC, datetime, timedelta

import pytest

from moked.accounts.rules import Role
from moked.cases.models import Case, Change
from moked.links import operations as links
from moked.links.models import Link
from tests.factories import make_case, make_staff, make_town
from tests.sla.promising import make_promising_service
from tests.web.desk.pages import text

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    return make_town()


@pytest.fixture
def desk(sign_in, town):
    return sign_in(make_staff(town, Role.AGENT))


@pytest.fixture
def case(town):
    return make_case(
        town, service=make_promising_service(town), email="ann@example.org", now=datetime.now(UTC)
    )


def in_days(days):
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


def test_a_case_is_made_urgent_and_stands_in_front(desk, town, case):
    make_case(town, service=case.service, matter="Older and not urgent.")
    url = f"/desk/cases/{case.number}/"
    answer = desk.post(f"{url}priority/", {"priority": "URGENT"})
    assert answer.status_code == 303
    page = text(desk.get(url))
    assert "Priority: Urgent" in page and "before: Normal" in page
    queue = text(desk.get("/desk/"))
    assert queue.index(case.title) < queue.index("Older and not urgent.")


def test_a_priority_that_is_none_is_refused(desk, case):
    assert desk.post(f"/desk/cases/{case.number}/priority/", {"priority": "SOON"}).status_code == 200
    assert not Change.objects.filter(case=case, kind="PRIORITY").exists()


def test_a_resident_reads_the_later_time_and_why(desk, client, case):
    url = f"/desk/cases/{case.number}/later/"
    said = {"day": in_days(30), "at": "10:00", "words": "The new lamp has not arrived yet."}
    assert desk.post(url, said).status_code == 303
    staff_page = text(desk.get(f"/desk/cases/{case.number}/"))
    assert "The resident was told:" in staff_page and "The new lamp has not arrived yet." in staff_page
    link = links.find(purpose=Link.Purpose.TRACKING, object_id=case.pk)
    page = text(client.get(f"/track/{links.render(link)}/"))
    assert "The new lamp has not arrived yet." in page
    assert "Why it takes longer than we said:" in page


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"day": "PROMISED", "at": "08:00", "words": "Sooner."}, "Choose a time later than"),
        ({"day": in_days(0), "at": "08:00", "words": "Sooner."}, "Choose the day."),
        ({"day": in_days(30), "at": "10:00", "words": ""}, "Write why it takes longer."),
        ({"day": in_days(300), "at": "10:00", "words": "Far."}, "Choose"),
    ],
)
def test_a_time_that_is_no_later_or_without_a_reason_is_refused_and_nothing_lost(desk, case, said, words):
    before = Case.objects.values_list("promised_at", flat=True).get(pk=case.pk)
    if said["day"] == "PROMISED":
        said = said | {"day": before.astimezone(case.municipality.zone).date().isoformat()}
    answer = desk.post(f"/desk/cases/{case.number}/later/", said)
    assert answer.status_code == 200 and words in text(answer)
    assert Case.objects.values_list("promised_at", flat=True).get(pk=case.pk) == before


def test_nothing_can_be_told_later_that_was_not_promised(desk, town):
    plain = make_case(town)
    assert "Tell a later time" not in text(desk.get(f"/desk/cases/{plain.number}/"))
    said = {"day": in_days(30), "at": "10:00", "words": "Later."}
    assert "No time is promised" in text(desk.post(f"/desk/cases/{plain.number}/later/", said))
