"""The figures of a town equal those counted anew from its exported timeline alone."""

import contextlib
import dataclasses
import random
from datetime import UTC, date, datetime, timedelta

import pytest

from moked.accounts.models import Team
from moked.accounts.rules import Role, system
from moked.cases import operations
from moked.cases.models import Case
from moked.cases.operations import UnableToChangeCase
from moked.cases.rules import Channel, Outcome, State
from moked.catalogue.rules import CaseKind, Priority
from moked.exchange.exports.rules import Format
from moked.insights.performance import By, performance
from moked.insights.projections import count, rebuild
from moked.places.models import Area
from moked.places.rules import Place
from moked.sla.operations import break_overdue, recompute_calendar
from tests.counting import catch_up
from tests.exchange.files import ask, content
from tests.factories import make_actor, make_case, make_department, make_service, make_town
from tests.insights.recount import recount
from tests.insights.test_figures import rebuilt, state_of
from tests.sla.calendars import NIGHTS, ROUND_THE_CLOCK, calendar
from tests.sla.promising import make_calendar, promise

pytestmark = pytest.mark.django_db
START = datetime(2026, 10, 5, 6, tzinfo=UTC)  # Clocks go back in Jerusalem on 25 October.
MONTHS = [date(2026, 10, 1), date(2026, 11, 1)]
STEPS = 200
BOX = {"south": 0, "west": 0, "north": 1, "east": 1}
HOLIDAYS = {"2026-10-20": [], "2026-10-21": [["08:00", "12:00"]], "2026-11-03": [["06:00", "22:00"]]}
SHORTER = {name: [["09:00", "12:00"], ["13:00", "15:30"]] for name in ("sun", "mon", "tue", "wed", "thu")}


class Town:
    """A town in which things happen at random, each at a minute of its own."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.town = make_town()
        self.agent = make_actor(self.town, Role.AGENT)
        self.departments = [make_department(self.town) for _ in range(2)]
        self.teams = [
            Team.objects.create(municipality=self.town, department=one, code=f"team-{n}", name={"en": "Team"})
            for n, one in enumerate([*self.departments, None])
        ]
        self.areas = [
            Area.objects.create(
                municipality=self.town, kind="DISTRICT", code=code, name={"en": code}, geometry={}, **BOX
            )
            for code in ("north", "south")
        ]
        self.calendars = [
            make_calendar(self.town, calendar(days=HOLIDAYS)),
            make_calendar(self.town, calendar(**NIGHTS), code="nights"),
            make_calendar(self.town, calendar("Europe/Prague", **ROUND_THE_CLOCK), code="always"),
        ]
        self.services = list(self._services())
        self.cases: list[int] = []
        self.now = START

    def _services(self):
        office, nights, always = self.calendars
        roads, parks = self.departments
        said = [
            (roads, {}, office, {"first_answer": "4h", "resolution": "3d"}),
            (parks, {"kind": CaseKind.QUESTION}, office, {"first_answer": "90m", "resolution": "5d"}),
            (roads, {"priority": Priority.URGENT}, nights, {"first_answer": "2h", "resolution": "20h"}),
            (parks, {}, office, {"resolution": "6c", "legal": ["resolution"]}),
            (
                parks,
                {},
                always,
                {"first_answer": "1d", "resolution": "30h", "paused_by": {"resolution": ["SCHEDULED"]}},
            ),
        ]
        for department, document, hours, terms in said:
            service = make_service(self.town, department=department, **document)
            promise(service, calendar=hours, **terms)
            yield service
        yield make_service(self.town, department=roads)
        only_urgent = make_service(self.town, department=roads)
        urgent = {"calendar": office.code, "first_answer": "3h", "priorities": [Priority.URGENT]}
        promise(only_urgent, calendar=office, resolution="4d", exceptions=[urgent])
        yield only_urgent

    def live(self, steps: int = STEPS, *, is_counted: bool = True) -> None:
        """Let days go by; cases are counted now and then, or else by nobody, and then none becomes spam."""
        self.is_counted = is_counted
        for step in range(steps):
            self.now += timedelta(minutes=self.chance.randint(1, 420))
            if not self.cases or self.chance.random() < 0.22:
                self._open()
            else:
                self._act(self.chance.choice(self.cases[-9:]))
            if step == steps // 2:
                self._publish_hours()
            if self.chance.random() < 0.3:
                break_overdue(self.now)
            if is_counted and self.chance.random() < 0.5:
                count(self.town.pk, self.chance.sample(self.cases, min(3, len(self.cases))))
        self.now += timedelta(minutes=self.chance.randint(1, 5000))
        break_overdue(self.now)

    def _open(self) -> None:
        areas = self.chance.choice([(), (self.areas[0].pk,), (self.areas[1].pk,)])
        case = make_case(
            self.town,
            service=self.chance.choice(self.services),
            channel=self.chance.choice([Channel.WEB, Channel.PHONE, Channel.EMAIL]),
            place=Place(area_ids=areas),
            now=self.now,
        )
        self.cases.append(case.pk)

    def _act(self, case_id: int) -> None:
        acts = [
            *([self._reply] * 3 + [self._close] * 4 + [self._move] * 4 + [self._assign] * 2),
            *(self._reopen, self._merge, self._unmerge, self._service, self._priority, self._priority),
            *(self._write, self._spam),
        ]
        with contextlib.suppress(UnableToChangeCase):
            self.chance.choice(acts)(case_id)

    def _reply(self, case_id: int) -> None:
        operations.reply(case_id=case_id, body="We look.", by=self.agent, now=self.now)

    def _write(self, case_id: int) -> None:
        by = system(self.town.pk)
        operations.add_resident_contact(
            case_id=case_id, body="And?", channel=Channel.WEB, by=by, now=self.now
        )

    def _close(self, case_id: int) -> None:
        outcome = self.chance.choice([Outcome.FIXED, Outcome.FIXED, *Outcome])
        operations.close_case(case_id=case_id, outcome=outcome, message="Done.", by=self.agent, now=self.now)

    def _move(self, case_id: int) -> None:
        waiting = [State.WAITING_FOR_RESIDENT, State.WITH_EXTERNAL_BODY, State.SCHEDULED]
        to = self.chance.choice([*waiting, State.IN_PROGRESS, State.IN_PROGRESS])
        until = self.now + timedelta(days=2) if to == State.SCHEDULED else None
        operations.move(case_id=case_id, target=to, by=self.agent, now=self.now, until=until)

    def _assign(self, case_id: int) -> None:
        team = self.chance.choice([None, *self.teams])
        department = team.department if team and team.department else self.chance.choice(self.departments)
        operations.assign(
            case_id=case_id,
            department_id=department.pk,
            team_id=team.pk if team else None,
            assignee_id=self.chance.choice([None, self.agent.user_id]),
            by=self.agent,
            now=self.now,
        )

    def _reopen(self, case_id: int) -> None:
        operations.reopen(case_id=case_id, message="Again.", by=self.agent, now=self.now)

    def _merge(self, case_id: int) -> None:
        into = self.chance.choice(self.cases)
        operations.merge_case(case_id=case_id, into_id=into, by=self.agent, now=self.now)

    def _unmerge(self, case_id: int) -> None:
        merged = list(Case.objects.filter(state=State.MERGED).order_by("id").values_list("id", flat=True))
        if merged:
            case_id = self.chance.choice(merged)
            operations.unmerge_case(case_id=case_id, by=self.agent, now=self.now)

    def _service(self, case_id: int) -> None:
        to = self.chance.choice(self.services)
        operations.change_service(case_id=case_id, service_id=to.pk, by=self.agent, now=self.now)

    def _priority(self, case_id: int) -> None:
        to = self.chance.choice([Priority.URGENT, Priority.URGENT, *Priority])
        operations.set_priority(case_id=case_id, priority=to, by=self.agent, now=self.now)

    def _spam(self, case_id: int) -> None:
        if self.is_counted:
            Case.objects.filter(id=case_id).update(is_spam=self.chance.random() < 0.3)

    def _publish_hours(self) -> None:
        office = make_calendar(self.town, calendar(days=HOLIDAYS, **SHORTER), now=self.now)
        recompute_calendar(calendar_id=office.pk, now=self.now, may_go_on=lambda: True)


def shown(town: Town) -> dict[str, dict[str, dict]]:
    """Return the product's figures in the form of the recount."""
    found = {}
    for by in By:
        figures = performance(town.agent, by, MONTHS[0], MONTHS[-1], town.now)
        found[by] = {row.code: dataclasses.asdict(row.measures) for row in figures.rows}
        found["total"] = {"": dataclasses.asdict(figures.total)}
    return found


def that_count(figures: dict[str, dict[str, dict]]) -> dict[str, dict[str, dict]]:
    """Leave out units of which nothing is counted; and of months what is not theirs."""
    now = ("open", "waiting", "overdue")
    found = {}
    for unit, codes in figures.items():
        rows = {
            code: {name: value for name, value in one.items() if unit != "month" or name not in now}
            for code, one in codes.items()
        }
        found[unit] = {code: one for code, one in rows.items() if any(map(counts, one.values()))}
    return found


def counts(value: object) -> bool:
    return any(value) if isinstance(value, tuple) else bool(value)


@pytest.mark.parametrize("seed", [4, 6])
def test_figures_equal_a_recount_of_the_exported_timeline(seed):
    town = Town(seed)
    town.live()
    count(town.town.pk, town.cases)
    export = ask(town.town, town.agent, kind=Format.ZIP, now=town.now)
    months = [f"{month:%Y-%m}" for month in MONTHS]
    again = that_count(recount(content(export, town.agent, now=town.now), months, town.now))
    followed = that_count(shown(town))
    assert followed == again
    total = followed["total"][""]
    assert all(counts(value) for value in total.values()), total
    sum(rebuild(town.town.pk))
    assert that_count(shown(town)) == followed


@pytest.mark.django_db(transaction=True)
def test_following_the_events_comes_to_the_same_as_counting_anew():
    town = Town(8)
    town.live(90, is_counted=False)
    catch_up()
    followed = state_of(town.town)
    assert rebuilt(town.town) == followed
