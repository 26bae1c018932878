"""What becomes of the mails that other projects test with, in a town that never heard of any of them."""

from collections import Counter
from pathlib import Path

import pytest

from moked.channels.models import InboundMessage
from tests.factories import make_town
from tests.intake.letters import came, make_mailbox

MOST_IN_QUARANTINE = 0.03
SENT_TO_MANY = [
    "cpython__data__msg_02.txt.eml",
    "flanker__tests__fixtures__messages__message-external-body.eml",
    "mikel-mail__spec__fixtures__emails__error_emails__empty_in_reply_to.eml",
    "mime4j__core__src__test__resources__mimetools-testmsgs__infinite_decoded_1.txt.eml",
    "php-mime__tests__mails__m0015.eml",
    "stalwart__resources__eml__thirdparty__014.eml",
]


@pytest.mark.realdata
@pytest.mark.django_db
def test_next_to_no_real_mail_with_a_sender_waits_for_a_person(realdata: Path) -> None:
    mailbox = make_mailbox(make_town())
    taken: dict[str, InboundMessage] = {}
    for path in sorted((realdata / "emails").glob("*.eml")):
        taken[path.name] = came(mailbox, path.read_bytes())
    assert Counter((one.outcome, one.reason) for one in taken.values()) == {
        ("CONTACT", "OPENED"): 352,
        ("IGNORED_BY_RULE", "UNKNOWN_BOUNCE"): 115,
        ("IGNORED_BY_RULE", "SEEN_BEFORE"): 22,
        ("IGNORED_BY_RULE", "AUTO_REPLY"): 2,
        ("QUARANTINE", "NO_SENDER"): 78,
        ("QUARANTINE", "LIST_BULK"): len(SENT_TO_MANY),
        ("QUARANTINE", "TOO_LONG_HEADERS"): 1,
    }
    assert [name for name, one in taken.items() if one.reason == "LIST_BULK"] == SENT_TO_MANY
    waiting = [one for one in taken.values() if one.outcome == "QUARANTINE" and one.reason != "NO_SENDER"]
    with_sender = [one for one in taken.values() if one.reason != "NO_SENDER"]
    assert len(waiting) <= MOST_IN_QUARANTINE * len(with_sender)
