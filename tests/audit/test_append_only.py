"""Neither the audit trail nor the access log can be rewritten."""

import pytest
from django.db import DatabaseError, connection, transaction

from moked.audit.models import AccessRecord, AuditRecord
from moked.audit.operations import note_access
from tests.factories import NOW, make_case, make_town

pytestmark = pytest.mark.django_db


@pytest.mark.abuse("A39")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_auditrecord SET verb = 'nothing'",
        "DELETE FROM audit_auditrecord",
        "UPDATE audit_accessrecord SET what = 'nothing'",
        "DELETE FROM audit_accessrecord",
    ],
)
def test_the_database_refuses_to_change_or_delete_a_record(statement):
    town = make_town()
    make_case(town)
    note_access(
        municipality_id=town.pk, actor_id=1, object_kind="resident", object_id=1, what="CONTACTS", now=NOW
    )
    before = kept()
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert kept() == before
    assert all(before)


def kept() -> list[list[dict]]:
    return [list(model.objects.values()) for model in (AuditRecord, AccessRecord)]
