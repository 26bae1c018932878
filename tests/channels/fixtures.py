"""One mail server for all tests of mailboxes, and the authorities that vouch for it and for us."""

import os
from collections.abc import Iterator

import pytest

from tests.channels import certificates
from tests.channels.authority import Authority, authority
from tests.channels.dovecot import Dovecot, dovecot


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
    from moked.channels.email.trust import trusted_authorities

    trusted_authorities.cache_clear()
    with dovecot(certificate, key, f"{authority_for_tokens.url}/introspect") as server:
        yield server
    del os.environ["SSL_CERT_FILE"]
    trusted_authorities.cache_clear()
