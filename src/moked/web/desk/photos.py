"""Photos of cases at the desk, for who may see the case."""

from django.http import Http404, HttpResponse

from moked.accounts.rules import SEES_CASES
from moked.cases import queries
from moked.files.rules import Size
from moked.web.desk.case_page import get_case_or_404
from moked.web.ui.access import access
from moked.web.ui.photos import photo_response
from moked.web.ui.requests import TownRequest


@access(*SEES_CASES)
def photo(request: TownRequest, number: str, photo_id: int, size: str) -> HttpResponse:
    """Show a photo of a case to who may see the case at this very moment."""
    found = queries.photo_of(get_case_or_404(request, number), photo_id)
    if found is None or size not in list(Size):
        raise Http404
    return photo_response(request, found.file, Size(size))
