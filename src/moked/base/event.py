"""What a domain event is: a frozen dataclass with a stored name and a version, kept as JSON."""

import dataclasses
from datetime import datetime
from typing import Any, ClassVar, Self


@dataclasses.dataclass(frozen=True, kw_only=True)
class DomainEvent:
    """Something that happened, in past tense. Fields are numbers, codes, booleans and UTC datetimes only.

    `name` and `version` are literal and stored; a change of the fields' meaning takes a new version.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1

    municipality_id: int

    def as_document(self) -> dict[str, Any]:
        """Return the fields as JSON values; datetimes become ISO 8601 text."""
        return {
            key: value.isoformat() if isinstance(value, datetime) else value
            for key, value in dataclasses.asdict(self).items()
        }

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Self:
        """Return the event that `as_document` described."""
        moments = {field.name for field in dataclasses.fields(cls) if "datetime" in str(field.type)}
        values: dict[str, Any] = {
            key: datetime.fromisoformat(value) if key in moments and value else value
            for key, value in document.items()
        }
        return cls(**values)
