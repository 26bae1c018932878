"""The defences that are removed one by one: where each stands, what is there without it, who must notice."""

from dataclasses import dataclass
from pathlib import Path

A = "tests/abuse/"
FACTORS = f"{A}test_a25_second_factors.py"
MATRIX = f"{A}test_a01_objects_of_others.py::test_objects_open_to_those_who_may_and_do_not_exist_for_others"
SEARCHED = f"{A}test_a05_search.py::test_a_search_finds_exactly_what_its_reader_may_see_and_read"
SEARCHES = "tests/cases/test_search.py"
IMPORTS = "tests/exchange/"
MISTAKES = "tests/sla/test_regressions.py"
PERFORMANCE = "tests/insights/test_performance.py"
RECOUNT = "tests/insights/test_recount.py::test_figures_equal_a_recount_of_the_exported_timeline"
TEAMS = "tests/accounts/test_teams.py"
PAGES = f"{A}test_a01_objects_of_others.py::test_pages_open_to_those_who_may_and_do_not_exist_for_others"


@dataclass(frozen=True)
class Removal:
    """One defence taken away: in `file` the text `old`, found exactly once, becomes `new`."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    database: str = "sqlite"

    def is_possible(self, root: Path) -> bool:
        """Tell whether the text is there, once."""
        return (root / self.file).read_text(encoding="utf-8").count(self.old) == 1

    def apply(self, root: Path) -> None:
        """Remove the defence in a copy of the checkout."""
        path = root / self.file
        path.write_text(path.read_text(encoding="utf-8").replace(self.old, self.new), encoding="utf-8")


REMOVALS = (
    # Who sees and changes what
    Removal(
        "visible_to returns all",
        "src/moked/cases/models/case.py",
        "        if actor.kind == ActorKind.SYSTEM:\n            return cases\n",
        "        return cases\n",
        (f"{MATRIX}[desk:case-get]",),
    ),
    Removal(
        "visible_to forgets the town",
        "src/moked/cases/models/case.py",
        "cases = self.filter(municipality_id=actor.municipality_id)",
        "cases = self.all()",
        (f"{MATRIX}[desk:case-get]",),
    ),
    Removal(
        "confidential services are open",
        "src/moked/cases/models/case.py",
        "return cases.filter(~Q(service__in=hidden) | Q(department_id__in=sorted(actor.department_ids)))",
        "return cases",
        (f"{MATRIX}[desk:case-get]",),
    ),
    Removal(
        "a search looks through everybody's cases",
        "src/moked/cases/queries/search.py",
        "cases = Case.objects.visible_to(actor).filter(STATES.get(state, Q()))",
        "cases = Case.objects.filter(STATES.get(state, Q()))",
        (SEARCHED,),
    ),
    Removal(
        "a name finds a case on which it is masked",
        "src/moked/cases/queries/search.py",
        "if hit.in_text or actor.sees_contact_details_of(handled_by[hit.object_id]):",
        "if True:",
        (f"{SEARCHES}::test_a_phone_number_finds_only_cases_on_which_it_may_be_read",),
    ),
    Removal(
        "an excerpt shows whom a case is from",
        "src/moked/cases/queries/search.py",
        "said.people if actor.sees_contact_details_of(case.department_id) else []",
        "said.people",
        (f"{SEARCHES}::test_an_excerpt_never_shows_what_is_masked",),
    ),
    Removal(
        "a phone number finds a case on which it is masked",
        "src/moked/cases/queries/search.py",
        "cases = cases.filter(department_id__in=sorted(actor.managed_ids))",
        "pass",
        (f"{SEARCHES}::test_a_phone_number_finds_only_cases_on_which_it_may_be_read",),
    ),
    Removal(
        "access lets everybody in",
        "src/moked/web/ui/access.py",
        "if not {PUBLIC, LINK, TOKEN} & set(who):",
        "if False:",
        (f"{PAGES}[ops:operations-get]",),
    ),
    Removal(
        "people of another town are let in",
        "src/moked/web/ui/access.py",
        "if not actor or not (STAFF in who or actor.roles & set(who)):",
        "if actor is None or not (STAFF in who or actor.roles & set(who)):",
        (f"{PAGES}[account_change_password-get]",),
    ),
    Removal(
        "an address without @access",
        "src/moked/web/ops/operations.py",
        "@access(Role.ADMINISTRATOR)\n",
        "",
        ("tests/architecture/test_addresses.py",),
    ),
    Removal(
        "anybody joins a team",
        "src/moked/accounts/operations/teams.py",
        "        or not actors[one][1].may_work_on(team.department_id)\n",
        "",
        (f"{TEAMS}::test_only_who_works_on_the_cases_is_a_member_and_others_are_named",),
    ),
    Removal(
        "who loses a role stays in its teams",
        "src/moked/accounts/operations/people.py",
        "    leave_teams(user_ids=[user.pk], by=by, now=now)\n",
        "",
        (f"{TEAMS}::test_whoever_loses_the_role_that_let_them_in_leaves_team_and_roster",),
    ),
    Removal(
        "an absence of another town counts",
        "src/moked/accounts/queries/teams.py",
        "        municipality_id=municipality_id,\n        user_id__in=user_ids,\n",
        "        user_id__in=user_ids,\n",
        (f"{TEAMS}::test_an_absence_for_one_town_leaves_the_other_alone",),
    ),
    Removal(
        "a confidential case is shared with whoever is on duty",
        "src/moked/routing/sharing.py",
        "    return Case.objects.visible_to(actor).filter(id=case.pk).exists()",
        "    return True",
        ("tests/routing/test_sharing.py::test_a_confidential_case_is_shared_among_those_who_see_it",),
    ),
    Removal(
        "a team is not locked while it shares",
        "src/moked/routing/sharing.py",
        'Team.objects.select_for_update(of=("self",), no_key=True).get(',
        "Team.objects.get(",
        (
            "tests/architecture/test_two_connections.py::test_cases_that_come_to_a_team_at_once_go_round_in_turn",
        ),
        database="postgresql",
    ),
    Removal(
        "a case is given to anybody",
        "src/moked/cases/operations/handling.py",
        "Department.objects.filter(id=department_id, municipality_id=town)",
        "Department.objects.filter(id=department_id)",
        (f"{A}test_a08_towns.py::test_a_case_is_given_only_to_who_handles_cases_in_its_town",),
    ),
    Removal(
        "dead letters of every town are retried",
        "src/moked/events/operations.py",
        "id=row_id, municipality_id=municipality_id, state=OutboxRow.State.DEAD",
        "id=row_id, state=OutboxRow.State.DEAD",
        (f"{MATRIX}[ops:retry-post]",),
    ),
    Removal(
        "notes reach the resident",
        "src/moked/cases/queries/timeline.py",
        "    return _in_order(contacts + _public_changes(case))[::-1]",
        "    return _in_order(contacts + _notes(case) + _public_changes(case))[::-1]",
        ("tests/cases/test_handling.py::test_a_residents_timeline_has_no_notes_and_no_names",),
    ),
    # Secret links
    Removal(
        "a link never ends",
        "src/moked/links/operations.py",
        " or (link.expires_at and link.expires_at <= now)",
        "",
        (f"{A}test_a02_tracking_links.py::test_a_link_that_has_ended_or_was_replaced_opens_nothing",),
    ),
    Removal(
        "a link is known by its reference alone",
        "src/moked/links/operations.py",
        "matches = hmac.compare_digest(_token(link).encode(), token.encode())",
        "matches = True",
        (f"{A}test_a02_tracking_links.py::test_a_wrong_link_looks_like_one_that_never_was",),
    ),
    Removal(
        "a link opens in every town",
        "src/moked/links/operations.py",
        "reference=reference, municipality_id=municipality_id, purpose=purpose",
        "reference=reference, purpose=purpose",
        (f"{A}test_a02_tracking_links.py::test_a_link_of_another_town_opens_nothing_here",),
    ),
    Removal(
        "a link opens for every purpose",
        "src/moked/links/operations.py",
        "reference=reference, municipality_id=municipality_id, purpose=purpose",
        "reference=reference, municipality_id=municipality_id",
        (f"{A}test_a02_tracking_links.py::test_a_link_for_one_purpose_opens_no_page_of_another",),
    ),
    Removal(
        "a replaced link still opens",
        "src/moked/links/rules.py",
        'message = "\\x1f".join([purpose, reference, str(version)]).encode()',
        'message = "\\x1f".join([purpose, reference]).encode()',
        (f"{A}test_a02_tracking_links.py::test_a_link_that_has_ended_or_was_replaced_opens_nothing",),
    ),
    Removal(
        "guessing links is never slowed",
        "src/moked/web/ui/throttle.py",
        "    if not failed:\n        return False\n",
        "    return False\n",
        (f"{A}test_a02_tracking_links.py::test_after_twenty_wrong_links_an_address_waits_and_others_do_not",),
    ),
    # The second factor
    Removal(
        "an administrator needs no second factor",
        "src/moked/web/ui/access.py",
        "if not before_second_factor and lacks_second_factor(request):",
        "if False:",
        (f"{FACTORS}::test_an_administrator_without_second_factor_opens_nothing_else",),
    ),
    Removal(
        "factors change without a fresh proof",
        "src/moked/web/ui/sign_in_proofs.py",
        "        if not is_proven(request):\n",
        "        if False:\n",
        (f"{FACTORS}::test_factors_change_only_for_who_just_proved_to_be_their_owner",),
    ),
    Removal(
        "the password proves enough to change factors",
        "src/moked/web/ui/sign_in_proofs.py",
        "FACTOR if has_second_factor(person(request).pk) else PASSWORD",
        "PASSWORD",
        (f"{FACTORS}::test_factors_change_only_for_who_just_proved_to_be_their_owner",),
    ),
    Removal(
        "a code of the app is taken twice",
        "src/moked/accounts/operations/factors.py",
        'after=app.data["last_step"]',
        "after=-1",
        (f"{FACTORS}::test_a_code_seen_over_the_shoulder_opens_nothing",),
    ),
    Removal(
        "codes are guessed without end",
        "src/moked/web/ui/sign_in_proofs.py",
        'if not consume(request, action="second_factor", key=key):',
        "if False:",
        (f"{FACTORS}::test_guessing_codes_is_stopped_whoever_guesses_and_from_wherever",),
    ),
    Removal(
        "the session keeps its name at the second step",
        "src/moked/web/ui/sign_in.py",
        "            self.request.session.cycle_key()\n",
        "",
        (f"{FACTORS}::test_the_session_gets_another_name_at_each_step",),
    ),
    Removal(
        "a second step outlives the password it began with",
        "src/moked/web/ui/sign_in_step_views.py",
        "if step and not step.still_holds:",
        "if False:",
        (f"{FACTORS}::test_a_new_password_ends_what_was_begun_with_the_old_one",),
    ),
    Removal(
        "sessions outlive a change of factors",
        "src/moked/accounts/operations/factors.py",
        'sign_in_version=F("sign_in_version") + 1',
        'sign_in_version=F("sign_in_version")',
        (f"{FACTORS}::test_sessions_from_before_end_when_factors_change",),
    ),
    Removal(
        "a passkey's answer from another page is taken",
        "src/moked/web/ui/sign_in_passkeys.py",
        "if answer.response.client_data.origin != here:",
        "if False:",
        (f"{FACTORS}::test_an_answer_given_on_another_page_is_none",),
    ),
    Removal(
        "secrets of authenticator apps are kept in the clear",
        "src/moked/accounts/secrets.py",
        "return _box().encrypt(text.encode()).decode()",
        "return text",
        ("tests/accounts/test_second_factors.py::test_no_secret_is_kept_in_the_clear",),
    ),
    # The browser
    Removal(
        "CSRF off",
        "src/moked/config/settings.py",
        '    "django.middleware.csrf.CsrfViewMiddleware",\n',
        "",
        (f"{A}test_a26_sessions_and_forgery.py::test_a_form_without_its_token_is_refused",),
    ),
    Removal(
        "styles may be unsafe-inline",
        "src/moked/config/settings.py",
        '"style-src": [SELF],',
        '"style-src": [SELF, "\'unsafe-inline\'"],',
        (f"{A}test_a09_content_policy.py::test_every_answer_carries_the_strict_policy",),
    ),
    Removal(
        "scripts may be unsafe-inline",
        "src/moked/config/settings.py",
        '"script-src": [SELF, NONCE],',
        '"script-src": [SELF, NONCE, "\'unsafe-inline\'"],',
        (f"{A}test_a09_content_policy.py::test_every_answer_carries_the_strict_policy",),
    ),
    Removal(
        "scripts read the session cookie",
        "src/moked/config/settings.py",
        "CSRF_COOKIE_HTTPONLY = True",
        "SESSION_COOKIE_HTTPONLY = False\nCSRF_COOKIE_HTTPONLY = True",
        (f"{A}test_a26_sessions_and_forgery.py::test_every_cookie_is_kept_from_scripts_and_other_sites",),
    ),
    Removal(
        "cookies travel without TLS",
        "src/moked/config/settings.py",
        "SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURE",
        "SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = False",
        (f"{A}test_a26_sessions_and_forgery.py::test_the_base_address_decides_whether_cookies_are_secure",),
    ),
    Removal(
        "an idle session never ends",
        "src/moked/web/ui/middleware.py",
        "        if arrived_signed_in and seen_at is None:\n            logout(request)\n",
        "",
        (f"{A}test_a26_sessions_and_forgery.py::test_after_two_idle_hours_a_session_is_over",),
    ),
    Removal(
        "pages stay in the browser",
        "src/moked/web/ui/middleware.py",
        'response.headers.setdefault("Cache-Control", "no-store")',
        "pass",
        (f"{A}test_a26_sessions_and_forgery.py::test_back_after_signing_out_shows_nothing",),
    ),
    Removal(
        "signing in leads anywhere",
        "src/moked/web/ui/sign_in.py",
        "            and url_has_allowed_host_and_scheme(url, allowed_hosts=None)\n",
        "",
        (f"{A}test_a27_hosts_and_redirects.py::test_signing_in_leads_nowhere_else",),
    ),
    Removal(
        "choosing a language leads anywhere",
        "src/moked/web/ui/views.py",
        "    if is_plain and url_has_allowed_host_and_scheme(path, allowed_hosts=None):\n",
        "    if path:\n",
        (f"{A}test_a27_hosts_and_redirects.py::test_other_forms_lead_nowhere_else",),
    ),
    Removal(
        "the Host header stands in links",
        "src/moked/web/portal/tracking.py",
        '    url = public_url(case.municipality, "portal:track", links.render(link))\n',
        '    url = request.build_absolute_uri(reverse("portal:track", args=[links.render(link)]))\n',
        (
            f"{A}test_a27_hosts_and_redirects.py::test_links_in_mail_come_from_the_base_address_whatever_host_was_asked",
        ),
    ),
    Removal(
        "links in mail name an allowed host",
        "src/moked/municipalities/queries.py",
        'return f"{settings.BASE_URL}/t/{municipality.slug}/{path}"',
        'return f"http://{settings.ALLOWED_HOSTS[0]}/t/{municipality.slug}/{path}"',
        (
            f"{A}test_a27_hosts_and_redirects.py::test_links_in_mail_come_from_the_base_address_whatever_host_was_asked",
        ),
    ),
    # Passwords
    Removal(
        "guessing passwords is never slowed",
        "src/moked/config/settings.py",
        '"login_failed": "20/m/ip,5/5m/key"',
        '"login_failed": "1000/m/ip"',
        (
            f"{A}test_a25_guessing_passwords.py::test_too_many_tries_get_the_same_answer_for_known_unknown_and_right",
        ),
    ),
    Removal(
        "guessing locks the owner out",
        "src/moked/web/ui/sign_in.py",
        'return f"{email}:{known_browser(request, email)}"',
        "return email",
        (
            f"{A}test_a25_guessing_passwords.py::test_guessing_keeps_the_owner_out_of_no_browser_that_is_theirs",
        ),
    ),
    Removal(
        "a reset is said to be for nobody",
        "src/moked/config/settings.py",
        "ACCOUNT_PREVENT_ENUMERATION = True",
        "ACCOUNT_PREVENT_ENUMERATION = False",
        (
            f"{A}test_a25_guessing_passwords.py::test_asking_for_a_new_password_tells_nobody_who_has_an_account",
        ),
    ),
    Removal(
        "reset mails without end",
        "src/moked/config/settings.py",
        '"reset_password": "20/h/ip,3/h/key",',
        '"reset_password": "20/h/ip",',
        (
            f"{A}test_a25_guessing_passwords.py::test_at_most_three_reset_mails_an_hour_however_they_are_asked_for",
        ),
    ),
    # What is typed
    Removal(
        "lines keep their control characters",
        "src/moked/web/ui/forms.py",
        "        return clean_line(text)\n",
        "        return text\n",
        (f"{A}test_a29_odd_text.py::test_odd_text_is_refused_or_kept_clean[portal:report]",),
    ),
    Removal(
        "NUL is taken",
        "src/moked/web/ui/forms.py",
        "        if has_unstorable(text):\n",
        "        if False:\n",
        (f"{A}test_a29_odd_text.py::test_nul_is_refused[portal:report]",),
    ),
    Removal(
        "the same form opens two cases",
        "src/moked/intake/operations.py",
        "    if not submission:\n        return None\n",
        "    return None\n",
        ("tests/abuse/test_double_submit.py::test_a_form_sent_twice_does_its_work_once[portal:report]",),
    ),
    # What is promised
    Removal(
        "a pause over closed time moves what is due",
        "src/moked/sla/rules.py",
        "return any(from_at < closing <= to_at for from_at, to_at in stopped)",
        "return any(from_at.date() <= closing.date() <= to_at.date() for from_at, to_at in stopped)",
        (
            "tests/sla/test_vectors.py::test_a_pause_moves_working_days_by_the_closings_it_covers",
            f"{MISTAKES}::test_waiting_while_it_is_closed_moves_nothing",
        ),
    ),
    Removal(
        "overlapping pauses count twice",
        "src/moked/sla/rules.py",
        "        at = max(at, to_at)\n",
        "        at = at + (to_at - from_at)\n",
        ("tests/sla/test_vectors.py",),
    ),
    Removal(
        "the clocks never change",
        "src/moked/sla/calendars.py",
        "        if last - midnight == _MINUTE * hours[-1][1]:\n",
        "        if last:\n",
        (
            "tests/sla/test_vectors.py::test_a_date_worked_out_by_hand",
            f"{MISTAKES}::test_a_day_on_which_the_clocks_change_is_as_long_as_it_is",
        ),
    ),
    Removal(
        "the night shift of the day before is forgotten",
        "src/moked/sla/calendars.py",
        "        on = self.date_of(start) - timedelta(days=1)\n",
        "        on = self.date_of(start)\n",
        (
            "tests/sla/test_vectors.py::test_a_date_worked_out_by_hand",
            f"{MISTAKES}::test_a_day_ends_at_midnight_and_a_night_shift_after_it",
        ),
    ),
    Removal(
        "a calendar that never opens is taken",
        "src/moked/sla/calendars.py",
        "        if not any(calendar.week) and not any(calendar.days.values()):\n",
        "        if False:\n",
        ("tests/sla/test_calendars.py::test_a_calendar_that_never_opens_is_refused",),
    ),
    Removal(
        "waiting stops the clock of the answer",
        "src/moked/sla/targets.py",
        "        if kind in self.legal or kind not in MAY_PAUSE:\n            return frozenset()\n",
        "        kind = Kind.RESOLUTION\n",
        (f"{MISTAKES}::test_waiting_for_somebody_else_stops_the_clock",),
    ),
    Removal(
        "a warning is given again at each look",
        "src/moked/sla/warnings.py",
        "at = clock.moment(key) if key and key not in reached else None",
        "at = clock.moment(key) if key else None",
        ("tests/sla/test_warnings.py::test_a_share_is_counted_in_working_time_and_told_to_who_has_the_case",),
    ),
    Removal(
        "a warning comes at midnight",
        "src/moked/sla/warnings.py",
        "        return self.calendar.next_opening(found)\n",
        "        return found\n",
        (
            "tests/sla/test_warnings.py::test_what_is_due_at_closing_is_told_the_next_morning_and_then_every_working_day",
            f"{MISTAKES}::test_a_level_is_reached_only_while_it_is_open",
        ),
    ),
    Removal(
        "who lost the case is still told of it",
        "src/moked/notices/staff.py",
        "    if not _may_see(row.user, row.case):",
        "    if False:",
        ("tests/sla/test_warnings.py::test_who_may_not_see_the_case_any_more_is_shown_and_sent_nothing",),
    ),
    Removal(
        "a later time makes a broken promise a kept one",
        "src/moked/sla/operations/counting.py",
        "one.started_at, stops, one.met_at, now)\n",
        "one.started_at, stops, one.met_at, one.started_at)\n",
        (
            "tests/sla/test_warnings.py::test_a_later_time_is_told_with_its_reason_and_the_promise_is_judged_by_the_first",
        ),
    ),
    Removal(
        "an automatic receipt counts as an answer",
        "src/moked/sla/operations/clock.py",
        "    if _meet(case_id, {Kind.ACKNOWLEDGEMENT}, at):",
        "    if _meet(case_id, ANSWERS, at):",
        (f"{MISTAKES}::test_a_receipt_is_no_answer",),
    ),
    Removal(
        "a next answer is owed before the first",
        "src/moked/sla/operations/clock.py",
        "_owed(case_id).filter(kind__in=[Kind.FIRST_ANSWER, Kind.NEXT_ANSWER]).exists()",
        "_owed(case_id).filter(kind__in=[Kind.NEXT_ANSWER]).exists()",
        (f"{MISTAKES}::test_before_the_first_answer_no_other_is_owed",),
    ),
    Removal(
        "an answer given before stays owed",
        "src/moked/sla/operations/clock.py",
        "            restate(one, (), at)\n        one.last_due_at",
        "        one.last_due_at",
        ("tests/sla/test_terms.py::test_an_answer_given_before_meets_what_is_promised_later",),
    ),
    Removal(
        "an urgent case waits for opening hours",
        "src/moked/sla/operations/clock.py",
        "    if case.priority == Priority.URGENT and terms is promise.usual:",
        "    if False:",
        ("tests/sla/test_terms.py::test_urgent_cases_count_round_the_clock_and_stand_in_front",),
    ),
    Removal(
        "what is to begin later holds at once",
        "src/moked/sla/models.py",
        "self.upcoming_at <= moment:",
        "True:",
        ("tests/sla/test_terms.py::test_what_begins_later_counts_from_then_on",),
    ),
    Removal(
        "a period ends on a closed day",
        "src/moked/sla/rules.py",
        "        if number >= target.amount and is_open:",
        "        if number >= target.amount:",
        ("tests/sla/test_vectors.py", "tests/sla/test_properties.py"),
    ),
    Removal(
        "a case is closed with its pause still open",
        "src/moked/sla/operations/clock.py",
        "    _end_pause(case_id, at)\n    if is_done:",
        "    if is_done:",
        (f"{MISTAKES}::test_closing_a_case_that_waits_ends_the_pause_first",),
    ),
    Removal(
        "another service forgets the pauses",
        "src/moked/sla/operations/counting.py",
        "    pauses = pauses_of(open_ids) if open_ids else {}\n",
        "    pauses = {}\n",
        (f"{MISTAKES}::test_another_target_keeps_every_pause",),
    ),
    Removal(
        "other hours move what is closed",
        "src/moked/sla/operations/counting.py",
        "            if not one.is_settled:\n",
        "            if True:\n",
        (f"{MISTAKES}::test_an_edit_moves_what_is_open_only",),
    ),
    Removal(
        "a calendar in use is retired",
        "src/moked/sla/operations/settings.py",
        '        raise UnableToRetire("COMMITMENTS")\n',
        "        pass\n",
        ("tests/sla/test_settings.py::test_a_calendar_in_use_is_not_retired",),
    ),
    Removal(
        "a promise counts by another department's calendar",
        "src/moked/sla/operations/settings.py",
        "    check_owners(named.values(), service.department_id)\n",
        "",
        ("tests/sla/test_departments.py",),
    ),
    Removal(
        "a calendar is taken from services that count by it",
        "src/moked/sla/operations/settings.py",
        '            raise UnableToGive("SERVICES")\n',
        "            pass\n",
        ("tests/sla/test_departments.py::test_a_calendar_that_others_count_by_is_not_given_away",),
    ),
    Removal(
        "a trial of hours shows cases the reader may not see",
        "src/moked/sla/trials.py",
        "owed.filter(case__in=Case.objects.visible_to(actor))",
        "owed",
        ("tests/sla/test_trials.py::test_cases_the_reader_may_not_see_are_counted_and_not_shown",),
    ),
    # What went wrong with promises elsewhere
    Removal(
        "a pause adds its whole length to hours",
        "src/moked/sla/rules.py",
        "            return from_at + remaining\n",
        "            return from_at + remaining + sum((to - at for at, to in stopped), NOTHING)\n",
        (f"{MISTAKES}::test_waiting_while_it_is_closed_moves_nothing",),
    ),
    Removal(
        "what is due may fall into a night",
        "src/moked/sla/rules.py",
        "        if to_at - from_at >= remaining:\n",
        "        if to_at > from_at:\n",
        (f"{MISTAKES}::test_nothing_is_due_while_it_is_closed",),
    ),
    Removal(
        "what comes in on a closed day is never due",
        "src/moked/sla/calendars.py",
        "        reached = start\n",
        "        reached = start\n        if not self.opening_on(self.date_of(start)):\n            return\n",
        (f"{MISTAKES}::test_what_comes_in_while_it_is_closed_counts_from_the_next_opening",),
    ),
    Removal(
        "only the first hours of a day count",
        "src/moked/sla/calendars.py",
        "(midnight + _MINUTE * opens, midnight + _MINUTE * closes) for opens, closes in hours]",
        "(midnight + _MINUTE * opens, midnight + _MINUTE * closes) for opens, closes in hours[:1]]",
        (f"{MISTAKES}::test_a_lunch_break_is_left_out_of_every_day",),
    ),
    Removal(
        "opening is looked for on three days only",
        "src/moked/sla/rules.py",
        "SEARCH = timedelta(days=3660)",
        "SEARCH = timedelta(days=3)",
        (f"{MISTAKES}::test_any_days_of_the_week_will_do",),
    ),
    Removal(
        "no waiting stops any clock",
        "src/moked/sla/models.py",
        "return [one.interval for one in pauses if one.reason in pausing]",
        "return [one.interval for one in pauses if one.reason not in pausing]",
        (f"{MISTAKES}::test_waiting_for_somebody_else_stops_the_clock",),
    ),
    Removal(
        "opening hours are ignored",
        "src/moked/sla/rules.py",
        "    remaining = working_time\n",
        "    remaining = working_time\n    return start + remaining\n",
        (f"{MISTAKES}::test_hours_count_only_while_it_is_open",),
    ),
    Removal(
        "a day has one interval",
        "src/moked/sla/calendars.py",
        "MOST_INTERVALS = 12",
        "MOST_INTERVALS = 1",
        (f"{MISTAKES}::test_a_day_may_open_many_times",),
    ),
    Removal(
        "a weekend makes what is due in days earlier",
        "src/moked/sla/rules.py",
        "        if closing is None and unit == Unit.DAYS:\n",
        "        if False:\n",
        (f"{MISTAKES}::test_a_weekend_makes_nothing_earlier",),
    ),
    Removal(
        "every warning gives the case away",
        "src/moked/sla/operations/warnings.py",
        " if level.gives and case.department_id else []",
        " if case.department_id else []",
        (f"{MISTAKES}::test_a_warning_that_only_tells_changes_nothing",),
    ),
    Removal(
        "a moment without its offset is taken",
        "src/moked/sla/rules.py",
        "    if moment.tzinfo is None:\n",
        "    if False:\n",
        (f"{MISTAKES}::test_a_moment_keeps_its_offset_and_is_shown_by_the_towns_clocks",),
    ),
    Removal(
        "a moment is shown in UTC",
        "src/moked/web/ui/templatetags/ui.py",
        "    return municipality.zone if municipality else UTC\n",
        "    return UTC\n",
        (f"{MISTAKES}::test_a_moment_keeps_its_offset_and_is_shown_by_the_towns_clocks",),
    ),
    Removal(
        "what is done the moment it is due is late",
        "src/moked/sla/commitments.py",
        "met_at > due_at",
        "met_at >= due_at",
        (f"{MISTAKES}::test_the_moment_itself_is_in_time_to_do_and_too_late_to_owe",),
    ),
    Removal(
        "what is due at this very moment is not broken yet",
        "src/moked/sla/commitments.py",
        "State.BROKEN if due_at <= now else",
        "State.BROKEN if due_at < now else",
        (f"{MISTAKES}::test_the_moment_itself_is_in_time_to_do_and_too_late_to_owe",),
    ),
    Removal(
        "which waiting stops a clock is written in the code",
        "src/moked/sla/targets.py",
        "        if kind.lower() in said\n",
        "        if False\n",
        (f"{MISTAKES}::test_the_town_says_which_waiting_stops_a_clock",),
    ),
    Removal(
        "a day ends a minute before midnight",
        "src/moked/sla/calendars.py",
        "    return minutes\n",
        "    return minutes - (minutes == DAY_MINUTES)\n",
        (f"{MISTAKES}::test_a_day_ends_at_midnight_and_a_night_shift_after_it",),
    ),
    Removal(
        "a day that is closed keeps the hours of its weekday",
        "src/moked/sla/calendars.py",
        "self.week[on.weekday()] if special is None else special",
        "special or self.week[on.weekday()]",
        (f"{MISTAKES}::test_a_special_day_replaces_the_week_be_it_closed_short_or_extra",),
    ),
    Removal(
        "a working day is twenty-four hours",
        "src/moked/sla/rules.py",
        "        return _nth_closing(calendar, start, target, stopped)\n",
        "        return _used_up(calendar, start, timedelta(days=target.amount), stopped)\n",
        (f"{MISTAKES}::test_a_working_day_is_no_number_of_hours",),
    ),
    Removal(
        "each word of a resident puts off its answer",
        "src/moked/sla/operations/clock.py",
        "_owed(case_id).filter(kind__in=[Kind.FIRST_ANSWER, Kind.NEXT_ANSWER]).exists()",
        "_owed(case_id).filter(kind__in=[Kind.FIRST_ANSWER]).exists()",
        (f"{MISTAKES}::test_more_words_do_not_put_off_the_answer_to_the_first",),
    ),
    Removal(
        "waiting stops what the law asks for",
        "src/moked/sla/targets.py",
        "        if kind in self.legal or kind not in MAY_PAUSE:\n",
        "        if kind not in MAY_PAUSE:\n",
        (f"{MISTAKES}::test_what_the_law_asks_for_never_stands_still",),
    ),
    Removal(
        "nobody is told that a promise moved",
        "src/moked/cases/operations/time.py",
        "    for case in moved:\n",
        "    for case in ():\n",
        (f"{MISTAKES}::test_a_promise_that_moves_is_told",),
    ),
    Removal(
        "what is left is not told while a clock stands still",
        "src/moked/sla/queries.py",
        "            if row.state == State.PAUSED\n",
        "            if row.state != State.PAUSED\n",
        (f"{MISTAKES}::test_while_it_waits_what_is_left_is_told_and_no_date",),
    ),
    Removal(
        "a broken promise pauses",
        "src/moked/sla/commitments.py",
        "    if due_at is None:\n        return State.PAUSED\n",
        "    if due_at is None or due_at <= now:\n        return State.PAUSED\n",
        (f"{MISTAKES}::test_a_promise_broken_before_a_pause_stays_broken",),
    ),
    Removal(
        "another priority counts from its change",
        "src/moked/sla/operations/clock.py",
        "        Kind.RESOLUTION: case.opened_at,\n",
        "        Kind.RESOLUTION: now,\n",
        (f"{MISTAKES}::test_another_priority_counts_from_the_original_start",),
    ),
    Removal(
        "no case follows a calendar's edit",
        "src/moked/sla/operations/settings.py",
        "        _tell_worker(calendar, calendar.revision, now)\n",
        "        pass\n",
        (f"{MISTAKES}::test_an_edit_moves_what_is_open_only",),
    ),
    Removal(
        "a level before the end is counted by the clock",
        "src/moked/sla/warnings.py",
        "used_up(self.calendar, self.started_at, left, self.pauses) if left.total_seconds() > 0 else None",
        "due_at - span.working_time if left.total_seconds() > 0 else None",
        (f"{MISTAKES}::test_a_level_before_the_end_is_counted_in_working_time",),
    ),
    Removal(
        "what is done is warned about",
        "src/moked/sla/queries.py",
        "    if not fitting or one.is_settled:\n",
        "    if not fitting:\n",
        (f"{MISTAKES}::test_what_is_done_is_not_warned_about_any_more",),
    ),
    Removal(
        "an urgent warning waits for the morning",
        "src/moked/sla/warnings.py",
        "        if found is None or self.is_urgent:\n",
        "        if found is None:\n",
        (f"{MISTAKES}::test_an_urgent_level_is_told_by_night",),
    ),
    Removal(
        "what is due is looked for every hour",
        "src/moked/config/subscribers.py",
        '    Recurring("sla.break_overdue", MINUTE, break_overdue),\n',
        '    Recurring("sla.break_overdue", HOUR, break_overdue),\n',
        (f"{MISTAKES}::test_a_promise_breaks_when_it_is_due_and_not_when_somebody_looks",),
    ),
    Removal(
        "waiting moves what was told by hand",
        "src/moked/sla/models.py",
        "        if not self.is_extended:\n",
        "        if True:\n",
        (f"{MISTAKES}::test_a_time_told_by_hand_is_not_moved_by_waiting",),
    ),
    Removal(
        "a calendar that does not open again promises nothing",
        "src/moked/sla/rules.py",
        "        return None\n    raise TooFar\n",
        "        return None\n    return None\n",
        (f"{MISTAKES}::test_a_calendar_that_does_not_open_again_is_not_searched_for_ever",),
    ),
    Removal(
        "of pauses that begin in one minute the last counts",
        "src/moked/sla/rules.py",
        "    ordered = sorted((pause.from_at, pause.to_at or FOREVER) for pause in pauses)\n",
        "    minutes = {pause.from_at.replace(second=0): pause for pause in pauses}\n"
        "    ordered = sorted((pause.from_at, pause.to_at or FOREVER) for pause in minutes.values())\n",
        (f"{MISTAKES}::test_two_pauses_that_begin_in_one_minute_both_count",),
    ),
    # What operators read
    Removal(
        "anybody reads the numbers of operators",
        "src/moked/web/ops/metrics.py",
        "    if not _brings_token(request):\n        raise Http404\n",
        "",
        ("tests/web/ops/test_metrics.py::test_who_does_not_bring_the_token_finds_no_such_page",),
    ),
    Removal(
        "an empty token opens the numbers of operators",
        "src/moked/web/ops/metrics.py",
        "return bool(wanted) and ",
        "return ",
        ("tests/web/ops/test_metrics.py::test_without_a_token_in_the_settings_there_is_no_such_page",),
    ),
    # What is never lost, doubled or altered
    Removal(
        "IMMEDIATE becomes DEFERRED",
        "src/moked/config/env.py",
        '"transaction_mode": "IMMEDIATE"',
        '"transaction_mode": "DEFERRED"',
        ("tests/architecture/test_two_connections.py::test_a_transaction_is_a_writer_from_its_first_moment",),
    ),
    Removal(
        "synchronous FULL becomes OFF",
        "src/moked/config/env.py",
        "PRAGMA synchronous=FULL;",
        "PRAGMA synchronous=OFF;",
        ("tests/architecture/test_two_connections.py::test_every_connection_waits_for_the_disk",),
    ),
    Removal(
        "the lease is ignored when settling",
        "src/moked/events/worker.py",
        "return OutboxRow.objects.filter(id=self.row_id, lease=self.lease, state=OutboxRow.State.LEASED)",
        "return OutboxRow.objects.filter(id=self.row_id)",
        ("tests/events/test_worker.py",),
    ),
    Removal(
        "the lease is ignored when claiming",
        "src/moked/events/worker.py",
        "due = OutboxRow.objects.filter(is_open=True, due_at__lte=Now(), ",
        "due = OutboxRow.objects.filter(is_open=True, ",
        ("tests/events/test_worker.py",),
    ),
    Removal(
        "nobody asks for the lease before DATA",
        "src/moked/channels/email/smtp.py",
        "    if not still_mine():\n",
        "    if False:\n",
        ("tests/notices/test_notices.py::test_nothing_is_sent_when_the_lease_went_to_another_worker",),
    ),
    Removal(
        "an event outside the transaction",
        "src/moked/events/operations.py",
        "    if not connection.in_atomic_block:\n        raise NotInTransaction(event.name)\n",
        "",
        ("tests/events/test_worker.py::test_publishing_outside_a_transaction_is_refused",),
    ),
    Removal(
        "a mail inside a transaction",
        "src/moked/events/worker.py",
        "    if in_transaction():\n        raise InTransaction(row.subscriber)\n",
        "",
        ("tests/events/test_worker.py::test_work_inside_a_transaction_is_refused",),
    ),
    Removal(
        "the audit trail can be altered",
        "src/moked/audit/triggers.py",
        "_run(connection, _on_postgresql(table) if is_postgresql else _on_sqlite(table))",
        "_run(connection, [])",
        ("tests/audit/test_append_only.py",),
    ),
    Removal(
        "a change without its audit record",
        "src/moked/cases/operations/conversation.py",
        '    steps.audit(case, by, now, "case.note_added", after={"note": note.pk})\n',
        "",
        ("tests/mutants/test_also_kept.py::test_every_change_of_a_case_is_audited",),
    ),
    Removal(
        "notices are planned twice",
        "src/moked/notices/operations.py",
        "        if is_new:\n",
        "        if notice:\n",
        ("tests/mutants/test_also_kept.py::test_planning_the_same_event_again_plans_nothing",),
    ),
    Removal(
        "the queue is not by queue_at",
        "src/moked/cases/queries/queue.py",
        '(of_service(cases, actor, service) if service else cases).order_by("queue_at", "id")',
        '(of_service(cases, actor, service) if service else cases).order_by("id")',
        ("tests/mutants/test_also_kept.py::test_the_queue_begins_with_what_is_due_first",),
    ),
    Removal(
        "small counts are published",
        "src/moked/insights/disclosure.py",
        "        if count < SMALLEST_SHOWN\n",
        "        if False\n",
        (
            "tests/insights/test_disclosure.py"
            "::test_nothing_hidden_can_be_worked_out_from_everything_that_is_published",
        ),
    ),
    Removal(
        "a single gap gives itself away",
        "src/moked/insights/disclosure.py",
        "while more := _for_sums(table, found) or _for_bridges(table, found):",
        "while more := _for_bridges(table, found):",
        ("tests/insights/test_disclosure.py::test_nothing_is_hidden_without_need",),
    ),
    Removal(
        "one table gives away what another hides",
        "src/moked/insights/disclosure.py",
        "while more := _for_sums(table, found) or _for_bridges(table, found):",
        "while more := _for_sums(table, found):",
        (
            "tests/insights/test_disclosure.py"
            "::test_nothing_hidden_can_be_worked_out_from_everything_that_is_published",
        ),
    ),
    Removal(
        "two close a case at once",
        "src/moked/cases/operations/steps.py",
        'case = Case.objects.visible_to(by).select_for_update(of=("self",)).filter(id=case_id).first()',
        "case = Case.objects.visible_to(by).filter(id=case_id).first()",
        (
            "tests/architecture/test_two_connections.py::test_two_people_who_close_a_case_at_once_close_it_once",
        ),
        database="postgresql",
    ),
    Removal(
        "two workers claim one row",
        "src/moked/events/worker.py",
        'ordered = due.order_by("due_at", "id").select_for_update(skip_locked=True)',
        'ordered = due.order_by("due_at", "id")',
        ("tests/events/test_worker.py::test_two_workers_at_once_never_claim_the_same_row",),
        database="postgresql",
    ),
    # Photos, and what else is sent to us
    Removal(
        "the decoder takes all the memory there is",
        "src/moked/files/decoder.py",
        "    limit_self()\n    try:",
        "    try:",
        ("tests/files/test_decoder.py::test_a_picture_that_takes_more_memory_than_there_is_is_refused",),
    ),
    Removal(
        "the decoder is told our secrets",
        "src/moked/files/photos.py",
        'env={"PYTHONPATH": str(SOURCE)},',
        "env=None,",
        ("tests/files/test_decoder.py::test_the_decoder_has_none_of_our_secrets",),
    ),
    Removal(
        "pixels are not counted before they are unpacked",
        "src/moked/files/decoder.py",
        "if image.width * image.height > MOST_PIXELS[kind] or coefficients(image) > MOST_COEFFICIENTS:",
        "if coefficients(image) > MOST_COEFFICIENTS:",
        ("tests/files/test_photos.py::test_too_many_pixels_are_refused_before_they_are_unpacked",),
    ),
    Removal(
        "the camera's comment is kept",
        "src/moked/files/decoder.py",
        "    fresh.paste(coloured)\n",
        "    fresh = coloured\n    fresh.info.update(image.info)\n",
        ("tests/files/test_photos.py::test_nothing_but_pixels_is_kept",),
    ),
    Removal(
        "a photo can be claimed again and again",
        "src/moked/files/operations.py",
        "municipality_id=municipality_id, claimed_at=None, created_at__gt=now - UNCLAIMED_FOR",
        "municipality_id=municipality_id, created_at__gt=now - UNCLAIMED_FOR",
        ("tests/files/test_operations.py::test_photos_are_claimed_in_the_order_asked_and_only_once",),
    ),
    Removal(
        "a stored file is named before it is on the disk",
        "src/moked/files/store.py",
        "        os.fsync(file.fileno())\n",
        "",
        (
            "tests/files/test_store.py"
            "::test_content_reaches_the_disk_before_its_name_and_its_name_before_we_go_on",
        ),
    ),
    Removal(
        "a photo is served as whatever a browser makes of it",
        "src/moked/web/ui/photos.py",
        '            "Content-Security-Policy": "default-src \'none\'; sandbox",\n',
        "",
        ("tests/web/portal/test_photos.py::test_the_small_photo_is_shown_as_a_picture_and_nothing_else",),
    ),
    Removal(
        "a body may be of any size",
        "src/moked/web/ui/bodies.py",
        "return TOO_LARGE if length.isdecimal() and int(length) > most else None",
        "return None",
        (f"{A}test_a17_hostile_bodies.py::test_each_refusal_is_a_page_with_words",),
    ),
    # Whose case it is too, proof and checks
    Removal(
        "anybody joins what is hidden",
        "src/moked/cases/operations/bonds.py",
        "if not by.is_staff and (case.is_spam or not case.is_public):",
        "if False:",
        ("tests/cases/test_bonds.py::test_what_the_public_does_not_see_nobody_joins",),
    ),
    Removal(
        "confidential cases are merged with others",
        "src/moked/cases/queries/case.py",
        "if case.service.is_confidential != into.service.is_confidential:",
        "if False:",
        ("tests/cases/test_bonds.py::test_a_confidential_case_is_not_merged_into_one_that_others_read",),
    ),
    Removal(
        "followers read what was said to the reporter",
        "src/moked/cases/queries/timeline.py",
        'if entry.kind == "CONTACT_OUT" and entry.at in closed_at',
        "if entry.kind",
        ("tests/cases/test_bonds.py::test_a_follower_reads_public_changes_and_the_closing_words_only",),
    ),
    Removal(
        "the reporter reads what followers said",
        "src/moked/cases/queries/timeline.py",
        "for entry in _contacts(case, [case.pk]) if not entry.is_follower",
        "for entry in _contacts(case, [case.pk])",
        ("tests/cases/test_bonds.py::test_what_followers_say_is_not_shown_to_the_reporter",),
    ),
    Removal(
        "work is finished without proof",
        "src/moked/cases/operations/closing.py",
        "    if _lacks_proof(case, outcome):\n",
        "    if False:\n",
        ("tests/cases/test_finishing.py::test_a_service_that_asks_for_proof_is_not_fixed_without_a_photo",),
    ),
    Removal(
        "the centre's check is skipped",
        "src/moked/cases/operations/closing.py",
        "if case.service.centre_checks and state == rules.State.RESOLVED and not by.works_town_wide:",
        "if False:",
        (
            "tests/cases/test_finishing.py::test_a_departments_closing_waits_for_the_centre_and_nobody_is_told",
        ),
    ),
    Removal(
        "hidden cases are shown as close by",
        "src/moked/cases/queries/nearby.py",
        "Case.objects.filter(service=service, is_public=True, is_spam=False)",
        "Case.objects.filter(service=service)",
        (
            "tests/web/portal/test_places_and_photos.py::test_what_is_hidden_far_or_closed_is_not_shown_as_close_by",
        ),
    ),
    Removal(
        "photos of hidden cases are shown",
        "src/moked/cases/queries/case.py",
        "Case.objects.filter(municipality_id=municipality_id, is_public=True, is_spam=False, is_open=True)",
        "Case.objects.filter(municipality_id=municipality_id)",
        (
            "tests/web/portal/test_places_and_photos.py::test_photos_of_a_public_case_are_shown_to_nobody_once_it_is_hidden",
        ),
    ),
    Removal(
        "a photo of one case is had through another",
        "src/moked/cases/queries/case.py",
        "Attachment.objects.filter(case=case, id=photo_id).select_related",
        "Attachment.objects.filter(id=photo_id).select_related",
        (f"{MATRIX}[desk:photo-get]",),
    ),
    # Exports
    Removal(
        "formulas go into CSV files as they are",
        "src/moked/exchange/exports/writing.py",
        "        return harmless(value)\n",
        "        return value\n",
        (f"{A}test_a21_formulas_in_exports.py::test_what_a_resident_wrote_is_run_in_no_file",),
    ),
    Removal(
        "only the beginning of a text is looked at",
        "src/moked/base/spreadsheets.py",
        "(*(found.end() for found in _ENDS_CELL.finditer(text)), len(text))",
        "(len(text),)",
        (f"{A}test_a21_formulas_in_exports.py::test_what_a_resident_wrote_is_run_in_no_file",),
    ),
    Removal(
        "a workbook takes text for what it looks like",
        "src/moked/exchange/exports/writing.py",
        "        page.write_string(line, number, cell_text(str(value)))\n",
        "        page.write(line, number, cell_text(str(value)))\n",
        (f"{A}test_a21_formulas_in_exports.py::test_what_a_resident_wrote_is_run_in_no_file",),
    ),
    Removal(
        "an export is made with the rights it was asked for with",
        "src/moked/exchange/exports/making.py",
        "    if export.rights != rights_of(actor):\n",
        "    if not export.rights:\n",
        (
            "tests/exchange/test_export_rights.py::"
            "test_an_export_is_made_with_what_its_person_may_see_at_that_moment",
        ),
    ),
    Removal(
        "an export is made for who lost their role",
        "src/moked/exchange/exports/making.py",
        "    if actor is None or not actor.has_any(SEES_CASES):\n",
        "    if actor is None:\n",
        (
            "tests/exchange/test_export_rights.py::"
            "test_who_no_longer_sees_cases_gets_no_export_that_was_waiting",
        ),
    ),
    Removal(
        "a link to an export asks for no rights",
        "src/moked/exchange/exports/operations.py",
        "not still_covers(rights_of(by), export.rights)",
        "False",
        (
            "tests/exchange/test_export_rights.py::"
            "test_a_finished_export_is_not_handed_over_once_rights_were_taken",
        ),
    ),
    Removal(
        "anybody fetches any export",
        "src/moked/exchange/models/exports.py",
        "return self.filter(municipality_id=actor.municipality_id, user_id=actor.user_id or 0)",
        "return self",
        (f"{MATRIX}[desk:export_file-get]",),
    ),
    Removal(
        "an export reads past visible_to",
        "src/moked/exchange/exports/queries.py",
        "Case.objects.visible_to(actor)",
        "Case.objects.all()",
        (
            "tests/exchange/test_export_rights.py::test_an_export_holds_just_the_visible_cases_of_what_was_chosen",
        ),
    ),
    # Imports
    Removal(
        "an import does not look what is there already",
        "src/moked/exchange/imports/operations.py",
        '        return dict(rows.values_list("external_id", "batch_id")) if external_ids else {}\n',
        "        return {}\n",
        (f"{IMPORTS}test_import.py::test_importing_the_same_file_again_writes_nothing",),
    ),
    Removal(
        "a dry run writes",
        "src/moked/exchange/imports/operations.py",
        "        if new and not self._is_dry:\n",
        "        if new:\n",
        (f"{IMPORTS}test_import.py::test_a_dry_run_writes_nothing_and_tells_the_same",),
    ),
    Removal(
        "a second record with an id is taken as well",
        "src/moked/exchange/imports/operations.py",
        "            elif first := self._lines.get(item.external_id):\n",
        '            elif first := self._lines.get(""):\n',
        (f"{IMPORTS}test_rejects.py::test_broken_records_are_rejected_and_their_neighbours_are_not",),
    ),
    Removal(
        "an import that was interrupted begins anew",
        "src/moked/exchange/imports/operations.py",
        "            self._now = self._batch.started_at\n",
        "            self._batch = None\n",
        (f"{IMPORTS}test_killed.py::test_an_import_that_was_killed_ends_as_one_that_was_not",),
    ),
    Removal(
        "a packed file may become as large as it likes",
        "src/moked/exchange/imports/files.py",
        "if size > LARGEST or size > max(SMALL, PACKED_AT_MOST * self._size):",
        "if size > LARGEST:",
        (
            f"{IMPORTS}test_rejects.py::"
            "test_a_file_that_unpacks_to_far_too_much_is_refused_before_it_fills_memory",
        ),
    ),
    Removal(
        "undoing takes what was worked on along",
        "src/moked/exchange/imports/undo.py",
        "    if touched and not keeps_touched:\n",
        "    if False:\n",
        (f"{IMPORTS}test_undo.py::test_a_case_that_was_worked_on_stops_the_undoing_unless_it_is_kept",),
    ),
    Removal(
        "what was not imported may be withdrawn",
        "src/moked/cases/withdrawal.py",
        "    if not all(is_imported for _, is_imported in locked) or worked_on(",
        "    if worked_on(",
        (f"{IMPORTS}test_undo.py::test_a_case_that_was_not_imported_is_never_deleted",),
    ),
    Removal(
        "undoing leaves the links of the cases",
        "src/moked/cases/withdrawal.py",
        "    links.delete_many(purpose=Link.Purpose.TRACKING, object_ids=ids)\n",
        "",
        (f"{IMPORTS}test_undo.py::test_import_and_undo_leave_the_database_as_it_was",),
    ),
    Removal(
        "figures do not notice that a month has changed",
        "src/moked/insights/projections.py",
        "        reckoning.months |= {month.isoformat(): reckoning.version for month in months}\n",
        "",
        ("tests/insights/test_published.py::test_what_is_kept_of_months_is_what_would_be_read_anew",),
    ),
    Removal(
        "a pause counts as working time in the figures",
        "src/moked/insights/working.py",
        "if reason in pausing]",
        "if not reason]",
        (f"{RECOUNT}[4]",),
    ),
    Removal(
        "what was withdrawn counts as finished",
        "src/moked/insights/rules.py",
        "NOT_DONE = frozenset({Outcome.NOT_OURS, Outcome.WITHDRAWN_BY_RESIDENT})",
        "NOT_DONE = frozenset({Outcome.NOT_OURS})",
        (f"{RECOUNT}[4]",),
    ),
    Removal(
        "the figures know no team",
        "src/moked/insights/tallies.py",
        "yield Dimension.TEAM, str(fact.team_id or 0)",
        'yield Dimension.TEAM, "0"',
        (f"{RECOUNT}[4]",),
    ),
    Removal(
        "figures do not notice another priority",
        "src/moked/insights/projections.py",
        "    cases.PriorityChanged,\n",
        "",
        (f"{PERFORMANCE}::test_an_answer_that_is_promised_by_another_priority_only_counts_from_then_on",),
    ),
    Removal(
        "what goes out by itself is a first answer",
        "src/moked/insights/facts.py",
        "    said = said.filter(Q(author__isnull=False) | Q(case_id__in=imported))\n",
        "",
        (f"{PERFORMANCE}::test_nothing_that_went_out_by_itself_is_a_first_answer",),
    ),
    Removal(
        "a case that became urgent after its answer is an urgent one",
        "src/moked/insights/facts.py",
        "        if at <= answered_at:",
        "        if at:",
        (
            f"{PERFORMANCE}::test_urgent_cases_are_those_that_were_when_they_were_answered_and_count_from_then",
        ),
    ),
    Removal(
        "late cases of confidential services are counted for everybody",
        "src/moked/insights/performance.py",
        "cases = Case.objects.visible_to(actor).open()",
        "cases = Case.objects.filter(municipality_id=actor.municipality_id).open()",
        (f"{PERFORMANCE}::test_everybody_counts_exactly_the_cases_they_see",),
    ),
    Removal(
        "an answer given before it was promised is judged by the present",
        "src/moked/sla/operations/clock.py",
        "            restate(one, (), at)\n        one.last_due_at",
        "        one.last_due_at",
        (
            "tests/sla/test_promises.py::"
            "test_an_answer_given_before_it_was_promised_is_judged_by_when_it_was_given",
        ),
    ),
    Removal(
        "an exported timeline names people and cases by their ids",
        "src/moked/exchange/exports/timeline.py",
        'return "" if value.isdecimal() else value',
        "return value",
        (f"{IMPORTS}test_timeline.py::test_all_that_happened_is_told_in_codes_and_in_the_order_of_time",),
    ),
    # Hand-overs to external bodies
    Removal(
        "a body reads all details of the reporter",
        "src/moked/handovers/queries.py",
        "details=permitted(sees, _details(case)) if sees else {},",
        "details=_details(case),",
        ("tests/handovers/test_mails.py::test_a_body_sees_what_its_settings_allow_when_the_mail_is_sent",),
    ),
    Removal(
        "contact details in the words of a report reach a body",
        "src/moked/handovers/queries.py",
        "words=words if reads_contact_details(sees) else without_contact_details(words),",
        "words=words,",
        (
            "tests/handovers/test_mails.py::"
            "test_contact_details_in_the_words_of_a_report_stay_here_unless_they_are_permitted",
        ),
    ),
    Removal(
        "a body can answer again and again",
        "src/moked/handovers/rules.py",
        '    if is_answered:\n        return "ALREADY_ANSWERED"\n',
        "",
        ("tests/handovers/test_hand_overs.py::test_after_its_last_words_a_body_says_no_more",),
    ),
    Removal(
        "photos stay behind the link of a case that was taken back",
        "src/moked/handovers/queries.py",
        "    if not (hand_over.is_open and hand_over.case.is_open):\n        return None\n",
        "",
        ("tests/web/portal/test_hand_over.py::test_a_case_taken_back_is_shown_to_nobody_any_more",),
    ),
    Removal(
        "an answer after closing counts like any other",
        "src/moked/handovers/rules.py",
        "    return state not in OPEN or not is_case_open\n",
        "    return False\n",
        (
            "tests/handovers/test_hand_overs.py::"
            "test_an_answer_after_the_case_was_closed_is_kept_and_changes_nothing_else",
        ),
    ),
    # What is done by itself
    Removal(
        "rules lead to one another without end",
        "src/moked/processes/rules.py",
        "return code not in self.codes and len(self.codes) < DEEPEST",
        "return code not in self.codes",
        ("tests/processes/test_reacting.py::test_a_chain_has_five_links_at_most",),
    ),
    Removal(
        "a rule may follow from itself",
        "src/moked/processes/rules.py",
        "return code not in self.codes and len(self.codes) < DEEPEST",
        "return len(self.codes) < DEEPEST",
        (
            "tests/processes/test_reacting.py::test_two_rules_that_undo_each_other_end_with_a_line_on_the_timeline",
        ),
    ),
    Removal(
        "a condition is asked only once",
        "src/moked/processes/operations/reacting.py",
        "        self.done += 1\n        self._look_again()\n",
        "        self.done += 1\n",
        (
            "tests/processes/test_reacting.py::test_all_that_match_are_done_in_order_each_on_what_the_one_before_left",
        ),
    ),
    Removal(
        "a case that has gone on is reacted on",
        "src/moked/processes/operations/reacting.py",
        "            return case.state == occurrence.state\n",
        "            return True\n",
        ("tests/processes/test_reacting.py::test_a_case_that_has_gone_on_meanwhile_is_not_reacted_on",),
    ),
    Removal(
        "a rule is followed whatever it names",
        "src/moked/processes/operations/reacting.py",
        "gone_from(reaction, self._known)",
        "None",
        (
            "tests/processes/test_reacting.py::test_a_rule_whose_target_was_retired_is_skipped_visibly_and_the_others_go_on",
        ),
    ),
    Removal(
        "half a reaction stays done",
        "src/moked/processes/operations/reacting.py",
        "with transaction.atomic(), collected() as event_ids:",
        "with collected() as event_ids:",
        (
            "tests/processes/test_reacting.py::test_what_cannot_be_done_is_taken_back_as_a_whole_and_the_others_go_on",
        ),
    ),
    Removal(
        "a rule reacts on another town's case",
        "src/moked/processes/operations/reacting.py",
        "        municipality_id=municipality_id, id=case_id, is_spam",
        "        id=case_id, is_spam",
        ("tests/processes/test_reacting.py::test_an_event_that_names_a_case_of_another_town_does_nothing",),
    ),
    Removal(
        "what a rule writes counts as an answer",
        "src/moked/cases/operations/conversation.py",
        "steps.keep_words_to_resident(case, body, by, now)",
        "steps.write_to_resident(case, body, by, now, None)",
        ("tests/processes/test_reacting.py::test_words_of_a_rule_reach_the_resident_and_count_as_no_answer",),
    ),
    Removal(
        "a timer decides, not the facts",
        "src/moked/processes/operations/timing.py",
        "one.at <= now and not matter.was_done",
        "not matter.was_done",
        (
            "tests/processes/test_timing.py::test_a_resident_is_reminded_and_then_told_of_the_closing_each_once",
        ),
    ),
    Removal(
        "reminded and closed in one breath",
        "src/moked/processes/operations/timing.py",
        "if one.at < matching[-1].at and _same_wait(one, matching[-1]):",
        "if False:",
        ("tests/processes/test_timing.py::test_after_a_long_stop_only_what_was_due_last_is_done",),
    ),
    Removal(
        "who publishes last wins",
        "src/moked/processes/operations/publishing.py",
        "if base is not None and base != row.number:",
        "if False:",
        ("tests/processes/test_rules.py::test_who_began_from_an_older_revision_overwrites_nothing",),
    ),
    Removal(
        "a dry run counts cases its reader may not see",
        "src/moked/processes/queries/trials.py",
        "Case.objects.visible_to(actor).filter(is_spam",
        "Case.objects.filter(is_spam",
        (
            "tests/processes/test_trials.py::test_only_the_chosen_cases_of_the_own_town_that_may_be_seen_are_tried",
        ),
    ),
)
