"""Abuse that is known to succeed. Each entry goes as soon as it is mended: its test then demands it."""

import pytest

BROKEN = {
    "test_who_knows_a_phone_number_is_not_told_what_its_owner_reported": "residents.identify joins by phone",
    "test_who_used_a_phone_number_before_its_owner_is_not_sent_the_owners_link": "the same",
    "test_who_used_a_phone_number_before_is_not_told_what_its_owner_says": "the same",
    "test_answers_go_to_the_address_given_with_the_matter": (
        "notices take the resident's oldest address, not the one given with the case"
    ),
    "test_an_auditor_who_also_works_in_a_department_changes_only_its_cases": (
        "Actor.may_work asks for the role, not for the case it is for"
    ),
    "test_an_auditor_who_also_manages_a_department_reads_details_of_its_cases_only": (
        "Actor.sees_contact_details asks for the role, not for the case it is for"
    ),
    "test_a_worker_of_one_department_who_manages_another_reads_details_only_there": "the same",
    "test_behind_a_proxy_that_ends_tls_forms_are_taken": (
        "the application believes it is spoken to by http, so each form of an https page is refused: 403"
    ),
    "test_controls_of_the_second_set_are_not_kept": "base.text keeps U+0080 to U+009F",
    "test_words_nobody_can_see_are_no_words[": (
        "base.text takes marks nobody can see for words, so an empty mail is sent"
    ),
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for name, reason in BROKEN.items():
            if item.name.startswith(name):
                item.add_marker(pytest.mark.xfail(reason=reason, strict=True))
