"""The frame of all settings: the list of what can be set at the start, the thing itself beside it."""

import dataclasses
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from moked.accounts.rules import Actor, Role
from moked.web.ui.access import access
from moked.web.ui.labels import Words
from moked.web.ui.requests import TownRequest

MANAGER = frozenset({Role.SERVICE_MANAGER})
ADMINISTRATOR = frozenset({Role.ADMINISTRATOR})
KEEPS_ROSTERS = MANAGER | {Role.DEPARTMENT_MANAGER}
SETS = KEEPS_ROSTERS | ADMINISTRATOR
BOTH = ("GET", "POST")


@dataclasses.dataclass(frozen=True)
class Entry:
    """One kind of thing in the list; `place` names it, `route` leads to it."""

    place: str
    route: str
    icon: str
    title: Words
    text: Words
    roles: frozenset[Role]


ENTRIES = (
    Entry(
        "services",
        "desk:settings_services",
        "card-list",
        _("Services"),
        _("What can be reported or asked for, and what is asked then."),
        MANAGER,
    ),
    Entry(
        "guides",
        "desk:settings_guides",
        "journal-text",
        _("Guides"),
        _("Who may ask for what, what to bring, what it costs."),
        MANAGER,
    ),
    Entry(
        "routing",
        "desk:settings_routing",
        "signpost",
        _("Routing"),
        _("Which department gets which case, by service and area."),
        MANAGER,
    ),
    Entry(
        "teams",
        "desk:settings_teams",
        "person-workspace",
        _("Teams"),
        _("Who works together and when, and how they share their cases."),
        KEEPS_ROSTERS,
    ),
    Entry(
        "labels",
        "desk:settings_labels",
        "tags",
        _("Labels"),
        _("Words by which colleagues find cases again."),
        MANAGER,
    ),
    Entry(
        "dangers",
        "desk:settings_dangers",
        "exclamation-triangle-fill",
        _("Dangers"),
        _("What is urgent at once, and what to do until somebody comes."),
        MANAGER,
    ),
    Entry(
        "reactions",
        "desk:settings_reactions",
        "arrow-repeat",
        _("Reactions"),
        _("What is done by itself: reminders, closings, priorities."),
        MANAGER,
    ),
    Entry(
        "closed",
        "desk:settings_closed",
        "arrow-counterclockwise",
        _("Closed cases"),
        _("What becomes of words that a resident writes on one."),
        MANAGER,
    ),
    Entry(
        "map",
        "desk:settings_map",
        "signpost-2",
        _("Map and streets"),
        _("Areas, streets and landmarks, from files."),
        MANAGER,
    ),
    Entry(
        "calendars",
        "desk:settings_calendars",
        "calendar3",
        _("Calendars"),
        _("When the town works: what promises are counted by."),
        MANAGER,
    ),
    Entry(
        "warnings",
        "desk:settings_warnings",
        "bell",
        _("Warnings"),
        _("Who is told before a promise breaks, and after."),
        MANAGER,
    ),
    Entry(
        "notices",
        "desk:settings_notices",
        "envelope-paper",
        _("Mails to residents"),
        _("What residents read by mail, in which words."),
        MANAGER,
    ),
    Entry(
        "replies",
        "desk:settings_replies",
        "chat-square-text",
        _("Ready-made replies"),
        _("What colleagues answer with a click."),
        MANAGER,
    ),
    Entry(
        "bodies",
        "desk:settings_bodies",
        "box-arrow-up-right",
        _("External bodies"),
        _("Who else may be responsible, and what they may see."),
        MANAGER,
    ),
    Entry(
        "missing",
        "desk:settings_missing",
        "translate",
        _("Missing translations"),
        _("What residents read in another language than theirs."),
        MANAGER,
    ),
    Entry(
        "brand",
        "desk:settings_brand",
        "palette",
        _("Colours"),
        _("The town's own, on every page."),
        MANAGER,
    ),
    Entry(
        "departments",
        "desk:settings_departments",
        "diagram-3",
        _("Departments"),
        _("Who handles cases, and who stands above whom."),
        ADMINISTRATOR,
    ),
    Entry(
        "mailboxes",
        "desk:settings_mailboxes",
        "inbox",
        _("Mailboxes"),
        _("To which addresses residents write, and whether their mails come."),
        ADMINISTRATOR,
    ),
    Entry(
        "people",
        "desk:settings_people",
        "people",
        _("People"),
        _("Who may sign in, with which roles."),
        ADMINISTRATOR,
    ),
)


def entries_for(actor: Actor) -> list[Entry]:
    """Return what this person may set."""
    return [entry for entry in ENTRIES if actor.has_any(entry.roles)]


@access(*SETS)
def overview(request: TownRequest) -> HttpResponse:
    """List what can be set."""
    return show(request, "desk/settings/overview.html", "")


def show(
    request: TownRequest, template: str, setting: str, status: int = 200, **variables: Any
) -> HttpResponse:
    """Render a page of the settings; `setting` is the entry it belongs to."""
    entry = next((one for one in ENTRIES if one.place == setting), None)
    frame = {
        "place": "settings",
        "setting": setting,
        "entry": entry,
        "entries": entries_for(request.actor),
    }
    return render(request, template, frame | variables, status=status)
