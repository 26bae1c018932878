"""Tags every page uses: icons, moments in the town's time, texts in the reader's language.

Moments are shown in the municipality's civil time: `{% moment at %}`, `{% day at %}`, `{% clock at %}`.
They ask the request for its municipality; nothing activates a time zone globally, and plain `{{ at|date }}`
(which would be UTC) is not used.
"""

import functools
from collections.abc import Mapping
from datetime import UTC, date, datetime, tzinfo

from babel.dates import format_date, format_skeleton
from django import template
from django.forms import BoundField
from django.template.context import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from moked.base.labels import label as label_in
from moked.cases.rules import State
from moked.web.ui import labels, promises
from moked.web.ui.spoken import marked

register = template.Library()

# Babel's plain "en" writes dates the American way.
LOCALES = {"en": "en_GB"}
BANNER_ICONS = {
    "success": "check-circle-fill",
    "warning": "exclamation-triangle-fill",
    "danger": "exclamation-octagon-fill",
    "error": "exclamation-octagon-fill",
    "draft": "pencil",
}


@register.simple_tag
@functools.cache  # a queue draws dozens
def icon(name: str, *, mirrors: bool = False) -> SafeString:
    """Draw an icon of `ui/icons.svg`, hidden from screen readers: a word stands beside it."""
    return format_html(
        '<svg class="mk-icon{}" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>',
        " mk-mirrors" if mirrors else "",
        static("ui/icons.svg"),
        name,
    )


@register.simple_tag(takes_context=True)
def moment(context: Context, at: datetime | None) -> SafeString:
    """Show day and time, "17 November 2026, 14:05", in the town's civil time."""
    if at is None:
        return SafeString("–")
    local = at.astimezone(_zone(context))
    return format_html(
        '<time datetime="{}">{}</time>', local.isoformat(timespec="seconds"), _moment_words(local)
    )


@register.simple_tag(takes_context=True)
def day(context: Context, at: datetime | date | None) -> SafeString:
    """Show a day, "17 November 2026"; that of a moment is the day in the town."""
    if at is None:
        return SafeString("–")
    on = at.astimezone(_zone(context)).date() if isinstance(at, datetime) else at
    return format_html('<time datetime="{}">{}</time>', on.isoformat(), _long_date(on))


@register.simple_tag(takes_context=True)
def clock(context: Context, at: datetime) -> SafeString:
    """Show the time of day, "14:05", in the town."""
    local = at.astimezone(_zone(context))
    return format_html('<time datetime="{}">{}</time>', local.isoformat(timespec="seconds"), _clock(local))


@register.filter
def month(on: date) -> str:
    """Show a month, "November 2026"."""
    return str(format_skeleton("yMMMM", on, locale=_locale()))


@register.simple_tag(takes_context=True)
def label(context: Context, texts: Mapping[str, str] | None, language: str = "") -> str:
    """Show one text of `{language: text}`: the reader's or the named language, else the town's, else any."""
    return text_in_town(_request(context), texts, language)


@register.simple_tag(takes_context=True)
def marked_label(context: Context, texts: Mapping[str, str] | None) -> str:
    """Show what `label` shows, marked with its language when that is not the reader's."""
    municipality = getattr(_request(context), "municipality", None)
    language = get_language() or "en"
    return marked(texts or {}, language, municipality.language if municipality else "en")


def text_in_town(request: object, texts: Mapping[str, str] | None, language: str = "") -> str:
    """Return one text of `{language: text}`: the reader's or the named language's, the town's, or any."""
    municipality = getattr(request, "municipality", None)
    fallback = municipality.language if municipality else "en"
    return label_in(texts or {}, language or get_language() or "en", fallback)


@register.simple_tag
def state_badge(state: str, *, test: bool = False) -> SafeString:
    """Draw where a case stands; `test` adds data-test="state"."""
    return _state_badge(state, test, get_language() or "en")


@functools.cache  # of a few codes in a few languages; a queue draws dozens
def _state_badge(state: str, test: bool, language: str) -> SafeString:
    label = labels.STATES[State(state)]
    return render_to_string("ui/components/state_badge.html", {"label": label, "state": state, "test": test})


@register.simple_tag(takes_context=True)
def promise(context: Context, case: promises.Promised, now: datetime) -> SafeString:
    """Draw how the promise of a case stands, never by colour alone; nothing where there is none."""
    standing = promises.standing(case, now)
    if standing is None:
        return SafeString("")
    at = case.promised_at
    return format_html(
        '<span class="{}" data-promise="{}">{}{}</span>',
        f"mk-badge mk-{standing.tone}" if standing.tone else "mk-promise",
        standing.kind,
        icon(standing.icon),
        _time(context, at, standing.word, "promise") if at else standing.word,
    )


@register.simple_tag(takes_context=True)
def at_moment(context: Context, at: datetime, words: str) -> SafeString:
    """Show words that stand for a moment; pointing at them shows day and time in the town."""
    return _time(context, at, words)


def _time(context: Context, at: datetime, words: str, test: str = "") -> SafeString:
    local = at.astimezone(_zone(context))
    return format_html(
        '<time datetime="{}" title="{}"{}>{}</time>',
        local.isoformat(timespec="seconds"),
        _moment_words(local),
        format_html(' data-test="{}"', test) if test else "",
        words,
    )


@register.filter
def banner_icon(kind: str | None) -> str:
    """Return the icon of a banner's kind."""
    return BANNER_ICONS.get(kind or "", "info-circle-fill")


@register.filter
def first_id(field: BoundField) -> str:
    """Return the id a link to a field leads to: the field, or the first button of a set."""
    return field.id_for_label or (field.subwidgets[0].id_for_label if field.subwidgets else field.auto_id)


def _request(context: Context) -> object:
    return getattr(context, "request", None) or context.get("request")


def _zone(context: Context) -> tzinfo:
    municipality = getattr(_request(context), "municipality", None)
    return municipality.zone if municipality else UTC


def _locale() -> str:
    language = get_language() or "en"
    return LOCALES.get(language, language)


def _moment_words(local: datetime) -> str:
    return f"{_long_date(local.date())}, {_clock(local)}"


def _long_date(on: date) -> str:
    return _date_words(on, _locale())


@functools.lru_cache(maxsize=1024)
def _date_words(on: date, locale: str) -> str:
    return str(format_date(on, format="long", locale=locale))


def _clock(at: datetime) -> str:
    return f"{at:%H:%M}"
