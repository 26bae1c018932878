"""Tags of the desk."""

import dataclasses
import functools
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from babel.dates import format_date
from django import template
from django.template.context import Context
from django.urls import get_script_prefix, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext, pgettext_lazy
from django.utils.translation import gettext as _

from moked.cases.models import Case, Label
from moked.cases.rules import ChangeKind, Channel, MoveReason, Outcome, ReviewReason
from moked.catalogue.rules import CaseKind, Priority
from moked.notices import staff
from moked.notices.models import StaffNotice
from moked.notices.rules import TO_BODY, StaffKind
from moked.residents.queries import Point
from moked.residents.rules import ContactKind, Reason, mask, mask_phone
from moked.search.rules import Piece
from moked.sla.commitments import FOLLOW_UP, Kind, State
from moked.sla.queries import CommitmentCard
from moked.sla.rules import Target, Unit
from moked.surveys.models import Survey
from moked.web.desk import levels
from moked.web.ui import labels, promises
from moked.web.ui.requests import TownRequest
from moked.web.ui.templatetags.ui import icon, label

register = template.Library()

FIXED = {
    Survey.Fixed.YES: gettext_lazy("Says it is fixed."),
    Survey.Fixed.NO: gettext_lazy("Says it is not fixed."),
    Survey.Fixed.CANT_TELL: gettext_lazy("Cannot tell whether it is fixed."),
}
COMMITMENTS = {
    Kind.ACKNOWLEDGEMENT: gettext_lazy("Receipt confirmed"),
    Kind.FIRST_ANSWER: gettext_lazy("First answer"),
    Kind.NEXT_ANSWER: gettext_lazy("Next answer"),
    Kind.RESOLUTION: pgettext_lazy("commitment", "Finished"),
    Kind.REVIEW: gettext_lazy("Looked at again"),
}
COMMITMENT_STATES = {
    State.RUNNING: pgettext_lazy("commitment", "runs"),
    State.PAUSED: pgettext_lazy("commitment", "the clock stands still"),
    State.KEPT: pgettext_lazy("commitment", "kept"),
    State.BROKEN: pgettext_lazy("commitment", "not kept"),
    State.CANCELLED: pgettext_lazy("commitment", "no longer counts"),
}
OWED: dict[str, labels.Words] = {
    Kind.ACKNOWLEDGEMENT: gettext_lazy("Receipt to be confirmed"),
    Kind.FIRST_ANSWER: gettext_lazy("First answer"),
    Kind.NEXT_ANSWER: gettext_lazy("Next answer"),
    Kind.RESOLUTION: gettext_lazy("To be finished"),
    FOLLOW_UP: gettext_lazy("To be looked at"),
}
SPOKEN_DAY = {  # without the year, which nobody says
    "en": "EEEE d MMMM",
    "he": "EEEE, d בMMMM",
    "ar": "EEEE، d MMMM",
    "cs": "EEEE d. MMMM",
    "hu": "MMMM d., EEEE",
}
PATTERN = "00-000000-0"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclasses.dataclass(frozen=True)
class NextStep:
    """What a case stands in the queue for when it is not the promise, in words, and when it is due."""

    word: str
    left: str
    due_at: datetime
    is_late: bool


@register.simple_tag
def next_step(case: Case, now: datetime) -> NextStep | None:
    """Return what is due next when that is not the promise; None when it is, or nothing is due."""
    if not case.is_open or not case.queue_for or case.queue_at == case.promised_at:
        return None
    left = case.queue_at - now
    return NextStep(
        str(OWED[case.queue_for]), promises.left_or_late(left), case.queue_at, left < timedelta(0)
    )


@register.simple_tag(takes_context=True)
def unread(context: Context) -> int:
    """Return how many notices the person has not read, counted no further than a hundred."""
    actor = context.get("actor")
    return staff.unread(actor) if actor else 0


@register.filter
def told_words(row: StaffNotice) -> str:
    """Return what a colleague is told."""
    match row.kind:
        case StaffKind.URGENT:
            return _("Urgent: see to it now")
        case StaffKind.REACTED:
            return _("A rule asks you to look at this case")
        case StaffKind.BOUNCED if row.what == TO_BODY:
            return _("A mail to the external body did not arrive")
        case StaffKind.LOOPING:
            return _("Many mails from one address, perhaps in a loop")
        case StaffKind.BOUNCED:
            return _("A mail to the resident did not arrive")
        case StaffKind.RESIDENT_WROTE:
            return _("The resident wrote")
        case StaffKind.PRAISED:
            return _("Praise for you")
        case StaffKind.BODY_ANSWERED:
            return str(labels.CHANGES[ChangeKind(f"BODY_{row.what}")])
        case StaffKind.NO_ANSWER | StaffKind.DATE_PASSED | StaffKind.BODY_SILENT:
            return str(labels.MOVE_REASONS[MoveReason(row.kind)])
    words = f"{levels.promise_word(row.what)}: {levels.words(row.level)}"
    return _("Late – %(words)s") % {"words": words} if row.kind == StaffKind.BROKEN else words


@register.filter
def kind_word(kind: str) -> labels.Label:
    """Return the word for what somebody wants, with its icon."""
    return labels.KINDS[CaseKind(kind)]


@register.simple_tag
def priority_badge(case: Case) -> SafeString:
    """Show how soon a case is to be seen to, where that is not as usual."""
    if case.priority == Priority.NORMAL:
        return SafeString("")
    priority = labels.PRIORITIES[Priority(case.priority)]
    return format_html(
        '<span class="mk-badge mk-{}" data-test="priority" data-priority="{}">{}{}</span>',
        priority.tone,
        case.priority,
        icon(priority.icon),
        priority.word,
    )


@register.simple_tag(takes_context=True)
def label_chip(context: Context, one: Label) -> SafeString:
    """Show a label of a case; its colour only helps to find it, its word says it."""
    return format_html(
        '<span class="mk-badge mk-{}" data-test="label">{}<bdi>{}</bdi></span>',
        one.colour.lower() or "neutral",
        icon("tags"),
        label(context, one.name),
    )


@register.filter
def of_case(labels_on: Mapping[int, Sequence[Label]], case: Case) -> Sequence[Label]:
    """Return the labels on a case, of those on a page of them."""
    return labels_on.get(case.pk, ())


@register.simple_tag
def case_url(case: Case) -> str:
    """Return the address of a case; a queue asks for dozens."""
    return _case_url_of_town(get_script_prefix()).replace(PATTERN, case.number or "")


@functools.lru_cache(maxsize=1024)
def _case_url_of_town(prefix: str) -> str:
    return reverse("desk:case", args=[PATTERN])


@register.simple_tag(takes_context=True)
def handler(context: Context, case: Case) -> SafeString:
    """Show who handles a case: the department, a team of it, and the person if there is one."""
    units = [one for one in (case.department, case.team) if one]
    named = format_html_join("", "<bdi>{}</bdi> ", ((label(context, unit.name),) for unit in units))
    if case.assignee:
        return format_html('{}<bdi class="dk-person">{}</bdi>', named, case.assignee.name)
    return format_html('{}<span class="mk-muted">{}</span>', named, _("Unassigned"))


@register.simple_tag
def age(since: datetime, now: datetime) -> str:
    """Return how long ago a moment was, in the largest whole unit there is one of."""
    passed = now - since
    if passed < MINUTE:
        return _("just now")
    if passed < HOUR:
        return ngettext("%(count)d minute", "%(count)d minutes", passed // MINUTE) % {
            "count": passed // MINUTE
        }
    if passed < DAY:
        return ngettext("%(count)d hour", "%(count)d hours", passed // HOUR) % {"count": passed // HOUR}
    return ngettext("%(count)d day", "%(count)d days", passed.days) % {"count": passed.days}


@register.filter
def review_label(code: str) -> labels.Label:
    """Return word, icon and tone of why a case is looked at again."""
    return labels.REVIEW_REASONS[ReviewReason(code)]


@register.simple_tag(takes_context=True)
def spoken_promise(context: Context, at: datetime, is_question: bool, test: str = "") -> SafeString:
    """Say a promise aloud, its day in the town: "We expect to finish by Tuesday 24 November."."""
    request: TownRequest = getattr(context, "request", None) or context["request"]
    local = at.astimezone(request.municipality.zone)
    language = get_language() or "en"
    words = (
        _("We expect to answer by %(day)s.") if is_question else _("We expect to finish by %(day)s.")
    ) % {"day": format_date(local, format=SPOKEN_DAY[language], locale=language)}
    marked = format_html(' data-test="{}"', test) if test else ""
    return format_html('<time datetime="{}"{}>{}</time>', local.isoformat(timespec="seconds"), marked, words)


@register.simple_tag
def marked(pieces: Iterable[Piece]) -> SafeString:
    """Show pieces of a text, with what was looked for marked."""
    shown = (format_html("<mark>{}</mark>", one.text) if one.is_match else one.text for one in pieces)
    return format_html_join("", "{}", ((one,) for one in shown))


register.filter("mask", mask)
register.filter("mask_phone", mask_phone)


@register.filter
def masked(point: Point) -> str:
    """Return a contact point that only who knows it recognises."""
    return mask_phone(point.value) if point.kind == ContactKind.PHONE else mask(point.value)


@register.filter
def sameness(reason: str) -> labels.Words:
    """Return why two residents may be the same person."""
    return labels.SAMENESS[Reason(reason)]


@register.filter
def channel_label(code: str) -> labels.Label:
    """Return word and icon of a channel."""
    return labels.CHANNELS[Channel(code)]


@register.filter
def channel_icon(code: str) -> str:
    """Return the icon of a channel."""
    return labels.CHANNELS[Channel(code)].icon


@register.filter
def fixed_label(code: str) -> str:
    """Return what a resident answered to "Is it fixed?", in words for colleagues."""
    return str(FIXED[Survey.Fixed(code)])


@register.filter
def outcome_label(code: str) -> labels.Label:
    """Return word and icon of why a case was closed."""
    return labels.OUTCOMES[Outcome(code)]


@register.filter
def commitment_label(kind: str) -> str:
    """Return what was promised, in words."""
    return str(COMMITMENTS[Kind(kind)])


@register.filter
def commitment_state(state: str) -> str:
    """Return how a commitment stands, in words."""
    return str(COMMITMENT_STATES[State(state)])


@register.filter
def clock_words(one: CommitmentCard) -> str:
    """Return how a commitment without a date stands, and what is left of it while its clock stands still."""
    if one.left is None:
        return commitment_state(one.state)
    left = one.left
    if left.unit == Unit.MINUTES and left.amount >= 60:
        left = Target(left.amount // 60, Unit.HOURS)
    return pgettext("commitment", "the clock stands still, %(left)s left") % {
        "left": promises.in_words(str(left))
    }
