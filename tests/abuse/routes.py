"""Who may do what at which address: an expectation of its own, not read from the views.

Each route of the installation has an entry here, by name; one without makes the suite fail. A route that
names an object says how to aim at one on each side of each border, and what stands for none at all.
"""

import dataclasses
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver

from moked.accounts.models import Membership, Team, TeamMember
from moked.accounts.operations import add_team, change_department, set_members
from moked.accounts.queries import actor_for
from moked.accounts.rules import Role, external_body, system
from moked.base.questions import Kind, Question
from moked.cases import operations as cases
from moked.cases import queries
from moked.cases.models import Case, CaseLink, Check, Document, Label, Participant
from moked.cases.rules import case_number
from moked.catalogue.models import Service
from moked.channels.email.addresses import with_tag
from moked.channels.models import Account
from moked.channels.operations import open_mailbox
from moked.events.models import OutboxRow
from moked.exchange.exports.operations import ask
from moked.exchange.exports.rules import Format, Selection
from moked.files import operations as files
from moked.handovers.models import ExternalBody, HandOver
from moked.handovers.operations import answer, hand_over, publish_body
from moked.handovers.queries import secret_of
from moked.handovers.rules import BodyDocument
from moked.knowledge.operations import publish_life_event
from moked.knowledge.rules import LifeEventDocument
from moked.links import operations as links
from moked.links.models import Link
from moked.municipalities.models import Municipality
from moked.municipalities.operations import set_brand
from moked.municipalities.rules import Brand
from moked.notices.models import Notice, StaffNotice
from moked.notices.rules import StaffKind
from moked.places.imports import check_landmarks
from moked.places.models import MapImport
from moked.replies.operations import publish_reply_template
from moked.replies.rules import ReplyTemplateDocument
from moked.residents.models import ContactPoint, Resident
from moked.sla.calendars import Calendar
from moked.sla.models import Target
from moked.sla.operations import promise_anew, publish_calendar, publish_target
from moked.sla.targets import Promise
from moked.web.desk.export_words import WORDS
from moked.web.ui.brand import version_of
from tests.abuse.world import ANONYMOUS, EVERYBODY, GUIDE, HAS_PASSKEY, SIDES, TOWNSPEOPLE, World, secret
from tests.factories import NOW, PASSWORD, make_case, make_guide, make_photo, make_service, make_staff
from tests.files import pictures
from tests.intake.letters import came, letter, make_mailbox

SUBMISSION = "0f8fad5b-d9cb-469f-a165-70867728950e"
NO_KEY = "c0ffee-" + 32 * "0"
NO_LINK = f"2222222222.{'a' * 32}"
THROUGH_OURS, THROUGH_OTHERS = "other_town_through_ours", "ours_through_other_town"

SEES: Mapping[str, set[str]] = {
    ANONYMOUS: set(),
    "agent": {"own", "other_department"},
    "service_manager": {"own", "other_department", "confidential"},
    "administrator": set(),
    "auditor": {"own", "other_department"},
    "worker": {"own", "confidential"},
    "manager": {"own", "confidential"},
    "manager_above": {"own", "confidential"},
    "worker_above": set(),
    "worker_elsewhere": {"other_department"},
    "stranger": {"other_town"},
}
READS_CONTACTS = {
    actor: sides if actor in {"agent", "service_manager", "manager", "manager_above", "stranger"} else set()
    for actor, sides in SEES.items()
}
CENTRE_READS = {
    actor: sides if actor in {"agent", "service_manager", "stranger"} else set()
    for actor, sides in SEES.items()
}
CHANGES = {actor: set() if actor == "auditor" else sides for actor, sides in SEES.items()}
WITH_LINK = {actor: set(SIDES) - {"spam"} for actor in EVERYBODY}
NOBODY: Mapping[str, set[str]] = {actor: set() for actor in EVERYBODY}

HERE = "here"
ALL = {actor: {HERE} for actor in EVERYBODY}
ON_THE_STAFF = {actor: {HERE} if actor in TOWNSPEOPLE else set() for actor in EVERYBODY}
AT_THE_DESK = {
    actor: {HERE} if actor in TOWNSPEOPLE and actor not in {"administrator", "auditor"} else set()
    for actor in EVERYBODY
}
SEES_SOME = {
    actor: {HERE} if actor in TOWNSPEOPLE and actor != "administrator" else set() for actor in EVERYBODY
}
SETS_UP = {"service_manager", "administrator", "manager", "manager_above"}
KEEPS_ROSTERS = {actor: {HERE} if actor in SETS_UP - {"administrator"} else set() for actor in EVERYBODY}
SETS = {actor: {HERE} if actor in SETS_UP else set() for actor in EVERYBODY}
MANAGER = {actor: {HERE} if actor == "service_manager" else set() for actor in EVERYBODY}
ADMINISTRATOR = {actor: {HERE} if actor == "administrator" else set() for actor in EVERYBODY}


@dataclasses.dataclass(frozen=True)
class Aim:
    """One object as an address names it; `mark` is written in it and nowhere else."""

    town: Municipality
    params: dict[str, Any]
    mark: str = ""


Aims = Callable[[World], dict[str, Aim]]
Form = Callable[[World], dict[str, Any]]


@dataclasses.dataclass(frozen=True)
class Entry:
    """What is expected of one route: which aims each actor reaches by GET and POST; None: no such method.

    `form` is a body that an allowed POST accepts, `writes` whether it then changes the database, `shows`
    whether the page shows the object's words. `missing` are the parameters of one that does not exist.
    `reads` are the names of further fields that the form knows.
    """

    get: Mapping[str, set[str]] | None = None
    post: Mapping[str, set[str]] | None = None
    aims: Aims = lambda world: {HERE: Aim(world.town, {})}
    missing: Mapping[str, Any] | None = None
    form: Form = lambda world: {}
    writes: bool = True
    shows: bool = True
    reads: frozenset[str] = frozenset()


def of_cases(which: str) -> Aims:
    """Aim at the open or the closed case of each side, and across the border by either path."""

    def aims(world: World) -> dict[str, Aim]:
        found = {}
        for name, side in world.sides.items():
            mark = getattr(side, f"{which}_mark")
            found[name] = Aim(side.town, {"number": getattr(side, which).number}, mark)
        found[THROUGH_OURS] = dataclasses.replace(found["other_town"], town=world.town)
        found[THROUGH_OTHERS] = dataclasses.replace(found["own"], town=world.other_town)
        return found

    return aims


def residents(world: World) -> dict[str, Aim]:
    """Aim at who reported the open case of each side, and across the border by either path."""
    return {
        name: Aim(aim.town, {"reference": reporter_of(aim.params["number"])}, aim.mark)
        for name, aim in of_cases("open")(world).items()
    }


def reporter_of(number: str) -> str:
    """Return the reference of whoever reported the case."""
    return str(Participant.objects.get(case__number=number, role="REPORTER").resident.reference)


def contact_points(world: World) -> dict[str, Aim]:
    """Aim at the address of each of them."""
    found = residents(world)
    for name, aim in found.items():
        point = ContactPoint.objects.get(resident__reference=aim.params["reference"])
        found[name] = dataclasses.replace(aim, params={**aim.params, "point_id": point.pk})
    return found


def own_residents(prepare: Callable[[World, str], object] = lambda world, reference: None) -> Aims:
    """Aim at the reporter of the own side's open case and of spam, by either path; `prepare` readies both."""

    def aims(world: World) -> dict[str, Aim]:
        found = residents(world)
        for name in ("own", "spam"):
            prepare(world, found[name].params["reference"])
        return {name: found[name] for name in ("own", "spam", THROUGH_OURS, THROUGH_OTHERS)}

    return aims


def merge_with(world: World, reference: str) -> None:
    """Have the reporter of the own side's closed case be known as the resident of this reference."""
    if reference == reporter_of(str(world.sides["own"].open.number)):
        into = Resident.objects.get(reference=reference)
        merged = Resident.objects.filter(reference=reporter_of(str(world.sides["own"].closed.number)))
        merged.update(merged_into=into, known_as=into)


def who_closed(world: World) -> dict[str, Any]:
    """Name the reporter of the own side's closed case."""
    return {"who": reporter_of(str(world.sides["own"].closed.number))}


def of_links(purpose: str, which: str) -> Aims:
    """Aim at the secret link of each side's case, and across the border by either path."""

    def aims(world: World) -> dict[str, Aim]:
        found = {}
        for name, side in world.sides.items():
            mark = getattr(side, f"{which}_mark")
            found[name] = Aim(side.town, {"secret": secret(getattr(side, which), purpose)}, mark)
        found[THROUGH_OURS] = dataclasses.replace(found["other_town"], town=world.town)
        found[THROUGH_OTHERS] = dataclasses.replace(found["own"], town=world.other_town)
        return found

    return aims


def dead_letters(world: World) -> dict[str, Aim]:
    """Make a dead letter in each town."""
    rows = {}
    for name, town in (("own", world.town), ("other_town", world.other_town)):
        row = OutboxRow.objects.filter(municipality_id=town.pk).order_by("id").first()
        OutboxRow.objects.filter(pk=row.pk).update(state="DEAD", is_open=False, last_error="planted")
        rows[name] = Aim(town, {"row_id": row.pk})
    rows[THROUGH_OURS] = dataclasses.replace(rows["other_town"], town=world.town)
    rows[THROUGH_OTHERS] = dataclasses.replace(rows["own"], town=world.other_town)
    return rows


def brands(world: World) -> dict[str, Aim]:
    """Give the town colours of its own and aim at their style sheet."""
    colours = Brand("#7a1f5c", "#f0a6d8")
    town = set_brand(municipality_id=world.town.pk, brand=colours, by_user_id=None, now=NOW)
    return {HERE: Aim(world.town, {"version": version_of(town)})}


def kept_mails(world: World) -> dict[str, Aim]:
    return {HERE: Aim(world.town, {"name": "0001.eml"})}


def reset_links(world: World) -> dict[str, Aim]:
    """Aim at a real person with a wrong key; the right one is tried in A25."""
    person = user_pk_to_url_str(world.people["agent"])
    return {HERE: Aim(world.town, {"uidb36": person, "key": NO_KEY})}


def passkeys(world: World) -> dict[str, Aim]:
    """Aim at the passkey of one person, in their town and in another one."""
    row = Authenticator.objects.get(user=world.people[HAS_PASSKEY], type=Authenticator.Type.WEBAUTHN)
    own = Aim(world.town, {"passkey_id": row.pk}, world.passkey_mark)
    return {"own": own, THROUGH_OTHERS: dataclasses.replace(own, town=world.other_town)}


def words(world: World) -> dict[str, Any]:
    return {"words": "Written by a test.", "submission": SUBMISSION}


def report_form(world: World) -> dict[str, Any]:
    service = world.sides["other_department"].open.service
    return {
        "matter": "Reported by a test.",
        "service": service.slug,
        "step": "send",
        "submission": SUBMISSION,
    }


def desk_report_form(world: World) -> dict[str, Any]:
    said = report_form(world)
    del said["step"]
    told = {"email": "told@resident.example", "name": "", "phone": ""}
    return said | told | {"channel": "PHONE", "language": "en", "origin": "RESIDENT", "resident": ""}


def sign_in_form(world: World) -> dict[str, Any]:
    return {"login": "nobody@staff.example", "password": "not-a-password"}


def reset_form(world: World) -> dict[str, Any]:
    return {"email": "nobody@staff.example"}


def own_password_form(world: World) -> dict[str, Any]:
    new = "three-unrelated-words"
    return {"oldpassword": PASSWORD, "password1": new, "password2": new}


def code_form(world: World) -> dict[str, Any]:
    return {"code": "000000"}


def passkey_form(world: World) -> dict[str, Any]:
    return {"name": "My phone", "credential": "{}"}


PROOFS = frozenset({"next", "credential", "password", "code", "name"})
THEIR_PASSKEY = {actor: {"own"} if actor == HAS_PASSKEY else set() for actor in EVERYBODY}
CALL = frozenset({"caller", "address", "answer", "step"})
REPORTER = frozenset({"name", "email", "phone"})
POSITION = frozenset({"latitude", "longitude", "source"})
REPORT_FIELDS = frozenset(
    {
        "language",
        "shown",
        "first",
        "address",
        "latitude",
        "longitude",
        "source",
        "outside",
        "unlike",
        "join",
        "photos",
        "remove_photo",
    }
)
BY_MANAGERS = {**NOBODY, "service_manager": {"own"}, "stranger": {"other_town"}}
BY_ADMINISTRATORS = {**NOBODY, "administrator": {"own"}, "stranger": {"other_town"}}
NO_CASE = {"number": case_number(31, 999999)}
NO_RESIDENT = {"reference": "2222222222"}


def of_services(world: World) -> dict[str, Aim]:
    """Aim at a service of each town."""
    ours, theirs = (world.sides[side].open.service for side in ("own", "other_town"))
    return of_towns(world, {"slug": ours.slug}, {"slug": theirs.slug}, ours.name["en"], theirs.name["en"])


def of_questions(world: World) -> dict[str, Aim]:
    """Aim at a question of a service of each town."""
    [ours, theirs] = (
        make_service(town, questions=(Question("planted", Kind.TEXT, {"en": mark}),))
        for town, mark in ((world.town, "Planted here?"), (world.other_town, "Planted there?"))
    )
    code = {"code": "planted"}
    return of_towns(
        world, {"slug": ours.slug} | code, {"slug": theirs.slug} | code, "Planted here?", "Planted there?"
    )


def of_departments(world: World) -> dict[str, Aim]:
    """Aim at a department of each town."""
    ours, theirs = (world.sides[side].open.department for side in ("own", "other_town"))
    return of_towns(world, {"code": ours.code}, {"code": theirs.code}, ours.name["en"], theirs.name["en"])


def of_people(world: World) -> dict[str, Aim]:
    """Aim at somebody on the staff of each town: an agent here, a colleague of the stranger there."""
    ours, theirs = world.people["agent"], make_staff(world.other_town, Role.AGENT)
    return of_towns(world, {"user_id": ours.pk}, {"user_id": theirs.pk}, ours.name, theirs.name)


def of_mailboxes(world: World) -> dict[str, Aim]:
    """Aim at a mailbox of each town."""
    ours, theirs = planted_mailbox(world.town), planted_mailbox(world.other_town)
    ids = [{"account_id": one.pk} for one in (ours, theirs)]
    return of_towns(world, *ids, ours.address, theirs.address)


def planted_mailbox(town: Municipality) -> Account:
    address, service = f"mail@{town.slug}.example", planted_service(town)
    return open_mailbox(
        municipality=town, address=address, service_id=service.pk, by_user_id=None, now=datetime.now(UTC)
    )


def planted_service(town: Municipality) -> Service:
    """Return a service that has the same name in each town."""
    known = Service.objects.filter(municipality=town, slug=PLANTED_SERVICE).first()
    if known is None:
        known = make_service(town)
        Service.objects.filter(pk=known.pk).update(slug=PLANTED_SERVICE)
    return known


def mailbox_form(world: World) -> dict[str, Any]:
    for town in (world.town, world.other_town):
        planted_service(town)
    return BY_TOKEN | {"service": PLANTED_SERVICE}


def new_mailbox_form(world: World) -> dict[str, Any]:
    service = Service.objects.filter(municipality=world.town).earliest("id")
    return BY_TOKEN | {"email": "new@town.example", "service": service.slug}


def of_histories(world: World) -> dict[str, Aim]:
    """Aim at the history of a department of each town, which has changed once."""
    for side in ("own", "other_town"):
        one = world.sides[side].open.department
        change_department(
            department_id=one.pk,
            name=one.name | {"he": "שם"},
            parent_id=one.parent_id,
            by=system(one.municipality_id),
            now=NOW,
        )
    return {
        name: dataclasses.replace(aim, params={"kind": "department", "name": aim.params["code"]})
        for name, aim in of_departments(world).items()
    }


def of_towns(
    world: World, ours: dict[str, Any], theirs: dict[str, Any], our_mark: str, their_mark: str
) -> dict[str, Aim]:
    """Aim at one object of each town, and across the border by either path."""
    own, other = Aim(world.town, ours, our_mark), Aim(world.other_town, theirs, their_mark)
    return {
        "own": own,
        "other_town": other,
        THROUGH_OURS: dataclasses.replace(other, town=world.town),
        THROUGH_OTHERS: dataclasses.replace(own, town=world.other_town),
    }


PLANTED_SERVICE = "written-to-by-mail"
BY_TOKEN = {
    "step": "save",
    "way": "IMAP",
    "sign_in": "XOAUTH2",
    "host": "imap.example",
    "port": "993",
    "security": "TLS",
    "folder": "INBOX",
    "user": "helpdesk",
    "token_url": "https://authority.example/",
    "client_id": "us",
    "client_secret": "a secret",
    "refresh_token": "a token",
    "scope": "mail",
    "authserv_id": "mx.town.example",
}
RULE = frozenset(
    {
        *("name", "words", "domains", "begins", "ends", "services", "areas", "channels", "languages"),
        *("priorities", "life_events", "weekdays", "answers", "department", "team", "person", "body"),
        *("priority", "labels", "last", "of_service", "since", "until"),
    }
)


def routing_form(world: World) -> dict[str, Any]:
    rules = [{"then": {"department": world.sides["own"].open.department.code}}]
    return {"step": "publish", "rules": json.dumps(rules), "base": "0", "edited": "0"}


def dangers_form(world: World) -> dict[str, Any]:
    danger = {"code": "gas", "name": {"en": "Gas"}, "words": {"en": ["smell of gas"]}}
    return {"step": "publish", "dangers": json.dumps([danger]), "base": "0"}


def reactions_form(world: World) -> dict[str, Any]:
    said = {"code": "raise", "name": {"en": "Raise"}, "when": "OPENED"}
    raising = {"do": "PRIORITY", "priority": "RAISE"}
    return {"step": "publish", "reactions": json.dumps([said | {"actions": [raising]}]), "base": "0"}


def warnings_form(world: World) -> dict[str, Any]:
    level = {"kinds": ["RESOLUTION"], "at": "80%", "whom": ["MANAGER"]}
    return {"step": "publish", "warnings": json.dumps([level]), "base": "0"}


def promise_form(world: World) -> dict[str, Any]:
    said = {"calendar": "planted", "resolution": "3d"}
    return {"step": "publish", "promise": json.dumps(said), "base": "0", "from_day": ""}


def service_form(world: World) -> dict[str, Any]:
    words = {f"{name}_{code}": "" for name in ("name", "description", "words") for code in ("en", "he")}
    waiting = {"waiting_resident": "10", "waiting_scheduled": "2", "waiting_external": "14"}
    waiting |= {"closed_words": "REOPEN", "reopen_days": "14"}
    said = {"kind": "REPORT", "place": "NONE", "priority": "HIGH", "duplicate_radius": "250", "step": "save"}
    department = world.sides["own"].open.department.code
    return words | waiting | said | {"name_en": "Named by a test", "department": department}


def question_form(world: World) -> dict[str, Any]:
    return {"step": "save", "kind": "TEXT", "label_en": "Asked by a test?", "asked_if": ""}


def of_notices(world: World) -> dict[str, Aim]:
    """Aim at the same text of each town: there is no object of one that another could name."""
    text = {"kind": "reply", "language": "en"}
    aims = of_towns(world, text, text, "An answer about your report", "An answer about your report")
    return {name: aims[name] for name in ("own", "other_town")}


def of_reply_templates(world: World) -> dict[str, Aim]:
    """Aim at a reply template of each town."""
    for town, code in ((world.town, "words-here"), (world.other_town, "words-there")):
        document = ReplyTemplateDocument(name={"en": code}, text={"en": "Done."})
        publish_reply_template(municipality=town, code=code, document=document, by_user_id=None, now=NOW)
    return of_towns(world, {"code": "words-here"}, {"code": "words-there"}, "words-here", "words-there")


def reply_template_form(world: World) -> dict[str, Any]:
    words = {"name_en": "Named by a test", "text_en": "Written by a test."}
    return words | {"step": "save", "service": "", "outcome": ""}


def of_guides(world: World) -> dict[str, Aim]:
    """Aim at a guide of each town."""
    for town, slug in ((world.town, "guide-here"), (world.other_town, "guide-there")):
        make_guide(town, slug=slug, title={"en": slug})
    return of_towns(world, {"slug": "guide-here"}, {"slug": "guide-there"}, "guide-here", "guide-there")


def guide_form(world: World) -> dict[str, Any]:
    names = ("title", "summary", "who", "costs", "takes", "bring", "steps")
    return {**{f"{name}_en": f"The {name} of a test" for name in names}, "step": "save", "official": ""}


def of_life_events(world: World) -> dict[str, Aim]:
    """Aim at a life event of each town, of which ours is the second."""
    for town, code in ((world.town, "first"), (world.town, "event-here"), (world.other_town, "event-there")):
        document = LifeEventDocument({"en": code}, {"en": "Said by a test."})
        publish_life_event(municipality=town, code=code, document=document, by_user_id=None, now=NOW)
    return of_towns(world, {"code": "event-here"}, {"code": "event-there"}, "event-here", "event-there")


def in_order(world: World) -> dict[str, Aim]:
    """Let there be two life events to put in order."""
    of_life_events(world)
    return {HERE: Aim(world.town, {})}


def life_event_form(world: World) -> dict[str, Any]:
    return {"name_en": "Named by a test", "description_en": "Said by a test.", "step": "save"}


def with_map_file(world: World) -> dict[str, Aim]:
    """Let a file of landmarks wait to be applied."""
    table = io.BytesIO(b"name,latitude,longitude\nSchool,32.01,34.79\n")
    check_landmarks(municipality=world.town, file=table, source="x", by_user_id=None, now=NOW)
    return {HERE: Aim(world.town, {})}


def map_form(world: World) -> dict[str, Any]:
    return {"step": "apply", "import": MapImport.objects.get(municipality=world.town).pk}


def plant_calendar(town: Municipality, code: str) -> None:
    week = [["08:00", "16:00"]]
    hours = Calendar.from_document({"zone": "Asia/Jerusalem", "week": {"sun": week, "mon": week}})
    publish_calendar(municipality=town, code=code, name={"en": code}, hours=hours, by_user_id=None, now=NOW)


def of_calendars(world: World) -> dict[str, Aim]:
    """Aim at a calendar of each town."""
    plant_calendar(world.town, "planted-here")
    plant_calendar(world.other_town, "planted-there")
    return of_towns(
        world, {"code": "planted-here"}, {"code": "planted-there"}, "planted-here", "planted-there"
    )


def of_teams(world: World) -> dict[str, Aim]:
    """Aim at a team of each town."""
    for town, code in ((world.town, "planted-here"), (world.other_town, "planted-there")):
        if not Team.objects.filter(municipality=town, code=code).exists():
            add_team(municipality=town, code=code, name={"en": code}, by=system(town.pk), now=NOW)
    return of_towns(
        world, {"code": "planted-here"}, {"code": "planted-there"}, "planted-here", "planted-there"
    )


def of_rosters(world: World) -> dict[str, Aim]:
    """Aim at a team of each department of the town, and at one of the other town."""
    aims = {}
    for side, code in (("own", "own-team"), ("other_department", "their-team"), ("other_town", "far-team")):
        case = world.sides[side].open
        town, department, by = case.municipality, case.department, system(case.municipality_id)
        team = Team.objects.filter(municipality=town, code=code).first() or add_team(
            municipality=town, code=code, name={"en": code}, department=department, by=by, now=NOW
        )
        worker = make_staff(town, Role.DEPARTMENT_WORKER, department=department)
        set_members(team_id=team.pk, user_ids=[worker.pk], by=by, now=NOW)
        aims[side] = Aim(town, {"code": code}, code)
    own, other = aims["own"], aims["other_town"]
    return aims | {
        THROUGH_OURS: dataclasses.replace(other, town=world.town),
        THROUGH_OTHERS: dataclasses.replace(own, town=world.other_town),
    }


def roster_form(world: World) -> dict[str, Any]:
    said: dict[str, Any] = {"step": "roster", "base": "2"}
    for user_id in TeamMember.objects.values_list("user_id", flat=True):
        said |= {f"days_{user_id}_0": ["0"], f"from_{user_id}_0": "08:00", f"to_{user_id}_0": "16:00"}
    return said


BY_WHO_KEEPS_THEM = {
    **BY_MANAGERS,
    "service_manager": {"own", "other_department"},
    "manager": {"own"},
    "manager_above": {"own"},
}


def of_promises(world: World) -> dict[str, Aim]:
    """Aim at a service of each town, where a calendar to promise by is planted."""
    for town in (world.town, world.other_town):
        plant_calendar(town, "planted")
    return of_services(world)


def calendar_form(world: World) -> dict[str, Any]:
    times = {"sun_from_0": "08:00", "sun_to_0": "16:00"}
    said = {"step": "save", "name_en": "Named by a test", "department": "", "day_on": "", "day_name": ""}
    return times | said


def notice_form(world: World) -> dict[str, Any]:
    body = "Written by a test.\n\n{words}\n\n{link}"
    return {"step": "save", "subject": "About {number}", "body": body, "label_link": "Look"}


def department_form(world: World) -> dict[str, Any]:
    return {"step": "save", "name_en": "Named by a test", "name_he": "", "parent": ""}


def team_form(world: World) -> dict[str, Any]:
    said = {"step": "save", "name_en": "Named by a test", "name_he": "", "department": ""}
    return said | {"sharing": "IN_TURN", "on_call": "on"}


def invitation_form(world: World) -> dict[str, Any]:
    person = {"name": "Invited by a test", "email": "invited@staff.example", "language": "en"}
    return person | {"role": "AUDITOR", "department": ""}


def of_this_month(world: World) -> dict[str, Aim]:
    today = datetime.now(UTC).astimezone(world.town.zone)
    return {HERE: Aim(world.town, {"month": f"{today:%Y-%m}"})}


def of_labels(world: World) -> dict[str, Aim]:
    """Aim at a label of each town."""
    for town, code in ((world.town, "label-here"), (world.other_town, "label-there")):
        planted_label(town, code)
    return of_towns(world, {"code": "label-here"}, {"code": "label-there"}, "label-here", "label-there")


def with_labels(world: World) -> dict[str, Aim]:
    """Aim at the open case of each side, where both towns have a label of one code."""
    for town in (world.town, world.other_town):
        planted_label(town, "label-here")
    return of_cases("open")(world)


def planted_label(town: Municipality, code: str) -> Label:
    """Return the label of a town, made when it is not there."""
    found = Label.objects.filter(municipality=town, code=code).first()
    said = {"municipality": town, "code": code, "name": {"en": code}, "colour": ""}
    return found or cases.add_label(**said, by=system(town.pk), now=NOW)


def label_form(world: World) -> dict[str, Any]:
    return {"name_en": "Named by a test", "name_he": "", "colour": "BLUE", "step": "save"}


def case_action(form: Form = words, which: str = "open") -> Entry:
    return Entry(get=CHANGES, post=CHANGES, aims=of_cases(which), missing=NO_CASE, form=form)


def of_praise(world: World) -> dict[str, Aim]:
    """Make every open case one of praise, for somebody who may see all of both towns, and aim at them."""
    Case.objects.filter(is_open=True).update(kind="PRAISE")
    praised = make_staff(world.town, Role.SERVICE_MANAGER)
    Membership.objects.create(user=praised, municipality=world.other_town, role=Role.AGENT)
    return of_cases("open")(world)


def praised_form(world: World) -> dict[str, Any]:
    """Name who was planted last in the other town."""
    return {"people": [str(Membership.objects.filter(municipality=world.other_town).latest("id").user_id)]}


class Photo(SimpleUploadedFile):
    """A photo that a form can be sent with more than once."""

    def read(self, *size: int) -> bytes:
        self.seek(0)
        return self.file.read(*size)


def photo_form(world: World) -> dict[str, Any]:
    return {"photo": Photo("photo.jpg", pictures.photo())}


def uploads(world: World) -> dict[str, Aim]:
    """Keep a photo for each town; aim at each, across the border by either path, and at a claimed one."""
    now = datetime.now(UTC)
    kept = {
        name: files.keep_photo(town.pk, pictures.photo(), now).token
        for name, town in (("own", world.town), ("other_town", world.other_town), ("claimed", world.town))
    }
    with transaction.atomic():
        files.claim(world.town.pk, [kept["claimed"]], now)
    return {
        "own": Aim(world.town, {"token": kept["own"]}),
        "other_town": Aim(world.other_town, {"token": kept["other_town"]}),
        "claimed": Aim(world.town, {"token": kept["claimed"]}),
        THROUGH_OURS: Aim(world.town, {"token": kept["other_town"]}),
        THROUGH_OTHERS: Aim(world.other_town, {"token": kept["own"]}),
    }


def followed(world: World) -> dict[str, Aim]:
    """Make a follower of each side's open case and aim at their link, across the border by either path."""
    found = {}
    for name, side in world.sides.items():
        part = Participant.objects.create(
            municipality=side.town, case=side.open, role=Participant.Role.FOLLOWER, language="en"
        )
        links.create(municipality_id=side.town.pk, purpose=Link.Purpose.FOLLOWING, object_id=part.pk)
        found[name] = Aim(side.town, {"secret": queries.following_secret(part)})
    found[THROUGH_OURS] = dataclasses.replace(found["other_town"], town=world.town)
    found[THROUGH_OTHERS] = dataclasses.replace(found["own"], town=world.other_town)
    return found


def choosing(world: World) -> dict[str, Aim]:
    """Aim at the link by which a follower of each side's open case chooses what they are told."""
    found = followed(world)
    for name, side in world.sides.items():
        part = Participant.objects.filter(case=side.open, role=Participant.Role.FOLLOWER).latest("id")
        link = links.ensure(municipality_id=side.town.pk, purpose=Link.Purpose.NOTICES, object_id=part.pk)
        found[name] = Aim(side.town, {"secret": links.render(link)})
    found[THROUGH_OURS] = dataclasses.replace(found["other_town"], town=world.town)
    found[THROUGH_OTHERS] = dataclasses.replace(found["own"], town=world.other_town)
    return found


def photos_by_link(world: World) -> dict[str, Aim]:
    """Hang a photo on each side's open case and aim at it by the case's own link, and by another's."""
    found = {}
    for name, side in world.sides.items():
        photo = make_photo(side.open)
        found[name] = Aim(side.town, {"secret": secret(side.open), "photo_id": photo.pk, "size": "thumb"})
    by_another = found["own"].params | {"secret": found["other_department"].params["secret"]}
    found["by_another_link"] = Aim(world.town, by_another)
    return found


def public_photos(world: World) -> dict[str, Aim]:
    """Hang a photo on each side's open case, none of them public, and one for everybody on a public case."""
    found = {}
    for name, side in world.sides.items():
        photo = make_photo(side.open, is_public=True)
        found[name] = Aim(side.town, {"number": side.open.number, "photo_id": photo.pk, "size": "thumb"})
    case = make_case(world.town, service=make_service(world.town, is_public=True))
    for name, photo in (("shown", make_photo(case, is_public=True)), ("hidden", make_photo(case))):
        found[name] = Aim(world.town, {"number": case.number, "photo_id": photo.pk, "size": "large"})
    return found


SHOWN = {actor: {"shown"} for actor in EVERYBODY}
CENTRE = {actor: CHANGES[actor] if actor in {"agent", "service_manager"} else set() for actor in CHANGES}


def own_open(prepare: Callable[[World, Case], Mapping[str, Any] | None] = lambda world, case: None) -> Aims:
    """Aim at the own side's open case and at one of spam, by either path; `prepare` readies each of them.

    For forms that name a thing of the own department, which others cannot choose.
    """

    def aims(world: World) -> dict[str, Aim]:
        found = of_cases("open")(world)
        found = {name: found[name] for name in ("own", "spam", THROUGH_OURS, THROUGH_OTHERS)}
        for name in ("own", "spam"):
            more = prepare(world, world.sides[name].open) or {}
            found[name] = dataclasses.replace(found[name], params={**found[name].params, **more})
        return found

    return aims


def make_public(world: World, case: Case) -> None:
    Service.objects.filter(pk=case.service_id).update(is_public=True)
    Case.objects.filter(pk=case.pk).update(is_public=True, public_title="Shown")


def ask_for_check(world: World, case: Case) -> None:
    """Have the case's department call it finished, unless it has."""
    if Case.objects.filter(pk=case.pk, awaits_check=False).update(awaits_check=True):
        Check.objects.create(
            municipality=world.town, case=case, outcome="FIXED", message="Done.", asked_at=datetime.now(UTC)
        )


def link_with_twin(world: World, case: Case) -> None:
    CaseLink.objects.get_or_create(municipality=world.town, case=case, other=world.twin, kind="RELATED")


PLANTED_BODY = "planted-body"


def planted_body(town: Municipality) -> ExternalBody:
    """Return an external body of the town, made once."""
    known = ExternalBody.objects.filter(municipality=town, code=PLANTED_BODY).first()
    return known or publish_body(
        municipality=town,
        code=PLANTED_BODY,
        document=BodyDocument({"en": f"Body of {town.slug}"}, "en", "planted@outside.example"),
        by_user_id=None,
        now=NOW,
    )


def plant_body(world: World, case: Case) -> None:
    planted_body(world.town)


def hand_over_case(world: World, case: Case) -> HandOver:
    """Hand a case to the planted body of its town, unless it has it."""
    known = HandOver.objects.filter(case=case).first()
    return known or hand_over(
        case_id=case.pk,
        body_id=planted_body(case.municipality).pk,
        message="",
        by=system(case.municipality_id),
        now=datetime.now(UTC),
    )


def lose_a_mail(world: World, case: Case) -> None:
    """Let a mail to the case's reporter, who is known now, come back; each time another one."""
    reporter = Participant.objects.filter(case=case, role=Participant.Role.REPORTER).get()
    Notice.objects.create(
        municipality=case.municipality,
        event_id=-(Notice.objects.count() + 1),
        case=case,
        recipient_id=reporter.resident_id,
        channel="EMAIL",
        kind="CASE_OPENED",
        state=Notice.State.BOUNCED,
        failure="5.1.1",
        planned_at=datetime.now(UTC),
    )


def let_body_have(world: World, case: Case) -> None:
    hand_over_case(world, case)


def let_body_ask(world: World, case: Case) -> None:
    """Have the body ask something, unless it has."""
    found = hand_over_case(world, case)
    if HandOver.objects.filter(pk=found.pk, state="SENT", case__is_spam=False).exists():
        answer(
            hand_over_id=found.pk,
            kind="ASKED",
            words="Which side?",
            photos=(),
            by=external_body(world.town.pk),
            now=datetime.now(UTC),
        )


def handed(world: World) -> dict[str, Aim]:
    """Hand each side's open case to a body and aim at its link, across the border by either path."""
    found = {}
    for name, side in world.sides.items():
        secret_part = secret_of(hand_over_case(world, side.open))
        found[name] = Aim(side.town, {"secret": secret_part}, side.open_mark)
    found[THROUGH_OURS] = dataclasses.replace(found["other_town"], town=world.town)
    found[THROUGH_OTHERS] = dataclasses.replace(found["own"], town=world.other_town)
    return found


def handed_photos(world: World) -> dict[str, Aim]:
    """Hang a photo on each side's handed case and aim at it by its own link, and by another's."""
    found = {}
    for name, aim in handed(world).items():
        if name in world.sides:
            photo = make_photo(world.sides[name].open)
            found[name] = Aim(aim.town, {**aim.params, "photo_id": photo.pk, "size": "thumb"})
    by_another = found["own"].params | {"secret": found["other_department"].params["secret"]}
    found["by_another_link"] = Aim(world.town, by_another)
    return found


def hand_over_form(world: World) -> dict[str, Any]:
    return {
        "body": str(planted_body(world.town).pk),
        "message": "Written by a test.",
        "submission": SUBMISSION,
    }


def of_bodies(world: World) -> dict[str, Aim]:
    """Aim at an external body of each town."""
    ours, theirs = planted_body(world.town), planted_body(world.other_town)
    code = {"code": PLANTED_BODY}
    aims = of_towns(world, code, code, ours.name["en"], theirs.name["en"])
    return {name: aims[name] for name in ("own", "other_town")}


def body_form(world: World) -> dict[str, Any]:
    said = {"name_en": "Named by a test", "email": "faults@water.example", "language": "en"}
    return said | {"answer_days": "14", "reminder_days": "7", "step": "save"}


def merged_cases(world: World) -> dict[str, Aim]:
    """Aim at a case merged into the own side's, by either path."""
    case = make_case(world.town, service=world.twin.service)
    cases.merge_case(case_id=case.pk, into_id=world.twin.pk, by=system(world.town.pk), now=datetime.now(UTC))
    return {
        "own": Aim(world.town, {"number": case.number}),
        THROUGH_OTHERS: Aim(world.other_town, {"number": case.number}),
    }


def photos_of_cases(world: World) -> dict[str, Aim]:
    """Hang a photo on each side's open case, and aim at one through another case."""
    found = of_cases("open")(world)
    for name, side in world.sides.items():
        found[name] = dataclasses.replace(
            found[name], params={**found[name].params, "photo_id": make_photo(side.open).pk, "size": "thumb"}
        )
    for name in (THROUGH_OURS, THROUGH_OTHERS):
        origin = found["other_town" if name == THROUGH_OURS else "own"]
        found[name] = dataclasses.replace(found[name], params=origin.params)
    other = found["own"].params | {"number": world.twin.number}
    found["through_another_case"] = Aim(world.town, other)
    return found


def photos_to_show(world: World) -> dict[str, Aim]:
    aims = photos_of_cases(world)
    return {
        name: dataclasses.replace(aim, params={key: aim.params[key] for key in ("number", "photo_id")})
        for name, aim in aims.items()
    }


def pressed(world: World) -> dict[str, Any]:
    return {"sure": "yes"}


def the_twin(world: World) -> dict[str, Any]:
    return {"number": world.twin.number}


def other_service(world: World) -> dict[str, Any]:
    return {"service": str(world.sides["spam"].open.service_id)}


def tomorrow(world: World) -> dict[str, Any]:
    return {"day": (datetime.now(UTC) + timedelta(days=2)).date().isoformat(), "at": "10:00"}


def in_a_month(world: World) -> dict[str, Any]:
    return {"day": (datetime.now(UTC) + timedelta(days=30)).date().isoformat(), "at": "10:00"}


def promise_an_end(world: World, case: Case) -> None:
    """Promise an end of the case within three days."""
    town = case.municipality
    if not Target.objects.filter(service=case.service).exists():
        plant_calendar(town, "promised")
        promise = Promise.from_document({"calendar": "promised", "resolution": "3d"})
        publish_target(service=case.service, promise=promise, by_user_id=None, now=NOW)
    with transaction.atomic():
        promise_anew(case_id=case.pk, service_id=case.service_id, at=datetime.now(UTC))


def of_told(world: World) -> dict[str, Aim]:
    """Aim at what the agent here was told, and at what the stranger there was, by either path."""
    found = {}
    for name, who in (("own", "agent"), ("other_town", "stranger")):
        case = world.sides[name].open
        told = StaffNotice.objects.create(
            municipality=case.municipality,
            user=world.people[who],
            case=case,
            kind=StaffKind.AT_RISK,
            what="RESOLUTION",
            level="80%",
            at=NOW,
        )
        found[name] = told.pk
    ours, theirs = ({"notice_id": found[name]} for name in ("own", "other_town"))
    return of_towns(world, ours, theirs, "", "")


def export_form(world: World) -> dict[str, Any]:
    chosen = {"which": "any", "service": "", "opened_from": "", "opened_to": "", "kind": "CSV"}
    return chosen | {"step": "export", "submission": SUBMISSION}


def of_exports(world: World) -> dict[str, Aim]:
    """Aim at an export that the agent here asked for, and at one of the stranger there, by either path."""
    found = {}
    for name, who, town in (("own", "agent", world.town), ("other_town", "stranger", world.other_town)):
        by = actor_for(world.people[who], town.pk)
        assert by is not None
        export = ask(
            town=town,
            selection=Selection(),
            kind=Format.CSV,
            language="en",
            words=WORDS,
            by=by,
            now=datetime.now(UTC),
        )
        found[name] = Aim(town, {"key": export.key})
    found[THROUGH_OURS] = dataclasses.replace(found["other_town"], town=world.town)
    found[THROUGH_OTHERS] = dataclasses.replace(found["own"], town=world.other_town)
    return found


def of_mails(world: World) -> dict[str, Aim]:
    """Aim at a mail from nobody that waits in each town."""
    found = {}
    for name, town in (("own", world.town), ("other_town", world.other_town)):
        message = came(make_mailbox(town), letter(f"Planted in {name}.", sender="", subject=f"Mail {name}"))
        found[name] = {"message_id": message.pk}
    return of_towns(world, found["own"], found["other_town"], "Mail own", "Mail other_town")


def answered_by_mail(world: World) -> dict[str, Aim]:
    """Aim at a mail on the open case of each side, and across the border by either path."""
    found = {}
    for name, side in world.sides.items():
        case = side.open
        part = Participant.objects.get(case=case, role="REPORTER")
        mailbox = make_mailbox(side.town)
        link = links.ensure(municipality_id=side.town.pk, purpose=Link.Purpose.REPLY, object_id=part.pk)
        raw = letter(
            f"Written on {name}.",
            sender=part.email,
            to=with_tag(mailbox.address, links.render(link)),
            subject=f"Mail on {name}",
            files=(("plan.pdf", "application/pdf", b"%PDF-1.4"),),
        )
        mixed = raw.replace(b"Content-Type: text/plain", b"Content-Type: text/html", 1)
        message = came(mailbox, mixed)
        assert message.contact is not None
        document = Document.objects.get(contact=message.contact)
        params = {"number": case.number, "contact_id": message.contact_id, "document_id": document.pk}
        found[name] = Aim(side.town, params, f"Mail on {name}")
    found[THROUGH_OURS] = dataclasses.replace(found["other_town"], town=world.town)
    found[THROUGH_OTHERS] = dataclasses.replace(found["own"], town=world.other_town)
    return found


def by_mail(*names: str) -> Aims:
    """Aim at something of the mails on cases that an address names so."""

    def aims(world: World) -> dict[str, Aim]:
        return {
            side: dataclasses.replace(aim, params={name: aim.params[name] for name in ("number", *names)})
            for side, aim in answered_by_mail(world).items()
        }

    return aims


READS_MAILS = {actor: {"own"} if actor in {"agent", "service_manager"} else set() for actor in EVERYBODY} | {
    "stranger": {"other_town"}
}
BY_WHO_ASKED = {**NOBODY, "agent": {"own"}, "stranger": {"other_town"}}
SEES_ANY = {
    actor: {HERE} if actor in TOWNSPEOPLE and actor != "administrator" else set() for actor in EVERYBODY
}


def change(form: Form, **more: Any) -> Entry:
    return Entry(get=CHANGES, post=CHANGES, missing=NO_CASE, form=form, **{"aims": own_open(), **more})


ROUTES: dict[str, Entry] = {
    "portal:start": Entry(get=ALL, post=ALL, form=lambda world: {"link": NO_LINK}, writes=False),
    "portal:guides": Entry(get=ALL),
    "portal:guide": Entry(
        get=ALL,
        aims=lambda world: {HERE: Aim(world.town, {"slug": GUIDE})},
        missing={"slug": "no-such-guide"},
        shows=False,
    ),
    "portal:report": Entry(get=ALL, post=ALL, form=report_form, reads=REPORTER | REPORT_FIELDS),
    "portal:suggest": Entry(post=ALL, form=report_form, writes=False, reads=REPORTER | REPORT_FIELDS),
    "portal:questions": Entry(post=ALL, form=report_form, writes=False, reads=REPORTER | REPORT_FIELDS),
    "portal:public_photo": Entry(
        get=SHOWN,
        aims=public_photos,
        missing={"number": case_number(31, 999999), "photo_id": 10**9, "size": "thumb"},
        shows=False,
    ),
    "portal:own_photo": Entry(
        get=WITH_LINK,
        aims=photos_by_link,
        missing={"secret": NO_LINK, "photo_id": 10**9, "size": "thumb"},
        shows=False,
    ),
    "portal:joined": Entry(get=WITH_LINK, aims=followed, missing={"secret": NO_LINK}, shows=False),
    "portal:follow": Entry(get=WITH_LINK, aims=followed, missing={"secret": NO_LINK}, shows=False),
    "portal:upload_photo": Entry(post=ALL, form=photo_form),
    "portal:uploaded_photo": Entry(
        get={actor: {"own", "other_town"} for actor in EVERYBODY},
        aims=uploads,
        missing={"token": f"{26 * '2'}.{43 * 'a'}"},
        shows=False,
    ),
    "portal:done": Entry(
        get=WITH_LINK, aims=of_links(Link.Purpose.TRACKING, "open"), missing={"secret": NO_LINK}, shows=False
    ),
    "portal:track": Entry(
        get=WITH_LINK,
        post=WITH_LINK,
        aims=of_links(Link.Purpose.TRACKING, "open"),
        missing={"secret": NO_LINK},
        form=lambda world: {"body": "Written by a test.", "submission": SUBMISSION},
    ),
    "portal:survey": Entry(
        get=WITH_LINK,
        post=WITH_LINK,
        aims=of_links(Link.Purpose.SURVEY, "closed"),
        missing={"secret": NO_LINK},
        form=lambda world: {"fixed": "NO", "rating": "2", "words": "Written by a test."},
    ),
    "portal:notices": Entry(
        get=WITH_LINK,
        post=WITH_LINK,
        aims=choosing,
        missing={"secret": NO_LINK},
        form=lambda world: {"wants": "NOTHING"},
        shows=False,
        reads=frozenset({"List-Unsubscribe"}),
    ),
    "portal:hand_over": Entry(
        get=WITH_LINK,
        post=WITH_LINK,
        aims=handed,
        missing={"secret": NO_LINK},
        form=lambda world: words(world) | {"answer": "DONE"},
        reads=frozenset({"photos", "remove_photo"}),
    ),
    "portal:handed_photo": Entry(
        get=WITH_LINK,
        aims=handed_photos,
        missing={"secret": NO_LINK, "photo_id": 10**9, "size": "thumb"},
        shows=False,
    ),
    "desk:queue": Entry(get=ON_THE_STAFF),
    "desk:figures": Entry(get=SEES_SOME),
    "desk:performance": Entry(get=SEES_SOME),
    "desk:search": Entry(get=SEES_SOME),
    "desk:new": Entry(get=AT_THE_DESK, post=AT_THE_DESK, form=desk_report_form, reads=CALL),
    **{
        f"desk:new_{part}": Entry(post=AT_THE_DESK, form=desk_report_form, writes=False, reads=CALL)
        for part in ("callers", "services", "questions", "beside")
    },
    "desk:resident": Entry(get=SEES, aims=residents, missing=NO_RESIDENT),
    "desk:resident_contacts": Entry(
        post=READS_CONTACTS, aims=residents, missing=NO_RESIDENT, form=lambda world: {"show": "contacts"}
    ),
    "desk:resident_contact_new": Entry(
        get=CENTRE_READS,
        post=CENTRE_READS,
        aims=residents,
        missing=NO_RESIDENT,
        form=lambda world: {"contact": "052-765 4321"},
    ),
    "desk:resident_contact": Entry(
        get=CENTRE_READS,
        post=CENTRE_READS,
        aims=contact_points,
        missing={**NO_RESIDENT, "point_id": 10**9},
        form=lambda world: {"step": "correct", "contact": "corrected@resident.example"},
    ),
    "desk:resident_merge": Entry(
        get=CENTRE,
        post=CENTRE,
        aims=own_residents(),
        missing=NO_RESIDENT,
        form=lambda world: (
            {"step": "merge"}
            | dict.fromkeys(("with", "keep"), reporter_of(str(world.sides["own"].closed.number)))
        ),
        reads=frozenset({"who"}),
    ),
    "desk:resident_unmerge": Entry(
        post=CENTRE, aims=own_residents(merge_with), missing=NO_RESIDENT, form=who_closed
    ),
    "desk:resident_apart": Entry(post=CENTRE, aims=own_residents(), missing=NO_RESIDENT, form=who_closed),
    "desk:resident_likely": Entry(get=CENTRE_READS, aims=residents, missing=NO_RESIDENT, shows=False),
    "desk:case": Entry(get=SEES, aims=of_cases("open"), missing=NO_CASE),
    "desk:photo": Entry(
        get=SEES, aims=photos_of_cases, missing={**NO_CASE, "photo_id": 10**9, "size": "thumb"}, shows=False
    ),
    "desk:show_photo": Entry(
        post=CHANGES,
        aims=photos_to_show,
        missing={**NO_CASE, "photo_id": 10**9},
        form=lambda world: {"public": "yes"},
    ),
    "desk:change_service": change(other_service),
    "desk:change_place": change(lambda world: {"address": "Somewhere 1"}, reads=POSITION),
    "desk:schedule": change(tomorrow),
    "desk:merge": change(lambda world: the_twin(world) | pressed(world)),
    "desk:unmerge": Entry(post=CHANGES, aims=merged_cases, missing=NO_CASE, form=pressed),
    "desk:link": change(the_twin),
    "desk:unlink": Entry(post=CHANGES, aims=own_open(link_with_twin), missing=NO_CASE, form=the_twin),
    "desk:split": change(lambda world: words(world) | other_service(world)),
    "desk:public_words": change(lambda world: {"title": "Shown otherwise"}, aims=own_open(make_public)),
    "desk:hide": Entry(post=CHANGES, aims=own_open(make_public), missing=NO_CASE, form=pressed),
    "desk:confirm_check": Entry(post=CENTRE, aims=own_open(ask_for_check), missing=NO_CASE, form=pressed),
    "desk:send_back": Entry(
        get=CENTRE, post=CENTRE, aims=own_open(ask_for_check), missing=NO_CASE, form=words
    ),
    "desk:hand_over": change(hand_over_form, aims=own_open(plant_body)),
    "desk:tell_body": change(words, aims=own_open(let_body_ask)),
    "desk:take_back": Entry(post=CHANGES, aims=own_open(let_body_have), missing=NO_CASE, form=pressed),
    "desk:crew": Entry(get=AT_THE_DESK),
    "desk:crew_marks": Entry(get=AT_THE_DESK),
    "desk:crew_case": Entry(get=CHANGES, aims=of_cases("open"), missing=NO_CASE),
    "desk:crew_start": Entry(post=CHANGES, aims=of_cases("open"), missing=NO_CASE, form=pressed),
    "desk:crew_note": Entry(post=CHANGES, aims=of_cases("open"), missing=NO_CASE, form=words),
    "desk:crew_done": Entry(
        get=CHANGES,
        post=CHANGES,
        aims=of_cases("open"),
        missing=NO_CASE,
        form=lambda world: words(world) | {"outcome": "FIXED"},
        reads=frozenset({"photos"}),
    ),
    "desk:reply": case_action(),
    "desk:note": case_action(),
    "desk:told_by_phone": Entry(
        post=CHANGES,
        aims=own_open(lose_a_mail),
        missing=NO_CASE,
        form=lambda world: {"submission": SUBMISSION, "told": "yes"},
    ),
    "desk:assign": case_action(lambda world: {"department": "", "person": ""}),
    "desk:move": case_action(lambda world: {"target": "SCHEDULED"}),
    "desk:labels": Entry(
        get=CHANGES,
        post=CHANGES,
        aims=with_labels,
        missing=NO_CASE,
        form=lambda world: {"add": planted_label(world.town, "label-here").code, "remove": ""},
    ),
    "desk:set_priority": case_action(lambda world: {"priority": "HIGH"}),
    "desk:set_kind": case_action(lambda world: {"kind": "QUESTION"}),
    "desk:praise": dataclasses.replace(case_action(praised_form), aims=of_praise),
    "desk:later": change(lambda world: words(world) | in_a_month(world), aims=own_open(promise_an_end)),
    "desk:bell": Entry(get=SEES_ANY),
    "desk:notices": Entry(get=SEES_ANY, post=SEES_ANY, form=lambda world: {"step": "read"}, writes=False),
    "desk:open_notice": Entry(
        post=BY_WHO_ASKED,
        aims=of_told,
        missing={"notice_id": 999_999},
        form=lambda world: {"step": "open"},
        shows=False,
    ),
    "desk:close": Entry(
        get=CHANGES,
        post=CHANGES,
        aims=of_cases("open"),
        missing=NO_CASE,
        form=lambda world: words(world) | {"outcome": "FIXED"},
        reads=frozenset({"photos"}),
    ),
    "desk:answer_review": case_action(which="closed"),
    "desk:reopen": case_action(which="closed"),
    "desk:mails": Entry(
        get={actor: {HERE} if "own" in sides else set() for actor, sides in READS_MAILS.items()}
    ),
    "desk:mail": Entry(
        get=READS_MAILS,
        post=READS_MAILS,
        aims=of_mails,
        missing={"message_id": 10**9},
        form=lambda world: {"step": "discard", "note": "Thrown away by a test"},
        reads=frozenset({"service", "matter"}),
    ),
    "desk:raw_mail": Entry(get=READS_MAILS, aims=of_mails, missing={"message_id": 10**9}),
    "desk:mail_of_case": Entry(
        get=SEES, aims=by_mail("contact_id"), missing={**NO_CASE, "contact_id": 10**9}
    ),
    "desk:html_of_case": Entry(
        get=SEES, aims=by_mail("contact_id"), missing={**NO_CASE, "contact_id": 10**9}, shows=False
    ),
    "desk:raw_of_case": Entry(get=SEES, aims=by_mail("contact_id"), missing={**NO_CASE, "contact_id": 10**9}),
    "desk:document": Entry(
        get=SEES, aims=by_mail("document_id"), missing={**NO_CASE, "document_id": 10**9}, shows=False
    ),
    "desk:exports": Entry(get=SEES_ANY, post=SEES_ANY, form=export_form, reads=frozenset({"view", "ready"})),
    "desk:export_file": Entry(
        get=BY_WHO_ASKED, aims=of_exports, missing={"key": "no-such-export"}, shows=False
    ),
    "desk:settings": Entry(get=SETS),
    "desk:settings_services": Entry(get=MANAGER),
    "desk:settings_new_service": Entry(
        get=MANAGER,
        post=MANAGER,
        form=service_form,
        reads=frozenset({"photos", "is_public", "needs_proof", "centre_checks", "confidential_roles"}),
    ),
    "desk:settings_service": Entry(
        get=BY_MANAGERS,
        post=BY_MANAGERS,
        aims=of_services,
        missing={"slug": "no-such-service"},
        form=lambda world: {"step": "retire"},
    ),
    "desk:settings_promise": Entry(
        get=BY_MANAGERS,
        post=BY_MANAGERS,
        aims=of_promises,
        missing={"slug": "no-such-service"},
        form=promise_form,
    ),
    "desk:settings_question": Entry(
        get=BY_MANAGERS,
        post=BY_MANAGERS,
        aims=of_questions,
        missing={"slug": "no-such-service", "code": "planted"},
        form=question_form,
        reads=frozenset({"minimum", "maximum", "longest", "phone", "is_required", "is_public"}),
    ),
    "desk:settings_guides": Entry(
        get=MANAGER, post=MANAGER, aims=in_order, form=lambda world: {"place": "event-here:1"}
    ),
    "desk:settings_new_guide": Entry(
        get=MANAGER, post=MANAGER, form=guide_form, reads=frozenset({"life_events", "services"})
    ),
    "desk:settings_guide": Entry(
        get=BY_MANAGERS,
        post=BY_MANAGERS,
        aims=of_guides,
        missing={"slug": "no-such-guide"},
        form=guide_form,
        reads=frozenset({"life_events", "services"}),
    ),
    "desk:settings_new_life_event": Entry(get=MANAGER, post=MANAGER, form=life_event_form),
    "desk:settings_life_event": Entry(
        get=BY_MANAGERS,
        post=BY_MANAGERS,
        aims=of_life_events,
        missing={"code": "no-such-event"},
        form=life_event_form,
    ),
    "desk:settings_labels": Entry(get=MANAGER),
    "desk:settings_new_label": Entry(get=MANAGER, post=MANAGER, form=label_form),
    "desk:settings_label": Entry(
        get=BY_MANAGERS,
        post=BY_MANAGERS,
        aims=of_labels,
        missing={"code": "no-such-label"},
        form=label_form,
    ),
    "desk:settings_bodies": Entry(get=MANAGER),
    "desk:settings_new_body": Entry(
        get=MANAGER, post=MANAGER, form=body_form, reads=frozenset({"sees", "services", "areas"})
    ),
    "desk:settings_body": Entry(
        get=BY_MANAGERS,
        post=BY_MANAGERS,
        aims=of_bodies,
        missing={"code": "no-such-body"},
        form=body_form,
        reads=frozenset({"sees", "services", "areas"}),
    ),
    "desk:settings_missing": Entry(get=MANAGER),
    "desk:settings_routing": Entry(get=MANAGER, post=MANAGER, form=routing_form, reads=RULE),
    "desk:settings_dangers": Entry(
        get=MANAGER, post=MANAGER, form=dangers_form, reads=frozenset({"services", "answers"})
    ),
    "desk:settings_reactions": Entry(
        get=MANAGER, post=MANAGER, form=reactions_form, reads=frozenset({"by_mail", "remind", "review"})
    ),
    "desk:settings_warnings": Entry(
        get=MANAGER, post=MANAGER, form=warnings_form, reads=frozenset({"by_mail", "gives"})
    ),
    "desk:settings_map": Entry(
        get=MANAGER,
        post=MANAGER,
        aims=with_map_file,
        form=map_form,
        reads=frozenset({"subject", "file", "is_partial", "swap"}),
    ),
    "desk:settings_replies": Entry(get=MANAGER),
    "desk:settings_new_reply": Entry(get=MANAGER, post=MANAGER, form=reply_template_form),
    "desk:settings_reply": Entry(
        get=BY_MANAGERS,
        post=BY_MANAGERS,
        aims=of_reply_templates,
        missing={"code": "no-such-template"},
        form=reply_template_form,
    ),
    "desk:settings_brand": Entry(
        get=MANAGER,
        post=MANAGER,
        form=lambda world: {"step": "save", "light": "#6b2c91", "dark": "#d7b3f0"},
    ),
    "desk:settings_closed": Entry(
        get=MANAGER,
        post=MANAGER,
        form=lambda world: {"closed_words": "REOPEN_WITHIN", "reopen_days": "14"},
    ),
    "desk:settings_calendars": Entry(get=MANAGER),
    "desk:settings_new_calendar": Entry(get=MANAGER, post=MANAGER, form=calendar_form),
    "desk:settings_calendar": Entry(
        get=BY_MANAGERS,
        post=BY_MANAGERS,
        aims=of_calendars,
        missing={"code": "no-such-calendar"},
        form=calendar_form,
    ),
    "desk:settings_teams": Entry(get=KEEPS_ROSTERS),
    "desk:settings_roster": Entry(
        get=BY_WHO_KEEPS_THEM,
        post=BY_WHO_KEEPS_THEM,
        aims=of_rosters,
        missing={"code": "no-such-team"},
        form=roster_form,
    ),
    "desk:settings_new_team": Entry(get=MANAGER, post=MANAGER, form=team_form),
    "desk:settings_team": Entry(
        get=BY_MANAGERS,
        post=BY_MANAGERS,
        aims=of_teams,
        missing={"code": "no-such-team"},
        form=team_form,
    ),
    "desk:settings_notices": Entry(
        get=MANAGER, post=MANAGER, form=lambda world: {"begins": "22:00", "ends": "06:00"}
    ),
    "desk:settings_notice": Entry(
        get=BY_MANAGERS,
        post=BY_MANAGERS,
        aims=of_notices,
        missing={"kind": "no-such-kind", "language": "en"},
        form=notice_form,
    ),
    "desk:settings_departments": Entry(get=ADMINISTRATOR),
    "desk:settings_new_department": Entry(get=ADMINISTRATOR, post=ADMINISTRATOR, form=department_form),
    "desk:settings_department": Entry(
        get=BY_ADMINISTRATORS,
        post=BY_ADMINISTRATORS,
        aims=of_departments,
        missing={"code": "no-such-department"},
        form=department_form,
    ),
    "desk:settings_mailboxes": Entry(
        get=ADMINISTRATOR, post=ADMINISTRATOR, form=lambda world: {"step": "test"}, writes=False
    ),
    "desk:settings_new_mailbox": Entry(
        get=ADMINISTRATOR,
        post=ADMINISTRATOR,
        form=new_mailbox_form,
        reads=frozenset({"password", "reads_all", "takes_reply_to"}),
    ),
    "desk:settings_mailbox": Entry(
        get=BY_ADMINISTRATORS,
        post=BY_ADMINISTRATORS,
        aims=of_mailboxes,
        missing={"account_id": 10**9},
        form=mailbox_form,
        reads=frozenset({"password", "reads_all", "takes_reply_to"}),
    ),
    "desk:settings_people": Entry(get=ADMINISTRATOR),
    "desk:settings_new_person": Entry(get=ADMINISTRATOR, post=ADMINISTRATOR, form=invitation_form),
    "desk:settings_person": Entry(
        get=BY_ADMINISTRATORS,
        post=BY_ADMINISTRATORS,
        aims=of_people,
        missing={"user_id": 10**9},
        form=lambda world: {"step": "give", "role": "AUDITOR", "department": ""},
    ),
    "desk:settings_history": Entry(
        get=BY_ADMINISTRATORS,
        post=BY_ADMINISTRATORS,
        aims=of_histories,
        missing={"kind": "department", "name": "no-such-department"},
        form=lambda world: {"number": "1"},
    ),
    "transparency:figures": Entry(get=ALL),
    "transparency:months_feed": Entry(get=ALL),
    "transparency:cases_csv": Entry(get=ALL, aims=of_this_month, missing={"month": "1999-01"}, shows=False),
    "transparency:cases_geojson": Entry(
        get=ALL, aims=of_this_month, missing={"month": "1999-01"}, shows=False
    ),
    "account_login": Entry(
        get=ALL, post=ALL, form=sign_in_form, writes=False, reads=frozenset({"next", "remember"})
    ),
    "account_logout": Entry(post=ALL, writes=False),
    "account_reset_password": Entry(get=ALL, post=ALL, form=reset_form, writes=False),
    "account_reset_password_done": Entry(get=ALL),
    "account_reset_password_from_key_done": Entry(get=ALL),
    "account_reset_password_from_key": Entry(
        get=NOBODY, post=NOBODY, aims=reset_links, missing={"uidb36": "zzzzzz", "key": NO_KEY}
    ),
    "account_change_password": Entry(get=ON_THE_STAFF, post=ON_THE_STAFF, form=own_password_form),
    "mfa_authenticate": Entry(get=ALL, post=ALL, form=code_form, writes=False, reads=PROOFS),
    "account_confirm": Entry(get=ON_THE_STAFF, post=ON_THE_STAFF, form=code_form, writes=False, reads=PROOFS),
    "account_sign_in_passkey": Entry(post=ALL, form=passkey_form, writes=False, reads=PROOFS),
    "account_passkey_question": Entry(post=ALL, writes=False),
    "account_safety": Entry(get=ON_THE_STAFF),
    "account_later": Entry(post=ON_THE_STAFF, writes=False),
    "account_add_app": Entry(get=ON_THE_STAFF, post=ON_THE_STAFF, form=code_form, writes=False),
    "account_remove_app": Entry(
        get=ON_THE_STAFF, post=ON_THE_STAFF, form=lambda world: {"sure": "yes"}, writes=False
    ),
    "account_codes": Entry(
        get=ON_THE_STAFF, post=ON_THE_STAFF, form=lambda world: {"sure": "yes"}, writes=False
    ),
    "account_new_codes": Entry(
        get=ON_THE_STAFF, post=ON_THE_STAFF, form=lambda world: {"sure": "yes"}, writes=False
    ),
    "account_add_passkey": Entry(
        get=ON_THE_STAFF, post=ON_THE_STAFF, form=passkey_form, writes=False, reads=PROOFS
    ),
    "account_new_passkey_question": Entry(post=ON_THE_STAFF, writes=False),
    "account_rename_passkey": Entry(
        get=THEIR_PASSKEY,
        post=THEIR_PASSKEY,
        aims=passkeys,
        missing={"passkey_id": 10**9},
        form=lambda world: {"name": "Key in the drawer"},
    ),
    "account_remove_passkey": Entry(
        get=THEIR_PASSKEY,
        post=THEIR_PASSKEY,
        aims=passkeys,
        missing={"passkey_id": 10**9},
        form=lambda world: {"sure": "yes"},
    ),
    "ui:language": Entry(post=ALL, form=lambda world: {"language": "he", "next": "/"}, writes=False),
    "ui:appearance": Entry(post=ALL, form=lambda world: {"appearance": "dark", "next": "/"}, writes=False),
    "ui:keys": Entry(post=ALL, form=lambda world: {"keys": "off", "next": "/"}, writes=False),
    "ui:brand": Entry(get=ALL, aims=brands, missing={"version": "0123456789ab"}),
    "ui:map_data": Entry(get=ALL, reads=frozenset({"box", "zoom"})),
    "ui:addresses": Entry(get=ALL, reads=frozenset({"q"})),
    "ui:nearest_address": Entry(get=ALL, reads=frozenset({"latitude", "longitude"})),
    "ops:health": Entry(get=ALL),
    "ops:metrics": Entry(get=NOBODY),
    "ops:operations": Entry(get=ADMINISTRATOR),
    "ops:retry": Entry(
        post={**NOBODY, "administrator": {"own"}, "stranger": {"other_town"}},
        aims=dead_letters,
        missing={"row_id": 10**9},
    ),
    "ops:demo_mails": Entry(get=NOBODY),
    "ops:demo_mail": Entry(get=NOBODY, aims=kept_mails, missing={"name": "0002.eml"}),
}


def one_of(aims: dict[str, Aim], reached: set[str]) -> Aim:
    """Return an aim that is reached or, where none of them is, any."""
    name = max(reached & aims.keys(), default="")
    return aims[name] if name else next(iter(aims.values()))


def routes() -> Iterator[tuple[str, URLPattern]]:
    """Yield every route of the installation with its full name."""
    yield from _walk(get_resolver(), "")


def _walk(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, URLPattern]]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern, f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix)
        else:
            yield f"{prefix}{pattern.name}", pattern


def methods(names: Iterable[str]) -> list[tuple[str, str]]:
    """Return each of the routes with each method it is expected to have."""
    return [(name, method) for name in names for method in ("get", "post") if getattr(ROUTES[name], method)]
