"""What to say when a change of the settings was refused, and what to do about it."""

from django.utils.translation import gettext_lazy as _

from moked.accounts.operations import UnableToChangeTeam
from moked.base.text import joined

DEPARTMENTS = {
    "NO_NAME": _("Write the name in at least one language."),
    "NAME_TAKEN": _("There is a department of this name already. Write another name."),
    "UNKNOWN_PARENT": _("The department above is no longer there. Choose another."),
    "BELOW_ITSELF": _("A department cannot be below itself. Choose one that is not below it."),
    "HAS_MEMBERS": _("People still belong to this department. Take their roles in it first."),
    "HAS_DEPARTMENTS": _("Other departments are below this one. Move or retire them first."),
    "HAS_TEAMS": _("Teams still belong to this department. Retire them or give them to another one first."),
    "HAS_SERVICES": _("Services still lead to this department. Give them to another one first."),
    "HAS_CASES": _("Open cases are with this department. Close them or hand them over first."),
    "IN_RULES": _("A routing rule leads to this department. Change the rule first."),
}
TEAMS = {
    "NOT_FOUND": _("This team is no longer there. Look at the list of teams."),
    "NO_NAME": _("Write the name in at least one language."),
    "NAME_TAKEN": _("The department has a team of this name already. Write another name."),
    "UNKNOWN_DEPARTMENT": _("The department of this team is no longer there. Choose another."),
    "SEES_NO_CASES": _(
        "They may not work on the cases of this team: %(names)s. Take them out, or have them given a role."
    ),
    "NOT_A_MEMBER": _("Somebody with a shift is no longer in the team. Open the page again."),
    "CHANGED_MEANWHILE": _(
        "A colleague changed this team in the meantime. Compare what you wrote with what is published now;"
        " publishing again replaces it."
    ),
    "TOO_MANY_SHIFTS": _("Keep the shifts of a person to 20. Join some."),
    "HAS_CASES": _("Open cases are with this team. Close them or give them to another one first."),
    "IN_RULES": _("A routing rule leads to this team. Change the rule first."),
}
LABELS = {
    "NOT_FOUND": _("This label is no longer there. Look at the list of labels."),
    "NO_NAME": _("Write the name in at least one language."),
    "NAME_TAKEN": _("There is a label of this name already. Write another name, or restore that one."),
    "UNKNOWN_COLOUR": _("Choose one of the colours shown."),
    "IN_RULES": _("A routing rule adds this label. Change the rule first."),
}
SHIFTS = {
    "NO_WEEKDAY": _("Choose the days of the week on which this shift begins."),
    "NO_LENGTH": _("Write when this shift ends. One of a whole day from 08:00 ends at 32:00."),
    "TOO_LONG": _("Write a shift of a day at most."),
}
ABSENCES = {
    "UNKNOWN_PERSON": _("This person has no role in the town any more."),
    "BACKWARDS": _("The last day lies before the first. Correct one of them."),
    "OVERLAPS": _("This person is away on some of these days already. Correct the days."),
}
FACTORS = _(
    "Nobody resets their own second step, nor that of an administrator of another town."
    " Ask whoever runs the installation."
)
PEOPLE = {
    "NOT_ALLOWED": _("Only an administrator can do this, and you are none any more."),
    "YOURSELF": _("Nobody changes their own roles. Ask another administrator."),
    "LAST_ADMINISTRATOR": _("Somebody has to remain administrator. Make a colleague one first."),
    "ALREADY_HELD": _("This person holds this role already. Choose another."),
    "DEPARTMENT_NEEDED": _("Choose the department in which the role holds."),
    "UNKNOWN_DEPARTMENT": _("This department is no longer there. Choose another."),
    "WORKS_ELSEWHERE": _("This person also works for another town. Take the roles in this one instead."),
    "SWITCHED_OFF": _("This person was switched off. Switch them on again first."),
}


def team(refusal: UnableToChangeTeam) -> str:
    """Return why a change of a team was refused, with those it is about."""
    words = str(TEAMS[refusal.code])
    return words % {"names": joined(refusal.names)} if refusal.names else words


MAILBOXES = {
    "BAD_ADDRESS": ("email", _("Write the address as it is, without a plus and what follows it.")),
    "UNKNOWN_SERVICE": ("service", _("Choose the service that new mails go to.")),
    "NO_HOST": ("host", _("Write the name of the server, like imap.example.com.")),
    "BAD_PORT": ("port", _("Write the number of the port, mostly 993.")),
    "UNENCRYPTED": (
        "security",
        _("Choose an encryption: everybody on the way could read the password and the mails."),
    ),
    "NO_USER": ("user", _("Write the user name of the mailbox, often the address itself.")),
    "NO_FOLDER": ("folder", _("Write which folder is read, mostly INBOX.")),
    "BAD_TOKEN_URL": ("token_url", _("Write the address of the authority; it begins with https://.")),
    "NO_CLIENT": ("client_id", _("Write the client ID that the authority knows us by.")),
    "NO_SECRET": (
        None,
        _("Write the password, or the refresh token or client secret when signing in with a token."),
    ),
}
