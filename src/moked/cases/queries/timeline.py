"""What happened on a case, for colleagues and for those it is about."""

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from moked.accounts.models import Department, Team, User
from moked.cases import rules
from moked.cases.models import Attachment, Case, Change, Contact, Document, Label, Note
from moked.cases.queries.case import with_merged
from moked.catalogue.models import Service


@dataclasses.dataclass(frozen=True)
class TimelineEntry:
    """One thing that happened on a case. `kind` is CONTACT_IN, CONTACT_OUT, NOTE or a rules.ChangeKind.

    `before` and `after` are codes; what those of departments, people, services, labels and cases stand for
    is in `before_of` and `after_of`. `said_on` is the number of the merged case a contact came by;
    `is_follower` when it was not the reporter who said it, `is_automatic` when it was a program.
    """

    at: datetime
    kind: str
    id: int
    body: str = ""
    author: str = ""
    channel: str = ""
    before: str = ""
    after: str = ""
    before_of: Department | User | Service | Label | Case | None = None
    after_of: Department | User | Service | Label | Case | None = None
    reason: str = ""
    said_on: str = ""
    is_follower: bool = False
    is_automatic: bool = False
    photos: tuple[Attachment, ...] = ()
    documents: tuple[Document, ...] = ()


def staff_timeline(case: Case) -> list[TimelineEntry]:
    """Return contacts, notes and changes of a case visible to the caller, oldest first.

    What was said on cases merged into it is part of it.
    """
    return _in_order(_contacts(case, with_merged(case)) + _notes(case) + _changes(case))


def resident_timeline(case: Case) -> list[TimelineEntry]:
    """Return what the resident may read, newest first: contacts and public changes, no notes, no names."""
    contacts = [
        dataclasses.replace(entry, author="") for entry in _contacts(case, [case.pk]) if not entry.is_follower
    ]
    return _in_order(contacts + _public_changes(case))[::-1]


def follower_timeline(case: Case) -> list[TimelineEntry]:
    """Return what a follower may read, newest first: public changes, and the closing words.

    What was said between the reporter and us stays between them.
    """
    closed_at = [entry.at for entry in _public_changes(case) if entry.kind == rules.ChangeKind.CLOSED]
    closing = [
        dataclasses.replace(entry, author="")
        for entry in _contacts(case, [case.pk])
        if entry.kind == "CONTACT_OUT" and entry.at in closed_at
    ]
    return _in_order(closing + _public_changes(case))[::-1]


PUBLIC_CHANGES = (
    rules.ChangeKind.OPENED,
    rules.ChangeKind.STATE,
    rules.ChangeKind.PROMISE,
    rules.ChangeKind.CLOSED,
    rules.ChangeKind.REOPENED,
    rules.ChangeKind.REVIEW_OPENED,
    rules.ChangeKind.REVIEW_ANSWERED,
    rules.ChangeKind.MERGED,
    rules.ChangeKind.UNMERGED,
)


def moment_of_change(case_id: int) -> datetime:
    """Return when the last change of a case was."""
    return Change.objects.filter(case_id=case_id).order_by("-id").values_list("at", flat=True)[0]


def _public_changes(case: Case) -> list[TimelineEntry]:
    changes = Change.objects.filter(case=case, kind__in=PUBLIC_CHANGES)
    return [TimelineEntry(row.at, row.kind, row.pk, before=row.before, after=row.after) for row in changes]


def _contacts(case: Case, case_ids: Iterable[int]) -> list[TimelineEntry]:
    rows = list(Contact.objects.filter(case_id__in=list(case_ids)).select_related("author", "case"))
    photos: dict[int | None, list[Attachment]] = {}
    for photo in Attachment.objects.filter(contact__in=rows).select_related("file").order_by("id"):
        photos.setdefault(photo.contact_id, []).append(photo)
    # Only mails of residents bring files.
    mails = [one for one in rows if one.direction == Contact.Direction.IN]
    mails = [one for one in mails if one.channel == rules.Channel.EMAIL]
    documents = _documents("contact_id", mails)
    return [
        TimelineEntry(
            row.at,
            f"CONTACT_{row.direction}",
            row.pk,
            body=row.body,
            author=row.author.name if row.author else "",
            channel=row.channel,
            said_on="" if row.case_id == case.pk or row.case is None else str(row.case.number),
            is_follower=row.follower_id is not None,
            is_automatic=row.is_automatic,
            photos=tuple(photos.get(row.pk, ())),
            documents=tuple(documents.get(row.pk, ())),
        )
        for row in rows
    ]


def _documents(column: str, rows: Sequence[Contact | Change]) -> dict[int, list[Document]]:
    """Return the files that came with contacts or changes, by the id of what they came with."""
    found: dict[int, list[Document]] = {}
    ids = [one.pk for one in rows]
    documents = Document.objects.filter(**{f"{column}__in": ids}).select_related("file").order_by("id")
    for one in documents if ids else ():
        found.setdefault(getattr(one, column), []).append(one)
    return found


def _notes(case: Case) -> list[TimelineEntry]:
    rows = Note.objects.filter(case=case).select_related("author")
    return [
        TimelineEntry(row.at, "NOTE", row.pk, body=row.body, author=row.author.name if row.author else "")
        for row in rows
    ]


def _changes(case: Case) -> list[TimelineEntry]:
    rows = list(Change.objects.filter(case=case).select_related("actor"))
    named = _named(rows)
    documents = _documents("change_id", [one for one in rows if one.kind in WITH_FILES])
    return [
        TimelineEntry(
            row.at,
            row.kind,
            row.pk,
            author=row.actor.name if row.actor else "",
            before=row.before,
            after=row.after,
            before_of=named.get(row.kind, {}).get(row.before),
            after_of=named.get(row.kind, {}).get(row.after),
            reason=row.reason,
            documents=tuple(documents.get(row.pk, ())),
        )
        for row in rows
    ]


# What an external body writes by mail may bring files.
WITH_FILES = (rules.ChangeKind.BODY_WROTE, rules.ChangeKind.BODY_LATE)

# What the codes of a change stand for.
NAMED: dict[type[Any], tuple[rules.ChangeKind, ...]] = {
    Department: (rules.ChangeKind.DEPARTMENT, rules.ChangeKind.ROUTED),
    Team: (rules.ChangeKind.TEAM,),
    User: (rules.ChangeKind.ASSIGNEE, rules.ChangeKind.PRAISED),
    Service: (rules.ChangeKind.SERVICE,),
    Label: (rules.ChangeKind.LABELLED, rules.ChangeKind.UNLABELLED),
    Case: (
        rules.ChangeKind.MERGED,
        rules.ChangeKind.MERGED_HERE,
        rules.ChangeKind.UNMERGED_HERE,
        rules.ChangeKind.SPLIT_OFF,
        rules.ChangeKind.SPLIT_FROM,
        rules.ChangeKind.FOLLOWED,
        rules.ChangeKind.FOLLOWS,
        rules.ChangeKind.LINKED,
        rules.ChangeKind.UNLINKED,
    ),
}


def _named(rows: list[Change]) -> dict[str, dict[str, Any]]:
    """Return what codes stand for, by kind of change; one query for each sort of thing that is named."""
    named: dict[str, dict[str, Any]] = {}
    for model, kinds in NAMED.items():
        found = _found(model._default_manager.all(), rows, kinds)
        named |= dict.fromkeys(kinds, found)
    return named


def _found(objects: QuerySet[Any], rows: list[Change], kinds: tuple[rules.ChangeKind, ...]) -> dict[str, Any]:
    ids = {value for row in rows if row.kind in kinds for value in (row.before, row.after) if value.isdigit()}
    return {str(one.pk): one for one in objects.filter(id__in=ids)} if ids else {}


def _in_order(entries: list[TimelineEntry]) -> list[TimelineEntry]:
    """By time; at one moment changes come after the words they belong to, each kind in order of its ids."""
    return sorted(entries, key=lambda entry: (entry.at, not entry.kind.startswith("CONTACT"), entry.id))
