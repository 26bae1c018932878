"""By what a town can be written to, and what came in: stored first, understood later."""

from django.db import models

from moked.cases.models import Contact
from moked.cases.rules import Channel
from moked.catalogue.models import Service
from moked.channels.rules import Outcome, State
from moked.files.models import StoredFile
from moked.municipalities.models import Municipality

LONGEST_PROVIDER_ID = 255
LONGEST_ADDRESS = 254
LONGEST_NAME = 200
LONGEST_SUBJECT = 500


class Account(models.Model):
    """An address of the town on a channel, such as a mailbox; `address` is in the form it is compared in.

    What joins no case opens one of `service`, from where a person moves it on.
    """

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    channel = models.CharField(max_length=10, choices=[(one.value, one.value) for one in Channel])
    address = models.CharField(max_length=LONGEST_ADDRESS)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="+")
    is_retired = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["municipality", "channel", "address"], name="account_once")
        ]
        indexes = [models.Index(fields=["channel", "address"], name="account_by_address")]

    def __str__(self) -> str:
        return self.address


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
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)


class MessageContent(models.Model):
    """What a message said when it was read: all of its text, and its HTML with nothing active left in it."""

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    message = models.OneToOneField(InboundMessage, on_delete=models.CASCADE, related_name="content")
    sender = models.CharField(max_length=LONGEST_ADDRESS, default="")
    sender_name = models.CharField(max_length=LONGEST_NAME, default="")
    subject = models.CharField(max_length=LONGEST_SUBJECT, default="")
    text = models.TextField(default="")
    html = models.TextField(default="")

    def __str__(self) -> str:
        return str(self.pk)
