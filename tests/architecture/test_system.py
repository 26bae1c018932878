"""Who acts as SYSTEM, which sees everything of a town: each place is listed here, with its reason."""

import ast

from tests.architecture import source

MAKES_ACTORS = {"moked.accounts.rules"}
SYSTEM = {"moked.accounts.rules.system", "moked.accounts.rules.ActorKind.SYSTEM"}
READS_THE_KIND = {"moked.cases.models.case": "visible_to, where SYSTEM is let through"}

ACTS_AS_SYSTEM = {
    ("moked.accounts.operations.people", "add_member"): "the audit trail of an installation's first people",
    ("moked.accounts.operations.factors", "_audit_factor"): "a second factor lost, removed on the server",
    ("moked.catalogue.operations", "_keep_revision"): "the audit trail of services that a pack brings",
    ("moked.catalogue.operations", "withdraw_service"): "the audit trail of what an import takes out again",
    ("moked.places.operations", "withdraw_areas"): "the audit trail of what an import takes out again",
    ("moked.cases.withdrawal", "worked_on"): "tells what the clock did from what people did",
    ("moked.exchange.imports.operations", "record"): "imports are run on the server, by nobody in particular",
    ("moked.exchange.imports.surroundings", "Surroundings._make_department"): "departments of an import",
    ("moked.exchange.imports.undo", "_departments"): "the departments that an import takes out again",
    ("moked.channels.email.reading.mail", "Kind"): "calls mails of machines by the same word",
    ("moked.municipalities.operations", "set_brand"): "the audit trail of colours that a pack brings",
    ("moked.places.operations", "_publish"): "the audit trail of a map that a pack brings",
    ("moked.replies.operations", "_keep_revision"): "the audit trail of templates that a pack brings",
    ("moked.knowledge.operations", "_keep_revision"): "the audit trail of guides that a pack brings",
    ("moked.handovers.operations.bodies", "_keep_revision"): "the audit trail of bodies that a pack brings",
    ("moked.packs.contents", "_departments"): "the departments that a pack brings",
    ("moked.packs.contents", "_teams"): "the teams that a pack brings",
    ("moked.packs.contents", "_labels"): "a pack brings labels",
    ("moked.packs.demo", "_teams"): "people of the demo join its teams",
    ("moked.packs.demo", "_cases_of_teams"): "cases of the demo come to its teams",
    ("moked.routing.sharing", "share"): "a team's way of sharing decides who has a case",
    ("moked.cases.operations.handling", "route_case"): "rules decide which department has a case",
    ("moked.cases.operations.reviews", "reopen_for_words"): "a closed case is opened as the town wishes",
    ("moked.cases.operations.time", "_tell_of_move"): "the promise moves by rule",
    ("moked.cases.operations.time", "record_warning"): "the clock warns colleagues",
    ("moked.cases.operations.time", "record_reaction"): "a rule of the town reacts",
    ("moked.processes.operations.acting", "_set_priority"): "a rule of the town reacts",
    ("moked.processes.operations.acting", "_give"): "a rule of the town reacts",
    ("moked.processes.operations.acting", "_label"): "a rule of the town reacts",
    ("moked.processes.operations.acting", "_note"): "a rule of the town reacts",
    ("moked.processes.operations.acting", "_write"): "a rule of the town reacts",
    ("moked.processes.operations.acting", "_close"): "a rule of the town reacts",
    ("moked.processes.operations.acting", "_review"): "a rule of the town reacts",
    ("moked.processes.operations.publishing", "publish_reactions"): "the audit trail of what a pack brings",
    ("moked.sla.operations.warnings", "_tell_later"): "the clock tells a later time, as the town wrote it",
    ("moked.sla.operations.warnings", "_give"): "the clock hands a late case to the manager",
    ("moked.sla.operations.warnings", "publish_warnings"): "the audit trail of warnings that a pack brings",
    ("moked.cases.operations.time", "_stop_waiting"): "the clock ends waiting",
    ("moked.cases.bulk.timeline", "_actor_kind"): "histories written in bulk, by nobody in particular",
    ("moked.sla.operations.settings", "_audit"): "the audit trail of calendars and targets a pack brings",
    ("moked.routing.operations", "_publish"): "the audit trail of rules and dangers that a pack brings",
    ("moked.channels.operations.mailboxes", "_record"): "the audit trail of mailboxes that a pack brings",
    ("moked.intake.by_hand", "bring"): "files of a mail follow the case that a person made of it",
    ("moked.notices.operations", "publish_quiet_hours"): "the audit trail of hours that the demo brings",
    ("moked.intake.mails", "_opened"): "what a mail points to is suggested by nobody",
    ("moked.routing.receivers", "hand_over_as_chosen"): "a rule hands a case to an external body",
    ("moked.cases.operations.labelling", "label_by_rule"): "a rule puts labels on a case",
    ("moked.cases.operations.handling", "set_priority_by_rule"): "a rule decides how soon a case is seen to",
    ("moked.cases.operations.handling", "note_danger"): "what was said is a sign of danger",
}


def places() -> set[tuple[str, str]]:
    """Return each function that makes a SYSTEM actor or writes the word, with its module."""
    return {
        (module, function)
        for module, tree in source.modules().items()
        if module not in MAKES_ACTORS | READS_THE_KIND.keys()
        for names in [source.imported_names(tree)]
        for function, body in source.functions(tree)
        if acts_as_system(body, names)
    }


def acts_as_system(body: ast.AST, names: dict[str, str]) -> bool:
    return any(
        (isinstance(node, ast.Constant) and node.value == "SYSTEM")
        or (isinstance(node, ast.Name | ast.Attribute) and source.full_name(node, names) in SYSTEM)
        for node in ast.walk(body)
    )


def test_each_place_that_acts_as_system_is_listed() -> None:
    assert places() == ACTS_AS_SYSTEM.keys()


def test_no_front_door_acts_as_system() -> None:
    assert [module for module, _ in ACTS_AS_SYSTEM if module.startswith("moked.web")] == []
