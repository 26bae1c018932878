"""Second factors: how their secrets are kept, who takes them away, what remains written."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command

from moked.accounts import operations, secrets
from moked.accounts.codes import code_at, step_of
from moked.accounts.models import User
from moked.accounts.operations import UnableToRemoveFactor, UnableToRemoveFactors
from moked.accounts.queries import actor_for, has_second_factor, second_factors
from moked.accounts.rules import Role
from moked.audit.models import AuditRecord
from moked.events.models import Event
from moked.municipalities.models import Municipality
from tests.factories import make_staff, make_town

pytestmark = pytest.mark.django_db

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


@pytest.fixture
def town() -> Municipality:
    return make_town()


def now() -> datetime:
    return datetime.now(UTC)


def code(*, later: int = 0) -> str:
    return code_at(SECRET, int(now().timestamp()) // 30 + later)


def give_app(user: User, town: Municipality, *, step: int = 0) -> None:
    operations.add_app(user_id=user.pk, municipality_id=town.pk, secret=SECRET, step=step, now=now())


def give_passkey(user: User, town: Municipality) -> int:
    operations.add_passkey(
        user_id=user.pk, municipality_id=town.pk, name="Phone", host="localhost", credential={}, now=now()
    )
    return second_factors(user.pk, now()).passkeys[-1].id


def version(user: User) -> int:
    return User.objects.get(pk=user.pk).sign_in_version


def test_no_secret_is_kept_in_the_clear(town: Municipality) -> None:
    user = make_staff(town, Role.AGENT)
    give_app(user, town)
    kept = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    shown = second_factors(user.pk, now()).shown_codes
    assert len(shown) == 10
    assert [word for word in (SECRET, *shown) if word in kept] == []


def test_a_former_key_still_opens_and_a_lost_one_opens_nothing(town: Municipality, settings) -> None:
    user = make_staff(town, Role.AGENT)
    give_app(user, town)
    former, settings.SECRET_KEY = settings.SECRET_KEY, "another-key-" + 40 * "x"
    settings.SECRET_KEY_FALLBACKS = [former]
    assert operations.use_code(user_id=user.pk, code=code(), now=now()) is not None
    settings.SECRET_KEY_FALLBACKS = []
    assert operations.use_code(user_id=user.pk, code=code(later=1), now=now()) is None
    assert second_factors(user.pk, now()).codes_left == 0
    with pytest.raises(secrets.UnableToDecrypt):
        secrets.decrypt("no such text", secrets.SECOND_FACTORS)


def test_a_code_of_the_app_is_taken_once(town: Municipality) -> None:
    user = make_staff(town, Role.AGENT)
    give_app(user, town)
    at = now()
    step = int(at.timestamp()) // 30
    takes = [
        operations.use_code(user_id=user.pk, code=code_at(SECRET, one), now=at) is not None
        for one in (step, step, step - 1, step + 1, step + 1)
    ]
    assert takes == [True, False, False, True, False]


def test_the_code_that_proved_the_app_is_not_taken_again(town: Municipality) -> None:
    user = make_staff(town, Role.AGENT)
    first = code()
    give_app(user, town, step=step_of(SECRET, first, at=now().timestamp()) or 0)
    assert operations.use_code(user_id=user.pk, code=first, now=now()) is None


def test_a_recovery_code_is_taken_once(town: Municipality) -> None:
    user = make_staff(town, Role.AGENT)
    give_app(user, town)
    paper = second_factors(user.pk, now()).shown_codes
    kinds = [operations.use_code(user_id=user.pk, code=paper[3], now=now()) for _ in range(2)]
    assert [kind and kind.type for kind in kinds] == ["recovery_codes", None]
    assert second_factors(user.pk, now()).codes_left == 9


def test_recovery_codes_are_shown_until_put_away_or_a_quarter_of_an_hour(town: Municipality) -> None:
    user = make_staff(town, Role.AGENT)
    give_app(user, town)
    assert len(second_factors(user.pk, now()).shown_codes) == 10
    assert second_factors(user.pk, now() + timedelta(minutes=16)).shown_codes == ()
    operations.put_recovery_codes_away(user_id=user.pk)
    assert second_factors(user.pk, now()).shown_codes == ()
    assert second_factors(user.pk, now()).codes_left == 10


def test_new_recovery_codes_end_the_former(town: Municipality) -> None:
    user = make_staff(town, Role.AGENT)
    give_app(user, town)
    [old, *_] = second_factors(user.pk, now()).shown_codes
    operations.make_recovery_codes(user_id=user.pk, municipality_id=town.pk, now=now())
    [new, *_] = second_factors(user.pk, now()).shown_codes
    assert operations.use_code(user_id=user.pk, code=old, now=now()) is None
    assert operations.use_code(user_id=user.pk, code=new, now=now()) is not None


def test_every_change_ends_sessions_and_is_audited(town: Municipality) -> None:
    user = make_staff(town, Role.AGENT)
    versions = [version(user)]
    give_app(user, town)
    versions.append(version(user))
    passkey = give_passkey(user, town)
    versions.append(version(user))
    operations.make_recovery_codes(user_id=user.pk, municipality_id=town.pk, now=now())
    versions.append(version(user))
    whose = {"user_id": user.pk, "municipality_id": town.pk}
    operations.remove_passkey(**whose, passkey_id=passkey, now=now())
    versions.append(version(user))
    operations.remove_app(**whose, now=now())
    versions.append(version(user))
    assert versions == [0, 1, 2, 3, 4, 5]
    assert not Authenticator.objects.exists(), "recovery codes go with the last factor"
    records = AuditRecord.objects.filter(verb__startswith="second_factor").order_by("id")
    assert [(one.verb.removeprefix("second_factor."), one.after["kind"]) for one in records] == [
        ("added", "totp"),
        ("added", "webauthn"),
        ("codes_made", "recovery_codes"),
        ("removed", "webauthn"),
        ("removed", "totp"),
    ]
    assert {(one.actor_id, one.object_id, one.municipality_id) for one in records} == {
        (user.pk, user.pk, town.pk)
    }


def test_a_passkey_of_somebody_else_is_none(town: Municipality) -> None:
    owner, other = make_staff(town, Role.AGENT), make_staff(town, Role.AGENT)
    passkey = give_passkey(owner, town)
    with pytest.raises(UnableToRemoveFactor):
        operations.remove_passkey(user_id=other.pk, municipality_id=town.pk, passkey_id=passkey, now=now())
    with pytest.raises(UnableToRemoveFactor):
        operations.rename_passkey(user_id=other.pk, passkey_id=passkey, name="Mine")
    assert second_factors(owner.pk, now()).passkeys[0].name == "Phone"


def test_an_administrator_keeps_the_last_factor(town: Municipality, settings) -> None:
    user = make_staff(town, Role.ADMINISTRATOR)
    give_app(user, town)
    passkey = give_passkey(user, town)
    whose = {"user_id": user.pk, "municipality_id": town.pk}
    operations.remove_app(**whose, now=now())
    with pytest.raises(UnableToRemoveFactor):
        operations.remove_passkey(**whose, passkey_id=passkey, now=now())
    assert has_second_factor(user.pk)
    settings.REQUIRE_SECOND_FACTOR = False
    operations.remove_passkey(**whose, passkey_id=passkey, now=now())
    assert not has_second_factor(user.pk)


def test_another_administrator_lets_a_colleague_begin_anew(town: Municipality) -> None:
    colleague, by = make_staff(town, Role.ADMINISTRATOR), make_staff(town, Role.ADMINISTRATOR)
    give_app(colleague, town)
    give_passkey(colleague, town)
    before = version(colleague)
    actor = actor_for(by, town.pk)
    operations.remove_second_factors(user_id=colleague.pk, by=actor, now=now())
    assert not Authenticator.objects.exists()
    assert version(colleague) == before + 1
    record = AuditRecord.objects.latest("id")
    assert (record.verb, record.actor_id, record.object_id, record.municipality_id) == (
        "second_factor.all_removed",
        by.pk,
        colleague.pk,
        town.pk,
    )


@pytest.mark.parametrize("who", ["oneself", "no administrator", "stranger", "administers elsewhere"])
def test_nobody_else_takes_factors_away(who: str, town: Municipality) -> None:
    colleague = make_staff(town, Role.AGENT)
    by = make_staff(town, Role.AGENT if who == "no administrator" else Role.ADMINISTRATOR)
    if who == "oneself":
        colleague = by
    if who == "stranger":
        colleague = make_staff(make_town(), Role.AGENT)
    if who == "administers elsewhere":
        operations.add_member(
            municipality=make_town(),
            user=colleague,
            role=Role.ADMINISTRATOR,
            department=None,
            by_user_id=None,
            now=now(),
        )
    give_app(colleague, town)
    with pytest.raises(UnableToRemoveFactors):
        operations.remove_second_factors(user_id=colleague.pk, by=actor_for(by, town.pk), now=now())
    assert has_second_factor(colleague.pk)


def test_the_last_administrator_is_let_in_from_the_server(town: Municipality, capsys) -> None:
    user = make_staff(town, Role.ADMINISTRATOR)
    give_app(user, town)
    call_command("remove_second_factors", user.email.upper())
    assert not has_second_factor(user.pk)
    record = AuditRecord.objects.latest("id")
    assert (record.verb, record.actor_kind, record.municipality_id) == (
        "second_factor.all_removed",
        "SYSTEM",
        town.pk,
    )
    with pytest.raises(CommandError, match="Nobody signs in"):
        call_command("remove_second_factors", "nobody@staff.example")


def mails(user: User) -> list[str]:
    """Return the kinds of mail that are sent to a person about their account, oldest first."""
    events = Event.objects.filter(name="account.sign_in_mail_requested").order_by("id")
    return [event.document["template"] for event in events if event.document["user_id"] == user.pk]


def test_a_person_is_told_of_every_factor_that_comes_or_goes(town: Municipality) -> None:
    user, by = make_staff(town, Role.AGENT), make_staff(town, Role.ADMINISTRATOR)
    whose = {"user_id": user.pk, "municipality_id": town.pk}
    give_app(user, town)
    passkey = give_passkey(user, town)
    operations.make_recovery_codes(**whose, now=now())
    operations.rename_passkey(user_id=user.pk, passkey_id=passkey, name="Old phone")
    operations.remove_app(**whose, now=now())
    operations.remove_second_factors(user_id=user.pk, by=actor_for(by, town.pk), now=now())
    assert mails(user) == [
        "SECOND_FACTOR_ADDED",
        "SECOND_FACTOR_ADDED",
        "SECOND_FACTOR_REMOVED",
        "SECOND_FACTOR_RESET",
    ]
    assert mails(by) == []


def test_who_works_for_two_towns_is_told_once_of_a_reset_on_the_server(town: Municipality) -> None:
    user = make_staff(town, Role.AGENT)
    operations.add_member(
        municipality=make_town(), user=user, role=Role.AGENT, department=None, by_user_id=None, now=now()
    )
    give_app(user, town)
    operations.remove_second_factors_on_the_server(user_id=user.pk, now=now())
    assert mails(user) == ["SECOND_FACTOR_ADDED", "SECOND_FACTOR_RESET"]


def test_resetting_what_there_is_not_changes_nothing(town: Municipality) -> None:
    user, by = make_staff(town, Role.AGENT), make_staff(town, Role.ADMINISTRATOR)
    before = version(user)
    operations.remove_second_factors(user_id=user.pk, by=actor_for(by, town.pk), now=now())
    assert (version(user), mails(user)) == (before, [])
    assert not AuditRecord.objects.filter(verb="second_factor.all_removed").exists()
