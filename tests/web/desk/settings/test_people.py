"""People in the settings: invited by mail, given and taken roles, switched off."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from moked.accounts import operations as accounts
from moked.accounts.models import Membership, User
from moked.accounts.queries import has_second_factor
from moked.accounts.rules import Role
from moked.audit.models import AuditRecord
from tests.accounts.test_second_factors import give_app
from tests.factories import make_department, make_staff, make_town
from tests.web.desk.pages import count, text

URL = "/desk/settings/people/"
ANN = {"name": "Ann Reed", "email": "ann@staff.example", "language": "en", "role": "AGENT", "department": ""}


def test_who_is_invited_chooses_a_password_from_the_mail_and_gets_in(admin, town, sink, work):
    assert admin.post(f"{URL}new/", ANN).status_code == 303
    assert "Ann Reed Agent invited" in text(admin.get(URL))
    work()
    [mail] = sink.messages
    body = mail.get_body(("plain",)).get_content()
    assert (mail["To"], mail["Subject"]) == (
        "ann@staff.example",
        f"Your access to the desk of {town.name['en']}",
    )
    link, again = re.findall(r"http://[^/]+(/\S+)", body)
    assert again == f"/t/{town.slug}/accounts/password/reset/"
    browser = Client()
    form = browser.get(link, follow=True)
    new = {"password1": "three-unrelated-words", "password2": "three-unrelated-words"}
    browser.post(form.request["PATH_INFO"], new)
    signed_in = browser.post(
        f"/t/{town.slug}/accounts/login/", {"login": ANN["email"], "password": new["password1"]}
    )
    assert signed_in.status_code == 302
    assert browser.get(f"/t/{town.slug}/desk/").status_code == 200


def test_mistakes_are_named_and_what_was_typed_stays(admin, town):
    response = admin.post(f"{URL}new/", ANN | {"email": "ann", "role": "DEPARTMENT_WORKER"})
    page = text(response)
    assert "Enter the address in full, like name@example.com." in page
    assert "Choose the department in which the role holds." in page
    assert 'value="Ann Reed"' in response.content.decode()
    assert not User.objects.filter(name="Ann Reed").exists()


def test_a_role_of_a_department_is_given_and_taken(admin, town):
    colleague, department = make_staff(town, Role.AGENT), make_department(town)
    url = f"{URL}{colleague.pk}/"
    give = {"step": "give", "role": "DEPARTMENT_MANAGER", "department": department.code}
    assert admin.post(url, give).status_code == 303
    given = Membership.objects.get(user=colleague, role=Role.DEPARTMENT_MANAGER)
    assert given.department == department
    assert "This person holds this role already." in text(admin.post(url, give))
    assert admin.post(url, {"step": "take", "membership": given.pk}).status_code == 303
    assert list(Membership.objects.filter(user=colleague).values_list("role", flat=True)) == ["AGENT"]


def test_whose_last_role_was_taken_is_gone_from_the_list(admin, town):
    colleague = make_staff(town, Role.AGENT)
    membership = Membership.objects.get(user=colleague)
    response = admin.post(f"{URL}{colleague.pk}/", {"step": "take", "membership": membership.pk})
    assert response.headers["Location"].endswith(URL)
    assert f">{colleague.name}<" not in admin.get(URL).content.decode()


def test_switching_off_and_on(admin, town):
    colleague = make_staff(town, Role.AGENT)
    url = f"{URL}{colleague.pk}/"
    admin.post(url, {"step": "off"})
    colleague.refresh_from_db()
    assert not colleague.is_active
    assert "switched off" in text(admin.get(URL))
    admin.post(url, {"step": "on"})
    colleague.refresh_from_db()
    assert colleague.is_active


def test_ones_own_page_offers_nothing_to_change(admin, administrator, town):
    make_staff(town, Role.ADMINISTRATOR)
    url = f"{URL}{administrator.pk}/"
    page = admin.get(url).content.decode()
    assert 'name="step"' not in page
    refused = text(admin.post(url, {"step": "give", "role": "AGENT", "department": ""}))
    assert "Nobody changes their own roles. Ask another administrator." in refused
    assert Membership.objects.filter(user=administrator).count() == 1


def test_a_lost_second_factor_is_reset_after_saying_what_that_does(admin, administrator, town, sink, work):
    colleague = make_staff(town, Role.AGENT)
    url = f"{URL}{colleague.pk}/"
    assert count(admin.get(url), "reset-factor") == 0
    give_app(colleague, town)
    work()
    sink.messages.clear()
    before = User.objects.get(pk=colleague.pk).sign_in_version

    page = admin.get(url)
    assert count(page, "reset-factor") == count(page, "reset-factor-sure") == 1
    assert "the recovery codes stop working, and every device is signed out." in text(page)
    for _ in range(2):
        sent = admin.post(url, {"step": "reset"})
        assert (sent.status_code, sent["Location"]) == (303, url)
    assert f"The second step of {colleague.name} is reset." in text(admin.get(url))
    assert not has_second_factor(colleague.pk)
    assert User.objects.get(pk=colleague.pk).sign_in_version == before + 1
    [record] = AuditRecord.objects.filter(verb="second_factor.all_removed")
    assert (record.actor_id, record.object_id) == (administrator.pk, colleague.pk)
    work()
    [mail] = sink.messages
    assert (mail["To"], mail["Subject"]) == (
        colleague.email,
        f"The second step of signing in to {town.name['en']} was reset",
    )
    assert re.findall(r"http://[^/]+(/\S+)", mail.get_body(("plain",)).get_content()) == [
        f"/t/{town.slug}/accounts/password/reset/"
    ]


@pytest.mark.abuse("A25")
@pytest.mark.parametrize("who", ["oneself", "administers elsewhere", "stranger"])
def test_nobody_resets_a_factor_that_is_not_theirs_to_reset(who, administrator, town, sign_in):
    colleague = {
        "oneself": lambda: administrator,
        "administers elsewhere": lambda: make_staff(town, Role.ADMINISTRATOR),
        "stranger": lambda: make_staff(make_town(), Role.AGENT),
    }[who]()
    if who == "administers elsewhere":
        accounts.add_member(
            municipality=make_town(),
            user=colleague,
            role=Role.ADMINISTRATOR,
            department=None,
            by_user_id=None,
            now=timezone.now(),
        )
    give_app(colleague, town)
    administrator.refresh_from_db()
    refused = sign_in(administrator).post(f"/t/{town.slug}{URL}{colleague.pk}/", {"step": "reset"})
    assert refused.status_code == (404 if who == "stranger" else 200)
    if who != "stranger":
        assert "Nobody resets their own second step" in text(refused)
    assert has_second_factor(colleague.pk)


@pytest.mark.parametrize(("role", "listed"), [(Role.ADMINISTRATOR, True), (Role.SERVICE_MANAGER, False)])
def test_the_settings_list_only_what_a_role_may_set(role, listed, town, sign_in):
    page = sign_in(make_staff(town, role)).get("/desk/settings/").content.decode()
    assert (URL in page) is listed
