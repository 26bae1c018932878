"""A08: what belongs to one town is out of reach from another, by session, path, host, id and worker."""

import pytest
from django.core.cache import cache
from django.test import Client

from moked.accounts.queries import actor_for
from moked.accounts.rules import system
from moked.cases import operations as cases
from moked.cases.models import Case
from moked.cases.rules import Channel
from moked.events.models import Event, OutboxRow
from moked.intake.operations import report, write_again
from moked.municipalities.models import Host
from moked.notices.models import Notice
from moked.residents.models import ContactPoint
from moked.residents.operations import ContactDetails
from moked.surveys.operations import UnableToAnswer, answer
from tests.abuse.answers import changed, rows
from tests.abuse.world import World, address, browser, make_world, secret, signed_in
from tests.counting import catch_up
from tests.factories import NOW, make_case, make_service, make_town

pytestmark = pytest.mark.abuse("A08")


@pytest.fixture
def world(db) -> World:
    cache.clear()
    return make_world()


@pytest.fixture
def hosts(world: World, settings) -> tuple[str, str]:
    """Give each town a host of its own."""
    names = ("ours.example", "theirs.example")
    for town, name in zip((world.town, world.other_town), names, strict=True):
        Host.objects.create(municipality=town, host=name, is_canonical=True)
    settings.ALLOWED_HOSTS = [*names, "testserver"]
    return names


def test_a_session_of_one_town_is_nobody_on_the_other_towns_host(world: World, hosts) -> None:
    ours, theirs = hosts
    client = signed_in(world.people["agent"])
    own, foreign = world.sides["own"], world.sides["other_town"]
    assert (
        own.open_mark
        in client.get(f"/desk/cases/{own.open.number}/", headers={"host": ours}).content.decode()
    )
    for number in (own.open.number, foreign.open.number):
        response = client.get(f"/desk/cases/{number}/", headers={"host": theirs})
        assert response.status_code == 404
    assert client.get("/desk/", headers={"host": theirs}).status_code == 404


def test_a_towns_host_serves_no_other_town_by_path(world: World, hosts) -> None:
    ours, _ = hosts
    client = signed_in(world.people["stranger"])
    number = world.sides["other_town"].open.number
    for path in (f"/t/{world.other_town.slug}/desk/cases/{number}/", f"/t/{world.other_town.slug}/"):
        assert client.get(path, headers={"host": ours}).status_code == 404


def test_a_tracking_link_of_one_town_opens_nothing_on_the_other_towns_host(world: World, hosts) -> None:
    ours, theirs = hosts
    path = f"/track/{secret(world.sides['own'].open)}/"
    assert Client().get(path, headers={"host": ours}).status_code == 200
    assert Client().get(path, headers={"host": theirs}).status_code == 404


@pytest.mark.parametrize(
    "prefix", ["//t/{}/", "/t//{}/", "/t/{}//", "/T/{}/", "/t/{}%00/", "/t/%2e%2e/t/{}/"]
)
def test_a_town_is_found_by_its_plain_path_only(prefix: str, world: World) -> None:
    client = browser(world, "stranger")
    number = world.sides["other_town"].open.number
    path = prefix.format(world.other_town.slug) + f"desk/cases/{number}/"
    assert client.get(path, follow=True).status_code == 404


def test_a_path_in_a_path_does_not_change_the_town(world: World) -> None:
    """The stranger's own town inside the path of ours: rights and object must come from the same one."""
    number = world.sides["own"].open.number
    for path in (
        f"/t/{world.town.slug}/t/{world.other_town.slug}/desk/cases/{number}/",
        f"/t/{world.other_town.slug}/t/{world.town.slug}/desk/cases/{number}/",
    ):
        assert browser(world, "stranger").get(path).status_code == 404


def test_operations_refuse_an_actor_of_another_town(world: World) -> None:
    foreign = world.sides["other_town"]
    by = actor_for(world.people["agent"], world.town.pk)
    assert by is not None
    before = rows()
    attempts = [
        lambda actor: cases.reply(case_id=foreign.open.pk, body="x", by=actor, now=NOW),
        lambda actor: cases.add_note(case_id=foreign.open.pk, body="x", by=actor, now=NOW),
        lambda actor: cases.move(case_id=foreign.open.pk, target="SCHEDULED", by=actor, now=NOW),
        lambda actor: cases.assign(
            case_id=foreign.open.pk, department_id=None, assignee_id=None, by=actor, now=NOW
        ),
        lambda actor: cases.close_case(
            case_id=foreign.open.pk, outcome="FIXED", message="x", by=actor, now=NOW
        ),
        lambda actor: cases.reopen(case_id=foreign.closed.pk, message="x", by=actor, now=NOW),
        lambda actor: cases.answer_review(case_id=foreign.closed.pk, message="x", by=actor, now=NOW),
        lambda actor: cases.open_review(case_id=foreign.closed.pk, reason="NOT_FIXED", by=actor, now=NOW),
        lambda actor: write_again(case_id=foreign.open.pk, body="x", by=actor, now=NOW),
    ]
    for actor in (by, system(world.town.pk)):
        for attempt in attempts:
            with pytest.raises(cases.UnableToChangeCase) as refusal:
                attempt(actor)
            assert refusal.value.code == "NOT_FOUND"
    with pytest.raises(UnableToAnswer):
        answer(survey_id=1, fixed="NO", rating=None, words="", by=system(0), now=NOW)
    assert changed(before, rows()) == {}


def test_a_case_is_opened_with_a_service_of_its_own_town_only(world: World) -> None:
    before = rows()
    for town, by in (
        (world.town, world.town),
        (world.other_town, world.town),
        (world.town, world.other_town),
    ):
        service = world.sides["own" if town == world.other_town else "other_town"].open.service
        with pytest.raises(cases.UnableToOpenCase) as refusal:
            report(
                municipality=town,
                service=service,
                matter="x",
                channel=Channel.WEB,
                language="en",
                details=ContactDetails(),
                by=system(by.pk),
                now=NOW,
            )
        assert refusal.value.code == "WRONG_TOWN"
    assert changed(before, rows()) == {}


def test_a_case_is_given_only_to_who_handles_cases_in_its_town(world: World) -> None:
    case = world.sides["own"].open
    by = actor_for(world.people["service_manager"], world.town.pk)
    foreign = world.sides["other_town"].open
    for department, person in (
        (foreign.department_id, None),
        (None, world.people["stranger"].pk),
        (None, world.people["administrator"].pk),
        (None, world.people["auditor"].pk),
    ):
        with pytest.raises(cases.UnableToChangeCase) as refusal:
            cases.assign(case_id=case.pk, department_id=department, assignee_id=person, by=by, now=NOW)
        assert refusal.value.code == "UNKNOWN_HANDLER"


def test_the_same_address_is_two_residents_in_two_towns(db) -> None:
    towns = [make_town(), make_town()]
    for town in towns:
        make_case(town, email="ann@example.org", name=f"Ann of {town.slug}")
    points = ContactPoint.objects.filter(normalised="ann@example.org").select_related("resident")
    assert {(point.municipality_id, point.resident.name) for point in points} == {
        (town.pk, f"Ann of {town.slug}") for town in towns
    }
    assert len({point.resident_id for point in points}) == 2


def test_the_worker_tells_each_resident_in_the_name_of_their_own_town(db, sink, work) -> None:
    towns = [make_town(), make_town()]
    for town in towns:
        make_case(town, service=make_service(town), email="ann@example.org", matter=f"Matter in {town.slug}")
    work()
    assert len(sink.messages) == 2
    for mail, (sender, recipients) in zip(sink.messages, sink.envelopes, strict=True):
        [town] = [one for one in towns if one.sender == sender]
        [other] = [one for one in towns if one.sender != sender]
        assert recipients == ["ann@example.org"]
        for part in ("plain", "html"):
            said = mail.get_body((part,)).get_content()
            assert f"/t/{town.slug}/track/" in said
            assert town.slug in said and other.slug not in said
    assert {notice.municipality_id for notice in Notice.objects.all()} == {town.pk for town in towns}


def test_what_comes_of_an_event_belongs_to_its_town(world: World, sink, work) -> None:
    work()
    for row in OutboxRow.objects.select_related("event"):
        assert row.municipality_id == row.event.municipality_id == row.event.document["municipality_id"]
    for notice in Notice.objects.select_related("case", "recipient"):
        assert notice.municipality_id == notice.case.municipality_id == notice.recipient.municipality_id
    for event in Event.objects.filter(name="case.opened"):
        assert Case.objects.get(pk=event.document["case_id"]).municipality_id == event.municipality_id


def test_an_administrator_retries_dead_letters_of_their_own_town_only(world: World) -> None:
    OutboxRow.objects.update(state="DEAD", is_open=False, last_error="asleep")
    theirs = OutboxRow.objects.filter(municipality_id=world.other_town.pk)
    for row in theirs:
        path = address(world.town, "ops:retry", row_id=row.pk)
        assert browser(world, "administrator").post(path).status_code == 404
    assert set(theirs.values_list("state", flat=True)) == {"DEAD"}


def test_the_operations_page_shows_work_of_its_own_town_only(world: World) -> None:
    OutboxRow.objects.filter(municipality_id=world.other_town.pk).update(
        state="DEAD", is_open=False, last_error="planted-in-the-other-town"
    )
    page = browser(world, "administrator").get(address(world.town, "ops:operations")).content.decode()
    assert "planted-in-the-other-town" not in page
    page = browser(world, "stranger").get(address(world.other_town, "ops:operations")).content.decode()
    assert "planted-in-the-other-town" in page


def test_figures_count_their_own_town_only(transactional_db, world: World) -> None:
    catch_up()
    asked = {"format": "json", "from": f"{NOW:%Y-%m}", "to": f"{NOW:%Y-%m}"}
    ours = Client().get(address(world.town, "transparency:figures"), asked).json()
    theirs = Client().get(address(world.other_town, "transparency:figures"), asked).json()
    assert (ours["received"], theirs["received"]) == (7, 2)  # spam counts nowhere
    assert {one["name"] for one in ours["services"]}.isdisjoint(one["name"] for one in theirs["services"])
