"""What people at the desk say of how somebody is reached."""

import pytest

from moked.accounts.rules import Role
from moked.audit.models import AuditRecord
from moked.residents import contact_points
from moked.residents.models import ContactPoint, Resident
from moked.residents.operations import ContactDetails, identify, mark_undeliverable, mark_verified
from moked.residents.queries import Reach, contact_points_of, find, reach_of
from moked.residents.refusals import UnableToChangeResident
from tests.factories import NOW, make_actor, make_town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    return make_town()


@pytest.fixture
def by(town):
    return make_actor(town, Role.AGENT)


def known(town, name: str, **details: str) -> Resident:
    said = ContactDetails(name=name, **details)
    resident = identify(municipality_id=town.pk, details=said, language="en", now=NOW)
    assert resident is not None
    return resident


def point_of(resident: Resident, value: str) -> ContactPoint:
    return ContactPoint.objects.get(resident=resident, value=value)


def verbs() -> list[str]:
    of_residents = AuditRecord.objects.filter(object_kind="resident").order_by("id")
    return list(of_residents.values_list("verb", flat=True))


def test_an_address_or_number_is_added_once_and_written_down(town, by):
    ann = known(town, "Ann")
    for value in ("ann@example.org", "050-123 4567", " ANN@example.org"):
        contact_points.add_point(resident=ann, value=value, by=by, now=NOW)
    assert [(one.kind, one.value) for one in contact_points_of(ann)] == [
        ("EMAIL", "ann@example.org"),
        ("PHONE", "050-123 4567"),
    ]
    assert [one.name for one in find(Resident.objects.all(), town.pk, "+972 50 123 4567")] == ["Ann"]
    assert verbs() == ["resident.contact_added"] * 2
    assert "ann@" not in str(AuditRecord.objects.values())


@pytest.mark.parametrize("value", ["", "call me", "x" * 255 + "@example.org"])
def test_what_is_neither_is_refused(town, by, value):
    with pytest.raises(UnableToChangeResident, match="BAD_VALUE"):
        contact_points.add_point(resident=known(town, "Ann"), value=value, by=by, now=NOW)


def test_a_retired_number_finds_and_reaches_nobody_until_it_is_added_again(town, by):
    ann = known(town, "Ann", phone="050-123 4567", email="ann@example.org")
    for value in ("050-123 4567", "ann@example.org"):
        contact_points.retire_point(resident=ann, point_id=point_of(ann, value).pk, by=by, now=NOW)
    everybody = Resident.objects.all()
    assert find(everybody, town.pk, "0501234567") == find(everybody, town.pk, "ann@example.org") == []
    assert reach_of([ann]) == {ann.pk: Reach()}
    assert [one.retired_at for one in contact_points_of(ann)] == [NOW, NOW]
    contact_points.add_point(resident=ann, value="0501234567", by=by, now=NOW)
    assert find(everybody, town.pk, "0501234567") == [ann]
    assert verbs() == [*["resident.contact_retired"] * 2, "resident.contact_added"]


def test_one_address_is_preferred_and_used_first(town, by):
    ann = known(town, "Ann", email="ann@example.org", phone="0501111111")
    contact_points.add_point(resident=ann, value="0502222222", by=by, now=NOW)
    assert reach_of([ann])[ann.pk].phone == "0502222222"
    for value in ("ann@example.org", "0501111111"):
        contact_points.prefer_point(resident=ann, point_id=point_of(ann, value).pk, by=by, now=NOW)
    assert reach_of([ann])[ann.pk].phone == "0501111111"
    assert [one.value for one in contact_points_of(ann) if one.is_preferred] == ["0501111111"]


def test_an_address_that_works_is_used_before_one_that_does_not(town, by):
    ann = known(town, "Ann", email="ann@example.org")
    contact_points.add_point(resident=ann, value="gone@example.org", by=by, now=NOW)
    contact_points.prefer_point(resident=ann, point_id=point_of(ann, "gone@example.org").pk, by=by, now=NOW)
    mark_undeliverable(town.pk, "gone@example.org", NOW)
    assert reach_of([ann])[ann.pk].email == "ann@example.org"


def test_a_corrected_address_takes_the_place_of_the_wrong_one(town, by):
    ann = known(town, "Ann", email="ann@exmaple.org")
    wrong = point_of(ann, "ann@exmaple.org")
    contact_points.prefer_point(resident=ann, point_id=wrong.pk, by=by, now=NOW)
    mark_verified(ann, "ann@exmaple.org", NOW)
    contact_points.correct_point(resident=ann, point_id=wrong.pk, value="ann@example.org", by=by, now=NOW)
    right, old = contact_points_of(ann)
    assert (right.value, right.is_preferred, right.is_verified) == ("ann@example.org", True, False)
    assert (old.value, old.retired_at, old.is_preferred) == ("ann@exmaple.org", NOW, False)


def test_the_address_of_somebody_else_may_be_added_and_is_shown_as_shared(town, by):
    ann, bob = known(town, "Ann", email="home@example.org"), known(town, "Bob")
    assert not contact_points_of(ann)[0].is_shared
    contact_points.add_point(resident=bob, value="home@example.org", by=by, now=NOW)
    assert contact_points_of(ann)[0].is_shared and contact_points_of(bob)[0].is_shared
    assert known(town, "Bob", email="home@example.org") == bob


def test_points_of_somebody_else_are_not_changed(town, by):
    ann, bob = known(town, "Ann", email="ann@example.org"), known(town, "Bob")
    point = point_of(ann, "ann@example.org")
    for change in (contact_points.retire_point, contact_points.prefer_point):
        with pytest.raises(UnableToChangeResident, match="NOT_FOUND"):
            change(resident=bob, point_id=point.pk, by=by, now=NOW)


def test_an_address_is_verified_for_the_resident_it_was_answered_by_only(town, by):
    ann, bob = known(town, "Ann", email="home@example.org"), known(town, "Bob")
    contact_points.add_point(resident=bob, value="home@example.org", by=by, now=NOW)
    mark_verified(bob, " HOME@example.org", NOW)
    assert not contact_points_of(ann)[0].is_verified and contact_points_of(bob)[0].is_verified
