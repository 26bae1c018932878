"""Routing rules: ordered sentences, the first that fits decides.

The rules travel with the page, checked each time they come back, until they are kept as a draft or published.
"""

import dataclasses
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from moked.accounts.models import User
from moked.municipalities.models import Municipality
from moked.routing import queries
from moked.routing.decisions import Decision, Targets
from moked.routing.models import KIND, RuleSet
from moked.routing.operations import (
    RulesChangedMeanwhile,
    drop_draft,
    keep_draft,
    publish_rules,
)
from moked.routing.rules import BadRules, Known, Rule, check, first_problem, read
from moked.web.desk.settings import drafts, history, trials
from moked.web.desk.settings.frame import BOTH, MANAGER, show
from moked.web.desk.settings.order import moved, number_in
from moked.web.desk.settings.routing_forms import RuleForm, initial_of
from moked.web.desk.settings.routing_words import Sentence, Words, refusal_of
from moked.web.desk.settings.trials import TrialForm
from moked.web.ui.access import access
from moked.web.ui.requests import TownRequest
from moked.web.ui.views import see_other

SETTING = "routing"
NAME = "rules"
CHANGED_MEANWHILE = gettext_lazy(
    "A colleague published other rules in the meantime. Look at the history, then open this page again."
)
BROKEN = gettext_lazy("The rules on this page cannot be read any more. Open the page again.")


NO_TRIAL = queries.Trial(0, 0, {}, ())


@dataclasses.dataclass(frozen=True)
class Draft:
    """The rules as they stand on the page, and the revision they began from."""

    rules: tuple[Rule, ...]
    base: int

    @property
    def as_text(self) -> str:
        """The rules as the page carries them."""
        return json.dumps([rule.as_document() for rule in self.rules], ensure_ascii=False)


@dataclasses.dataclass(frozen=True)
class Kept:
    """Who kept the draft that the page shows, and when."""

    author: str
    at: datetime


@access(*MANAGER, methods=BOTH)
def routing(request: TownRequest) -> HttpResponse:
    """Show the rules in force, or the draft of others; change and try them on the page, and publish them."""
    town = request.municipality
    if request.method != "POST":
        return _Page(request, *_kept_or_in_force(town)).shown()
    step, _sep, typed = request.POST.get("step", "").partition(":")
    if step == "drop":
        drop_draft(town)
        messages.success(request, _("The draft is gone. These are the rules in force."))
        return see_other(reverse("desk:settings_routing"))
    try:
        draft = _draft_sent(request)
    except BadRules as refusal:
        words = BROKEN if refusal.code == "NOT_A_LIST" else refusal_of(refusal, Words(town))
        return _Page(request, *_kept_or_in_force(town), failed=str(words)).shown()
    number = number_in(typed, draft.rules)
    match step:
        case "publish":
            return _publish_or_say_why(request, draft)
        case "keep":
            return _keep(request, draft)
        case "put" | "ask":
            return _put(request, draft, number, is_ready=step == "put")
        case "edit" if number:
            form = RuleForm(initial=initial_of(draft.rules[number - 1]), town=town)
            return _Page(request, draft, form=form, edited=number).shown()
        case "part":
            return _part(request, draft, typed)
        case "try":
            page = _Page(request, draft, trial_form=TrialForm(request.POST, town=town))
            return page.with_what_is_written().shown()
    return _Page(request, dataclasses.replace(draft, rules=moved(draft.rules, step, number))).shown()


def _put(request: TownRequest, draft: Draft, number: int, *, is_ready: bool) -> HttpResponse:
    """Put the rule that was written in its place, or at the end; unless only its questions were asked for."""
    if not is_ready:
        return _Page(request, draft).with_what_is_written(number).shown()
    form = RuleForm(request.POST, town=request.municipality)
    if not form.is_valid():
        return _Page(request, draft, form=form, edited=number).shown()
    rules = list(draft.rules)
    if number:
        rules[number - 1] = form.rule
    else:
        rules.append(form.rule)
    return _Page(request, dataclasses.replace(draft, rules=tuple(rules))).shown()


def _keep(request: TownRequest, draft: Draft) -> HttpResponse:
    town = request.municipality
    if draft.base != queries.revision_of(town.pk):
        return _Page(request, draft, failed=str(CHANGED_MEANWHILE)).with_what_is_written().shown()
    keep_draft(municipality=town, rules=draft.rules, by_user_id=request.actor.user_id, now=history.now())
    messages.success(request, _("Kept as a draft, for you and your colleagues. No case follows it yet."))
    return see_other(reverse("desk:settings_routing"))


def _publish_or_say_why(request: TownRequest, draft: Draft) -> HttpResponse:
    town = request.municipality
    try:
        publish_rules(
            municipality=town,
            rules=draft.rules,
            by_user_id=request.actor.user_id,
            now=history.now(),
            base=draft.base,
        )
    except BadRules as refusal:
        return _Page(request, draft, failed=refusal_of(refusal, Words(town))).with_what_is_written().shown()
    except RulesChangedMeanwhile:
        return _Page(request, draft, failed=str(CHANGED_MEANWHILE)).with_what_is_written().shown()
    messages.success(request, _("The rules hold for every case opened from now on."))
    return see_other(reverse("desk:settings_routing"))


def _part(request: TownRequest, draft: Draft, typed: str) -> HttpResponse:
    """Return what some of the past cases come to, so that the page can show how far a trial is."""
    town, form = request.municipality, TrialForm(request.POST, town=request.municipality)
    if not form.is_valid():
        return trials.refused()
    part = trials.part_of(form.sample, typed)
    trial = queries.dry_run(request.actor, draft.rules, part)
    by_rule = {str(number): count for number, count in trial.by_rule.items()}
    return trials.told(
        request,
        part,
        of=queries.count_of(request.actor, part),
        counts=by_rule | {"changed": trial.changed, "unchanged": trial.unchanged},
        template="desk/settings/routing_trial_rows.html",
        rows=_in_words(trial, town, Words(town))["rows"],
    )


def _kept_or_in_force(town: Municipality) -> tuple[Draft, Kept | None]:
    kept = queries.draft_of(town.pk)
    if kept is None:
        return Draft(queries.rules_of(town.pk), queries.revision_of(town.pk)), None
    author = User.objects.filter(id=kept.author_id or 0).values_list("name", flat=True).first()
    return Draft(kept.rules, kept.base), Kept(author or "", kept.at)


def _draft_sent(request: TownRequest) -> Draft:
    """Return the rules that came back with the page; raises BadRules for what it did not send."""
    try:
        document, base = drafts.sent(request, "rules")
    except ValueError:
        raise BadRules("NOT_A_LIST") from None
    return Draft(read(document), base)


@dataclasses.dataclass
class _Page:
    """The page of a draft, with what was just asked of it."""

    request: TownRequest
    draft: Draft
    kept: Kept | None = None
    form: RuleForm | None = None
    edited: int = 0
    failed: str = ""
    trial_form: TrialForm | None = None

    def with_what_is_written(self, number: int | None = None) -> "_Page":
        """Return the page with the rule somebody is writing, as far as they came."""
        said = self.request.POST
        edited = number_in(said.get("edited", ""), self.draft.rules) if number is None else number
        form = RuleForm.unfinished(said, self.request.municipality)
        return dataclasses.replace(self, form=form, edited=edited)

    def shown(self) -> HttpResponse:
        """Return the page."""
        town = self.request.municipality
        words, known = Words(town), queries.known_to(town.pk)
        trial = self._trial()
        return show(
            self.request,
            "desk/settings/routing.html",
            SETTING,
            draft=self.draft,
            kept=self.kept,
            carries="rules",
            thing="rule",
            history_kind=KIND,
            history_name=NAME,
            rows=sentences_of(self.draft.rules, words, known, trial),
            is_changed=self.draft.rules != queries.rules_of(town.pk),
            form=self.form or RuleForm(town=town),
            edited=self.edited,
            failed=self.failed or self._complaint(words, known),
            trial=_in_words(trial or NO_TRIAL, town, words),
            is_tried=trial is not None,
            trial_form=self.trial_form or TrialForm(town=town),
        )

    def _trial(self) -> queries.Trial | None:
        if self.trial_form is None or not self.trial_form.is_valid():
            return None
        return queries.dry_run(self.request.actor, self.draft.rules, self.trial_form.sample)

    def _complaint(self, words: Words, known: Known) -> str:
        """Say already now why the rules could not be published."""
        try:
            check(self.draft.rules, known)
        except BadRules as refusal:
            return refusal_of(refusal, words)
        return ""


def _in_words(trial: queries.Trial, town: Municipality, words: Words) -> dict[str, Any]:
    """Return what the rules would have done, with the names of what they lead to."""
    names = Targets(town.pk).names()
    rows = [
        {
            "case": one.case,
            "was": _where(one.was, names, words),
            "would_be": _where(one.would_be, names, words),
            "number": one.would_be.number,
        }
        for one in trial.rows
    ]
    return {"trial": trial, "rows": rows, "more": trial.changed - len(rows)}


def _where(decision: Decision, names: dict[str, dict[int, str]], words: Words) -> str:
    """Return where a case goes in one line."""
    parts = (
        words.department(names["departments"].get(decision.department_id or 0, "")),
        words.team(names["teams"].get(decision.team_id or 0, "")),
        words.person(decision.person_id) if decision.person_id else "",
        words.body(names["bodies"].get(decision.body_id or 0, "")),
        words.priority(decision.priority),
        *(words.label(names["labels"].get(one, "")) for one in decision.label_ids),
    )
    return ", ".join(part for part in parts if part)


def sentences_of(
    rules: Sequence[Rule], words: Words, known: Known | None = None, trial: queries.Trial | None = None
) -> list[Sentence]:
    """Return the rules in words, counted from 1; what is wrong with each where it is known what there is."""
    found = []
    for number, rule in enumerate(rules, 1):
        problem = first_problem(rule, number, known) if known else None
        found.append(
            dataclasses.replace(
                words.sentence(number, rule),
                problem=refusal_of(problem, words) if problem else "",
                decided=trial.by_rule.get(number, 0) if trial else None,
            )
        )
    return found


def _find(town: Municipality, name: str) -> history.Thing | None:
    rule_set = RuleSet.objects.filter(municipality=town).first()
    if name != NAME or rule_set is None:
        return None
    return history.Thing(rule_set.pk, _("Routing rules"), reverse("desk:settings_routing"))


def _publish(request: TownRequest, name: str, document: dict[str, Any]) -> None:
    try:
        publish_rules(
            municipality=request.municipality,
            rules=read(document["rules"]),
            by_user_id=request.actor.user_id,
            now=history.now(),
        )
    except BadRules as refusal:
        raise history.Refused(refusal_of(refusal, Words(request.municipality))) from refusal


def _worded(town: Municipality, document: dict[str, Any]) -> dict[str, Any]:
    """Return the rules of a document as sentences by their numbers."""
    sentences = sentences_of(read(document["rules"]), Words(town))
    return {"rules": {str(one.number): str(one) for one in sentences}}


history.register(history.Kind(KIND, SETTING, MANAGER, _find, _publish, _worded))
