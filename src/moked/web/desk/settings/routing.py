"""Routing rules: ordered sentences, the first that fits decides.

Nothing is kept before it is published: the sentences travel with the page, checked each time they come back.
"""

import dataclasses
import json
from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from moked.accounts import queries as accounts
from moked.base.sorting import sort_key
from moked.catalogue.models import Service
from moked.municipalities.models import Municipality
from moked.places.models import Area
from moked.places.rules import AreaKind
from moked.routing import queries
from moked.routing.models import RuleSet
from moked.routing.operations import KIND, check_names, publish_rules
from moked.routing.rules import BadRules, Rule, read
from moked.web.desk.settings import drafts, history
from moked.web.desk.settings.departments import INDENT, named
from moked.web.desk.settings.fields import ONLY_SHOWN, ChecksField
from moked.web.desk.settings.frame import BOTH, MANAGER, show
from moked.web.desk.settings.order import moved, number_in
from moked.web.desk.settings.routing_words import Sentence, Words, refusal_of
from moked.web.ui.access import access
from moked.web.ui.forms import Form
from moked.web.ui.labels import AREA_KINDS
from moked.web.ui.requests import TownRequest
from moked.web.ui.views import see_other

SETTING = "routing"
NAME = "rules"
CHANGED_MEANWHILE = gettext_lazy(
    "A colleague published other rules in the meantime. Look at the history, then open this page again."
)
BROKEN = gettext_lazy("The rules on this page cannot be read any more. Open the page again.")


class RuleForm(Form):
    """One sentence being written."""

    services = ChecksField(
        label=gettext_lazy("Services"), hint=gettext_lazy("None chosen: whatever it is about.")
    )
    areas = ChecksField(label=gettext_lazy("Areas"), hint=gettext_lazy("None chosen: wherever it is."))
    department = forms.ChoiceField(
        required=False,
        label=gettext_lazy("Department"),
        error_messages={"invalid_choice": ONLY_SHOWN},
        widget=forms.Select(attrs={"class": "form-select mk-short", "data-test": "department"}),
    )

    def __init__(self, *args: Any, town: Municipality, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["services"].choices = service_choices(town)  # type: ignore[attr-defined]
        self.fields["areas"].choices = area_choices(town)  # type: ignore[attr-defined]
        departments = [
            (branch.department.code, INDENT * branch.depth + named(branch.department, town))
            for branch in accounts.tree(town.pk)
        ]
        self.fields["department"].choices = [("", _("Choose")), *departments]  # type: ignore[attr-defined]

    def clean_department(self) -> str:
        """Ask for the department."""
        if not self.cleaned_data["department"]:
            raise ValidationError(_("Choose the department it goes to."), code="missing")
        return str(self.cleaned_data["department"])

    def clean_areas(self) -> list[str]:
        """Ask for areas of one kind only."""
        chosen = self.cleaned_data["areas"]
        if len({one.partition("/")[0] for one in chosen}) > 1:
            raise ValidationError(_("Choose areas of one kind, and make another rule for the others."))
        return list(chosen)

    @property
    def rule(self) -> Rule:
        """The sentence, once it is checked."""
        said = self.cleaned_data
        pairs = [one.partition("/")[::2] for one in said["areas"]]
        kind = pairs[0][0] if pairs else ""
        codes = () if any(code == "" for _, code in pairs) else tuple(code for _, code in pairs)
        return Rule(said["department"], tuple(said["services"]), kind, codes)


def initial_of(rule: Rule) -> dict[str, Any]:
    """Return what the form shows of a rule that is changed."""
    codes = rule.areas or ("",)
    areas = [f"{rule.area_kind}/{code}" for code in codes] if rule.area_kind else []
    return {"services": list(rule.services), "areas": areas, "department": rule.department}


def service_choices(town: Municipality) -> list[tuple[str, str]]:
    """Return the town's services by name."""
    language = get_language() or town.language
    rows = Service.objects.filter(municipality=town, is_offered=True)
    named = [(one.slug, one.name_in(language, town.language)) for one in rows]
    return sorted(named, key=lambda one: sort_key(one[1], language))


def area_choices(town: Municipality) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the town's areas, grouped by kind, each group led by "any of them"."""
    language = get_language() or town.language
    rows = Area.objects.filter(municipality=town, is_retired=False).exclude(kind=AreaKind.OUTLINE)
    groups: dict[str, list[tuple[str, str]]] = {}
    for one in rows.defer("geometry").order_by("kind", "code"):
        name = one.name_in(language, town.language) or one.code
        groups.setdefault(one.kind, []).append((f"{one.kind}/{one.code}", name))
    return [_group(str(AREA_KINDS[AreaKind(kind)]), kind, areas) for kind, areas in groups.items()]


def _group(word: str, kind: str, areas: list[tuple[str, str]]) -> tuple[str, list[tuple[str, str]]]:
    return word, [(f"{kind}/", _("%(kind)s: any") % {"kind": word}), *areas]


@dataclasses.dataclass(frozen=True)
class Draft:
    """The sentences as they stand on the page, and the revision they began from."""

    rules: tuple[Rule, ...]
    base: int

    @property
    def as_text(self) -> str:
        """The sentences as the page carries them."""
        return json.dumps([rule.as_document() for rule in self.rules], ensure_ascii=False)


@access(*MANAGER, methods=BOTH)
def routing(request: TownRequest) -> HttpResponse:
    """Show the rules in force; move, change and try them on the page, and publish them."""
    town = request.municipality
    if request.method != "POST":
        return _page(request, _draft_in_force(town))
    try:
        draft = _draft_sent(request)
    except BadRules as refusal:
        words = BROKEN if refusal.code == "NOT_A_LIST" else refusal_of(refusal, town)
        return _page(request, _draft_in_force(town), failed=str(words))
    step, _sep, typed = request.POST.get("step", "").partition(":")
    number = number_in(typed, draft.rules)
    match step:
        case "publish":
            return _publish_or_say_why(request, draft)
        case "put":
            return _put(request, draft, number)
        case "edit" if number:
            rule = draft.rules[number - 1]
            form = RuleForm(initial=initial_of(rule), town=town)
            return _page(request, draft, form=form, edited=number)
        case "try":
            return _page(request, draft, tries=True)
    return _page(request, dataclasses.replace(draft, rules=moved(draft.rules, step, number)))


def _put(request: TownRequest, draft: Draft, number: int) -> HttpResponse:
    """Put the sentence that was written in its place, or at the end."""
    form = RuleForm(request.POST, town=request.municipality)
    if not form.is_valid():
        return _page(request, draft, form=form, edited=number)
    rules = list(draft.rules)
    if number:
        rules[number - 1] = form.rule
    else:
        rules.append(form.rule)
    return _page(request, dataclasses.replace(draft, rules=tuple(rules)))


def _publish_or_say_why(request: TownRequest, draft: Draft) -> HttpResponse:
    town = request.municipality
    if draft.base != queries.revision_of(town.pk):
        return _page(request, draft, failed=str(CHANGED_MEANWHILE))
    try:
        publish_rules(
            municipality=town, rules=draft.rules, by_user_id=request.actor.user_id, now=history.now()
        )
    except BadRules as refusal:
        return _page(request, draft, failed=str(refusal_of(refusal, town)))
    messages.success(request, _("The rules hold for every case opened from now on."))
    return see_other(reverse("desk:settings_routing"))


def _draft_in_force(town: Municipality) -> Draft:
    return Draft(queries.rules_of(town.pk), queries.revision_of(town.pk))


def _draft_sent(request: TownRequest) -> Draft:
    """Return the sentences that came back with the page; raises BadRules for what it did not send."""
    try:
        document, base = drafts.sent(request, "rules")
    except ValueError:
        raise BadRules("NOT_A_LIST") from None
    return Draft(read(document), base)


def _page(
    request: TownRequest,
    draft: Draft,
    *,
    form: RuleForm | None = None,
    edited: int = 0,
    failed: str = "",
    tries: bool = False,
) -> HttpResponse:
    town = request.municipality
    words = Words(town)
    return show(
        request,
        "desk/settings/routing.html",
        SETTING,
        draft=draft,
        sentences=sentences_of(draft.rules, words),
        is_changed=draft.rules != queries.rules_of(town.pk),
        form=form or RuleForm(town=town),
        edited=edited,
        failed=failed or _complaint(town, draft),
        trial=trial_of(queries.dry_run(request.actor, draft.rules), words) if tries else None,
        history_name=NAME,
    )


def _complaint(town: Municipality, draft: Draft) -> str:
    """Say already now why the sentences could not be published."""
    try:
        check_names(town, draft.rules)
    except BadRules as refusal:
        return str(refusal_of(refusal, town))
    return ""


def trial_of(trial: queries.Trial, words: Words) -> dict[str, Any]:
    """Return what the rules would have done, with the departments' names."""
    rows = [
        {
            "case": one.case,
            "was": words.department(one.was),
            "would_be": words.department(one.would_be),
            "number": one.number,
        }
        for one in trial.rows
    ]
    return {"trial": trial, "rows": rows, "more": trial.changed - len(rows)}


def sentences_of(rules: Iterable[Rule], words: Words) -> list[Sentence]:
    """Return the rules as sentences, counted from 1."""
    return [words.sentence(number, rule) for number, rule in enumerate(rules, 1)]


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
        raise history.Refused(refusal_of(refusal, request.municipality)) from refusal


history.register(history.Kind(KIND, SETTING, MANAGER, _find, _publish))
