"""What staff fill in at the desk. Each form of a case knows its `place` on the page."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from moked.accounts import queries as accounts
from moked.accounts.models import Department, Team, User
from moked.base.sorting import sort_key
from moked.cases.models import Case
from moked.cases.rules import LONGEST_BODY, STATE_OF_OUTCOME, State, targets_by_hand
from moked.catalogue.rules import CaseKind, Priority
from moked.notices.staff import who_may_be_praised
from moked.replies.models import ReplyTemplate
from moked.replies.queries import words_about
from moked.web.desk.refusals import CHANGES
from moked.web.desk.settings.fields import ChecksField
from moked.web.ui import labels
from moked.web.ui.forms import (
    BodyField,
    Choice,
    ChoiceField,
    Form,
    Radios,
    SubmissionField,
)
from moked.web.ui.labels import Words
from moked.web.ui.photos import NewPhotos

NOBODY = ""


def _id(number: int | None) -> str:
    return NOBODY if number is None else str(number)


class CaseForm(Form):
    """A form on the page of a case; `place` is where it stands there, `photos` are what came with it.

    `is_unsent` when the button pressed only changed what the form holds: it is shown again, nothing is done.
    """

    place: ClassVar[str]

    def __init__(self, *args: Any, photos: NewPhotos | None = None, **kwargs: Any) -> None:
        super().__init__(*args, auto_id=f"{self.place}_%s", **kwargs)
        self.photos = photos
        self.is_unsent = photos is not None and photos.was_removed

    def forget_complaints(self) -> None:
        """Complain of nothing that is still to be filled in, only of photos that could not be kept."""
        self.errors.clear()
        for problem in self.photos.problems if self.photos else ():
            self.add_error(None, problem)

    @property
    def change(self) -> dict[str, Any]:
        """What the operation is given, once it is checked."""
        raise NotImplementedError


class WordsForm(CaseForm):
    """Words to the resident, sent once however often the button is pressed."""

    submission = SubmissionField()

    def append(self, template: ReplyTemplate | None, case: Case) -> None:
        """Put ready-made words after what was typed; their outcome only where none is chosen yet."""
        self.is_unsent = True
        if template is None:
            return
        said = dict(self.data.items())
        typed, words = said.get("words", "").rstrip(), words_about(template, case)
        said["words"] = f"{typed}\n\n{words}" if typed else words
        said["outcome"] = said.get("outcome") or template.outcome
        self.data = said

    @property
    def change(self) -> dict[str, Any]:
        """The words."""
        return {"message": self.cleaned_data["words"]}


class ReplyForm(WordsForm):
    """An answer to the resident."""

    place = "reply"
    words = BodyField(
        max_length=LONGEST_BODY,
        label=_("Reply to the resident"),
        missing=_("Write what the resident should read."),
        rows=3,
        test="reply",
    )

    @property
    def change(self) -> dict[str, Any]:
        """The words."""
        return {"body": self.cleaned_data["words"]}


class CalledForm(WordsForm):
    """That somebody told the resident by phone what a mail did not."""

    place = "called"

    @property
    def change(self) -> dict[str, Any]:
        """Nothing more than that."""
        return {}


class NoteForm(WordsForm):
    """A note for colleagues."""

    place = "note"
    words = BodyField(
        max_length=LONGEST_BODY,
        label=_("Note (colleagues only)"),
        missing=_("Write what colleagues should know."),
        rows=3,
        test="note",
    )

    @property
    def change(self) -> dict[str, Any]:
        """The words."""
        return {"body": self.cleaned_data["words"]}


class ReviewForm(WordsForm):
    """What the resident is told about a review, whichever way it is decided."""

    place = "review"
    words = BodyField(
        max_length=LONGEST_BODY,
        label=_("What the resident will read"),
        missing=_("Write to the resident what happens now, or why the case stays closed."),
        rows=3,
        test="review-words",
    )


class CloseForm(WordsForm):
    """Why a case is closed, and the words with which the resident is told."""

    place = "close"
    outcome = ChoiceField(
        label=_("Outcome"),
        missing=_("Choose why the case is closed."),
        widget=Radios(test="outcome"),
    )
    words = BodyField(
        max_length=LONGEST_BODY,
        label=_("What the resident will read"),
        missing=_("Write what was done, or why it cannot be done."),
        rows=6,
        test="words",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["outcome"].choices = [  # type: ignore[attr-defined]
            (outcome.value, Choice(labels.OUTCOMES[outcome].word, _state_words(state)))
            for outcome, state in STATE_OF_OUTCOME.items()
        ]

    def clean(self) -> dict[str, Any]:
        """Say why a photo of the work could not be kept."""
        for problem in self.photos.problems if self.photos else ():
            self.add_error(None, problem)
        return self.cleaned_data

    @property
    def change(self) -> dict[str, Any]:
        """Outcome, words and proof."""
        proof = tuple(self.photos.tokens) if self.photos else ()
        return {"outcome": self.cleaned_data["outcome"], "proof": proof, **super().change}


def _state_words(state: State) -> str:
    return gettext("State: %(state)s") % {"state": labels.STATES[state]}


class AssignForm(CaseForm):
    """Who handles a case: a department, a team and a person if they are named.

    A team brings its department. Who had the case before it comes to a team that they are not in has it no
    more: the team shares it.

    `was` is who handled it when the page was opened, so that nobody undoes what a colleague did since. The
    button that only takes a case sends no department: it keeps the one there is.
    """

    place = "assign"
    department = ChoiceField(
        label=_("Department"),
        widget=forms.Select(attrs={"class": "form-select", "data-test": "assign-department"}),
    )
    team = ChoiceField(
        label=_("Team"),
        widget=forms.Select(attrs={"class": "form-select", "data-test": "assign-team"}),
    )
    person = ChoiceField(
        label=pgettext_lazy("who handles a case", "Person"),
        widget=forms.Select(attrs={"class": "form-select", "data-test": "assign-person"}),
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        case: Case,
        departments: Iterable[Department],
        teams: Iterable[Team],
        people: Iterable[User],
        language: str,
    ) -> None:
        self.handled_by = {
            "department": _id(case.department_id),
            "team": _id(case.team_id),
            "person": _id(case.assignee_id),
        }
        self.teams = {str(one.pk): one for one in teams}
        sent = None if data is None else {**self.handled_by, **data.dict()}
        super().__init__(sent, initial=self.handled_by)
        town = case.municipality.language
        named = [(str(one.pk), one.name_in(language, town)) for one in departments]
        named.sort(key=lambda choice: sort_key(choice[1], language))
        self._offer("department", _("Unassigned"), named)
        self._offer("team", _("None"), self._by_department(language, town))
        self._offer("person", _("Unassigned"), [(str(one.pk), one.name) for one in people])
        if not self.teams:
            del self.fields["team"]

    def _offer(self, name: str, nobody: Words, choices: list[Any]) -> None:
        self.fields[name].choices = [(NOBODY, nobody), *choices]  # type: ignore[attr-defined]

    def _by_department(self, language: str, town: str) -> list[tuple[str, list[tuple[str, str]]]]:
        """Return the teams below the names of their departments, the centre's first."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for code, team in self.teams.items():
            owner = team.department.name_in(language, town) if team.department else ""
            groups.setdefault(owner, []).append((code, team.name_in(language, town)))
        return [
            (owner or gettext("The centre"), sorted(found, key=lambda choice: sort_key(choice[1], language)))
            for owner, found in sorted(groups.items(), key=lambda group: sort_key(group[0], language))
        ]

    @property
    def was(self) -> str:
        """Who handles the case now, as the page sends it back."""
        return "-".join(self.handled_by.values())

    def clean(self) -> dict[str, Any]:
        """Refuse to undo unseen what a colleague did."""
        said = dict(self.cleaned_data)
        if (
            not self.errors
            and self.handled_by | said != self.handled_by
            and self.data.get("was", self.was) != self.was
        ):
            raise ValidationError(CHANGES["WRONG_STATE"], code="changed_meanwhile")
        return said

    @property
    def change(self) -> dict[str, Any]:
        """The ids of department, team and person."""
        said = {name: int(code) if code else None for name, code in self.cleaned_data.items()}
        department, team_id, person = said["department"], said.get("team"), said["person"]
        is_new = _id(team_id) != self.handled_by["team"]
        team = self.teams.get(_id(team_id))
        if team and team.department_id is not None:
            if is_new:
                department = team.department_id
            elif team.department_id != department:
                team_id = None  # it stays behind where the case goes to another department
        if is_new and team_id and person and _id(person) == self.handled_by["person"]:
            person = person if accounts.is_member(team_id, person) else None
        return {"department_id": department, "team_id": team_id, "assignee_id": person}


class PriorityForm(CaseForm):
    """How soon a case is to be seen to."""

    place = "priority"
    priority = ChoiceField(
        label=_("Priority"),
        choices=[(priority.value, word) for priority, word in labels.PRIORITIES.items()],
        missing=_("Choose the priority."),
        widget=forms.Select(attrs={"class": "form-select", "data-test": "priority-choice"}),
    )

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, initial={"priority": case.priority}, **kwargs)

    @property
    def change(self) -> dict[str, Any]:
        """The priority."""
        return {"priority": Priority(self.cleaned_data["priority"])}


class KindForm(CaseForm):
    """What somebody wants with a case."""

    place = "kind"
    kind = ChoiceField(
        label=_("What it is"),
        choices=[(kind.value, word) for kind, word in labels.KINDS.items()],
        missing=_("Choose what it is."),
        widget=forms.Select(attrs={"class": "form-select", "data-test": "kind-choice"}),
    )

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, initial={"kind": case.kind}, **kwargs)

    @property
    def change(self) -> dict[str, Any]:
        """The kind."""
        return {"kind": CaseKind(self.cleaned_data["kind"])}


class PraiseForm(CaseForm):
    """Whom praise reaches."""

    place = "praise"

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = [(str(one.pk), one.name) for one in who_may_be_praised(case)]
        self.fields["people"] = ChecksField(
            label=_("Whom does it reach?"),
            hint=_("They are told at the bell and by mail, each once."),
            choices=people,
        )

    @property
    def change(self) -> dict[str, Any]:
        """The people."""
        return {"user_ids": [int(one) for one in self.cleaned_data["people"]]}


class StateForm(CaseForm):
    """Another open state."""

    place = "state"
    target = ChoiceField(
        label=_("New state"),
        missing=_("Choose the state the case is in now."),
        widget=forms.Select(attrs={"class": "form-select", "data-test": "target"}),
    )

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        targets = [(target.value, labels.STATES[target].word) for target in targets_by_hand(case.state)]
        self.fields["target"].choices = [("", _("Choose")), *targets]  # type: ignore[attr-defined]

    @property
    def change(self) -> dict[str, Any]:
        """The state."""
        return {"target": self.cleaned_data["target"]}
