"""How the machinery behind the desk is doing, for administrators: they see work, never cases."""

import dataclasses
from datetime import UTC, datetime

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from moked.accounts.rules import Role
from moked.audit import operations as audit
from moked.events import queries
from moked.events.models import OutboxRow
from moked.events.operations import retry_dead
from moked.web.ui.access import access
from moked.web.ui.requests import TownRequest

STATES = {
    OutboxRow.State.PENDING: gettext_lazy("Waiting to be done"),
    OutboxRow.State.LEASED: gettext_lazy("Being done"),
    OutboxRow.State.DONE: gettext_lazy("Done in the last 30 days"),
    OutboxRow.State.DEAD: gettext_lazy("Given up"),
}


@dataclasses.dataclass(frozen=True)
class Tally:
    """How much work is in one state."""

    label: str
    state: str
    rows: int
    is_bad: bool


@access(Role.ADMINISTRATOR)
def operations(request: TownRequest) -> HttpResponse:
    """Show the outbox, dead letters, the schedule and the projections."""
    municipality_id = request.actor.municipality_id
    counts = queries.outbox_counts(municipality_id)
    return render(
        request,
        "ops/operations.html",
        {
            "place": "operations",
            "tallies": [
                Tally(str(label), state, counts[state], state == OutboxRow.State.DEAD and counts[state] > 0)
                for state, label in STATES.items()
            ],
            "dead_letters": queries.dead_letters(municipality_id),
            "tasks": queries.tasks(),
            "projections": queries.projections(),
            "is_worker_late": queries.is_worker_late(),
        },
    )


@access(Role.ADMINISTRATOR, methods=("POST",))
def retry(request: TownRequest, row_id: int) -> HttpResponse:
    """Give a dead letter of this municipality another full round of tries."""
    actor = request.actor
    with transaction.atomic():
        if not retry_dead(row_id=row_id, municipality_id=actor.municipality_id):
            raise Http404
        audit.record(
            municipality_id=actor.municipality_id,
            actor_kind=actor.kind,
            actor_id=actor.user_id,
            verb="outbox.retried",
            object_kind="outbox_row",
            object_id=row_id,
            now=datetime.now(UTC),
        )
    messages.success(request, _("It will be tried again at once."))
    return HttpResponseRedirect(reverse("ops:operations"), status=303)
