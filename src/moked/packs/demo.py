"""Make the invented towns of the demo: people, residents, cases with a past, and the file that lists them."""

import dataclasses
import json
import os
import random
import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings

from moked.accounts.models import Department, User
from moked.accounts.operations import add_member
from moked.accounts.rules import DEPARTMENTAL, Role, resident
from moked.cases import rules
from moked.cases.bulk import PastCase, PastClosing, PastMove, PastStep, open_many
from moked.cases.models import Case
from moked.cases.operations import Reporter, Said, open_review
from moked.catalogue.models import Service
from moked.catalogue.rules import PlaceNeed
from moked.files.operations import keep_photo
from moked.intake.operations import report, write_again
from moked.links import operations as links
from moked.links.models import Link
from moked.municipalities.models import Host, Municipality
from moked.municipalities.queries import public_url
from moked.packs import loader, pictures
from moked.packs.addresses import Addresses
from moked.places.models import Area
from moked.places.rules import Place
from moked.residents.operations import ContactDetails, identify
from moked.routing.queries import rules_of
from moked.routing.rules import route
from moked.sla.bulk import promising

SEED = 106
DAYS = 60
DEPARTMENT_OF_PEOPLE = "roads"
WORKED_ON = [rules.State.RECEIVED, rules.State.RECEIVED, rules.State.IN_PROGRESS]
WAITING = [rules.State.WAITING_FOR_RESIDENT, rules.State.WITH_EXTERNAL_BODY]
WAITS_AT_MOST = timedelta(days=9)
WITH_PLACE = {PlaceNeed.NEEDED: 1.0, PlaceNeed.ASKED: 0.85, PlaceNeed.NONE: 0.0}
SEEN_BEFORE = 0.3
NAMED = 0.85
PICTURES = 3


def make(*, pack: str, cases: int, base_url: str, now: datetime) -> dict[str, Any]:
    """Make or complete the two demo towns and return what `access.json` says.

    Each answers under its path and on a host of its own, `<slug>.localhost`.
    A town that has cases already is left as it is. Raises loader.NoSuchPack.
    """
    second = "generic" if pack == "il" else "il"
    password = _password()
    towns = [loader.load(name, now=now) for name in (pack, second)]
    packs = [loader.read(name) for name in (pack, second)]
    logins = [
        login
        for town, content in zip(towns, packs, strict=True)
        for login in _people(town, content, password, now)
    ]
    for content, town in zip(packs, towns, strict=True):
        Host.objects.get_or_create(host=f"{town.slug}.localhost", defaults={"municipality": town})
        if not Case.objects.filter(municipality=town).exists():
            _history(town, content, cases, now)
    return _access(towns, logins, base_url, now)


def write_access(access: dict[str, Any]) -> Path:
    """Write the file only its owner may read, in one step."""
    path = settings.DATA / "access.json"
    temporary = path.with_suffix(".tmp")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(access, file, ensure_ascii=False, indent=2)
    temporary.replace(path)
    return path


def _password() -> str:
    """Return the demo's one password: the one given out before, else a new one."""
    path = settings.DATA / "access.json"
    if path.exists():
        logins = json.loads(path.read_text(encoding="utf-8"))["logins"]
        return str(logins[0]["password"])
    return secrets.token_urlsafe(12)


def _people(
    town: Municipality, pack: dict[str, Any], password: str, now: datetime
) -> Iterator[dict[str, str]]:
    department = Department.objects.get(municipality=town, code=DEPARTMENT_OF_PEOPLE)
    for role in Role:
        email = f"{role.lower()}@{town.slug}.example"
        if not User.objects.filter(email=email).exists():
            user = User.objects.create_user(
                email, password, name=pack["staff"][role.lower()], language=town.language
            )
            add_member(
                municipality=town,
                user=user,
                role=role,
                department=department if role in DEPARTMENTAL else None,
                by_user_id=None,
                now=now,
            )
        yield {"role": role.lower(), "town": town.slug, "email": email, "password": password}


def _history(town: Municipality, pack: dict[str, Any], count: int, now: datetime) -> None:
    chance = random.Random(f"{SEED}-{town.slug}")  # noqa: S311 - invented cases, the same each time
    reporters = _reporters(town, pack, now)
    past = sorted_past(town, pack, reporters, count, now, chance)
    for _ in open_many(town, _with_pictures(town, past, chance), promising(town.pk, now)):
        pass
    _resident_voices(town, pack, now)
    _live_case(town, pack, now)


def sorted_past(
    town: Municipality,
    pack: dict[str, Any],
    reporters: list[Reporter],
    count: int,
    now: datetime,
    chance: random.Random,
) -> list[PastCase]:
    """Return invented cases of the last sixty days in the order they were opened."""
    services = {service.slug: service for service in Service.objects.filter(municipality=town)}
    weights = [len(entry["matters"][town.language]) for entry in pack["services"]]
    entries = chance.choices(pack["services"], weights, k=count)
    past = [_past_case(services[entry["slug"]], entry, town, reporters, now, chance) for entry in entries]
    past.sort(key=lambda one: one.opened_at)
    placed = zip(past, _places(town, past, chance), strict=True)
    return _routed(town, [dataclasses.replace(one, said=Said(place=place)) for one, place in placed])


def _places(town: Municipality, past: list[PastCase], chance: random.Random) -> Iterator[Place]:
    """Yield where each case is; every third of a service stands where one of its former ones stood."""
    addresses = Addresses(town)
    seen: dict[int, list[Place]] = {}
    for one in past:
        if chance.random() >= WITH_PLACE[PlaceNeed(one.service.place)]:
            yield Place()
            continue
        former = seen.setdefault(one.service.pk, [])
        is_new = not former or chance.random() >= SEEN_BEFORE
        former.append(addresses.any(chance) if is_new else chance.choice(former))
        yield former[-1]


def _routed(town: Municipality, past: list[PastCase]) -> list[PastCase]:
    """Give the cases to the departments that the town's rules name; without rules they stay as they are."""
    in_force = rules_of(town.pk)
    found = Area.objects.filter(municipality=town).values_list("pk", "kind", "code")
    areas = {pk: (kind, code) for pk, kind, code in found}
    departments = dict(Department.objects.filter(municipality=town).values_list("code", "pk"))
    matches = [
        route(in_force, one.service.slug, [areas[area_id] for area_id in one.said.place.area_ids])
        for one in past
    ]
    return [
        dataclasses.replace(one, department_id=departments.get(match.department)) if match else one
        for one, match in zip(past, matches, strict=True)
    ]


def _with_pictures(town: Municipality, past: list[PastCase], chance: random.Random) -> list[PastCase]:
    """Give the newest open cases of services that take photos one each: keeping a photo takes a while."""
    showing = [at for at, one in enumerate(past) if one.service.photos and one.closing is None]
    past = list(past)
    for at in showing[-PICTURES:]:
        one = past[at]
        drawn = pictures.draw(one.service.slug, chance)
        token = keep_photo(town.pk, drawn, one.opened_at).token
        past[at] = dataclasses.replace(one, said=dataclasses.replace(one.said, photos=(token,)))
    return past


def _past_case(
    service: Service,
    entry: dict[str, Any],
    town: Municipality,
    reporters: list[Reporter],
    now: datetime,
    chance: random.Random,
) -> PastCase:
    opened_at = now - timedelta(days=DAYS * chance.random() ** 1.5, minutes=chance.randrange(5, 600))
    age = now - opened_at
    took = timedelta(hours=chance.lognormvariate(3.5, 1.0))
    reporter = chance.choice(reporters) if chance.random() < NAMED else None
    language = reporter.resident.language if reporter else town.language
    steps: list[PastStep] = []
    if took < age:
        words = chance.choice(entry["answers"][language])
        outcome = rules.Outcome.ANSWERED if service.kind == "QUESTION" else rules.Outcome.FIXED
        steps = [PastClosing(opened_at + took, outcome, words)]
    else:
        state = chance.choice(WORKED_ON * 2 + WAITING if age < WAITS_AT_MOST else WORKED_ON)
        steps = [] if state == rules.State.RECEIVED else [PastMove(opened_at, state)]
    return PastCase(
        service=service,
        matter=chance.choice(entry["matters"][language]),
        opened_at=opened_at,
        channel=chance.choices(list(rules.Channel)[:4], [5, 2, 4, 1])[0],
        language=language,
        reporter=reporter,
        steps=steps,
    )


def _reporters(town: Municipality, pack: dict[str, Any], now: datetime) -> list[Reporter]:
    """Return the invented residents; each speaks the language whose list they stand in."""
    people = []
    spoken = [(language, name) for language, names in pack["residents"].items() for name in names]
    for index, (language, name) in enumerate(spoken, 1):
        details = ContactDetails(name=name, email=f"resident{index}@example.org")
        person = identify(municipality_id=town.pk, details=details, language=language, now=now)
        assert person is not None  # noqa: S101 - a name was given
        people.append(Reporter(person, details))
    return people


def _resident_voices(town: Municipality, pack: dict[str, Any], now: datetime) -> None:
    """Let residents add to the two newest open cases and be unhappy with the two newest closed ones."""
    by = resident(town.pk)
    newest = Case.objects.filter(municipality=town, service__is_confidential=False).order_by("-id")
    # What waits for its resident would go on with this, and its promise would be told anew.
    going = newest.filter(is_open=True, state__in=WORKED_ON)
    for case, which in zip(going[:2], (0, 1), strict=False):
        write_again(case_id=case.pk, body=pack["added_words"][case.language][which], by=by, now=now)
    for case in newest.filter(is_open=False)[:2]:
        open_review(case_id=case.pk, reason=rules.ReviewReason.NOT_FIXED, by=by, now=now)


def _live_case(town: Municipality, pack: dict[str, Any], now: datetime) -> None:
    """Open one case the ordinary way, so that a first mail lies in the demo's mail folder."""
    entry = pack["services"][0]
    report(
        municipality=town,
        service=Service.objects.get(municipality=town, slug=entry["slug"]),
        matter=entry["matters"][town.language][0],
        channel=rules.Channel.WEB,
        language=town.language,
        details=ContactDetails(name=pack["residents"][town.language][0], email="resident1@example.org"),
        by=resident(town.pk),
        now=now,
        submission=f"demo-{town.slug}",
    )


def _access(
    towns: list[Municipality], logins: list[dict[str, str]], base_url: str, now: datetime
) -> dict[str, Any]:
    sample = Case.objects.filter(municipality=towns[0]).latest("id")
    link = links.find(purpose=Link.Purpose.TRACKING, object_id=sample.pk)
    assert link is not None  # noqa: S101 - every case is opened with its link
    return {
        "made_at": now.isoformat(),
        "base_url": base_url,
        "towns": [
            {
                "slug": town.slug,
                "portal": public_url(town, "portal:start"),
                "desk": public_url(town, "desk:queue"),
                "figures": public_url(town, "transparency:figures"),
                "open311": None,
                "openapi": None,
                "sample_address": Addresses(town).sample(),
            }
            for town in towns
        ],
        "logins": logins,
        "mail_folder": str(settings.DATA / "mail"),
        "sample_case": sample.number,
        "sample_tracking": public_url(towns[0], "portal:track", links.render(link)),
        "sample_api_key": None,
    }
