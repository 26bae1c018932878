"""Make what tests need, through the operations people use. Every name carries a number, so none repeats."""

import itertools
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from moked.accounts.models import Department, Team, User
from moked.accounts.operations import add_department, add_member, add_team, set_members
from moked.accounts.queries import actor_for
from moked.accounts.rules import DEPARTMENTAL, Actor, Role, Sharing, resident, system
from moked.cases.models import Attachment, Case, Label, Participant
from moked.cases.operations import NOTHING_MORE, Said, add_label
from moked.cases.rules import Channel, PhotoKind
from moked.catalogue.models import Service
from moked.catalogue.operations import publish_service
from moked.catalogue.rules import CaseKind, ServiceDocument
from moked.files import operations as files
from moked.handovers.models import ExternalBody
from moked.handovers.operations import publish_body
from moked.handovers.rules import BodyDocument
from moked.intake.operations import join, report
from moked.knowledge.models import LifeSituation
from moked.knowledge.operations import publish_life_situation
from moked.knowledge.rules import LifeSituationDocument
from moked.municipalities.models import Municipality
from moked.places.rules import Place
from moked.residents.operations import ContactDetails
from tests.files import pictures

NOW = datetime(2026, 11, 16, 9, 30, tzinfo=UTC)
PASSWORD = "a-long-password-for-tests"
_numbers = itertools.count(1)


def make_town(**columns: Any) -> Municipality:
    number = next(_numbers)
    return Municipality.objects.create(
        **{
            "slug": f"town-{number}",
            "name": {"en": f"Town {number}", "he": f"עיר {number}"},
            "language": "en",
            "languages": ["en", "he"],
            "time_zone": "Asia/Jerusalem",
            "phone": "106",
            "emergency_phone": "100",
            "sender": f"helpdesk@town-{number}.example",
        }
        | columns
    )


def make_department(town: Municipality, *, parent: Department | None = None) -> Department:
    number = next(_numbers)
    return add_department(
        municipality=town,
        code=f"department-{number}",
        name={"en": f"Department {number}"},
        parent=parent,
        by=system(town.pk),
        now=NOW,
    )


def make_service(town: Municipality, *, department: Department | None = None, **document: Any) -> Service:
    number = next(_numbers)
    department = department or make_department(town)
    fields: dict[str, Any] = {
        "name": {"en": f"Service {number}", "he": f"שירות {number}"},
        "description": {},
        "words": {},
        "kind": CaseKind.REPORT,
    }
    return publish_service(
        municipality=town,
        slug=f"service-{number}",
        document=ServiceDocument(**(fields | document), department=department.code),
        by_user_id=None,
        now=NOW,
    )


def make_guide(town: Municipality, *, slug: str = "", **document: Any) -> LifeSituation:
    """Return a guide, "A dog" unless told otherwise, that belongs to no life event."""
    fields: dict[str, Any] = {
        "title": {"en": "A dog", "he": "כלב"},
        "summary": {"en": "Register it within a month.", "he": "יש לרשום אותו תוך חודש."},
        "who": {"en": "Whoever keeps a dog.", "he": "מי שמחזיק כלב."},
        "costs": {"en": "Nothing in the first year."},
        "takes": {"en": "At once."},
        "bring": {"en": ["the vaccination card"]},
        "steps": {"en": ["Come to the counter."]},
        "life_events": [],
    }
    return publish_life_situation(
        municipality=town,
        slug=slug or f"guide-{next(_numbers)}",
        document=LifeSituationDocument.from_document(fields | document),
        by_user_id=None,
        now=NOW,
    )


def make_body(town: Municipality, **document: Any) -> ExternalBody:
    """Return an external body for everything everywhere that may see nothing of reporters."""
    number = next(_numbers)
    fields: dict[str, Any] = {
        "name": {"en": f"Body {number}", "he": f"גוף {number}"},
        "language": "en",
        "email": f"body-{number}@outside.example",
    }
    return publish_body(
        municipality=town,
        code=f"body-{number}",
        document=BodyDocument.from_document(fields | document),
        by_user_id=None,
        now=NOW,
    )


def make_user(*, name: str | None = None) -> User:
    number = next(_numbers)
    return User.objects.create_user(f"user-{number}@staff.example", PASSWORD, name=name or f"Person {number}")


def make_staff(town: Municipality, role: Role, *, department: Department | None = None) -> User:
    """Return a person with one role in the town; the departmental roles get a department if none is given."""
    user = make_user()
    if role in DEPARTMENTAL and department is None:
        department = make_department(town)
    add_member(municipality=town, user=user, role=role, department=department, by_user_id=None, now=NOW)
    return user


def make_actor(town: Municipality, role: Role, *, department: Department | None = None) -> Actor:
    """Return a new member of staff as the actor they are in the town."""
    actor = actor_for(make_staff(town, role, department=department), town.pk)
    assert actor is not None
    return actor


def make_case(
    town: Municipality,
    *,
    service: Service | None = None,
    matter: str | None = None,
    email: str = "",
    name: str = "",
    phone: str = "",
    channel: Channel = Channel.WEB,
    place: Place | None = None,
    said: Said = NOTHING_MORE,
    language: str = "en",
    now: datetime = NOW,
) -> Case:
    """Return a case, reported on the web by nobody known unless anything else is said."""
    case = report(
        municipality=town,
        service=service or make_service(town),
        matter=matter or f"Matter {next(_numbers)}",
        channel=channel,
        language=language,
        details=ContactDetails(name=name, email=email, phone=phone),
        said=Said(place=place) if place else said,
        by=resident(town.pk),
        now=now,
    )
    case.refresh_from_db()
    return case


def make_photo(case: Case, *, kind: PhotoKind = PhotoKind.REPORT, is_public: bool = False) -> Attachment:
    """Return a photo that hangs on a case."""
    token = files.keep_photo(case.municipality_id, pictures.photo(), NOW).token
    with transaction.atomic():
        (file,) = files.claim(case.municipality_id, [token], NOW).files
        return Attachment.objects.create(
            municipality_id=case.municipality_id, case=case, file=file, kind=kind, is_public=is_public, at=NOW
        )


def make_follower(case: Case, *, email: str = "") -> Participant:
    """Return somebody whose case it is too, with their link."""
    return join(
        case_id=case.pk,
        matter="Mine too.",
        channel=Channel.WEB,
        language="en",
        details=ContactDetails(email=email),
        by=resident(case.municipality_id),
        now=NOW,
    )


def make_label(town: Municipality, name: str = "", *, colour: str = "") -> Label:
    """Make a label of a town; its name is in the town's language."""
    number = next(_numbers)
    return add_label(
        municipality=town,
        name={town.language: name or f"Label {number}"},
        colour=colour,
        by=system(town.pk),
        now=NOW,
    )


def make_team(
    town: Municipality,
    *members: User,
    department: Department | None = None,
    sharing: Sharing = Sharing.NOBODY,
    is_on_call: bool = False,
) -> Team:
    """Return a team of a department, or of the centre, with these members, on duty at all hours."""
    number = next(_numbers)
    team = add_team(
        municipality=town,
        code=f"team-{number}",
        name={"en": f"Team {number}", "he": f"צוות {number}"},
        department=department,
        sharing=sharing,
        is_on_call=is_on_call,
        by=system(town.pk),
        now=NOW,
    )
    return set_members(team_id=team.pk, user_ids=[one.pk for one in members], by=system(town.pk), now=NOW)
