"""Tags of the settings."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.forms import BoundField

from moked.accounts.rules import Role
from moked.catalogue.rules import CaseKind
from moked.web.ui import labels
from moked.web.ui.labels import Words

register = template.Library()


@register.filter
def role_label(code: str) -> Words:
    """Return the word for a role."""
    return labels.ROLES[Role(code)]


@register.filter
def check_groups(field: BoundField) -> Iterable[tuple[str | None, list[dict[str, Any]], int]]:
    """Return the boxes of a field in their groups, as its widget knows them."""
    context = field.field.widget.get_context(field.html_name, field.value(), {})
    return context["widget"]["optgroups"]  # type: ignore[no-any-return]


@register.filter
def kind_label(code: str) -> labels.Label:
    """Return the word for what a resident wants with a service."""
    return labels.KINDS[CaseKind(code)]


@register.filter
def of_form(field: BoundField, form_id: str) -> str:
    """Draw a field that belongs to a form elsewhere on the page."""
    return field.as_widget(attrs={"form": form_id})
