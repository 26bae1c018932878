"""What is wrong with a file of areas, streets or landmarks, as a code and as a whole sentence."""

import dataclasses
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise

OF_FILES: dict[str, Words] = {
    "EMPTY": _("The file is empty. Choose the file that holds the data."),
    "TOO_BIG": _("The file is larger than %(most)s MB. Simplify it or divide it, and upload it again."),
    "TOO_DEEP": _("The file nests its values too deeply. Save it again as plain GeoJSON."),
    "NOT_TEXT": _("The file is not text in a known encoding. Save it again as UTF-8."),
    "NOT_JSON": _("The file is not JSON: reading stopped in line %(line)s. Save it again as GeoJSON."),
    "NOT_GEOJSON": _("The file is JSON but not GeoJSON. Save it again as a GeoJSON feature collection."),
    "OTHER_CRS": _(
        "The file's coordinates are in %(crs)s. Save it again with longitude and latitude (EPSG:4326)."
    ),
    "NO_FEATURES": _("The file holds no areas. Choose the file that holds them."),
    "TOO_MANY_FEATURES": _("The file holds %(count)s areas; at most %(most)s are possible."),
    "TOO_MANY_POINTS": _(
        "The areas have more than %(most)s points. Simplify them in the program that drew them."
    ),
    "SWAPPED": _(
        "Longitude and latitude seem to be exchanged: read the other way round, the file lies in the town."
    ),
    "NO_HEADER": _("The first line names no column with %(column)s. Add the names of the columns."),
    "TOO_MANY_RECORDS": _("The file has more than %(most)s lines. Divide it, and upload the parts."),
    "NO_RECORDS": _("The file has a first line with names of columns and nothing below."),
    "OTHER_TOWNS": _("No line of the file belongs to %(town)s. Look at the column with the town."),
}
OF_FEATURES: dict[str, Words] = {
    "NOT_A_FEATURE": _("Feature %(number)s is not a GeoJSON feature with a geometry."),
    "NOT_AN_AREA": _(
        "Feature %(number)s (%(name)s) is not an area but %(type)s. Leave it out or draw it as one."
    ),
    "BAD_COORDINATES": _("Feature %(number)s (%(name)s) has coordinates that are not pairs of numbers."),
    "OUT_OF_RANGE": _(
        "Feature %(number)s (%(name)s) has coordinates beyond ±180 and ±90 degrees. Save it as WGS 84."
    ),
    "TOO_FEW_POINTS": _("Feature %(number)s (%(name)s) has a ring of fewer than four points."),
    "SELF_CROSSING": _(
        "Feature %(number)s (%(name)s) crosses itself near %(where)s. Correct its border there."
    ),
    "TANGLED": _("Feature %(number)s (%(name)s) has a border too entangled to be checked. Simplify it."),
    "MENDED": _("Feature %(number)s (%(name)s) touched or crossed itself near %(where)s; this was mended."),
    "SIMPLIFIED": _(
        "Feature %(number)s (%(name)s) had %(count)s points; it was simplified to within a metre."
    ),
    "TINY": _("Feature %(number)s (%(name)s) is too small to hold a point."),
    "OUTSIDE_TOWN": _("Feature %(number)s (%(name)s) lies wholly outside the town's outline."),
    "NO_NAME": _("Feature %(number)s has no name. Fill in its name, or choose another property as the name."),
    "LONG_CODE": _("Feature %(number)s (%(name)s) has a code longer than %(most)s characters."),
    "DUPLICATE_CODE": _(
        "Feature %(number)s (%(name)s) has the code %(code)s, which feature %(other)s has already."
    ),
    "UNSTORABLE": _("Feature %(number)s has a name or code with characters that cannot be stored."),
}
OF_RECORDS: dict[str, Words] = {
    "RECORD_BROKEN": _(
        "Line %(number)s cannot be read; a quotation mark may be missing. Nothing after it was read."
    ),
    "RECORD_UNSTORABLE": _("Line %(number)s holds characters that cannot be stored."),
    "RECORD_NO_NAME": _("Line %(number)s has no name."),
    "RECORD_LONG_NAME": _("Line %(number)s has a name or code that is too long."),
    "RECORD_NO_POSITION": _("Line %(number)s has no position."),
    "RECORD_BAD_POSITION": _("Line %(number)s has a position that is not a latitude and a longitude."),
    "RECORD_FAR_AWAY": _("Line %(number)s (%(name)s) has a position far outside the town."),
    "RECORD_BAD_HOUSES": _("Line %(number)s has house numbers that are not a first and a last number."),
    "RECORD_HALF_RANGE": _(
        "Line %(number)s has house numbers but not the positions of the first and the last."
    ),
    "RECORD_OTHER_NAME": _("Line %(number)s has the code %(code)s of line %(other)s, but another name."),
    "RECORD_DUPLICATE": _("Line %(number)s (%(name)s) repeats line %(other)s."),
}
SENTENCES = OF_FILES | OF_FEATURES | OF_RECORDS
NOTES = frozenset({"MENDED", "SIMPLIFIED", "OUTSIDE_TOWN"})


@dataclasses.dataclass(frozen=True)
class Problem:
    """Something that a file has wrong. `number` is the feature's, from 1, or the record's; the header is 1.

    A note tells what was done about it; any other problem keeps its feature or record out.
    """

    code: str
    number: int = 0
    values: Mapping[str, object] = dataclasses.field(default_factory=dict)

    @property
    def is_note(self) -> bool:
        """Tell whether nothing is left to be done about it."""
        return self.code in NOTES

    def sentence(self) -> str:
        """Return it in the current language."""
        return str(SENTENCES[self.code]) % {**self.values, "number": self.number}


class BadFile(Exception):
    """The file as a whole cannot be used."""

    def __init__(self, code: str, /, **values: object) -> None:
        super().__init__(code)
        self.problem = Problem(code, values=values)
