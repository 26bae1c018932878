"""The town of the mail rig, whose mailbox is read by IMAP: run as a program before all others.

    python -m tests.faults.letters.town PORT USER PASSWORD

prints {"mailbox": address}.
"""

import json
import os
import sys
from datetime import UTC, datetime

from tests.faults import town


def prepare(port: int, user: str, password: str) -> dict[str, str]:
    """Load the town and have its mailbox read at a port of this machine; Django is set up already."""
    from moked.channels.models import Account
    from moked.channels.operations import NewServer, set_server
    from moked.channels.rules import Security, ServerDetails

    town.prepare()
    account = Account.objects.earliest("id")
    details = ServerDetails("127.0.0.1", port, user, Security.NONE)
    set_server(account, NewServer(details, password, reads_all=True), by_user_id=None, now=datetime.now(UTC))
    return {"mailbox": account.address}


def main() -> int:
    """Prepare and say what was prepared; returns the exit status."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.faults.settings")
    import django

    django.setup()
    sys.stdout.write(json.dumps(prepare(int(sys.argv[1]), sys.argv[2], sys.argv[3])) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
