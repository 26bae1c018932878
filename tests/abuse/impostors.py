"""Mail servers that are not to be trusted, with certificates of every wrong kind, and what they were told."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

PEM = serialization.Encoding.PEM
DAY = timedelta(days=1)


@dataclass
class Authority:
    """An authority of a test; only what it signs can be trusted there."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    name: x509.Name = field(default_factory=lambda: named("An authority for tests"))

    def certificate(self) -> bytes:
        """Return its own certificate as PEM."""
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        return (
            begun(self.name, self.name, self.key, -DAY, DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()), critical=False)
            .sign(self.key, hashes.SHA256())
            .public_bytes(PEM)
        )

    def sign(self, host: str, *, begins: timedelta = -DAY, ends: timedelta = DAY) -> tuple[bytes, bytes]:
        """Return a server's certificate and its key, as PEM; it holds between two moments from now."""
        key = ec.generate_private_key(ec.SECP256R1())
        purpose = x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.SERVER_AUTH])
        signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        certificate = (
            begun(named(host), self.name, key, begins, ends)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
            .add_extension(purpose, critical=False)
            .add_extension(signer, critical=False)
            .sign(self.key, hashes.SHA256())
        )
        return certificate.public_bytes(PEM), private(key)


def by_itself(host: str) -> tuple[bytes, bytes]:
    """Return a certificate that a server signed for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        begun(named(host), named(host), key, -DAY, DAY)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(PEM), private(key)


def named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])


def private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def begun(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    begins: timedelta,
    ends: timedelta,
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + begins)
        .not_valid_after(now + ends)
    )


class Impostor:
    """Speaks just enough IMAP or SMTP to be told a password and a mail; `told` is all it heard in words.

    `starttls` is "" to be encrypted from the start, "yes" to offer it, "silent" not to offer it, and "no" to
    offer it and then refuse.
    """

    def __init__(self, protocol: str, certificate: tuple[bytes, bytes], folder: Path, starttls: str) -> None:
        self.protocol, self.starttls = protocol, starttls
        self.told: list[str] = []
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        (folder / "server.pem").write_bytes(b"".join(certificate))
        self._context.load_cert_chain(folder / "server.pem")
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._talk, args=(client,), daemon=True).start()

    def _talk(self, client: socket.socket) -> None:
        client.settimeout(10)
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError, ValueError):
            stack.callback(lambda: client.close())
            if not self.starttls:
                client = self._context.wrap_socket(client, server_side=True)
            self._say(client, "* OK IMAP4rev1" if self.protocol == "imap" else "220 localhost ESMTP")
            while words := self._hear(client):
                self.told.append(words)
                self._say(client, self._imap(words) if self.protocol == "imap" else self._smtp(words))
                if self.protocol == "smtp" and words.upper() == "DATA":
                    self._take_mail(client)
                if "STARTTLS" in words.upper() and self.starttls == "yes":
                    client = self._context.wrap_socket(client, server_side=True)

    def _take_mail(self, client: socket.socket) -> None:
        while (words := self._hear(client)) not in {"", "."}:
            self.told.append(words)
        self._say(client, "250 OK")

    def _hear(self, client: socket.socket) -> str:
        words = b""
        while not words.endswith(b"\n"):
            byte = client.recv(1)
            if not byte:
                return ""
            words += byte
        return words.decode("latin-1").strip() or " "

    def _say(self, client: socket.socket, words: str) -> None:
        client.sendall(words.replace("\n", "\r\n").encode() + b"\r\n")

    def _imap(self, words: str) -> str:
        tag, _, command = words.partition(" ")
        offers = " STARTTLS" if self.starttls in {"yes", "no"} else ""
        if command.upper().startswith("CAPABILITY"):
            return f"* CAPABILITY IMAP4rev1{offers} IDLE\n{tag} OK done"
        if command.upper().startswith("STARTTLS") and self.starttls != "yes":
            return f"{tag} BAD no"
        if command.upper().startswith(("SELECT", "EXAMINE")):
            return f"* 0 EXISTS\n* OK [UIDVALIDITY 1] x\n{tag} OK done"
        return f"{tag} OK done"

    def _smtp(self, words: str) -> str:
        command = words.upper()
        if command.startswith("EHLO"):
            offers = "250-STARTTLS\n" if self.starttls in {"yes", "no"} else ""
            return f"250-localhost\n{offers}250 AUTH PLAIN LOGIN"
        if command.startswith("STARTTLS"):
            return "220 go on" if self.starttls == "yes" else "454 not now"
        if command.startswith("AUTH"):
            return "235 welcome"
        if command.startswith("DATA"):
            return "354 go on"
        return "250 OK"


@contextlib.contextmanager
def impostor(
    protocol: str, certificate: tuple[bytes, bytes], folder: Path, starttls: str = ""
) -> Iterator[Impostor]:
    """Yield such a server on this machine."""
    server = Impostor(protocol, certificate, folder, starttls)
    try:
        yield server
    finally:
        server.close()
