"""A record of the file becomes what the case was: plain values, checked and cleaned, or a refusal."""

import dataclasses
import functools
import hashlib
import re
from collections.abc import Callable, Sequence
from datetime import datetime

from moked.base.lengths import LONGEST_EMAIL, LONGEST_NAME
from moked.base.text import clean_body, clean_line
from moked.cases.rules import LONGEST_ADDRESS, Channel, State
from moked.exchange.imports.files import BadFile
from moked.exchange.imports.mapping import FIELDS, Mapping
from moked.exchange.imports.moments import Clock, Said
from moked.exchange.imports.reasons import LONGEST_SAID, Refused
from moked.exchange.models.imports import LONGEST_ID
from moked.places.addresses import with_house
from moked.places.rules import BadPoint, Box, Point, is_swapped, read_point
from moked.residents.operations import ContactDetails

LONGEST_TITLE = 300
_RULE = re.compile(r"[-–—_=*]{3,}(?:\d[-–—_=*]{3,})?")
NOBODY = ContactDetails()
CLOSED = (State.RESOLVED, State.DECLINED, State.WITHDRAWN)


@dataclasses.dataclass(frozen=True)
class ReadCase:
    """A case as a record tells it. Services, departments and areas are still names, '' for none.

    `update` is what stood on top of the text and was written later; `closed_at` is None on a closed case when
    nobody knows.
    """

    line: int
    external_id: str
    opened_at: datetime
    first_response_at: datetime | None
    closed_at: datetime | None
    state: State
    channel: Channel
    service: str
    service_group: str
    life_event: str
    department: str
    title: str
    text: str
    update: str
    address: str
    area: str
    point: Point | None
    reporter: ContactDetails


class RowReader:
    """Reads records whose columns a header names, by a mapping. Raises BadFile when a column is missing.

    `boxes` are where positions should lie: one that would only with its numbers exchanged is refused.
    """

    def __init__(
        self, mapping: Mapping, header: Sequence[str], *, now: datetime, boxes: Sequence[Box], file_id: str
    ) -> None:
        self._mapping = mapping
        self._clock = Clock(mapping.zone, ignores_offset=mapping.ignores_offset, now=now)
        self._boxes = boxes
        self._file_id = file_id
        self._at = {field: _column(header, name) for field, name in mapping.columns.items()}
        self._hashed = [_column(header, name) for name in mapping.hash_of]
        self._getters: dict[str, Callable[[list[str]], str]] = {
            field: _getter(self._at.get(field)) for field in FIELDS
        }

    def external_id(self, line: int, fields: list[str]) -> str:
        """Return the id a record has in the other system. Raises Refused (NO_ID, TOO_LONG)."""
        if self._mapping.hash_of:
            whole = "\x1f".join(fields[at].strip() for at in self._hashed)
            return hashlib.sha256(whole.encode()).hexdigest()[:32]
        if self._mapping.by_record:
            return f"{self._file_id}-{line}"
        external_id = clean_line(self._get("external_id", fields))
        if not external_id:
            raise Refused("NO_ID", "external_id")
        return _bounded(external_id, LONGEST_ID, "external_id")

    def read(self, line: int, external_id: str, fields: list[str]) -> ReadCase:
        """Return what a record says. Raises Refused."""
        get = self._get
        opened_text = get("opened_at", fields)
        if not opened_text:
            raise Refused("NO_DATE", "opened_at")
        opened = self._clock.read(opened_text, "opened_at")
        state = self._state(get("status", fields))
        update, text = split_update(get("text", fields), self._mapping.update_marker)
        service = _name(get("service", fields))
        if not service:
            raise Refused("NO_SERVICE", "service")
        return ReadCase(
            line=line,
            external_id=external_id,
            opened_at=opened.at,
            first_response_at=self._after(
                opened, get("first_response_at", fields), "first_response_at", "ANSWERED_BEFORE_OPENED"
            ),
            closed_at=self._after(opened, get("closed_at", fields), "closed_at", "CLOSED_BEFORE_OPENED")
            if state in CLOSED
            else None,
            state=state,
            channel=self._channel(get("channel", fields)),
            service=_bounded(service, LONGEST_NAME, "service"),
            service_group=_name(get("service_group", fields)),
            life_event=_name(get("life_event", fields)),
            department=_bounded(_name(get("department", fields)), LONGEST_NAME, "department"),
            title=clean_line(get("title", fields)[:LONGEST_TITLE]),
            text=clean_body(text) if text else "",
            update=clean_body(update) if update else "",
            address=self._address(fields),
            area=_name(get("area", fields)),
            point=self._point(get("latitude", fields), get("longitude", fields)),
            reporter=self._reporter(fields),
        )

    def _get(self, field: str, fields: list[str]) -> str:
        return self._getters[field](fields)

    def _after(self, opened: Said, text: str, field: str, code: str) -> datetime | None:
        return self._clock.after(opened, text, field, code) if text else None

    def _state(self, status: str) -> State:
        if not status:
            if self._mapping.state is None:
                raise Refused("NO_STATUS", "status")
            return self._mapping.state
        if status not in self._mapping.states:
            raise Refused("UNKNOWN_STATUS", "status", value=_shown(status))
        return self._mapping.states[status]

    def _channel(self, channel: str) -> Channel:
        if not channel:
            return self._mapping.channel
        if channel not in self._mapping.channels:
            raise Refused("UNKNOWN_CHANNEL", "channel", value=_shown(channel))
        return self._mapping.channels[channel]

    def _address(self, fields: list[str]) -> str:
        address = clean_line(self._get("address", fields))
        street = self._get("street", fields)
        if not address and street:
            house = clean_line(self._get("house_number", fields))
            address = with_house(_name(street), house, self._mapping.language)
        return address[:LONGEST_ADDRESS]

    def _point(self, latitude: str, longitude: str) -> Point | None:
        if not latitude and not longitude:
            return None
        if not (latitude and longitude):
            raise Refused("HALF_POSITION", "longitude" if latitude else "latitude")
        try:
            point = read_point(latitude, longitude)
        except BadPoint as bad:
            raise Refused(bad.code, "latitude") from None
        inside = any(box.holds(point) for box in self._boxes)
        if not inside and any(is_swapped(point, box) for box in self._boxes):
            raise Refused("SWAPPED", "latitude")
        return point

    def _reporter(self, fields: list[str]) -> ContactDetails:
        if not any(field in self._at for field in ("reporter_name", "reporter_email", "reporter_phone")):
            return NOBODY
        return ContactDetails(
            name=clean_line(self._get("reporter_name", fields))[:LONGEST_NAME],
            email=_bounded(clean_line(self._get("reporter_email", fields)), LONGEST_EMAIL, "reporter_email"),
            phone=_bounded(clean_line(self._get("reporter_phone", fields)), LONGEST_EMAIL, "reporter_phone"),
        )


def split_update(text: str, marker: str) -> tuple[str, str]:
    """Return the updates that stand on top of a text, and the report below them.

    An update begins with the marker and ends at a line of dashes; several may stand on top of each other.
    Where nothing tells the update from the report, the text stays whole.
    """
    if not marker or not text.startswith(marker):
        return "", text
    word, end, updates = marker.rstrip(": ").casefold(), 0, []
    for rule in _RULE.finditer(text):
        block = text[end : rule.start()].strip()
        if not block.casefold().startswith(word):
            break
        end = rule.end()
        updates.append(block)
    report = text[end:].strip()
    if not updates or not report or report.casefold().startswith(word):
        return "", text
    return "\n\n".join(updates), report


@functools.lru_cache(4096)
def _name(text: str) -> str:
    """Return a text that stands in many records as one line."""
    return clean_line(text)


def _column(header: Sequence[str], name: str) -> int:
    times = list(header).count(name)
    if times == 1:
        return list(header).index(name)
    if times:
        raise BadFile(f"The file has {times} columns {name!r}. Give each a name of its own.")
    shown = ", ".join(one[:40] or "''" for one in header[:30])
    raise BadFile(f"The file has no column {name!r}, which the mapping names. It has: {shown[:600]}.")


def _getter(at: int | None) -> Callable[[list[str]], str]:
    return (lambda fields: "") if at is None else (lambda fields: fields[at].strip())


def _bounded(text: str, longest: int, field: str) -> str:
    if len(text) > longest:
        raise Refused("TOO_LONG", field, most=longest)
    return text


def _shown(text: str) -> str:
    return clean_line(text)[:LONGEST_SAID]
