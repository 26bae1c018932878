"""Knowing residents again."""

import threading

import pytest
from django.db import connection, transaction

from moked.residents import operations
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

    def look_together(*args) -> Resident | None:
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
