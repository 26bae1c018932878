"""A small browser: keeps its cookies, and its connection while it is busy; follows no redirect."""

import http.client
import re
import time
from dataclasses import dataclass
from http.cookies import SimpleCookie
from urllib.parse import urlencode

IDLE_SECONDS = 1.0
FORM = "application/x-www-form-urlencoded"
CUT = b"between-two-parts-of-a-form"
TIMING = re.compile(r"app;dur=([\d.]+)")
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


class UnexpectedAnswer(Exception):
    """The server said something else than the benchmark needs."""


@dataclass(frozen=True)
class Answer:
    """What came back, how long the server says it worked on it, and how long we waited."""

    status: int
    location: str
    body: str
    server_milliseconds: float
    milliseconds: float


class Browser:
    """One person's browser at one server on this machine."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._headers = {"Host": f"localhost:{port}", "Accept-Language": "en"}
        self._cookies: dict[str, str] = {}
        self._used_at = 0.0

    def get(self, path: str, *, expect: int = 200) -> Answer:
        """Ask for a page; raises UnexpectedAnswer for another status than expected."""
        return self._ask("GET", path, None, expect)

    def post(self, path: str, fields: dict[str, str], *, form_at: str, expect: int = 302) -> Answer:
        """Open the page with the form and send it with its hidden fields; a redirect means it was taken."""
        hidden = dict(HIDDEN.findall(self.get(form_at).body))
        return self._ask("POST", path, urlencode(hidden | fields), expect)

    def upload(self, path: str, name: str, content: bytes, *, form_at: str, expect: set[int]) -> Answer:
        """Open the page with the form and send one file with its hidden fields."""
        fields = dict(HIDDEN.findall(self.get(form_at).body))
        parts = [(f'name="{field}"', value.encode()) for field, value in fields.items()]
        parts.append((f'name="{name}"; filename="{name}"', content))
        body = b"".join(
            b"--%b\r\nContent-Disposition: form-data; %b\r\n\r\n%b\r\n" % (CUT, said.encode(), value)
            for said, value in parts
        )
        kind = f"multipart/form-data; boundary={CUT.decode()}"
        return self._ask("POST", path, body + b"--%b--\r\n" % CUT, *expect, kind=kind)

    def _ask(
        self, method: str, path: str, body: str | bytes | None, *expect: int, kind: str = FORM
    ) -> Answer:
        headers = dict(self._headers)
        if self._cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        if body is not None:
            headers["Content-Type"] = kind
        if time.monotonic() - self._used_at > IDLE_SECONDS:
            self._connection.close()
        started = time.perf_counter()
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        self._used_at = time.monotonic()
        text = response.read().decode(errors="replace")
        milliseconds = (time.perf_counter() - started) * 1000
        for cookie in response.headers.get_all("Set-Cookie") or ():
            self._keep(SimpleCookie(cookie))
        if response.status not in expect:
            wanted = " or ".join(map(str, expect))
            raise UnexpectedAnswer(f"{method} {path} answered {response.status}, not {wanted}.")
        timing = TIMING.search(response.headers.get("Server-Timing", ""))
        location = response.headers.get("Location", "")
        return Answer(response.status, location, text, float(timing[1]) if timing else 0.0, milliseconds)

    def _keep(self, cookies: SimpleCookie) -> None:
        for name, morsel in cookies.items():
            if morsel["max-age"] == "0" or not morsel.value:
                self._cookies.pop(name, None)
            else:
                self._cookies[name] = morsel.coded_value


def sign_in(port: int, town: str, email: str, password: str) -> Browser:
    """Return a browser whose owner has signed in through the login page."""
    browser = Browser(port)
    login = f"/t/{town}/accounts/login/"
    browser.post(login, {"login": email, "password": password}, form_at=login)
    return browser
