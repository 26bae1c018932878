"""Rows written at once are what the ORM would have written."""

from datetime import timedelta, timezone

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now

from moked.audit.models import AuditRecord
from moked.base.rows import FEW, IDS_AT_ONCE, add, insert, new, new_ids, update
from moked.cases.models import Answer, Case, Counter
from moked.cases.rules import Channel
from moked.events.models import Event, OutboxRow
from moked.links.models import Link
from tests.factories import NOW, make_case, make_town

pytestmark = pytest.mark.django_db

NUMBER_OF_TRANSACTION = {"postgresql": "SELECT pg_current_xact_id()::text::bigint"}


def test_values_of_every_kind_come_back_as_the_orm_would_have_kept_them():
    case = make_case(make_town(), name="Ann")
    elsewhere = NOW.astimezone(timezone(timedelta(hours=5)))
    moments = [NOW, elsewhere, NOW + timedelta(microseconds=1), None]
    insert(
        [
            *(
                new(Link, municipality_id=1, purpose="TRACKING", object_id=-n, expires_at=at)
                for n, at in enumerate(moments, 1)
            ),
            *(
                new(Answer, municipality_id=case.municipality_id, case_id=case.pk, code=f"c{n}", value=value)
                for n, value in enumerate(["שלום\t\\N\n", True, {"a": [1, 2.5]}])
            ),
        ]
    )
    assert [
        link.expires_at
        for link in Link.objects.filter(municipality_id=1, object_id__lt=0).order_by("-object_id")
    ] == moments
    answers = Answer.objects.filter(case=case).order_by("code")
    assert [one.value for one in answers] == ["שלום\t\\N\n", True, {"a": [1, 2.5]}]
    assert [one.is_public for one in answers] == [False] * 3


def test_a_moment_is_kept_exactly_like_the_orms():
    Link.objects.create(municipality_id=1, purpose="TRACKING", object_id=1, expires_at=NOW)
    insert([new(Link, municipality_id=1, purpose="TRACKING", object_id=2, expires_at=NOW)])
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT expires_at, version FROM links_link")
        assert len(cursor.fetchall()) == 1


def test_a_code_of_an_enumeration_is_stored_as_its_text():
    insert([audited(actor_kind=Channel.WEB), audited(actor_kind="WEB")])
    assert list(AuditRecord.objects.values_list("actor_kind", flat=True).distinct()) == ["WEB"]


def test_a_new_row_has_the_defaults_of_its_model_and_none_are_shared():
    one, other = (new(Link, municipality_id=1, purpose="TRACKING", object_id=n) for n in (1, 2))
    assert (one.version, one.expires_at, one.pk) == (1, None, None)
    assert one.reference != other.reference
    assert new(AuditRecord).before is not new(AuditRecord).before


def test_ids_given_before_collide_with_nobodys():
    ids = new_ids(AuditRecord)
    first = audited(id=next(ids))
    ordinary = audited()
    ordinary.save()
    insert([first, *(audited(id=next(ids)) for _ in range(IDS_AT_ONCE))])
    audited().save()
    assert AuditRecord.objects.count() == IDS_AT_ONCE + 3
    assert first.id < ordinary.pk


def test_one_row_learns_its_id_and_is_as_the_orm_would_have_kept_it():
    one = add(audited(before={"a": [1, "ש"]}, actor_kind=Channel.WEB))
    assert not one._state.adding
    kept = AuditRecord.objects.get(id=one.pk)
    assert (kept.at, kept.before, kept.actor_kind, kept.actor_id) == (NOW, {"a": [1, "ש"]}, "WEB", None)


def test_what_the_database_has_a_default_for_is_left_to_it_unless_it_is_given():
    event = add(new(Event, municipality_id=1, name="n", version=1, document={}, occurred_at=NOW))
    given = add(
        new(
            Event,
            municipality_id=1,
            name="n",
            version=1,
            document={},
            occurred_at=NOW,
            transaction_number=-7,
        )
    )
    insert(
        new(OutboxRow, event_id=event.pk, municipality_id=1, subscriber=f"s{number}")
        for number in range(FEW + 1)
    )
    with connection.cursor() as cursor:
        cursor.execute(NUMBER_OF_TRANSACTION.get(connection.vendor, "SELECT 0"))
        assert Event.objects.get(id=event.pk).transaction_number == cursor.fetchone()[0]
    assert Event.objects.get(id=given.pk).transaction_number == -7
    rows = OutboxRow.objects.filter(due_at__gt=Now() - timedelta(minutes=1), due_at__lte=Now())
    assert rows.filter(state="PENDING", is_open=True).count() == FEW + 1


def test_columns_of_many_rows_change_and_no_others(django_assert_num_queries):
    first, other, aside = (make_case(make_town()) for _ in range(3))
    elsewhere = NOW.astimezone(timezone(timedelta(hours=5)))
    first.promised_at, first.promise_state, first.title = elsewhere, "RUNNING", "not among them"
    other.promised_at, other.promise_state = None, "KEPT"
    with django_assert_num_queries(1):
        update([first, other], ("promised_at", "promise_state"))
    rows = Case.objects.order_by("id").values_list("promised_at", "promise_state")
    assert list(rows) == [(NOW, "RUNNING"), (None, "KEPT"), (aside.promised_at, aside.promise_state)]
    assert not Case.objects.filter(title="not among them").exists()
    with django_assert_num_queries(0):
        update([], ("promised_at",))


def test_the_database_still_refuses_what_it_must():
    town = make_town()
    with pytest.raises(IntegrityError), transaction.atomic():
        insert([new(Counter, municipality_id=town.pk, year=2026, last=n) for n in (1, 2)])
    add(new(Counter, municipality_id=town.pk, year=2026, last=1))
    with pytest.raises(IntegrityError):
        add(new(Counter, municipality_id=town.pk, year=2026, last=2))


def audited(**columns):
    return new(
        AuditRecord,
        **{
            "municipality_id": 1,
            "at": NOW,
            "actor_kind": "SYSTEM",
            "verb": "v",
            "object_kind": "o",
            "object_id": 1,
        }
        | columns,
    )
