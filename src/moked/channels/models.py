"""By what a town can be written to, and what came in: stored first, understood later."""

from datetime import datetime

from django.db import models

from moked.base.lengths import LONGEST_EMAIL
from moked.cases.models import Contact
from moked.cases.rules import Channel
from moked.catalogue.models import Service
from moked.channels.rules import LONGEST_SAID, Light, Outcome, Security, SignIn, State, Trouble, light_of
from moked.files.models import StoredFile
from moked.municipalities.models import Municipality

LONGEST_PROVIDER_ID = 255
LONGEST_SENDER_NAME = 200
LONGEST_SUBJECT = 500
LONGEST_AUTHSERV_ID = 253


class Account(models.Model):
    """An address of the town on a channel, such as a mailbox; `address` is in the form it is compared in.

    What joins no case opens one of `service`, from where a person moves it on. `authserv_id` is the name
    under which its mail server says whether a mail is from where it claims (RFC 8601), '' for none. With
    `takes_reply_to` a web form writes there, and the person who filled it in stands in Reply-To.
    """

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    channel = models.CharField(max_length=10, choices=[(one.value, one.value) for one in Channel])
    address = models.CharField(max_length=LONGEST_EMAIL)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="+")
    is_retired = models.BooleanField(default=False)
    authserv_id = models.CharField(max_length=LONGEST_AUTHSERV_ID, default="", db_default="")
    takes_reply_to = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["municipality", "channel", "address"], name="account_once")
        ]
        indexes = [models.Index(fields=["channel", "address"], name="account_by_address")]

    def __str__(self) -> str:
        return self.address


class MailServer(models.Model):
    """Where a mailbox lies, how it is read by IMAP, and how far that has come.

    `secret` (a password, the token that gets tokens, or what an app has in its place) and `client_secret` are
    encrypted. Mails that came before `reads_from` are left alone, as are those up to `last_uid`, which
    `uid_validity` gives its meaning. `checked_at` is when it was last tried, with whatever result; `trouble`
    is a code, `said` are the words of the other side; `waiting` are mails there that are not kept yet.
    `told_at` is when administrators were told that it is not read, until they are told that it is again.
    """

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="server")
    host = models.CharField(max_length=253)
    port = models.PositiveIntegerField()
    security = models.CharField(max_length=8, choices=[(one.value, one.value) for one in Security])
    user = models.CharField(max_length=254)
    sign_in = models.CharField(max_length=8, choices=[(one.value, one.value) for one in SignIn])
    secret = models.TextField()
    token_url = models.CharField(max_length=500, default="")
    client_id = models.CharField(max_length=200, default="")
    client_secret = models.TextField(default="")
    scope = models.CharField(max_length=500, default="")
    folder = models.CharField(max_length=200)
    reads_from = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()
    uid_validity = models.BigIntegerField(null=True)
    last_uid = models.BigIntegerField(default=0)
    checked_at = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=20, choices=[(one.value, one.value) for one in Trouble], default="")
    said = models.CharField(max_length=LONGEST_SAID, default="")
    waiting = models.PositiveIntegerField(default=0)
    told_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.user} on {self.host}"

    def light_at(self, now: datetime) -> Light:
        """Return how the mailbox is."""
        return light_of(self.checked_at, self.failing_since, now)

    @property
    def read_at(self) -> datetime | None:
        """When it could be read last, to about a minute; None when it has never been tried."""
        return self.failing_since or self.checked_at


class InboundMessage(models.Model):
    """A message as its sender's server gave it, raw in `file`; what it came to is filled in when it is taken.

    `provider_id` is what the sender's side calls it, '' where it does not; `reason` is a code, `note` why
    somebody threw it away.
    """

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    provider_id = models.CharField(max_length=LONGEST_PROVIDER_ID, default="")
    sha256 = models.CharField(max_length=64)
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="+")
    received_at = models.DateTimeField()
    state = models.CharField(
        max_length=11, choices=[(one.value, one.value) for one in State], default=State.STORED
    )
    outcome = models.CharField(max_length=15, choices=[(one.value, one.value) for one in Outcome], default="")
    reason = models.CharField(max_length=40, default="")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=200, default="")
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "provider_id", "sha256"], name="inbound_once")
        ]
        indexes = [
            models.Index(
                fields=["municipality", "-id"],
                condition=models.Q(state=State.QUARANTINED),
                name="inbound_quarantine",
            ),
            models.Index(
                fields=["municipality", "-id"],
                condition=models.Q(outcome=Outcome.IGNORED_BY_RULE),
                name="inbound_passed_over",
            ),
            models.Index(fields=["account", "-received_at"], name="inbound_newest"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class MessageContent(models.Model):
    """What a message said when it was read: all of its text, and its HTML with nothing active left in it.

    `pictures` maps the numbers of parts that the HTML shows to the keys of the photos they became;
    `attached` is a digest of all that was attached, '' for nothing.
    """

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    message = models.OneToOneField(InboundMessage, on_delete=models.CASCADE, related_name="content")
    sender = models.CharField(max_length=LONGEST_EMAIL, default="")
    sender_name = models.CharField(max_length=LONGEST_SENDER_NAME, default="")
    subject = models.CharField(max_length=LONGEST_SUBJECT, default="")
    text = models.TextField(default="")
    html = models.TextField(default="")
    pictures = models.JSONField(default=dict)
    attached = models.CharField(max_length=64, default="")

    def __str__(self) -> str:
        return str(self.pk)
