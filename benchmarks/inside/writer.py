"""Open cases without a pause, beside others who do: python -m benchmarks.inside.writer FACTS SECONDS START

Writers begin together, at the moment START (seconds since the epoch).
"""

from benchmarks.inside import start  # isort: skip

import sys
import time
from pathlib import Path

from benchmarks.inside.reporting import Residents


def main() -> None:
    """Write, and tell how long each case took and what went wrong."""
    residents = Residents(Path(sys.argv[1]))
    seconds, begin = float(sys.argv[2]), float(sys.argv[3])
    time.sleep(max(0.0, begin - time.time()))
    milliseconds, errors = [], []
    while time.time() < begin + seconds:
        try:
            milliseconds.append(residents.report_one())
        except Exception as error:  # noqa: BLE001 - whatever goes wrong is what we are here to count
            errors.append(repr(error)[:300])
    start.tell({"milliseconds": milliseconds, "errors": errors})


if __name__ == "__main__":
    main()
