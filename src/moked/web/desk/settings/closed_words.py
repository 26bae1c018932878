"""What becomes of words on closed cases, in words, and the field for its days."""

from django.utils.translation import gettext_lazy

from moked.catalogue.rules import MOST_REOPEN_DAYS, REOPEN_DAYS, AfterClosing
from moked.web.desk.settings.fields import WholeField
from moked.web.ui.labels import Words

CHOICES: dict[AfterClosing, tuple[Words, Words]] = {
    AfterClosing.REVIEW: (
        gettext_lazy("A person looks, and opens it again or says why not"),
        gettext_lazy("It stands on top of the queue of its department until somebody has decided."),
    ),
    AfterClosing.REOPEN: (
        gettext_lazy("The case is open again at once"),
        gettext_lazy("Its time counts on from the day it first came in."),
    ),
    AfterClosing.REOPEN_WITHIN: (
        gettext_lazy("Open again for some days, later a new case"),
        gettext_lazy("The days count from its closing."),
    ),
    AfterClosing.NEW_CASE: (
        gettext_lazy("Always a new case"),
        gettext_lazy("It names the closed one, and further words come to it."),
    ),
}


def days_field() -> WholeField:
    """Return the field for how many days a closed case is opened again; empty means as many as usual."""
    field = WholeField(label=gettext_lazy("Days in which it is opened again"), least=1, most=MOST_REOPEN_DAYS)
    field.initial = REOPEN_DAYS
    return field
