"""A33: who cannot prove to be the mail server hears no password and no mail; secrets lie there encrypted."""

import gc
import stat
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.core.cache import cache

from moked.channels.email import imap, smtp
from moked.channels.email.imap import Access, UnableToRead
from moked.channels.email.receiving import access_to
from moked.channels.email.trust import trusted_authorities
from moked.channels.models import MailServer
from moked.channels.operations import NewServer, set_mailbox
from moked.channels.rules import BadServer, Security, ServerDetails, SignIn, Trouble
from tests.abuse.impostors import DAY, Authority, by_itself, impostor
from tests.factories import NOW, make_case, make_service, make_town
from tests.intake.letters import came, letter, make_mailbox

pytestmark = pytest.mark.abuse("A33")

SECRET, MATTER = "canary-of-a-password", "canary-of-a-mail"
Certificate = tuple[bytes, bytes]


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Authority]:
    """The one that this machine trusts, for the time of a test."""
    one = Authority()
    (tmp_path / "trusted.pem").write_bytes(one.certificate())
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))
    trusted_authorities.cache_clear()
    yield one
    trusted_authorities.cache_clear()
    with warnings.catch_warnings():
        # The IMAP library leaves a connection whose encryption failed to whoever collects garbage.
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def wrong(kind: str, authority: Authority) -> Certificate:
    match kind:
        case "of another name":
            return authority.sign("other.example")
        case "expired":
            return authority.sign("localhost", begins=-9 * DAY, ends=-DAY)
        case "not valid yet":
            return authority.sign("localhost", begins=DAY, ends=9 * DAY)
        case "signed by itself":
            return by_itself("localhost")
        case _:
            return Authority().sign("localhost")


WRONG = ("of another name", "expired", "not valid yet", "signed by itself", "of an unknown authority")
STRIPPED = ("silent", "no")


def read(port: int, security: Security) -> None:
    with imap.opened(Access("localhost", port, security, "town", password=SECRET)):
        pass


def send(settings, port: int, scheme: str) -> None:
    settings.SMTP_URL = f"{scheme}://town:{SECRET}@localhost:{port}"
    smtp.carry(
        smtp.Mail(
            message_id="<1@town.example>",
            sender_name="Town",
            sender="helpdesk@town.example",
            to="dana@example.org",
            subject=MATTER,
            text=MATTER,
            html=f"<p>{MATTER}</p>",
            language="en",
            written_at=NOW,
            automatic=None,
        ),
        still_mine=lambda: True,
    )


def heard_nothing(server) -> None:
    told = " ".join(server.told)
    assert not any(word in told.upper() for word in ("LOGIN", "AUTH ", "AUTHENTICATE", "MAIL FROM", "DATA"))
    assert SECRET not in told and MATTER not in told and "dana" not in told


@pytest.mark.parametrize("starttls", ["", "yes"], ids=["tls", "starttls"])
@pytest.mark.parametrize("kind", WRONG)
def test_imap_gives_no_password_to_a_certificate(kind: str, starttls: str, authority, tmp_path: Path) -> None:
    security = Security.STARTTLS if starttls else Security.TLS
    with impostor("imap", wrong(kind, authority), tmp_path, starttls) as server:
        with pytest.raises(UnableToRead) as refused:
            read(server.port, security)
        heard_nothing(server)
    assert refused.value.trouble == Trouble.CERTIFICATE


@pytest.mark.parametrize("how", STRIPPED)
def test_imap_without_the_encryption_that_was_asked_for_ends(how: str, authority, tmp_path: Path) -> None:
    with impostor("imap", authority.sign("localhost"), tmp_path, how) as server:
        with pytest.raises(UnableToRead) as refused:
            read(server.port, Security.STARTTLS)
        heard_nothing(server)
    assert refused.value.trouble == Trouble.NO_TLS


@pytest.mark.parametrize("starttls", ["", "yes"], ids=["tls", "starttls"])
@pytest.mark.parametrize("kind", WRONG)
def test_smtp_gives_no_mail_to_a_certificate(kind: str, starttls: str, authority, tmp_path, settings) -> None:
    with impostor("smtp", wrong(kind, authority), tmp_path, starttls) as server:
        with pytest.raises(smtp.NotNow) as refused:
            send(settings, server.port, "smtp+starttls" if starttls else "smtps")
        heard_nothing(server)
    assert SECRET not in refused.value.reason


@pytest.mark.parametrize("how", STRIPPED)
def test_smtp_without_the_encryption_that_was_asked_for_ends(how: str, authority, tmp_path, settings) -> None:
    with impostor("smtp", authority.sign("localhost"), tmp_path, how) as server:
        with pytest.raises(smtp.NotNow):
            send(settings, server.port, "smtp+starttls")
        heard_nothing(server)


def test_no_password_leaves_the_machine_unencrypted(settings) -> None:
    settings.SMTP_URL = "smtp://helpdesk:secret@mail.town.invalid"
    with pytest.raises(smtp.NotNow) as refused:
        smtp._connect()
    assert refused.value.reason == "UNENCRYPTED"


@pytest.mark.parametrize("starttls", ["", "yes"], ids=["tls", "starttls"])
def test_a_server_that_proves_who_it_is_hears_both(starttls: str, authority, tmp_path, settings) -> None:
    """So the impostors would have heard them too."""
    good = authority.sign("localhost")
    with impostor("imap", good, tmp_path, starttls) as server:
        read(server.port, Security.STARTTLS if starttls else Security.TLS)
        assert SECRET in " ".join(server.told)
    with impostor("smtp", good, tmp_path, starttls) as server:
        send(settings, server.port, "smtp+starttls" if starttls else "smtps")
        assert MATTER in " ".join(server.told) and any(one.startswith("AUTH") for one in server.told)


def test_no_mailbox_elsewhere_is_read_without_encryption() -> None:
    for host in ("mail.example.org", "127.0.0.1.example.org", "localhost.example.org", "10.0.0.1"):
        with pytest.raises(BadServer) as refused:
            ServerDetails(host, 143, "town", security=Security.NONE).check()
        assert refused.value.code == "UNENCRYPTED"
    for url in ("http://login.example.org/token", "ftp://x", "https://user@login.example.org/token"):
        with pytest.raises(BadServer) as refused:
            ServerDetails(
                "mail.example.org", 993, "town", sign_in=SignIn.XOAUTH2, token_url=url, client_id="x"
            ).check()
        assert refused.value.code == "BAD_TOKEN_URL"


SECRETS = {"secret": "canary-refresh-token", "client_secret": "canary-client-secret"}


@pytest.mark.django_db
def test_a_dump_of_the_database_holds_no_secret() -> None:
    cache.clear()
    town = make_town()
    details = ServerDetails(
        "mail.example.org",
        993,
        "town",
        sign_in=SignIn.XOAUTH2,
        token_url="https://login.example.org/token",
        client_id="canary-client-id",
    )
    account = set_mailbox(
        municipality=town,
        address=town.sender,
        service_id=make_service(town).pk,
        server=NewServer(details, **SECRETS),
        by_user_id=None,
        now=NOW,
    )
    make_case(town, email="dana@example.org")
    dump = "\n".join(
        str(list(model._base_manager.values_list()))
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed
    )
    assert "canary-client-id" in dump, "the dump is no dump"
    assert [one for one in SECRETS.values() if one in dump] == []
    server = MailServer.objects.get(account=account)
    assert SECRETS["secret"] not in repr(server) + repr(NewServer(details, **SECRETS))
    assert server.secret != server.client_secret


@pytest.mark.django_db
def test_a_secret_is_of_no_use_under_another_key(settings) -> None:
    cache.clear()
    town = make_town()
    account = set_mailbox(
        municipality=town,
        address=town.sender,
        service_id=make_service(town).pk,
        server=NewServer(ServerDetails("mail.example.org", 993, "town"), secret=SECRET),
        by_user_id=None,
        now=NOW,
    )
    server = MailServer.objects.get(account=account)
    assert access_to(server).password == SECRET and SECRET not in repr(access_to(server))
    settings.SECRET_KEY = "another-key-" + 40 * "x"
    with pytest.raises(UnableToRead) as refused:
        access_to(server)
    assert refused.value.trouble == Trouble.SECRET_LOST


@pytest.mark.django_db
def test_mails_lie_where_only_we_read_them(settings, tmp_path: Path) -> None:
    settings.DATA = tmp_path / "data"
    settings.DATA.mkdir()
    came(make_mailbox(make_town()), letter(files=(("plan.pdf", "application/pdf", b"%PDF-1.4"),)))
    paths = [path for path in settings.DATA.rglob("*") if path != settings.DATA]
    assert [path for path in paths if path.is_file()]
    assert [path for path in paths if stat.S_IMODE(path.stat().st_mode) & 0o077] == []
