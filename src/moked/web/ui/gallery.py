"""Example values for the gallery page. Its words are for designers and stay in English."""

import dataclasses
from datetime import datetime, timedelta

from django.http import QueryDict

from moked.base.question_documents import from_documents
from moked.cases.rules import State
from moked.places.rules import Box
from moked.web.ui import forms
from moked.web.ui.promises import BROKEN, KEPT, PAUSED, RUNNING
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
    address = forms.LineField(label="Address", max_length=200, test="address")
    caller = forms.LineField(label="Caller", hint="Try “an”.", max_length=120, test="caller")
    latitude = forms.CoordinateField(limit=90)
    longitude = forms.CoordinateField(limit=180)
    source = forms.SourceField()


@dataclasses.dataclass(frozen=True)
class ExampleCase:
    """As much of a case as components ask for."""

    number: str
    title: str
    state: str
    promised_at: datetime | None
    promise_state: str
    latitude: float | None
    longitude: float | None

    @property
    def is_open(self) -> bool:
        """Whether somebody still works on it."""
        return State(self.state) not in {State.RESOLVED, State.DECLINED}


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
PEOPLE = ["Ann Brook", "Dana Levi", "Hanna Kovács", "Yan Novák", "Susan O’Brien"]
TITLES = ["Pothole", "Street lamp", "Bin overflows", "Broken bench", "Fallen tree", "Noise", "Graffiti"]
PROMISES = [
    (State.RECEIVED, RUNNING, timedelta(days=3)),
    (State.IN_PROGRESS, RUNNING, timedelta(hours=2, minutes=5)),
    (State.RECEIVED, RUNNING, timedelta(minutes=-40)),
    (State.SCHEDULED, RUNNING, timedelta(days=-1, hours=-2)),
    (State.WAITING_FOR_RESIDENT, PAUSED, None),
    (State.RESOLVED, KEPT, timedelta(days=1)),
    (State.RESOLVED, BROKEN, timedelta(days=-5)),
]


def cases(now: datetime, box: Box) -> list[ExampleCase]:
    """Return cases of every promise and several states, spread over a box."""
    return [_case(now, number, box) for number in range(14)]


def _case(now: datetime, number: int, box: Box) -> ExampleCase:
    state, promise, left = PROMISES[number % len(PROMISES)]
    return ExampleCase(
        number=f"26-{number:06}-0",
        title=TITLES[number % len(TITLES)],
        state=state,
        promised_at=None if left is None else now + left,
        promise_state=promise,
        longitude=box.west + (box.east - box.west) * (0.2 + 0.6 * (number * 0.37 % 1)),
        latitude=box.south + (box.north - box.south) * (0.2 + 0.6 * (number * 0.61 % 1)),
    )
