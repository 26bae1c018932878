"""A17: bodies that are huge, slow, packed, endless or in thousands of pieces, sent to the real web server."""

import contextlib
import io
import re
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from django.conf import settings
from django.test import Client

from benchmarks.children import tree
from moked.base import bodies
from moked.base.bodies import PatientBody, Trouble, Unreadable
from moked.files.rules import MOST_BYTES
from moked.web.ui.bodies import MOST_OF_PHOTOS
from tests.abuse.test_a27_hosts_and_redirects import served
from tests.abuse.world import address
from tests.factories import make_town

pytestmark = pytest.mark.abuse("A17")

MEGABYTE = 1024 * 1024
FORM = "application/x-www-form-urlencoded"
PHOTOS = "multipart/form-data; boundary=cut"
SECRET = 32 * "a"
COOKIE = f"Cookie: csrftoken={SECRET}"  # whoever has none is refused without a look at what they send


class Line:
    """A connection on which a request is said piece by piece; closed when the test is over."""

    opened: ClassVar[list[socket.socket]] = []

    def __init__(self, port: int, head: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.opened.append(self.socket)
        self.socket.sendall(head.encode() + b"\r\n\r\n")

    def say(self, part: bytes) -> bool:
        """Send a part; False when the server has hung up."""
        try:
            self.socket.sendall(part)
        except OSError:
            return False
        return True

    def status(self, seconds: float = 30) -> int:
        """Return the status of the answer; 0 when there is none in time."""
        heard = b""
        self.socket.settimeout(seconds)
        with contextlib.suppress(OSError):
            while b"\r\n" not in heard and (part := self.socket.recv(65536)):
                heard += part
        return int(heard.split()[1]) if heard else 0


def post(path: str, *headers: str) -> str:
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: localhost", COOKIE, *headers])


def with_length(path: str, length: int, kind: str = FORM) -> str:
    return post(path, f"Content-Type: {kind}", f"Content-Length: {length}")


@contextlib.contextmanager
def memory(port: int) -> Iterator[list[float]]:
    """Watch by how many MB the web server's memory rises; the last number is the highest rise."""
    server = web_server(str(port))
    before = held(server)
    rises, is_over = [0.0], threading.Event()

    def watch() -> None:
        while not is_over.wait(0.05):
            rises.append(max(rises[-1], held(server) - before))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield rises
    finally:
        is_over.set()
        watcher.join()


def web_server(port: str) -> int:
    """Return the process id of the server on a port."""
    for one in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            words = (one / "cmdline").read_bytes().split(b"\0") if one.name.isdecimal() else []
            if port.encode() in words and b"granian" in words:
                return int(one.name)
    raise LookupError(port)


def held(server: int) -> float:
    """Return the resident memory of the server's processes, in MB."""
    found = 0
    for one in tree(server):
        with contextlib.suppress(OSError):
            status = Path(f"/proc/{one}/status").read_text()
            found += int(re.search(r"VmRSS:\s+(\d+)", status)[1])
    return found / 1024


@pytest.fixture(autouse=True)
def connections_are_closed() -> Iterator[None]:
    yield
    while Line.opened:
        Line.opened.pop().close()


@pytest.fixture
def town(transactional_db) -> str:
    return make_town()


def test_what_is_too_large_is_refused_before_it_is_read_and_costs_no_memory(town) -> None:
    report, upload = address(town, "portal:report"), address(town, "portal:upload_photo")
    with served() as port:
        assert Line(port, with_length(report, 4)).say(b"x=yz")
        with memory(port) as rises:
            for head in (
                with_length(report, 10**9),
                with_length(report, settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1),
                with_length(upload, 10**9, PHOTOS),
                with_length(upload, MOST_OF_PHOTOS + 1, PHOTOS),
                with_length(upload, 10**9, "application/json"),
                with_length("/nowhere/", 10**9),
                with_length("/health", 10**9),
            ):
                line = Line(port, head)
                sent = sum(line.say(bytes(MEGABYTE)) for _ in range(64))
                assert (line.status(), sent < 64) == (413, True), head
        assert rises[-1] < 50


def test_what_is_packed_or_of_no_said_length_is_refused(town) -> None:
    report = address(town, "portal:report")
    with served() as port:
        packed = post(report, f"Content-Type: {FORM}", "Content-Encoding: gzip", "Content-Length: 30")
        line = Line(port, packed)
        line.say(bytes(30))
        assert line.status() == 415
        chunked = Line(port, post(report, f"Content-Type: {FORM}", "Transfer-Encoding: chunked"))
        for _ in range(5):
            chunked.say(b"10000\r\n" + bytes(0x10000) + b"\r\n")
        assert chunked.status() == 411
        both = Line(port, post(report, "Transfer-Encoding: chunked", "Content-Length: 5"))
        both.say(b"0\r\n\r\n")
        assert both.status() in {400, 403, 411}


def test_ten_photos_of_the_largest_size_cost_no_memory(town) -> None:
    part = b'--cut\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n\r\n'
    one = part + bytes(MOST_BYTES) + b"\r\n"
    end = b"--cut--\r\n"
    with served() as port:
        with memory(port) as rises:
            line = Line(port, with_length(address(town, "portal:report"), 10 * len(one) + len(end), PHOTOS))
            assert all(line.say(one) for _ in range(10))
            line.say(end)
            assert line.status() == 403  # read to its end, in search of a token
        assert rises[-1] < 50


def in_parts(name: str, count: int) -> bytes:
    """Return a form of so many parts; `name` says how each is called."""
    part = "--cut\r\nContent-Disposition: form-data; name={}\r\n\r\n1\r\n"
    return "".join(part.format(name.format(number)) for number in range(count)).encode() + b"--cut--\r\n"


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("&".join(f"field{number}=1" for number in range(10_000)).encode(), FORM),
        (in_parts('"field{}"', 10_000), PHOTOS),
        (in_parts('"photo"; filename="{}.jpg"', 1_000), PHOTOS),
    ],
    ids=["10,000 fields", "10,000 parts", "1,000 files"],
)
def test_thousands_of_pieces_are_refused(town, said: bytes, kind: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies["csrftoken"] = SECRET
    assert client.post(address(town, "portal:report"), said, content_type=kind).status_code == 400


@pytest.mark.parametrize("said", ['{"a":' * 100_000, "[" * 100_000, '{"a": NaN, "a": 1e400}'])
def test_json_is_not_read_at_all(town, said: str) -> None:
    """No page takes JSON, however deep; such a form is an empty one."""
    for route in ("portal:report", "portal:upload_photo"):
        response = Client().post(address(town, route), said, content_type="application/json")
        assert response.status_code in {200, 422}


def test_those_who_send_slowly_keep_nobody_waiting(town) -> None:
    """More of them than may be read at once: pages are shown, and further forms are asked to come again."""
    report = address(town, "portal:report")
    with served() as port:
        slow = [Line(port, with_length(report, 1000)) for _ in range(12)]
        for line in slow:
            line.say(b"x")
        time.sleep(bodies.WAIT_FOR_A_TURN + 2)
        started = time.monotonic()
        assert Line(port, "GET /health HTTP/1.1\r\nHost: localhost").status() == 200
        assert Line(port, f"GET {report} HTTP/1.1\r\nHost: localhost").status() == 200
        assert time.monotonic() - started < 3
        assert sorted(line.status(seconds=0.2) for line in slow) == [0] * 8 + [503] * 4
        while Line.opened:
            Line.opened.pop().close()
        time.sleep(1)
        quick = Line(port, with_length(report, 4))
        quick.say(b"a=bc")
        assert quick.status() == 403  # read, and without its token


class Steady:
    """A stream that gives five bytes every tenth of a second."""

    def read(self, size: int) -> bytes:
        time.sleep(0.1)
        return b"12345"[:size]


def test_a_body_that_comes_too_slowly_is_given_up_and_gives_its_turn_back(monkeypatch) -> None:
    monkeypatch.setattr(bodies, "SECONDS_BEFORE_HURRY", 0.3)
    monkeypatch.setattr(bodies, "BODIES", threading.BoundedSemaphore(1))
    body = PatientBody(Steady(), 1000)
    assert body.read(5) == b"12345"
    assert not bodies.BODIES.acquire(blocking=False)
    with pytest.raises(Unreadable):
        body.read()
    assert body.trouble == Trouble.TOO_SLOW
    assert bodies.BODIES.acquire(blocking=False)
    with pytest.raises(Unreadable):
        body.read()


def test_a_body_that_keeps_coming_is_read_to_its_end(monkeypatch) -> None:
    monkeypatch.setattr(bodies, "SECONDS_BEFORE_HURRY", 0.2)
    monkeypatch.setattr(bodies, "LEAST_BYTES_A_SECOND", 10)
    body = PatientBody(Steady(), 28)
    assert (body.read(7), body.read(), body.read()) == (b"1234512", 4 * b"12345" + b"1", b"")
    assert body.trouble is None


def test_a_body_is_read_line_by_line() -> None:
    body = PatientBody(io.BytesIO(b"one\ntwo\nmore"), 9)
    lines = [body.readline(), body.readline(2), body.readline(), body.readline()]
    assert lines == [b"one\n", b"tw", b"o\n", b"m"]


def test_a_body_that_ends_early_or_fails_is_at_its_end() -> None:
    class Short:
        def read(self, size: int) -> bytes:
            return b""

    body = PatientBody(Short(), 10)
    assert (body.read(), body.read(), body.trouble) == (b"", b"", None)


def test_too_many_bodies_at_once_wait_a_moment_and_are_refused(monkeypatch) -> None:
    monkeypatch.setattr(bodies, "WAIT_FOR_A_TURN", 0.1)
    monkeypatch.setattr(bodies, "BODIES", threading.BoundedSemaphore(1))
    bodies.BODIES.acquire()
    body = PatientBody(Steady(), 5)
    with pytest.raises(Unreadable):
        body.read()
    assert body.trouble == Trouble.TOO_MANY
    bodies.BODIES.release()
    assert PatientBody(Steady(), 5).read() == b"12345"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("headers", "status", "words"),
    [
        ({"CONTENT_LENGTH": str(10**9)}, 413, "This is too much at once"),
        ({"CONTENT_LENGTH": "9" * 400}, 413, "This is too much at once"),
        ({"HTTP_CONTENT_ENCODING": "gzip"}, 415, "This request cannot be read"),
        ({"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""}, 411, "This request cannot be read"),
    ],
)
def test_each_refusal_is_a_page_with_words(headers: dict[str, str], status: int, words: str) -> None:
    town = make_town()
    response = Client().post(address(town, "portal:report"), b"", content_type=FORM, **headers)
    assert response.status_code == status
    assert words in response.content.decode()
