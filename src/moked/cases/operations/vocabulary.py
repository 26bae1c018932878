"""The labels a town has: add, rename and colour them, retire them and bring them back. Each is a revision."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from moked.accounts.rules import Actor
from moked.audit import operations as audit
from moked.base.ids import slug_for
from moked.base.labels import Labels, are_labels, label, say_something
from moked.cases.labels import LONGEST_NAME, Colour, unique_name
from moked.cases.models import Label
from moked.municipalities.models import Municipality
from moked.revisions import operations as revisions
from moked.revisions.queries import is_published

LABEL_KIND = "label"


class UnableToChangeLabel(Exception):
    """A change was refused; `code` says why and the front door chooses the words.

    Codes: NOT_FOUND, NO_NAME, NAME_TAKEN, UNKNOWN_COLOUR; from further up also IN_RULES.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@transaction.atomic
def add_label(
    *, municipality: Municipality, name: Labels, colour: str, by: Actor, now: datetime, code: str = ""
) -> Label:
    """Add a label; without a code it gets one made of its name.

    Raises UnableToChangeLabel (NO_NAME, NAME_TAKEN, UNKNOWN_COLOUR).
    """
    taken = {"new", *Label.objects.filter(municipality=municipality).values_list("code", flat=True)}
    one = Label(
        municipality=municipality,
        code=code or slug_for(label(name, "en", municipality.language), taken, longest=40),
    )
    _name(one, name, colour)
    _publish(one, "label.added", by, now)
    return one


@transaction.atomic
def change_label(*, label_id: int, name: Labels, colour: str, by: Actor, now: datetime) -> Label:
    """Rename a label or give it another colour; it stays on its cases.

    Raises UnableToChangeLabel (NOT_FOUND, NO_NAME, NAME_TAKEN, UNKNOWN_COLOUR).
    """
    one = _locked(label_id, by)
    _name(one, name, colour)
    if not is_published(LABEL_KIND, one.pk, _document(one)):
        _publish(one, "label.changed", by, now)
    return one


@transaction.atomic
def retire_label(*, label_id: int, by: Actor, now: datetime) -> Label:
    """Let a label be put on no more cases; it stays on those that have it.

    What still leads to it from further up is not looked at here. Raises UnableToChangeLabel (NOT_FOUND).
    """
    return _retire(label_id, True, "label.retired", by, now)


@transaction.atomic
def restore_label(*, label_id: int, by: Actor, now: datetime) -> Label:
    """Let a retired label be put on cases again. Raises UnableToChangeLabel (NOT_FOUND)."""
    return _retire(label_id, False, "label.restored", by, now)


def _retire(label_id: int, is_retired: bool, verb: str, by: Actor, now: datetime) -> Label:
    one = _locked(label_id, by)
    if one.is_retired != is_retired:
        one.is_retired = is_retired
        _publish(one, verb, by, now)
    return one


def _locked(label_id: int, by: Actor) -> Label:
    # Not its key: cases that get the label meanwhile hold that.
    rows = Label.objects.select_for_update(of=("self",), no_key=True).select_related("municipality")
    one = rows.filter(id=label_id, municipality_id=by.municipality_id).first()
    if one is None:
        raise UnableToChangeLabel("NOT_FOUND")
    return one


def _name(one: Label, name: Labels, colour: str) -> None:
    """Give a label its name and colour, and store it; two of one name the database refuses."""
    if not are_labels(name, longest=LONGEST_NAME) or not say_something(name):
        raise UnableToChangeLabel("NO_NAME")
    if colour and colour not in list(Colour):
        raise UnableToChangeLabel("UNKNOWN_COLOUR")
    language = one.municipality.language
    one.name, one.colour = dict(name), colour
    one.unique_name = unique_name(label(name, language, language))
    try:
        with transaction.atomic():
            one.save()
    except IntegrityError:
        raise UnableToChangeLabel("NAME_TAKEN") from None


def _document(one: Label) -> dict[str, Any]:
    return {"name": one.name, "colour": str(one.colour), "is_retired": one.is_retired}


def _publish(one: Label, verb: str, by: Actor, now: datetime) -> None:
    """Save a label with a revision that says what it is, and who said so."""
    one.revision = revisions.publish(
        municipality_id=one.municipality_id,
        kind=LABEL_KIND,
        object_id=one.pk,
        document=_document(one),
        author_id=by.user_id,
        now=now,
    )
    one.save(update_fields=["is_retired", "revision"])
    audit.record(
        municipality_id=one.municipality_id,
        actor_kind=by.kind,
        actor_id=by.user_id,
        verb=verb,
        object_kind=LABEL_KIND,
        object_id=one.pk,
        after={"revision": one.revision.number},
        now=now,
    )
