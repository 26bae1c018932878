"""The bell: what a colleague was told, and the way to the case."""

import pytest
from django.test import Client

from moked.accounts.models import User
from moked.accounts.queries import actor_for
from moked.accounts.rules import Role
from moked.municipalities.models import Municipality
from moked.notices import staff
from moked.notices.models import StaffNotice
from moked.notices.rules import StaffKind
from moked.web.ui import middleware
from tests.factories import NOW, make_case, make_department, make_service, make_staff, make_town
from tests.web.desk.pages import text

pytestmark = pytest.mark.django_db
PAGE = "/desk/notices/"


@pytest.fixture
def town() -> Municipality:
    return make_town()


@pytest.fixture
def agent(town: Municipality) -> User:
    return make_staff(town, Role.AGENT)


@pytest.fixture
def desk(sign_in, agent: User) -> Client:
    return sign_in(agent)


def tell(case, *users, kind=StaffKind.AT_RISK, level="80%"):
    staff.tell(case, [user.pk for user in users], kind=kind, what="RESOLUTION", level=level, now=NOW)


def test_the_bell_counts_what_was_not_read_and_the_page_shows_it(desk, agent, town):
    case = make_case(town, matter="A hole in the road.")
    tell(case, agent)
    tell(case, agent, kind=StaffKind.BROKEN, level="100%")
    assert "What you were told: 2 unread" in text(desk.get("/desk/"))
    page = text(desk.get(PAGE))
    assert "Late – Finishing: when the time is over" in page
    assert "Finishing: 80% of the time used up" in page
    assert page.index("Late") < page.index("80%")
    assert "A hole in the road." in page


@pytest.mark.parametrize(
    ("kind", "what", "words"),
    [
        (StaffKind.URGENT, "", "Urgent: see to it now"),
        (StaffKind.REACTED, "", "A rule asks you to look at this case"),
        (StaffKind.BODY_ANSWERED, "NOT_OURS", "The external body says it is not theirs"),
        (StaffKind.BODY_SILENT, "", "The external body has not answered"),
        (StaffKind.NO_ANSWER, "", "No answer came from the resident"),
        (StaffKind.DATE_PASSED, "", "The planned day has passed"),
    ],
)
def test_other_things_are_told_in_words_too(kind, what, words, desk, agent, town):
    staff.tell(make_case(town), [agent.pk], kind=kind, what=what, now=NOW)
    assert words in text(desk.get(PAGE))


def test_nothing_yet_says_what_will_stand_there(desk):
    assert "When something happens on a case of yours, it stands here." in text(desk.get(PAGE))
    assert "unread" not in text(desk.get("/desk/"))


def test_opening_one_goes_to_its_case_and_looking_changes_nothing(desk, agent, town):
    case = make_case(town)
    tell(case, agent)
    tell(case, agent)
    desk.get(PAGE)
    desk.get(f"/desk/cases/{case.number}/")
    assert StaffNotice.objects.filter(read_at__isnull=False).count() == 0
    first = StaffNotice.objects.order_by("id")[0]
    answer = desk.post(f"{PAGE}{first.pk}/", {"step": "open"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/desk/cases/{case.number}/")
    assert list(StaffNotice.objects.order_by("id").values_list("read_at", flat=True))[1] is None
    desk.post(PAGE, {"step": "read"})
    assert StaffNotice.objects.filter(read_at__isnull=True).count() == 0


@pytest.mark.abuse("A05")
def test_nobody_reads_what_others_were_told_or_what_they_may_not_see(sign_in, town):
    roads, parks = make_department(town), make_department(town)
    worker = make_staff(town, Role.DEPARTMENT_WORKER, department=roads)
    other = make_staff(town, Role.DEPARTMENT_WORKER, department=roads)
    hidden = make_case(town, service=make_service(town, department=parks), matter="Not for roads.")
    shown = make_case(town, service=make_service(town, department=roads), matter="For roads.")
    tell(hidden, worker)
    tell(shown, other)
    browser = sign_in(worker)
    page = text(browser.get(PAGE))
    assert "Not for roads." not in page and "For roads." not in page
    assert "unread" not in page
    for row in StaffNotice.objects.all():
        assert browser.post(f"{PAGE}{row.pk}/", {"step": "open"}).status_code == 404
    browser.post(PAGE, {"step": "read"})
    assert StaffNotice.objects.filter(read_at__isnull=False).count() == 0


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_takes_7_queries_however_much_there_is(rows, desk, agent, town, django_assert_num_queries):
    for _ in range(rows):
        tell(make_case(town), agent)
    with django_assert_num_queries(7):
        desk.get(PAGE)


def test_the_bell_asked_for_by_a_page_shows_what_is_new_and_keeps_nobody_signed_in(
    desk, agent, town, monkeypatch
):
    monkeypatch.setattr(middleware, "SEEN_EVERY", -1)
    assert middleware.SEEN_COOKIE in desk.get("/desk/").cookies
    tell(make_case(town), agent)
    answer = desk.get(f"{PAGE}bell/")
    assert "What you were told: 1 unread" in text(answer)
    assert middleware.SEEN_COOKIE not in answer.cookies


def test_the_bell_never_gathers_the_cases_of_the_town(agent, town):
    actor = actor_for(agent, town.pk)
    assert actor is not None
    # Each notice asks for its own case; a list of visible cases would be one of the whole town.
    assert "CORRELATED SCALAR SUBQUERY" in staff.told(actor).explain()
