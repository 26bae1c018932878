"""Set a mailbox, tell what came of its mails, take a large one.

python -m benchmarks.inside.mails FACTS mailbox PORT USER PASSWORD | told | large
"""

from benchmarks.inside import start  # isort: skip

import json
import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.letters import large
from moked.catalogue.models import Service
from moked.channels.email.receiving import MAIL
from moked.channels.models import Account, InboundMessage
from moked.channels.operations import NewServer, keep_message, open_mailbox, set_server
from moked.channels.rules import LARGEST_MAIL, Outcome, Security, ServerDetails
from moked.intake import mails
from moked.municipalities.models import Municipality

SEED = 3


def main() -> None:
    """Do what the second word asks for."""
    facts = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    town = Municipality.objects.get(slug=facts["town"])
    what = {"mailbox": mailbox, "told": told, "large": taken_large}[sys.argv[2]]
    start.tell(what(town, *sys.argv[3:]))


def mailbox(town: Municipality, port: str, user: str, password: str) -> dict[str, str]:
    """Have the town's mails read from a mailbox of this machine."""
    account = opened(town)
    details = ServerDetails("127.0.0.1", int(port), user, Security.NONE)
    new = NewServer(details, password, reads_all=True)
    set_server(account, new, by_user_id=None, now=datetime.now(UTC))
    return {"address": account.address}


def opened(town: Municipality) -> Account:
    service = Service.objects.filter(municipality=town).earliest("id")
    return open_mailbox(
        municipality=town, address=town.sender, service_id=service.pk, by_user_id=None, now=datetime.now(UTC)
    )


def told(town: Municipality) -> dict[str, Any]:
    """Tell how many mails were taken a second, and after how many seconds each."""
    moments = list(InboundMessage.objects.filter(municipality=town).values_list("received_at", "settled_at"))
    first, last = min(came for came, _ in moments), max(taken for _, taken in moments)
    return {
        "speed": len(moments) / (last - first).total_seconds(),
        "delays": [(taken - came).total_seconds() for came, taken in moments],
    }


def taken_large(town: Municipality) -> dict[str, Any]:
    """Keep and take a mail as large as one may be; its reader ends with it, so its memory is known."""
    raw = large(town.sender, LARGEST_MAIL, SEED)
    assert LARGEST_MAIL * 0.99 < len(raw) <= LARGEST_MAIL
    began = time.monotonic()
    kept = keep_message(
        account=opened(town),
        raw=raw,
        provider_id="<large@example.org>",
        media_type=MAIL,
        now=datetime.now(UTC),
    )
    message = mails.take(kept.message.pk)
    seconds = time.monotonic() - began
    assert message.outcome == Outcome.CONTACT, message.reason
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e6
    return {"size": len(raw), "seconds": seconds, "peak": peak}


if __name__ == "__main__":
    main()
