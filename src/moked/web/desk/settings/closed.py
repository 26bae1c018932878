"""Closed cases: what becomes of words that a resident writes on one."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from moked.catalogue.models import ClosedWords
from moked.catalogue.operations import CLOSED_KIND, publish_closed_words
from moked.catalogue.queries import closed_policy_of_town, services_with_own_policy
from moked.catalogue.rules import REOPEN_DAYS, AfterClosing, BadService, ClosedPolicy
from moked.municipalities.models import Municipality
from moked.web.desk.settings import history
from moked.web.desk.settings.closed_words import CHOICES, days_field
from moked.web.desk.settings.frame import BOTH, MANAGER, show
from moked.web.ui.access import access
from moked.web.ui.forms import Choice, ChoiceField, Form, Radios
from moked.web.ui.requests import TownRequest
from moked.web.ui.views import see_other

SETTING = "closed"


class ClosedForm(Form):
    """What the town does with words on closed cases."""

    closed_words = ChoiceField(
        label=gettext_lazy("When a resident writes on a closed case"),
        missing=gettext_lazy("Choose what becomes of the words."),
        choices=[(one.value, Choice(*words)) for one, words in CHOICES.items()],
        widget=Radios(test="closed-words", test_each=True),
    )

    def __init__(self, *args: Any, policy: ClosedPolicy, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reopen_days"] = days_field()
        self.initial = policy.as_document()

    @property
    def policy(self) -> ClosedPolicy:
        """What was chosen, once the fields are checked."""
        said = self.cleaned_data
        return ClosedPolicy(AfterClosing(said["closed_words"]), said["reopen_days"] or REOPEN_DAYS)


@access(*MANAGER, methods=BOTH)
def closed(request: TownRequest) -> HttpResponse:
    """Choose what becomes of words on closed cases; list the services that say something of their own."""
    town = request.municipality
    form = ClosedForm(request.POST or None, policy=closed_policy_of_town(town.pk))
    if form.is_valid():
        _set(request, form.policy)
        messages.success(request, _("This holds from the next words on."))
        return see_other(reverse("desk:settings_closed"))
    own = [(one, CHOICES[AfterClosing(one.closed_words)][0]) for one in services_with_own_policy(town.pk)]
    has_history = ClosedWords.objects.filter(municipality=town).exists()
    return show(request, "desk/settings/closed.html", SETTING, form=form, own=own, has_history=has_history)


def _set(request: TownRequest, policy: ClosedPolicy) -> None:
    publish_closed_words(
        municipality=request.municipality,
        policy=policy,
        by_user_id=request.actor.user_id or 0,
        now=history.now(),
    )


def _find(town: Municipality, name: str) -> history.Thing | None:
    row = ClosedWords.objects.filter(municipality=town).first()
    if name != SETTING or row is None:
        return None
    return history.Thing(row.pk, _("Closed cases"), reverse("desk:settings_closed"))


def _publish(request: TownRequest, name: str, document: dict[str, Any]) -> None:
    try:
        _set(request, ClosedPolicy.from_document(document))
    except BadService as refusal:
        raise history.Refused(str(refusal)) from refusal


history.register(history.Kind(CLOSED_KIND, SETTING, MANAGER, _find, _publish))
