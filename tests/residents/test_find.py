"""Finding residents by number, address and name."""

import pytest

from moked.municipalities.models import Municipality
from moked.residents import rules
from moked.residents.models import Resident
from moked.residents.operations import ContactDetails, identify
from moked.residents.queries import Reach, find, reach_of
from tests.factories import NOW, make_town


@pytest.fixture
def town(db) -> Municipality:
    return make_town()


def known(town: Municipality, name: str = "", **details: str) -> Resident:
    resident = identify(
        municipality_id=town.pk, details=ContactDetails(name=name, **details), language="en", now=NOW
    )
    assert resident is not None
    return resident


def names(town: Municipality, text: str, **options) -> list[str]:
    return [one.name for one in find(Resident.objects.all(), town.pk, text, **options)]


@pytest.mark.parametrize(
    ("kept", "typed", "is_found"),
    [
        ("050-123 4567", "0501234567", True),
        ("050-123 4567", "+972 50 123 4567", True),
        ("+972501234567", "(050) 123-4567", True),
        ("00972501234567", "0501234567", True),
        ("050-123 4567", "123 4567", True),
        ("123 4567", "050-123 4567", True),
        ("050-123 4567", "٠٥٠١٢٣٤٥٦٧", True),
        ("050-123 4567", "052-123 4567", False),
        ("050-123 4567", "4567", False),
        ("050-123 4567", "050-123", False),
        ("+420 777 123 456", "777123456", True),
        ("06 30 123 4567", "+36 30 123 4567", True),
        ("106", "106", False),
    ],
)
def test_a_phone_is_known_however_it_is_dialled(kept: str, typed: str, is_found: bool, town) -> None:
    known(town, "Ann", phone=kept)
    known(town, "Somebody else", phone="09-765 4321")
    assert names(town, typed) == (["Ann"] if is_found else [])


def test_everybody_of_a_shared_phone_is_found_the_newest_first(town) -> None:
    for name in ("Ann", "Bob", "Carol"):
        known(town, name, phone="0501234567")
    assert names(town, "050-1234567") == ["Carol", "Bob", "Ann"]


def test_an_address_has_to_be_whole(town) -> None:
    known(town, "Ann", email="Ann@Example.org")
    assert names(town, " ann@EXAMPLE.org") == ["Ann"]
    assert names(town, "ann@example") == []


@pytest.mark.parametrize(
    "typed",
    [
        "miriam levi",
        "levi miriam",
        "mir",
        "LEV",
        "mir lev",
        "miriam l",
        "Mírïam",
        "mirima",  # two letters swapped
        "miram",  # one missing
        "mirriam",  # one doubled
        "mitiam",  # one wrong
        "leivi",
        "lvei",
    ],
)
def test_a_name_is_found_by_the_beginning_of_any_word_with_few_errors(typed: str, town) -> None:
    known(town, "Miriam Levi")
    known(town, "Tom Field")
    assert names(town, typed) == ["Miriam Levi"]


@pytest.mark.parametrize(
    "typed", ["", " ", "m", "m l", "miriam field", "maria", "iriam", "%", "_ir", "levis tom"]
)
def test_other_names_are_not(typed: str, town) -> None:
    known(town, "Miriam Levi")
    known(town, "Tom Field")
    assert names(town, typed) == []


@pytest.mark.parametrize("typed", ["נועה", "לוי", "נועה ל", "נועא לוי", "כהנ"])
def test_hebrew_names_are_found(typed: str, town) -> None:
    known(town, "נועה לוי")
    known(town, "שרה כהן")
    wanted = "שרה כהן" if typed.startswith("כהנ") else "נועה לוי"
    assert names(town, typed) == [wanted]


def test_short_names_are_found_whole(town) -> None:
    known(town, "שירה גל")
    known(town, "Al Bo")
    assert names(town, "גל") == ["שירה גל"]
    assert names(town, "al") == ["Al Bo"]


def test_names_without_errors_come_before_those_with(town) -> None:
    known(town, "Dan Cohen")
    known(town, "Dan Cohne")
    assert names(town, "cohen") == ["Dan Cohen", "Dan Cohne"]


def test_no_more_are_returned_than_asked_for_and_they_are_the_newest(town) -> None:
    for number in range(12):
        known(town, "Dan Cohen", phone=f"05012345{number:02}")
    assert [one.pk for one in find(Resident.objects.all(), town.pk, "cohen")] == sorted(
        Resident.objects.values_list("pk", flat=True), reverse=True
    )[:8]


@pytest.mark.abuse("A08")
def test_nobody_of_another_town_is_found(town) -> None:
    known(make_town(), "Miriam Levi", email="m@example.org", phone="0501234567")
    assert [names(town, text) for text in ("miriam", "m@example.org", "0501234567")] == [[], [], []]


def test_only_those_among_whom_one_may_look_are_found(town) -> None:
    ann = known(town, "Ann Brook", phone="0501234567", email="ann@example.org")
    among = Resident.objects.exclude(pk=ann.pk)
    for text in ("ann", "0501234567", "ann@example.org"):
        assert find(among, town.pk, text) == []


def test_a_resident_is_reached_by_what_was_given_last(town) -> None:
    ann = known(town, "Ann", email="ann@example.org", phone="0501111111")
    known(town, email="ann@example.org", phone="0502222222")
    bob = known(town, "Bob")
    assert reach_of([ann, bob]) == {
        ann.pk: Reach(email="ann@example.org", phone="0502222222"),
        bob.pk: Reach(),
    }


def test_who_a_person_says_is_calling_is_that_resident_and_no_other(town) -> None:
    ann, bob = known(town, "Ann", email="ann@example.org"), known(town, "Bob", email="bob@example.org")
    said = ContactDetails(name="B.", email="ann@example.org", phone="0501234567")
    assert identify(municipality_id=town.pk, details=said, language="en", now=NOW, known=bob) == bob
    assert reach_of([ann, bob]) == {
        ann.pk: Reach(email="ann@example.org"),
        bob.pk: Reach(email="ann@example.org", phone="0501234567"),
    }


def test_a_masked_phone_shows_its_last_two_digits_only() -> None:
    assert (rules.mask_phone("050-123 4567"), rules.mask_phone("")) == ("•••67", "")
