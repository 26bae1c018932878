"""Put mails into a mailbox at a pace.

python -m benchmarks.postman MAILDIR ADDRESS COUNT SECONDS_BETWEEN SEED
"""

import json
import sys
import time
from pathlib import Path

from benchmarks.letters import letters
from tests.channels.dovecot import put


def main() -> None:
    """Deliver one mail after the other; tell how many there were and how long it took."""
    box, to = Path(sys.argv[1]), sys.argv[2]
    count, between, seed = int(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5])
    began = time.monotonic()
    for number, raw in enumerate(letters(count, to, seed)):
        time.sleep(max(0.0, began + number * between - time.monotonic()))
        put(box, raw, number)
    sys.stdout.write(json.dumps({"mails": count, "seconds": time.monotonic() - began}) + "\n")


if __name__ == "__main__":
    main()
