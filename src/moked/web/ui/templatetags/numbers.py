"""Numbers as the reader's language writes them, always with western digits."""

from babel.numbers import format_decimal, format_percent
from babel.units import format_unit
from django import template
from django.utils.translation import get_language

from moked.web.ui.templatetags.ui import LOCALES

register = template.Library()

HOUR, DAY = 60, 24 * 60


@register.filter
def number(count: int | float) -> str:
    """Write a number, "1,204"."""
    return str(format_decimal(count, locale=_locale()))


@register.filter
def percent(share: int) -> str:
    """Write whole percents, "81%"."""
    return str(format_percent(share / 100, locale=_locale()))


@register.filter
def duration(minutes: int) -> str:
    """Write a duration in its largest unit, "3.5 days"; exact to a tenth where there are few of them."""
    if minutes < 2 * HOUR:
        return _unit(minutes, "duration-minute")
    if minutes < 2 * DAY:
        return _unit(_short(minutes / HOUR), "duration-hour")
    return _unit(_short(minutes / DAY), "duration-day")


@register.filter
def working_time(minutes: int) -> str:
    """Write working time, "26 hours": never in days, which are of different length in every calendar."""
    if minutes < 2 * HOUR:
        return _unit(minutes, "duration-minute")
    return _unit(_short(minutes / HOUR), "duration-hour")


def _short(amount: float) -> float:
    return round(amount) if amount >= 10 else round(amount, 1)


def _unit(amount: float, unit: str) -> str:
    return str(format_unit(amount, unit, length="long", locale=_locale()))


def _locale() -> str:
    language = get_language() or "en"
    return LOCALES.get(language, language)
