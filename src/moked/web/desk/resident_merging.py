"""Pages on which a colleague says that two residents are one person, or that they are not."""

from datetime import UTC, datetime

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from moked.accounts.rules import WORKS_TOWN_WIDE
from moked.base.lengths import LONGEST_NAME
from moked.cases import residents as known
from moked.cases.likely import likely_same
from moked.cases.operations import people
from moked.residents.models import Resident
from moked.residents.queries import contact_points_of
from moked.residents.refusals import UnableToChangeResident
from moked.web.desk.resident import address, get_resident_or_404
from moked.web.ui.access import access
from moked.web.ui.forms import Choice, ChoiceField, Form, LineField, Radios
from moked.web.ui.labels import Words
from moked.web.ui.requests import TownRequest
from moked.web.ui.views import see_other

GONE: Words = gettext_lazy(
    "A colleague has merged or separated these residents meanwhile. Look at them again."
)


class LookForm(Form):
    """Whom to merge with."""

    who = LineField(
        label=pgettext_lazy("merge", "Who is it?"),
        max_length=LONGEST_NAME,
        missing=gettext_lazy("Write a phone number, a name or an e-mail address."),
        hint=gettext_lazy("Phone number, name or e-mail address."),
        test="who",
    )


class MergeForm(Form):
    """Under which of the two names both are known from now on."""

    keep = ChoiceField(
        label=gettext_lazy("Known from now on as"),
        missing=gettext_lazy("Choose under which name both are known from now on."),
        widget=Radios(test="keep"),
    )

    def __init__(self, *args: object, both: tuple[Resident, Resident], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["keep"].choices = [  # type: ignore[attr-defined]
            (str(one.reference), Choice(one.name or _("No name given"))) for one in both
        ]


@access(*WORKS_TOWN_WIDE, methods=("GET", "POST"))
def merge(request: TownRequest, reference: str) -> HttpResponse:
    """Look for who is the same person, show both side by side, and merge them."""
    found = _resident(request, reference)
    other = _other(request, found, request.POST.get("with") or request.GET.get("with", ""))
    if other:
        return _compare(request, found, other)
    form = LookForm(request.POST if request.method == "POST" else None)
    callers = known.find_callers(request.actor, form.cleaned_data["who"]) if form.is_valid() else None
    context = {
        "place": "queue",
        "resident": found,
        "form": form,
        "likely": likely_same(request.actor, found),
        "callers": None if callers is None else [one for one in callers if one.resident != found],
    }
    return render(request, "desk/resident_merge.html", context)


@access(*WORKS_TOWN_WIDE, methods=("POST",))
def unmerge(request: TownRequest, reference: str) -> HttpResponse:
    """Make somebody who was merged into a resident themselves again."""
    found = _resident(request, reference)
    merged = {one.reference: one for one in known.merged_here(request.actor, found)}
    one = merged.get(request.POST.get("who", ""))
    try:
        if one is None:
            raise UnableToChangeResident("NOT_FOUND")
        people.unmerge_residents(resident=one, by=request.actor, now=datetime.now(UTC))
    except UnableToChangeResident:
        messages.warning(request, GONE)
        return see_other(address(found))
    messages.success(request, _("They are two residents again, each with their own cases."))
    return see_other(address(found))


@access(*WORKS_TOWN_WIDE, methods=("POST",))
def keep_apart(request: TownRequest, reference: str) -> HttpResponse:
    """Remember that two residents are not the same person."""
    found = _resident(request, reference)
    other = _other(request, found, request.POST.get("who", ""))
    if other:
        people.keep_residents_apart(resident=found, other=other, by=request.actor, now=datetime.now(UTC))
    return see_other(address(found))


@access(*WORKS_TOWN_WIDE)
def likely(request: TownRequest, reference: str) -> HttpResponse:
    """Return who may be the same person, as a part of the page of a case."""
    found = get_resident_or_404(request, reference)
    context = {"resident": found, "likely": likely_same(request.actor, found)}
    return render(request, "desk/resident_hint.html", context)


def _compare(request: TownRequest, found: Resident, other: Resident) -> HttpResponse:
    both = (found, other)
    is_sent = request.POST.get("step") == "merge"
    form = MergeForm(request.POST if is_sent else None, both=both, initial={"keep": found.reference})
    if is_sent and form.is_valid():
        kept, merged = both if form.cleaned_data["keep"] == found.reference else both[::-1]
        try:
            people.merge_residents(resident=merged, into=kept, by=request.actor, now=datetime.now(UTC))
        except UnableToChangeResident:
            messages.warning(request, GONE)
            return see_other(address(found))
        messages.success(request, _("They are one resident now. This page can undo it."))
        return see_other(address(kept))
    why = {one.resident.pk: one.reasons for one in likely_same(request.actor, found)}
    context = {
        "place": "queue",
        "resident": found,
        "other": other,
        "form": form,
        "both": [(one, contact_points_of(one), _cases(request, one)) for one in both],
        "reasons": why.get(other.pk, ()),
        "back_url": reverse("desk:resident_merge", args=[found.reference]),
    }
    return render(request, "desk/resident_compare.html", context)


def _cases(request: TownRequest, one: Resident) -> str:
    count = known.cases_of(request.actor, one).count()
    return ngettext("%(count)d case", "%(count)d cases", count) % {"count": count}


def _other(request: TownRequest, found: Resident, reference: str) -> Resident | None:
    """Return another resident that who asks may look for; None for nobody, or the same one."""
    try:
        other = known.resident_by_reference(request.actor, reference)
    except known.NoSuchResident:
        return None
    return other if other != found and known.may_read_contacts_of(request.actor, other) else None


def _resident(request: TownRequest, reference: str) -> Resident:
    """Return the resident if who asks may look for them; else raise Http404."""
    found = get_resident_or_404(request, reference)
    if not known.may_read_contacts_of(request.actor, found):
        raise Http404
    return found
