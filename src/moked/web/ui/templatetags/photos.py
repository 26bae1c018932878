"""What the script of a photo field says."""

import json

from django import template
from django.utils.translation import gettext as _

register = template.Library()


@register.simple_tag
def photo_words() -> str:
    """Return the sentences as JSON."""
    return json.dumps(
        {
            "tooMany": _("Not all of them fit: 10 photos are the most for one report."),
            "tooLarge": _("This photo is too large. Choose one of up to 15 megabytes."),
            "failed": _("This photo did not arrive. Try again, or go on without it."),
            "waiting": _("One moment: a photo is still on its way."),
            "removed": _("The photo was removed."),
            "added": _("Added: {name}"),
        },
        ensure_ascii=False,
    )


@register.filter
def megabytes(number: int) -> str:
    """Return so many megabytes as bytes, in plain digits."""
    return str(number * 1024 * 1024)
