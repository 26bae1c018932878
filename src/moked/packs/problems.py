"""What is wrong with a pack: where, and what to do about it. Nothing of a refused pack is written."""

import dataclasses
from collections.abc import Sequence

MOST_SHOWN = 50


@dataclasses.dataclass(frozen=True)
class Problem:
    """One thing to change; `file` "" is the folder as a whole, `place` "" the file as a whole."""

    file: str
    place: str
    what: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.file, self.place, self.what) if part)


class RefusedPack(Exception):
    """A pack is not as it must be; `problems` says all that is wrong, the message the first 50 of it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        lines = [str(one) for one in problems[:MOST_SHOWN]]
        if more := len(problems) - len(lines):
            lines.append(f"… and {more} more. Mend these first.")
        super().__init__("\n".join(["Nothing was loaded. Change this in the pack:", *lines]))
        self.problems = tuple(problems)
