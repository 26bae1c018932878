"""What the list of keys says."""

import json

from django import template
from django.utils.translation import gettext as _

register = template.Library()


@register.simple_tag
def key_words() -> str:
    """Return the words for the keys of lists as JSON."""
    return json.dumps(
        {
            "rows": _("Next and previous row"),
            "open": _("Open the row"),
            "select": _("Select the row"),
        },
        ensure_ascii=False,
    )
