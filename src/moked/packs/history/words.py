"""What is written on invented cases: the pack's own matters, answers and ready-made replies."""

import random
import re
from typing import Any

from moked.cases.rules import Outcome
from moked.replies.rules import Facts, filled

_NAME = "{name}"
_UNFINISHED = re.compile(r"[^.!?]*:\s*$")
_TEMPLATE_OF_OUTCOME = {
    Outcome.NOTHING_FOUND: "nothing-found",
    Outcome.NOT_POSSIBLE: "not-possible",
    Outcome.NOT_OURS: "not-ours",
}
BEGUN, ASKED, PASSED_ON, LOOKED_AGAIN = (
    ("received",),
    ("where", "photo"),
    ("handed-over",),
    ("nothing-found",),
)


class Words:
    """The texts of one pack in its languages."""

    def __init__(self, pack: dict[str, Any], language: str) -> None:
        self._language = language
        self._entries = {entry["slug"]: entry for entry in pack["services"]}
        self._added = pack["added_words"]
        self._ready: dict[tuple[str, str, bool], str] = {}
        self._templates = {entry["code"]: entry["text"] for entry in pack["reply_templates"]}

    def matter(self, slug: str, language: str, chance: random.Random) -> str:
        """Return what a resident writes about a service."""
        return self._one(self._entries[slug]["matters"], language, chance)

    def added(self, language: str, chance: random.Random) -> str:
        """Return what a resident writes later."""
        return self._one(self._added, language, chance)

    def closing(self, slug: str, outcome: Outcome, language: str, name: str, chance: random.Random) -> str:
        """Return with which words a case is closed."""
        template = _TEMPLATE_OF_OUTCOME.get(outcome)
        ready = self.reply((template,), language, name, chance) if template else ""
        return ready or self._one(self._entries[slug]["answers"], language, chance)

    def reply(self, codes: tuple[str, ...], language: str, name: str, chance: random.Random) -> str:
        """Return a ready-made reply; '' where the pack has none. What waits for an agent's words is cut."""
        key = chance.choice(codes), language, bool(name)
        if key not in self._ready:
            self._ready[key] = self._finished(*key)
        return self._ready[key].replace(_NAME, name)

    def _finished(self, code: str, language: str, is_named: bool) -> str:
        """Return a ready-made reply that only lacks the name."""
        text = self._templates.get(code)
        if text is None:
            return ""
        lines = filled(text, Facts(name=_NAME if is_named else ""), language, self._language).split("\n")
        return "\n".join(line for line in (_UNFINISHED.sub("", one).strip() for one in lines) if line)

    def _one(self, texts: dict[str, list[str]], language: str, chance: random.Random) -> str:
        return chance.choice(texts.get(language) or texts[self._language])
