"""Make the invented towns of the demo: people, residents, cases with a past, and the file that lists them."""

import json
import os
import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password

from moked.accounts.models import Absence, Department, Team, User
from moked.accounts.operations import add_absence, add_member, set_members, set_roster
from moked.accounts.rosters import Shift
from moked.accounts.rules import DEPARTMENTAL, Role, resident, system
from moked.cases import rules
from moked.cases.models import Case, Review
from moked.cases.operations import assign, open_review
from moked.catalogue.models import Service
from moked.intake.operations import report, write_again
from moked.links import operations as links
from moked.links.models import Link
from moked.municipalities.models import Host, Municipality
from moked.municipalities.queries import public_url
from moked.municipalities.statistics import take_statistics
from moked.notices.operations import publish_quiet_hours
from moked.notices.rules import NEVER
from moked.packs import loader
from moked.packs.addresses import Addresses
from moked.packs.history.making import Tell, write_history
from moked.packs.letters import receive_letters
from moked.residents.operations import ContactDetails

DEPARTMENT_OF_PEOPLE = "roads"
DAILY = tuple(range(7))
# Who works in which team, and when; at all hours where nothing is said.
TEAMS: dict[str, dict[Role, tuple[int, int] | None]] = {
    "duty": {Role.AGENT: (7 * 60, 19 * 60), Role.SERVICE_MANAGER: (19 * 60, 31 * 60)},
    "road-repairs": {Role.DEPARTMENT_WORKER: (6 * 60, 16 * 60), Role.DEPARTMENT_MANAGER: None},
    "street-lights": {Role.DEPARTMENT_WORKER: (16 * 60, 23 * 60), Role.DEPARTMENT_MANAGER: None},
}
CASES_OF_TEAMS = {"road-repairs": 4, "street-lights": 2}
AWAY = (timedelta(days=9), timedelta(days=12))
WORKED_ON = [rules.State.RECEIVED, rules.State.IN_PROGRESS]
MOST_IN_SECOND_TOWN = 2000


def _quietly(line: str) -> None:
    """Tell nobody."""


def make(*, pack: str, cases: int, base_url: str, now: datetime, tell: Tell = _quietly) -> dict[str, Any]:
    """Make or complete the two demo towns and return what `access.json` says.

    Each answers under its path and on a host of its own, `<slug>.localhost`. The first gets that many cases,
    the second as many but at most 2,000; `tell` gets a line of progress about once a second.
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
    counts = (cases, min(cases, MOST_IN_SECOND_TOWN))
    for content, town, count in zip(packs, towns, counts, strict=True):
        # Whoever tries it at night wants to see its mails.
        publish_quiet_hours(municipality_id=town.pk, hours=NEVER, by_user_id=None, now=now)
        Host.objects.get_or_create(host=f"{town.slug}.localhost", defaults={"municipality": town})
        if not Case.objects.filter(municipality=town).exists():
            _teams(town, now)
            write_history(town, content, count, now, tell)
            _cases_of_teams(town, now)
            _resident_voices(town, content, now)
            receive_letters(town, content, now)
            _live_case(town, content, now)
    take_statistics(now)
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
    # Hashed once a town: it is the same for all, and takes a quarter of a second.
    hashed = make_password(password)
    for role in Role:
        email = _address_of(role, town)
        if not User.objects.filter(email=email).exists():
            user = User.objects.create_user(
                email, None, name=pack["staff"][role.lower()], language=town.language
            )
            user.password = hashed
            user.save(update_fields=["password"])
            add_member(
                municipality=town,
                user=user,
                role=role,
                department=department if role in DEPARTMENTAL else None,
                by_user_id=None,
                now=now,
            )
        yield {"role": role.lower(), "town": town.slug, "email": email, "password": password}


def _teams(town: Municipality, now: datetime) -> None:
    """Put the people into the teams of the pack, each at their hours; one of them is to be away soon."""
    by = system(town.pk)
    people = {role: User.objects.get(email=_address_of(role, town)).pk for role in Role}
    for code, members in TEAMS.items():
        team = Team.objects.get(municipality=town, code=code)
        shifts = [Shift(people[role], DAILY, *hours) for role, hours in members.items() if hours]
        set_members(team_id=team.pk, user_ids=[people[role] for role in members], by=by, now=now)
        set_roster(team_id=team.pk, shifts=shifts, by=by, now=now)
    away = people[Role.DEPARTMENT_MANAGER]
    if not Absence.objects.filter(municipality=town, user_id=away).exists():
        first, last = (now.astimezone(town.zone).date() + ahead for ahead in AWAY)
        add_absence(user_id=away, first_day=first, last_day=last, by=by, now=now)


def _cases_of_teams(town: Municipality, now: datetime) -> None:
    """Give the newest open cases of the department to its teams, which share them."""
    mine = Case.objects.filter(municipality=town, department__code=DEPARTMENT_OF_PEOPLE, is_open=True)
    newest = iter(mine.filter(service__is_confidential=False).order_by("-id"))
    for code, count in CASES_OF_TEAMS.items():
        team = Team.objects.get(municipality=town, code=code)
        for case in islice(newest, count):
            assign(
                case_id=case.pk,
                department_id=case.department_id,
                team_id=team.pk,
                assignee_id=None,
                by=system(town.pk),
                now=now,
            )


def _address_of(role: Role, town: Municipality) -> str:
    return f"{role.lower()}@{town.slug}.example"


def _resident_voices(town: Municipality, pack: dict[str, Any], now: datetime) -> None:
    """Let residents add to the two newest open cases and be unhappy with the two newest closed ones."""
    by = resident(town.pk)
    newest = Case.objects.filter(municipality=town, service__is_confidential=False).order_by("-id")
    # What waits for its resident would go on with this, and its promise would be told anew.
    going = newest.filter(is_open=True, state__in=WORKED_ON)
    for case, which in zip(going[:2], (0, 1), strict=False):
        write_again(case_id=case.pk, body=pack["added_words"][case.language][which], by=by, now=now)
    reviewed = Review.objects.filter(municipality=town).values("case_id")
    for case in newest.filter(state=rules.State.RESOLVED).exclude(id__in=reviewed)[:2]:
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
