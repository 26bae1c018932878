"""What somebody wants with a case: proposed by their words, said by a person; and praise for colleagues."""

import pytest

from moked.accounts.rules import Role
from moked.cases.models import Case, Change
from moked.notices.models import StaffNotice
from tests.factories import make_case, make_department, make_service, make_staff
from tests.intake.letters import came, letter, make_mailbox
from tests.web.desk.pages import text

pytestmark = pytest.mark.django_db
PRAISE = "I would like to thank the crew that mended our street. Great job!"


@pytest.fixture
def agent(town, sign_in):
    return sign_in(make_staff(town, Role.AGENT))


@pytest.fixture
def case(town) -> Case:
    return came(make_mailbox(town), letter(PRAISE, subject="The crew")).contact.case


def page(agent, case) -> str:
    return text(agent.get(f"/desk/cases/{case.number}/"))


def test_what_words_hint_at_is_proposed_and_taken_with_one_press(agent, case):
    assert "This reads like: Thank-you, because of “ like to thank ”." in page(agent, case)
    agent.post(f"/desk/cases/{case.number}/kind/", {"kind": "PRAISE"})
    case.refresh_from_db()
    assert case.kind == "PRAISE"
    shown = page(agent, case)
    assert "This reads like" not in shown
    assert all(words in shown for words in ("Kind: Thank-you", "before: Report", "Whom does it reach?"))


def test_what_is_not_so_is_proposed_no_more(agent, case):
    agent.post(f"/desk/cases/{case.number}/kind/", {"kind": "REPORT"})
    agent.post(f"/desk/cases/{case.number}/kind/", {"kind": "REPORT"})
    case.refresh_from_db()
    assert case.kind == "REPORT"
    assert Change.objects.filter(kind="KIND").count() == 1
    assert "This reads like" not in page(agent, case)


def test_whoever_chose_a_service_is_not_doubted(agent, town):
    assert "This reads like" not in page(agent, make_case(town, matter=PRAISE))


def test_praise_reaches_whom_an_agent_picks_once(agent, case, town):
    department = make_department(town)
    ruth = make_staff(town, Role.DEPARTMENT_WORKER, department=department)
    Case.objects.update(kind="PRAISE", department=department)
    url = f"/desk/cases/{case.number}/praise/"
    assert agent.post(url, {"people": [str(ruth.pk)]}).status_code == 303
    assert agent.post(url, {"people": [str(ruth.pk)]}).status_code == 303
    told = StaffNotice.objects.get()
    assert (told.user, told.kind, told.mail_state, told.contact.body) == (ruth, "PRAISED", "PLANNED", PRAISE)
    assert f"Praise passed on to: {ruth.name}" in page(agent, case)


def test_praise_reaches_nobody_who_may_not_see_the_case(agent, case, town):
    Case.objects.update(kind="PRAISE", department=make_department(town))
    elsewhere = make_staff(town, Role.DEPARTMENT_WORKER, department=make_department(town))
    url = f"/desk/cases/{case.number}/praise/"
    assert agent.post(url, {"people": [str(elsewhere.pk)]}).status_code == 200
    assert "Choose whom it reaches." in text(agent.post(url, {}))
    assert not StaffNotice.objects.exists()


def test_praise_for_a_confidential_service_stays_with_those_who_see_it(agent, town):
    service = make_service(town, kind="PRAISE", confidential_roles=("AGENT",))
    manager = make_staff(town, Role.SERVICE_MANAGER)
    case = make_case(town, service=service)
    url = f"/desk/cases/{case.number}/praise/"
    assert "no cases here any more" in text(agent.post(url, {"people": [str(manager.pk)]}))
    assert not StaffNotice.objects.exists()


def test_what_is_no_praise_is_not_passed_on(agent, case, town):
    other = make_staff(town, Role.AGENT)
    response = agent.post(f"/desk/cases/{case.number}/praise/", {"people": [str(other.pk)]})
    assert "this is no praise" in text(response)
