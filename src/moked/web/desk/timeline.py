"""The timeline of a case in words for colleagues."""

import dataclasses
from collections.abc import Callable, Collection, Iterable
from datetime import datetime

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from moked.accounts.models import Department, Team, User
from moked.base.labels import Labels, label
from moked.cases.models import Attachment, Case, Document, Label
from moked.cases.queries import TimelineEntry
from moked.cases.rules import ChangeKind, Channel, MoveReason, ShareReason, State
from moked.catalogue.models import Service
from moked.catalogue.rules import CaseKind, Priority
from moked.exchange.queries import CameFrom
from moked.handovers.models import HandOver, Statement
from moked.handovers.queries import hand_overs_by_id, statements_by_id
from moked.notices.models import Notice
from moked.notices.rules import Kind
from moked.places.models import Area
from moked.processes.queries import names_of as reaction_names
from moked.routing.queries import names_of_rules, signs_of_town
from moked.routing.rules import Reason, read_reason
from moked.web.desk import levels
from moked.web.desk.delivery import Delivery, deliveries
from moked.web.desk.reactions import problem_word
from moked.web.desk.settings.notices import KINDS
from moked.web.ui import labels
from moked.web.ui.photos import Picture

SHOWS: dict[str, Promise] = {
    "": gettext_lazy("Everything"),
    "contacts": gettext_lazy("Contacts"),
    "notes": gettext_lazy("Notes"),
    "changes": gettext_lazy("Changes"),
}


HANDINGS = (ChangeKind.HANDED_OVER, ChangeKind.TAKEN_BACK)
STATEMENTS = (
    ChangeKind.BODY_ACCEPTED,
    ChangeKind.BODY_ASKED,
    ChangeKind.BODY_WROTE,
    ChangeKind.BODY_TOLD,
    ChangeKind.BODY_DONE,
    ChangeKind.BODY_NOT_OURS,
    ChangeKind.BODY_LATE,
)


@dataclasses.dataclass(frozen=True)
class Download:
    """A file that can be had at an address, as its sender called it, and its size in bytes."""

    name: str
    address: str
    size: int


@dataclasses.dataclass(frozen=True)
class Told:
    """One entry as the page shows it; the names are those of components/timeline_entry.html."""

    title: str
    at: datetime
    icon: str
    body: str = ""
    author: str = ""
    tag: str = ""
    side: str = ""
    tone: str = "neutral"
    mirrors: bool = False
    pictures: tuple[Picture, ...] = ()
    documents: tuple[Download, ...] = ()
    original: str = ""
    deliveries: tuple[Delivery, ...] = ()


@dataclasses.dataclass(frozen=True)
class _Names:
    """The reader's language, the town's, and what changes name: areas, rules by revision and number."""

    language: str
    fallback: str
    areas: dict[int, Area]
    rules: dict[tuple[int, int], str]
    dangers: dict[str, Labels]
    hand_overs: dict[int, HandOver]
    statements: dict[int, Statement]
    reactions: dict[tuple[int, str], Labels]

    def of(self, named: Department | Team | User | Service | Label | Area | Case | None) -> str:
        match named:
            case None:
                return _("Unassigned")
            case Department() | Team() | Service() | Label():
                return named.name_in(self.language, self.fallback)
            case Area():
                return named.name_in(self.language, self.fallback) or named.code
            case Case():
                return str(named.number)
        return named.name


def split_first(entries: list[TimelineEntry]) -> tuple[TimelineEntry | None, list[TimelineEntry]]:
    """Return the words a case began with, and everything else."""
    first = next((entry for entry in entries if entry.kind == "CONTACT_IN"), None)
    return first, [entry for entry in entries if entry is not first]


def told(
    entries: Iterable[TimelineEntry],
    show: str,
    language: str,
    fallback: str,
    picture: Callable[[Attachment], Picture],
    *,
    case: Case,
    notices: Iterable[Notice],
) -> list[Told]:
    """Return the entries of the kind to show, in words; names of departments in `language`.

    `picture` says where a photo is to be had. What became of `notices` stands with the words they carried;
    those that carried none of a colleague's are entries of their own.
    """
    municipality_id = case.municipality_id
    shown = [entry for entry in entries if show in {"", _group(entry)}]
    reasons = [reason for entry in shown if (reason := read_reason(entry.reason))]
    names = _Names(
        language,
        fallback,
        _areas_named(reasons),
        names_of_rules(municipality_id, {reason.revision for reason in reasons if reason.number}),
        _dangers_named(shown, municipality_id),
        hand_overs_by_id(_ids(shown, HANDINGS)),
        statements_by_id(_ids(shown, STATEMENTS)),
        reaction_names(municipality_id, _reactions_named(shown)),
    )
    carried: dict[int | None, list[Notice]] = {}
    for notice in notices:
        carried.setdefault(notice.contact_id, []).append(notice)
    said = [
        dataclasses.replace(
            _told(entry, names),
            pictures=tuple(map(picture, entry.photos)),
            documents=tuple(_download(case, one) for one in entry.documents),
            original=_original(case, entry),
            deliveries=deliveries(carried.get(entry.id, ()) if entry.kind == "CONTACT_OUT" else ()),
        )
        for entry in shown
    ]
    mails = _mails(carried.get(None, ())) if show in {"", "contacts"} else []
    return sorted([*said, *mails], key=lambda entry: entry.at) if mails else said


def _mails(notices: Iterable[Notice]) -> list[Told]:
    """Return mails that went out by themselves, one entry for all that followed the same."""
    together: dict[tuple[int, str], list[Notice]] = {}
    for notice in notices:
        together.setdefault((notice.event_id, notice.kind), []).append(notice)
    return [
        Told(
            _("Mail to the resident"),
            some[0].planned_at,
            "envelope",
            tag=str(KINDS[Kind(kind)]),
            side="change",
            deliveries=deliveries(some),
        )
        for (_event, kind), some in together.items()
    ]


def _download(case: Case, document: Document) -> Download:
    address = reverse("desk:document", args=[case.number, document.pk])
    return Download(document.name or _("File without a name"), address, document.file.size)


def _original(case: Case, entry: TimelineEntry) -> str:
    """Return where the whole mail is to be read that words came by, '' for others."""
    is_mail = entry.kind == "CONTACT_IN" and entry.channel == Channel.EMAIL
    return reverse("desk:mail_of_case", args=[case.number, entry.id]) if is_mail else ""


def downloads_of(case: Case, entry: TimelineEntry) -> Told:
    """Return what came with the words a case began with."""
    return Told(
        "",
        entry.at,
        "",
        documents=tuple(_download(case, one) for one in entry.documents),
        original=_original(case, entry),
    )


def with_origin(entries: list[Told], show: str, origin: CameFrom | None) -> list[Told]:
    """Return the entries with the moment in which an imported case came here, where changes are shown."""
    if origin is None or show not in {"", "changes"}:
        return entries
    imported = Told(
        _("Imported from %(source)s") % {"source": origin.source},
        origin.at,
        "box-arrow-in-down",
        tag=_("number there: %(number)s") % {"number": origin.external_id},
        side="change",
    )
    return sorted([*entries, imported], key=lambda entry: entry.at)


def _group(entry: TimelineEntry) -> str:
    if entry.kind == "NOTE":
        return "notes"
    return "contacts" if entry.kind.startswith("CONTACT") else "changes"


def _areas_named(reasons: Iterable[Reason]) -> dict[int, Area]:
    """Return the areas because of which a case was routed, by id."""
    ids = {reason.area_id for reason in reasons if reason.area_id}
    return Area.objects.in_bulk(ids) if ids else {}


def _reactions_named(entries: Iterable[TimelineEntry]) -> set[tuple[int, str]]:
    """Return which reactions the entries name: by revision and code."""
    return {(int(entry.after), entry.reason) for entry in entries if entry.kind == ChangeKind.REACTED}


def _dangers_named(entries: Iterable[TimelineEntry], municipality_id: int) -> dict[str, Labels]:
    """Return the names of the town's dangers by their codes, where one was noticed."""
    if not any(entry.kind == ChangeKind.DANGER for entry in entries):
        return {}
    return {one.code: one.name for one in signs_of_town(municipality_id).dangers}


def _ids(entries: Iterable[TimelineEntry], kinds: Collection[str]) -> set[int]:
    return {int(entry.after) for entry in entries if entry.kind in kinds and entry.after.isdigit()}


def _told(entry: TimelineEntry, names: _Names) -> Told:
    match entry.kind:
        case "CONTACT_IN":
            channel = labels.CHANNELS[entry.channel]  # type: ignore[index]
            return Told(
                _said_by(entry),
                entry.at,
                channel.icon,
                entry.body,
                tag=f"{channel} · {entry.said_on}" if entry.said_on else str(channel),
                side="theirs",
                tone="blue",
            )
        case "CONTACT_OUT" if entry.channel == Channel.PHONE:
            return Told(_("Told the resident by phone"), entry.at, "telephone", entry.body, entry.author)
        case "CONTACT_OUT":
            return Told(_("Reply to the resident"), entry.at, "send", entry.body, entry.author, mirrors=True)
        case "NOTE":
            return Told(
                pgettext("on the timeline", "Note"),
                entry.at,
                "sticky",
                entry.body,
                entry.author,
                tag=_("colleagues only"),
                side="note",
                tone="amber",
            )
    word = labels.CHANGES[entry.kind]  # type: ignore[index]
    if entry.kind in (*HANDINGS, *STATEMENTS):
        return _handed(entry, word, names)
    title, tag = _change(entry, str(word), names)
    author = _("by %(name)s") % {"name": entry.author} if entry.author else ""
    return Told(title, entry.at, word.icon, "", author, tag, "change", word.tone, word.mirrors)


def _said_by(entry: TimelineEntry) -> str:
    if entry.is_automatic:
        return _("Written by a program")
    return _("Somebody else whose case it is too") if entry.is_follower else _("Resident wrote")


def _handed(entry: TimelineEntry, word: labels.Label, names: _Names) -> Told:
    """Return a step of a hand-over, with the body's name and what was said."""
    statement = names.statements.get(int(entry.after))
    found = statement.hand_over if statement else names.hand_overs.get(int(entry.after))
    words = statement.words if statement else ""
    if found and entry.kind == ChangeKind.HANDED_OVER:
        words = found.message
    body = found.body.name_in(names.language, names.fallback) if found else ""
    author = _("by %(name)s") % {"name": entry.author} if entry.author else ""
    return Told(str(word), entry.at, word.icon, words, author, body, "change", word.tone, word.mirrors)


def _change(entry: TimelineEntry, word: str, names: _Names) -> tuple[str, str]:
    """Return title and tag of a change."""
    match entry.kind:
        case ChangeKind.STATE:
            before = labels.STATES[State(entry.before)]
            return (
                _("State: %(state)s") % {"state": labels.STATES[State(entry.after)]},
                _why(entry) or _("before: %(before)s") % {"before": before},
            )
        case ChangeKind.ROUTED:
            return (
                _("Routed to: %(name)s") % {"name": names.of(entry.after_of)},
                _why_routed(entry.reason, names),
            )
        case ChangeKind.SERVICE:
            return (
                _("Service: %(name)s") % {"name": names.of(entry.after_of)},
                _("before: %(before)s") % {"before": names.of(entry.before_of)},
            )
        case ChangeKind.PRIORITY:
            before_it = _("before: %(before)s") % {"before": labels.PRIORITIES[Priority(entry.before)]}
            return (
                _("Priority: %(priority)s") % {"priority": labels.PRIORITIES[Priority(entry.after)]},
                _why_routed(entry.reason, names) if entry.reason else before_it,
            )
        case ChangeKind.KIND:
            was = _("before: %(before)s") % {"before": labels.KINDS[CaseKind(entry.before)]}
            title = _("Kind: %(kind)s") % {"kind": labels.KINDS[CaseKind(entry.after)]}
            return title, was if entry.before != entry.after else ""
        case ChangeKind.PRAISED:
            return _("Praise passed on to: %(name)s") % {"name": names.of(entry.after_of)}, ""
        case ChangeKind.LABELLED:
            said = {"name": names.of(entry.after_of)}
            return _("Label added: %(name)s") % said, _why_labelled(entry.reason, names)
        case ChangeKind.UNLABELLED:
            return _("Label removed: %(name)s") % {"name": names.of(entry.before_of)}, ""
        case ChangeKind.DANGER:
            return word, label(names.dangers.get(entry.after, {}), names.language, names.fallback)
        case ChangeKind.WARNED:
            return (
                _("Warned: %(promise)s") % {"promise": levels.promise_word(entry.before)},
                levels.words(entry.reason),
            )
        case ChangeKind.REACTED:
            named = names.reactions.get((int(entry.after), entry.reason), {})
            said = {"name": label(named, names.language, names.fallback) or entry.reason}
            if entry.before:
                return _("Rule not followed: %(name)s") % said, problem_word(entry.before)
            return _("By rule: %(name)s") % said, _("Revision %(number)s") % {"number": entry.after}
        case ChangeKind.DEPARTMENT | ChangeKind.TEAM | ChangeKind.ASSIGNEE:
            patterns = {
                ChangeKind.DEPARTMENT: _("Department: %(name)s"),
                ChangeKind.TEAM: _("Team: %(name)s"),
                ChangeKind.ASSIGNEE: _("Handler: %(name)s"),
            }
            before_it = _("before: %(before)s") % {"before": names.of(entry.before_of)}
            return (
                patterns[ChangeKind(entry.kind)] % {"name": names.of(entry.after_of)},
                _why_given(entry.reason) or (_why_routed(entry.reason, names) if entry.reason else before_it),
            )
        case ChangeKind.CLOSED:
            return _("Case closed: %(outcome)s") % {"outcome": labels.OUTCOMES[entry.after]}, ""  # type: ignore[index]
        case ChangeKind.REOPENED if entry.reason:
            return word, str(labels.REVIEW_REASONS[entry.reason])  # type: ignore[index]
        case ChangeKind.REVIEW_OPENED:
            return word, str(labels.REVIEW_REASONS[entry.after])  # type: ignore[index]
    return word, names.of(entry.after_of) if isinstance(entry.after_of, Case) else ""


def _why(entry: TimelineEntry) -> str:
    """Return why a case stopped waiting by itself, if it did."""
    return str(labels.MOVE_REASONS[MoveReason(entry.reason)]) if entry.reason else ""


def _why_given(code: str) -> str:
    """Return why somebody of a team got a case, if the team shares its cases."""
    return str(labels.SHARE_REASONS[ShareReason(code)]) if code in list(ShareReason) else ""


def _why_labelled(code: str, names: _Names) -> str:
    """Return by which rule a case got a label, if by any."""
    return _why_routed(code, names) if code else ""


def _why_routed(code: str, names: _Names) -> str:
    """Return by which rule, and because of which area, a case was routed, and whether one was skipped."""
    reason = read_reason(code)
    if reason is None:
        return _("as its service says")
    skipped = _("rule %(number)s was skipped: what it leads to is no longer there") % {
        "number": reason.skipped
    }
    return "; ".join([_by_rule(reason, names), *([skipped] if reason.skipped else [])])


def _by_rule(reason: Reason, names: _Names) -> str:
    if not reason.number:
        return _("as its service says")
    area = names.areas.get(reason.area_id) if reason.area_id else None
    name = names.rules.get((reason.revision, reason.number), "")
    said = {"number": reason.number, "name": name, "area": names.of(area) if area else ""}
    if name and area:
        return _("by rule %(number)s, “%(name)s”, for %(area)s") % said
    if name:
        return _("by rule %(number)s, “%(name)s”") % said
    if area:
        return _("by rule %(number)s, for %(area)s") % said
    return _("by rule %(number)s") % said
