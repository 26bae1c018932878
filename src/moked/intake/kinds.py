"""What somebody may want who did not choose it: told by words alone, and only ever proposed to a person."""

import dataclasses
import re
from collections.abc import Mapping, Sequence

from moked.base.text import folded_words
from moked.catalogue.rules import CaseKind, pattern_of

READ = 3_000
QUESTION_MARKS = "?؟"


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(","))


# Phrases that people use for this and hardly for anything else. "Thank you" is not among them: it closes
# every second report. Words of languages with endings stand without them.
PHRASES: Mapping[CaseKind, Sequence[str]] = {
    CaseKind.PRAISE: _listed(
        """
        want to thank, wanted to thank, like to thank, wish to thank, well done, great job,
        great work, excellent work, excellent service, wonderful service, deserve praise, kudos,
        keep up the good work, very grateful, compliment,
        רוצה להודות, רציתי להודות, ברצוני להודות, רוצים להודות, תודה ענקית, כל הכבוד, יישר כוח,
        ישר כוח, שירות מצוין, עבודה מצוינת, שירות מעולה, עבודה מעולה, ראוי לשבח, ראויים לשבח,
        أريد أن أشكر, أود أن أشكر, أودّ شكر, شكرا جزيلا لفريق, كل الاحترام, خدمة ممتازة, عمل رائع,
        عمل ممتاز, يستحقون الثناء, أحسنتم,
        chci poděkovat, chtěl bych poděkovat, chtěla bych poděkovat, chtěl jsem poděkovat,
        chtěla jsem poděkovat, chceme poděkovat, skvělá práce, výborná práce, skvělou práci,
        zaslouží pochvalu, pochval, jen tak dál, szeretném megköszönni, szeretnénk megköszönni,
        szeretnék köszönetet, köszönetet mond, kiváló munka, nagyszerű munka, szép munka,
        kiváló munkát, dicséret, csak így tovább
        """
    ),
    CaseKind.COMPLAINT: _listed(
        """
        complain, unacceptable, outrageous, disgrace, was rude, very rude, shameful, nobody answers,
        nobody answered, no one answers, no one answered, never answered,
        תלונה, להתלונן, מתלונן, מתלוננת, בושה, שערורייה, לא ייתכן, לא יתכן, זלזול, אף אחד לא עונה,
        אף אחד לא ענה, דיבר אלי בגסות, בחוצפה, מחפיר,
        شكوى, أشتكي, أشكو, نشتكي, غير مقبول, لا أحد يرد, لم يرد أحد, إهمال, بوقاحة,
        stížnost, stěžuj, stěžovat, nepřijatelné, ostuda, skandál, nikdo neodpov, arogantní, panasz,
        felháborító, elfogadhatatlan, szégyen, botrányos, senki nem válaszol, goromba
        """
    ),
}
# How a question begins; a sentence counts that ends with a question mark as well.
ASKING: Sequence[str] = _listed(
    """
    how, when, where, what, which, who, can i, may i, could i, is it possible, do i,
    איך, כיצד, מתי, איפה, היכן, מה, האם, כמה, איזה, איזו, אפשר, למי,
    كيف, متى, أين, ما, ماذا, هل, كم, أي, لمن,
    jak, kdy, kde, co, kolik, jaký, jaká, jaké, který, která, které, je možné, mohu, hogyan, mikor,
    hol, mi, mit, mennyi, mennyibe, melyik, lehet, kinek, hova
    """
)


def _pattern(phrases: Sequence[str]) -> re.Pattern[str]:
    """Return what finds the words of a phrase one after the other, as a service's hints are found.

    Each phrase is a group of its own.
    """
    each = (" ".join(map(pattern_of, folded_words(phrase))) for phrase in phrases)
    return re.compile(r"(?<!\S)(?:" + "|".join(f"({one})" for one in each) + ")")


_PATTERNS = {kind: _pattern(phrases) for kind, phrases in PHRASES.items()}
_ASKING = [(phrase, folded_words(phrase)) for phrase in ASKING]


@dataclasses.dataclass(frozen=True)
class Proposal:
    """A kind that words hint at, and the words that do, as they stand in the lists."""

    kind: CaseKind
    because: str


def propose(text: str) -> Proposal | None:
    """Return which kind the words of somebody hint at: praise, a complaint or a question; None for neither.

    Praise that complains as well is a complaint, and what praises or complains is no question.
    """
    words = " ".join(folded_words(text[:READ]))
    for kind in (CaseKind.COMPLAINT, CaseKind.PRAISE):
        if (found := _PATTERNS[kind].search(words)) and found.lastindex:
            return Proposal(kind, PHRASES[kind][found.lastindex - 1])
    asked = (sentence for mark in QUESTION_MARKS for sentence in _ending_with(text[:READ], mark))
    begun = next((one for said in asked for one, begins in _ASKING if said[: len(begins)] == begins), None)
    return Proposal(CaseKind.QUESTION, begun) if begun else None


def _ending_with(text: str, mark: str) -> list[list[str]]:
    """Return the words of the sentences that end with a mark."""
    parts = text.split(mark)[:-1]
    for end in (".", "!", "\n", *QUESTION_MARKS):
        parts = [part.rpartition(end)[2] for part in parts]
    return [folded_words(part) for part in parts]
