"""A line between two ends that can be cut, held or left to rot, as lines can."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator


class Line:
    """Carries what comes to `port` on to a server, and the answers back; `on_words` hears the client."""

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.held = threading.Event()
        self._ends: list[socket.socket] = []
        self._hold_at: bytes | None = None
        self._cut_after: int | None = None
        self._drip_after: int | None = None
        self._join_from: bytes | None = None
        self._spoke = threading.Event()
        self._dead = threading.Event()
        self._refuses = threading.Event()
        self.on_words: Callable[[bytes], object] = lambda words: None
        threading.Thread(target=self._accept, daemon=True).start()

    def hold_at(self, words: bytes) -> None:
        """Carry no more once the client says these words, which the server never hears; sets `held`."""
        self._hold_at = words

    def cut_after(self, answered: int | None) -> None:
        """Cut each connection after so many bytes of answers; None mends it."""
        self._cut_after = answered

    def drip_after(self, answered: int) -> None:
        """Carry answers a byte at a time, three a second, after so many bytes of them."""
        self._drip_after = answered

    def join_from(self, words: bytes) -> None:
        """Carry an answer with these words in one piece with the next, then none until the client speaks."""
        self._join_from = words

    def go_dead(self) -> None:
        """Carry nothing from now on, and tell nobody: both ends think that the other one is silent."""
        self._dead.set()

    def mend(self) -> None:
        """Carry new connections again."""
        self._dead.clear()

    def refuse(self) -> None:
        """Cut everything, and cut whoever comes."""
        self._refuses.set()
        for one in self._ends:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def accept(self) -> None:
        """Take connections again."""
        self._refuses.clear()

    def close(self) -> None:
        """Cut everything, and take no connections any more."""
        self._spoke.set()
        for one in (self._listener, *self._ends):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self._refuses.is_set():
                    client.close()
                    continue
                try:
                    server = socket.create_connection(("127.0.0.1", self._server_port))
                except OSError:
                    client.close()
                    continue
                self._ends += [client, server]
                for ends, is_answer in (((client, server), False), ((server, client), True)):
                    threading.Thread(target=self._carry, args=(*ends, is_answer), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, is_answer: bool) -> None:
        carried = 0
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if self._dead.is_set():
                    continue
                if not is_answer and self._hold_at and self._hold_at in data:
                    self.held.set()
                    return
                has_joined = bool(is_answer and self._join_from and self._join_from in data)
                if has_joined:
                    if data.partition(self._join_from)[2].count(b"\n") == 1:  # nothing follows it so far
                        data += source.recv(65536)
                    self._join_from = None
                    self._spoke.clear()
                if is_answer and self._cut_after is not None and carried + len(data) > self._cut_after:
                    target.sendall(data[: self._cut_after - carried])
                    for one in (source, target):
                        one.shutdown(socket.SHUT_RDWR)
                    return
                if is_answer and self._drip_after is not None and carried > self._drip_after:
                    for byte in data:
                        target.sendall(bytes([byte]))
                        time.sleep(0.3)
                if not is_answer:
                    self._spoke.set()
                    self.on_words(data)
                target.sendall(data)
                if has_joined:
                    self._spoke.wait()
                carried += len(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def line_to(server_port: int) -> Iterator[Line]:
    """Yield a line to a server on this machine."""
    line = Line(server_port)
    try:
        yield line
    finally:
        line.close()
