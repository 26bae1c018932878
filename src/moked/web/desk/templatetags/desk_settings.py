"""Tags of the settings."""

from django import template

from moked.accounts.rules import Role
from moked.web.ui import labels
from moked.web.ui.labels import Words

register = template.Library()


@register.filter
def role_label(code: str) -> Words:
    """Return the word for a role."""
    return labels.ROLES[Role(code)]
