"""Words, icons and tones of the codes a person may see. Codes are the domain's, words are translated here."""

import dataclasses
from typing import TYPE_CHECKING, TypeAlias

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from moked.accounts.rules import Role
from moked.cases.labels import Colour
from moked.cases.rules import (
    ChangeKind,
    Channel,
    MoveReason,
    Origin,
    Outcome,
    ReviewReason,
    ShareReason,
    State,
)
from moked.catalogue.rules import CaseKind, Priority
from moked.places.rules import AreaKind
from moked.residents.rules import Reason

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Words: TypeAlias = "StrOrPromise"


@dataclasses.dataclass(frozen=True)
class Label:
    """A word with its icon and tone; `mirrors` when the icon turns round in right-to-left pages."""

    word: Words
    icon: str
    tone: str = "neutral"
    mirrors: bool = False

    def __str__(self) -> str:
        return str(self.word)


@dataclasses.dataclass(frozen=True)
class Standing:
    """What a resident reads about a state: how it stands, and what happens next and who acts.

    `next` may ask for %(department)s.
    """

    sentence: Words
    next: Words


STATES = {
    State.RECEIVED: Label(pgettext_lazy("state", "Received"), "circle"),
    State.IN_PROGRESS: Label(pgettext_lazy("state", "In progress"), "circle-half", "blue"),
    State.SCHEDULED: Label(pgettext_lazy("state", "Scheduled"), "calendar-event", "violet"),
    State.WAITING_FOR_RESIDENT: Label(
        pgettext_lazy("state", "Waiting for resident"), "hourglass-split", "amber"
    ),
    State.WITH_EXTERNAL_BODY: Label(
        pgettext_lazy("state", "With an external body"), "box-arrow-up-right", "teal", mirrors=True
    ),
    State.RESOLVED: Label(pgettext_lazy("state", "Resolved"), "check-circle-fill", "green"),
    State.DECLINED: Label(pgettext_lazy("state", "Declined"), "slash-circle"),
    State.WITHDRAWN: Label(pgettext_lazy("state", "Withdrawn"), "dash-circle"),
    State.MERGED: Label(pgettext_lazy("state", "Merged"), "sign-merge-right", mirrors=True),
}

STANDINGS = {
    State.RECEIVED: Standing(
        _("We have your report."),
        _("%(department)s will read it and begin. We will write to you when something changes."),
    ),
    State.IN_PROGRESS: Standing(
        _("We are working on it."),
        _("%(department)s is handling it. We will write to you when something changes."),
    ),
    State.SCHEDULED: Standing(
        _("The work has a date."),
        _("%(department)s will come at the time agreed. We will write to you when it is finished."),
    ),
    State.WAITING_FOR_RESIDENT: Standing(
        _("We are waiting for your answer."),
        _("%(department)s goes on as soon as your answer is here."),
    ),
    State.WITH_EXTERNAL_BODY: Standing(
        _("We passed it on to whoever is responsible."),
        _("%(department)s stays in touch with them and will tell you what they answer."),
    ),
    State.RESOLVED: Standing(
        _("It is resolved."),
        _("Nothing more is planned. If it is not right, write to us below and a person will look again."),
    ),
    State.DECLINED: Standing(
        _("We cannot do this."),
        _("Our last message says why. If you disagree, write to us below and a person will look again."),
    ),
    State.WITHDRAWN: Standing(
        _("It was withdrawn at your request."),
        _("Nothing more is planned. If you still need it, write to us below."),
    ),
    State.MERGED: Standing(
        _("It was joined with another report about the same matter."),
        _("%(department)s handles both together."),
    ),
}

# A closed case that a person looks at again keeps its state, but not these words.
UNDER_REVIEW = Standing(
    _("We had finished, and are looking at it again."),
    _("%(department)s will look at it again and then write to you."),
)

OUTCOMES = {
    Outcome.FIXED: Label(pgettext_lazy("outcome", "Fixed"), "check-circle-fill", "green"),
    Outcome.ANSWERED: Label(pgettext_lazy("outcome", "Answered"), "chat-left-text", "green"),
    Outcome.NOTHING_FOUND: Label(pgettext_lazy("outcome", "Nothing found on the spot"), "search"),
    Outcome.NOT_POSSIBLE: Label(pgettext_lazy("outcome", "Not possible"), "slash-circle"),
    Outcome.NOT_OURS: Label(
        pgettext_lazy("outcome", "Not the town's to do"), "box-arrow-up-right", mirrors=True
    ),
    Outcome.WITHDRAWN_BY_RESIDENT: Label(
        pgettext_lazy("outcome", "Withdrawn by the resident"), "dash-circle"
    ),
}

CHANNELS = {
    Channel.WEB: Label(pgettext_lazy("channel", "Web"), "globe2"),
    Channel.EMAIL: Label(pgettext_lazy("channel", "E-mail"), "envelope"),
    Channel.PHONE: Label(pgettext_lazy("channel", "Phone"), "telephone"),
    Channel.COUNTER: Label(pgettext_lazy("channel", "Counter"), "people"),
    Channel.LETTER: Label(pgettext_lazy("channel", "Letter"), "file-text"),
    Channel.APP: Label(pgettext_lazy("channel", "App"), "phone"),
    Channel.API: Label(pgettext_lazy("channel", "Another system"), "plug"),
    Channel.UNKNOWN: Label(pgettext_lazy("channel", "Not known"), "question-circle"),
}

CHANGES = {
    ChangeKind.OPENED: Label(pgettext_lazy("change", "Case opened"), "flag"),
    ChangeKind.STATE: Label(pgettext_lazy("change", "State changed"), "arrow-repeat"),
    ChangeKind.ANSWERED: Label(pgettext_lazy("change", "Answered"), "chat-left-text"),
    ChangeKind.DEPARTMENT: Label(pgettext_lazy("change", "Department changed"), "diagram-3"),
    ChangeKind.TEAM: Label(pgettext_lazy("change", "Team changed"), "people"),
    ChangeKind.ASSIGNEE: Label(pgettext_lazy("change", "Handler changed"), "person-check"),
    ChangeKind.CLOSED: Label(pgettext_lazy("change", "Case closed"), "check-lg", "green"),
    ChangeKind.REOPENED: Label(pgettext_lazy("change", "Case reopened"), "arrow-counterclockwise", "blue"),
    ChangeKind.REVIEW_OPENED: Label(pgettext_lazy("change", "Review asked for"), "eye", "amber"),
    ChangeKind.REVIEW_ANSWERED: Label(pgettext_lazy("change", "Review answered"), "eye", "green"),
    ChangeKind.ROUTED: Label(pgettext_lazy("change", "Routed"), "signpost-split"),
    ChangeKind.SERVICE: Label(pgettext_lazy("change", "Service changed"), "tag"),
    ChangeKind.PLACE: Label(pgettext_lazy("change", "Place changed"), "geo-alt"),
    ChangeKind.PROMISE: Label(pgettext_lazy("change", "Expected time moved"), "clock", "amber"),
    ChangeKind.JOINED: Label(pgettext_lazy("change", "Somebody said it is theirs too"), "people"),
    ChangeKind.MERGED: Label(
        pgettext_lazy("change", "Merged into another case"), "sign-merge-right", mirrors=True
    ),
    ChangeKind.MERGED_HERE: Label(
        pgettext_lazy("change", "Another case merged into this one"), "sign-merge-right", mirrors=True
    ),
    ChangeKind.UNMERGED: Label(
        pgettext_lazy("change", "Taken out again, as it was"), "arrow-counterclockwise"
    ),
    ChangeKind.UNMERGED_HERE: Label(
        pgettext_lazy("change", "A merged case was taken out again"), "arrow-counterclockwise"
    ),
    ChangeKind.SPLIT_OFF: Label(
        pgettext_lazy("change", "A second matter became a case of its own"), "diagram-2"
    ),
    ChangeKind.SPLIT_FROM: Label(pgettext_lazy("change", "Came out of another case"), "diagram-2"),
    ChangeKind.FOLLOWED: Label(pgettext_lazy("change", "New words became a case of their own"), "diagram-2"),
    ChangeKind.FOLLOWS: Label(pgettext_lazy("change", "Came out of words on a closed case"), "diagram-2"),
    ChangeKind.LINKED: Label(pgettext_lazy("change", "Linked with another case"), "link-45deg"),
    ChangeKind.UNLINKED: Label(pgettext_lazy("change", "Link with another case removed"), "link-45deg"),
    ChangeKind.CHECK_ASKED: Label(
        pgettext_lazy("change", "Department finished; the centre is to check"), "clipboard-check", "amber"
    ),
    ChangeKind.CHECK_PASSED: Label(
        pgettext_lazy("change", "The centre confirmed the work"), "clipboard-check", "green"
    ),
    ChangeKind.CHECK_SENT_BACK: Label(
        pgettext_lazy("change", "Sent back to the department"), "clipboard-x", "amber"
    ),
    ChangeKind.PUBLIC_EDITED: Label(pgettext_lazy("change", "Public words changed"), "globe2"),
    ChangeKind.PUBLIC_HIDDEN: Label(pgettext_lazy("change", "Hidden from the public"), "eye-slash"),
    ChangeKind.PRIORITY: Label(pgettext_lazy("change", "Priority changed"), "chevron-double-up"),
    ChangeKind.KIND: Label(pgettext_lazy("change", "Kind set"), "tag"),
    ChangeKind.PRAISED: Label(pgettext_lazy("change", "Praise passed on"), "hand-thumbs-up", "green"),
    ChangeKind.DANGER: Label(
        pgettext_lazy("change", "A danger was noticed"), "exclamation-triangle-fill", "red"
    ),
    ChangeKind.LABELLED: Label(pgettext_lazy("change", "Label added"), "tags"),
    ChangeKind.UNLABELLED: Label(pgettext_lazy("change", "Label removed"), "tags"),
    ChangeKind.WARNED: Label(pgettext_lazy("change", "Warned"), "bell", "amber"),
    ChangeKind.REACTED: Label(pgettext_lazy("change", "By rule"), "arrow-repeat"),
    ChangeKind.HANDED_OVER: Label(
        pgettext_lazy("change", "Handed to an external body"), "box-arrow-up-right", "teal", mirrors=True
    ),
    ChangeKind.TAKEN_BACK: Label(
        pgettext_lazy("change", "Taken back from the external body"), "arrow-counterclockwise"
    ),
    ChangeKind.BODY_ACCEPTED: Label(
        pgettext_lazy("change", "The external body takes it on"), "check-lg", "teal"
    ),
    ChangeKind.BODY_ASKED: Label(
        pgettext_lazy("change", "The external body asks something"), "question-circle", "amber"
    ),
    ChangeKind.BODY_TOLD: Label(
        pgettext_lazy("change", "The external body was answered"), "send", mirrors=True
    ),
    ChangeKind.BODY_DONE: Label(
        pgettext_lazy("change", "The external body says it is done"), "check-circle-fill", "green"
    ),
    ChangeKind.BODY_NOT_OURS: Label(
        pgettext_lazy("change", "The external body says it is not theirs"), "slash-circle", "amber"
    ),
    ChangeKind.BODY_WROTE: Label(pgettext_lazy("change", "The external body wrote"), "envelope", "blue"),
    ChangeKind.BODY_LATE: Label(pgettext_lazy("change", "The external body wrote late"), "chat-left-text"),
}

# Why a case stopped waiting by itself, and what a person has to see to now.
MOVE_REASONS = {
    MoveReason.NO_ANSWER: _("No answer came from the resident: decide how to go on without it."),
    MoveReason.DATE_PASSED: _("The planned day has passed: find out whether the work was done."),
    MoveReason.BODY_SILENT: _("The external body has not answered: ask them."),
}

SHARE_REASONS = {
    ShareReason.TURN: _("it was their turn in the team"),
    ShareReason.LEAST_LOADED: _("had the fewest open cases of the team"),
}

ORIGINS = {
    Origin.RESIDENT: Label(pgettext_lazy("origin", "For a resident"), "person"),
    Origin.STAFF: Label(pgettext_lazy("origin", "In a colleague's own name"), "person-badge"),
    Origin.TOWN: Label(pgettext_lazy("origin", "In the town's name"), "building"),
}

SAMENESS: dict[Reason, Words] = {
    Reason.SAME_EMAIL: _("same e-mail address"),
    Reason.SAME_PHONE: _("same phone number"),
    Reason.PHONE_ENDS_ALIKE: _("phone numbers end alike"),
    Reason.SAME_ADDRESS: _("cases at the same address"),
    Reason.SAME_NAME: _("same name"),
    Reason.NAMES_ALIKE: _("names alike"),
}
# What the resident reads on the tracking page; STATE and CLOSED are worded by where they led.
RESIDENT_CHANGES = {
    ChangeKind.OPENED: _("We received your report"),
    ChangeKind.REOPENED: _("We took it up again"),
    ChangeKind.ANSWERED: _("We answered"),
    ChangeKind.REVIEW_OPENED: _("A person will look at it again"),
    ChangeKind.REVIEW_ANSWERED: _("A person looked at it again"),
    ChangeKind.PROMISE: _("The expected time has changed"),
    ChangeKind.MERGED: _("We joined it with another report about the same matter"),
    ChangeKind.UNMERGED: _("We handle it on its own again"),
}
RESIDENT_STATES = {
    State.IN_PROGRESS: _("We began to work on it"),
    State.SCHEDULED: _("The work got a date"),
    State.WAITING_FOR_RESIDENT: _("We asked you for something"),
    State.WITH_EXTERNAL_BODY: _("We passed it on to whoever is responsible"),
}
RESIDENT_OUTCOMES = {
    Outcome.FIXED: _("We finished: it is fixed"),
    Outcome.ANSWERED: _("We finished: your question is answered"),
    Outcome.NOTHING_FOUND: _("We finished: we found nothing on the spot"),
    Outcome.NOT_POSSIBLE: _("We finished: it is not possible"),
    Outcome.NOT_OURS: _("We finished: it is not the town's to do"),
    Outcome.WITHDRAWN_BY_RESIDENT: _("Withdrawn at your request"),
}

COLOURS: dict[Colour, Words] = {
    Colour.BLUE: pgettext_lazy("colour", "Blue"),
    Colour.TEAL: pgettext_lazy("colour", "Teal"),
    Colour.GREEN: pgettext_lazy("colour", "Green"),
    Colour.AMBER: pgettext_lazy("colour", "Amber"),
    Colour.RED: pgettext_lazy("colour", "Red"),
    Colour.VIOLET: pgettext_lazy("colour", "Violet"),
}

KINDS = {
    CaseKind.REPORT: Label(pgettext_lazy("kind", "Report"), "megaphone"),
    CaseKind.QUESTION: Label(pgettext_lazy("kind", "Question"), "question-circle"),
    CaseKind.REQUEST: Label(pgettext_lazy("kind", "Request"), "file-text"),
    CaseKind.COMPLAINT: Label(pgettext_lazy("kind", "Complaint"), "flag"),
    CaseKind.PRAISE: Label(pgettext_lazy("kind", "Thank-you"), "hand-thumbs-up"),
}

PRIORITIES = {
    Priority.LOW: Label(pgettext_lazy("priority", "Can wait"), "chevron-double-down"),
    Priority.NORMAL: Label(pgettext_lazy("priority", "Normal"), "dash"),
    Priority.HIGH: Label(pgettext_lazy("priority", "Important"), "chevron-double-up", "amber"),
    Priority.URGENT: Label(pgettext_lazy("priority", "Urgent"), "lightning-charge-fill", "urgent"),
}

REVIEW_REASONS = {
    ReviewReason.NOT_FIXED: Label(
        _("The resident says it is not fixed"), "exclamation-triangle-fill", "amber"
    ),
    ReviewReason.WROTE_AGAIN: Label(_("The resident wrote after closing"), "chat-left-text", "amber"),
    ReviewReason.BY_RULE: Label(_("A rule asks to look again"), "arrow-repeat", "amber"),
}

AREA_KINDS = {
    AreaKind.OUTLINE: pgettext_lazy("kind of area", "The town's outline"),
    AreaKind.DISTRICT: pgettext_lazy("kind of area", "Districts"),
    AreaKind.NEIGHBOURHOOD: pgettext_lazy("kind of area", "Neighbourhoods"),
    AreaKind.MAINTENANCE: pgettext_lazy("kind of area", "Maintenance areas"),
    AreaKind.COLLECTION: pgettext_lazy("kind of area", "Waste collection areas"),
    AreaKind.ENFORCEMENT: pgettext_lazy("kind of area", "Enforcement areas"),
}

ROLES = {
    Role.AGENT: pgettext_lazy("role", "Agent"),
    Role.DEPARTMENT_WORKER: pgettext_lazy("role", "Department worker"),
    Role.DEPARTMENT_MANAGER: pgettext_lazy("role", "Department manager"),
    Role.SERVICE_MANAGER: pgettext_lazy("role", "Service manager"),
    Role.ADMINISTRATOR: pgettext_lazy("role", "Administrator"),
    Role.AUDITOR: pgettext_lazy("role", "Auditor"),
}


def channel_word(code: str) -> str:
    """Return the word of a channel's code."""
    return str(CHANNELS[Channel(code)])
