"""Put names in the order in which readers of a language look for them.

Rules of the alphabets: ČSN 97 6030 for Czech, the academy's AkH. 14 for Hungarian. No maintained library
brings collation without a compiler; where a language has no rule here, accents only break ties.
"""

import re
import unicodedata

# Letters of their own, each after the letter it is written with: "č" follows all of "c".
LETTERS = {
    "cs": {"č": "c", "ř": "r", "š": "s", "ž": "z", "ch": "h"},
    "hu": {
        "ö": "o",
        "ő": "o",
        "ü": "u",
        "ű": "u",
        "cs": "c",
        "dz": "d",
        "dzs": "dz",
        "gy": "g",
        "ly": "l",
        "ny": "n",
        "sz": "s",
        "ty": "t",
        "zs": "z",
    },
}
AFTER = "\U0010ffff"
SILENT = re.compile("[^\\w\\s]|_")


def sort_key(text: str, language: str) -> tuple[str, str]:
    """Return what `sorted` compares: the letters by the language's alphabet, then the accents."""
    words = SILENT.sub("", unicodedata.normalize("NFC", text).casefold())
    own = LETTERS.get(language)
    if own:
        longest_first = "|".join(sorted(own, key=len, reverse=True))
        words = re.sub(longest_first, lambda found: _place(own, found[0]), words)
    return "".join(one for one in unicodedata.normalize("NFD", words) if not unicodedata.combining(one)), text


def _place(own: dict[str, str], letter: str) -> str:
    before = own[letter]
    return (_place(own, before) if before in own else before) + AFTER
