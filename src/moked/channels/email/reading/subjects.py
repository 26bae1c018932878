"""The title of a mail: its subject without the prefixes that mail programs add when answering."""

import re

ANSWERS = (
    "re|aw|antw|antwort|sv|vs|odp|odpověď|ynt|res|rif|vá|válasz"  # and Zimbra, Outlook in their languages
    "|תגובה|השב|תשובה|رد|ответ|отв"
)
FORWARDS = "fw|fwd|wg|tr|rv|enc|vl|vb|ilt|přep|továbbítás|továbbítva|tov|הועבר|העברה|إعادة توجيه|переслано"
MARKS = "[\u200e\u200f\u202a-\u202e\u2066-\u2069\\s]{0,20}"
COUNT = r"(?:\[\d{1,4}\]|\(\d{1,4}\))?"
PREFIX = re.compile(rf"{MARKS}(?:({ANSWERS})|{FORWARDS}){MARKS}{COUNT}{MARKS}[:：]{MARKS}", re.IGNORECASE)


def title_of(subject: str) -> str:
    """Return the subject without any prefixes at its beginning; what stands within it stays."""
    end = 0
    while match := PREFIX.match(subject, end):
        end = match.end()
    return subject[end:].strip()


def is_forward(subject: str) -> bool:
    """Tell whether the outermost prefix says that something is passed on rather than answered."""
    match = PREFIX.match(subject)
    return bool(match and not match[1])
