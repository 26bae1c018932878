"""Texts in another language than the reader's."""

from moked.base.questions import Kind, Option, Question
from moked.web.ui.questions import QuestionsForm
from moked.web.ui.spoken import lines_in, marked


def test_what_is_written_in_the_readers_language_is_plain():
    assert marked({"en": "A <b>", "he": "א"}, "en", "he") == "A <b>"
    assert not hasattr(marked({"en": "A <b>"}, "en", "he"), "__html__")


def test_what_is_not_says_its_language_and_direction_and_is_still_text():
    assert marked({"he": "א <b>"}, "en", "he") == '<span lang="he" dir="rtl">א &lt;b&gt;</span>'
    assert marked({"cs": "á"}, "ar", "hu") == '<span lang="cs" dir="ltr">á</span>'
    assert marked({"xx": "?"}, "en", "en") == '<span lang="xx" dir="ltr">?</span>'
    assert marked({}, "en", "he") == ""
    assert lines_in({"he": ["א", "<b>"]}, "en", "he")[1] == '<span lang="he" dir="rtl">&lt;b&gt;</span>'


def test_questions_and_answers_say_their_language_and_mistakes_stay_words():
    question = Question(
        "depth",
        Kind.CHOICE,
        {"he": "כמה <עמוק>?"},
        hint={"he": "בסנטימטרים"},
        options=(Option("A", {"he": "אצבע"}), Option("B", {"en": "Hand"})),
        is_required=True,
    )
    form = QuestionsForm([question], None, "en", "he")
    html = form.as_div()
    assert '<span lang="he" dir="rtl">כמה &lt;עמוק&gt;?</span>' in html
    assert '<span lang="he" dir="rtl">בסנטימטרים</span>' in html
    assert '<span lang="he" dir="rtl">אצבע</span>' in html
    assert "Hand" in html and ">Hand</span>" not in html
    assert '<span lang="he"' in form.parts[0].words
