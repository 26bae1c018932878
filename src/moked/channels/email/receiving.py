"""Bring what lies in a mailbox into the store, and acknowledge it only then.

A mail is kept (committed) first, then marked as read, then passed by: whatever ends us between two of these
leads to its being fetched again, and recognised. Nothing is ever deleted on the server.
"""

import dataclasses
import functools
from collections import Counter
from datetime import UTC, datetime

import structlog

from moked.accounts import secrets
from moked.channels import operations
from moked.channels.base import receiving as base
from moked.channels.base.receiving import Incoming
from moked.channels.email import tokens
from moked.channels.email.envelope import envelope_of
from moked.channels.email.imap import Access, Listed, NotGiven, Session, UnableToRead
from moked.channels.models import MailServer
from moked.channels.rules import LARGEST_MAIL, Reason, Security, SignIn, Trouble

MAIL = "message/rfc822"
PAGE = 50
TRIES = 3

Tries = Counter[int]

log = structlog.get_logger("moked.mailboxes")


def access_to(server: MailServer) -> Access:
    """Return how to sign in now, asking for a token where the mailbox wants one; raises UnableToRead."""
    secret = _opened(server.secret)
    access = Access(server.host, server.port, Security(server.security), server.user, server.folder, secret)
    if server.sign_in == SignIn.PASSWORD:
        return access
    is_app = server.sign_in == SignIn.APP
    named = _opened(server.client_secret) if server.client_secret else ""
    grant = tokens.Grant(
        url=server.token_url,
        client_id=server.client_id,
        client_secret=secret if is_app else named,
        refresh_token="" if is_app else secret,
        scope=server.scope,
    )
    given = tokens.ask(grant)
    if given.refresh and given.refresh != secret and not is_app:
        operations.keep_secret(server, given.refresh)
    return dataclasses.replace(access, password="", token=given.access)


def receive(server: MailServer, session: Session, tries: Tries) -> None:
    """Keep all mails that are new, page by page, in their order.

    `tries` counts how often a mail was asked for in vain, over several sessions. Raises UnableToRead, and
    files.NotKept when there is no room; what was kept before that stays kept.
    """
    operations.begin_folder(server, session.uid_validity)
    waiting = session.uids_above(server.last_uid, server.reads_from)
    operations.note_read(server, waiting=len(waiting), now=datetime.now(UTC))
    while waiting:
        page, waiting = waiting[:PAGE], waiting[PAGE:]
        _receive_page(server, session, page, tries)
        operations.note_read(server, waiting=len(waiting), now=datetime.now(UTC))


def _receive_page(server: MailServer, session: Session, uids: list[int], tries: Tries) -> None:
    listed = session.listed(uids)
    kept = 0
    try:
        for uid in uids:
            mail = listed.get(uid)
            if mail and not (server.reads_from and mail.came_at < server.reads_from):
                _receive_mail(server, session, mail, tries)
            kept = uid
    finally:
        if kept:
            operations.note_kept(server, kept)


def _receive_mail(server: MailServer, session: Session, mail: Listed, tries: Tries) -> None:
    raw, reason = _fetch(session, mail, tries)
    if raw is None:
        return
    name = envelope_of(raw).message_id or (f"{session.uid_validity}:{mail.uid}" if reason else "")
    mark = functools.partial(session.mark_seen, mail.uid)
    base.receive(server.account, Incoming(raw, MAIL, name, _nothing if reason else mark, reason))
    if reason:
        log.warning("mail_set_aside", mailbox=server.account_id, uid=mail.uid, reason=reason)


def _nothing() -> None:
    """Leave unread what lies there still."""


def _fetch(session: Session, mail: Listed, tries: Tries) -> tuple[bytes | None, Reason | None]:
    """Return a mail, None when it is gone; or its headers, and why it is not fetched whole.

    A mail over which the connection broke again and again would hold up all that came after it.
    """
    if mail.size > LARGEST_MAIL:
        return _headers(session, mail, tries), Reason.TOO_LARGE
    if tries[mail.uid] >= TRIES:
        return _headers(session, mail, tries), Reason.NOT_GIVEN
    tries[mail.uid] += 1
    try:
        raw = session.whole(mail)
    except NotGiven:
        raw = None
    del tries[mail.uid]
    if raw is None:
        return _headers(session, mail, tries), Reason.NOT_GIVEN
    if len(raw) > LARGEST_MAIL:
        return _headers(session, mail, tries), Reason.TOO_LARGE
    return raw, None


def _headers(session: Session, mail: Listed, tries: Tries) -> bytes | None:
    """Return a mail's headers, b"" when the server gives none of them either, None when the mail is gone."""
    if tries[mail.uid] >= 2 * TRIES:
        return b""
    tries[mail.uid] += 1
    try:
        headers = session.headers(mail)
    except NotGiven:
        headers = None
    if headers is None and session.listed([mail.uid]):
        headers = b""
    return headers


def _opened(secret: str) -> str:
    try:
        return secrets.decrypt(secret, operations.SECRET_PURPOSE)
    except secrets.UnableToDecrypt as error:
        raise UnableToRead(Trouble.SECRET_LOST) from error
