"""What tests of mailboxes share."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from moked.channels.models import Account, InboundMessage, MailServer
from moked.channels.operations import NewServer, open_mailbox, set_server
from moked.channels.rules import Security, ServerDetails
from moked.municipalities.models import Municipality
from tests.channels.dovecot import PASSWORD, Dovecot
from tests.factories import make_service

Mailbox = Callable[..., MailServer]


@pytest.fixture
def mailbox(town: Municipality, mail_server: Dovecot) -> Mailbox:
    """Have a mailbox on the server read for a town; returns how it is read."""

    def mailbox(*, of: Municipality | None = None, user: str = "", **details: object) -> MailServer:
        of, user = of or town, user or mail_server.add_user()
        account = open_mailbox(
            municipality=of, address=user, service_id=make_service(of).pk, by_user_id=None, now=_now()
        )
        given = {"secret": PASSWORD, "reads_all": False}
        secrets = {name: details.pop(name, given.get(name, "")) for name in (*given, "client_secret")}
        known = {"host": "localhost", "port": mail_server.port, "security": Security.NONE, "user": user}
        server = ServerDetails(**known | details)
        return set_server(account, NewServer(server, **secrets), by_user_id=None, now=_now())

    return mailbox


@pytest.fixture
def town() -> Municipality:
    from tests.factories import make_town

    return make_town()


@pytest.fixture(autouse=True)
def _mails_lie_in_a_folder_of_this_test(settings, tmp_path: Path) -> None:
    settings.DATA = tmp_path


def _now() -> datetime:
    return datetime.now(UTC)


def kept(account: Account) -> list[bytes]:
    """Return what was kept of a mailbox, in the order it came."""
    from moked.files.operations import read_whole

    messages = InboundMessage.objects.filter(account=account).select_related("file").order_by("id")
    return [read_whole(one.file) for one in messages]
