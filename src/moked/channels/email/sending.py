"""How the server is that mails go out through, by what it said to the newest of them."""

import dataclasses
import smtplib
from datetime import datetime, timedelta

from moked.channels.base.troubles import NotNow, UnableToReach
from moked.channels.email import smtp
from moked.channels.rules import Light, SendingTrouble
from moked.events.queries import Outgoing

MANY = 5
NOBODY_AFTER = timedelta(minutes=15)
_OF_THE_RECIPIENT = (smtp.REFUSED, smtp.BAD_RECIPIENT)


class UnableToSend(UnableToReach):
    """No mails can be sent; `code` is that of the server's no, '' for any other trouble."""

    trouble: SendingTrouble

    def __init__(self, trouble: SendingTrouble, said: str = "", code: str = "") -> None:
        super().__init__(trouble, said)
        self.code = code


@dataclasses.dataclass(frozen=True)
class Sending:
    """How mails go out, and what is the matter since when; `waiting` are due, the oldest since `oldest`."""

    light: Light
    waiting: int
    oldest: datetime | None
    problem: UnableToSend | None = None
    since: datetime | None = None


def how_it_goes(outgoing: Outgoing, now: datetime) -> Sending:
    """Return how mails go out. Refused recipients tell of the server only when nothing else happens."""
    waiting, oldest, done_at = outgoing.waiting, outgoing.since, outgoing.done_at
    if smtp.place() is None:
        return Sending(Light.FAILING, waiting, oldest, UnableToSend(SendingTrouble.NOT_SET))
    lately = [one for one in outgoing.failures if not (done_at and done_at > one.failed_at)]
    failure = next((one for one in lately if not one.reason.startswith(_OF_THE_RECIPIENT)), None)
    refused = [one for one in lately if one.reason.startswith(smtp.REFUSED)]
    if failure is None and len(refused) >= MANY:
        failure = refused[0]
    if failure:
        return Sending(Light.FAILING, waiting, oldest, trouble_in(failure.reason), failure.failed_at)
    if oldest and max(oldest, done_at or oldest) < now - NOBODY_AFTER:
        return Sending(Light.SILENT, waiting, oldest, UnableToSend(SendingTrouble.NOBODY_SENDS))
    return Sending(Light.WELL if done_at else Light.NEVER, waiting, oldest)


def trouble_in(reason: str) -> UnableToSend:
    """Return what is the matter, by the reason for which a mail did not go out."""
    word, _, code = reason.partition(" ")
    if word == smtp.REFUSED:
        return UnableToSend(SendingTrouble.SAYS_NO, code=code)
    known = word in list(SendingTrouble)
    return UnableToSend(SendingTrouble(word) if known else SendingTrouble.OURS, code=code)


def why_not(problem: NotNow) -> UnableToSend:
    """Return what is the matter, with what the server said, by what came of asking it."""
    found, cause = trouble_in(problem.reason), problem.__cause__
    said = cause.smtp_error if isinstance(cause, smtplib.SMTPResponseException) else b""
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return UnableToSend(found.trouble, words, found.code)
