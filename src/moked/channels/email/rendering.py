"""Give a letter the form of a mail."""

from django.template.loader import render_to_string

from moked.base.text import clean_line
from moked.channels.base.letters import Outgoing
from moked.channels.email.addresses import bounce_address, with_tag
from moked.channels.email.smtp import Mail


def mail_of(outgoing: Outgoing) -> Mail:
    """Return a mail with a text and an HTML part that say the same."""
    letter, mailbox = outgoing.letter, outgoing.answers_to
    return Mail(
        message_id=outgoing.id,
        sender_name=clean_line(letter.town),
        sender=outgoing.town.sender,
        to=outgoing.to,
        subject=letter.subject,
        text=letter.plain,
        html=render_to_string("channels/mail.html", {"letter": letter}),
        language=letter.language,
        written_at=outgoing.written_at,
        automatic=outgoing.automatic,
        answers=outgoing.answers,
        reply_to=with_tag(mailbox, outgoing.tag) if outgoing.tag else "",
        bounces_to=bounce_address(mailbox, outgoing.id) if mailbox else "",
        unsubscribe=letter.choices.address if letter.choices else "",
    )
