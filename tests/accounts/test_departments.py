"""Departments are added, renamed, moved and retired; each change is a revision."""

import pytest

from moked.accounts import queries
from moked.accounts.models import Department
from moked.accounts.operations import (
    UnableToChangeDepartment,
    add_department,
    change_department,
    restore_department,
    retire_department,
)
from moked.accounts.rules import Role, system
from moked.revisions.models import Revision
from tests.factories import NOW, make_department, make_staff, make_town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town(db):
    return make_town()


def change(department, *, parent=None, name=None):
    return change_department(
        department_id=department.pk,
        name=department.name if name is None else name,
        parent_id=parent.pk if parent else None,
        by=system(department.municipality_id),
        now=NOW,
    )


def refusal(operation, department, **said) -> str:
    with pytest.raises(UnableToChangeDepartment) as refused:
        operation(department, **said)
    return refused.value.code


def retire(department) -> Department:
    by = system(department.municipality_id)
    return retire_department(department_id=department.pk, by=by, now=NOW)


def test_a_code_is_made_of_the_name_and_never_twice(town):
    made = [
        add_department(municipality=town, name=name, by=system(town.pk), now=NOW)
        for name in ({"en": "Roads & lights"}, {"en": "Roads – Lights"}, {"he": "כבישים"})
    ]
    assert [one.code for one in made][:2] == ["roads-lights", "roads-lights-2"]
    assert made[2].code.isalnum()


def test_renaming_and_moving_is_kept_as_a_revision(town):
    above, department = make_department(town), make_department(town)
    change(department, parent=above, name={"en": "Lights"})
    department.refresh_from_db()
    assert (department.name, department.parent) == ({"en": "Lights"}, above)
    history = Revision.objects.filter(kind="department", object_id=department.pk).order_by("number")
    assert [one.document["parent"] for one in history] == [None, above.code]


def test_no_department_ends_up_below_itself(town):
    above = make_department(town)
    middle = make_department(town, parent=above)
    below = make_department(town, parent=middle)
    assert refusal(change, above, parent=below) == "BELOW_ITSELF"
    assert refusal(change, above, parent=above) == "BELOW_ITSELF"


def test_a_department_needs_a_name(town):
    assert refusal(change, make_department(town), name={"en": ""}) == "NO_NAME"


@pytest.mark.abuse("A08")
def test_departments_of_another_town_are_out_of_reach(town):
    foreign = make_department(make_town())
    assert refusal(change, make_department(town), parent=foreign) == "UNKNOWN_PARENT"
    with pytest.raises(UnableToChangeDepartment) as refused:
        retire_department(department_id=foreign.pk, by=system(town.pk), now=NOW)
    assert refused.value.code == "NOT_FOUND"


def test_an_empty_department_is_retired_and_restored(town):
    department = make_department(town)
    retire(department)
    assert queries.departments(town.pk) == []
    assert refusal(change, make_department(town), parent=department) == "UNKNOWN_PARENT"
    restore_department(department_id=department.pk, by=system(town.pk), now=NOW)
    assert department in queries.departments(town.pk)


def test_a_department_with_people_or_departments_is_not_retired(town):
    above = make_department(town)
    below = make_department(town, parent=above)
    assert refusal(retire, above) == "HAS_DEPARTMENTS"
    make_staff(town, Role.DEPARTMENT_WORKER, department=below)
    assert refusal(retire, below) == "HAS_MEMBERS"
