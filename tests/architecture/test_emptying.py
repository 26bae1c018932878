"""What a test commits is gone before the next one, and what keeps the audit trail append-only is back."""

import pytest
from django.apps import apps
from django.db import connection

from moked.audit import triggers
from moked.search import index
from tests import emptying
from tests.factories import make_case, make_town


def models_with_rows() -> set[str]:
    return {model._meta.label for model in apps.get_models() if model._base_manager.exists()}


@pytest.mark.django_db(transaction=True)
def test_a_case_leaves_nothing_behind():
    make_case(make_town(), email="ann@example.org")
    assert {"cases.Case", "audit.AuditRecord", "events.Event", "search.Document"} <= models_with_rows()
    emptying.empty()
    assert models_with_rows() == set()
    assert index.size(connection) == 0
    assert triggers.are_installed(connection)
