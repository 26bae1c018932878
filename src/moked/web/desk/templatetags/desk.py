"""Tags of the desk."""

from datetime import datetime, timedelta

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from moked.cases.rules import Channel, Outcome, ReviewReason
from moked.surveys.models import Survey
from moked.web.ui import labels

register = template.Library()

FIXED = {
    Survey.Fixed.YES: gettext_lazy("Says it is fixed."),
    Survey.Fixed.NO: gettext_lazy("Says it is not fixed."),
    Survey.Fixed.CANT_TELL: gettext_lazy("Cannot tell whether it is fixed."),
}
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


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
