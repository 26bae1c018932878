"""Why a record is rejected, as a code and as a whole sentence."""

import dataclasses
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

LONGEST_SAID = 60

SENTENCES: dict[str, Promise] = {
    "BAD_QUOTES": _("The record cannot be divided into fields: a quotation mark is missing or misplaced."),
    "WRONG_FIELDS": _("The record has %(count)s fields instead of %(expected)s."),
    "TOO_LONG": _("A field is longer than %(most)s characters."),
    "NUL": _("The record holds a NUL character, which cannot be stored."),
    "WRONG_ENCODING": _("The record holds bytes that are no text in %(encoding)s."),
    "NO_ID": _("The record has no id."),
    "DOUBLED_ID": _("Line %(other)s has the same id already."),
    "NO_DATE": _("The record does not say when the case was opened."),
    "BAD_DATE": _(
        "“%(value)s” is no date that there is. Dates are written like 2025-01-31 or 2025-01-31 08:30."
    ),
    "IN_FUTURE": _("“%(value)s” has not come yet."),
    "CLOSED_BEFORE_OPENED": _("The case was closed before it was opened."),
    "ANSWERED_BEFORE_OPENED": _("The case was answered before it was opened."),
    "NO_STATUS": _("The record has no status."),
    "UNKNOWN_STATUS": _("The mapping does not say what the status “%(value)s” stands for."),
    "UNKNOWN_CHANNEL": _("The mapping does not say what the channel “%(value)s” stands for."),
    "NO_SERVICE": _("The record has no service."),
    "UNKNOWN_SERVICE": _("The town has no service “%(value)s”, and the mapping does not create services."),
    "UNKNOWN_DEPARTMENT": _(
        "The town has no department “%(value)s”, and the mapping does not create departments."
    ),
    "UNKNOWN_AREA": _("The town has no area “%(value)s” of this kind."),
    "HALF_POSITION": _("The position has only one of latitude and longitude."),
    "NOT_A_NUMBER": _("The position is not two numbers."),
    "OUT_OF_RANGE": _("The position lies beyond ±90 or ±180 degrees."),
    "NOWHERE": _("The position is 0, 0, as a device says that does not know where it is."),
    "SWAPPED": _(
        "Latitude and longitude are exchanged: read the other way round, the position lies in the town."
    ),
}


@dataclasses.dataclass(frozen=True)
class Reject:
    """A record that becomes no case. `line` is its number, the header being 1; `field` one of the mapping."""

    line: int
    code: str
    field: str = ""
    external_id: str = ""
    values: Mapping[str, object] = dataclasses.field(default_factory=dict)

    def sentence(self) -> str:
        """Return the reason in the current language."""
        return str(SENTENCES[self.code]) % self.values


class Refused(Exception):
    """A record is rejected; raised where the reason is found and caught where the record is known."""

    def __init__(self, code: str, field: str = "", /, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.field = field
        self.values = values
