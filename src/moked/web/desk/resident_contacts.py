"""Pages on which a colleague says how a resident can be reached."""

from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.core.validators import EmailValidator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from moked.accounts.rules import WORKS_TOWN_WIDE
from moked.cases import residents as known
from moked.cases.operations import people
from moked.residents.contact_points import LONGEST
from moked.residents.models import Resident
from moked.residents.queries import Point, contact_points_of
from moked.residents.refusals import UnableToChangeResident
from moked.residents.rules import normalise_phone
from moked.web.desk.resident import address, get_resident_or_404, was_shown
from moked.web.ui.access import access
from moked.web.ui.forms import Form, LineField
from moked.web.ui.labels import Words
from moked.web.ui.requests import TownRequest
from moked.web.ui.views import see_other

CORRECT, PREFER, RETIRE = "correct", "prefer", "retire"
SHAPE: Words = gettext_lazy("Write an e-mail address like name@example.com, or a phone number in digits.")
CORRECTED: Words = gettext_lazy(
    "Corrected. We tell the right one about open cases; links sent to the wrong one open nothing any more."
)
GONE: Words = gettext_lazy("A colleague has changed these contact details meanwhile. Look at them again.")


class PointForm(Form):
    """One way to reach a resident; what is typed says whether it is an address or a number."""

    contact = LineField(
        label=gettext_lazy("Phone number or e-mail address"),
        max_length=LONGEST,
        missing=SHAPE,
        direction="ltr",
        test="contact",
    )

    def clean_contact(self) -> str:
        """Return it as typed; raises ValidationError for what is neither."""
        value = str(self.cleaned_data["contact"])
        if not normalise_phone(value):
            EmailValidator(message=SHAPE)(value)
        return value


@access(*WORKS_TOWN_WIDE, methods=("GET", "POST"))
def add(request: TownRequest, reference: str) -> HttpResponse:
    """Add an address or number of a resident."""
    found = _resident(request, reference)
    form = PointForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        people.add_contact_point(
            resident=found, value=form.cleaned_data["contact"], by=request.actor, now=datetime.now(UTC)
        )
        messages.success(request, _("Noted. It stands with the contact details from now on."))
        return see_other(address(found))
    return render(
        request,
        "desk/resident_contact.html",
        {"place": "queue", "resident": found, "form": form, "point": None},
    )


@access(*WORKS_TOWN_WIDE, methods=("GET", "POST"))
def change(request: TownRequest, reference: str, point_id: int) -> HttpResponse:
    """Correct one address or number, prefer it or retire it; it is written out for who has had it shown."""
    found = _resident(request, reference)
    point = next((one for one in contact_points_of(found) if one.id == point_id), None)
    if point is None:
        raise Http404
    if point.retired_at:
        messages.warning(request, GONE)
        return see_other(address(found))
    step, is_shown = request.POST.get("step", ""), was_shown(request, found)
    form = PointForm(
        request.POST if step == CORRECT else None, initial={"contact": point.value if is_shown else ""}
    )
    if request.method == "POST" and (step in {PREFER, RETIRE} or (step == CORRECT and form.is_valid())):
        _act(request, found, point, step, form)
        return see_other(address(found))
    context = {"place": "queue", "resident": found, "form": form, "point": point, "is_shown": is_shown}
    return render(request, "desk/resident_contact.html", context)


def _act(request: TownRequest, found: Resident, point: Point, step: str, form: PointForm) -> None:
    what: dict[str, Any] = {
        "resident": found,
        "point_id": point.id,
        "by": request.actor,
        "now": datetime.now(UTC),
    }
    try:
        if step == PREFER:
            people.prefer_contact_point(**what)
            messages.success(request, _("We use this one first from now on."))
        elif step == RETIRE:
            people.retire_contact_point(**what)
            messages.success(request, _("We do not use this one any more."))
        else:
            people.correct_contact_point(**what, value=form.cleaned_data["contact"])
            messages.success(request, CORRECTED)
    except UnableToChangeResident:
        messages.warning(request, GONE)


def _resident(request: TownRequest, reference: str) -> Resident:
    """Return the resident if who asks may read how to reach them; else raise Http404."""
    found = get_resident_or_404(request, reference)
    if not known.may_read_contacts_of(request.actor, found):
        raise Http404
    return found
