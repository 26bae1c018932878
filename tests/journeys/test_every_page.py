"""Every page of the installation, with data on it, in both languages, one of them dark too: axe is content.

A route that answers GET stands in one of the three tables below; a new one that stands in none fails a test.
"""

import importlib
import inspect

import pytest

from tests.abuse.routes import ROUTES
from tests.journeys.conftest import Installation
from tests.journeys.test_accessibility import faults
from tests.journeys.test_full_circle import sign_in

ANYBODY, AGENT, MANAGER, ADMINISTRATOR = "", "agent", "service_manager", "administrator"
CREW = "department_worker"

# Who looks at it, and where: {…} is filled in from the town's data.
PAGES: dict[str, tuple[str, str]] = {
    "portal:start": (ANYBODY, ""),
    "portal:guides": (ANYBODY, "guides/"),
    "portal:guide": (ANYBODY, "guides/{guide}/"),
    "portal:report": (ANYBODY, "report/?first=photo"),
    "transparency:figures": (ANYBODY, "figures/"),
    "account_login": (ANYBODY, "accounts/login/"),
    "account_reset_password": (ANYBODY, "accounts/password/reset/"),
    "account_reset_password_done": (ANYBODY, "accounts/password/reset/done/"),
    "account_reset_password_from_key_done": (ANYBODY, "accounts/password/reset/key/done/"),
    "desk:queue": (AGENT, "desk/"),
    "desk:figures": (AGENT, "desk/figures/"),
    "desk:performance": (AGENT, "desk/figures/performance/?by=service&sort=-overdue"),
    "desk:search": (AGENT, "desk/search/?q=the"),
    "desk:new": (AGENT, "desk/new/"),
    "desk:resident": (AGENT, "desk/residents/{reference}/"),
    "desk:resident_contact_new": (AGENT, "desk/residents/{reference}/contacts/new/"),
    "desk:resident_contact": (AGENT, "desk/residents/{reference}/contacts/{point}/"),
    "desk:resident_merge": (AGENT, "desk/residents/{reference}/merge/"),
    "desk:case": (AGENT, "desk/cases/{open}/"),
    "desk:reply": (AGENT, "desk/cases/{open}/reply/"),
    "desk:note": (AGENT, "desk/cases/{open}/note/"),
    "desk:assign": (AGENT, "desk/cases/{open}/assign/"),
    "desk:move": (AGENT, "desk/cases/{open}/state/"),
    "desk:close": (AGENT, "desk/cases/{open}/close/"),
    "desk:crew": (CREW, "desk/crew/?list=department"),
    "desk:crew_case": (CREW, "desk/crew/{worked}/"),
    "desk:crew_done": (CREW, "desk/crew/{worked}/done/"),
    "desk:set_priority": (AGENT, "desk/cases/{open}/priority/"),
    "desk:set_kind": (AGENT, "desk/cases/{open}/kind/"),
    "desk:praise": (AGENT, "desk/cases/{open}/praise/"),
    "desk:labels": (AGENT, "desk/cases/{open}/labels/"),
    "desk:change_service": (AGENT, "desk/cases/{open}/service/"),
    "desk:change_place": (AGENT, "desk/cases/{open}/place/"),
    "desk:schedule": (AGENT, "desk/cases/{open}/schedule/"),
    "desk:merge": (AGENT, "desk/cases/{open}/merge/"),
    "desk:link": (AGENT, "desk/cases/{open}/link/"),
    "desk:split": (AGENT, "desk/cases/{open}/split/"),
    "desk:public_words": (AGENT, "desk/cases/{open}/public/"),
    "desk:hand_over": (AGENT, "desk/cases/{open}/hand-over/"),
    "desk:tell_body": (AGENT, "desk/cases/{open}/hand-over/answer/"),
    "desk:send_back": (AGENT, "desk/cases/{open}/check/back/"),
    "desk:answer_review": (AGENT, "desk/cases/{reviewed}/review/answer/"),
    "desk:reopen": (AGENT, "desk/cases/{reviewed}/review/reopen/"),
    "desk:mails": (AGENT, "desk/mails/"),
    "desk:exports": (AGENT, "desk/exports/?view=late"),
    "desk:settings": (MANAGER, "desk/settings/"),
    "desk:settings_services": (MANAGER, "desk/settings/services/"),
    "desk:settings_new_service": (MANAGER, "desk/settings/services/new/"),
    "desk:settings_service": (MANAGER, "desk/settings/services/pothole/"),
    "desk:settings_question": (MANAGER, "desk/settings/services/pothole/questions/{question}/"),
    "desk:settings_guides": (MANAGER, "desk/settings/guides/"),
    "desk:settings_new_guide": (MANAGER, "desk/settings/guides/new/"),
    "desk:settings_guide": (MANAGER, "desk/settings/guides/{guide}/"),
    "desk:settings_new_life_event": (MANAGER, "desk/settings/life-events/new/"),
    "desk:settings_life_event": (MANAGER, "desk/settings/life-events/{event}/"),
    "desk:settings_missing": (MANAGER, "desk/settings/missing/"),
    "desk:notices": (AGENT, "desk/notices/"),
    "desk:later": (AGENT, "desk/cases/{open}/later/"),
    "desk:settings_warnings": (MANAGER, "desk/settings/warnings/"),
    "desk:settings_promise": (MANAGER, "desk/settings/services/pothole/promise/"),
    "desk:settings_dangers": (MANAGER, "desk/settings/dangers/"),
    "desk:settings_routing": (MANAGER, "desk/settings/routing/"),
    "desk:settings_reactions": (MANAGER, "desk/settings/reactions/"),
    "desk:settings_map": (MANAGER, "desk/settings/map/"),
    "desk:settings_replies": (MANAGER, "desk/settings/replies/"),
    "desk:settings_new_reply": (MANAGER, "desk/settings/replies/new/"),
    "desk:settings_reply": (MANAGER, "desk/settings/replies/{reply}/"),
    "desk:settings_bodies": (MANAGER, "desk/settings/bodies/"),
    "desk:settings_new_body": (MANAGER, "desk/settings/bodies/new/"),
    "desk:settings_body": (MANAGER, "desk/settings/bodies/{body}/"),
    "desk:settings_brand": (MANAGER, "desk/settings/brand/"),
    "desk:settings_closed": (MANAGER, "desk/settings/closed/"),
    "desk:settings_calendars": (MANAGER, "desk/settings/calendars/"),
    "desk:settings_new_calendar": (MANAGER, "desk/settings/calendars/new/"),
    "desk:settings_calendar": (MANAGER, "desk/settings/calendars/{calendar}/"),
    "desk:settings_labels": (MANAGER, "desk/settings/labels/"),
    "desk:settings_new_label": (MANAGER, "desk/settings/labels/new/"),
    "desk:settings_label": (MANAGER, "desk/settings/labels/storm/"),
    "desk:settings_teams": (MANAGER, "desk/settings/teams/"),
    "desk:settings_new_team": (MANAGER, "desk/settings/teams/new/"),
    "desk:settings_team": (MANAGER, "desk/settings/teams/road-repairs/"),
    "desk:settings_roster": (MANAGER, "desk/settings/teams/road-repairs/roster/"),
    "desk:settings_notices": (MANAGER, "desk/settings/notices/"),
    "desk:settings_notice": (MANAGER, "desk/settings/notices/case-opened/he/"),
    "desk:settings_history": (MANAGER, "desk/settings/history/service/pothole/"),
    "desk:settings_departments": (ADMINISTRATOR, "desk/settings/departments/"),
    "desk:settings_new_department": (ADMINISTRATOR, "desk/settings/departments/new/"),
    "desk:settings_department": (ADMINISTRATOR, "desk/settings/departments/roads/"),
    "desk:settings_mailboxes": (ADMINISTRATOR, "desk/settings/mailboxes/"),
    "desk:settings_new_mailbox": (ADMINISTRATOR, "desk/settings/mailboxes/new/"),
    "desk:settings_mailbox": (ADMINISTRATOR, "desk/settings/mailboxes/{mailbox}/"),
    "desk:settings_people": (ADMINISTRATOR, "desk/settings/people/"),
    "desk:settings_new_person": (ADMINISTRATOR, "desk/settings/people/new/"),
    "desk:settings_person": (ADMINISTRATOR, "desk/settings/people/{person}/"),
    "account_change_password": (ADMINISTRATOR, "accounts/password/change/"),
    "ops:operations": (ADMINISTRATOR, "ops/"),
    "ops:demo_mails": (ANYBODY, "../../demo/mail"),
}

# Looked at by a walk that gets there as people do, since no address is known before it.
ON_A_WALK: dict[str, str] = {
    "portal:done": "test_accessibility.test_axe_finds_nothing_on_any_page",
    "portal:track": "test_accessibility.test_axe_finds_nothing_on_any_page",
    "portal:survey": "test_accessibility.test_axe_finds_nothing_on_a_survey",
    "portal:notices": "test_choosing.test_a_resident_chooses_from_their_mail_what_they_are_told",
    "portal:joined": "test_reporting.test_joining_a_case_close_by_ends_with_a_mail_and_a_page_of_ones_own",
    "portal:follow": "test_reporting.test_joining_a_case_close_by_ends_with_a_mail_and_a_page_of_ones_own",
    "desk:mail": "test_mails.test_a_resident_reports_by_mail_and_answers_by_mail",
    "desk:mail_of_case": "test_mails.test_a_resident_reports_by_mail_and_answers_by_mail",
    "portal:hand_over": "test_handing_over.test_a_case_goes_to_a_body_and_comes_back",
    "ops:demo_mail": "test_accessibility.test_axe_finds_nothing_on_a_survey",
    **dict.fromkeys(
        (
            "account_reset_password_from_key",
            "mfa_authenticate",
            "account_confirm",
            "account_safety",
            "account_add_app",
            "account_remove_app",
            "account_codes",
            "account_new_codes",
            "account_add_passkey",
            "account_rename_passkey",
            "account_remove_passkey",
        ),
        "test_signing_in",
    ),
}

NOT_PAGES = {
    "portal:public_photo": "a photo",
    "portal:own_photo": "a photo",
    "portal:handed_photo": "a photo",
    "portal:uploaded_photo": "a photo",
    "desk:photo": "a photo",
    "desk:document": "a file",
    "desk:raw_mail": "a file",
    "desk:raw_of_case": "a file",
    "desk:html_of_case": "a frame in which a stranger's mail is locked",
    "desk:crew_marks": "what a map draws",
    "desk:bell": "a part of every page of the desk",
    "desk:resident_likely": "a part of the page of a case",
    "transparency:months_feed": "a feed",
    "transparency:cases_csv": "a file to keep",
    "transparency:cases_geojson": "a file to keep",
    "desk:export_file": "a file",
    "ui:brand": "a stylesheet",
    "ui:map_data": "what a map draws",
    "ui:addresses": "options of a field",
    "ui:nearest_address": "an answer to a script",
    "ops:health": "an answer to a machine",
    "ops:metrics": "numbers for a machine",
}


def test_every_page_is_looked_at() -> None:
    told = [*PAGES, *ON_A_WALK, *NOT_PAGES]
    assert sorted(told) == sorted(name for name, entry in ROUTES.items() if entry.get is not None)


@pytest.mark.parametrize("walk", sorted(set(ON_A_WALK.values())))
def test_the_walks_look(walk: str) -> None:
    module, _, function = walk.partition(".")
    found = importlib.import_module(f"tests.journeys.{module}")
    assert "faults(" in inspect.getsource(getattr(found, function) if function else found)


def values_of(installation: Installation, slug: str) -> dict[str, str]:
    """Return what addresses name: things of the town that have data on them."""
    town = f"(SELECT id FROM municipalities_municipality WHERE slug = '{slug}')"

    def one(query: str) -> str:
        return str(installation.read(query.replace("TOWN", town))[0][0])

    case = "SELECT number FROM cases_case c WHERE municipality_id = TOWN AND NOT c.is_spam"
    worker = installation.login(CREW, slug)["email"]
    own = (
        " AND department_id IN (SELECT m.department_id FROM accounts_membership m"
        f" JOIN accounts_user u ON u.id = m.user_id WHERE u.email = '{worker}')"
    )
    known = "municipality_id = TOWN AND r.id IN (SELECT resident_id FROM residents_contactpoint)"
    public = " AND service_id IN (SELECT id FROM catalogue_service WHERE NOT is_confidential)"
    return {
        "open": one(f"{case}{public} AND is_open AND channel = 'WEB' ORDER BY c.id DESC LIMIT 1"),
        "worked": one(f"{case}{own} AND is_open AND NOT awaits_check ORDER BY c.id DESC LIMIT 1"),
        "reviewed": one(f"{case} AND c.id IN (SELECT case_id FROM cases_review WHERE is_open) LIMIT 1"),
        "reference": one(f"SELECT reference FROM residents_resident r WHERE {known} ORDER BY r.id LIMIT 1"),
        "point": one(
            "SELECT p.id FROM residents_contactpoint p JOIN residents_resident r ON r.id = p.resident_id"
            f" WHERE r.{known} ORDER BY r.id LIMIT 1"
        ),
        "guide": one("SELECT slug FROM knowledge_lifesituation WHERE municipality_id = TOWN LIMIT 1"),
        "event": one("SELECT code FROM knowledge_lifeevent WHERE municipality_id = TOWN LIMIT 1"),
        "question": "depth",
        "reply": one("SELECT code FROM replies_replytemplate WHERE municipality_id = TOWN LIMIT 1"),
        "calendar": one("SELECT code FROM sla_calendar WHERE municipality_id = TOWN LIMIT 1"),
        "body": one("SELECT code FROM handovers_externalbody WHERE municipality_id = TOWN LIMIT 1"),
        "mailbox": one("SELECT id FROM channels_account WHERE municipality_id = TOWN LIMIT 1"),
        "person": one("SELECT user_id FROM accounts_membership WHERE municipality_id = TOWN LIMIT 1"),
    }


@pytest.mark.journey
@pytest.mark.parametrize(("slug", "language"), [("riverton", "en"), ("givat-alon", "he")])
@pytest.mark.parametrize("role", [ANYBODY, AGENT, CREW, MANAGER, ADMINISTRATOR])
def test_axe_finds_nothing(on_sqlite: Installation, visitors, role, slug, language) -> None:
    phone = {"viewport": {"width": 390, "height": 844}} if language == "he" else {}
    values, portal = values_of(on_sqlite, slug), on_sqlite.town(slug)["portal"]
    found = []
    page = visitors(locale=language, **phone).page()
    if role:
        sign_in(on_sqlite, page, slug, role)
    for name, path in ((name, path) for name, (who, path) in PAGES.items() if who == role):
        response = page.goto(portal + path.format(**values))
        assert response is not None and response.status == 200, f"{name}: {page.url}"
        found += faults(page, with_colours=language == "en")  # the gallery shows both towns'
    assert not found, "\n".join(found)
