"""Texts of notices: what residents read by mail, in every language, shown as it will arrive."""

import dataclasses
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override, pgettext_lazy

from moked.base.labels import label
from moked.catalogue.queries import offered
from moked.channels.base.letters import Letter
from moked.municipalities.models import Municipality
from moked.municipalities.queries import public_url
from moked.notices import queries, rendering
from moked.notices.models import NoticeText
from moked.notices.operations import QUIET_TIME, TEXT_KIND, publish_quiet_hours, publish_text
from moked.notices.rules import NEVER, BadHours, Kind, QuietHours
from moked.notices.texts import Text, text_for
from moked.notices.wording import (
    LONGEST_BODY,
    LONGEST_LABEL,
    LONGEST_SUBJECT,
    BadText,
    Wording,
    check,
    links_of,
    placeholders,
)
from moked.web.desk.settings import history
from moked.web.desk.settings.calendar_forms import HALF_PAIR, TimeField
from moked.web.desk.settings.calendar_words import clock
from moked.web.desk.settings.frame import BOTH, MANAGER, show
from moked.web.desk.settings.texts import language_name, languages_of
from moked.web.ui.access import access
from moked.web.ui.forms import BodyField, Form, LineField
from moked.web.ui.labels import Words
from moked.web.ui.requests import TownRequest
from moked.web.ui.views import see_other

SETTING = "notices"
QUIET = "quiet"
BAD_HOURS = gettext_lazy("Write times between 00:00 and 23:59.")
KINDS: dict[Kind, Words] = {
    Kind.CASE_OPENED: gettext_lazy("A report has arrived"),
    Kind.REPLY: gettext_lazy("An answer to the resident"),
    Kind.CASE_CLOSED: gettext_lazy("A case is closed"),
    Kind.CASE_DECLINED: gettext_lazy("A case is closed because it cannot be done"),
    Kind.CASE_REOPENED: gettext_lazy("A case is open again"),
    Kind.WORDS_REOPENED: gettext_lazy("A case is open again because the resident wrote"),
    Kind.REVIEW_ANSWERED: gettext_lazy("A case was looked at again and stays closed"),
    Kind.PROMISE_MOVED: gettext_lazy("The promised time has changed"),
    Kind.HANDED_OVER: gettext_lazy("A case is with an external body"),
    Kind.CAME_BACK: gettext_lazy("A case is back from an external body"),
    Kind.REMINDER: gettext_lazy("A reminder that we wait for an answer"),
    Kind.BY_RULE: gettext_lazy("Words that a rule sends"),
    Kind.CASE_JOINED: gettext_lazy("To followers: you follow a report"),
    Kind.CASE_MERGED: gettext_lazy("A case goes on under another number"),
    Kind.FOLLOWED_CLOSED: gettext_lazy("To followers: a case is closed"),
    Kind.FOLLOWED_REOPENED: gettext_lazy("To followers: a case is open again"),
}
MEANINGS: dict[str, Words] = {
    "number": gettext_lazy("the number of the case"),
    "title": gettext_lazy("the first words of the report"),
    "service": gettext_lazy("the name of the service"),
    "department": gettext_lazy("the department that handles it"),
    "town": gettext_lazy("the name of the town"),
    "phone": gettext_lazy("the phone number of the centre"),
    "promise": gettext_lazy("the sentence with the promised day, if there is one"),
    "link": gettext_lazy("the button that leads to the case; a paragraph of its own"),
    "words": gettext_lazy("what a colleague wrote; a paragraph of its own"),
    "survey_link": gettext_lazy("the button that asks whether it is fixed; a paragraph of its own"),
    "other_number": gettext_lazy("the number under which it goes on"),
    "body": gettext_lazy("the name of the external body"),
    "due": gettext_lazy("the day by which the external body answers"),
    "reason": gettext_lazy("the sentence that says why it came back, if there is one"),
}
BUTTONS: dict[str, Words] = {
    "link": gettext_lazy("Words on the button to the case"),
    "survey_link": gettext_lazy("Words on the button to the survey"),
}
REFUSALS: dict[str, Words] = {
    "EMPTY": gettext_lazy("Write something here."),
    "TOO_LONG": gettext_lazy("Shorten this text."),
    "UNKNOWN": gettext_lazy("{%(name)s} cannot be filled in here. Use only what is listed beside the form."),
    "STRAY_BRACE": gettext_lazy("Braces are only for what is filled in, like {number}. Remove the others."),
    "MISSING": gettext_lazy("Put {%(name)s} into the text: without it the resident misses what matters."),
    "NOT_ALONE": gettext_lazy("Put {%(name)s} into a paragraph of its own, with an empty line around it."),
}
WORDS_OF_SAMPLE = pgettext_lazy("sample of a mail", "The crew was there this morning and has repaired it.")
BODY_OF_SAMPLE = pgettext_lazy("sample of a mail", "Water company")
TITLE_OF_SAMPLE = pgettext_lazy("sample of a mail", "The lamp in front of number 12 is dark.")


class NoticeForm(Form):
    """One text in one language."""

    subject = LineField(
        max_length=LONGEST_SUBJECT,
        label=pgettext_lazy("of a mail", "Subject"),
        missing=REFUSALS["EMPTY"],
        test="subject",
    )

    def __init__(self, *args: Any, kind: Kind, text: Text, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        self.initial = {"subject": text.subject, "body": text.body}
        self.fields["body"] = BodyField(
            max_length=LONGEST_BODY,
            label=pgettext_lazy("of a mail", "Text"),
            hint=gettext_lazy("An empty line begins a new paragraph."),
            missing=REFUSALS["EMPTY"],
            rows=14,
            test="body",
        )
        for name in links_of(kind):
            field = LineField(max_length=LONGEST_LABEL, label=BUTTONS[name], missing=REFUSALS["EMPTY"])
            field.initial = text.labels.get(name, "")
            self.fields[f"label_{name}"] = field

    @property
    def buttons(self) -> list[Any]:
        """The fields with the words on the buttons."""
        return [self[f"label_{name}"] for name in links_of(self.kind)]

    @property
    def wording(self) -> Wording:
        """The text, once the fields are checked."""
        said = self.cleaned_data
        labels = {name: said[f"label_{name}"] for name in links_of(self.kind)}
        return Wording(said["subject"], said["body"], labels)

    def clean(self) -> dict[str, Any]:
        """Refuse what could not be sent."""
        if not self.errors:
            try:
                check(self.kind, self.wording)
            except BadText as refusal:
                words = str(REFUSALS[refusal.code]) % {"name": refusal.name}
                self.add_error(refusal.part, ValidationError(words, code=refusal.code))
        return dict(self.cleaned_data)


@dataclasses.dataclass(frozen=True)
class Row:
    """A kind of notice in the list, with the languages whose text is the town's own."""

    slug: str
    title: Words
    languages: tuple[tuple[str, str, bool], ...]


def slug_of(kind: Kind) -> str:
    """Return a kind's name in addresses."""
    return str(kind).lower().replace("_", "-")


BY_SLUG = {slug_of(kind): kind for kind in KINDS}


class QuietForm(Form):
    """When nothing is sent by itself; both times empty for never."""

    begins = TimeField(label=gettext_lazy("from"), test="quiet-begins")
    ends = TimeField(label=gettext_lazy("to"), test="quiet-ends")

    def __init__(self, *args: Any, hours: QuietHours, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if hours != NEVER:
            self.initial = {"begins": clock(hours.begins), "ends": clock(hours.ends)}

    @property
    def hours(self) -> QuietHours:
        """The hours, once the fields are checked."""
        begins, ends = self.cleaned_data["begins"], self.cleaned_data["ends"]
        return NEVER if begins is None else QuietHours(begins, ends)

    def clean(self) -> dict[str, Any]:
        """Refuse one time without the other, and what no clock shows."""
        if not self.errors:
            if (self.cleaned_data["begins"] is None) != (self.cleaned_data["ends"] is None):
                self.add_error("ends", ValidationError(HALF_PAIR, code="half"))
            else:
                self._check()
        return dict(self.cleaned_data)

    def _check(self) -> None:
        try:
            self.hours.check()
        except BadHours:
            self.add_error("begins", ValidationError(BAD_HOURS, code="hours"))


@access(*MANAGER, methods=BOTH)
def notices(request: TownRequest) -> HttpResponse:
    """List the texts, and in which languages the town wrote its own; take the hours that are quiet."""
    town = request.municipality
    form = QuietForm(
        request.POST if "begins" in request.POST else None, hours=queries.quiet_hours_of(town.pk)
    )
    if form.is_valid():
        _publish_hours(request, form.hours)
        messages.success(request, _("The hours hold from the next mail on."))
        return see_other(reverse("desk:settings_notices"))
    own = queries.own_texts(town.pk)
    rows = [
        Row(
            slug_of(kind),
            title,
            tuple((code, language_name(code), (kind, code) in own) for code in languages_of(town)),
        )
        for kind, title in KINDS.items()
    ]
    return show(
        request,
        "desk/settings/notices.html",
        SETTING,
        rows=rows,
        form=form,
        history_name=QUIET if queries.has_own_quiet_hours(town.pk) else "",
    )


@access(*MANAGER, methods=BOTH)
def notice(request: TownRequest, kind: str, language: str) -> HttpResponse:
    """Change one text; `preview` only shows it, `default` goes back to the text that comes with Moked."""
    town, known = request.municipality, BY_SLUG.get(kind)
    if known is None or language not in languages_of(town):
        raise Http404
    step = request.POST.get("step", "")
    form = NoticeForm(
        request.POST if request.method == "POST" and step != "default" else None,
        kind=known,
        text=queries.text_of_town(town, known, language),
    )
    if request.method == "POST" and (step == "default" or (step == "save" and form.is_valid())):
        wording = None if step == "default" else form.wording
        _publish_wording(request, known, language, wording)
        messages.success(request, _("The text holds from the next mail on."))
        return see_other(reverse("desk:settings_notice", args=[kind, language]))
    row = queries.row_of(town.pk, known, language)
    return show(
        request,
        "desk/settings/notice.html",
        SETTING,
        form=form,
        title=KINDS[known],
        language_name=language_name(language),
        is_own=row is not None and not row.is_default,
        has_history=row is not None,
        history_name=f"{kind}-{language}",
        meanings=[(f"{{{name}}}", MEANINGS[name]) for name in placeholders(known)],
        letter=_letter(town, form, language),
    )


def _letter(town: Municipality, form: NoticeForm, language: str) -> Letter | None:
    """Return the text as it arrives, filled in with invented values; None for one that cannot be sent."""
    if not form.is_bound:
        said = form.initial
        labels = {name: str(form[f"label_{name}"].value()) for name in links_of(form.kind)}
        text = Text(language, said["subject"], said["body"], labels)
    elif form.is_valid():
        wording = form.wording
        text = Text(language, wording.subject, wording.body, wording.labels)
    else:
        return None
    return rendering.compose(town, text, sample_values(town, language))


def sample_values(town: Municipality, language: str) -> dict[str, str]:
    """Return invented values for a preview; names come from the town's first service."""
    service = offered(town.pk).select_related("department").first()
    department = service.department if service else None
    with override(language):
        title, words, body = str(TITLE_OF_SAMPLE), str(WORDS_OF_SAMPLE), str(BODY_OF_SAMPLE)
    return {
        "number": "26-000123-4",
        "other_number": "26-000106-9",
        "title": title,
        "service": label(service.name, language, town.language) if service else "",
        "department": department.name_in(language, town.language) if department else town.name_in(language),
        "words": words,
        "promise": rendering.promise_words(history.now().date(), language),
        "body": body,
        "due": rendering.day_words(history.now().date(), language),
        "reason": text_for("CAME_BACK_NOT_OURS", language).body,
        "link": f"{public_url(town, 'portal:start')}…",
        "survey_link": f"{public_url(town, 'portal:start')}…",
    }


def _publish_wording(request: TownRequest, kind: Kind, language: str, wording: Wording | None) -> None:
    publish_text(
        municipality=request.municipality,
        kind=kind,
        language=language,
        text=wording,
        by_user_id=request.actor.user_id or 0,
        now=history.now(),
    )


def _publish_hours(request: TownRequest, hours: QuietHours) -> None:
    publish_quiet_hours(
        municipality_id=request.municipality.pk,
        hours=hours,
        by_user_id=request.actor.user_id,
        now=history.now(),
    )


def _find_hours(town: Municipality, name: str) -> history.Thing | None:
    if name != QUIET:
        return None
    return history.Thing(town.pk, _("Quiet hours"), reverse("desk:settings_notices"))


def _publish_old_hours(request: TownRequest, name: str, document: dict[str, Any]) -> None:
    try:
        _publish_hours(request, QuietHours(**document))
    except BadHours as refusal:
        raise history.Refused(str(BAD_HOURS)) from refusal


def _row_of_name(town: Municipality, name: str) -> tuple[Kind, str, NoticeText] | None:
    slug, _sep, language = name.rpartition("-")
    kind = BY_SLUG.get(slug)
    row = queries.row_of(town.pk, kind, language) if kind else None
    return (kind, language, row) if kind and row else None


def _find(town: Municipality, name: str) -> history.Thing | None:
    found = _row_of_name(town, name)
    if found is None:
        return None
    kind, language, row = found
    url = reverse("desk:settings_notice", args=[slug_of(kind), language])
    return history.Thing(row.pk, f"{KINDS[kind]} ({language_name(language)})", url)


def _publish(request: TownRequest, name: str, document: dict[str, Any]) -> None:
    found = _row_of_name(request.municipality, name)
    if found is None:
        raise Http404
    kind, language, _row = found
    wording = None if document.get("is_default") else Wording(**document)
    try:
        _publish_wording(request, kind, language, wording)
    except BadText as refusal:
        raise history.Refused(str(REFUSALS[refusal.code]) % {"name": refusal.name}) from refusal


history.register(history.Kind(TEXT_KIND, SETTING, MANAGER, _find, _publish))
history.register(history.Kind(QUIET_TIME, SETTING, MANAGER, _find_hours, _publish_old_hours))
