"""Terms: what is promised for which cases of a service, from when on, and which clocks stand still."""

from datetime import UTC, datetime, timedelta

import pytest

from moked.accounts.rules import Role
from moked.cases import operations as cases
from moked.cases.models import Change
from moked.cases.queries import queue
from moked.cases.rules import Channel
from moked.catalogue.rules import Priority
from moked.places.models import Area
from moked.places.rules import Place
from moked.sla import queries
from moked.sla.models import Commitment, Target
from moked.sla.operations import (
    UnableToRetire,
    begin_upcoming,
    break_overdue,
    publish_target,
    retire_calendar,
)
from moked.sla.rules import BadTarget, TooFar
from moked.sla.targets import Promise
from tests.factories import make_actor, make_case, make_service, make_town
from tests.places.maps import make_map
from tests.sla.calendars import calendar
from tests.sla.promising import ALL_FOUR, MONDAY, at, commitments, make_calendar, promise, reply, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    return make_town()


@pytest.fixture
def agent(town):
    return make_actor(town, Role.AGENT)


def quarter(town):
    return Area.objects.get(municipality=make_map(town), code="nw")


def set_priority(case, priority, agent, now):
    cases.set_priority(case_id=case.pk, priority=priority, by=agent, now=now)


@pytest.fixture
def generous(town):
    service = make_service(town)
    promise(service, **ALL_FOUR)
    return service


@pytest.mark.parametrize("channel", [Channel.WEB, Channel.PHONE])
def test_who_sees_the_number_at_once_has_the_receipt(generous, town, channel):
    case = make_case(town, service=generous, channel=channel, now=MONDAY)
    assert commitments(case)["ACKNOWLEDGEMENT"] == ("KEPT", at(16, 12), MONDAY)


def test_the_next_answer_counts_from_the_oldest_words_without_one(generous, town, agent):
    case = make_case(town, service=generous, now=MONDAY)
    reply(case, agent, at(16, 12))
    write(case, at(16, 13))
    write(case, at(16, 14))
    assert commitments(case)["NEXT_ANSWER"] == ("RUNNING", at(16, 15), None)
    case.refresh_from_db()
    assert (case.queue_at, case.queue_for) == (at(16, 15), "NEXT_ANSWER")
    reply(case, agent, at(17, 9))
    assert commitments(case)["NEXT_ANSWER"] == ("BROKEN", at(16, 15), at(17, 9))
    write(case, at(17, 10))
    assert commitments(case)["NEXT_ANSWER"] == ("RUNNING", at(17, 12), None)
    assert commitments(case, past=True)["NEXT_ANSWER"] == ("BROKEN", at(16, 15), at(17, 9))


def test_other_terms_count_for_the_cases_they_are_meant_for(town):
    area = quarter(town)
    service = make_service(town)
    make_calendar(town, calendar(sun=[["08:00", "18:00"]], mon=[["08:00", "18:00"]]), code="longer")
    promise(
        service,
        resolution="3d",
        exceptions=[
            {"calendar": "office", "resolution": "2h", "priorities": ["HIGH"], "channels": ["PHONE"]},
            {"calendar": "longer", "resolution": "1d", "area_kind": area.kind, "areas": [area.code]},
            {"calendar": "office", "resolution": "8h", "channels": ["WEB"]},
        ],
    )
    inside = Place("Here 1", area_ids=(area.pk,))

    def due(channel, place=None):
        more = {"place": place} if place else {}
        case = make_case(town, service=service, channel=channel, now=MONDAY, **more)
        return commitments(case)["RESOLUTION"][1]

    assert due(Channel.WEB) == at(17, 11)
    assert due(Channel.WEB, inside) == at(22, 18)
    assert due(Channel.LETTER) == at(19, 16)


def test_a_higher_priority_is_promised_from_the_start_and_the_former_promise_kept_on_record(town, agent):
    service = make_service(town)
    promise(
        service,
        first_answer="4h",
        resolution="3d",
        exceptions=[{"calendar": "office", "first_answer": "4h", "resolution": "8h", "priorities": ["HIGH"]}],
    )
    case = make_case(town, service=service, now=MONDAY)
    set_priority(case, Priority.HIGH, agent, at(16, 13))
    assert commitments(case) == {
        "FIRST_ANSWER": ("RUNNING", at(16, 15), None),
        "RESOLUTION": ("RUNNING", at(17, 11), None),
    }
    # What is promised the same as before goes on; only what changed leaves a record.
    assert commitments(case, past=True) == {"RESOLUTION": ("CANCELLED", at(19, 16), None)}
    change = Change.objects.get(case=case, kind="PRIORITY")
    assert (change.before, change.after, change.actor_id) == ("NORMAL", "HIGH", agent.user_id)
    set_priority(case, Priority.HIGH, agent, at(16, 14))
    assert Change.objects.filter(case=case, kind="PRIORITY").count() == 1


def test_a_promise_that_was_broken_stays_so_on_record_whatever_is_promised_later(town, agent):
    service = make_service(town)
    low = {"calendar": "office", "resolution": "5d", "priorities": ["LOW"]}
    promise(service, resolution="3d", exceptions=[low])
    case = make_case(town, service=service, now=MONDAY)
    break_overdue(at(19, 16))
    set_priority(case, Priority.LOW, agent, at(22, 9))
    assert commitments(case)["RESOLUTION"][0] == "RUNNING"
    assert commitments(case, past=True) == {"RESOLUTION": ("BROKEN", at(19, 16), None)}


def test_an_answer_given_before_meets_what_is_promised_later(town, agent):
    service = make_service(town)
    high = {**ALL_FOUR, "calendar": "office", "priorities": ["HIGH"]}
    promise(service, resolution="3d", exceptions=[high])
    case = make_case(town, service=service, channel=Channel.EMAIL, now=MONDAY)
    reply(case, agent, at(16, 13))
    set_priority(case, Priority.HIGH, agent, at(16, 14))
    assert commitments(case) == {
        "ACKNOWLEDGEMENT": ("BROKEN", at(16, 12), at(16, 13)),
        "FIRST_ANSWER": ("KEPT", at(16, 15), at(16, 13)),
        "RESOLUTION": ("RUNNING", at(19, 16), None),
    }


def test_urgent_cases_count_round_the_clock_and_stand_in_front(town, agent):
    service = make_service(town, priority="URGENT")
    promise(service, resolution="10h")
    make_case(town, service=make_service(town), now=at(15, 8))
    urgent = make_case(town, service=service, now=at(16, 15))
    assert commitments(urgent)["RESOLUTION"][1] == at(17, 1)
    assert urgent.priority == "URGENT"
    assert next(one.pk for one in queue(agent, now=at(16, 16)).cases) == urgent.pk
    set_priority(urgent, Priority.NORMAL, agent, at(16, 16))
    assert commitments(urgent)["RESOLUTION"][1] == at(18, 9)
    urgent.refresh_from_db()
    assert (urgent.queue_at, urgent.queue_for) == (at(18, 9), "RESOLUTION")


def test_terms_written_for_urgent_cases_keep_their_calendar(town):
    service = make_service(town, priority="URGENT")
    promise(
        service,
        resolution="3d",
        exceptions=[{"calendar": "office", "resolution": "4h", "priorities": ["URGENT"]}],
    )
    assert commitments(make_case(town, service=service, now=MONDAY))["RESOLUTION"][1] == at(16, 15)


def test_a_service_gives_its_cases_their_priority_until_somebody_sets_another(town, agent):
    high, usual = make_service(town, priority="HIGH"), make_service(town)
    case = make_case(town, service=high, now=MONDAY)
    cases.change_service(case_id=case.pk, service_id=usual.pk, by=agent, now=at(16, 12))
    case.refresh_from_db()
    assert case.priority == "NORMAL"
    set_priority(case, Priority.URGENT, agent, at(16, 13))
    cases.change_service(case_id=case.pk, service_id=high.pk, by=agent, now=at(16, 14))
    case.refresh_from_db()
    assert case.priority == "URGENT"


def test_the_town_says_which_waiting_stops_a_clock_and_the_law_says_none(town, agent):
    service = make_service(town)
    promise(service, first_answer="4h", resolution="3d", paused_by={"resolution": ["SCHEDULED"]})
    case = make_case(town, service=service, now=MONDAY)
    cases.move(case_id=case.pk, target="WAITING_FOR_RESIDENT", by=agent, now=at(16, 12))
    assert commitments(case)["RESOLUTION"] == ("RUNNING", at(19, 16), None)
    cases.move(case_id=case.pk, target="SCHEDULED", by=agent, now=at(16, 13), until=at(18, 9))
    assert commitments(case)["RESOLUTION"] == ("PAUSED", None, None)
    assert commitments(case)["FIRST_ANSWER"][0] == "RUNNING"
    legal = make_service(town)
    promise(legal, resolution="30c", legal=["resolution"])
    case = make_case(town, service=legal, now=MONDAY)
    cases.move(case_id=case.pk, target="WAITING_FOR_RESIDENT", by=agent, now=at(16, 12))
    assert commitments(case)["RESOLUTION"] == ("RUNNING", datetime(2026, 12, 16, 14, tzinfo=UTC), None)
    assert Commitment.objects.get(case=case, kind="RESOLUTION").is_legal


def test_a_first_answer_never_stands_still_whatever_is_written(town):
    with pytest.raises(BadTarget):
        promise(make_service(town), first_answer="4h", paused_by={"first_answer": ["SCHEDULED"]})


def test_what_begins_later_counts_from_then_on(town):
    service, office = make_service(town), make_calendar(town)
    promise(service, resolution="3d", calendar=office)
    later = Promise.from_document({"calendar": "office", "resolution": "1d"})
    publish_target(service=service, promise=later, by_user_id=None, now=MONDAY, from_at=at(18, 0))
    before = make_case(town, service=service, now=at(17, 23))
    after = make_case(town, service=service, now=at(18, 0))
    assert commitments(before)["RESOLUTION"][1] == at(22, 16)
    assert commitments(after)["RESOLUTION"][1] == at(19, 16)
    target = Target.objects.get()
    assert (target.resolution, target.upcoming_at) == ("3d", at(18, 0))
    assert begin_upcoming(at(17, 23)) == "0 promises begun"
    assert begin_upcoming(at(18, 0)) == "1 promises begun"
    target.refresh_from_db()
    assert (target.resolution, target.upcoming, target.upcoming_at) == ("1d", None, None)
    assert commitments(make_case(town, service=service, now=at(18, 1)))["RESOLUTION"][1] == at(19, 16)


def test_a_promise_that_is_the_first_may_begin_later(town):
    service = make_service(town)
    make_calendar(town)
    later = Promise.from_document({"calendar": "office", "resolution": "1d"})
    publish_target(service=service, promise=later, by_user_id=None, now=MONDAY, from_at=at(18, 0))
    assert commitments(make_case(town, service=service, now=MONDAY)) == {}


def test_a_calendar_that_only_other_or_later_terms_name_is_in_use(town):
    service, office = make_service(town), make_calendar(town)
    extra = make_calendar(town, code="extra")
    promise(
        service,
        resolution="3d",
        calendar=office,
        exceptions=[{"calendar": "extra", "resolution": "2d", "priorities": ["LOW"]}],
    )
    with pytest.raises(UnableToRetire, match="TARGETS"):
        retire_calendar(calendar_id=extra.pk, municipality=town, by_user_id=None, now=MONDAY)
    once = calendar(days={"2026-11-17": [["08:00", "10:00"]]}, sun=[])
    with pytest.raises(TooFar):
        make_calendar(town, once, code="extra")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"priorities": ["SOON"]}, "priorities"),
        ({"channels": ["SMOKE"]}, "channels"),
        ({"areas": ["x"]}, "kind"),
        ({"area_kind": "DISTRICT", "areas": ["nowhere"]}, "nowhere"),
        ({}, "which cases"),
        ({"priorities": ["LOW"], "legal": ["review"]}, "legal"),
        ({"priorities": ["LOW"], "calendar": "moon"}, "moon"),
    ],
)
def test_terms_that_make_no_sense_are_refused_in_words(town, wrong, words):
    exception = {"calendar": "office", "resolution": "1d", **wrong}
    with pytest.raises(BadTarget, match=words):
        promise(make_service(town), resolution="3d", exceptions=[exception])
    assert not Target.objects.exists()


def test_a_promise_reads_back_as_it_was_written():
    document = {
        "calendar": "office",
        **ALL_FOUR,
        "paused_by": {"next_answer": ["SCHEDULED"], "resolution": []},
        "legal": ["acknowledgement"],
        "exceptions": [
            {
                "calendar": "other",
                "resolution": "5c",
                "priorities": ["LOW", "HIGH"],
                "channels": ["WEB"],
                "area_kind": "DISTRICT",
                "areas": ["north"],
            }
        ],
    }
    assert Promise.from_document(document).as_document() == document


def test_a_preview_says_what_would_be_promised_there(town):
    area = quarter(town)
    service = make_service(town)
    promise(
        service,
        resolution="3d",
        exceptions=[{"calendar": "office", "resolution": "1d", "area_kind": area.kind, "areas": [area.code]}],
    )
    assert queries.preview(service, MONDAY, channel="PHONE") == at(19, 16)
    assert queries.preview(service, MONDAY, channel="PHONE", area_ids=[area.pk]) == at(17, 16)
    urgent = make_service(town, priority="URGENT")
    promise(urgent, resolution="10h")
    assert queries.preview(urgent, MONDAY, channel="PHONE") == MONDAY + timedelta(hours=10)
