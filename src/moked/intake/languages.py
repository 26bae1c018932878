"""In which language somebody is answered who did not say."""

import re

from moked.municipalities.models import Municipality

_LETTERS = {"he": re.compile("[\u05d0-\u05ea]"), "ar": re.compile("[\u0621-\u064a]")}
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
FALLBACK = "en"


def language_of(text: str, town: Municipality) -> str:
    """Return the language to answer in, told by the letters alone: one that the town answers in.

    Where letters do not decide it is the town's own, or English for a Latin text in a town that writes
    otherwise.
    """
    counts = {code: len(letters.findall(text)) for code, letters in _LETTERS.items()}
    latin = len(_LATIN.findall(text))
    code, most = max(counts.items(), key=lambda one: one[1])
    spoken = set(town.languages)
    if most > latin:
        return code if code in spoken else town.language
    if latin > most and town.language in _LETTERS and FALLBACK in spoken:
        return FALLBACK
    return town.language
