"""Who may give and take roles, and what stays so that somebody still can."""

import pytest

from moked.accounts import operations as accounts
from moked.accounts.models import Membership, User
from moked.accounts.operations import UnableToChangePeople
from moked.accounts.queries import actor_for
from moked.accounts.rules import Role
from moked.audit.models import AuditRecord
from moked.events.models import OutboxRow
from tests.factories import NOW, make_actor, make_department, make_staff, make_town

pytestmark = [pytest.mark.abuse("A07"), pytest.mark.django_db]


@pytest.fixture
def town(db):
    return make_town()


@pytest.fixture
def administrator(town):
    return make_actor(town, Role.ADMINISTRATOR)


def invite(by, role=Role.AGENT, **said):
    person = {"name": "Ann Reed", "email": "Ann@staff.example", "language": "en", "department_id": None}
    return accounts.invite(**person | said, role=role, by=by, now=NOW)


def refusal(operation, **said) -> str:
    with pytest.raises(UnableToChangePeople) as refused:
        operation(**said, now=NOW)
    return refused.value.code


def mails() -> int:
    return OutboxRow.objects.filter(subscriber="accounts.send_sign_in_mail").count()


def test_an_invitation_makes_an_account_without_password_and_a_mail(town, administrator):
    user = invite(administrator)
    assert (user.name, user.email, user.has_usable_password()) == ("Ann Reed", "ann@staff.example", False)
    assert actor_for(user, town.pk).roles == {Role.AGENT}
    assert mails() == 1


def test_who_signs_in_elsewhere_already_gets_the_role_and_no_mail(town, administrator):
    known = make_staff(make_town(), Role.AGENT)
    assert invite(administrator, email=known.email, name="Somebody else") == known
    known.refresh_from_db()
    assert known.name != "Somebody else"
    assert (actor_for(known, town.pk).roles, mails()) == ({Role.AGENT}, 0)


def test_a_second_invitation_goes_only_to_who_has_no_password(town, administrator):
    accounts.invite_again(user_id=invite(administrator).pk, by=administrator, now=NOW)
    accounts.invite_again(user_id=make_staff(town, Role.AGENT).pk, by=administrator, now=NOW)
    assert mails() == 2


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_nobody_but_an_administrator_gives_or_takes_roles(town, role):
    by = make_actor(town, role)
    colleague = make_staff(town, Role.AGENT)
    membership = Membership.objects.get(user=colleague)
    person = {"user_id": colleague.pk, "by": by}
    before = list(Membership.objects.order_by("id").values_list())
    assert refusal(accounts.give_role, **person, role=Role.AUDITOR, department_id=None) == "NOT_ALLOWED"
    assert refusal(accounts.take_role, **person, membership_id=membership.pk) == "NOT_ALLOWED"
    assert refusal(accounts.switch_off, **person) == "NOT_ALLOWED"
    assert refusal(accounts.switch_on, **person) == "NOT_ALLOWED"
    assert refusal(accounts.invite_again, **person) == "NOT_ALLOWED"
    with pytest.raises(UnableToChangePeople):
        invite(by)
    assert list(Membership.objects.order_by("id").values_list()) == before


def test_nobody_changes_their_own_roles(town, administrator):
    make_actor(town, Role.ADMINISTRATOR)
    me = {"user_id": administrator.user_id, "by": administrator}
    membership = Membership.objects.get(user_id=administrator.user_id)
    assert refusal(accounts.give_role, **me, role=Role.AGENT, department_id=None) == "YOURSELF"
    assert refusal(accounts.take_role, **me, membership_id=membership.pk) == "YOURSELF"
    assert refusal(accounts.switch_off, **me) == "YOURSELF"


def test_of_two_administrators_who_remove_each_other_one_remains(town, administrator):
    """The second acts on a right that the first has just taken away."""
    other = make_actor(town, Role.ADMINISTRATOR)
    memberships = {one.user_id: one.pk for one in Membership.objects.all()}
    accounts.take_role(
        user_id=other.user_id, membership_id=memberships[other.user_id], by=administrator, now=NOW
    )
    assert (
        refusal(
            accounts.take_role,
            user_id=administrator.user_id,
            membership_id=memberships[administrator.user_id],
            by=other,
        )
        == "LAST_ADMINISTRATOR"
    )
    assert refusal(accounts.switch_off, user_id=administrator.user_id, by=other) == "LAST_ADMINISTRATOR"


def test_an_administrator_who_was_switched_off_does_not_count(town, administrator):
    other, third = (make_actor(town, Role.ADMINISTRATOR) for _ in range(2))
    accounts.switch_off(user_id=third.user_id, by=administrator, now=NOW)
    accounts.switch_off(user_id=other.user_id, by=administrator, now=NOW)
    assert refusal(accounts.switch_off, user_id=administrator.user_id, by=third) == "LAST_ADMINISTRATOR"


@pytest.mark.abuse("A06")
def test_a_right_taken_is_gone_at_the_next_click(town, administrator, sign_in):
    colleague = make_staff(town, Role.AGENT)
    client = sign_in(colleague)
    page = f"/t/{town.slug}/desk/"
    assert client.get(page).status_code == 200
    accounts.take_role(
        user_id=colleague.pk,
        membership_id=Membership.objects.get(user=colleague).pk,
        by=administrator,
        now=NOW,
    )
    assert client.get(page).status_code == 404


@pytest.mark.abuse("A06")
def test_who_was_switched_off_is_out_at_the_next_click_and_back_with_the_same_roles(
    town, administrator, sign_in
):
    colleague = make_staff(town, Role.AGENT)
    client = sign_in(colleague)
    page = f"/t/{town.slug}/desk/"
    assert client.get(page).status_code == 200
    accounts.switch_off(user_id=colleague.pk, by=administrator, now=NOW)
    assert client.get(page).status_code != 200
    accounts.switch_on(user_id=colleague.pk, by=administrator, now=NOW)
    assert actor_for(User.objects.get(pk=colleague.pk), town.pk).roles == {Role.AGENT}


@pytest.mark.abuse("A08")
def test_people_of_another_town_are_out_of_reach(town, administrator):
    stranger = make_staff(make_town(), Role.AGENT)
    assert refusal(accounts.switch_off, user_id=stranger.pk, by=administrator) == "NOT_FOUND"
    both = make_staff(make_town(), Role.AGENT)
    invite(administrator, email=both.email)
    assert refusal(accounts.switch_off, user_id=both.pk, by=administrator) == "WORKS_ELSEWHERE"
    elsewhere = Membership.objects.get(user=both, municipality_id__gt=town.pk)
    said = {"user_id": both.pk, "membership_id": elsewhere.pk, "by": administrator}
    assert refusal(accounts.take_role, **said) == "NOT_FOUND"


@pytest.mark.parametrize("role", [Role.DEPARTMENT_WORKER, Role.DEPARTMENT_MANAGER])
def test_departmental_roles_need_a_department_of_the_town(town, administrator, role):
    colleague = make_staff(town, Role.AGENT)
    give = {"user_id": colleague.pk, "role": role, "by": administrator}
    foreign = make_department(make_town())
    assert refusal(accounts.give_role, **give, department_id=None) == "DEPARTMENT_NEEDED"
    assert refusal(accounts.give_role, **give, department_id=foreign.pk) == "UNKNOWN_DEPARTMENT"
    own = make_department(town)
    accounts.give_role(**give, department_id=own.pk, now=NOW)
    assert refusal(accounts.give_role, **give, department_id=own.pk) == "ALREADY_HELD"
    assert AuditRecord.objects.filter(object_kind="user", object_id=colleague.pk).latest("id").after == {
        "role": role,
        "department": own.code,
    }
