"""Every change of a case: lock, ask the rules, change, audit, publish, in one transaction."""

from moked.cases.operations.bonds import (
    join_case,
    link_cases,
    merge_case,
    suggest_link,
    unlink_cases,
    unmerge_case,
)
from moked.cases.operations.closing import TRACKING_AFTER_CLOSING, close_case, confirm_check, send_back
from moked.cases.operations.conversation import (
    add_note,
    add_resident_contact,
    choose_notices,
    note_call,
    reply,
    write_by_rule,
)
from moked.cases.operations.external import come_back, note_hand_over, take_photos
from moked.cases.operations.handling import (
    assign,
    change_place,
    change_service,
    move,
    note_danger,
    route_case,
    set_priority,
    start,
)
from moked.cases.operations.labelling import change_labels, label_by_rule
from moked.cases.operations.opening import NOTHING_MORE, Reporter, Said, open_case, split_case
from moked.cases.operations.publicity import edit_public_words, hide_from_public, show_photo
from moked.cases.operations.refusals import CaseError, UnableToChangeCase, UnableToOpenCase
from moked.cases.operations.reviews import answer_review, open_review, reopen
from moked.cases.operations.steps import (
    NewDocument,
    locked,
    locked_for_work,
    locked_open_for_work,
    where_it_went,
)
from moked.cases.operations.time import (
    PromiseTold,
    record_reaction,
    record_warning,
    set_follow_up,
    set_promise_words,
    tell_promises,
    time_out_waiting,
)
from moked.cases.operations.vocabulary import (
    LABEL_KIND,
    UnableToChangeLabel,
    add_label,
    change_label,
    restore_label,
    retire_label,
)

__all__ = [
    "LABEL_KIND",
    "NOTHING_MORE",
    "TRACKING_AFTER_CLOSING",
    "CaseError",
    "NewDocument",
    "PromiseTold",
    "Reporter",
    "Said",
    "UnableToChangeCase",
    "UnableToChangeLabel",
    "UnableToOpenCase",
    "add_label",
    "add_note",
    "add_resident_contact",
    "answer_review",
    "assign",
    "change_label",
    "change_labels",
    "change_place",
    "change_service",
    "choose_notices",
    "close_case",
    "come_back",
    "confirm_check",
    "edit_public_words",
    "hide_from_public",
    "join_case",
    "label_by_rule",
    "link_cases",
    "locked",
    "locked_for_work",
    "locked_open_for_work",
    "merge_case",
    "move",
    "note_call",
    "note_danger",
    "note_hand_over",
    "open_case",
    "open_review",
    "record_reaction",
    "record_warning",
    "reopen",
    "reply",
    "restore_label",
    "retire_label",
    "route_case",
    "send_back",
    "set_follow_up",
    "set_priority",
    "set_promise_words",
    "show_photo",
    "split_case",
    "start",
    "suggest_link",
    "take_photos",
    "tell_promises",
    "time_out_waiting",
    "unlink_cases",
    "unmerge_case",
    "where_it_went",
    "write_by_rule",
]
