"""What becomes of a message: a case."""

import json
from datetime import UTC, datetime

from django.db import transaction

from moked.accounts.rules import resident
from moked.cases.models import Contact
from moked.cases.rules import Channel
from moked.channels.models import InboundMessage
from moked.channels.operations import settle
from moked.channels.rules import Outcome, State
from moked.files.operations import read_whole
from moked.intake.operations import report
from moked.residents.operations import ContactDetails


@transaction.atomic
def take(message_id: int) -> InboundMessage:
    found = InboundMessage.objects.select_for_update(of=("self",))
    message = found.select_related("account__service", "municipality", "file").get(id=message_id)
    if message.state != State.STORED:
        return message
    said, now = json.loads(read_whole(message.file)), datetime.now(UTC)
    case = report(
        municipality=message.municipality,
        service=message.account.service,
        matter=said["text"],
        channel=Channel.API,
        language="en",
        details=ContactDetails(phone=said["from"]),
        by=resident(message.municipality_id),
        now=now,
        submission=f"postbox-{message.pk}",
    )
    contact = Contact.objects.filter(case=case).earliest("id")
    return settle(message, outcome=Outcome.CONTACT, reason="", contact=contact, content=None, now=now)
