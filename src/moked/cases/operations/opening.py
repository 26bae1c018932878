"""A case begins: from a contact, or out of another case."""

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from moked.accounts.rules import Actor
from moked.base.rows import add, new
from moked.base.text import first_words
from moked.cases import events, numbering, rules
from moked.cases.models import Answer, Case, CaseArea, CaseLink, Contact, Participant
from moked.cases.operations import steps
from moked.cases.operations.indexing import index_opened
from moked.cases.operations.refusals import UnableToChangeCase, UnableToOpenCase
from moked.catalogue.models import Service
from moked.events.operations import publish
from moked.links import operations as links
from moked.links.models import Link
from moked.municipalities.models import Municipality
from moked.places.rules import Place
from moked.residents.models import Resident
from moked.residents.operations import ContactDetails


@dataclasses.dataclass(frozen=True)
class Reporter:
    """Who a case is from: the resident as known, and the details given this time."""

    resident: Resident
    details: ContactDetails


@dataclasses.dataclass(frozen=True)
class Said:
    """What else was said with a matter: where it is, answers by the code of their question, uploaded photos.

    `public_codes` are the questions whose answers anybody may read; `photos` are tokens of uploads;
    `documents` are other files, already written. Without a `title` the matter's first words are one. With
    `is_automatic` a program said it, with `wants_no_answer` whoever said it asks programs to answer nothing.
    """

    place: Place = dataclasses.field(default_factory=Place)
    answers: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    public_codes: frozenset[str] = frozenset()
    photos: Sequence[str] = ()
    documents: Sequence[steps.NewDocument] = ()
    title: str = ""
    is_automatic: bool = False
    wants_no_answer: bool = False


NOTHING_MORE = Said()


@transaction.atomic
def open_case(
    *,
    municipality: Municipality,
    service: Service,
    matter: str,
    channel: rules.Channel,
    language: str,
    reporter: Reporter | None,
    by: Actor,
    now: datetime,
    submission: str | None = None,
    said: Said = NOTHING_MORE,
    origin: rules.Origin = rules.Origin.RESIDENT,
) -> Case:
    """Open a case from its first contact, with its tracking link, and give it a number.

    Raises UnableToOpenCase. Two openings with the same `submission` are refused by the database
    (IntegrityError): the caller then finds the first one. A photo whose upload is gone is left out.
    """
    if service.municipality_id != municipality.pk or by.municipality_id != municipality.pk:
        raise UnableToOpenCase("WRONG_TOWN")
    if not service.is_offered:
        raise UnableToOpenCase("NOT_OFFERED")
    if not matter.strip():
        raise UnableToOpenCase("NOTHING_SAID")
    case = new_case(municipality, service, matter, said, now, title=said.title)
    case.municipality, case.service = municipality, service
    case.language, case.channel, case.origin = language, channel, origin
    add(case)
    contact = add(
        new(
            Contact,
            municipality_id=municipality.pk,
            case_id=case.pk,
            resident_id=reporter.resident.pk if reporter else None,
            author_id=by.user_id,
            direction=Contact.Direction.IN,
            channel=channel,
            body=matter,
            at=now,
            submission=submission,
            is_automatic=said.is_automatic,
            wants_no_answer=said.wants_no_answer,
        )
    )
    part = add(participant(case, reporter)) if reporter else None
    _keep(case, said, contact, now)
    links.create(municipality_id=municipality.pk, purpose=Link.Purpose.TRACKING, object_id=case.pk)
    index_opened(case, contact, part, said.answers.values())
    steps.record(case, by, now, rules.ChangeKind.OPENED, after=case.state)
    publish(
        events.CaseOpened(
            municipality_id=municipality.pk,
            case_id=case.pk,
            service_id=service.pk,
            priority=case.priority,
        ),
        now=now,
    )
    numbering.give_number(case, municipality)
    return case


@transaction.atomic
def split_case(
    *,
    case_id: int,
    matter: str,
    service_id: int,
    by: Actor,
    now: datetime,
    submission: str | None = None,
) -> Case:
    """Open a second case out of an open one that holds two matters; both belong to the same reporter.

    It stands at the same place, is told to the reporter under its own number, and names where it came from.
    Raises UnableToChangeCase (NOT_FOUND, NOT_ALLOWED, WRONG_STATE, NOTHING_SAID, UNKNOWN_SERVICE).
    """
    first = steps.locked_open_for_work(case_id, by)
    if not matter.strip():
        raise UnableToChangeCase("NOTHING_SAID")
    service = Service.objects.filter(
        id=service_id, municipality_id=first.municipality_id, is_offered=True
    ).first()
    if service is None:
        raise UnableToChangeCase("UNKNOWN_SERVICE")
    case = _open_out_of(
        first, first, matter, service, rules.Channel(first.channel), Said(), by, now, submission
    )
    _bind(case, first, rules.LinkKind.SPLIT_FROM, by, now)
    return case


@transaction.atomic
def follow_up(
    *,
    case_id: int,
    closed_id: int,
    matter: str,
    channel: rules.Channel,
    by: Actor,
    now: datetime,
    submission: str | None = None,
    said: Said = NOTHING_MORE,
) -> Contact:
    """Open a case out of words on a closed one, and return them; the town wishes closed cases to stay closed.

    `case_id` is the case of whoever wrote, `closed_id` the one it was merged into or itself. The new case is
    of the same service and place as the closed one, and names it.
    Raises UnableToChangeCase (NOT_FOUND), UnableToOpenCase and IntegrityError as `open_case` does.
    """
    first, closed = steps.locked(case_id, by), steps.locked(closed_id, by)
    case = _open_out_of(first, closed, matter, closed.service, channel, said, by, now, submission)
    _bind(case, closed, rules.LinkKind.FOLLOWS, by, now)
    return Contact.objects.filter(case=case).earliest("id")


def _open_out_of(
    first: Case,
    at: Case,
    matter: str,
    service: Service,
    channel: rules.Channel,
    said: Said,
    by: Actor,
    now: datetime,
    submission: str | None,
) -> Case:
    """Open a case for the reporter of the first one, where another stands unless it is said otherwise."""
    part = steps.reporter_of(first)
    reporter = None
    if part and part.resident:
        reporter = Reporter(part.resident, ContactDetails(part.name, part.email, part.phone))
    return open_case(
        municipality=first.municipality,
        service=service,
        matter=matter,
        channel=channel,
        language=first.language,
        reporter=reporter,
        by=by,
        now=now,
        submission=submission,
        said=said if said.place.point else dataclasses.replace(said, place=_place_of(at)),
        origin=rules.Origin(first.origin),
    )


_TOLD = {
    rules.LinkKind.SPLIT_FROM: (rules.ChangeKind.SPLIT_OFF, rules.ChangeKind.SPLIT_FROM),
    rules.LinkKind.FOLLOWS: (rules.ChangeKind.FOLLOWED, rules.ChangeKind.FOLLOWS),
}


def _bind(case: Case, first: Case, kind: rules.LinkKind, by: Actor, now: datetime) -> None:
    """Bind a case to the one it came out of; both tell of it."""
    CaseLink.objects.create(municipality_id=case.municipality_id, case=case, other=first, kind=kind)
    there, here = _TOLD[kind]
    steps.record(first, by, now, there, after=case.pk)
    steps.record(case, by, now, here, after=first.pk)


def new_case(
    municipality: Municipality, service: Service, matter: str, said: Said, now: datetime, *, title: str = ""
) -> Case:
    """Return a case of a service, not yet stored; its title is the beginning of the matter unless given."""
    title = first_words(title or matter, rules.LONGEST_TITLE)
    is_public = service.is_public and not service.is_confidential
    case = new(
        Case,
        municipality_id=municipality.pk,
        kind=service.kind,
        service_id=service.pk,
        revision_id=service.revision_id,
        department_id=service.department_id,
        title=title,
        is_public=is_public,
        public_title=rules.without_contact_details(title) if is_public else "",
        opened_at=now,
        priority=service.priority,
        queue_at=rules.queue_moment_without_promise(service.priority, now),
    )
    steps.put_at(case, said.place)
    return case


def participant(case: Case, reporter: Reporter) -> Participant:
    """Return the reporter's part in a case, not yet stored."""
    return new(
        Participant,
        municipality_id=case.municipality_id,
        case_id=case.pk,
        resident_id=reporter.resident.pk,
        role=Participant.Role.REPORTER,
        name=reporter.details.name,
        email=reporter.details.email,
        phone=reporter.details.phone,
    )


def answers(case: Case, said: Said) -> list[Answer]:
    """Return the rows of what was answered, not yet stored."""
    return [
        Answer(
            municipality_id=case.municipality_id,
            case=case,
            code=code,
            value=value,
            is_public=code in said.public_codes,
        )
        for code, value in said.answers.items()
    ]


def _keep(case: Case, said: Said, contact: Contact, now: datetime) -> None:
    if said.answers:
        Answer.objects.bulk_create(answers(case, said))
    if said.place.area_ids:
        CaseArea.objects.bulk_create(steps.in_areas(case, said.place))
    steps.attach(case, said.photos, rules.PhotoKind.REPORT, now, contact)
    steps.attach_documents(case, contact, said.documents, now)


def _place_of(case: Case) -> Place:
    areas = CaseArea.objects.filter(case=case).values_list("area_id", flat=True)
    return dataclasses.replace(case.place, area_ids=tuple(areas))
