"""Find what a mail only quotes, to fold it away; in doubt everything is shown.

Hidden is one stretch of lines at most, and all lines are either visible or folded.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from moked.channels.email.reading.html import Mark
from moked.channels.email.reading.mail import Fold

FEWEST_LETTERS = 3
FEWEST_SIGNS = 2
LONGEST_LINE = 400
MOST_WROTE_LINES = 4

# "On 5 May 2025 at 10:23, Dana wrote:" as Gmail, Apple Mail, Thunderbird, Outlook, Yahoo and Proton put it.
# People tell in much the same words what somebody wrote, see `_is_of_a_client`.
_WROTE = (
    "wrote|כתב|כתבה|כתב/ה|כתב/כתבה|כתב\\(ה\\)|כתב\\.ה|כתבו|كتب|كتبت|napsala?|napsal\\(a\\)|napsal/a"
    "|írta|пишет|написала?|написал\\(а\\)|schrieb|a écrit"
)
WROTE = re.compile(
    rf"(?:.+ (?:{_WROTE})"
    r"|(?:ב?תאריך |ב-).+ מאת .+>|(?:ב-|ביום ).+ (?:כתב|כתבה|כתב/ה) .+"
    r"|في .+(?:كتب|كتبت|كتب/كتبت|كتب/ت|تمت كتابة ما يلي بواسطة).*|بتاريخ .+ كتب.*"
    r"|\d{1,2}\. ?\d{1,2}\. ?\d{4} v \d{1,2}:\d{2}, .+>"
    r"|.+ (?:ezt|a következőt) írta \(.+\)"
    r"|am .+ schrieb.*)"
    r"\s*:",
    re.IGNORECASE,
)
WROTE_BEGINNING = re.compile(
    r"on |am |le |בתאריך|תאריך|ב-|ביום|في |بتاريخ|dne |(?:po|út|st|čt|pá|so|ne) \d|\d{1,4}[./]",
    re.IGNORECASE,
)
WHEN_OR_WHO = re.compile(r"\d|@")
WHEN = re.compile(r"\d{1,2}:\d{2}|\d{4}")
WHO = re.compile(
    rf"<[^<>@]*@[^<>]*>|[^\s@]@[^\s@]+ (?:{_WROTE})\s*:|(?:كتب|كتبت|بواسطة|schrieb) [^\s@]+@[^\s@]+\s*:",
    re.IGNORECASE,
)
WITHOUT_ADDRESS = re.compile(
    r"(?:ביום \w+, \d{1,2} ב\w+ \d{4} בשעה \d{1,2}:\d{2}, [^,:]+ (?:כתב|כתבה|כתב/ה)"
    r"|dne \d{1,2}\. ?\d{1,2}\. ?\d{4} v \d{1,2}:\d{2} [^,:]+ napsal\(a\)"
    r"|\d{4}\. ?\d{1,2}\. ?\d{1,2}\. \d{1,2}:\d{2} keltezéssel, [^,:]+ írta)"
    r"\s*:",
    re.IGNORECASE,
)
# A point that ends no sentence: of a day, of a month after a year, of a.m.
ABBREVIATED = re.compile(r"(?:\b[ap]\.m|\d|\d\.? \w{3,5})\.\Z")
SENTENCE_ENDS = (".", "!", "?")

_FROM = "from|מאת|من|od|feladó|küldő|von|от|de"
_OTHERS = (
    "sent|date|to|cc|subject|נשלח|תאריך|אל|עותק|העתק|נושא|הנדון"
    "|تاريخ الإرسال|أرسلت|أُرسلت|تم الإرسال|التاريخ|تاريخ|إلى|نسخة|الموضوع"
    "|odesláno|odeslána|datum|dne|komu|kopie|předmět"
    "|elküldve|küldve|dátum|címzett|másolatot kap|másolat|tárgy"
    "|gesendet|an|betreff|отправлено|дата|кому|тема|envoyé|à|objet"
)
FROM_LINE = re.compile(rf"\*?\s*(?:{_FROM})\s*:\s*\*?\s*\S", re.IGNORECASE)
OTHER_LINE = re.compile(rf"\*?\s*(?:{_OTHERS})\s*:", re.IGNORECASE)
HEADER_LINES, FEWEST_HEADERS = 8, 2

ORIGINAL = re.compile(
    r"-{2,}\s*(?:original message|original appointment|reply message|הודעה מקורית|ההודעה המקורית"
    r"|الرسالة الأصلية|رسالة أصلية|původní zpráva|původní e-?mail|eredeti üzenet|eredeti levél"
    r"|ursprüngliche nachricht|исходное сообщение|message d'origine)\s*-{2,}",
    re.IGNORECASE,
)
FORWARDED = re.compile(
    r"(?:-{2,}\s*(?:forwarded message|forwarded by .{0,80}|הודעה שהועברה|הודעה מועברת|רשומה מועברת"
    r"|رسالة مُعاد توجيهها|رسالة معاد توجيهها|رسالة محولة|přeposlaná zpráva|předaná zpráva"
    r"|továbbított üzenet|továbbított levél|weitergeleitete nachricht|пересылаемое сообщение)\s*-{2,}"
    r"|(?:begin forwarded message|תחילת ההודעה שהועברה|תחילת הודעה שהועברה|بداية الرسالة المعاد توجيهها"
    r"|začátek přeposílané zprávy|začátek přeposlané zprávy"
    r"|továbbított levél kezdete|továbbított üzenet kezdete)\s*:?)",
    re.IGNORECASE,
)
UNDERLINE = re.compile(r"[_-]{10,}")
SIGN = re.compile(r"\s*>")


@dataclass(frozen=True)
class Folded:
    """The lines to show, those to fold away, and by what they were recognised (None: nothing is folded)."""

    visible: str
    folded: str
    by: Fold | None


@dataclass(frozen=True)
class _Cut:
    """Lines from `start` are quoted: all of them, or as long as they begin with `>`."""

    start: int
    by: Fold
    is_everything_below: bool


def folded(
    lines: Sequence[str], *, marks: Mapping[int, Mark], reply_line: str, is_kept: bool = False
) -> Folded:
    """Split a text into what was written now and what is quoted.

    Nothing is folded when `is_kept`, when it is a forwarded mail, when answers stand between the quoted
    lines, or when fewer than three letters would be left.
    """
    bare = [_bare(line) for line in lines]
    cut = None if is_kept else _first_cut(bare, marks, reply_line)
    if cut is None:
        return Folded(_joined(lines), "", None)
    end = len(lines) if cut.is_everything_below else _end_of_signs(bare, cut.start)
    rest = bare[end:]
    visible = [*lines[: cut.start], *lines[end:]]
    if any(SIGN.match(line) for line in rest) or _letters(visible) < FEWEST_LETTERS:
        return Folded(_joined(lines), "", None)
    return Folded(_joined(visible), _joined(lines[cut.start : end]), cut.by)


def _first_cut(bare: list[str], marks: Mapping[int, Mark], reply_line: str) -> _Cut | None:
    """Return where the first quotation begins; None also when a forwarded mail comes before it."""
    for number, line in enumerate(bare):
        if FORWARDED.fullmatch(line):
            return None
        mark = marks.get(number)
        if mark and _is_forwarded_below(bare, number):
            return None
        if reply_line and reply_line in line:
            return _Cut(number, Fold.OUR_LINE, is_everything_below=True)
        if mark is Mark.BELOW:
            return _Cut(number, Fold.CLIENT_MARK, is_everything_below=True)
        if ORIGINAL.fullmatch(line):
            return _Cut(number, Fold.ORIGINAL_LINE, is_everything_below=True)
        if _is_header_block(bare, number):
            return _Cut(_with_underline(bare, number), Fold.HEADER_BLOCK, is_everything_below=True)
        if length := _wrote(bare, number):
            if _next_is_sign(bare, number + length):
                return _Cut(number, Fold.WROTE_LINE, is_everything_below=False)
            if _is_of_a_client(" ".join(bare[number : number + length])):
                return _Cut(number, Fold.WROTE_LINE, is_everything_below=True)
        if mark is Mark.WROTE:
            return _Cut(number, Fold.CLIENT_MARK, is_everything_below=not _has_signs(bare, number))
        if SIGN.match(line) and _sign_lines(bare, number) >= FEWEST_SIGNS:
            return _Cut(_with_intro(bare, number), Fold.QUOTE_SIGNS, is_everything_below=False)
    return None


def _bare(line: str) -> str:
    """Return a line without invisible characters, which right-to-left clients strew in, and not too long."""
    if not line.isascii():
        line = "".join(char for char in line[: 2 * LONGEST_LINE] if unicodedata.category(char) != "Cf")
    return line.strip()[:LONGEST_LINE]


def _is_forwarded_below(bare: list[str], number: int) -> bool:
    first = next((line for line in bare[number : number + HEADER_LINES] if line), "")
    return bool(FORWARDED.fullmatch(first))


def _wrote(bare: list[str], number: int) -> int:
    """Return over how many lines it is said who wrote what follows; 0 when it is not."""
    if not (WROTE_BEGINNING.match(bare[number]) or "@" in bare[number]):
        return 0
    joined = ""
    for length, line in enumerate(bare[number : number + MOST_WROTE_LINES], start=1):
        if not line or SIGN.match(line):
            return 0
        joined = f"{joined} {line}".strip()
        if line.endswith(":") and WHEN_OR_WHO.search(joined) and WROTE.fullmatch(joined[:LONGEST_LINE]):
            return length
        if line.endswith(SENTENCE_ENDS) and not ABBREVIATED.search(line):
            return 0
    return 0


def _is_of_a_client(wrote: str) -> bool:
    """Tell whether what says who wrote is so exact that no person did, when no `>` stands below it."""
    return bool((WHEN.search(wrote) and WHO.search(wrote)) or WITHOUT_ADDRESS.fullmatch(wrote))


def _is_header_block(bare: list[str], number: int) -> bool:
    if not FROM_LINE.match(bare[number]):
        return False
    below = bare[number + 1 : number + 1 + HEADER_LINES]
    return sum(bool(OTHER_LINE.match(line)) for line in below) >= FEWEST_HEADERS


def _with_underline(bare: list[str], number: int) -> int:
    """Return the line that a client draws above a quoted mail's headers, or the first of these."""
    above = number - 1
    while above >= 0 and not bare[above]:
        above -= 1
    return above if above >= 0 and UNDERLINE.fullmatch(bare[above]) else number


def _with_intro(bare: list[str], number: int) -> int:
    """Return the line that introduces the quoted lines in whatever language, or the first of these."""
    above = number - 1
    while above >= 0 and not bare[above]:
        above -= 1
    is_intro = above >= 0 and bare[above].endswith(":") and WHEN_OR_WHO.search(bare[above])
    return above if is_intro else number


def _next_is_sign(bare: list[str], number: int) -> bool:
    """Tell whether the next line that is not blank is quoted."""
    return any(SIGN.match(line) for line in next(([line] for line in bare[number:] if line), []))


def _sign_lines(bare: list[str], number: int) -> int:
    return sum(1 for _ in takewhile(SIGN.match, bare[number : number + FEWEST_SIGNS]))


def _has_signs(bare: list[str], number: int) -> bool:
    return any(SIGN.match(line) for line in bare[number : number + HEADER_LINES])


def _end_of_signs(bare: list[str], start: int) -> int:
    """Return the line after the quoted ones, which may be introduced and interrupted by blank lines."""
    first = next(number for number in range(start, len(bare)) if SIGN.match(bare[number]))
    quoted = list(
        takewhile(lambda number: not bare[number] or SIGN.match(bare[number]), range(first, len(bare)))
    )
    end = quoted[-1] + 1
    while not bare[end - 1]:
        end -= 1
    return end


def _letters(lines: Sequence[str]) -> int:
    return sum(char.isalnum() for line in lines for char in line)


def _joined(lines: Sequence[str]) -> str:
    """Return lines as text without blank ones at its ends."""
    first, last = 0, len(lines)
    while first < last and not lines[first].strip():
        first += 1
    while last > first and not lines[last - 1].strip():
        last -= 1
    return "\n".join(lines[first:last])
