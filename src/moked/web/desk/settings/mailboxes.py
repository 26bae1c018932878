"""Mailboxes: to which addresses residents write, how they are read, and whether that goes well."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from moked.cases.rules import Channel
from moked.catalogue.models import Service
from moked.channels import operations
from moked.channels.email import sending, smtp
from moked.channels.email.imap import UnableToRead
from moked.channels.email.sending import UnableToSend
from moked.channels.email.trial import try_out, try_sending
from moked.channels.models import LONGEST_AUTHSERV_ID, MailServer
from moked.channels.operations import NewServer, UnableToChangeAccount
from moked.channels.queries import Mailbox, mailboxes_of
from moked.channels.rules import BadServer, Security, ServerDetails, SignIn
from moked.events.queries import outgoing
from moked.municipalities.models import Municipality
from moked.web.desk.settings import history, mailbox_words, refusals, sending_words
from moked.web.desk.settings.choices import service_choices
from moked.web.desk.settings.fields import CheckField, WholeField
from moked.web.desk.settings.frame import ADMINISTRATOR, BOTH, show
from moked.web.ui.access import access
from moked.web.ui.forms import Choice, ChoiceField, EmailField, Form, LineField, Radios, TextField
from moked.web.ui.requests import TownRequest
from moked.web.ui.views import see_other

SETTING = "mailboxes"
BY_IMAP, HANDED_OVER = "IMAP", "HANDED_OVER"
# The field in which stands what opens the mailbox.
SECRETS = {SignIn.PASSWORD: "password", SignIn.XOAUTH2: "refresh_token", SignIn.APP: "client_secret"}
LONGEST_SECRET = 4000
CONTROLS = gettext_lazy("This holds characters that no keyboard writes. Copy it once more.")


class SecretField(TextField):
    """A password or token, kept exactly as it was written and never shown again."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.PasswordInput(attrs={"class": "form-control", "autocomplete": "off", "dir": "ltr"})
        super().__init__(max_length=LONGEST_SECRET, widget=widget, **kwargs)

    def tidy(self, text: str) -> str:
        """Return it unchanged; raises ValidationError for what would end a line of the protocol."""
        if any(ord(one) < 32 or ord(one) == 127 for one in text):
            raise ValidationError(CONTROLS, code="controls")
        return text


def _line(label: Any, *, most: int, hint: Any = "", test: str = "") -> LineField:
    return LineField(label=label, hint=hint, max_length=most, direction="ltr", test=test)


class MailboxForm(Form):
    """What the mails to an address lead to, and how they come here."""

    service = ChoiceField(
        label=gettext_lazy("Service of new cases"),
        hint=gettext_lazy(
            "A mail that belongs to no case opens one of this service; a colleague moves it on."
        ),
        missing=gettext_lazy("Choose the service that new mails go to."),
        widget=forms.Select(attrs={"class": "form-select mk-short", "data-test": "service"}),
    )
    way = ChoiceField(
        label=gettext_lazy("How do the mails come here?"),
        missing=gettext_lazy("Choose how the mails come here."),
        choices=[
            (
                BY_IMAP,
                Choice(
                    gettext_lazy("They are fetched from a mail server (IMAP)"),
                    gettext_lazy("The usual way, also with Microsoft 365 and Google."),
                ),
            ),
            (
                HANDED_OVER,
                Choice(
                    gettext_lazy("The town's own mail server hands them over"),
                    gettext_lazy("By the command receive_mail, set up by whoever runs the mail server."),
                ),
            ),
        ],
        widget=Radios(test="way", test_each=True),
    )
    host = _line(
        gettext_lazy("Name of the server"),
        most=253,
        hint=gettext_lazy("For example imap.example.com."),
        test="host",
    )
    port = WholeField(
        label=gettext_lazy("Port"),
        least=1,
        most=65535,
        missing=gettext_lazy("Write the number of the port, mostly 993."),
    )
    security = ChoiceField(
        label=gettext_lazy("Encryption"),
        missing=gettext_lazy("Choose how the connection is encrypted."),
        choices=[
            (Security.TLS, gettext_lazy("TLS from the start")),
            (Security.STARTTLS, "STARTTLS"),
            (Security.NONE, gettext_lazy("None, for a server on this machine")),
        ],
        widget=forms.Select(attrs={"class": "form-select mk-short"}),
    )
    folder = _line(gettext_lazy("Folder"), most=200)
    user = _line(gettext_lazy("User name"), most=254, test="user")
    sign_in = ChoiceField(
        label=gettext_lazy("Signs in with"),
        missing=gettext_lazy("Choose how to sign in."),
        choices=[
            (SignIn.PASSWORD, Choice(gettext_lazy("A password"))),
            (
                SignIn.XOAUTH2,
                Choice(
                    gettext_lazy("A token (XOAUTH2)"),
                    gettext_lazy("What Microsoft 365 and Google ask for. Fill in the authority below."),
                ),
            ),
            (
                SignIn.APP,
                Choice(
                    gettext_lazy("A token of this app's own"),
                    gettext_lazy(
                        "With Microsoft 365, where an administrator lets the app into the mailbox. "
                        "Fill in the authority below, without a refresh token."
                    ),
                ),
            ),
        ],
        widget=Radios(test="sign-in", test_each=True),
    )
    password = SecretField(label=gettext_lazy("Password"), test="password")
    authserv_id = _line(
        gettext_lazy("Name under which your mail server checks senders"),
        most=LONGEST_AUTHSERV_ID,
        hint=gettext_lazy(
            "The first word that the server writes into the header Authentication-Results. It must remove"
            " such headers that came from elsewhere, or anybody could pass for a colleague. Left empty,"
            " colleagues cannot answer by mail. The guide to mails says where to find it."
        ),
        test="authserv-id",
    )
    takes_reply_to = CheckField(
        label=gettext_lazy("A web form writes to this mailbox"),
        hint=gettext_lazy(
            "Then whoever stands in Reply-To wrote and is answered, whatever the sender is. Tick it only if"
            " nothing but the form writes here: anybody can put any address there."
        ),
        test="takes-reply-to",
    )
    token_url = _line(
        gettext_lazy("Address of the authority"),
        most=500,
        hint=gettext_lazy("Where tokens are asked for; begins with https://."),
    )
    client_id = _line(gettext_lazy("Client ID"), most=200)
    client_secret = SecretField(label=gettext_lazy("Client secret"))
    refresh_token = SecretField(label=gettext_lazy("Refresh token"))
    scope = _line(gettext_lazy("Scope"), most=500)
    reads_all = CheckField(
        label=gettext_lazy("Also fetch the mails that lie there already"),
        hint=gettext_lazy(
            "Each of them opens a case and is answered. Not ticked: only what comes from now on."
        ),
    )

    def __init__(self, *args: Any, town: Municipality, mailbox: Mailbox | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.town, self.mailbox = town, mailbox
        services = service_choices(town)
        if mailbox is None:
            services.insert(0, ("", _("Choose…")))
        else:
            service = mailbox.account.service
            if service.slug not in dict(services):
                services.append((service.slug, service.name_in(town.language, town.language)))
        self.fields["service"].choices = services  # type: ignore[attr-defined]
        self.initial = _initial(mailbox)

    def clean(self) -> dict[str, Any]:
        """Check the server as a whole, where one is to be asked."""
        said = dict(self.cleaned_data)
        if said.get("way") == BY_IMAP and not self.errors:
            try:
                self.server.details.check()
            except BadServer as refusal:
                self.refuse(refusal.code)
        return said

    def refuse(self, code: str) -> None:
        """Say what is wrong at the field it is about."""
        field, words = refusals.MAILBOXES[code]
        self.add_error(field, ValidationError(words, code=code))

    @property
    def server(self) -> NewServer:
        """How the mailbox is to be read; the secrets of other ways of signing in are left aside."""
        said = self.cleaned_data
        sign_in = SignIn(said["sign_in"])
        at_authority = () if sign_in == SignIn.PASSWORD else ("token_url", "client_id", "scope")
        names = ("host", "port", "user", "folder", *at_authority)
        details = ServerDetails(
            security=Security(said["security"]), sign_in=sign_in, **{name: said[name] for name in names}
        )
        client_secret = said["client_secret"] if sign_in == SignIn.XOAUTH2 else ""
        return NewServer(details, said[SECRETS[sign_in]], client_secret, said["reads_all"])


class NewMailboxForm(MailboxForm):
    """The same, and the address."""

    field_order = ("email",)
    email = EmailField(
        label=gettext_lazy("E-mail address"),
        hint=gettext_lazy("To which residents write. It cannot be changed later, only retired."),
        missing=gettext_lazy("Write the address residents write to."),
        autocomplete="off",
        test="email",
    )

    def __init__(self, *args: Any, town: Municipality, **kwargs: Any) -> None:
        super().__init__(*args, town=town, mailbox=None, **kwargs)


def _initial(mailbox: Mailbox | None) -> dict[str, Any]:
    usual = {"port": 993, "security": Security.TLS, "folder": "INBOX", "sign_in": SignIn.PASSWORD}
    if mailbox is None:
        return {"way": BY_IMAP, **usual}
    account = mailbox.account
    known = {"service": account.service.slug} | {
        name: getattr(account, name) for name in ("authserv_id", "takes_reply_to")
    }
    if mailbox.server is None:
        return known | {"way": HANDED_OVER, **usual}
    names = ("host", "port", "security", "folder", "user", "sign_in", "token_url", "client_id", "scope")
    return known | {"way": BY_IMAP, **{name: getattr(mailbox.server, name) for name in names}}


@access(*ADMINISTRATOR, methods=BOTH)
def mailboxes(request: TownRequest) -> HttpResponse:
    """List the mailboxes, each with how it is; say how mails go out, and test that."""
    town, now = request.municipality.pk, history.now()
    tested = _sending_tested() if request.POST.get("step") == "test" else None
    going = sending.how_it_goes(outgoing(town), now)
    return show(
        request,
        "desk/settings/mailboxes.html",
        SETTING,
        rows=[(one, mailbox_words.health_of(one, now)) for one in mailboxes_of(town)],
        server=smtp.place(),
        sending=going,
        health=sending_words.health_of(going),
        tested=tested,
    )


@access(*ADMINISTRATOR, methods=BOTH)
def new_mailbox(request: TownRequest) -> HttpResponse:
    """Add a mailbox."""
    sent = request.POST if request.method == "POST" else None
    form = NewMailboxForm(sent, town=request.municipality)
    if form.is_valid() and (account_id := _saved(request, form, form.cleaned_data["email"])):
        return see_other(reverse("desk:settings_mailbox", args=[account_id]))
    return show(request, "desk/settings/mailbox.html", SETTING, form=form, mailbox=None)


@access(*ADMINISTRATOR, methods=BOTH)
def mailbox(request: TownRequest, account_id: int) -> HttpResponse:
    """Show how a mailbox is, test it, change, retire or restore it."""
    found = _mailbox_or_404(request, account_id)
    step = request.POST.get("step", "")
    sent = request.POST if step == "save" else None
    form = MailboxForm(sent, town=request.municipality, mailbox=found)
    result = _tested(found.server) if step == "test" and found.server else None
    if step == "save" and form.is_valid() and _saved(request, form, found.account.address):
        return see_other(request.path)
    if step in {"retire", "restore"}:
        _retire_or_restore(request, found, step)
        return see_other(reverse("desk:settings_mailboxes"))
    health = mailbox_words.health_of(found, history.now())
    return show(
        request,
        "desk/settings/mailbox.html",
        SETTING,
        form=form,
        mailbox=found,
        health=health,
        result=result,
    )


def _mailbox_or_404(request: TownRequest, account_id: int) -> Mailbox:
    found = mailboxes_of(request.municipality.pk)
    mailbox = next((one for one in found if one.account.pk == account_id), None)
    if mailbox is None or mailbox.account.channel != Channel.EMAIL:
        raise Http404
    return mailbox


def _saved(request: TownRequest, form: MailboxForm, address: str) -> int | None:
    """Keep what was filled in and return which mailbox it is; add the reason to the form if refused."""
    said = form.cleaned_data
    service = Service.objects.get(municipality=request.municipality, slug=said["service"])
    try:
        account = operations.set_mailbox(
            municipality=request.municipality,
            address=address,
            service_id=service.pk,
            server=form.server if said["way"] == BY_IMAP else None,
            by_user_id=request.actor.user_id,
            now=history.now(),
            authserv_id=said["authserv_id"],
            takes_reply_to=said["takes_reply_to"],
        )
    except (UnableToChangeAccount, BadServer) as refusal:
        form.refuse(refusal.code)
        return None
    words = _("Saved. Test now whether it can be read.") if said["way"] == BY_IMAP else _("Saved.")
    messages.success(request, words)
    return account.pk


def _retire_or_restore(request: TownRequest, found: Mailbox, step: str) -> None:
    account, by = found.account, request.actor.user_id
    if step == "retire":
        operations.retire_mailbox(account, by_user_id=by, now=history.now())
    else:
        operations.open_mailbox(
            municipality=request.municipality,
            address=account.address,
            service_id=account.service_id,
            by_user_id=by,
            now=history.now(),
        )
    messages.success(request, _("Saved."))


def _sending_tested() -> mailbox_words.Result:
    try:
        try_sending()
    except UnableToSend as problem:
        return sending_words.failed(problem)
    return mailbox_words.Result()


def _tested(server: MailServer) -> mailbox_words.Result:
    try:
        return mailbox_words.Result(try_out(server))
    except UnableToRead as problem:
        return mailbox_words.failed(problem)
