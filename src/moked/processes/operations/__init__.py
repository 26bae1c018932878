"""Every write of what a town does by itself: publish reactions, do them, keep their time."""

from moked.processes.operations.forgetting import forget_reactions
from moked.processes.operations.publishing import Outdated, publish_reactions
from moked.processes.operations.reacting import Occurrence, react
from moked.processes.operations.timing import react_on_time, replan_town

__all__ = [
    "Occurrence",
    "Outdated",
    "forget_reactions",
    "publish_reactions",
    "react",
    "react_on_time",
    "replan_town",
]
