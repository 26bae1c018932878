"""Warnings in words: how far a promise is used up, which one, and who is told."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from moked.sla.commitments import Kind
from moked.sla.warnings import Whom
from moked.web.ui.labels import Words
from moked.web.ui.promises import in_words

PROMISES: dict[str, Words] = {
    Kind.ACKNOWLEDGEMENT: gettext_lazy("Receipt"),
    Kind.FIRST_ANSWER: gettext_lazy("First answer"),
    Kind.NEXT_ANSWER: gettext_lazy("Further answers"),
    Kind.RESOLUTION: gettext_lazy("Finishing"),
}
WHOM: dict[Whom, Words] = {
    Whom.ASSIGNEE: gettext_lazy("whoever has the case"),
    Whom.TEAM: gettext_lazy("those on duty in the case's team"),
    Whom.DEPARTMENT: gettext_lazy("everybody in the department"),
    Whom.MANAGER: gettext_lazy("the department's manager"),
    Whom.CENTRE: gettext_lazy("the centre"),
    Whom.SERVICE_MANAGER: gettext_lazy("the service managers"),
}


def promise_word(kind: str) -> str:
    """Return the word for what is promised."""
    return str(PROMISES[kind])


def words(level: str) -> str:
    """Return when a level is reached, of its short form or of its key on a promise."""
    at = level.partition("#")[0]
    if at == "100%":
        return _("when the time is over")
    if at.endswith("%"):
        return _("%(share)s of the time used up") % {"share": at}
    said = {"time": in_words(at[1:])}
    if at[0] == "-":
        return _("%(time)s before the time is over") % said
    if at[0] == "+":
        return _("%(time)s after the time is over") % said
    return _("again and again, each %(time)s") % said
