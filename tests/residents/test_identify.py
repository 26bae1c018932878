"""Knowing residents again."""

import threading

import pytest
from django.db import connection, transaction

from moked.residents import operations
from moked.residents.bulk import identify_many
from moked.residents.models import ContactPoint, Resident
from moked.residents.operations import ContactDetails, identify
from moked.residents.rules import mask, normalise_email, normalise_phone
from tests.factories import NOW, make_town

pytestmark = pytest.mark.django_db


def known(town, **details) -> Resident | None:
    return identify(municipality_id=town.pk, details=ContactDetails(**details), language="en", now=NOW)


def test_nothing_given_is_nobody():
    assert known(make_town()) is None
    assert not Resident.objects.exists()


def test_the_same_address_is_the_same_person_however_it_is_written():
    town = make_town()
    first = known(town, name="Ann", email="Ann@Example.org")
    again = known(town, name="Anna B.", email=" ann@example.ORG ")
    assert first == again and first is not None
    first.refresh_from_db()
    assert first.name == "Ann"
    assert ContactPoint.objects.get().value == "Ann@Example.org"


def test_a_phone_of_a_known_person_is_added_once():
    town = make_town()
    first = known(town, email="ann@example.org")
    assert known(town, email="ann@example.org", phone="050-123 4567") == first
    assert known(town, email="ann@example.org", phone="(050) 1234567") == first
    assert list(ContactPoint.objects.order_by("id").values_list("kind", "normalised")) == [
        ("EMAIL", "ann@example.org"),
        ("PHONE", "0501234567"),
    ]


@pytest.mark.abuse("A11")
def test_a_phone_number_proves_nothing_and_may_be_shared():
    town = make_town()
    ann = known(town, email="ann@example.org", phone="0501234567")
    bob = known(town, phone="0501234567")
    carol = known(town, email="carol@example.org", phone="0501234567")
    assert len({ann, bob, carol}) == 3
    assert ContactPoint.objects.filter(normalised="0501234567").count() == 3


@pytest.mark.django_db(transaction=True)
def test_two_first_reports_at_the_same_moment_are_one_person(monkeypatch):
    town = make_town()
    both_looked = threading.Barrier(2)
    look = operations._known_by
    looks = threading.local()

    def look_together(*args) -> list[Resident]:
        found = look(*args)
        if connection.vendor == "postgresql" and not getattr(looks, "once", False):
            looks.once = True
            both_looked.wait(5)
        return found

    monkeypatch.setattr(operations, "_known_by", look_together)
    found = []

    def report() -> None:
        with transaction.atomic():
            found.append(known(town, name="Ann", email="ann@example.org"))
        connection.close()

    threads = [threading.Thread(target=report) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2 and found[0] == found[1] == Resident.objects.get()
    assert ContactPoint.objects.get().resident == found[0]


def household(town, *names: str) -> list[Resident]:
    """Return people who have one address, as a colleague said."""
    first = known(town, name=names[0], email="home@example.org")
    others = [
        identify(
            municipality_id=town.pk,
            details=ContactDetails(name=name, email="home@example.org"),
            language="en",
            now=NOW,
            is_somebody_else=True,
        )
        for name in names[1:]
    ]
    return [first, *others]


def test_a_colleague_says_that_somebody_else_has_the_same_address():
    town = make_town()
    ann, bob = household(town, "Ann", "Bob")
    assert ann != bob
    assert [point.shares for point in ContactPoint.objects.order_by("id")] == [False, True]


def test_somebody_else_of_the_same_name_or_of_none_at_the_same_address_is_the_same():
    town = make_town()
    first, same, nameless = household(town, "Ann Brook", "brook  ANN", "")
    assert same == nameless == first
    [again] = household(town, "Ann Brook")
    assert again == first


def test_at_a_shared_address_the_whole_name_tells_who_it_is_and_nothing_less():
    town = make_town()
    ann, bob = household(town, "Ann Brook", "Bob Brook")
    assert known(town, name="bob brook", email="HOME@example.org") == bob
    assert known(town, name="Ann Brook", email="home@example.org") == ann
    carol = known(town, name="Carol", email="home@example.org")
    initial = known(town, name="B. Brook", email="home@example.org")
    nameless = known(town, email="home@example.org")
    assert len({ann, bob, carol, initial, nameless}) == 5
    assert known(town, name="Carol", email="home@example.org") == carol
    assert known(town, email="home@example.org") == nameless


def test_an_address_that_was_retired_is_nobodys_until_somebody_gives_it():
    town = make_town()
    ann = known(town, name="Ann", email="ann@example.org")
    ContactPoint.objects.update(retired_at=NOW)
    later = known(town, name="Ann", email="ann@example.org")
    assert later != ann
    assert known(town, name="Anna", email="ann@example.org") == later
    said = ContactDetails(email="ann@example.org")
    assert identify(municipality_id=town.pk, details=said, language="en", now=NOW, known=ann) == ann
    assert not ContactPoint.objects.filter(retired_at__isnull=False).exists()


@pytest.mark.django_db(transaction=True)
def test_two_first_mails_of_one_more_person_at_a_shared_address_are_one_person(monkeypatch):
    town = make_town()
    with transaction.atomic():
        household(town, "Ann", "Bob")
    both_looked = threading.Barrier(2)
    look = operations._known_by
    looks = threading.local()

    def look_together(*args) -> list[Resident]:
        found = look(*args)
        if connection.vendor == "postgresql" and not getattr(looks, "once", False):
            looks.once = True
            both_looked.wait(5)
        return found

    monkeypatch.setattr(operations, "_known_by", look_together)
    found = []

    def report() -> None:
        with transaction.atomic():
            found.append(known(town, name="Carol", email="home@example.org"))
        connection.close()

    threads = [threading.Thread(target=report) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2 and found[0] == found[1]
    assert Resident.objects.count() == ContactPoint.objects.count() == 3


def test_histories_know_people_of_one_address_by_their_names_too():
    town = make_town()
    ann, bob = household(town, "Ann", "Bob")
    dan = known(town, name="Dan", email="dan@example.org")
    people = [
        *(ContactDetails(name=name, email="home@example.org") for name in ("Bob", "Carol", "carol", "Ann")),
        ContactDetails(name="Daniel", email="dan@example.org"),
    ]
    found, new = identify_many(town.pk, [(one, "en") for one in people], NOW)
    carol = found[1]
    assert found == [bob, carol, carol, ann, dan] and new == [carol.pk]
    assert known(town, name="Carol", email="home@example.org") == carol


@pytest.mark.abuse("A08")
def test_residents_of_two_towns_are_strangers():
    assert known(make_town(), email="ann@example.org") != known(make_town(), email="ann@example.org")


def test_a_name_alone_makes_a_person_each_time():
    town = make_town()
    assert known(town, name="Ann") != known(town, name="Ann")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("050-123 4567", "0501234567"),
        ("+972 (50) 123.4567", "+972501234567"),
        ("٠٥٠١٢٣٤٥٦٧", "0501234567"),
        ("call me", ""),
        ("", ""),
        ("12a4", ""),
    ],
)
def test_phones_are_compared_by_their_digits(typed, kept):
    assert normalise_phone(typed) == kept


def test_addresses_are_compared_without_case():
    assert normalise_email(" Ann@EXAMPLE.org") == "ann@example.org"


def test_a_masked_name_shows_its_first_letter_only():
    assert (mask("Ann"), mask("")) == ("A•••", "")
