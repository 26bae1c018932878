"""Fill an empty database with two towns and their past: python -m benchmarks.inside.filling CASES FILE

The first town gets CASES cases, the second a tenth of that. All go through the bulk form of opening, and a
few dozen more through the ordinary operations, so that pages have long timelines and reviews to show. FILE
receives what a benchmark has to know: who can sign in, which cases there are, which links lead to them.
The log is read by the projections and the outbox is delivered, so that what follows starts at rest.
"""

from benchmarks.inside import start  # isort: skip

import json
import random
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db.models import F, Max, Q

from moked.accounts.models import Department, User
from moked.accounts.operations import add_department, add_member
from moked.accounts.queries import actor_for
from moked.accounts.rules import DEPARTMENTAL, Actor, Role, resident, system
from moked.cases import operations, rules
from moked.cases.bulk import PastCase, PastClosing, PastMove, PastStep, open_many
from moked.cases.models import Case
from moked.cases.operations import Reporter
from moked.catalogue.models import Service
from moked.catalogue.operations import publish_service
from moked.catalogue.rules import CaseKind, ServiceDocument
from moked.events import projections, worker
from moked.events.models import Event, OutboxRow, Position
from moked.intake.operations import report
from moked.links import operations as links
from moked.links.models import Link
from moked.municipalities.models import Municipality
from moked.notices.operations import publish_quiet_hours
from moked.notices.rules import NEVER
from moked.packs import loader
from moked.residents.operations import ContactDetails, get_to_know
from moked.sla.bulk import promising

SEED = 106
DAYS = 730
WORKED_ON_SHARE = 1 / 3
CLOSED_SHARE = 0.6
ASSIGNED_SHARE = 0.3
NAMED_SHARE = 0.85
CASES_A_RESIDENT = 4
MORE_DEPARTMENTS = 7
SERVICES_A_DEPARTMENT = 3
WORKED = 40
REVIEWED = 30
LINKS_OPEN = timedelta(days=200)
WORDS = (
    *("lamp", "road", "bin", "tree", "water", "noise", "bridge", "school", "corner", "morning", "since"),
    *("broken", "again", "street", "blocked", "dark", "pavement", "danger", "children", "please", "rain"),
    *("evening", "smell", "full", "park", "bench", "gate", "sign", "crossing"),
)


def fill(cases: int, now: datetime) -> dict[str, Any]:
    """Make everything and return what a benchmark has to know."""
    chance = random.Random(SEED)
    town, neighbour = (loader.load(name, now=now) for name in ("generic", "il"))
    for one in (town, neighbour):
        # Mails are measured at any hour.
        publish_quiet_hours(municipality_id=one.pk, hours=NEVER, by_user_id=None, now=now)
    password = f"benchmark-{chance.getrandbits(64):x}"
    people = {role: add_person(town, role, password, now) for role in Role}
    add_services(town, now)
    bulk(town, cases, people, now, chance)
    bulk(neighbour, cases // 10, {}, now, chance)
    worked = list(worked_cases(town, people, now, chance))
    review_some(town, now)
    settle()
    return {
        "town": town.slug,
        "password": password,
        "residents": residents_of(cases),
        "logins": {role.value: user.email for role, user in people.items()},
        "services": list(Service.objects.filter(municipality=town).values_list("slug", flat=True)),
        "worked": [shown(case) for case in worked],
        "plain": [shown(case) for case in some_plain(town, now, chance)],
        "of_department": [shown(case) for case in some_of_department(town, chance)],
    }


def add_person(town: Municipality, role: Role, password: str, now: datetime) -> User:
    """Make a member of staff; the departmental ones belong to the roads department."""
    user = User.objects.create_user(f"{role.lower()}@{town.slug}.example", password, name=role.title())
    department = Department.objects.get(municipality=town, code="roads") if role in DEPARTMENTAL else None
    add_member(municipality=town, user=user, role=role, department=department, by_user_id=None, now=now)
    return user


def add_services(town: Municipality, now: datetime) -> None:
    """Bring the town to a usual size: a dozen departments, some thirty services."""
    for number in range(1, MORE_DEPARTMENTS + 1):
        department = add_department(
            municipality=town,
            code=f"unit-{number}",
            name={"en": f"Unit {number}", "he": f"יחידה {number}"},
            by=system(town.pk),
            now=now,
        )
        for part in range(1, SERVICES_A_DEPARTMENT + 1):
            document = ServiceDocument(
                name={"en": f"Matter {number}.{part}", "he": f"נושא {number}.{part}"},
                description={},
                words={"en": [f"matter{number}{part}"]},
                kind=CaseKind.REPORT,
                department=department.code,
            )
            publish_service(
                municipality=town,
                slug=f"matter-{number}-{part}",
                document=document,
                by_user_id=None,
                now=now,
            )


def bulk(
    town: Municipality, count: int, people: dict[Role, User], now: datetime, chance: random.Random
) -> None:
    """Open the cases of the past."""
    residents = make_residents(town, residents_of(count), now)
    services = list(Service.objects.filter(municipality=town).order_by("id"))
    handlers = [user.pk for role, user in people.items() if role in {Role.AGENT, Role.SERVICE_MANAGER}]
    past = [past_case(services, residents, handlers, town.language, now, chance) for _ in range(count)]
    past.sort(key=lambda one: one.opened_at)
    for _ in open_many(town, past, promising(town.pk, now)):
        pass


def residents_of(cases: int) -> int:
    """Return how many residents that many cases come from."""
    return max(10, cases // CASES_A_RESIDENT)


def make_residents(town: Municipality, count: int, now: datetime) -> list[Reporter]:
    """Make residents with an e-mail address each."""
    people = [
        (
            ContactDetails(name=f"Resident {number}", email=f"resident{number}@{town.slug}.example"),
            town.language,
        )
        for number in range(count)
    ]
    residents = get_to_know(town.pk, people, now)
    return [Reporter(one, details) for one, (details, _) in zip(residents, people, strict=True)]


def past_case(
    services: list[Service],
    residents: list[Reporter],
    handlers: list[int],
    language: str,
    now: datetime,
    chance: random.Random,
) -> PastCase:
    """Invent one case of the last two years."""
    opened_at = now - timedelta(minutes=chance.randrange(60, DAYS * 1440))
    steps: list[PastStep] = []
    if chance.random() < CLOSED_SHARE:
        closed_at = opened_at + (now - opened_at) * chance.random()
        outcome = chance.choices([rules.Outcome.FIXED, rules.Outcome.NOT_OURS], [5, 1])[0]
        steps = [PastClosing(closed_at, outcome, words(chance, 20))]
    elif chance.random() < WORKED_ON_SHARE:
        steps = [PastMove(opened_at, rules.State.IN_PROGRESS)]
    is_open = not steps or isinstance(steps[0], PastMove)
    is_assigned = handlers and is_open and chance.random() < ASSIGNED_SHARE
    return PastCase(
        service=chance.choice(services),
        matter=words(chance, 30),
        opened_at=opened_at,
        channel=chance.choices(list(rules.Channel)[:4], [5, 2, 4, 1])[0],
        language=language,
        reporter=chance.choice(residents) if chance.random() < NAMED_SHARE else None,
        assignee_id=chance.choice(handlers) if is_assigned else None,
        steps=steps,
    )


def words(chance: random.Random, count: int) -> str:
    """Return that many words, as a resident's sentence."""
    return " ".join(chance.choices(WORDS, k=count)).capitalize() + "."


def worked_cases(
    town: Municipality, people: dict[Role, User], now: datetime, chance: random.Random
) -> Iterator[Case]:
    """Open cases the ordinary way and work on them as a team does; every second one is closed."""
    agent = actor_for(people[Role.AGENT], town.pk)
    assert agent is not None
    services = list(
        Service.objects.filter(
            municipality=town, department__code="roads", needs_proof=False, centre_checks=False
        ).order_by("id")
    )
    for number in range(WORKED):
        opened_at = now - timedelta(hours=48 + number)
        yield work_on(town, services[number % len(services)], agent, opened_at, number, chance)


def work_on(
    town: Municipality, service: Service, agent: Actor, at: datetime, number: int, chance: random.Random
) -> Case:
    """Report, answer, note, assign, write again; close the odd ones. Each has about twenty entries."""
    case = report(
        municipality=town,
        service=service,
        matter=words(chance, 60),
        channel=rules.Channel.WEB,
        language=town.language,
        details=ContactDetails(name=f"Worked {number}", email=f"worked{number}@{town.slug}.example"),
        by=resident(town.pk),
        now=at,
    )
    of_case: dict[str, Any] = {"case_id": case.pk}
    for step in range(1, 5):
        later = at + timedelta(hours=step)
        operations.reply(**of_case, body=words(chance, 40), by=agent, now=later)
        operations.add_note(**of_case, body=words(chance, 20), by=agent, now=later)
        operations.add_resident_contact(
            **of_case, body=words(chance, 30), channel=rules.Channel.WEB, by=resident(town.pk), now=later
        )
    operations.assign(
        **of_case, department_id=case.department_id, assignee_id=agent.user_id, by=agent, now=later
    )
    if number % 2:
        operations.close_case(
            **of_case, outcome=rules.Outcome.NOTHING_FOUND, message=words(chance, 20), by=agent, now=later
        )
    return case


def review_some(town: Municipality, now: datetime) -> None:
    """Have the residents of some closed cases say that all is not well."""
    closed = Case.objects.filter(municipality=town, is_open=False, state=rules.State.RESOLVED)
    for case_id in closed.order_by("-closed_at").values_list("id", flat=True)[:REVIEWED]:
        operations.open_review(
            case_id=case_id, reason=rules.ReviewReason.NOT_FIXED, by=resident(town.pk), now=now
        )


def settle() -> None:
    """Bring projections and outbox to their end."""
    start.take_statistics()
    while projections.run():
        pass
    while worker.run_outbox():
        pass
    left = OutboxRow.objects.filter(is_open=True).count()
    assert left == 0, f"{left} outbox rows could not be delivered"
    make_log_older_than_any_server()


def make_log_older_than_any_server() -> None:
    """Let the log be restored into a new PostgreSQL, whose transaction numbers begin anew."""
    newest = Event.objects.aggregate(newest=Max("transaction_number"))["newest"]
    for model in (Event, Position):
        model.objects.update(transaction_number=F("transaction_number") - newest - 1)


def some_plain(town: Municipality, now: datetime, chance: random.Random) -> list[Case]:
    """Return a hundred cases of the past, from everywhere among those whose tracking links still open."""
    recent = Q(closed_at__isnull=True) | Q(closed_at__gt=now - LINKS_OPEN)
    cases = Case.objects.filter(recent, municipality=town, service__is_confidential=False)
    ids = list(cases.order_by("id").values_list("id", flat=True))[:-WORKED]
    return list(Case.objects.filter(id__in=chance.sample(ids, 100)))


def some_of_department(town: Municipality, chance: random.Random) -> list[Case]:
    """Return a hundred cases that the department's worker may open."""
    cases = Case.objects.filter(municipality=town, department__code="roads")
    ids = list(cases.order_by("id").values_list("id", flat=True))
    return list(Case.objects.filter(id__in=chance.sample(ids, 100)))


def shown(case: Case) -> dict[str, str]:
    """Return by what a case's two pages are asked for."""
    case.refresh_from_db(fields=["number"])
    link = links.find(purpose=Link.Purpose.TRACKING, object_id=case.pk)
    assert case.number and link
    return {"number": case.number, "secret": links.render(link)}


def main() -> None:
    """Migrate and fill."""
    cases, path = int(sys.argv[1]), Path(sys.argv[2])
    settings.DATA.mkdir(parents=True, exist_ok=True)
    call_command("migrate", interactive=False, verbosity=0)
    path.write_text(json.dumps(fill(cases, datetime.now(UTC))), encoding="utf-8")
    start.tell({"cases": cases})


if __name__ == "__main__":
    main()
