"""The shape of a pack's files: which keys there are, what each holds, and how much of it.

What the values mean together, and whether they fit one another, is looked at in `checking`; what a question,
a condition or a week of hours may say is known where these belong, and here only that they are tables.
"""

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from moked.base.text import has_hidden_controls
from moked.packs.problems import Problem

LONGEST_TEXT = 8_000
SLUG = r"^[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?$"
LANGUAGE = r"^[a-z]{2}$"
COUNTRY = r"^[A-Z]{2}$"
ADDRESS = r"^[^@\s]+@[^@\s]+$"
_FITS = {
    SLUG: "small letters, digits and hyphens",
    LANGUAGE: "the two small letters of a language, like he",
    COUNTRY: "the two capital letters of a country, like IL",
    ADDRESS: "an address like helpdesk@town.example",
}


def _seen(text: str) -> str:
    if has_hidden_controls(text):
        raise ValueError("Take the invisible control characters out of this text.")
    return text


Text = Annotated[str, StringConstraints(max_length=LONGEST_TEXT), AfterValidator(_seen)]
Line = Annotated[Text, StringConstraints(max_length=600)]
Slug = Annotated[str, StringConstraints(pattern=SLUG)]
ShortSlug = Annotated[Slug, StringConstraints(max_length=40)]
Language = Annotated[str, StringConstraints(pattern=LANGUAGE)]
Texts = dict[Language, Text]
Lines = Annotated[dict[Language, Annotated[list[Line], Field(max_length=100)]], Field(max_length=20)]
Table = dict[str, Any]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class DepartmentEntry(_Part):
    """A department; it stands after the one it belongs to."""

    code: ShortSlug
    name: Texts
    parent: ShortSlug | None = None


class TeamEntry(_Part):
    """People who share the cases that come to them; without a department those of the centre."""

    code: ShortSlug
    name: Texts
    department: ShortSlug | None = None
    sharing: Line = "NOBODY"
    on_call: bool = False


class CalendarEntry(_Part):
    """When a part of the town works; of a `country` the public holidays are taken in."""

    code: ShortSlug
    name: Texts
    week: Table
    country: Annotated[str, StringConstraints(pattern=COUNTRY)] | None = None


class LabelEntry(_Part):
    """A word by which colleagues find cases again; the colours are known to `cases`."""

    code: ShortSlug
    name: Texts
    colour: Line = ""


class ReactionEntry(_Part):
    """What is done by itself; what moments, conditions and actions may say is known to `processes`."""

    code: ShortSlug
    name: Texts
    when: Line
    actions: Annotated[list[Table], Field(max_length=8)]
    asks: Annotated[Table | None, Field(alias="if")] = None
    state: Line | None = None
    lasts: Line | None = None
    count: int | None = None
    hours: int | None = None


class MailboxEntry(_Part):
    """An address that residents write to, and the service of the cases that are opened from there."""

    address: Annotated[Line, StringConstraints(max_length=254, pattern=ADDRESS)]
    service: Slug


class TownFile(_Part):
    """`town.toml`. `added_words` are for the demo: what residents write later."""

    slug: ShortSlug
    language: Language
    languages: Annotated[list[Language], Field(min_length=1, max_length=20)]
    time_zone: Annotated[Line, StringConstraints(max_length=40)]
    phone: Annotated[Line, StringConstraints(max_length=20)]
    emergency_phone: Annotated[Line, StringConstraints(max_length=20)]
    sender: Annotated[Line, StringConstraints(max_length=254, pattern=ADDRESS)]
    name: Texts
    departments: Annotated[list[DepartmentEntry], Field(min_length=1, max_length=200)]
    calendars: Annotated[list[CalendarEntry], Field(min_length=1, max_length=50)]
    teams: Annotated[list[TeamEntry], Field(max_length=200)] = []
    mailboxes: Annotated[list[MailboxEntry], Field(max_length=20)] = []
    labels: Annotated[list[LabelEntry], Field(max_length=200)] = []
    warnings: Annotated[list[Table], Field(max_length=40)] = []
    reactions: Annotated[list[ReactionEntry], Field(max_length=200)] = []
    added_words: Lines = {}


class PromiseEntry(_Part):
    """What is promised for a service: targets like 8h or 3d, counted by a calendar."""

    calendar: ShortSlug = "office"
    acknowledgement: Line = ""
    first_answer: Line = ""
    next_answer: Line = ""
    resolution: Line = ""


class ServiceEntry(_Part):
    """A service. `matters` and `answers` are for the demo: what residents and the town write about it."""

    slug: Slug
    department: ShortSlug
    name: Texts
    description: Texts
    promise: PromiseEntry
    words: Lines = {}
    kind: Line | None = None
    place: Line | None = None
    photos: bool | None = None
    is_public: bool | None = None
    needs_proof: bool | None = None
    centre_checks: bool | None = None
    duplicate_radius: int | None = None
    waiting_days: dict[str, int] | None = None
    priority: Line | None = None
    closed_words: Line | None = None
    reopen_days: int | None = None
    confidential_roles: Annotated[list[Line], Field(max_length=20)] | None = None
    questions: Annotated[list[Table], Field(max_length=100)] = []
    matters: Lines = {}
    answers: Lines = {}


class ServicesFile(_Part):
    """`services.toml`."""

    services: Annotated[list[ServiceEntry], Field(min_length=1, max_length=500)]


class ReplyTemplateEntry(_Part):
    """Words for a reply, or with an `outcome` for closing; of one service or of all."""

    code: Slug
    name: Texts
    text: Texts
    service: Slug | None = None
    outcome: Line | None = None


class RepliesFile(_Part):
    """`replies.toml`."""

    reply_templates: Annotated[list[ReplyTemplateEntry], Field(max_length=500)]


class LifeEventEntry(_Part):
    """What groups guides."""

    code: Slug
    name: Texts
    description: Texts


class LifeSituationEntry(_Part):
    """One guide."""

    slug: Slug
    life_events: Annotated[list[Slug], Field(max_length=50)]
    title: Texts
    summary: Texts
    who: Texts
    costs: Texts
    takes: Texts
    bring: Lines = {}
    steps: Lines = {}
    services: Annotated[list[Slug], Field(max_length=50)] = []
    official: Line = ""


class GuidesFile(_Part):
    """`guides.toml`."""

    life_events: Annotated[list[LifeEventEntry], Field(max_length=100)] = []
    life_situations: Annotated[list[LifeSituationEntry], Field(max_length=500)] = []


class ExternalBodyEntry(_Part):
    """Somebody else who may be responsible; no `services` means all, no `sees` no personal details."""

    code: Slug
    name: Texts
    language: Language
    email: Annotated[Line, StringConstraints(max_length=254, pattern=ADDRESS)]
    services: Annotated[list[Slug], Field(max_length=500)] = []
    sees: Annotated[list[Line], Field(max_length=3)] = []
    answer_days: int | None = None
    reminder_days: int | None = None


class BodiesFile(_Part):
    """`bodies.toml`."""

    external_bodies: Annotated[list[ExternalBodyEntry], Field(max_length=200)]


class MapFile(_Part):
    """`map.toml`: an invented map. Names are in the order of `languages`, with " | " between."""

    seed: Line
    latitude: Annotated[float, Field(ge=-80, le=80)]
    longitude: Annotated[float, Field(ge=-180, le=180)]
    radius: Annotated[int, Field(ge=200, le=50_000)]
    languages: Annotated[list[Language], Field(min_length=1, max_length=20)]
    districts: Annotated[list[Line], Field(min_length=5, max_length=5)]
    landmarks: Annotated[list[Line], Field(max_length=100)]
    streets: Annotated[list[Line], Field(min_length=3, max_length=500)]


class StaffEntry(_Part):
    """What the people of the demo are called, by role."""

    agent: Line
    department_worker: Line
    department_manager: Line
    service_manager: Line
    administrator: Line
    auditor: Line


class DemoMail(_Part):
    """A mail that comes to the demo's town; its paragraphs are parted by empty lines."""

    subject: Line
    text: Text


class DemoMails(_Part):
    """What comes by mail: a report, the answer to a mail of the town's, and an advertisement."""

    report: DemoMail
    answer: DemoMail
    advertisement: DemoMail


class DemoFile(_Part):
    """`demo.toml`: who lives and works in the demo, and what comes to it by mail."""

    residents: Lines
    staff: StaffEntry
    mails: DemoMails | None = None


SCHEMAS: dict[str, type[_Part]] = {
    "town.toml": TownFile,
    "services.toml": ServicesFile,
    "replies.toml": RepliesFile,
    "guides.toml": GuidesFile,
    "bodies.toml": BodiesFile,
    "map.toml": MapFile,
    "demo.toml": DemoFile,
}
# By the start of pydantic's name for what is wrong, https://docs.pydantic.dev/latest/errors/validation_errors/
_WORDS = (
    ("extra_forbidden", "There is no such key: correct its spelling, or take it out."),
    ("missing", "This key is missing: add it."),
    ("string_too_long", "Shorten this text to {max_length} characters."),
    ("string_pattern", "“{input}” does not fit here: write {fits}."),
    ("string", "Write a text in quotation marks here."),
    ("int", "Write a whole number here."),
    ("float", "Write a number here."),
    ("bool", "Write true or false here."),
    ("list", "Write a list in square brackets here."),
    ("dict", 'Write a table here, like name.en = "…".'),
    ("model_type", "Write a table here."),
    ("too_long", "Keep this to {max_length} entries."),
    ("too_short", "Give at least {min_length} entries here."),
    ("greater_than", "Write a number from {ge} on."),
    ("less_than", "Write a number up to {le}."),
    ("finite", "Write a number here."),
    ("value_error", "{error}"),
)


def problems_of(file: str, document: dict[str, Any]) -> list[Problem]:
    """Return what does not fit the schema of this file, in the order of the file."""
    try:
        SCHEMAS[file].model_validate(document)
    except ValidationError as refusal:
        return [
            Problem(file, place_of(document, error["loc"]), _in_words(error))
            for error in refusal.errors(include_url=False)
        ]
    return []


def place_of(document: Any, path: Iterable[str | int]) -> str:
    """Return the way to a value in words: an entry of a list by its slug or code, and its number from 1."""
    found = []
    for step in path:
        document = _inside(document, step)
        named = document if isinstance(document, dict) else {}
        name = named.get("slug") or named.get("code")
        if not isinstance(step, int):
            found.append(step if step != "[key]" else "key")
        elif isinstance(name, str):
            found.append(f"{name} (number {step + 1})")
        else:
            found.append(f"number {step + 1}")
    return " › ".join(one[:80] for one in found)


def _inside(document: Any, step: str | int) -> Any:
    try:
        return document[step]
    except (KeyError, IndexError, TypeError):
        return None


def _in_words(error: Any) -> str:
    context = error.get("ctx", {})
    named = {"input": str(error["input"])[:40], "fits": _FITS.get(context.get("pattern", "")), **context}
    words = next((words for start, words in _WORDS if error["type"].startswith(start)), "{msg}")
    return words.format(**named, msg=error["msg"])
