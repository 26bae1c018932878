"""A calendar of a department is for its services and those below it, and for no others."""

import pytest

from moked.accounts.operations import retire_department
from moked.accounts.rules import system
from moked.sla import calendars, queries
from moked.sla.models import Calendar, Target
from moked.sla.operations import UnableToGive, publish_calendar
from moked.sla.rules import BadTarget
from tests.factories import NOW, make_department, make_service, make_town
from tests.sla.calendars import ISRAELI
from tests.sla.promising import MONDAY, make_calendar, promise

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    return make_town()


def give(town, department, *, code="theirs", document=ISRAELI) -> Calendar:
    return publish_calendar(
        municipality=town,
        code=code,
        name={"en": code},
        hours=calendars.Calendar.from_document(document),
        department=department,
        by_user_id=None,
        now=MONDAY,
    )


def test_it_is_offered_to_the_department_and_those_below_only(town):
    above = make_department(town)
    own = make_department(town, parent=above)
    below, beside = make_department(town, parent=own), make_department(town, parent=above)
    make_calendar(town)
    give(town, own)
    offered = {
        one.code: [calendar.code for calendar in queries.calendars_for(town.pk, one.pk)]
        for one in (above, own, below, beside)
    }
    assert offered == {
        above.code: ["office"],
        own.code: ["office", "theirs"],
        below.code: ["office", "theirs"],
        beside.code: ["office"],
    }
    assert [one.code for one in queries.calendars_for(town.pk, None)] == ["office"]


def test_a_target_that_names_another_departments_calendar_is_refused(town):
    own = make_department(town)
    theirs = give(town, own)
    with pytest.raises(BadTarget, match="another department"):
        promise(make_service(town), resolution="3d", calendar=theirs)
    assert not Target.objects.exists()
    below = make_department(town, parent=own)
    assert promise(make_service(town, department=below), resolution="3d", calendar=theirs).calendar == theirs


def test_a_target_that_names_one_in_its_other_terms_is_refused(town):
    theirs = give(town, make_department(town))
    others = [{"calendar": theirs.code, "resolution": "1d", "priorities": ["URGENT"]}]
    with pytest.raises(BadTarget, match="another department"):
        promise(make_service(town), resolution="3d", exceptions=others)


def test_a_calendar_that_others_count_by_is_not_given_away(town):
    own = make_department(town)
    shared = make_calendar(town, code="theirs")
    promise(make_service(town, department=own), resolution="3d", calendar=shared)
    promise(make_service(town), resolution="3d", calendar=shared)
    with pytest.raises(UnableToGive, match="SERVICES"):
        give(town, own)
    shared.refresh_from_db()
    assert (shared.department, shared.revision.number) == (None, 1)


def test_a_calendar_that_only_its_own_count_by_is_given_and_taken_back(town):
    own = make_department(town)
    shared = make_calendar(town, code="theirs")
    promise(
        make_service(town, department=make_department(town, parent=own)), resolution="3d", calendar=shared
    )
    assert give(town, own).revision.document["department"] == own.code
    assert "department" not in give(town, None).revision.document


def test_a_retired_department_keeps_its_calendar_and_is_given_no_other(town):
    own = make_department(town)
    give(town, own)
    retire_department(department_id=own.pk, by=system(town.pk), now=NOW)
    own.refresh_from_db()
    assert give(town, own).department == own
    with pytest.raises(UnableToGive, match="RETIRED"):
        give(town, own, code="other")


@pytest.mark.abuse("A08")
def test_a_department_of_another_town_is_given_none(town):
    with pytest.raises(UnableToGive):
        give(town, make_department(make_town()))
    assert not Calendar.objects.exists()


def test_a_service_without_a_promise_counts_by_a_shared_calendar_first(town):
    give(town, make_department(town))
    shared = make_calendar(town)
    assert queries.calendar_for(town.pk, make_service(town).pk) == shared


@pytest.mark.parametrize("number", [1, 3])
def test_what_is_offered_takes_as_many_queries_for_any_number(number, town, django_assert_num_queries):
    own = make_department(town)
    for one in range(number):
        give(town, own, code=f"calendar-{one}")
    with django_assert_num_queries(2):
        assert len(queries.calendars_for(town.pk, own.pk)) == number
