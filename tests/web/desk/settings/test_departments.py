"""Departments in the settings: names side by side, the tree, history and the way back."""

import pytest

from moked.accounts.models import Department
from moked.accounts.rules import Role
from tests.factories import make_case, make_department, make_service, make_staff
from tests.web.desk.pages import count, text

URL = "/desk/settings/departments/"


def save(client, url, **said):
    return client.post(url, {"step": "save", "name_en": "", "name_he": "", "parent": ""} | said)


def test_a_new_department_is_in_the_tree_below_its_parent(admin, town):
    above = make_department(town)
    response = save(admin, f"{URL}new/", name_en="Lights", name_he="תאורה", parent=above.code)
    assert response.status_code == 303
    made = Department.objects.get(code="lights")
    assert (made.name, made.parent) == ({"en": "Lights", "he": "תאורה"}, above)
    assert "The department Lights is there. " in text(admin.get(URL))


def test_a_gap_is_marked_and_a_missing_name_is_asked_for(admin, town):
    department = make_department(town)
    assert text(admin.get(f"{URL}{department.code}/")).count("missing") == 1
    response = save(admin, f"{URL}{department.code}/", name_he="תאורה")
    page = text(response)
    assert response.status_code == 200
    assert page.count("Write the name in the language of the town.") == 2
    assert 'value="תאורה"' in response.content.decode()
    assert "<title>Error:" in response.content.decode()


def test_the_form_sent_without_a_change_adds_nothing_to_the_history(admin, town):
    department = make_department(town)
    save(admin, f"{URL}{department.code}/", name_en=department.name["en"])
    assert count(admin.get(f"/desk/settings/history/department/{department.code}/"), "roll-back") == 0


def test_history_tells_what_differs_and_leads_back(admin, administrator, town):
    department = make_department(town)
    was = department.name["en"]
    save(admin, f"{URL}{department.code}/", name_en="Lights")
    history = f"/desk/settings/history/department/{department.code}/"
    page = text(admin.get(history))
    assert f"Name · English {was} Lights" in page
    assert administrator.name in page
    assert admin.post(history, {"number": "1"}).status_code == 303
    department.refresh_from_db()
    assert department.name == {"en": was}
    assert count(admin.get(history), "roll-back") == 2


def test_an_unknown_revision_is_refused_in_words(admin, town):
    department = make_department(town)
    for number in ("7", "x", "", "-1", "9" * 30):
        response = admin.post(f"/desk/settings/history/department/{department.code}/", {"number": number})
        assert "This revision is no longer there. Choose another." in text(response)


def test_a_department_is_retired_once_nothing_leads_to_it(admin, town):
    department = make_department(town)
    url = f"{URL}{department.code}/"
    service = make_service(town, department=department)
    retire = {"step": "retire"}
    assert "Services still lead to this department." in text(admin.post(url, retire))
    case = make_case(town, service=service)
    type(service).objects.update(is_offered=False)
    assert "Open cases are with this department." in text(admin.post(url, retire))
    type(case).objects.update(department=None)
    worker = make_staff(town, Role.DEPARTMENT_WORKER, department=department)
    assert "People still belong to this department." in text(admin.post(url, retire))
    department.refresh_from_db()
    assert not department.is_retired
    admin.post(f"/desk/settings/people/{worker.pk}/", {"step": "take", "membership": membership_of(worker)})
    assert admin.post(url, retire).status_code == 303
    department.refresh_from_db()
    assert department.is_retired
    assert admin.post(url, {"step": "restore"}).status_code == 303


def membership_of(user) -> int:
    from moked.accounts.models import Membership

    return Membership.objects.get(user=user).pk


@pytest.mark.parametrize(
    ("role", "opens"), [(Role.ADMINISTRATOR, "department"), (Role.SERVICE_MANAGER, "service")]
)
def test_a_history_is_open_to_who_may_set_the_thing(role, opens, town, sign_in):
    service = make_service(town)
    names = {"department": service.department.code, "service": service.slug, "person": "1"}
    client = sign_in(make_staff(town, role))
    status = {
        kind: client.get(f"/desk/settings/history/{kind}/{name}/").status_code for kind, name in names.items()
    }
    assert status == {kind: 200 if kind == opens else 404 for kind in names}
