"""What a rig reports, and the folder it works in."""

import contextlib
import dataclasses
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.faults.kills.reconcile import Complaints


@dataclasses.dataclass
class Report:
    """One run of the rig."""

    database: str
    seed: int
    rounds: int
    failpoint: str
    findings: Complaints
    seconds: float
    seconds_of_faults: float

    @property
    def is_clean(self) -> bool:
        """Nothing is broken that must not be."""
        return not self.findings.broken

    def as_document(self) -> dict[str, Any]:
        """Return the report as one flat JSON object."""
        own = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        findings = dataclasses.asdict(own.pop("findings"))
        return own | {"clean": self.is_clean, "broken": self.findings.broken} | findings


@contextlib.contextmanager
def folder_for(keep: Path | None) -> Iterator[Path]:
    """Yield a folder for everything, which stays when it was named."""
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="moked-rig-") as name:
            yield Path(name)
        return
    keep.mkdir(parents=True)
    yield keep.resolve()
