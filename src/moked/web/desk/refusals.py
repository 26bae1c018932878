"""What to say when a change was refused, and what to do about it."""

from django.utils.translation import gettext_lazy as _

from moked.web.ui.labels import Words

CHANGES = {
    "NOT_ALLOWED": _("You may read this case but not change it. Ask a colleague who handles it."),
    "WRONG_STATE": _("A colleague changed this case in the meantime. Look at its state, then decide again."),
    "NOTHING_SAID": _("Write a few words first."),
    "UNKNOWN_HANDLER": _("This department or person handles no cases here any more. Choose another."),
    "UNKNOWN_SERVICE": _("This service is no longer offered here. Choose another."),
    "NO_OPEN_CHECK": _("A colleague has already decided this check. Read below what came of it."),
    "PROOF_NEEDED": _("This service asks for a photo of the finished work. Add one, then close the case."),
    "SAME_CASE": _("A case cannot be joined with itself. Choose another."),
    "CONFIDENTIAL_APART": _(
        "One of the two cases is confidential and the other is not. Link them instead of merging."
    ),
    "ALREADY_LINKED": _("These two cases are linked already."),
    "NOT_PUBLIC": _("Cases of this service are not shown to the public."),
    "DATE_PASSED": _("This day has passed. Choose a later one."),
    "UNKNOWN_LABEL": _("This label is no longer in use. Choose another."),
    "TOO_MANY_LABELS": _("A case has room for 20 labels. Remove one first."),
    "NO_PROMISE": _("No time is promised for this case at the moment. There is nothing to move."),
    "NOT_LATER": _("Choose a time later than the one the resident was told."),
    "UNKNOWN_BODY": _("This external body takes no cases any more. Choose another."),
    "HANDED_OVER_ALREADY": _("An external body has this case already. Take it back first."),
    "NOT_HANDED_OVER": _("No external body has this case any more. Read below what came of it."),
    "NOTHING_ASKED": _("A colleague has already answered this question. Read below what they wrote."),
    "NO_PRAISE": _("A colleague has meanwhile said that this is no praise. Look at its kind."),
    "NOBODY_CHOSEN": _("Choose whom it reaches."),
    "ALL_TOLD": _("A colleague has already told the resident. Read below when."),
    "NO_OPEN_REVIEW": _("A colleague has already decided this review. Read below what they wrote."),
}
OPENINGS = {
    "NOT_OFFERED": _("This service is no longer offered. Choose another."),
    "NOTHING_SAID": _("Write down what the resident says."),
}
JOININGS = {
    "NOT_FOUND": _("You do not see this case any more. Save what was said as a report of its own."),
    "NOT_ALLOWED": _("You may not write on this case. Save what was said as a report of its own."),
    "WRONG_STATE": _("A colleague has closed this case. Save what was said as a report of its own."),
}
ANSWERS = dict.fromkeys(
    ("NOT_FOUND", "NOT_ALLOWED"),
    _("Another department handles this service. Take your answer out and save: they will answer."),
)

# Why a mail waits for a person, or was passed over.
MAILS: dict[str, Words] = {
    "AUTO_REPLY": _("It seems to be an automatic answer, as of somebody who is away."),
    "NO_SENDER": _("It does not say who wrote it."),
    "STRANGER": _("It answers a mail to an external body, but comes from somewhere else."),
    "BODY_MACHINE": _("It answers a mail to an external body, but a program wrote it."),
    "LIST_BULK": _("It was sent to many, as newsletters are."),
    "NOTHING_SAID": _("There is nothing in it."),
    "NOT_OFFERED": _("The service that this address leads to is not offered any more."),
    "TOO_LARGE": _("It is too large to be read here. Open it in the mailbox itself, where it lies unread."),
    "TOO_LARGE_TO_READ": _("It is too large to be read here. Save it, and open it in a mail program."),
    "NOT_FOUND": _("The case that it belongs to takes no mails any more."),
    "NOT_GIVEN": _(
        "Its server did not give us all of it. Open it in the mailbox itself, where it lies unread."
    ),
    "TOO_SLOW": _("Reading it took too long."),
    "STAFF_MACHINE": _("It answers a mail to a colleague, but a program wrote it."),
    "STAFF_NOT_TAKEN": _(
        "It answers a mail to a colleague. Answers by mail are not taken here: the settings of the mailbox do"
        " not say under which name the mail server checks senders."
    ),
    "STAFF_ADDRESS": _("It answers a mail to a colleague, but comes from another address."),
    "STAFF_UNPROVEN": _(
        "It answers a mail to a colleague, but the mail server does not confirm that it comes from them."
    ),
    "STAFF_NO_RIGHT": _("It is from a colleague who may not write on this case any more."),
    "STAFF_FILES": _(
        "A colleague answered by mail with a file, which cannot go with it. Answer on the page of the case."
    ),
}
UNREADABLE: Words = _("It could not be read.")
