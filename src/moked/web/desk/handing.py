"""Hand a case to an external body, answer what it asks, and take the case back."""

from django.http import HttpResponse

from moked.accounts.rules import WORKS_ON_CASES
from moked.handovers import operations
from moked.web.desk.acting import act, sent
from moked.web.desk.case_forms import HandOverForm, NothingForm, TellBodyForm
from moked.web.desk.case_page import get_case_or_404
from moked.web.ui.access import access
from moked.web.ui.requests import TownRequest

BOTH = ("GET", "POST")


@access(*WORKS_ON_CASES, methods=BOTH)
def hand_over(request: TownRequest, number: str) -> HttpResponse:
    """Hand the case to an external body; it stays open for the resident."""
    found = get_case_or_404(request, number)
    return act(request, found, HandOverForm(sent(request), case=found), operations.hand_over)


@access(*WORKS_ON_CASES, methods=BOTH)
def tell_body(request: TownRequest, number: str) -> HttpResponse:
    """Answer what the external body asked."""
    found = get_case_or_404(request, number)
    return act(request, found, TellBodyForm(sent(request)), operations.tell)


@access(*WORKS_ON_CASES, methods=("POST",))
def take_back(request: TownRequest, number: str) -> HttpResponse:
    """Take the case back from the external body."""
    found = get_case_or_404(request, number)
    return act(request, found, NothingForm(sent(request)), operations.withdraw)
