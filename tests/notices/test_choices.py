"""What somebody on a case wants to be told, and what they are told whatever they want."""

import pytest

from moked.accounts.rules import Role, resident
from moked.audit.models import AuditRecord
from moked.cases import operations
from moked.cases.models import Participant
from moked.cases.operations import UnableToChangeCase, choose_notices
from moked.cases.queries import followers_who_are_told
from moked.cases.rules import Outcome, Wants
from moked.notices.models import Notice
from moked.notices.operations import plan
from moked.notices.rules import Kind
from tests.factories import NOW, make_actor, make_case, make_follower, make_service, make_town

pytestmark = pytest.mark.django_db(transaction=True)
ALWAYS = {Kind.REPLY, Kind.REVIEW_ANSWERED, Kind.CASE_DECLINED}
ON_THE_WAY = {Kind.PROMISE_MOVED, Kind.BY_RULE, Kind.HANDED_OVER, Kind.CAME_BACK}


def wants(part, what):
    choose_notices(participant_id=part.pk, wants=what, by=resident(part.municipality_id), now=NOW)


def reporter_of(case):
    return Participant.objects.get(case=case, role="REPORTER")


@pytest.mark.parametrize(
    ("what", "told"),
    [
        (Wants.EVERYTHING, ALWAYS | {Kind.CASE_CLOSED, Kind.CASE_REOPENED} | ON_THE_WAY),
        (Wants.OUTCOME, ALWAYS | {Kind.CASE_CLOSED, Kind.CASE_REOPENED}),
        (Wants.NOTHING, ALWAYS),
    ],
)
def test_a_reporter_is_told_what_they_chose(sink, work, what, told):
    case = make_case(make_town(), email="ann@example.org")
    work()
    wants(reporter_of(case), what)
    sink.messages.clear()
    kinds = sorted(ALWAYS | {Kind.CASE_CLOSED, Kind.CASE_REOPENED} | ON_THE_WAY)
    for number, kind in enumerate(kinds):
        plan(event_id=-number - 1, case_id=case.pk, kind=kind, contact_id=None, now=NOW)
    work()
    later = Notice.objects.exclude(kind=Kind.CASE_OPENED)
    assert set(later.filter(state="SENT").values_list("kind", flat=True)) == told
    assert set(later.exclude(state="SENT").values_list("state", "failure")) <= {("DROPPED", "UNWANTED")}
    assert len(sink.messages) == len(told)


def test_who_follows_no_more_is_told_nothing_and_counts_for_nobody(sink, work):
    town = make_town()
    case = make_case(town, service=make_service(town, is_public=True), email="ann@example.org")
    part = make_follower(case, email="bob@example.org")
    work()
    assert followers_who_are_told(case) == 1
    wants(part, Wants.NOTHING)
    sink.messages.clear()
    by = make_actor(town, Role.AGENT)
    operations.close_case(case_id=case.pk, outcome=Outcome.FIXED, message="Done.", by=by, now=NOW)
    work()
    assert [envelope[1] for envelope in sink.envelopes[-1:]] == [["ann@example.org"]]
    assert len(sink.messages) == 1 and followers_who_are_told(case) == 0
    wants(part, Wants.EVERYTHING)
    assert followers_who_are_told(case) == 1


def test_a_choice_goes_along_when_the_case_is_merged(work, sink):
    town = make_town()
    case, other = make_case(town, email="ann@example.org"), make_case(town, email="bob@example.org")
    wants(reporter_of(case), Wants.NOTHING)
    operations.merge_case(case_id=case.pk, into_id=other.pk, by=make_actor(town, Role.AGENT), now=NOW)
    assert Participant.objects.get(case=other, role="FOLLOWER").wants == Wants.NOTHING


def test_a_choice_is_kept_with_its_audit_record_and_for_the_own_town_only():
    case = make_case(make_town(), email="ann@example.org")
    part = reporter_of(case)
    wants(part, Wants.OUTCOME)
    wants(part, Wants.OUTCOME)
    [record] = AuditRecord.objects.filter(verb="case.notices_chosen")
    assert (record.before, record.after["wants"]) == ({"wants": "EVERYTHING"}, "OUTCOME")
    with pytest.raises(UnableToChangeCase):
        choose_notices(participant_id=part.pk, wants=Wants.NOTHING, by=resident(make_town().pk), now=NOW)
    part.refresh_from_db()
    assert part.wants == Wants.OUTCOME


def test_mails_that_come_by_themselves_say_how_to_end_them_and_those_of_people_do_not(sink, work, settings):
    settings.BASE_URL = "https://a-helpdesk-with-a-long-name.some-town-somewhere.example"
    town = make_town()
    case = make_case(town, email="ann@example.org")
    operations.reply(case_id=case.pk, body="We come.", by=make_actor(town, Role.AGENT), now=NOW)
    work()
    opened, answer = sink.messages
    [line] = [one for one in sink.raw[0].decode().split("\r\n") if one.startswith("List-Unsubscribe:")]
    address = line.removeprefix("List-Unsubscribe: <").removesuffix(">")
    assert address.startswith(f"{settings.BASE_URL}/t/{town.slug}/notices/") and "=?" not in address
    assert opened["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert address in opened.get_body(("plain",)).get_content()
    assert f'href="{address}"' in opened.get_body(("html",)).get_content()
    assert answer["List-Unsubscribe"] is None and "/notices/" not in answer.as_string()
