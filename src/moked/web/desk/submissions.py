"""The same form sent twice changes a case once."""

from collections.abc import Callable

from django.db import IntegrityError

from moked.cases.models import Case, Check, Contact, Note
from moked.cases.operations import UnableToChangeCase
from moked.handovers.models import HandOver, Statement


def once(case: Case, key: str | None, change: Callable[[], object]) -> bool:
    """Make a change; return False when it fails because the same form made it before: all is well.

    Raises what the change raises otherwise.
    """
    try:
        change()
        return True
    except (IntegrityError, UnableToChangeCase):
        if not (key and _was_made(case, key)):
            raise
        return False


def _was_made(case: Case, key: str) -> bool:
    """Tell whether the form of this key, which names its case, has done its work."""
    made = {"municipality_id": case.municipality_id, "submission": key}
    models = (Contact, Note, Check, HandOver, Statement)
    return any(model._default_manager.filter(**made).exists() for model in models)
