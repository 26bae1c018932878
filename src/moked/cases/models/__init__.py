"""The case and what hangs on it: current values are columns, past values rows of the timeline."""

from moked.cases.models.case import Case, CaseQuerySet, Counter
from moked.cases.models.content import Answer, Attachment, CaseArea, Document
from moked.cases.models.decisions import Check, Review
from moked.cases.models.labels import CaseLabel, Label
from moked.cases.models.people import CaseLink, Merging, Participant
from moked.cases.models.timeline import Change, Contact, Note

__all__ = [
    "Answer",
    "Attachment",
    "Case",
    "CaseArea",
    "CaseLabel",
    "CaseLink",
    "CaseQuerySet",
    "Change",
    "Check",
    "Contact",
    "Counter",
    "Document",
    "Label",
    "Merging",
    "Note",
    "Participant",
    "Review",
]
