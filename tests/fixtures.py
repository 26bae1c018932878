"""Fixtures for all tests."""

import socket
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.test import Client, TransactionTestCase

from moked.accounts.models import User
from moked.events.worker import run_outbox
from moked.files import photos
from moked.notices import queries, rules
from tests.emptying import empty
from tests.files import pictures
from tests.signed_in import signed_in


@pytest.fixture(autouse=True, scope="session")
def tables_are_emptied_quickly() -> Iterator[None]:
    """Let what a test commits be deleted in our own way."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: empty())
        yield


@pytest.fixture(autouse=True)
def photos_have_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a photo take longer than a visitor would wait: tests run beside others on a busy machine."""
    monkeypatch.setattr(photos, "ANSWER_WITHIN", 14.0)


@pytest.fixture(autouse=True)
def nights_are_not_quiet(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Let mails go out at whatever hour tests run; those of quiet hours are marked `quiet`."""
    if not request.node.get_closest_marker("quiet"):
        monkeypatch.setattr(
            queries, "QuietHours", lambda *hours: rules.QuietHours(*hours) if hours else rules.NEVER
        )


@pytest.fixture(autouse=True)
def usual_photo(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the picture that tests hang on cases be decoded once, not each time by a process of its own."""
    usual, read, command = pictures.photo(), photos.read, photos.COMMAND

    def read_quickly(data: bytes) -> photos.Photo:
        return decoded_once(read, data) if (data, photos.COMMAND) == (usual, command) else read(data)

    monkeypatch.setattr(photos, "read", read_quickly)


@cache
def decoded_once(read: Callable[[bytes], photos.Photo], data: bytes) -> photos.Photo:
    return read(data)


class Sink:
    """What a real SMTP server on this machine accepted; `answer` is its reply to the text of a mail."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.answer = "250 OK"
        self.recipient_answer = "250 OK"
        self.sender_answer = "250 OK"
        self.sessions: dict[Any, Any] = {}

    def close_sessions(self) -> None:
        """Hang up on everybody, as a mail server does that is restarted."""
        for server in self.sessions.values():
            server.loop.call_soon_threadsafe(server.transport.close)

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # noqa: N802
        self.sessions[session.peer] = server
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802
        if self.sender_answer.startswith("250"):
            envelope.mail_from = address
        return self.sender_answer

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if self.recipient_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.recipient_answer

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        if self.answer.startswith("250"):
            self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
            self.raw.append(envelope.content)
            self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        return self.answer


@pytest.fixture
def sink(settings) -> Iterator[Sink]:
    """A real SMTP server that the application is told to use."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    sink = Sink()
    controller = Controller(sink, hostname="127.0.0.1", port=port)
    controller.start()
    settings.SMTP_URL = f"smtp://127.0.0.1:{port}"
    yield sink
    controller.stop()


@pytest.fixture
def work() -> Callable[[], None]:
    """Do all durable work that is due now, as the worker does."""

    def work() -> None:
        while run_outbox():
            pass

    return work


@pytest.fixture
def sign_in(client: Client) -> Callable[[User], Client]:
    """Sign somebody in as the login page does, in the test's own browser."""

    def sign_in(user: User) -> Client:
        return signed_in(user, client)

    return sign_in
