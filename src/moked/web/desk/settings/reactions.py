"""Reactions: what is done by itself when something happens on a case, or nothing does.

Nothing is kept before it is published: the reactions travel with the page, checked each time they come back.
"""

import dataclasses
import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from moked.municipalities.models import Municipality
from moked.processes.models import ReactionSet
from moked.processes.operations import Outdated, publish_reactions
from moked.processes.queries import Trouble, in_force, known_in, troubles_of
from moked.processes.queries.published import KIND
from moked.processes.queries.trials import Tally, Trial, Would, count_of, try_reactions
from moked.processes.rules import BadReactions, Named, Reaction, check_names, gone_from, read
from moked.processes.simulation import Effect
from moked.web.desk.reactions import Names, Sentence, problem_word
from moked.web.desk.settings import drafts, history, trials
from moked.web.desk.settings.frame import BOTH, MANAGER, show
from moked.web.desk.settings.order import moved, number_in
from moked.web.desk.settings.reaction_forms import ReactionForm
from moked.web.desk.settings.trials import TrialForm
from moked.web.ui import labels
from moked.web.ui.access import access
from moked.web.ui.requests import TownRequest
from moked.web.ui.views import see_other

SETTING = "reactions"
NAME = "reactions"
LOOKS_BACK = timedelta(days=30)
NO_TRIAL = Trial(0, (), (), 0)
CHANGED_MEANWHILE = gettext_lazy(
    "A colleague published other reactions in the meantime. Look at the history, then open this page again."
)
BROKEN = gettext_lazy("The reactions on this page cannot be read any more. Open the page again.")


@dataclasses.dataclass(frozen=True)
class Draft:
    """The reactions as they stand on the page, and the revision they began from."""

    reactions: tuple[Reaction, ...]
    base: int

    @property
    def as_text(self) -> str:
        """The reactions as the page carries them."""
        return json.dumps([one.as_document() for one in self.reactions], ensure_ascii=False)


@dataclasses.dataclass(frozen=True)
class Row:
    """A reaction on the page: in words, with what stands in its way, and what came of trying it."""

    sentence: Sentence
    gone: str
    troubles: tuple[tuple[Trouble, str], ...]
    tally: Tally | None
    is_timed: bool

    @property
    def number(self) -> int:
        """Its place on the page, from 1."""
        return self.sentence.number


@access(*MANAGER, methods=BOTH)
def reactions(request: TownRequest) -> HttpResponse:
    """Show the reactions in force; move, change and try them on the page, and publish them."""
    town = request.municipality
    if request.method != "POST":
        return _page(request, _draft_in_force(town))
    try:
        draft = _draft_sent(request)
    except BadReactions as refusal:
        return _page(request, _draft_in_force(town), failed=str(refusal))
    step, _sep, typed = request.POST.get("step", "").partition(":")
    number = number_in(typed, draft.reactions)
    match step:
        case "publish":
            return _publish_or_say_why(request, draft)
        case "put":
            return _put(request, draft, number)
        case "edit" if number:
            form = ReactionForm(kept=draft.reactions[number - 1], town=town)
            return _page(request, draft, form=form, edited=number)
        case "part":
            return _part(request, draft, typed)
        case "try":
            return _page(request, draft, trial_form=TrialForm(request.POST, town=town))
    return _page(request, dataclasses.replace(draft, reactions=moved(draft.reactions, step, number)))


def _put(request: TownRequest, draft: Draft, number: int) -> HttpResponse:
    """Put the reaction that was written in its place, or at the end."""
    kept = draft.reactions[number - 1] if number else None
    form = ReactionForm(request.POST, kept=kept, town=request.municipality)
    if not form.is_valid():
        return _page(request, draft, form=form, edited=number)
    found = list(draft.reactions)
    if number:
        found[number - 1] = form.reaction
    else:
        found.append(form.reaction)
    return _page(request, dataclasses.replace(draft, reactions=tuple(found)))


def _part(request: TownRequest, draft: Draft, typed: str) -> HttpResponse:
    """Return what some of the past cases come to, so that the page can show how far a trial is."""
    form = TrialForm(request.POST, town=request.municipality)
    if not form.is_valid():
        return trials.refused()
    now, part = history.now(), trials.part_of(form.sample, typed)
    trial = try_reactions(request.actor, draft.reactions, part, now)
    return trials.told(
        request,
        part,
        of=count_of(request.actor, part),
        counts=_counts(trial.tallies),
        template="desk/settings/reaction_trial_rows.html",
        rows=_tried_rows(trial, draft, Names(request.municipality), now),
    )


def _counts(tallies: Sequence[Tally]) -> dict[str, int]:
    """Return what became of each reaction, by the names that its row on the page has for it."""
    found: dict[str, int] = {}
    for number, one in enumerate(tallies, 1):
        found |= {f"{number}": one.cases, f"{number}-soon": one.soon, f"{number}-refused": one.refused}
    return found


def _publish_or_say_why(request: TownRequest, draft: Draft) -> HttpResponse:
    try:
        publish_reactions(
            municipality=request.municipality,
            reactions=draft.reactions,
            base=draft.base,
            by_user_id=request.actor.user_id,
            now=history.now(),
        )
    except Outdated:
        return _page(request, draft, failed=str(CHANGED_MEANWHILE))
    except BadReactions as refusal:
        return _page(request, draft, failed=str(refusal))
    messages.success(request, _("The reactions hold for what happens from now on."))
    return see_other(reverse("desk:settings_reactions"))


def _draft_in_force(town: Municipality) -> Draft:
    book = in_force(town.pk)
    return Draft(book.reactions, book.revision)


def _draft_sent(request: TownRequest) -> Draft:
    """Return the reactions that came back with the page; raises BadReactions for what it did not send."""
    try:
        document, base = drafts.sent(request, "reactions")
    except ValueError:
        raise BadReactions(0, str(BROKEN)) from None
    return Draft(read(document), base)


def _page(
    request: TownRequest,
    draft: Draft,
    *,
    form: ReactionForm | None = None,
    edited: int = 0,
    failed: str = "",
    trial_form: TrialForm | None = None,
) -> HttpResponse:
    town, now = request.municipality, history.now()
    is_tried = trial_form is not None and trial_form.is_valid()
    trial = (
        try_reactions(request.actor, draft.reactions, trial_form.sample, now)
        if trial_form and is_tried
        else None
    )
    names, known = Names(town), known_in(town.pk)
    book = in_force(town.pk)
    return show(
        request,
        "desk/settings/reactions.html",
        SETTING,
        draft=draft,
        carries="reactions",
        thing="reaction",
        history_kind=KIND,
        history_name=NAME,
        rows=_rows(town, draft, names, known, trial),
        is_changed=draft.reactions != book.reactions,
        form=form or ReactionForm(town=town),
        edited=edited,
        failed=failed or _complaint(draft, known),
        trial_form=trial_form or TrialForm(town=town),
        trial=trial or NO_TRIAL,
        is_tried=is_tried,
        tried=_tried_rows(trial, draft, names, now) if trial else (),
    )


def _rows(
    town: Municipality, draft: Draft, names: Names, known: Collection[Named], trial: Trial | None
) -> list[Row]:
    troubles = troubles_of(town.pk, history.now() - LOOKS_BACK) if draft.base else {}
    found = []
    for number, reaction in enumerate(draft.reactions, 1):
        gone = gone_from(reaction, known)
        stood = [(one, problem_word(one.problem)) for one in troubles.get(reaction.code, ())]
        found.append(
            Row(
                names.sentence(number, reaction),
                gone.code if gone else "",
                tuple(stood[:2]),
                trial.tallies[number - 1] if trial else None,
                reaction.trigger.is_timed,
            )
        )
    return found


def _complaint(draft: Draft, known: Collection[Named]) -> str:
    """Say already now why the reactions could not be published."""
    try:
        check_names(draft.reactions, known)
    except BadReactions as refusal:
        return str(refusal)
    return ""


def _tried_rows(trial: Trial, draft: Draft, names: Names, now: datetime) -> list[dict[str, Any]]:
    return [tried_row(one, draft.reactions, names, now) for one in trial.rows]


def tried_row(one: Would, reactions: tuple[Reaction, ...], names: Names, now: datetime) -> dict[str, Any]:
    """Return what would be done on one case, with the names of what it goes from and to."""
    reaction = reactions[one.played.number - 1]
    return {
        "case": one.case,
        "number": one.played.number,
        "is_late": reaction.trigger.is_timed and one.at > now,
        "at": one.at,
        "problem": problem_word(one.played.problem) if one.played.problem else "",
        "effects": [_effect(effect, names) for effect in one.played.effects],
    }


def _effect(effect: Effect, names: Names) -> dict[str, str]:
    if not effect.would_be:
        return {"was": "", "would_be": names.action(effect.action)}
    known: Mapping[str, Any] = labels.PRIORITIES | labels.STATES  # type: ignore[operator]
    words = [
        str(known[code]) if code in known else names.department(code)
        for code in (effect.was, effect.would_be)
    ]
    return {"was": words[0] or "–", "would_be": words[1]}


def _find(town: Municipality, name: str) -> history.Thing | None:
    row = ReactionSet.objects.filter(municipality=town).first()
    if name != NAME or row is None:
        return None
    return history.Thing(row.pk, _("Reactions"), reverse("desk:settings_reactions"))


def _publish(request: TownRequest, name: str, document: dict[str, Any]) -> None:
    try:
        publish_reactions(
            municipality=request.municipality,
            reactions=read(document["reactions"]),
            by_user_id=request.actor.user_id,
            now=history.now(),
        )
    except BadReactions as refusal:
        raise history.Refused(str(refusal)) from refusal


history.register(history.Kind(KIND, SETTING, MANAGER, _find, _publish))
