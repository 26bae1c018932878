"""Labels in the settings: added, renamed, coloured, retired and brought back; how many cases have each."""

import pytest

from moked.accounts.rules import Role, system
from moked.cases.models import Label
from moked.cases.operations import change_labels
from moked.routing.operations import publish_rules
from tests.factories import NOW, make_case, make_label, make_staff
from tests.routing.making import rule
from tests.web.desk.pages import count, text

URL = "/desk/settings/labels/"


def save(client, address, name, **said):
    return client.post(address, {"step": "save", "name_en": name, "name_he": "", "colour": ""} | said)


def test_the_first_label_is_asked_for_and_listed_once_it_is_there(manager, town):
    page = text(manager.get(URL))
    assert "There is no label yet" in page and "Begin with a word" in page
    response = save(manager, f"{URL}new/", "Storm", name_he="סערה", colour="BLUE")
    assert (response.status_code, response["Location"]) == (303, URL)
    made = Label.objects.get()
    assert (made.code, made.name, made.colour) == ("storm", {"en": "Storm", "he": "סערה"}, "BLUE")
    page = manager.get(URL)
    assert count(page, "label-row") == 1 and "Storm on no open case" in text(page)


@pytest.mark.parametrize("size", [1, 3])
def test_the_list_counts_open_cases_in_as_many_queries_for_one_label_as_for_three(
    size, manager, town, django_assert_num_queries
):
    label = make_label(town, "Storm")
    for number in range(size):
        make_label(town)
        case = make_case(town, matter=f"Case {number}")
        change_labels(case_id=case.pk, add=[label.code], by=system(town.pk), now=NOW)
    manager.get(URL)
    with django_assert_num_queries(8):
        page = manager.get(URL)
    assert f"on {size} open case" in text(page)
    assert f'href="/desk/?label={label.code}"' in page.content.decode()


def test_a_label_is_renamed_and_coloured_retired_and_restored_with_its_history(manager, town):
    label = make_label(town, "Storm")
    address = f"{URL}{label.code}/"
    assert save(manager, address, "Gale", colour="RED").status_code == 303
    for step, heading in (("retire", True), ("restore", False)):
        assert manager.post(address, {"step": step}).status_code == 303
        label.refresh_from_db()
        assert (label.name, label.colour, label.is_retired) == ({"en": "Gale"}, "RED", heading)
        assert ("They stay on the cases that have them." in text(manager.get(URL))) is heading
    history = f"/desk/settings/history/label/{label.code}/"
    page = text(manager.get(history))
    assert "Storm" in page and "Red" in page
    assert manager.post(history, {"number": "1"}).status_code == 303
    label.refresh_from_db()
    assert (label.name, label.colour) == ({"en": "Storm"}, "")


@pytest.mark.parametrize(
    ("name", "said", "words"),
    [
        ("", {}, "Write the name in the language of the town."),
        ("storm", {}, "There is a label of this name already. Write another name, or restore that one."),
        ("x" * 41, {}, "Shorten this by at least 1 character"),
        ("Rain", {"colour": "PINK"}, "Choose one of the answers shown."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(manager, town, name, said, words):
    make_label(town, "Storm")
    other = make_label(town, "School")
    for address in (f"{URL}new/", f"{URL}{other.code}/"):
        response = save(manager, address, name, **said)
        assert response.status_code == 200 and words in text(response)
        assert "<title>Error:" in response.content.decode()
    assert set(Label.objects.values_list("code", flat=True)) == {"storm", "school"}


def test_a_label_that_a_rule_adds_is_not_retired_and_the_page_says_why(manager, town):
    label = make_label(town, "Storm")
    publish_rules(municipality=town, rules=[rule(labels=(label.code,))], by_user_id=None, now=NOW)
    page = manager.post(f"{URL}{label.code}/", {"step": "retire"})
    assert "A routing rule adds this label. Change the rule first." in text(page)
    label.refresh_from_db()
    assert not label.is_retired


@pytest.mark.parametrize("role", [Role.AGENT, Role.ADMINISTRATOR, Role.AUDITOR])
def test_only_who_manages_services_sets_labels(role, town, sign_in):
    label = make_label(town, "Storm")
    browser = sign_in(make_staff(town, role))
    assert browser.get(URL).status_code == 404
    assert save(browser, f"{URL}{label.code}/", "Gale").status_code == 404
