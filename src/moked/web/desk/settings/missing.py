"""What residents read in another language because nobody has written it in theirs yet."""

import dataclasses
from collections.abc import Iterable, Iterator
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from moked.accounts.models import Department
from moked.accounts.rules import Actor
from moked.base.labels import Labels, is_missing, label, spoken
from moked.base.questions import Question
from moked.base.text import first_words
from moked.catalogue import queries as catalogue
from moked.catalogue.models import Service
from moked.handovers.queries import every_body
from moked.knowledge import queries as knowledge
from moked.knowledge.rules import LifeSituationDocument, Lines
from moked.municipalities.models import Municipality
from moked.notices import queries as notices
from moked.notices.texts import Text, text_for
from moked.places.queries import names_of_areas
from moked.replies import queries as replies
from moked.sla.queries import calendars_of
from moked.web.desk.settings.frame import ADMINISTRATOR, ENTRIES, MANAGER, show
from moked.web.desk.settings.guides import event_url, guide_url
from moked.web.desk.settings.notices import KINDS as NOTICES
from moked.web.desk.settings.notices import slug_of
from moked.web.desk.settings.texts import language_name, language_of_reader, languages_of
from moked.web.desk.settings.words import KEYS
from moked.web.ui.access import access
from moked.web.ui.labels import Words
from moked.web.ui.requests import TownRequest

SETTING = "missing"
PAGE, LONGEST_SHOWN = 50, 160
TITLES: dict[str, Words] = {entry.place: entry.title for entry in ENTRIES}
PARTS_OF_GUIDE = ("title", "summary", "who", "costs", "takes", "bring", "steps")


@dataclasses.dataclass(frozen=True)
class Said:
    """One text that residents read, and what it is of the thing it belongs to.

    `instead` is read where it is missing, if that is not the text in another language.
    """

    where: Words
    texts: Labels
    instead: Text | None = None

    def shown(self, language: str, fallback: str) -> tuple[str, str]:
        """Return what is read in a language it is missing in, with the language that is in."""
        if self.instead:
            return self.instead.subject, self.instead.language
        return spoken(self.texts, language, fallback)


@dataclasses.dataclass(frozen=True)
class Thing:
    """Something with texts for residents; `place` is its setting, `url` the page where they are written.

    `key` is its name among all things. Without a `url` somebody else writes them.
    """

    place: str
    key: str
    title: str
    url: str
    said: tuple[Said, ...]


@dataclasses.dataclass(frozen=True)
class Gap:
    """A text that is missing, with what residents read instead and in which language."""

    where: Words
    shown: str
    language: str
    language_name: str


@dataclasses.dataclass(frozen=True)
class Row:
    """A thing some of whose texts are missing in a language."""

    thing: Thing
    gaps: tuple[Gap, ...]


@dataclasses.dataclass(frozen=True)
class Group:
    """The rows of one setting."""

    title: Words
    rows: list[Row]


@dataclasses.dataclass(frozen=True)
class Tab:
    """A language of the town, and how many texts are missing in it."""

    code: str
    name: str
    url: str
    tally: int


@access(*MANAGER)
def missing(request: TownRequest) -> HttpResponse:
    """List the texts that are missing in one language, page by page, and count them for each."""
    town = request.municipality
    things = list(_things(town, request.actor))
    tallies = {code: _tally(things, code) for code in languages_of(town)}
    asked = request.GET.get("language", "")
    language = asked if asked in tallies else _emptiest(tallies)
    rows = [row for thing in things if (row := _row(thing, language, town))]
    after = request.GET.get("after", "")
    start = next((at for at, row in enumerate(rows, 1) if row.thing.key == after), 0)
    shown = rows[start : start + PAGE]
    return show(
        request,
        "desk/settings/missing.html",
        SETTING,
        tabs=[Tab(code, language_name(code), _address(code), tally) for code, tally in tallies.items()],
        language=language,
        language_name=language_name(language),
        groups=list(_groups(shown)),
        next_url=_address(language, shown[-1].thing.key) if len(rows) > start + PAGE else "",
        first_url=_address(language) if start else "",
    )


def _address(language: str, after: str = "") -> str:
    asked = {"language": language, "after": after} if after else {"language": language}
    return f"{reverse('desk:settings_missing')}?{urlencode(asked)}"


def _tally(things: Iterable[Thing], language: str) -> int:
    return sum(is_missing(said.texts, language) for thing in things for said in thing.said)


def _emptiest(tallies: dict[str, int]) -> str:
    return max(tallies, key=lambda code: tallies[code])


def _row(thing: Thing, language: str, town: Municipality) -> Row | None:
    gaps = tuple(
        Gap(said.where, first_words(text, LONGEST_SHOWN), found, language_name(found))
        for said in thing.said
        if is_missing(said.texts, language)
        for text, found in [said.shown(language, town.language)]
    )
    return Row(thing, gaps) if gaps else None


def _groups(rows: Iterable[Row]) -> Iterator[Group]:
    by_place: dict[str, list[Row]] = {}
    for row in rows:
        by_place.setdefault(row.thing.place, []).append(row)
    for place, some in by_place.items():
        yield Group(TITLES.get(place, _("The town")), some)


def _things(town: Municipality, actor: Actor) -> Iterator[Thing]:
    """Yield everything of the town that residents read, by setting."""
    names = _Names(town)
    yield Thing("", "town", names.of(town.name), "", (Said(KEYS["name"], town.name),))
    yield from _services(town, names)
    yield from _guides(town, names)
    yield from _replies(town, names)
    yield from _notices(town)
    yield from _calendars(town, names)
    yield from _areas(town, names)
    yield from _departments(town, actor, names)
    yield from _bodies(town, names)


class _Names:
    """Says what things are called, in the language of whoever reads the page."""

    def __init__(self, town: Municipality) -> None:
        self.language, self.fallback = language_of_reader(town), town.language

    def of(self, labels: Labels) -> str:
        return label(labels, self.language, self.fallback)


def _services(town: Municipality, names: _Names) -> Iterator[Thing]:
    for service in catalogue.every_service(town.pk).filter(is_offered=True):
        url = reverse("desk:settings_service", args=[service.slug])
        said = (Said(KEYS["name"], service.name), Said(KEYS["description"], service.description))
        yield Thing("services", f"service/{service.slug}", names.of(service.name), url, said)
        for question in catalogue.questions_of(service):
            yield _question(service, question, names)


def _question(service: Service, question: Question, names: _Names) -> Thing:
    url = reverse("desk:settings_question", args=[service.slug, question.code])
    said = [Said(KEYS[name], getattr(question, name)) for name in ("label", "hint", "unit")]
    said += [Said(KEYS["options"], option.label) for option in question.options]
    title = f"{names.of(service.name)} · {names.of(question.label)}"
    return Thing("services", f"service/{service.slug}/{question.code}", title, url, tuple(said))


def _guides(town: Municipality, names: _Names) -> Iterator[Thing]:
    for event in knowledge.every_life_event(town.pk).filter(is_retired=False):
        said = (Said(KEYS["name"], event.name), Said(KEYS["description"], event.description))
        yield Thing("guides", f"life-event/{event.code}", names.of(event.name), event_url(event.code), said)
    for situation, document in knowledge.documents(town.pk):
        texts = tuple(_of_guide(document))
        yield Thing(
            "guides", f"guide/{situation.slug}", names.of(situation.title), guide_url(situation.slug), texts
        )


def _of_guide(document: LifeSituationDocument) -> Iterator[Said]:
    for name in PARTS_OF_GUIDE:
        texts = getattr(document, name)
        yield Said(KEYS[name], _joined(texts) if name in {"bring", "steps"} else texts)


def _joined(lines: Lines) -> Labels:
    return {code: "; ".join(some) for code, some in lines.items()}


def _replies(town: Municipality, names: _Names) -> Iterator[Thing]:
    for template in replies.every_template(town.pk).filter(is_retired=False):
        url = reverse("desk:settings_reply", args=[template.code])
        said = (Said(KEYS["text"], template.text),)
        yield Thing("replies", f"reply/{template.code}", names.of(template.name), url, said)


def _notices(town: Municipality) -> Iterator[Thing]:
    """Yield the mails that the town words itself in one language and, in another, leaves as they come."""
    own, listed = notices.own_texts(town.pk), languages_of(town)
    for kind, title in NOTICES.items():
        worded = {code: row.subject for (one, code), row in own.items() if one == kind and code in listed}
        for code in listed if worded else ():
            if code not in worded:
                elsewhere = dict.fromkeys(set(listed) - {code}, str(title))
                said = Said(KEYS["subject"], elsewhere, instead=text_for(kind, code))
                url = reverse("desk:settings_notice", args=[slug_of(kind), code])
                yield Thing("notices", f"notice/{kind}/{code}", str(title), url, (said,))


def _calendars(town: Municipality, names: _Names) -> Iterator[Thing]:
    for calendar in calendars_of(town.pk):
        url = reverse("desk:settings_calendar", args=[calendar.code])
        said = (Said(KEYS["name"], calendar.name),)
        yield Thing("calendars", f"calendar/{calendar.code}", names.of(calendar.name), url, said)


def _areas(town: Municipality, names: _Names) -> Iterator[Thing]:
    for kind, code, name in names_of_areas(town.pk):
        url = reverse("desk:settings_map")
        yield Thing("map", f"area/{kind}/{code}", names.of(name), url, (Said(KEYS["name"], name),))


def _bodies(town: Municipality, names: _Names) -> Iterator[Thing]:
    for body in every_body(town.pk).filter(is_retired=False):
        url = reverse("desk:settings_body", args=[body.code])
        said = (Said(KEYS["name"], body.name),)
        yield Thing("bodies", f"body/{body.code}", names.of(body.name), url, said)


def _departments(town: Municipality, actor: Actor, names: _Names) -> Iterator[Thing]:
    may_write = actor.has_any(ADMINISTRATOR)
    for one in Department.objects.filter(municipality=town, is_retired=False).order_by("code"):
        url = reverse("desk:settings_department", args=[one.code]) if may_write else ""
        said = (Said(KEYS["name"], one.name),)
        yield Thing("departments", f"department/{one.code}", names.of(one.name), url, said)
