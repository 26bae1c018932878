"""What has been said in a conversation so far, as it came in the request, and what is known about it."""

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language

from moked.base.lengths import LONGEST_NAME
from moked.base.text import clean_line, has_unstorable
from moked.cases.models import Case
from moked.cases.operations import Said
from moked.cases.queries import NearbyCase, nearby_for
from moked.cases.residents import Caller, find_callers, open_cases_of
from moked.cases.rules import LONGEST_ADDRESS, Channel, read_number
from moked.catalogue.models import Service
from moked.catalogue.queries import offered, questions_of, suggest
from moked.catalogue.rules import CaseKind, PlaceNeed
from moked.places.queries import locate
from moked.places.rules import Place
from moked.residents.operations import ContactDetails
from moked.residents.queries import people_at
from moked.residents.rules import normalise_email
from moked.routing.queries import danger_in
from moked.sla.queries import preview
from moked.web.desk.call_form import CallForm
from moked.web.ui.questions import QuestionsForm
from moked.web.ui.requests import TownRequest

JOIN = "join-"
NEAR_METRES = 250
MOST_CASES = 5
MOST_READ = 20_000  # more than fits in a report; no need to look for hints in megabytes


class Step(StrEnum):
    """What a button of the page does."""

    LOOK = "look"
    SAVE = "save"
    ANSWER = "answer"
    JOIN = "join"


@dataclasses.dataclass(frozen=True)
class Beside:
    """What stands beside the conversation: who calls, what is open or near, what is promised, and what to do
    at once where it is dangerous.
    """

    caller: Caller | None
    open_cases: list[Case]
    near: list[NearbyCase]
    promised_at: datetime | None
    is_question: bool
    advice: str
    now: datetime


class Call:
    """One conversation. A caller is known by `resident`, the reference of one of those found by `caller`."""

    def __init__(self, request: TownRequest) -> None:
        self.request, self.town, self.actor = request, request.municipality, request.actor
        self.language = get_language() or self.town.language
        self.said = self._said()
        self.services = list(offered(self.town.pk))
        self.suggested = suggest(self.services, self.said.get("matter", "")[:MOST_READ])

    def _said(self) -> dict[str, str]:
        """Return the fields that were sent; a call that the exchange announces brings its number only."""
        if self.request.method != "POST":
            phone = self.request.GET.get("phone", "")
            return {"caller": "" if has_unstorable(phone) else clean_line(phone)}
        sent = {name: self.request.POST[name] for name in CallForm.base_fields if name in self.request.POST}
        return {name: "" if has_unstorable(words) else words for name, words in sent.items()}

    @property
    def step(self) -> Step:
        """What is to be done."""
        wanted = self.request.POST.get("step", "")
        if wanted.startswith(JOIN):
            return Step.JOIN
        return Step(wanted) if wanted in list(Step) else Step.SAVE

    @property
    def joins(self) -> str:
        """The number of the case this belongs to; '' when it is none."""
        return read_number(self.request.POST.get("step", "").removeprefix(JOIN)) or ""

    @cached_property
    def callers(self) -> list[Caller]:
        """Who may be calling, the likeliest first."""
        return find_callers(self.actor, self.said.get("caller", "")[:LONGEST_NAME])

    @cached_property
    def caller(self) -> Caller | None:
        """Who is calling, if known: whoever was chosen, or the only one an announced call can be from."""
        if self.request.method != "POST":
            return self.callers[0] if len(self.callers) == 1 else None
        chosen = self.said.get("resident")
        return next((one for one in self.callers if chosen and one.resident.reference == chosen), None)

    @property
    def service(self) -> Service | None:
        """The chosen service, if it is on offer."""
        return next((one for one in self.services if one.slug == self.said.get("service")), None)

    @cached_property
    def place(self) -> Place:
        """Where it is, as far as the address says."""
        return locate(
            self.town.pk, point=None, address=clean_line(self.said.get("address", ""))[:LONGEST_ADDRESS]
        )

    def form(self, *, is_sent: bool = False) -> CallForm:
        """Return the page's form: checked, or only filled in with what was said."""
        reference = self.caller.resident.reference if self.caller else ""
        return CallForm(
            self.request.POST if is_sent else None,
            initial={**self.said, "resident": reference},
            callers=self.callers,
            services=self.services,
            suggested=self.suggested,
            languages=[one for one in settings.LANGUAGES if one[0] in self.town.languages]
            or settings.LANGUAGES,
            language=self.language,
            town=self.town,
            step=self.step,
            needs_place=bool(self.service and self.service.place == PlaceNeed.NEEDED),
        )

    def questions(self, *, is_sent: bool = False) -> QuestionsForm | None:
        """Return the questions of the chosen service: checked, or as they were answered; None without any."""
        asked = questions_of(self.service) if self.service else ()
        if not asked:
            return None
        return QuestionsForm(
            asked,
            self.request.POST,
            self.language,
            self.town.language,
            checks=is_sent,
            refresh_url=reverse("desk:new_questions"),
        )

    def beside(self, now: datetime) -> Beside:
        """Return what stands beside the conversation."""
        caller = self.caller
        open_cases = open_cases_of(self.actor, caller.resident, most=MOST_CASES) if caller else []
        is_question = self.service is not None and self.service.kind == CaseKind.QUESTION
        return Beside(
            caller,
            open_cases,
            self._near(open_cases),
            self._promise(now),
            is_question,
            self._advice(),
            now,
        )

    def _advice(self) -> str:
        """Return what the caller is to do until somebody comes, where their words are a sign of danger."""
        words = self.said.get("matter", "")[:MOST_READ]
        danger = danger_in(self.town.pk, words=words, service=self.said.get("service", ""))
        return (
            danger.advice_in(self.language, self.town.language, self.town.emergency_phone) if danger else ""
        )

    def _near(self, but: list[Case]) -> list[NearbyCase]:
        """Return open cases of the same service close by, without those shown already."""
        if self.service is None or not self.said.get("address") or self.place.point is None:
            return []
        near = nearby_for(self.actor, self.service.pk, self.place.point, metres=NEAR_METRES)
        return [one for one in near if one.case not in but]

    def _promise(self, now: datetime) -> datetime | None:
        """Return what would be promised if this were saved now."""
        if self.service is None:
            return None
        return preview(self.service, now, channel=Channel.PHONE, area_ids=self.place.area_ids)

    def details_from(self, form: CallForm) -> ContactDetails:
        """Return who the reporter is, once the form is valid."""
        return form.details_of(self.caller, self.request.user)  # type: ignore[arg-type]

    def is_somebody_else(self, form: CallForm) -> bool:
        """Tell whether one of those found has the caller's address, and it was said to be somebody else."""
        email = normalise_email(self.details_from(form).email)
        if self.caller or not (email and self.callers and form.is_for_resident):
            return False
        shown = {one.resident.pk for one in self.callers}
        return not shown.isdisjoint(people_at(self.town.pk, email))

    def language_from(self, form: CallForm) -> str:
        """Return the language we write to them in: as said, else as on record, else the town's."""
        known = self.caller.resident.language if self.caller else ""
        return form.cleaned_data["language"] or known or self.town.language

    def report_from(self, form: CallForm, questions: QuestionsForm | None) -> Mapping[str, Any]:
        """Return what `intake.operations.report` takes, once both forms are valid."""
        said = form.cleaned_data
        answers = questions.answers if questions else None
        return {
            "municipality": self.town,
            "service": self.service,
            "matter": said["matter"],
            "channel": said["channel"],
            "language": self.language_from(form),
            "details": self.details_from(form),
            "caller": self.caller.resident if self.caller and form.is_for_resident else None,
            "is_somebody_else": self.is_somebody_else(form),
            "origin": said["origin"],
            "said": Said(
                place=self.place,
                answers=answers.values if answers else {},
                public_codes=frozenset(one.code for one in answers.asked if one.is_public)
                if answers
                else frozenset(),
            ),
            "note": "" if self.step == Step.ANSWER else said["answer"],
        }
