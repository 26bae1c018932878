"""Example values for the gallery page. Its words are for designers and stay in English."""

from django.http import QueryDict

from moked.base.question_documents import from_documents
from moked.web.ui import forms
from moked.web.ui.questions import QuestionsForm


class GalleryForm(forms.Form):
    """One field of each sort."""

    name = forms.LineField(label="Name", hint="As you like it.", max_length=120, missing="Enter a name.")
    email = forms.EmailField(label="E-mail")
    words = forms.BodyField(label="What happened?", max_length=200, missing="Describe what happened.")
    choice = forms.ChoiceField(
        label="How satisfied are you?",
        choices=[("GOOD", forms.Choice("Satisfied", "All went well.")), ("BAD", "Not satisfied")],
        missing="Choose an answer.",
        widget=forms.Radios(),
    )


DEPTHS = [{"code": "FLAT", "label": {"en": "As a finger"}}, {"code": "DEEP", "label": {"en": "As a hand"}}]
BLOCKED = [{"code": "ROAD", "label": {"en": "The road"}}, {"code": "PATH", "label": {"en": "The pavement"}}]
QUESTIONS = from_documents(
    [
        {"code": "note", "kind": "NOTICE", "label": {"en": "Keep away"}, "hint": {"en": "It may be deep."}},
        {"code": "lamp", "kind": "TEXT", "label": {"en": "Number on the pole"}, "is_public": True},
        {"code": "width", "kind": "NUMBER", "label": {"en": "How wide is it?"}, "unit": {"en": "cm"}},
        {"code": "since", "kind": "DATE", "label": {"en": "Since when?"}, "hint": {"en": "About."}},
        {"code": "depth", "kind": "CHOICE", "label": {"en": "How deep is it?"}, "options": DEPTHS},
        {"code": "blocks", "kind": "CHOICES", "label": {"en": "What does it block?"}, "options": BLOCKED},
        {"code": "more", "kind": "LONG_TEXT", "label": {"en": "Anything else?"}},
        {"code": "call", "kind": "STOPPER", "label": {"en": "Call at once"}, "phone": "100"},
    ]
)


def questions_form(*, with_errors: bool) -> QuestionsForm:
    """Return a form with a question of each kind."""
    wrong = QueryDict("q-width=wide&q-since_day=31&q-since_month=2&q-since_year=2026&q-depth=X&q-blocks=ROAD")
    return QuestionsForm(QUESTIONS, wrong if with_errors else None, "en", "en")


ROWS = [
    {"term": "Number", "text": "26-000123-4", "ltr": True},
    {"term": "What happened", "text": "The lamp in front of number 12 is dark.\nIt flickered for a week."},
]
