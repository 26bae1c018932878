"""Bodies, what is with them, what they may read of a case, and what is stuck."""

import dataclasses
from collections.abc import Collection, Iterable
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from moked.accounts.rules import Actor
from moked.cases.models import Attachment, Case, CaseArea, Contact, Participant
from moked.cases.rules import PhotoKind, without_contact_details
from moked.handovers.models import BodyMail, ExternalBody, HandOver, Statement
from moked.handovers.rules import OPEN, SLOW, Sees, fits, permitted, reads_contact_details
from moked.links import operations as links
from moked.links.models import Link
from moked.places.rules import Point

MOST_STUCK = 100


@dataclasses.dataclass(frozen=True)
class Brief:
    """All that a body may read of a case, as its settings are now; nothing else reaches it.

    `words` are those the report began with, `details` of whoever reported it what may be seen, by code,
    `photos` those the report came with.
    """

    number: str
    service: str
    words: str
    address: str
    point: Point | None
    details: dict[Sees, str]
    photos: tuple[Attachment, ...]
    message: str
    due_on: date


@dataclasses.dataclass(frozen=True)
class Handing:
    """The hand-over that a case's page shows: what was said in it, oldest first, and its last mail."""

    hand_over: HandOver
    said: tuple[Statement, ...]
    mail: BodyMail | None

    @property
    def question(self) -> Statement | None:
        """What the body asked and waits to be told."""
        return self.said[-1] if self.said and self.hand_over.state == "ASKED" else None


def mail_called(municipality_id: int, message_ids: Collection[str]) -> BodyMail | None:
    """Return the newest mail of a town to a body that went out under one of these Message-IDs."""
    found = BodyMail.objects.filter(municipality_id=municipality_id, message_id__in=list(message_ids))
    return found.order_by("-id").first() if message_ids else None


def every_body(municipality_id: int) -> QuerySet[ExternalBody]:
    """Return all bodies of a town with the retired ones, by code."""
    bodies = ExternalBody.objects.filter(municipality_id=municipality_id)
    return bodies.select_related("revision").order_by("code")


def bodies_for(case: Case) -> tuple[list[ExternalBody], list[ExternalBody]]:
    """Return the bodies a case can be handed to: those there for its service and place, and all others."""
    bodies = list(every_body(case.municipality_id).filter(is_retired=False))
    if not bodies:
        return [], []
    areas = set(CaseArea.objects.filter(case=case).values_list("area__kind", "area__code"))
    fitting = [one for one in bodies if fits(one.document, case.service.slug, areas)]
    return fitting, [one for one in bodies if one not in fitting]


def handing_of(case: Case) -> Handing | None:
    """Return the last hand-over of a case, if it ever had one."""
    rows = HandOver.objects.filter(case=case).select_related("body", "by")
    found = rows.order_by("-id").first()
    if found is None:
        return None
    said = Statement.objects.filter(hand_over=found).select_related("author").order_by("id")
    mail = BodyMail.objects.filter(hand_over=found).order_by("-id").first()
    return Handing(found, tuple(said), mail)


def open_hand_over(case: Case) -> HandOver | None:
    """Return the hand-over by which a case is with a body now."""
    return HandOver.objects.filter(case=case, state__in=OPEN).select_related("body").first()


def hand_overs_by_id(ids: Iterable[int]) -> dict[int, HandOver]:
    """Return hand-overs with their bodies, by id; for the timeline of a case the caller may see."""
    return HandOver.objects.select_related("body").in_bulk(list(ids))


def statements_by_id(ids: Iterable[int]) -> dict[int, Statement]:
    """Return what was said with the bodies, by id; for the timeline of a case the caller may see."""
    return Statement.objects.select_related("hand_over__body").in_bulk(list(ids))


def of_link(object_id: int) -> HandOver:
    """Return the hand-over a verified link opens. Raises HandOver.DoesNotExist for a case of spam."""
    rows = HandOver.objects.select_related("case__municipality", "case__service", "body__revision")
    return rows.get(id=object_id, case__is_spam=False)


def secret_of(hand_over: HandOver) -> str:
    """Return the secret part of the address a body answers at; '' when there is none."""
    link = links.find(purpose=Link.Purpose.HAND_OVER, object_id=hand_over.pk)
    return links.render(link) if link else ""


def said_in(hand_over: HandOver) -> list[Statement]:
    """Return what was said in a hand-over, oldest first."""
    return list(Statement.objects.filter(hand_over=hand_over).order_by("id"))


def brief(hand_over: HandOver, language: str) -> Brief:
    """Return what the body may read at this moment, names of services in a language.

    `hand_over` is read with its case, town, service and body, as `of_link` does.
    """
    case, town = hand_over.case, hand_over.case.municipality
    sees = hand_over.body.document.sees
    words = _first_words(case)
    return Brief(
        number=case.number or "",
        service=case.service.name_in(language, town.language),
        words=words if reads_contact_details(sees) else without_contact_details(words),
        address=case.address,
        point=case.point,
        details=permitted(sees, _details(case)) if sees else {},
        photos=tuple(_photos(case)),
        message=hand_over.message,
        due_on=hand_over.answer_due_at.astimezone(town.zone).date(),
    )


def photo_for(hand_over: HandOver, photo_id: int) -> Attachment | None:
    """Return a photo the body may see, while the case is with it."""
    if not (hand_over.is_open and hand_over.case.is_open):
        return None
    return _photos(hand_over.case).filter(id=photo_id).select_related("file").first()


def stuck(actor: Actor, now: datetime) -> list[tuple[HandOver, BodyMail]]:
    """Return what is with bodies that a mail did not reach, of cases the actor sees, the oldest first.

    Refused for good, or on its way for more than an hour; a hundred at most.
    """
    newest = BodyMail.objects.filter(hand_over=OuterRef("hand_over")).order_by("-id").values("id")[:1]
    late = Q(state=BodyMail.State.PLANNED, planned_at__lt=now - SLOW)
    # Asked of each mail: as a list, SQLite would first gather every open case of the town.
    visible = Case.objects.visible_to(actor).open().filter(id=OuterRef("hand_over__case_id"))
    mails = BodyMail.objects.filter(late | Q(state=BodyMail.State.FAILED), id=Subquery(newest)).filter(
        Exists(visible), municipality_id=actor.municipality_id, hand_over__state__in=OPEN
    )
    rows = mails.select_related("hand_over__body", "hand_over__case").order_by("id")[:MOST_STUCK]
    return [(one.hand_over, one) for one in rows]


def _first_words(case: Case) -> str:
    """Return the words a case began with, by its reporter."""
    words = Contact.objects.filter(case=case, direction=Contact.Direction.IN, follower__isnull=True)
    return words.order_by("at", "id").values_list("body", flat=True).first() or ""


def _details(case: Case) -> dict[str, str]:
    part = Participant.objects.filter(case=case, role=Participant.Role.REPORTER).first()
    return {Sees.NAME: part.name, Sees.EMAIL: part.email, Sees.PHONE: part.phone} if part else {}


def _photos(case: Case) -> QuerySet[Attachment]:
    return Attachment.objects.filter(case=case, kind=PhotoKind.REPORT).order_by("id")
