"""Warnings: each level once, to whoever is to act, in working hours; and later times with their reason."""

import pytest
from django.db import transaction

from moked.accounts.models import Membership, User
from moked.accounts.operations import add_absence
from moked.accounts.queries import actor_for
from moked.accounts.rules import Role, system
from moked.cases import operations as cases
from moked.cases.models import Case, Change
from moked.catalogue.rules import Priority
from moked.events.models import Event
from moked.notices import staff
from moked.notices.models import StaffNotice
from moked.sla import operations, warnings
from moked.sla.calendars import Calendar
from moked.sla.models import Commitment
from moked.sla.operations import UnableToPostpone, break_overdue, postpone, publish_warnings, warn
from moked.sla.rules import Target
from tests.factories import (
    make_actor,
    make_case,
    make_department,
    make_service,
    make_staff,
    make_team,
    make_town,
)
from tests.sla.calendars import ISRAELI
from tests.sla.promising import MONDAY, at, make_promising_service, promise

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    return make_town()


@pytest.fixture
def roads(town):
    return make_department(town)


@pytest.fixture
def manager(town, roads):
    return make_staff(town, Role.DEPARTMENT_MANAGER, department=roads)


@pytest.fixture
def worker(town, roads):
    return make_staff(town, Role.DEPARTMENT_WORKER, department=roads)


def level(at, *whom, kinds=("RESOLUTION",), **more):
    return {"kinds": list(kinds), "at": at, "whom": list(whom), **more}


def publish(town, *levels):
    read = warnings.read(list(levels))
    return publish_warnings(municipality=town, levels=read, by_user_id=None, now=MONDAY)


def told(*, of=None):
    rows = StaffNotice.objects.order_by("id")
    rows = rows.filter(user=of) if of else rows
    return [(row.user_id, row.kind, row.what, row.level) for row in rows]


@pytest.fixture
def case(town, roads, worker):
    """Opened on a Monday at eleven and taken on; its end is due on Thursday at sixteen."""
    publish(
        town,
        level("50%", "ASSIGNEE"),
        level("80%", "ASSIGNEE", "MANAGER", by_mail=True),
        level("100%", "MANAGER"),
        level("*1d", "MANAGER", "SERVICE_MANAGER"),
    )
    case = make_case(town, service=make_promising_service(town, department=roads), now=MONDAY)
    cases.assign(
        case_id=case.pk, department_id=roads.pk, assignee_id=worker.pk, by=system(town.pk), now=MONDAY
    )
    return case


def test_a_share_is_counted_in_working_time_and_told_to_who_has_the_case(case, worker):
    # 5 + 3 × 8 = 29 working hours: half of them are over on Tuesday at 17:30 of a longer day, that is
    # Wednesday 09:30.
    assert Commitment.objects.get(case=case, kind="RESOLUTION").warn_at == at(18, 9, 30)
    assert warn(at(18, 9, 29)) == "0 warnings given"
    assert warn(at(18, 9, 30)) == "1 warnings given"
    assert told() == [(worker.pk, "AT_RISK", "RESOLUTION", "50%")]
    assert warn(at(18, 9, 31)) == "0 warnings given"
    change = Change.objects.get(case=case, kind="WARNED")
    assert (change.before, change.after, change.reason) == ("RESOLUTION", "1", "50%")


def test_each_level_is_given_once_and_after_a_long_stop_only_the_highest(case, worker, manager):
    assert warn(at(19, 15)) == "1 warnings given"
    assert told() == [
        (worker.pk, "AT_RISK", "RESOLUTION", "80%"),
        (manager.pk, "AT_RISK", "RESOLUTION", "80%"),
    ]
    assert Commitment.objects.get(case=case, kind="RESOLUTION").warned == "50%,80%"


def test_what_is_due_at_closing_is_told_the_next_morning_and_then_every_working_day(case, manager):
    warn(at(19, 15))
    break_overdue(at(19, 16))
    assert warn(at(19, 23)) == "0 warnings given"
    # Friday and Saturday are closed.
    assert warn(at(22, 8)) == "1 warnings given"
    assert told(of=manager)[-1] == (manager.pk, "BROKEN", "RESOLUTION", "100%")
    assert warn(at(23, 8)) == "1 warnings given"
    assert told(of=manager)[-1] == (manager.pk, "BROKEN", "RESOLUTION", "*1d#1")
    assert warn(at(24, 8)) == "1 warnings given"
    assert told(of=manager)[-1] == (manager.pk, "BROKEN", "RESOLUTION", "*1d#2")


def test_an_urgent_case_warns_by_night(town, roads, manager):
    publish(town, level("50%", "MANAGER"))
    service = make_service(town, department=roads, priority="URGENT")
    promise(service, resolution="10h")
    make_case(town, service=service, now=at(16, 20))
    assert warn(at(17, 0, 59)) == "0 warnings given"
    assert warn(at(17, 1)) == "1 warnings given"


def test_a_clock_that_stands_still_warns_nobody_and_what_was_given_is_not_given_again(case, worker):
    warn(at(18, 9, 30))
    cases.move(
        case_id=case.pk, target="WAITING_FOR_RESIDENT", by=system(case.municipality_id), now=at(18, 10)
    )
    assert Commitment.objects.get(case=case, kind="RESOLUTION").warn_at is None
    assert warn(at(25, 12)) == "0 warnings given"
    cases.move(case_id=case.pk, target="IN_PROGRESS", by=system(case.municipality_id), now=at(25, 12))
    assert warn(at(25, 12)) == "0 warnings given"
    assert len(told()) == 1


def test_what_was_done_meanwhile_warns_nobody(case):
    cases.close_case(
        case_id=case.pk, outcome="FIXED", message="Done.", by=system(case.municipality_id), now=at(17, 12)
    )
    assert warn(at(25, 12)) == "0 warnings given"
    assert told() == []


def test_a_promise_that_moves_to_the_past_warns_at_once(case, town, worker, manager):
    promise(
        case.service,
        resolution="3d",
        exceptions=[{"calendar": "office", "resolution": "2h", "priorities": ["HIGH"]}],
    )
    cases.set_priority(case_id=case.pk, priority=Priority.HIGH, by=system(town.pk), now=at(16, 14))
    assert warn(at(16, 14)) == "1 warnings given"
    assert told(of=manager) == [(manager.pk, "BROKEN", "RESOLUTION", "100%")]


def test_levels_are_meant_for_some_services_and_priorities(town, roads, manager):
    wanted, other = (make_promising_service(town, department=roads) for _ in range(2))
    publish(
        town,
        level("50%", "MANAGER", services=[wanted.slug]),
        level("50%", "MANAGER", kinds=("FIRST_ANSWER",), priorities=["HIGH"]),
    )
    make_case(town, service=other, now=MONDAY)
    make_case(town, service=wanted, now=MONDAY)
    warn(at(18, 16))
    assert told() == [(manager.pk, "AT_RISK", "RESOLUTION", "50%")]


def test_two_levels_of_one_moment_are_told_together(town, roads, manager, worker):
    publish(town, level("50%", "MANAGER"), level("50%", "DEPARTMENT", by_mail=True))
    make_case(town, service=make_promising_service(town, department=roads), now=MONDAY)
    warn(at(18, 16))
    assert [row.mail_state for row in StaffNotice.objects.all()] == ["PLANNED", "PLANNED"]
    assert {row.user_id for row in StaffNotice.objects.all()} == {manager.pk, worker.pk}


def test_the_case_can_be_given_to_the_manager(town, roads, manager):
    publish(town, level("100%", gives=True))
    case = make_case(town, service=make_promising_service(town, department=roads), now=MONDAY)
    warn(at(22, 8))
    case.refresh_from_db()
    assert case.assignee_id == manager.pk


def test_without_a_manager_of_its_own_a_department_has_the_one_above(town, roads, manager):
    below = make_department(town, parent=roads)
    publish(town, level("50%", "MANAGER"))
    make_case(town, service=make_promising_service(town, department=below), now=MONDAY)
    warn(at(18, 16))
    assert told() == [(manager.pk, "AT_RISK", "RESOLUTION", "50%")]


@pytest.mark.abuse("A37")
def test_who_may_not_see_the_case_any_more_is_shown_and_sent_nothing(case, worker, roads, town, sink, work):
    warn(at(19, 15))
    assert staff.unread(actor_for(worker, town.pk)) == 1
    assert staff.unread(make_actor(town, Role.AGENT)) == 0
    Membership.objects.filter(user=worker).update(department=make_department(town))
    assert staff.unread(actor_for(worker, town.pk)) == 0
    work()
    assert [to for _sender, to in sink.envelopes if worker.email in to] == []


def test_a_mail_says_number_and_service_and_nothing_a_resident_wrote(case, worker, manager, sink, work):
    warn(at(19, 15))
    work()
    (mine,) = [str(one) for one in sink.messages if one["To"] == worker.email]
    assert case.number in mine and case.title not in mine
    assert StaffNotice.objects.filter(mail_state="SENT").count() == 2


@pytest.mark.parametrize("text", ["", "0%", "101%", "80", "-1d", "-2", "soon", "+0h", "*4", None, "99999h"])
def test_a_moment_that_is_none_is_refused(text):
    with pytest.raises(warnings.BadWarnings):
        warnings.read([level(text, "MANAGER")])


@pytest.mark.parametrize(
    "wrong",
    [
        {"kinds": []},
        {"kinds": ["REVIEW"]},
        {"whom": []},
        {"whom": ["MAYOR"]},
        {"priorities": ["SOON"]},
        {"services": "pothole"},
    ],
)
def test_a_warning_that_makes_no_sense_is_refused_in_words(wrong):
    with pytest.raises(warnings.BadWarnings):
        warnings.read([level("80%", "MANAGER") | wrong])


def test_a_warning_for_a_service_the_town_does_not_have_is_refused(town):
    with pytest.raises(warnings.BadWarnings):
        publish(town, level("80%", "MANAGER", services=["moon-landing"]))


def test_before_and_after_are_counted_in_working_time():
    clock = warnings.Clock(
        Calendar.from_document(ISRAELI), at(19, 11), Target.read("8h"), (), is_urgent=False
    )
    # Due on Sunday at eleven: Friday and Saturday are closed.
    assert clock.moment("-4h") == at(19, 15)
    assert clock.moment("100%") == at(22, 11)
    # One working day after ends with Monday's closing, and is told when it opens next.
    assert clock.moment("+1d") == at(24, 8)
    assert clock.moment("-9h") is None
    assert clock.moment("*2h#3") == at(23, 9)


def test_a_later_time_is_told_with_its_reason_and_the_promise_is_judged_by_the_first(case, town, worker):
    agent = make_actor(town, Role.AGENT)
    postpone(
        case_id=case.pk, to=at(26, 12), words="The asphalt comes on Wednesday.", by=agent, now=at(18, 12)
    )
    case.refresh_from_db()
    assert (case.promised_at, case.promise_state, case.promise_words) == (
        at(26, 12),
        "RUNNING",
        "The asphalt comes on Wednesday.",
    )
    assert Event.objects.filter(name="case.promise_moved").count() == 1
    break_overdue(at(22, 9))
    assert Commitment.objects.get(case=case, kind="RESOLUTION").state == "BROKEN"
    case.refresh_from_db()
    assert (case.promised_at, case.promise_state) == (at(26, 12), "RUNNING")
    assert break_overdue(at(26, 12)) == "1 promises broken"
    case.refresh_from_db()
    assert case.promise_state == "BROKEN"
    assert break_overdue(at(26, 13)) == "0 promises broken"


def test_a_later_time_ends_with_the_terms_it_was_told_for(case, town):
    agent = make_actor(town, Role.AGENT)
    postpone(case_id=case.pk, to=at(26, 12), words="Asphalt.", by=agent, now=at(18, 12))
    other = make_service(town)
    promise(other, resolution="5d")
    cases.change_service(case_id=case.pk, service_id=other.pk, by=agent, now=at(18, 13))
    case.refresh_from_db()
    assert (case.promised_at, case.promise_words) == (at(23, 16), "")


@pytest.mark.parametrize(
    ("to", "words", "code"),
    [(at(19, 15), "Later.", "NOT_LATER"), (at(26, 12), " ", "NOTHING_SAID")],
)
def test_a_time_that_is_no_later_or_has_no_reason_is_refused(case, town, to, words, code):
    with pytest.raises(UnableToPostpone, match=code):
        postpone(case_id=case.pk, to=to, words=words, by=make_actor(town, Role.AGENT), now=at(18, 12))


def test_who_may_not_work_on_a_case_promises_nothing(case, town):
    stranger = make_actor(town, Role.DEPARTMENT_WORKER, department=make_department(town))
    auditor = make_actor(town, Role.AUDITOR)
    for actor, code in (
        (stranger, "NOT_FOUND"),
        (auditor, "NOT_ALLOWED"),
        (make_actor(make_town(), Role.AGENT), "NOT_FOUND"),
    ):
        with pytest.raises(UnableToPostpone, match=code):
            postpone(case_id=case.pk, to=at(26, 12), words="Later.", by=actor, now=at(18, 12))


def test_a_case_that_nothing_is_promised_for_cannot_be_late(town):
    plain = make_case(town, now=MONDAY)
    with pytest.raises(UnableToPostpone, match="NO_PROMISE"), transaction.atomic():
        postpone(case_id=plain.pk, to=at(26, 12), words="Later.", by=make_actor(town, Role.AGENT), now=MONDAY)


def test_an_urgent_case_is_told_at_once_and_by_mail_to_whoever_can_act(town, roads, worker, manager):
    agent = make_actor(town, Role.AGENT)
    service = make_service(town, department=roads, priority="URGENT")
    make_case(town, service=service, now=at(16, 23))
    rows = StaffNotice.objects.order_by("user_id")
    assert {(row.user_id, row.kind, row.mail_state) for row in rows} == {
        (user_id, "URGENT", "PLANNED") for user_id in (worker.pk, manager.pk, agent.user_id)
    }


def test_a_case_that_becomes_urgent_is_told_once(town, roads, worker):
    case = make_case(town, service=make_service(town, department=roads), now=MONDAY)
    assert told() == []
    for priority in (Priority.HIGH, Priority.URGENT, Priority.URGENT):
        cases.set_priority(case_id=case.pk, priority=priority, by=system(town.pk), now=at(16, 12))
    assert told() == [(worker.pk, "URGENT", "", "")]


def test_a_case_of_another_service_that_is_urgent_is_told_once_where_it_went(town, roads, worker, manager):
    parks = make_department(town)
    make_staff(town, Role.DEPARTMENT_WORKER, department=parks)
    case = make_case(town, service=make_service(town, department=parks), now=MONDAY)
    agent = make_actor(town, Role.AGENT)
    urgent, other = (make_service(town, department=roads, priority="URGENT") for _ in range(2))
    for service in (urgent, other):
        cases.change_service(case_id=case.pk, service_id=service.pk, by=agent, now=at(16, 12))
    rows = StaffNotice.objects.order_by("user_id")
    assert [(row.user_id, row.kind, row.mail_state) for row in rows] == [
        (user_id, "URGENT", "PLANNED") for user_id in sorted((worker.pk, manager.pk, agent.user_id))
    ]


def test_what_another_service_promises_is_told_once_also_where_the_priority_is_another(town, roads):
    usual = make_promising_service(town, department=roads)
    high = make_service(town, department=roads, priority="HIGH")
    terms = {"calendar": "office", "resolution": "4d", "priorities": ["HIGH"]}
    promise(high, resolution="2d", exceptions=[terms])
    case = make_case(town, service=usual, now=MONDAY)
    cases.change_service(case_id=case.pk, service_id=high.pk, by=make_actor(town, Role.AGENT), now=at(16, 12))
    happened = Event.objects.filter(name__in=["case.service_changed", "case.priority_changed"])
    assert list(happened.order_by("id").values_list("name", flat=True)) == [
        "case.service_changed",
        "case.priority_changed",
    ]
    promises = Commitment.objects.filter(case=case, kind="RESOLUTION").order_by("id")
    assert [(one.is_current, one.target) for one in promises] == [(False, "3d"), (True, "4d")]
    assert Event.objects.filter(name="case.promise_moved").count() == 1


def test_those_on_duty_of_the_teams_on_call_are_told_of_an_urgent_case(town, roads, worker, manager):
    on_duty, away = (make_staff(town, Role.SERVICE_MANAGER) for _ in range(2))
    add_absence(
        user_id=away.pk, first_day=MONDAY.date(), last_day=MONDAY.date(), by=system(town.pk), now=MONDAY
    )
    make_team(town, on_duty, away, worker, department=roads, is_on_call=True)
    make_team(town, make_staff(town, Role.SERVICE_MANAGER), department=roads)
    make_team(town, make_staff(town, Role.SERVICE_MANAGER), department=make_department(town), is_on_call=True)
    make_case(town, service=make_service(town, department=roads, priority="URGENT"), now=at(16, 23))
    rows = StaffNotice.objects.all()
    assert sorted((row.user_id, row.kind, row.mail_state) for row in rows) == [
        (user_id, "URGENT", "PLANNED") for user_id in sorted((worker.pk, manager.pk, on_duty.pk))
    ]


@pytest.mark.parametrize("is_there", [True, False])
def test_those_on_duty_in_the_team_are_warned_and_for_nobody_there_the_manager(
    is_there, town, roads, worker, manager
):
    publish(town, level("50%", "TEAM"))
    other = make_staff(town, Role.DEPARTMENT_WORKER, department=roads)
    absent = [other] if is_there else [other, worker]
    for one in absent:
        add_absence(
            user_id=one.pk,
            first_day=at(18, 12).date(),
            last_day=at(18, 12).date(),
            by=system(town.pk),
            now=MONDAY,
        )
    case = make_case(town, service=make_promising_service(town, department=roads), now=MONDAY)
    cases.assign(
        case_id=case.pk,
        department_id=roads.pk,
        team_id=make_team(town, worker, other, department=roads).pk,
        assignee_id=None,
        by=system(town.pk),
        now=MONDAY,
    )
    warn(at(18, 12))
    assert [user_id for user_id, *_ in told()] == [worker.pk if is_there else manager.pk]


@pytest.mark.parametrize("is_gone", [True, False])
def test_the_manager_is_warned_when_who_has_the_case_no_longer_sees_it(is_gone, town, roads, worker, manager):
    publish(town, level("50%", "ASSIGNEE"))
    case = make_case(town, service=make_promising_service(town, department=roads), now=MONDAY)
    cases.assign(
        case_id=case.pk, department_id=roads.pk, assignee_id=worker.pk, by=system(town.pk), now=MONDAY
    )
    if is_gone:
        User.objects.filter(pk=worker.pk).update(is_active=False)
    else:
        Membership.objects.filter(user=worker).update(department=make_department(town))
    warn(at(18, 12))
    assert [user_id for user_id, *_ in told()] == [manager.pk]


@pytest.mark.parametrize("number", [1, 3])
def test_who_has_the_cases_is_asked_for_once(number, town, roads, worker, django_assert_num_queries):
    publish(town, level("50%", "ASSIGNEE"))
    service = make_promising_service(town, department=roads)
    for _ in range(number):
        case = make_case(town, service=service, now=MONDAY)
        Case.objects.filter(pk=case.pk).update(assignee=worker)
    # As below, with people and their roles in place of who is who; one notice, the timeline and the audit for
    # each.
    with django_assert_num_queries(9 + 2 + 3 * number):
        assert warn(at(18, 9, 30)) == f"{number} warnings given"


LATER = {"later": "2d", "reason": {"en": "It takes longer."}}


def test_the_resident_is_told_a_later_time_before_the_promise_breaks_and_only_once(town, roads):
    publish(town, level("90%", "MANAGER", **LATER), level("100%", "MANAGER", **LATER))
    case = make_case(town, service=make_promising_service(town, department=roads), now=MONDAY)
    warn(at(19, 15))
    case.refresh_from_db()
    assert (case.promised_at, case.promise_words) == (at(23, 16), "It takes longer.")
    assert Event.objects.filter(name="case.promise_moved").count() == 1
    warn(at(22, 9))
    case.refresh_from_db()
    assert case.promised_at == at(23, 16)
    assert Event.objects.filter(name="case.promise_moved").count() == 1


def test_the_later_time_of_a_level_is_told_also_when_others_have_passed_with_it(town, roads, manager):
    publish(town, level("90%", "MANAGER", **LATER), level("100%", "MANAGER"))
    case = make_case(town, service=make_promising_service(town, department=roads), now=MONDAY)
    assert warn(at(22, 9)) == "1 warnings given"
    assert told(of=manager) == [(manager.pk, "BROKEN", "RESOLUTION", "100%")]
    case.refresh_from_db()
    assert (case.promised_at, case.promise_words) == (at(24, 16), "It takes longer.")


def test_what_a_level_that_has_passed_asks_for_is_done_also_when_a_higher_one_is_told(town, roads, manager):
    publish(town, level("90%", "MANAGER", gives=True), level("100%", "MANAGER"))
    case = make_case(town, service=make_promising_service(town, department=roads), now=MONDAY)
    warn(at(22, 9))
    case.refresh_from_db()
    assert case.assignee_id == manager.pk


def test_a_promise_on_which_something_breaks_does_not_keep_the_others(case, town, roads, monkeypatch):
    other = make_case(town, service=make_promising_service(town, department=roads), now=MONDAY)
    give = operations.warnings._give

    def broken(warned, *more):
        give(warned, *more)
        if warned == case:
            raise RuntimeError

    monkeypatch.setattr(operations.warnings, "_give", broken)
    assert warn(at(19, 15)) == "1 warnings given, 1 promises failed"
    assert set(Change.objects.filter(kind="WARNED").values_list("case_id", flat=True)) == {other.pk}
    monkeypatch.setattr(operations.warnings, "_give", give)
    assert warn(at(19, 15)) == "1 warnings given"


def test_there_is_room_for_the_keys_of_all_levels(case):
    given = ",".join(f"*1d#{number}" for number in range(60))
    Commitment.objects.filter(case=case, kind="RESOLUTION").update(warned=given)
    assert warn(at(19, 15)) == "1 warnings given"
    assert Commitment.objects.get(case=case, kind="RESOLUTION").warned == f"{given},50%,80%"


def test_of_a_later_time_nothing_follows_once_the_promise_was_met(case, town, django_assert_num_queries):
    agent = make_actor(town, Role.AGENT)
    postpone(case_id=case.pk, to=at(26, 12), words="Asphalt.", by=agent, now=at(18, 12))
    cases.close_case(case_id=case.pk, outcome="FIXED", message="Done.", by=agent, now=at(18, 13))
    with django_assert_num_queries(2):  # what is overdue, and what later times have passed
        assert break_overdue(at(27, 12)) == "0 promises broken"
    assert Commitment.objects.get(case=case, kind="RESOLUTION").is_extension_over


def test_of_a_later_time_nothing_follows_once_the_promise_is_owed_no_more(
    case, town, django_assert_num_queries
):
    agent = make_actor(town, Role.AGENT)
    postpone(case_id=case.pk, to=at(26, 12), words="Asphalt.", by=agent, now=at(18, 12))
    cases.change_service(case_id=case.pk, service_id=make_service(town).pk, by=agent, now=at(18, 13))
    with django_assert_num_queries(2):
        assert break_overdue(at(27, 12)) == "0 promises broken"


def test_what_a_colleague_told_is_not_told_otherwise_by_itself(town, roads):
    publish(town, level("90%", "MANAGER", **LATER))
    case = make_case(town, service=make_promising_service(town, department=roads), now=MONDAY)
    agent = make_actor(town, Role.AGENT)
    postpone(case_id=case.pk, to=at(26, 12), words="The asphalt.", by=agent, now=at(17, 12))
    warn(at(19, 15))
    case.refresh_from_db()
    assert (case.promised_at, case.promise_words) == (at(26, 12), "The asphalt.")


def test_what_the_law_asks_for_and_what_the_resident_was_not_told_moves_by_nothing(town, roads):
    publish(town, level("90%", "MANAGER", kinds=("FIRST_ANSWER", "RESOLUTION"), **LATER))
    service = make_service(town, department=roads)
    promise(service, first_answer="4h", resolution="3d", legal=["resolution"])
    case = make_case(town, service=service, now=MONDAY)
    warn(at(19, 15))
    case.refresh_from_db()
    assert (case.promised_at, case.promise_words) == (at(19, 16), "")


@pytest.mark.parametrize(
    "wrong", [{"later": "soon"}, {"reason": {}}, {"reason": {"en": " "}}, {"reason": "words"}]
)
def test_a_later_time_without_a_reason_or_a_time_is_refused(wrong):
    with pytest.raises(warnings.BadWarnings):
        warnings.read([level("90%", **LATER | wrong)])


@pytest.mark.parametrize("number", [1, 3])
def test_a_sweep_reads_once_what_several_promises_have_in_common(
    number, town, roads, worker, manager, django_assert_num_queries
):
    publish(town, level("50%", "DEPARTMENT", "MANAGER"))
    service = make_promising_service(town, department=roads)
    for _ in range(number):
        make_case(town, service=service, now=MONDAY)
    # What is due, cases, promises, their calendars, warnings, pauses, who is who (2) and what was planned,
    # within a savepoint; then two notices, the timeline and the audit for each.
    with django_assert_num_queries(9 + 2 + 4 * number):
        assert warn(at(18, 9, 30)) == f"{number} warnings given"
    # What is due, cases, promises, pauses, warnings, calendars, what became of promises and of cases, what is
    # told of it and who hears of it, within a savepoint; and which later times have passed.
    with django_assert_num_queries(9 + 2 + 2):
        assert break_overdue(at(19, 16)) == f"{number} promises broken"
