"""The audit trail cannot be rewritten."""

import pytest
from django.db import DatabaseError, connection, transaction

from moked.audit.models import AuditRecord
from tests.factories import make_case, make_town

pytestmark = pytest.mark.django_db


@pytest.mark.abuse("A39")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_auditrecord SET verb = 'nothing'",
        "DELETE FROM audit_auditrecord",
    ],
)
def test_the_database_refuses_to_change_or_delete_a_record(statement):
    make_case(make_town())
    before = list(AuditRecord.objects.values())
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert list(AuditRecord.objects.values()) == before != []
