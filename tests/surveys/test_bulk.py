"""Histories get the surveys that the operations would have made."""

from datetime import timedelta

import pytest

from moked.accounts.rules import resident, system
from moked.audit.models import AuditRecord
from moked.cases import operations
from moked.cases.bulk import PastCase, PastClosing, PastReopening, PastReview, open_many
from moked.cases.rules import Channel, Outcome
from moked.events.models import OutboxRow
from moked.links.models import Link
from moked.surveys.bulk import PastAnswer, asking
from moked.surveys.models import Survey
from moked.surveys.operations import answer
from tests.factories import NOW, make_case, make_service, make_town

pytestmark = pytest.mark.django_db


def hours(number):
    return NOW + timedelta(hours=number)


def rows(model, **found):
    left_out = {"id", "case_id", "object_id", "reference"}
    listed = model.objects.filter(**found).order_by("id").values()
    return [{key: value for key, value in row.items() if key not in left_out} for row in listed]


def kept(case):
    """Return all that asking and answering left of a case."""
    of_audit = rows(AuditRecord, object_id=case.pk, verb="survey.answered")
    return rows(Survey, case=case), rows(Link, purpose="SURVEY", object_id=case.pk), of_audit


def past(service, *steps):
    return PastCase(
        service=service, matter="m", opened_at=NOW, channel=Channel.WEB, language="en", steps=steps
    )


def test_closings_of_the_past_are_asked_about_and_answered_like_any_others():
    town = make_town()
    service = make_service(town)
    single = make_case(town, service=service)
    by = {"case_id": single.pk, "by": system(town.pk)}
    operations.close_case(outcome=Outcome.FIXED, message="Done.", now=hours(1), **by)
    answer(
        survey_id=Survey.objects.get().pk, fixed="NO", rating=1, words="", by=resident(town.pk), now=hours(2)
    )
    operations.reopen(message="Sorry.", now=hours(3), **by)
    operations.close_case(outcome=Outcome.FIXED, message="Now.", now=hours(4), **by)
    told = OutboxRow.objects.count()
    one = past(
        service,
        PastClosing(hours(1), Outcome.FIXED, "Done."),
        PastReview(hours(2)),
        PastReopening(hours(3), words="Sorry."),
        PastClosing(hours(4), Outcome.FIXED, "Now."),
    )
    answers = asking(lambda _case, _one, step: PastAnswer(hours(2), "NO", 1) if step.at < hours(2) else None)
    ((bulk,),) = open_many(town, [one], answers)
    assert kept(bulk) == kept(single)
    assert len(kept(bulk)[0]) == 2
    assert OutboxRow.objects.count() == told, "nobody is asked by mail"


def test_what_was_withdrawn_is_not_asked_about():
    town = make_town()
    closing = PastClosing(hours(1), Outcome.WITHDRAWN_BY_RESIDENT, "As you wish.")
    ((case,),) = open_many(town, [past(make_service(town), closing)], asking(lambda *_: None))
    assert kept(case) == ([], [], [])
