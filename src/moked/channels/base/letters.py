"""What a town says to somebody, before a channel gives it a form."""

import dataclasses
from datetime import datetime

from moked.municipalities.models import Municipality

RIGHT_TO_LEFT = frozenset({"he", "ar"})


@dataclasses.dataclass(frozen=True)
class Paragraph:
    """One paragraph: plain text, a button with its address, or quoted words."""

    text: str
    address: str = ""
    is_quote: bool = False


@dataclasses.dataclass(frozen=True)
class Letter:
    """A text filled in, in one language; `footer` says who writes, `choices` leads to what they are told."""

    language: str
    town: str
    subject: str
    paragraphs: tuple[Paragraph, ...]
    footer: str
    choices: Paragraph | None = None

    @property
    def direction(self) -> str:
        """Which way it is read: rtl or ltr."""
        return "rtl" if self.language in RIGHT_TO_LEFT else "ltr"

    @property
    def plain(self) -> str:
        """All of it without form."""
        parts = (one.address or one.text for one in self.paragraphs)
        choices = f"\n{self.choices.text}: {self.choices.address}" if self.choices else ""
        return "\n\n".join([*parts, f"-- \n{self.footer}{choices}"]) + "\n"


@dataclasses.dataclass(frozen=True)
class Outgoing:
    """A letter to one recipient, `to` being their address on the channel.

    `id` is the same however often it is sent; `answers` are those of earlier messages in its thread, the last
    of them the one it answers.
    `automatic` is the value of Auto-Submitted (RFC 3834), None for words of a person. Where the town has an
    address of its own on the channel, `answers_to` is that and `tag` what an answer is to carry; else ''.
    """

    town: Municipality
    id: str
    to: str
    letter: Letter
    written_at: datetime
    automatic: str | None
    answers: tuple[str, ...] = ()
    answers_to: str = ""
    tag: str = ""
