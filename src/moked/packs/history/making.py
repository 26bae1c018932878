"""Make a town's past: a stream of cases, written in batches while it is invented."""

import dataclasses
import random
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from moked.accounts.models import Department
from moked.cases.bulk import PastCase, open_many
from moked.cases.facts import Fact
from moked.cases.operations import Said
from moked.catalogue.models import Service
from moked.catalogue.rules import PlaceNeed
from moked.files.operations import keep_photo
from moked.municipalities.models import Municipality
from moked.packs import pictures
from moked.packs.addresses import Addresses
from moked.packs.history.people import People, settle
from moked.packs.history.rhythm import Occasion, Rhythm
from moked.packs.history.story import Beginning, Promise, Stories, survey_answer
from moked.packs.history.words import Words
from moked.places.models import Area
from moked.places.rules import AreaKind, Place
from moked.routing.queries import rules_of
from moked.routing.rules import matches
from moked.sla.bulk import promising
from moked.sla.queries import calendars_of, targets_of, waiting_days
from moked.sla.rules import Target
from moked.surveys.bulk import asking

SEED = 106
WITH_PLACE = {PlaceNeed.NEEDED: 1.0, PlaceNeed.ASKED: 0.85, PlaceNeed.NONE: 0.0}
FEWEST_PLACES, MOST_PLACES = 40, 1500
AT_HOME, IN_STORMS_DISTRICT = 0.25, 0.75
PICTURES = 3
NEWEST = 300
"""Among how many of the newest cases those are looked for that show pictures."""

SECONDS_A_LINE = 0.8
Tell = Callable[[str], None]


def write_history(town: Municipality, pack: dict[str, Any], count: int, now: datetime, tell: Tell) -> None:
    """Write a year of that many cases; `tell` gets a line of progress about once a second."""
    chance = random.Random(f"{SEED}-{town.slug}")  # noqa: S311 - invented cases, the same each time
    people = settle(town, pack, count, now, chance)
    past = with_pictures(town, past_cases(town, pack, people, count, now, chance), chance)
    answers = random.Random(f"{SEED}-{town.slug}-surveys")  # noqa: S311
    beside = promising(town.pk, now), asking(survey_answer(now, answers))
    _told(town, count, open_many(town, past, *beside), tell)


def past_cases(
    town: Municipality,
    pack: dict[str, Any],
    people: People,
    count: int,
    now: datetime,
    chance: random.Random,
) -> Iterator[PastCase]:
    """Yield invented cases of the last year in the order they were opened."""
    services = {one.slug: one for one in Service.objects.filter(municipality=town)}
    slugs = [entry["slug"] for entry in pack["services"]]
    office = calendars_of(town.pk)[0].hours
    words = Words(pack, town.language)
    houses = _Houses(town, count, chance)
    departments = _Departments(town)
    rhythm = Rhythm(slugs, office, houses.districts, now, chance)
    stories = Stories(_promises(town, services.values()), people, words, now, chance)
    for occasion in rhythm.occasions(count):
        service = services[occasion.slug]
        reporter = people.who(chance)
        place = houses.place(service, occasion, reporter.resident.pk if reporter else None)
        language = reporter.resident.language if reporter else town.language
        department_id = departments.of(service, place)
        begun = Beginning(occasion, service, department_id, language, reporter, place.point is not None)
        yield PastCase(
            service=service,
            matter=words.matter(occasion.slug, language, chance),
            opened_at=occasion.at,
            channel=occasion.channel,
            language=language,
            reporter=reporter,
            steps=stories.steps(begun),
            said=Said(place=place),
            department_id=department_id,
        )


def with_pictures(town: Municipality, past: Iterable[PastCase], chance: random.Random) -> Iterator[PastCase]:
    """Give the newest open cases of services that take photos one each: keeping a photo takes a while."""
    newest: deque[PastCase] = deque()
    for one in past:
        newest.append(one)
        if len(newest) > NEWEST:
            yield newest.popleft()
    showing = [at for at, one in enumerate(newest) if one.service.photos and one.closing is None]
    for at, one in enumerate(newest):
        if at not in showing[-PICTURES:]:
            yield one
            continue
        token = keep_photo(town.pk, pictures.draw(one.service.slug, chance), one.opened_at).token
        yield dataclasses.replace(one, said=dataclasses.replace(one.said, photos=(token,)))


class _Houses:
    """Where things happen: some houses of the town, at some of them more often than at others."""

    def __init__(self, town: Municipality, count: int, chance: random.Random) -> None:
        self._chance = chance
        addresses = Addresses(town)
        wanted = max(FEWEST_PLACES, min(MOST_PLACES, count // 3))
        self._places = [addresses.any(chance) for _ in range(wanted)]
        codes = dict(Area.objects.filter(municipality=town, kind=AreaKind.DISTRICT).values_list("pk", "code"))
        self._of_district: dict[str, list[Place]] = {}
        for place in self._places:
            for area_id in place.area_ids:
                self._of_district.setdefault(codes.get(area_id, ""), []).append(place)

    @property
    def districts(self) -> Sequence[str]:
        """The codes of the districts in which something may happen."""
        return sorted(self._of_district)

    def place(self, service: Service, occasion: Occasion, resident_id: int | None) -> Place:
        """Return where it is, if the service takes a place: in the storm's district, at home, or anywhere."""
        chance = self._chance
        if chance.random() >= WITH_PLACE[PlaceNeed(service.place)]:
            return Place()
        if occasion.storm and chance.random() < IN_STORMS_DISTRICT:
            return chance.choice(self._of_district[occasion.storm])
        if resident_id and chance.random() < AT_HOME:
            return self._places[resident_id * 37 % len(self._places)]
        return self._places[int(len(self._places) * chance.random() ** 1.5)]


class _Departments:
    """Who handles what, by the town's rules as they are now; without rules it is the service's own."""

    def __init__(self, town: Municipality) -> None:
        self._rules = rules_of(town.pk)
        found = Area.objects.filter(municipality=town).values_list("pk", "kind", "code")
        self._areas = {pk: (kind, code) for pk, kind, code in found}
        self._ids = dict(Department.objects.filter(municipality=town).values_list("code", "pk"))

    def of(self, service: Service, place: Place) -> int | None:
        """Return the department's id."""
        areas = [self._areas[area_id] for area_id in place.area_ids]
        facts: dict[str, Any] = {
            Fact.SERVICE: service.slug,
            Fact.AREAS: [f"{kind}/{code}" for kind, code in areas],
            Fact.AREA_KINDS: [kind for kind, _code in areas],
        }
        match = next(matches(self._rules, facts), None)
        named = self._ids.get(match.rule.target.department) if match else None
        return named or service.department_id


def _promises(town: Municipality, services: Iterable[Service]) -> dict[int, Promise]:
    calendars = {one.pk: one.hours for one in calendars_of(town.pk, with_retired=True)}
    first = next(iter(calendars.values()))
    targets = targets_of(town.pk)
    promises = {}
    for service in services:
        target = targets.get(service.pk)
        promises[service.pk] = Promise(
            hours=calendars[target.calendar_id] if target else first,
            first_answer=Target.read(target.first_answer) if target and target.first_answer else None,
            resolution=Target.read(target.resolution) if target and target.resolution else None,
            waits=waiting_days(service.pk),
        )
    return promises


def _told(town: Municipality, count: int, batches: Iterable[Sequence[Any]], tell: Tell) -> None:
    started = last = time.monotonic()
    done = 0
    for batch in batches:
        done += len(batch)
        passed = time.monotonic()
        if passed - last >= SECONDS_A_LINE:
            last = passed
            tell(f"{town.slug}: {done:,} of {count:,} cases, {done / (passed - started):,.0f} a second")
