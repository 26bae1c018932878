"""A small OAuth 2.0 authority: gives tokens to people and apps, and tells a mail server whose they are."""

import contextlib
import json
import secrets
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

CLIENT_ID, CLIENT_SECRET = "moked", "client-secret"


class Authority:
    """Whom it knows by which refresh token; what was asked of it; `answer` is said instead when it is set.

    `app_user` is into whose mailbox an app is let that asks in its own name.
    """

    def __init__(self) -> None:
        self.users: dict[str, str] = {}
        self.app_user: str | None = None
        self.tokens: dict[str, str] = {}
        self.asked: list[dict[str, str]] = []
        self.answer: tuple[int, bytes] | None = None
        self.rotates = False
        self.sends_to = ""
        self.url = ""

    def give(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Answer who asks for a token."""
        self.asked.append(form)
        if form.get("grant_type") == "client_credentials":
            user = self.app_user if form.get("scope") and "refresh_token" not in form else None
        else:
            user = self.users.get(form.get("refresh_token", ""))
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return 401, {"error": "invalid_client"}
        if user is None or form.get("grant_type") not in {"refresh_token", "client_credentials"}:
            return 400, {"error": "invalid_grant", "error_description": "<b>expired</b>"}
        token = secrets.token_urlsafe()
        self.tokens[token] = user
        given = {"access_token": token, "token_type": "Bearer", "expires_in": 3600}
        if self.rotates and "refresh_token" in form:
            fresh = secrets.token_urlsafe()
            self.users[fresh] = self.users.pop(form["refresh_token"])
            given["refresh_token"] = fresh
        return 200, given

    def tell(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Answer a mail server that asks about a token (RFC 7662)."""
        user = self.tokens.get(form.get("token", ""))
        return 200, {"active": True, "username": user} if user else {"active": False}


@contextlib.contextmanager
def authority() -> Iterator[Authority]:
    """Yield an authority that answers at `url` as long as the block lasts."""
    known = Authority()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            said = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(said).items()}
            if self.path == "/introspect":
                status, answer = known.tell(form)
            elif known.sends_to and self.path == "/token":
                known.asked.append(form)
                return self._say(302, b"")
            elif known.answer:
                status, body = known.answer
                return self._say(status, body)
            else:
                status, answer = known.give(form)
            return self._say(status, json.dumps(answer).encode())

        def _say(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            if known.sends_to:
                self.send_header("Location", known.sends_to)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            known.asked.append({"refresh_token": "asked by GET"})
            self._say(404, b"")

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    known.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield known
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
