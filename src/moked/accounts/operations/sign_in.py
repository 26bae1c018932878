"""Mails of the sign-in pages."""

from datetime import datetime

from django.db import transaction

from moked.accounts.events import SignInMailRequested
from moked.events.operations import publish


@transaction.atomic
def request_sign_in_mail(
    *, municipality_id: int, user_id: int, template: str, language: str, now: datetime
) -> None:
    """Have a mail of the sign-in pages sent by the worker; its secret link is made only then."""
    publish(
        SignInMailRequested(
            municipality_id=municipality_id, user_id=user_id, template=template, language=language
        ),
        now=now,
    )
