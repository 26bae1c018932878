"""Ask an authority (OAuth 2.0) for the token that opens a mailbox."""

import dataclasses
import http.client
import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlencode

from moked.channels.email.imap import UnableToRead
from moked.channels.email.trust import trusted_authorities
from moked.channels.rules import Trouble

ANSWERS_WITHIN = 20
LONGEST_ANSWER = 64 * 1024


@dataclasses.dataclass(frozen=True)
class Grant:
    """What we show an authority: who we are, and the token that gets tokens (RFC 6749, section 6).

    Without a refresh token we ask in our own name, as an app (section 4.4).
    """

    url: str
    client_id: str
    client_secret: str = dataclasses.field(repr=False)
    refresh_token: str = dataclasses.field(default="", repr=False)
    scope: str = ""


@dataclasses.dataclass(frozen=True)
class Tokens:
    """What opens the mailbox, and what to ask with next time, '' for the same as before."""

    access: str = dataclasses.field(repr=False)
    refresh: str = dataclasses.field(repr=False)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Secrets go to the authority that was named and to no other."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """Follow nothing."""


def ask(grant: Grant) -> Tokens:
    """Get a token; raises UnableToRead with TOKEN_UNREACHABLE or TOKEN_REFUSED."""
    request = urllib.request.Request(  # noqa: S310 - the scheme was checked when it was entered
        grant.url, data=urlencode(_asked(grant)).encode(), headers={"Accept": "application/json"}
    )
    opener = urllib.request.build_opener(
        _NoRedirect, urllib.request.HTTPSHandler(context=trusted_authorities())
    )
    try:
        with opener.open(request, timeout=ANSWERS_WITHIN) as answer:
            said = _read(answer.read(LONGEST_ANSWER))
    except urllib.error.HTTPError as error:
        with error:
            said = _read(error.read(LONGEST_ANSWER))
        trouble = Trouble.TOKEN_REFUSED if 400 <= error.code < 500 else Trouble.TOKEN_UNREACHABLE
        raise UnableToRead(trouble, _text(said, "error")) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise UnableToRead(Trouble.TOKEN_UNREACHABLE) from error
    access = _text(said, "access_token")
    if not access:
        raise UnableToRead(Trouble.TOKEN_REFUSED)
    return Tokens(access, _text(said, "refresh_token"))


def _asked(grant: Grant) -> dict[str, str]:
    asked = {
        "grant_type": "refresh_token" if grant.refresh_token else "client_credentials",
        "refresh_token": grant.refresh_token,
        "client_id": grant.client_id,
        "client_secret": grant.client_secret,
        "scope": grant.scope,
    }
    return {name: value for name, value in asked.items() if value}


def _read(answer: bytes) -> dict[str, Any]:
    try:
        said = json.loads(answer)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _text(said: dict[str, Any], name: str) -> str:
    value = said.get(name, "")
    return value if isinstance(value, str) else ""
