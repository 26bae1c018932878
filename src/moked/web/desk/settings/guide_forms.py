"""Life events and guides as forms, in every language of the town."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _

from moked.base.labels import Labels, label
from moked.catalogue.queries import by_name, every_service
from moked.knowledge.models import LifeEvent
from moked.knowledge.queries import every_life_event
from moked.knowledge.rules import (
    LONGEST_LINE,
    LONGEST_NAME,
    LONGEST_TEXT,
    MOST_LINES,
    LifeEventDocument,
    LifeSituationDocument,
    Lines,
)
from moked.municipalities.models import Municipality
from moked.web.desk.settings.fields import ChecksField
from moked.web.desk.settings.texts import TextsForm, language_of_reader, languages_of
from moked.web.desk.settings.words import KEYS
from moked.web.ui.forms import LineField
from moked.web.ui.labels import Words

MISSING = _("Write this in the language of the town.")
TEXTS: dict[str, tuple[Words, int, int]] = {
    "title": (_("What residents look for, in a few words."), LONGEST_NAME, 0),
    "summary": (_("The most important in one sentence."), LONGEST_LINE, 2),
    "who": ("", LONGEST_TEXT, 3),
    "costs": ("", LONGEST_TEXT, 3),
    "takes": ("", LONGEST_TEXT, 3),
}
LINES = ("bring", "steps")
ONE_A_LINE = _("One in each line.")
TOO_MANY = _("Up to %(lines)d lines of %(characters)d characters each fit. Shorten this.")


class LifeEventForm(TextsForm):
    """What a life event is called, and what it is about."""

    def __init__(self, *args: Any, event: LifeEvent | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.add_texts(
            "name",
            label=KEYS["name"],
            hint=_("What happens in a life, like “Moving here”."),
            missing=MISSING,
            values=event.name if event else None,
            max_length=LONGEST_NAME,
        )
        self.add_texts(
            "description",
            label=KEYS["description"],
            hint=_("Which guides belong here, in one sentence."),
            missing=MISSING,
            values=event.description if event else None,
            max_length=LONGEST_LINE,
            rows=2,
        )

    @property
    def document(self) -> LifeEventDocument:
        """The checked document. Raises BadGuide."""
        said = {"name": self.texts("name"), "description": self.texts("description")}
        return LifeEventDocument.from_document(said)


class GuideForm(TextsForm):
    """All a guide says, where it is found and which services begin there."""

    life_events = ChecksField(label=KEYS["life_events"], hint=_("None ticked: it stands last, among others."))
    services = ChecksField(
        label=KEYS["services"], hint=_("What residents can report or ask for right there.")
    )
    official = LineField(
        max_length=LONGEST_LINE,
        label=_("The state's own page"),
        hint=_("Its address, beginning with https://, if there is one."),
        direction="ltr",
        kind="url",
    )

    def __init__(self, *args: Any, guide: LifeSituationDocument | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.guide = guide
        for name, (hint, longest, rows) in TEXTS.items():
            values = getattr(guide, name) if guide else None
            self.add_texts(
                name,
                label=KEYS[name],
                hint=hint,
                missing=MISSING,
                values=values,
                max_length=longest,
                rows=rows,
            )
        for name in LINES:
            self.add_texts(
                name,
                label=KEYS[name],
                hint=ONE_A_LINE,
                values=_written(getattr(guide, name)) if guide else None,
                max_length=MOST_LINES * (LONGEST_LINE + 1),
                rows=5,
            )
        self._offer(guide)
        if guide:
            found = {name: list(getattr(guide, name)) for name in ("life_events", "services")}
            self.initial = {**found, "official": guide.official}

    def _offer(self, guide: LifeSituationDocument | None) -> None:
        """Offer what is in use, and what the guide names already."""
        language, town = language_of_reader(self.town), self.town.language
        events, services = every_life_event(self.town.pk), every_service(self.town.pk)
        named = guide or _NOTHING
        self.fields["life_events"].choices = [  # type: ignore[attr-defined]
            (one.code, one.name_in(language, town))
            for one in events
            if not one.is_retired or one.code in named.life_events
        ]
        self.fields["services"].choices = [  # type: ignore[attr-defined]
            (one.slug, label(one.name, language, town))
            for one in by_name(services, language, town)
            if one.is_offered or one.slug in named.services
        ]

    def clean_official(self) -> str:
        """Return the address; raises ValidationError for anything but one that begins with https."""
        address = str(self.cleaned_data["official"])
        if address:
            URLValidator(["https"], message=_("Write an address that begins with https://."))(address)
        return address

    def clean(self) -> dict[str, Any]:
        """Refuse too many lines, and lines too long."""
        for name in LINES:
            for code in languages_of(self.town):
                lines = _lines(str(self.cleaned_data.get(f"{name}_{code}", "")))
                if len(lines) > MOST_LINES or any(len(line) > LONGEST_LINE for line in lines):
                    words = TOO_MANY % {"lines": MOST_LINES, "characters": LONGEST_LINE}
                    self.add_error(f"{name}_{code}", ValidationError(words, code="lines"))
        return dict(self.cleaned_data)

    @property
    def document(self) -> LifeSituationDocument:
        """The checked document. Raises BadGuide."""
        said = self.cleaned_data
        known = self.guide or _NOTHING
        return LifeSituationDocument.from_document(
            {
                **{name: self.texts(name) for name in TEXTS},
                **{name: _split(self.texts(name)) for name in LINES},
                "life_events": _in_order(said["life_events"], known.life_events),
                "services": _in_order(said["services"], known.services),
                "official": said["official"],
            }
        )


_NOTHING = LifeSituationDocument({}, {}, {}, {}, {}, {}, {}, ())


def _written(lines: Lines) -> Labels:
    return {code: "\n".join(some) for code, some in lines.items()}


def _split(texts: Mapping[str, str]) -> Lines:
    return {code: _lines(text) for code, text in texts.items()}


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _in_order(chosen: Iterable[str], known: Sequence[str]) -> list[str]:
    """Return what was ticked, what was there before in its former order."""
    ticked = list(chosen)
    return [one for one in known if one in ticked] + [one for one in ticked if one not in known]


def town_label(labels: Labels, town: Municipality) -> str:
    """Return a text in the town's language."""
    return label(labels, town.language, town.language)
