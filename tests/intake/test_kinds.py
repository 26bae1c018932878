"""Which kind words hint at: sure enough to propose, and for most mails nothing."""

import pytest

from moked.catalogue.rules import CaseKind
from moked.intake.kinds import propose

PRAISE, COMPLAINT, QUESTION = CaseKind.PRAISE, CaseKind.COMPLAINT, CaseKind.QUESTION


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("I would like to thank the two men who repaired our street. Great job!", PRAISE),
        ("רציתי להודות לפקח על הטיפול המהיר. כל הכבוד!", PRAISE),
        ("أريد أن أشكر عمّال النظافة على عملهم.", PRAISE),
        ("Chtěla bych poděkovat paní na přepážce za ochotu.", PRAISE),
        ("Szeretném megköszönni a gyors segítséget.", PRAISE),
        ("This is unacceptable. I have called three times and nobody answered.", COMPLAINT),
        ("אני רוצה להגיש תלונה על הנהג.", COMPLAINT),
        ("أريد تقديم شكوى على الموظّف.", COMPLAINT),
        ("Podávám stížnost na chování strážníka.", COMPLAINT),
        ("Panaszt szeretnék tenni a jegyellenőrre.", COMPLAINT),
        ("I wanted to thank you, but the answer was an outrageous disgrace.", COMPLAINT),
        ("Hello. When is the library open on Fridays? Regards", QUESTION),
        ("שלום,\nהאם אפשר לשלם ארנונה בתשלומים?", QUESTION),
        ("متى تفتح البلديّة أبوابها؟", QUESTION),
        ("Dobrý den, chci se zeptat.\nKdy se vyváží tříděný odpad?", QUESTION),
        ("Mikor van nyitva az ügyfélszolgálat?", QUESTION),
    ],
)
def test_words_hint_at_a_kind(text, kind):
    found = propose(text)
    assert found and found.kind == kind and found.because


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The lamp at Oak Street 4 is dark. Thank you!",
        "הפנס ברחוב האלון כבוי כבר שבוע. תודה רבה",
        "انطفأ المصباح في الشارع منذ أسبوع. شكرًا",
        "Na rohu nesvítí lampa. Děkuji za vyřízení.",
        "Nem ég a lámpa a sarkon. Köszönöm!",
        "Really? I do not know how this could happen.",
        "https://town.example/?how=1",
    ],
)
def test_most_words_hint_at_nothing(text):
    assert propose(text) is None
