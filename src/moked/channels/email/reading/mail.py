"""What is known of a mail once it is read, what may be wrong with it, and what it is told about us.

All of these travel between processes as JSON and hold no bytes: attachments lie as files in a folder.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

MOST_BYTES = 25 * 1024 * 1024
MOST_PARTS = 200
DEEPEST = 10
MOST_HEADER_BYTES = 64 * 1024
MOST_LINKS = 5_000
MOST_TEXT = 150_000
MOST_HTML = 2_000_000
MOST_HTML_READ = 10_000_000


class Trouble(StrEnum):
    """Why a mail is not read; it is kept as it came, for a person to look at."""

    TOO_LARGE = "TOO_LARGE_TO_READ"
    TOO_MANY_PARTS = "TOO_MANY_PARTS"
    TOO_DEEP = "TOO_DEEP"
    TOO_LONG_HEADERS = "TOO_LONG_HEADERS"
    TOO_MANY_LINKS = "TOO_MANY_LINKS"
    TOO_MUCH_MEMORY = "TOO_MUCH_MEMORY"
    TOO_SLOW = "TOO_SLOW"
    DIED = "DIED"
    BROKEN = "BROKEN"


class Unreadable(Exception):
    """A mail that is not read; `code` is one of Trouble."""

    def __init__(self, code: Trouble) -> None:
        super().__init__(code)
        self.code = code


class Kind(StrEnum):
    """What a mail is; everything that is done with it depends on this."""

    HUMAN = "HUMAN"
    AUTO_REPLY = "AUTO_REPLY"
    BOUNCE_HARD = "BOUNCE_HARD"
    BOUNCE_SOFT = "BOUNCE_SOFT"
    LIST_BULK = "LIST_BULK"
    OWN_LOOP = "OWN_LOOP"
    SYSTEM = "SYSTEM"


class Signal(StrEnum):
    """What was seen in a mail that tells its kind, or forbids to answer it."""

    FROM_US = "FROM_US"
    OUR_LOOP_MARK = "OUR_LOOP_MARK"
    OUR_MESSAGE_ID = "OUR_MESSAGE_ID"
    DELIVERY_REPORT = "DELIVERY_REPORT"
    READ_RECEIPT = "READ_RECEIPT"
    ABUSE_REPORT = "ABUSE_REPORT"
    FAILED_RECIPIENTS = "FAILED_RECIPIENTS"
    MAIL_SYSTEM_SENDER = "MAIL_SYSTEM_SENDER"
    NULL_RETURN_PATH = "NULL_RETURN_PATH"
    AUTO_SUBMITTED = "AUTO_SUBMITTED"
    AUTO_REPLY_HEADER = "AUTO_REPLY_HEADER"
    MAILBOX_RULE = "MAILBOX_RULE"
    ABSENCE_SUBJECT = "ABSENCE_SUBJECT"
    PRECEDENCE = "PRECEDENCE"
    LIST_HEADER = "LIST_HEADER"
    NO_ANSWER_WANTED = "NO_ANSWER_WANTED"
    NO_REPLY_SENDER = "NO_REPLY_SENDER"
    NO_SENDER = "NO_SENDER"


class Found(StrEnum):
    """How the charset of a part was found: said by the mail, or guessed in this order."""

    DECLARED = "DECLARED"
    UTF8 = "UTF8"
    DETECTED = "DETECTED"
    USUAL = "USUAL"
    REPLACED = "REPLACED"


class Fold(StrEnum):
    """By what the quoted part of a mail was recognised."""

    OUR_LINE = "OUR_LINE"
    CLIENT_MARK = "CLIENT_MARK"
    WROTE_LINE = "WROTE_LINE"
    HEADER_BLOCK = "HEADER_BLOCK"
    ORIGINAL_LINE = "ORIGINAL_LINE"
    QUOTE_SIGNS = "QUOTE_SIGNS"


@dataclass(frozen=True)
class Ours:
    """What a mail is compared with to recognise ourselves.

    `addresses` are those we send from and receive at (a `+tag` counts as the address without it);
    `message_id_domain` ends our Message-IDs; `reply_line` begins the line above which people are asked to
    write.
    """

    addresses: tuple[str, ...] = ()
    message_id_domain: str = ""
    reply_line: str = ""

    def has(self, address: str) -> bool:
        """Tell whether an address is one of ours."""
        return without_tag(address) in {without_tag(ours) for ours in self.addresses}


def without_tag(address: str) -> str:
    """Return an address in small letters without its `+tag`."""
    local, _, domain = address.casefold().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


@dataclass(frozen=True)
class Address:
    """A name as written, which proves nothing, and an address; either may be empty."""

    name: str
    address: str


@dataclass(frozen=True)
class Attachment:
    """A part that is kept as a file, called by its number in the folder of the mail.

    `name` is safe to show, not to use as a path, and may be empty; `type` is what the content looks like,
    `declared_type` what the mail says. `is_inline` when the mail's HTML shows it in its place.
    """

    file: str
    name: str
    declared_type: str
    type: str
    size: int
    sha256: str
    content_id: str
    is_inline: bool


@dataclass(frozen=True)
class Charset:
    """In which charset a part was read. `part` is its place, as 1.2, or the name of a header."""

    part: str
    charset: str
    found: Found


@dataclass(frozen=True)
class Delivery:
    """What became of a mail for one recipient: action in small letters, status as in RFC 3463; or ''."""

    recipient: str
    action: str
    status: str
    diagnostic: str


@dataclass(frozen=True)
class DeliveryReport:
    """What a mail system says about an earlier mail, whose Message-ID is '' when it does not say which."""

    message_id: str
    deliveries: tuple[Delivery, ...]


@dataclass(frozen=True)
class ReadMail:
    """A mail, read. Nothing in it is to be believed, but for `sha256`, `kind` and what we say of ourselves.

    Texts are as written, without NUL and lone surrogates; `subject_shown` and `title` are one line without
    bidirectional controls, `title` also without prefixes such as Re:. `message_id` is made from the hash when
    the mail has none (`has_own_id`). `return_path` is None when absent, '' when null. `sent_at` is what
    `date` means if it means anything. `authentication_results` has the topmost first, `references` the
    oldest.

    `text` is all that is written, with cited HTML as `>` lines; `visible` and `folded` share its lines, and
    `folded` is empty when nothing was recognised as quoted. `html_clean` may be shown in a sandbox: it loads
    nothing by itself, a picture has `data-part` (an attachment's `file`) or `data-remote` (an address, for a
    click), which whoever shows it turns into `src`.

    `defects` are codes of what was wrong or guessed.
    """

    sha256: str
    message_id: str
    has_own_id: bool
    authors: tuple[Address, ...]
    sender: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    return_path: str | None
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    delivered_to: tuple[str, ...]
    date: str
    sent_at: datetime | None
    subject: str
    subject_shown: str
    title: str
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    authentication_results: tuple[str, ...]
    kind: Kind
    signals: tuple[Signal, ...]
    may_be_answered: bool
    text: str
    visible: str
    folded: str
    folded_by: Fold | None
    html_clean: str
    attachments: tuple[Attachment, ...]
    report: DeliveryReport | None
    charsets: tuple[Charset, ...]
    defects: tuple[str, ...]

    @property
    def answered_ids(self) -> tuple[str, ...]:
        """Return the Message-IDs this mail may answer, the most likely first: References go right to left."""
        return tuple(dict.fromkeys((*self.in_reply_to, *reversed(self.references))))

    @property
    def recipients(self) -> list[str]:
        """Return the addresses this mail came to, those its way here names first."""
        return [*self.delivered_to, *(one.address for one in (*self.to, *self.cc))]
