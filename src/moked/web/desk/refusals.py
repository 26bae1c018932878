"""What to say when a change was refused, and what to do about it."""

from django.utils.translation import gettext_lazy as _

CHANGES = {
    "NOT_ALLOWED": _("You may read this case but not change it. Ask a colleague who handles it."),
    "WRONG_STATE": _("A colleague changed this case in the meantime. Look at its state, then decide again."),
    "NOTHING_SAID": _("Write a few words first."),
    "UNKNOWN_HANDLER": _("This department or person handles no cases here any more. Choose another."),
    "NO_OPEN_REVIEW": _("A colleague has already decided this review. Read below what they wrote."),
}
OPENINGS = {
    "NOT_OFFERED": _("This service is no longer offered. Choose another."),
    "NOTHING_SAID": _("Write down what the resident says."),
}
