"""One mail server for all tests of mailboxes, and the authorities that vouch for it and for us."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from moked.channels.email.trust import trusted_authorities
from moked.channels.models import Account, InboundMessage, MailServer
from moked.channels.operations import open_mailbox, set_server
from moked.channels.rules import Security, ServerDetails
from moked.municipalities.models import Municipality
from tests.channels import certificates
from tests.channels.authority import Authority, authority
from tests.channels.dovecot import PASSWORD, Dovecot, dovecot
from tests.factories import make_service

Mailbox = Callable[..., MailServer]


@pytest.fixture(scope="session")
def authority_for_tokens() -> Iterator[Authority]:
    with authority() as one:
        yield one


@pytest.fixture(scope="session")
def mail_server(
    tmp_path_factory: pytest.TempPathFactory, authority_for_tokens: Authority
) -> Iterator[Dovecot]:
    """A Dovecot whose certificate is trusted."""
    ours, certificate, key = certificates.make()
    file = tmp_path_factory.mktemp("trust") / "authority.pem"
    file.write_bytes(ours)
    os.environ["SSL_CERT_FILE"] = str(file)
    trusted_authorities.cache_clear()
    with dovecot(certificate, key, f"{authority_for_tokens.url}/introspect") as server:
        yield server
    del os.environ["SSL_CERT_FILE"]
    trusted_authorities.cache_clear()


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
        return set_server(account, server, **secrets, by_user_id=None, now=_now())

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
