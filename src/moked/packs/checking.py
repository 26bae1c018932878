"""Look over a whole pack before anything of it is written: do its files fit their schema, and one another?"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from moked.accounts.rules import Role, Sharing
from moked.base.labels import are_labels
from moked.cases.labels import LONGEST_NAME, Colour, unique_name
from moked.catalogue.rules import BadService, ServiceDocument
from moked.handovers.rules import BadBody, BodyDocument
from moked.knowledge.rules import BadGuide, LifeEventDocument, LifeSituationDocument
from moked.packs import folder, schema
from moked.packs.problems import Problem, RefusedPack
from moked.processes.rules import BadReactions, Named, gone_from
from moked.processes.rules import read as read_reactions
from moked.replies.rules import BadReplyTemplate, ReplyTemplateDocument
from moked.sla.calendars import BadCalendar
from moked.sla.calendars import Calendar as Hours
from moked.sla.holidays import UnknownCountry, propose
from moked.sla.rules import BadTarget, Target, TooFar, due
from moked.sla.targets import PROMISED
from moked.sla.warnings import BadWarnings
from moked.sla.warnings import read as read_warnings

Documents = Mapping[str, Mapping[str, Any]]
Way = tuple[str | int, ...]
PROMISE = {"calendar": "office"}
_SERVICE_KEYS = frozenset(field.name for field in fields(ServiceDocument))
_LISTS = {
    "departments": ("town.toml", "code"),
    "teams": ("town.toml", "code"),
    "labels": ("town.toml", "code"),
    "calendars": ("town.toml", "code"),
    "services": ("services.toml", "slug"),
    "reply_templates": ("replies.toml", "code"),
    "life_events": ("guides.toml", "code"),
    "life_situations": ("guides.toml", "slug"),
    "external_bodies": ("bodies.toml", "code"),
    "reactions": ("town.toml", "code"),
}
_TEXTS = {
    "departments": ("name",),
    "teams": ("name",),
    "labels": ("name",),
    "calendars": ("name",),
    "services": ("name", "description", "words", "matters", "answers"),
    "reply_templates": ("name", "text"),
    "life_events": ("name", "description"),
    "external_bodies": ("name",),
    "reactions": ("name",),
    "life_situations": ("title", "summary", "who", "costs", "takes", "bring", "steps"),
}
_QUESTION_TEXTS = ("label", "hint", "unit")
RESERVED = "new"


def read(path: Path) -> dict[str, dict[str, Any]]:
    """Return the documents of a pack's folder by file. Raises RefusedPack for each that breaks its schema."""
    documents, problems = folder.read(path)
    for name, document in documents.items():
        problems += schema.problems_of(name, document)
    _refuse(problems)
    return documents


def check(documents: Documents, language: str) -> None:
    """Look at what the files of a pack say together, for a town of a language. Raises RefusedPack."""
    _refuse([_problem(documents, *found) for found in _misfits(documents, language)])


def _refuse(problems: Sequence[Problem]) -> None:
    if problems:
        raise RefusedPack(problems)


def service_document(entry: Mapping[str, Any]) -> ServiceDocument:
    """Return the checked document of a service's entry. Raises BadService."""
    return ServiceDocument.from_document({key: entry[key] for key in entry if key in _SERVICE_KEYS})


def entries(documents: Documents, kind: str) -> list[Mapping[str, Any]]:
    """Return the entries of one kind; none where their file is not there."""
    return list(documents.get(_LISTS[kind][0], {}).get(kind, []))


Found = tuple[str, Way, str]
"""A file, the way to a value in it, and what to do."""


def _problem(documents: Documents, file: str, path: Way, what: str) -> Problem:
    return Problem(file, schema.place_of(documents[file], path), what)


def _misfits(documents: Documents, language: str) -> Iterator[Found]:
    town = documents["town.toml"]
    yield from _town(town, language)
    for kind in _LISTS:
        yield from _names(documents, kind)
    if language in town["languages"]:
        yield from _languages(documents, language)
    yield from _departments(town, language)
    yield from _teams(town, language)
    yield from _labels(town, language)
    yield from _promises(documents)
    yield from _warnings(documents)
    yield from _reactions(documents)
    yield from _references(documents)
    yield from _said(documents)
    yield from _map(documents.get("map.toml"))


def _town(town: Mapping[str, Any], language: str) -> Iterator[Found]:
    spoken = [code for code, _name in settings.LANGUAGES]
    for code in sorted({town["language"], language} - set(town["languages"])):
        yield (
            "town.toml",
            ("languages",),
            f"The town speaks {code}: write the pack's texts in it, and add it here.",
        )
    for number, code in enumerate(town["languages"]):
        if code not in spoken:
            yield "town.toml", ("languages", number), f"Choose languages from: {', '.join(spoken)}."


def _names(documents: Documents, kind: str) -> Iterator[Found]:
    """Tell slugs and codes that stand twice, and the one that addresses of the settings need."""
    file, key = _LISTS[kind]
    found = entries(documents, kind)
    seen: Counter[str] = Counter()
    for number, entry in enumerate(found):
        seen[entry[key]] += 1
        if seen[entry[key]] == 2:
            yield file, (kind, number, key), f"“{entry[key]}” stands twice: give each its own."
        if entry[key] == RESERVED:
            yield file, (kind, number, key), f"“{RESERVED}” is taken by the settings: choose another."


def _texts(documents: Documents) -> Iterator[tuple[str, Way, Mapping[str, Any]]]:
    """Yield every text in several languages with the way to it."""
    yield "town.toml", ("name",), documents["town.toml"]["name"]
    for kind, keys in _TEXTS.items():
        for number, entry in enumerate(entries(documents, kind)):
            for key in keys:
                yield _LISTS[kind][0], (kind, number, key), entry.get(key, {})
    for number, service in enumerate(entries(documents, "services")):
        for at, question in enumerate(service.get("questions", [])):
            path: Way = ("services", number, "questions", at)
            for key in _QUESTION_TEXTS:
                yield "services.toml", (*path, key), question.get(key, {})
            options = question.get("options", [])
            for option_at, option in enumerate(options if isinstance(options, list) else []):
                words = option.get("label", {}) if isinstance(option, dict) else {}
                yield "services.toml", (*path, "options", option_at, "label"), words


def _languages(documents: Documents, language: str) -> Iterator[Found]:
    """Tell texts in a language the pack does not name, and those that are not there in the town's own."""
    known = documents["town.toml"]["languages"]
    for file, path, texts in _texts(documents):
        if not isinstance(texts, Mapping):
            continue  # that no text stands here is told with the rest of the question
        for code in texts:
            if code not in known:
                yield (
                    file,
                    (*path, code),
                    f"The pack's languages are {', '.join(known)}: add it there or not here.",
                )
        if (texts or path[-1] == "name") and not _says_something(texts.get(language)):
            yield file, path, f"Write it in the language of the town: {language}."


def _says_something(text: object) -> bool:
    return bool(text.strip()) if isinstance(text, str) else bool(text)


def _departments(town: Mapping[str, Any], language: str) -> Iterator[Found]:
    """Tell departments that name one not before them, and names that belong to two."""
    codes: set[str] = set()
    names: set[str] = set()
    for number, entry in enumerate(town["departments"]):
        if (parent := entry.get("parent")) is not None and parent not in codes:
            words = f"No department “{parent}” stands before this one: put it there, or name another."
            yield "town.toml", ("departments", number, "parent"), words
        name = entry["name"].get(language, "").strip()
        if name and name in names:
            yield "town.toml", ("departments", number, "name"), f"“{name[:60]}” stands twice: rename one."
        codes.add(entry["code"])
        names.add(name)


def _teams(town: Mapping[str, Any], language: str) -> Iterator[Found]:
    """Tell teams of departments that are not there, that share in no way, or have another team's name."""
    departments = {entry["code"] for entry in town["departments"]}
    names: set[tuple[str, str]] = set()
    for number, entry in enumerate(town.get("teams", [])):
        owner = entry.get("department")
        if owner is not None and owner not in departments:
            words = f"There is no department “{owner}”: add it, or name another."
            yield "town.toml", ("teams", number, "department"), words
        if entry.get("sharing", Sharing.NOBODY) not in list(Sharing):
            yield "town.toml", ("teams", number, "sharing"), f"Choose from: {', '.join(Sharing)}."
        name = entry["name"].get(language, "").strip()
        if name and (owner or "", name) in names:
            yield "town.toml", ("teams", number, "name"), f"“{name[:60]}” stands twice: rename one."
        names.add((owner or "", name))


def _labels(town: Mapping[str, Any], language: str) -> Iterator[Found]:
    """Tell labels of a colour there is none of, too long a name, or another label's."""
    names: set[str] = set()
    for number, entry in enumerate(town.get("labels", [])):
        if entry.get("colour") and entry["colour"] not in list(Colour):
            yield "town.toml", ("labels", number, "colour"), f"Choose from: {', '.join(Colour)}."
        if not are_labels(entry["name"], longest=LONGEST_NAME):
            words = f"Shorten this name to {LONGEST_NAME} characters in each language."
            yield "town.toml", ("labels", number, "name"), words
        name = unique_name(entry["name"].get(language, ""))
        if name and name in names:
            yield "town.toml", ("labels", number, "name"), f"“{name[:60]}” stands twice: rename one."
        names.add(name)


def _promises(documents: Documents) -> Iterator[Found]:
    """Tell calendars that are none, and promises that no calendar can keep."""
    town = documents["town.toml"]
    known: dict[str, Hours | None] = {}
    for number, entry in enumerate(town["calendars"]):
        try:
            known[entry["code"]] = _hours(town["time_zone"], entry)
        except (BadCalendar, UnknownCountry) as refusal:
            known[entry["code"]] = None
            yield "town.toml", ("calendars", number), str(refusal)
    for number, entry in enumerate(entries(documents, "services")):
        promise = PROMISE | entry["promise"]
        path: Way = ("services", number, "promise")
        if promise["calendar"] not in known:
            words = f"There is no calendar “{promise['calendar']}”. Choose from: {', '.join(known)}."
            yield "services.toml", (*path, "calendar"), words
        for key in (kind.lower() for kind in PROMISED):
            try:
                _check_target(promise.get(key, ""), known.get(promise["calendar"]))
            except (BadTarget, TooFar) as refusal:
                yield "services.toml", (*path, key), str(refusal)


def _warnings(documents: Documents) -> Iterator[Found]:
    """Tell warnings that nobody can be given, and services among them that are not there."""
    known = {entry["slug"] for entry in entries(documents, "services")}
    for number, entry in enumerate(documents["town.toml"].get("warnings", [])):
        path: Way = ("warnings", number)
        try:
            (level,) = read_warnings([dict(entry)])
        except BadWarnings as refusal:
            yield "town.toml", path, str(refusal)
            continue
        for slug in level.services:
            if slug not in known:
                yield "town.toml", path, f"There is no service “{slug}”: name one of services.toml."


def _reactions(documents: Documents) -> Iterator[Found]:
    """Tell reactions that can never be done, and what they name that is not in the pack."""
    named = {"service": ("services", "slug"), "department": ("departments", "code")}
    named["reply"] = ("reply_templates", "code")
    named["label"] = ("labels", "code")
    known = {
        Named(kind, entry[key]) for kind, (name, key) in named.items() for entry in entries(documents, name)
    }
    for number, entry in enumerate(entries(documents, "reactions")):
        try:
            (reaction,) = read_reactions([dict(entry)])
        except BadReactions as refusal:
            yield "town.toml", ("reactions", number), str(refusal)
            continue
        if gone := gone_from(reaction, known):
            words = f"There is no {gone.kind} “{gone.code}” in the pack: add it, or name another."
            yield "town.toml", ("reactions", number), words


def _hours(zone: str, entry: Mapping[str, Any]) -> Hours:
    hours = Hours.from_document({"zone": zone, "week": entry["week"]})
    if country := entry.get("country"):
        propose(hours, country, first=_EXAMPLE.date(), months=1, languages=())
    return hours


_EXAMPLE = datetime.fromisoformat("2026-01-01T12:00:00+00:00")


def _check_target(text: str, hours: Hours | None) -> None:
    target = Target.read(text) if text else None
    if target and hours:
        due(hours, _EXAMPLE, target)


def _references(documents: Documents) -> Iterator[Found]:
    """Tell names of things that are not in the pack."""
    known = {kind: [one[_LISTS[kind][1]] for one in entries(documents, kind)] for kind in _LISTS}

    def unknown(kind: str, code: str, word: str) -> str:
        return "" if code in known[kind] else f"There is no {word} “{code}”: add it, or name another."

    for number, entry in enumerate(entries(documents, "services")):
        if words := unknown("departments", entry["department"], "department"):
            yield "services.toml", ("services", number, "department"), words
        for at, role in enumerate(entry.get("confidential_roles") or ()):
            if role not in list(Role):
                words = f"Choose roles from: {', '.join(Role)}."
                yield "services.toml", ("services", number, "confidential_roles", at), words
    for number, entry in enumerate(documents["town.toml"].get("mailboxes", [])):
        if words := unknown("services", entry["service"], "service"):
            yield "town.toml", ("mailboxes", number, "service"), words
    for number, entry in enumerate(entries(documents, "reply_templates")):
        if entry.get("service") and (words := unknown("services", entry["service"], "service")):
            yield "replies.toml", ("reply_templates", number, "service"), words
    for number, entry in enumerate(entries(documents, "external_bodies")):
        for at, slug in enumerate(entry.get("services", ())):
            if words := unknown("services", slug, "service"):
                yield "bodies.toml", ("external_bodies", number, "services", at), words
    for number, entry in enumerate(entries(documents, "life_situations")):
        for kind, word in (("services", "service"), ("life_events", "life event")):
            for at, code in enumerate(entry.get(kind, ())):
                if words := unknown(kind, code, word):
                    yield "guides.toml", ("life_situations", number, kind, at), words


def _said(documents: Documents) -> Iterator[Found]:
    """Tell what the entries say that nobody could publish."""
    readers: dict[str, Callable[[Any], object]] = {
        "services": service_document,
        "reply_templates": ReplyTemplateDocument.from_document,
        "life_events": LifeEventDocument.from_document,
        "life_situations": LifeSituationDocument.from_document,
        "external_bodies": BodyDocument.from_document,
    }
    for kind, read_entry in readers.items():
        for number, entry in enumerate(entries(documents, kind)):
            try:
                read_entry(entry)
            except (BadService, BadReplyTemplate, BadGuide, BadBody) as refusal:
                yield _LISTS[kind][0], (kind, number), str(refusal)


def _map(plan: Mapping[str, Any] | None) -> Iterator[Found]:
    for key in ("districts", "landmarks", "streets") if plan else ():
        for number, name in enumerate(plan[key] if plan else ()):
            wanted = len(plan["languages"]) if plan else 0
            if (
                len([one for one in name.split(" | ") if one.strip()]) != wanted
                or name.count(" | ") != wanted - 1
            ):
                words = f"Write the name in each of {wanted} languages, with “ | ” between."
                yield "map.toml", (key, number), words
