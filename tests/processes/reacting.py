"""A town that reacts by itself, and what came of it."""

from typing import Any

from moked.cases.models import Case, Change
from moked.cases.rules import ChangeKind
from moked.municipalities.models import Municipality
from moked.processes.models import Firing, ReactionSet
from moked.processes.operations import publish_reactions
from moked.processes.rules import Reaction, read
from moked.replies.models import ReplyTemplate
from moked.replies.operations import publish_reply_template
from moked.replies.rules import ReplyTemplateDocument
from tests.factories import NOW

WAITING = "WAITING_FOR_RESIDENT"


def reaction(code: str, when: str, *actions: dict[str, Any] | str, **more: Any) -> dict[str, Any]:
    """Return the document of a reaction; an action may be its bare name."""
    asked = {"if": more.pop("asks")} if "asks" in more else {}
    done = [{"do": one} if isinstance(one, str) else one for one in actions]
    return {"code": code, "name": {"en": code.capitalize()}, "when": when, "actions": done} | asked | more


def to(priority: str) -> dict[str, Any]:
    return {"do": "PRIORITY", "priority": priority}


def note(words: str = "Look.") -> dict[str, Any]:
    return {"do": "NOTE", "words": {"en": words}}


def closing(reply: str = "silence", outcome: str = "NOT_POSSIBLE") -> dict[str, Any]:
    return {"do": "CLOSE", "outcome": outcome, "reply": reply}


def reactions_of(*documents: dict[str, Any]) -> tuple[Reaction, ...]:
    return read(list(documents))


def publish(town: Municipality, *documents: dict[str, Any], **more: Any) -> ReactionSet:
    return publish_reactions(
        municipality=town, reactions=read(list(documents)), **({"by_user_id": None, "now": NOW} | more)
    )


def make_reply(town: Municipality, code: str = "silence", **document: Any) -> ReplyTemplate:
    said = {
        "name": {"en": "No answer came"},
        "text": {"en": "We close {number}: no answer came."},
        "outcome": "NOT_POSSIBLE",
    }
    return publish_reply_template(
        municipality=town,
        code=code,
        document=ReplyTemplateDocument.from_document(said | document),
        by_user_id=None,
        now=NOW,
    )


def fired(case: Case | None = None) -> list[tuple[str, str]]:
    """Return the codes of what was done or not done, with the result, in order."""
    rows = Firing.objects.order_by("id")
    rows = rows.filter(case=case) if case else rows
    return list(rows.values_list("code", "result"))


def said(case: Case) -> list[tuple[str, str, str]]:
    """Return what the timeline says of reactions: code, revision and problem."""
    rows = Change.objects.filter(case=case, kind=ChangeKind.REACTED).order_by("id")
    return list(rows.values_list("reason", "after", "before"))


def again(case: Case) -> Case:
    """Return a case as it is now."""
    return Case.objects.get(pk=case.pk)
