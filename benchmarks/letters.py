"""Mails as residents write them, made up, and real ones among them where they are at hand.

In Hebrew three times of four, in several charsets, mostly with HTML beside the text; some quote what they
answer, some bring a picture or a document, a few come from programs.
"""

import os
import random
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from tests.files import pictures

ROOT = Path(__file__).resolve().parents[1]
REAL = Path(os.environ.get("MOKED_REALDATA") or ROOT.parent / "shared" / "data") / "emails"
REAL_SHARE = 0.05
HEBREW_SHARE = 0.75
QUOTED_SHARE = 0.2
PICTURE_SHARE = 0.1
DOCUMENT_SHARE = 0.05
PROGRAM_SHARE = 0.05
WORDS = {
    "he": "הפנס מול הבית כבוי כבר שבוע ויש בור עמוק בכביש ליד הכניסה לגן, מבקשים טיפול דחוף, תודה רבה",
    "en": "the lamp in front of our house has been dark for a week, please send somebody, thank you",
}
QUOTED = {
    "he": "בתאריך יום ב׳, 16 בנוב׳ 2026 ב-9:30 מאת המוקד <{to}>:",
    "en": "On Mon, 16 Nov 2026 at 9:30, Helpdesk <{to}> wrote:",
}
HTML = '<html><body dir="{direction}"><div style="font-family:Arial">{words}</div>{quoted}</body></html>'


def letters(count: int, to: str, seed: int) -> Iterator[bytes]:
    """Yield so many mails to an address, each another; the same for the same seed."""
    chance = random.Random(seed)
    real = iter(sorted(REAL.glob("*.eml")) if REAL.is_dir() else [])
    picture = pictures.photo(size=(1600, 1200))
    for number in range(count):
        if chance.random() < REAL_SHARE and (path := next(real, None)):
            yield path.read_bytes()
        else:
            yield _made_up(chance, f"{seed}-{number}", to, picture)


def _made_up(chance: random.Random, name: str, to: str, picture: bytes) -> bytes:
    language = "he" if chance.random() < HEBREW_SHARE else "en"
    message = EmailMessage(policy=SMTP)
    message["From"] = f"{' '.join(_words(chance, language, 2))} <resident-{name}@example.org>"
    message["To"], message["Message-ID"] = to, f"<{name}@mail.example.org>"
    message["Subject"] = " ".join(_words(chance, language, 5))
    message["Received"] = "from mx.example.org by mx.town.example; Mon, 16 Nov 2026 09:30:00 +0200"
    if chance.random() < PROGRAM_SHARE:
        message["Auto-Submitted"] = "auto-replied"
    lines = [" ".join(_words(chance, language, 12)) for _ in range(chance.randint(1, 8))]
    quoted: list[str] = []
    if chance.random() < QUOTED_SHARE:
        message["In-Reply-To"] = message["References"] = f"<earlier-{name}@mail.example.org>"
        earlier = [" ".join(_words(chance, language, 12)) for _ in range(20)]
        quoted = [QUOTED[language].format(to=to), *(f"> {line}" for line in earlier)]
    charset = "windows-1255" if language == "he" and chance.random() < 0.3 else "utf-8"
    message.set_content("\n".join([*lines, "", *quoted]), charset=charset)
    folded = (
        f'<div class="gmail_quote"><blockquote>{"<br>".join(quoted)}</blockquote></div>' if quoted else ""
    )
    direction = "rtl" if language == "he" else "ltr"
    html = HTML.format(direction=direction, words="<br>".join(lines), quoted=folded)
    message.add_alternative(html, subtype="html", charset=charset)
    if chance.random() < PICTURE_SHARE:
        message.add_attachment(picture, maintype="image", subtype="jpeg", filename="תמונה.jpg")
    if chance.random() < DOCUMENT_SHARE:
        content = b"%PDF-1.4\n" + chance.randbytes(100_000)
        message.add_attachment(content, maintype="application", subtype="pdf", filename="מסמך.pdf")
    return message.as_bytes()


def _words(chance: random.Random, language: str, count: int) -> list[str]:
    return chance.choices(WORDS[language].split(), k=count)


def large(to: str, size: int, seed: int) -> bytes:
    """Return a mail of about so many bytes, nearly all of them in two documents."""
    chance = random.Random(seed)
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = f"resident-{seed}@example.org", to
    message["Message-ID"], message["Subject"] = f"<large-{seed}@mail.example.org>", "תוכניות הבנייה"
    message.set_content(" ".join(_words(chance, "he", 40)))
    # In base64 three bytes become four, and each line of 76 ends with two more.
    raw = int(size * 3 / 4 * 76 / 78) - 2_000
    for number in (1, 2):
        content = b"%PDF-1.4\n" + chance.randbytes(raw // 2)
        message.add_attachment(
            content, maintype="application", subtype="pdf", filename=f"תוכנית {number}.pdf"
        )
    return message.as_bytes()
