"""Cases are found by what was said on them, by whoever may read it, and by nobody else."""

import dataclasses
import importlib
import io
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from moked.accounts.rules import Role, resident, system
from moked.cases import bulk, operations, queries
from moked.cases.events import CasesWithdrawn
from moked.cases.models import Case
from moked.cases.operations import indexing
from moked.cases.rules import Channel, Outcome, ReviewReason, case_number, numbers_meant
from moked.events import projections
from moked.events.operations import publish_history
from moked.places.rules import Place
from moked.search import queries as documents
from moked.search.models import Document
from moked.search.rules import comparable
from tests.counting import catch_up
from tests.factories import (
    NOW,
    make_actor,
    make_case,
    make_department,
    make_follower,
    make_service,
    make_town,
)

pytestmark = pytest.mark.django_db
searching = importlib.import_module("moked.cases.queries.search")


def found(actor, text: str, **how) -> list[int]:
    return [one.case.pk for one in queries.search(actor, text, **how).found]


def past(service, matter: str = "An old hole", **more) -> bulk.PastCase:
    return bulk.PastCase(
        service=service,
        matter=matter,
        opened_at=NOW - timedelta(days=300),
        channel=Channel.WEB,
        language="en",
        **more,
    )


def consistent() -> None:
    """Check that each case has a document that says what a new one would."""
    assert queries.search_tallies() and all(one.cases == one.documents for one in queries.search_tallies())
    assert documents.index_size() == Document.objects.count()
    kept = {one.object_id: (one.scope, one.text, one.people) for one in Document.objects.all()}
    words = searching.words_of(Case.objects.all())
    for case in Case.objects.all():
        made = indexing._document(case, words[case.pk])
        assert kept[case.pk] == (case.department_id, comparable(made.text), comparable(made.people))


def test_whatever_is_said_on_a_case_finds_it_at_once():
    town = make_town()
    service = make_service(town, is_public=True)
    agent = make_actor(town, Role.AGENT)
    case = make_case(
        town, service=service, matter="Rozbitá lampa", name="Jana Nováková", email="jana@example.cz"
    )
    make_case(town, service=service, matter="Something else")
    of_case = {"case_id": case.pk, "by": agent, "now": NOW}
    assert found(agent, "rozbita lampa") == found(agent, "novakova") == found(agent, "jana@example.cz")
    operations.add_note(**of_case, body="The ladder is in the shed")
    operations.reply(**of_case, body="We bring a spare bulb")
    operations.change_place(**of_case, place=Place("Vodičkova 12"))
    operations.add_resident_contact(
        case_id=case.pk, body="It flickers", channel=Channel.WEB, by=resident(town.pk), now=NOW
    )
    operations.edit_public_words(**of_case, title="Lantern out")
    operations.close_case(**of_case, outcome=Outcome.FIXED, message="Replaced it")
    operations.open_review(case_id=case.pk, reason=ReviewReason.NOT_FIXED, by=resident(town.pk), now=NOW)
    operations.reopen(**of_case, message="Sorry, once more")
    for words in (
        "ladder shed",
        "spare bulb",
        "lantern",
        "vodickova 12",
        "flickers",
        "replaced",
        "once more ladder",
    ):
        assert found(agent, words) == [case.pk], words
    assert found(agent, "ladder absent") == []
    consistent()


def test_merging_joining_and_moving_keep_the_search_up_to_date():
    town = make_town()
    first, second = make_department(town), make_department(town)
    service = make_service(town, department=first, is_public=True)
    agent = make_actor(town, Role.AGENT)
    case = make_case(town, service=service, matter="A hole here", name="Ann Brook")
    other = make_case(town, service=service, matter="The gap there", name="Bob Creek")
    operations.merge_case(case_id=other.pk, into_id=case.pk, by=agent, now=NOW)
    assert found(agent, "creek") == [other.pk, case.pk]
    consistent()
    operations.unmerge_case(case_id=other.pk, by=agent, now=NOW)
    assert found(agent, "creek") == [other.pk]
    make_follower(case, email="carl@example.org")
    assert found(agent, "carl@example.org") == [case.pk]
    operations.assign(case_id=case.pk, department_id=second.pk, assignee_id=None, by=agent, now=NOW)
    assert found(make_actor(town, Role.DEPARTMENT_WORKER, department=second), "hole") == [case.pk]
    assert found(make_actor(town, Role.DEPARTMENT_WORKER, department=first), "hole") == []
    operations.change_service(case_id=case.pk, service_id=make_service(town).pk, by=agent, now=NOW)
    operations.split_case(case_id=other.pk, matter="Also a tree", service_id=service.pk, by=agent, now=NOW)
    consistent()


def test_a_number_in_any_form_finds_its_case():
    town = make_town()
    agent = make_actor(town, Role.AGENT)
    case = make_case(town)
    make_case(town)
    running = str(int(case.number[3:9]))
    for typed in (
        case.number,
        case.number.replace("-", ""),
        f"  {case.number[:-2]} ",
        running,
        f"#{running}",
    ):
        assert found(agent, typed) == [case.pk], typed
    assert found(make_actor(town, Role.DEPARTMENT_WORKER), case.number) == []


def test_numbers_are_read_as_people_type_them():
    whole = case_number(2026, 123)
    assert numbers_meant(whole, []) == numbers_meant(f"[{whole}]", [2025]) == [whole]
    assert [one[:9] for one in numbers_meant("123", [2025, 2026])] == ["25-000123", "26-000123"]
    assert [one[:9] for one in numbers_meant("26/123", [])] == ["26-000123"]
    assert [one[:9] for one in numbers_meant("2026-123", [])] == ["26-000123"]
    assert [one[:9] for one in numbers_meant("26000123", [])] == ["26-000123"]
    assert numbers_meant("x" * 5000 + "26", [2026]) == numbers_meant("tree 12", [2026]) == []


@pytest.mark.parametrize("typed", ["0501234567", "050-123 4567", "+972 50 123 4567", "٠٥٠١٢٣٤٥٦٧", "1234567"])
def test_a_phone_number_in_any_form_finds_the_persons_cases(typed: str):
    town = make_town()
    case = make_case(town, name="Dana Levi", phone="050-1234567")
    make_case(town, name="Somebody Else", phone="054-7654321")
    assert found(make_actor(town, Role.AGENT), typed) == [case.pk]


def test_two_letters_find_whole_names_and_numbers_and_never_touch_the_index(django_assert_num_queries):
    town = make_town()
    agent = make_actor(town, Role.AGENT)
    case = make_case(town, matter="עץ נפל", name="בן לי")
    make_case(town, matter="עץ אחר", name="בנימין")
    assert found(agent, "לי") == found(agent, "בן לי") == [case.pk]
    assert found(agent, "עץ") == []
    assert queries.search(agent, "עץ").is_too_short and not queries.search(agent, "נפל").is_too_short
    assert found(agent, "נפל עץ") == [case.pk]


def test_final_letters_and_diacritics_do_not_matter():
    town = make_town()
    agent = make_actor(town, Role.AGENT)
    hebrew = make_case(town, matter="מים זורמים ברחוב")
    hungarian = make_case(town, matter="Kátyú a Kőműves utcában")
    assert found(agent, "מימ זורמימ") == found(agent, "מַיִם") == [hebrew.pk]
    assert found(agent, "katyu komuves") == [hungarian.pk]


def test_names_and_numbers_find_nothing_for_whom_they_are_masked():
    town = make_town()
    own, other = make_department(town), make_department(town)
    case = make_case(
        town,
        service=make_service(town, department=own),
        matter="A hole",
        name="Dana Levi",
        phone="0501234567",
    )
    elsewhere = make_case(
        town,
        service=make_service(town, department=other),
        matter="A gap",
        name="Dana Levi",
        phone="0501234567",
    )
    full = make_actor(town, Role.AGENT)
    manager = make_actor(town, Role.DEPARTMENT_MANAGER, department=own)
    for typed in ("levi", "dana", "0501234567", "1234567", "4567"):
        assert set(found(full, typed)) == {case.pk, elsewhere.pk}, typed
        assert found(manager, typed) == [case.pk], typed
        for role in (Role.DEPARTMENT_WORKER, Role.AUDITOR):
            assert (
                found(make_actor(town, role, department=own if role != Role.AUDITOR else None), typed) == []
            )
    worker = make_actor(town, Role.DEPARTMENT_WORKER, department=own)
    assert found(worker, "hole") == [case.pk] and found(worker, "hole levi") == []


def test_a_phone_number_finds_only_cases_on_which_it_may_be_read():
    town = make_town()
    managed, other = make_department(town), make_department(town)
    dana = {"name": "Dana Levi", "email": "dana@example.org", "phone": "0501234567"}
    case = make_case(town, service=make_service(town, department=managed), matter="A hole", **dana)
    seen = make_case(town, service=make_service(town, department=other), matter="A gap", **dana)
    manager = make_actor(town, Role.DEPARTMENT_MANAGER, department=managed)
    manager = dataclasses.replace(manager, department_ids=manager.department_ids | {other.pk})
    assert found(manager, "hole") + found(manager, "gap") == [case.pk, seen.pk]
    for typed in ("0501234567", "dana@example.org", "levi"):
        assert found(manager, typed) == [case.pk], typed


def test_an_excerpt_never_shows_what_is_masked():
    town = make_town()
    auditor, agent = make_actor(town, Role.AUDITOR), make_actor(town, Role.AGENT)
    case = make_case(town, matter="Something", name="Hole Road")
    for body in ("By the hole", "By the road"):
        operations.add_note(case_id=case.pk, body=body, by=agent, now=NOW)
    (one,) = queries.search(agent, "hole road").found
    assert [piece.text for piece in one.excerpt] == ["Hole", " ", "Road"]
    (one,) = queries.search(auditor, "hole road").found
    assert [piece.text for piece in one.excerpt] == ["By the ", "hole"]


def test_open_and_closed_can_be_asked_for_by_themselves():
    town = make_town()
    agent = make_actor(town, Role.AGENT)
    service = make_service(town)
    is_open, closed = (make_case(town, service=service, matter="A hole") for _ in range(2))
    operations.close_case(case_id=closed.pk, outcome=Outcome.FIXED, message="Filled", by=agent, now=NOW)
    assert found(agent, "hole") == [closed.pk, is_open.pk]
    assert found(agent, "hole", state="open") == [is_open.pk]
    assert found(agent, "hole", state="closed") == [closed.pk]


def test_pages_follow_by_key_without_gap_or_repeat(monkeypatch):
    monkeypatch.setattr(searching, "PAGE", 2)
    town = make_town()
    service = make_service(town)
    made = [
        make_case(town, service=service, matter="A hole", now=NOW + timedelta(hours=n // 2)) for n in range(5)
    ]
    agent = make_actor(town, Role.AGENT)
    seen, key = [], None
    while True:
        page = queries.search(agent, "hole", after=key)
        seen += [one.case.pk for one in page.found]
        assert page.total == 5
        if (key := page.next_key) is None:
            break
    assert seen == [case.pk for case in reversed(made)]
    for broken in ("", "x", "\x00", "9" * 40, "1.5"):
        assert queries.search(agent, "hole", after=broken).found[0].case.pk == made[-1].pk


def test_no_more_than_the_newest_are_found(monkeypatch):
    monkeypatch.setattr(searching, "MOST_FOUND", 3)
    town = make_town()
    service = make_service(town)
    made = [make_case(town, service=service, matter="A hole").pk for _ in range(5)]
    page = queries.search(make_actor(town, Role.AGENT), "hole")
    assert (page.total, [one.case.pk for one in page.found]) == (3, made[:1:-1])


@pytest.mark.parametrize("count", [1, 3])
def test_a_search_takes_the_same_queries_for_any_number_of_cases(count: int, django_assert_num_queries):
    town = make_town()
    service = make_service(town)
    for number in range(count):
        make_case(town, service=service, matter="A hole", email=f"ann{number}@example.org")
    agent = make_actor(town, Role.AGENT)
    # documents (on PostgreSQL first how far to look), visible ones, rows, contacts, notes, answers, people
    with django_assert_num_queries(7 if connection.vendor == "sqlite" else 8):
        for one in queries.search(agent, "hole").found:
            _ = one.case.service.name, one.case.department.name, one.excerpt


@pytest.mark.django_db(transaction=True)
def test_histories_written_in_bulk_are_found_after_the_worker_has_read_of_them():
    town = make_town()
    service = make_service(town)
    agent = make_actor(town, Role.AGENT)
    live = make_case(town, service=service, matter="A new hole")
    (batch,) = bulk.open_many(town, [past(service), past(service, "A tree")])
    assert found(agent, "hole") == [live.pk]
    catch_up()
    assert found(agent, "hole") == [live.pk, batch[0].pk]
    consistent()
    operations.add_note(case_id=batch[1].pk, body="Cut the hole", by=agent, now=NOW)
    assert len(found(agent, "hole")) == 3


@pytest.mark.django_db(transaction=True)
def test_cases_withdrawn_lose_their_documents():
    town = make_town()
    service = make_service(town)
    (batch,) = bulk.open_many(town, [past(service)])
    catch_up()
    withdrawn = CasesWithdrawn(municipality_id=town.pk, case_ids=(batch[0].pk,))
    with transaction.atomic():
        publish_history([(withdrawn, NOW)])
    catch_up()
    assert not Document.objects.exists() and documents.index_size() == 0


@pytest.mark.django_db(transaction=True)
def test_a_transaction_of_the_projection_takes_as_many_cases_as_it_bears(monkeypatch):
    monkeypatch.setattr(projections, "FIRST", 3)
    monkeypatch.setattr(projections, "_paces", {})
    monkeypatch.setattr("moked.cases.bulk.writing.CASES_AN_EVENT", 2)
    town = make_town()
    service = make_service(town)
    for _batch in bulk.open_many(town, [past(service) for _ in range(5)]):
        pass
    taken: list[int] = []
    index_missing = indexing.index_missing
    monkeypatch.setattr(
        "moked.cases.projections.index_missing", lambda ids: taken.append(len(set(ids))) or index_missing(ids)
    )
    catch_up()
    assert [one for one in taken if one] == [2, 3]
    consistent()


def run(command: str, *arguments: str) -> str:
    out = io.StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


def test_rebuilding_writes_what_is_missing_or_wrong_and_drops_what_belongs_to_nothing():
    town = make_town()
    service = make_service(town)
    list(bulk.open_many(town, [past(service)]))
    case = make_case(town, service=service, matter="A hole")
    with pytest.raises(SystemExit) as difference:
        run("check_search")
    assert difference.value.code == 1
    Case.objects.filter(pk=case.pk).update(address="Elm Street 5")
    indexing.documents.add("CASE", [indexing.documents.Words(town.pk, 10**6, NOW, None, ["stray"])])
    said = run("rebuild_search")
    assert "2 of 2 cases, 1 of them had been missing" in said and "1 documents belonged to no case" in said
    consistent()
    assert found(make_actor(town, Role.AGENT), "elm street") == [case.pk]
    assert f"{town.slug}: 2 cases, 2 documents" in run("check_search")


def test_rebuilding_everything_goes_on_where_it_was_stopped(monkeypatch):
    monkeypatch.setattr(indexing, "BATCH", 2)
    town = make_town()
    service = make_service(town)
    for _ in range(5):
        make_case(town, service=service)
    index_again, calls = indexing.index_again, []

    def stopped(ids):
        calls.append(ids)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return index_again(ids)

    command = "moked.cases.management.commands.rebuild_search.index_again"
    with monkeypatch.context() as patch:
        patch.setattr(command, stopped)
        with pytest.raises(KeyboardInterrupt):
            run("rebuild_search", "--all")
    assert Document.objects.count() == 2
    assert "5 of 5 cases, 3 of them had been missing" in run("rebuild_search")
    consistent()


def test_the_worker_itself_may_search():
    town = make_town()
    case = make_case(town, matter="A hole", name="Ann Brook")
    assert found(system(town.pk), "hole brook") == [case.pk]
