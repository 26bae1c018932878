"""Danger in what is said makes a case urgent at once and says what to do meanwhile."""

import dataclasses
import tomllib
from datetime import timedelta
from typing import Any

import pytest

from moked.accounts.rules import Actor, Role, resident, system
from moked.cases import operations as cases
from moked.cases.facts import Fact
from moked.cases.models import Case, Change
from moked.cases.operations import Said
from moked.cases.rules import Channel
from moked.catalogue.rules import Priority
from moked.intake.operations import join, write_again
from moked.notices.models import StaffNotice
from moked.packs.contents import DANGERS
from moked.residents.operations import ContactDetails
from moked.routing.dangers import BadDangers, Danger, read, signs_of
from moked.routing.models import DangerSet
from moked.routing.operations import RulesChangedMeanwhile, publish_dangers
from moked.routing.queries import danger_of, dangerous
from tests.factories import NOW, make_actor, make_case, make_follower, make_service, make_staff, make_town

LATER = NOW + timedelta(hours=1)
GAS = Danger(
    "gas",
    {"en": "Smell of gas", "he": "ריח גז"},
    words={"en": ("smell of gas", "leak*"), "he": ("ריח גז",), "cs": ("cítím plyn",)},
    advice={"en": "Open the windows and call {phone}.", "he": "לפתוח חלונות ולהתקשר {phone}."},
)
HOLE = Danger("hole", {"en": "Open hole"}, answers=(("depth", ("DEEP",)),))


@pytest.fixture
def town(db):
    return make_town(emergency_phone="102")


def publish(town, *dangers: Danger, base: int | None = None) -> DangerSet:
    return publish_dangers(municipality=town, dangers=dangers, by_user_id=None, now=NOW, base=base)


def kinds(case: Case) -> list[str]:
    return list(Change.objects.filter(case=case).order_by("id").values_list("kind", flat=True))


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({Fact.WORDS: "There is a smell of gas here"}, "gas"),
        ({Fact.WORDS: "יש ריח גז בחדר המדרגות"}, "gas"),
        ({Fact.WORDS: "Ve sklepě cítím plyn"}, "gas"),
        ({Fact.WORDS: "a gas bill"}, None),
        ({Fact.WORDS: ""}, None),
        ({"answer.depth": "DEEP"}, "hole"),
        ({"answer.depth": ["FLAT", "DEEP"]}, "hole"),
        ({"answer.depth": "FLAT"}, None),
        ({Fact.SERVICE: "gas-leak"}, "leak"),
        ({Fact.WORDS: "leaking", Fact.SERVICE: "gas-leak"}, "gas"),
        ({}, None),
    ],
)
def test_any_sign_is_enough_whatever_its_language(facts: dict[str, Any], code: str | None) -> None:
    service = Danger("leak", {"en": "Leak"}, services=("gas-leak",))
    found = signs_of([GAS, HOLE, service]).first(facts)
    assert (found.code if found else None) == code


def test_dangers_come_back_from_their_document_as_they_were() -> None:
    assert read([GAS.as_document(), HOLE.as_document()]) == (GAS, HOLE)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"code": ""}, "NO_NAME"),
        ({"name": {}}, "NO_NAME"),
        ({"name": "Gas"}, "NO_NAME"),
        ({"words": ["gas"]}, "BAD_WORDS"),
        ({"words": {"en": "gas"}}, "BAD_WORDS"),
        ({"words": {"en": ["…"]}}, "BAD_WORDS"),
        ({"words": {"en": ["x" * 201]}}, "BAD_WORDS"),
        ({"words": {"en": [f"word{number}" for number in range(51)]}}, "BAD_WORDS"),
        ({"services": "gas"}, "BAD_WORDS"),
        ({"answers": ["depth"]}, "BAD_WORDS"),
        ({"answers": {"depth": "DEEP"}}, "BAD_WORDS"),
        ({"advice": {"en": "x" * 601}}, "BAD_ADVICE"),
        ({"words": {}}, "NO_SIGN"),
    ],
)
def test_a_danger_of_another_shape_is_refused(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(BadDangers) as refused:
        read([HOLE.as_document(), GAS.as_document() | changes])
    assert (refused.value.code, refused.value.number) == (code, 2)


def test_two_of_the_same_code_are_refused() -> None:
    with pytest.raises(BadDangers, match="SAME_CODE"):
        read([GAS.as_document(), GAS.as_document()])


def test_a_dangerous_case_is_urgent_at_once_and_its_resident_knows_what_to_do(town) -> None:
    publish(town, GAS)
    agent = make_staff(town, Role.AGENT)
    case = make_case(town, matter="A smell of gas in the yard.", language="he")
    case.refresh_from_db()
    assert (case.danger, case.priority) == ("gas", Priority.URGENT)
    assert case.advice == "לפתוח חלונות ולהתקשר 102."
    assert case.queue_at < NOW - timedelta(days=365)
    assert StaffNotice.objects.filter(case=case, user=agent, kind="URGENT").count() == 1
    assert [kind for kind in kinds(case) if kind in {"DANGER", "PRIORITY"}] == ["DANGER", "PRIORITY"]
    assert danger_of(case) == GAS


def test_what_is_not_dangerous_stays_as_it_is(town) -> None:
    publish(town, GAS)
    case = make_case(town, matter="My gas bill is wrong.")
    case.refresh_from_db()
    assert (case.danger, case.advice, case.priority) == ("", "", Priority.NORMAL)
    assert danger_of(case) is None
    assert not StaffNotice.objects.exists()


def test_an_urgent_service_is_told_once(town) -> None:
    publish(town, GAS)
    agent = make_staff(town, Role.AGENT)
    case = make_case(town, service=make_service(town, priority=Priority.URGENT), matter="Smell of gas.")
    assert StaffNotice.objects.filter(case=case, user=agent, kind="URGENT").count() == 1
    assert "DANGER" in kinds(case)


def test_an_answer_is_a_sign(town) -> None:
    DangerSet.objects.create(municipality=town, document=[HOLE.as_document()])
    case = make_case(town, said=Said(answers={"depth": "DEEP"}))
    case.refresh_from_db()
    assert (case.danger, case.priority) == ("hole", Priority.URGENT)


def test_what_a_resident_adds_is_looked_at_too(town) -> None:
    publish(town, GAS)
    case = make_case(town, matter="The pavement is broken.")
    for words, danger in (("Any news?", ""), ("Now there is a smell of gas!", "gas")):
        write_again(case_id=case.pk, body=words, by=resident(town.pk), now=LATER, submission=None)
        case.refresh_from_db()
        assert case.danger == danger
    assert case.priority == Priority.URGENT
    write_again(case_id=case.pk, body="Smell of gas!", by=resident(town.pk), now=LATER, submission=None)
    assert kinds(case).count("DANGER") == 1


def again(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def alarms(case: Case) -> int:
    return StaffNotice.objects.filter(case=case, kind="URGENT").count()


def write(case: Case, words: str = "Smell of gas!", **said: Any) -> None:
    write_again(case_id=case.pk, body=words, by=resident(case.municipality_id), now=LATER, **said)


def close(case: Case, by: Actor) -> None:
    cases.close_case(case_id=case.pk, outcome="FIXED", message="Done.", by=by, now=LATER)


def test_what_is_written_to_a_merged_case_makes_the_one_urgent_that_is_handled(town) -> None:
    publish(town, GAS)
    agent = make_actor(town, Role.AGENT)
    case, into, further = (make_case(town, matter="The pavement is broken.") for _ in range(3))
    for one, other in ((case, into), (into, further)):
        cases.merge_case(case_id=one.pk, into_id=other.pk, by=agent, now=NOW)
    write(case)
    assert (again(further).danger, again(further).priority) == ("gas", Priority.URGENT)
    assert [again(one).danger for one in (case, into)] == ["", ""]
    assert (alarms(further), alarms(case)) == (1, 0)


@pytest.mark.parametrize("by_follower", [False, True])
def test_danger_in_words_on_a_closed_case_is_told_at_once(town, by_follower: bool) -> None:
    publish(town, GAS)
    case = make_case(town, service=make_service(town, is_public=True), matter="The pavement is broken.")
    follower = make_follower(case) if by_follower else None
    close(case, make_actor(town, Role.AGENT))
    write(case, "Thank you.", follower=follower)
    assert (again(case).danger, alarms(case)) == ("", 0)
    for _ in range(2):
        write(case, follower=follower)
        found = again(case)
        assert (found.is_open, found.danger, found.priority) == (False, "gas", Priority.NORMAL)
        assert (alarms(case), kinds(case).count("DANGER")) == (1, 1)


@pytest.mark.parametrize("what", ["REVIEW", "REOPEN"])
def test_a_danger_that_is_back_after_the_case_was_closed_is_told_again(town, what: str) -> None:
    publish(town, GAS)
    agent = make_actor(town, Role.AGENT)
    case = make_case(town, service=make_service(town, closed_words=what), matter="A smell of gas.")
    assert alarms(case) == 1
    close(case, agent)
    for _ in range(2):
        write(case)
        assert (again(case).is_open, alarms(case)) == (what == "REOPEN", 2)


def test_a_case_that_somebody_calmed_is_urgent_once_its_danger_is_back(town) -> None:
    publish(town, GAS)
    agent = make_actor(town, Role.AGENT)
    case = make_case(town, service=make_service(town, closed_words="REOPEN"), matter="A smell of gas.")
    cases.set_priority(case_id=case.pk, priority=Priority.LOW, by=agent, now=NOW)
    write(case)
    assert (again(case).priority, alarms(case)) == (Priority.LOW, 1)
    close(case, agent)
    write(case)
    assert (again(case).priority, alarms(case)) == (Priority.URGENT, 2)


def test_what_somebody_says_whose_case_it_is_too_is_looked_at(town) -> None:
    publish(town, GAS)
    service = make_service(town, is_public=True)
    agent = make_staff(town, Role.AGENT)
    case, other = (make_case(town, service=service, matter="The pavement is broken.") for _ in range(2))
    join(
        case_id=case.pk,
        matter="Mine too, and there is a smell of gas.",
        channel=Channel.WEB,
        language="en",
        details=ContactDetails(),
        by=resident(town.pk),
        now=LATER,
    )
    follower = make_follower(other)
    assert again(other).danger == ""
    write(other, "It is a program that says: smell of gas.", said=Said(is_automatic=True))
    assert again(other).danger == ""
    write(other, follower=follower)
    for one in (case, other):
        found = again(one)
        assert (found.danger, found.priority, found.awaits_answer) == ("gas", Priority.URGENT, False)
        assert StaffNotice.objects.filter(case=one, user=agent, kind="URGENT").count() == 1


def test_what_a_follower_of_a_merged_case_says_counts_where_it_went(town) -> None:
    publish(town, GAS)
    service = make_service(town, is_public=True)
    case, into = (make_case(town, service=service, matter="The pavement is broken.") for _ in range(2))
    follower = make_follower(case)
    cases.merge_case(case_id=case.pk, into_id=into.pk, by=make_actor(town, Role.AGENT), now=NOW)
    write(case, follower=follower)
    assert (again(case).danger, again(into).danger, alarms(into)) == ("", "gas", 1)


def test_dangers_of_another_town_do_not_count(town) -> None:
    publish(make_town(), GAS)
    case = make_case(town, matter="A smell of gas.")
    case.refresh_from_db()
    assert case.danger == ""


def test_a_case_that_becomes_one_of_a_dangerous_service_is_urgent(town) -> None:
    service = make_service(town)
    publish(town, dataclasses.replace(GAS, services=(service.slug,)))
    case = make_case(town, matter="Something smells.")
    cases.change_service(case_id=case.pk, service_id=service.pk, by=system(town.pk), now=LATER)
    case.refresh_from_db()
    assert (case.danger, case.priority) == ("gas", Priority.URGENT)


def test_what_is_named_must_be_there_and_two_do_not_publish_at_once(town) -> None:
    for danger, code in (
        (dataclasses.replace(GAS, services=("none",)), "UNKNOWN_SERVICE"),
        (HOLE, "UNKNOWN_QUESTION"),
    ):
        with pytest.raises(BadDangers) as refused:
            publish(town, danger)
        assert refused.value.code == code
    publish(town, GAS, base=0)
    with pytest.raises(RulesChangedMeanwhile):
        publish(town, base=0)


def test_a_trial_tells_which_of_the_last_cases_were_dangerous(town) -> None:
    by = make_actor(town, Role.SERVICE_MANAGER)
    case = make_case(town, matter="A smell of gas.")
    make_case(town, matter="A lamp is dark.")
    make_case(town, service=make_service(town, confidential_roles=("AGENT",)), matter="A smell of gas.")
    assert dangerous(by, [GAS]) == [(case, GAS)]


SAID = [
    ("gas", "There is a strong gas smell on the stairs."),
    ("gas", "חזק ריח הגז בכניסה לבניין, כנראה דליפת גז"),
    ("gas", "أشم رائحة غاز قوية في المدخل"),
    ("gas", "Na chodbě je cítit plyn!"),
    ("gas", "Gázszagot érzek a lépcsőházban"),
    ("fire", "A container is on fire"),
    ("fire", "פרצה שריפה בפח"),
    ("fire", "هناك حريق في الحاوية"),
    ("fire", "Hoří kontejner"),
    ("fire", "Lángol a kuka"),
    ("electricity", "A fallen cable lies across the road"),
    ("electricity", "יש חוטים חשופים בעמוד"),
    ("electricity", "يوجد سلك مكشوف قرب المدرسة"),
    ("electricity", "Ze sloupu trčí holé dráty"),
    ("electricity", "Leszakadt vezeték lóg az oszlopról"),
    ("collapse", "A manhole cover is missing: open manhole!"),
    ("collapse", "נפער בולען בכביש"),
    ("collapse", "غطاء المجاري مفقود في الشارع"),
    ("collapse", "Na chodníku chybí poklop"),
    ("collapse", "Beszakadt az út a ház előtt"),
    ("injured", "Somebody is hurt and is bleeding"),
    ("injured", "הילד נפצע בגן השעשועים"),
    ("injured", "رجل ينزف على الرصيف"),
    ("injured", "Leží tu člověk v bezvědomí"),
    ("injured", "Valaki eszméletlenül fekszik"),
]
NOT_SAID = [
    "My gas bill is too high.",
    "When is the fire brigade's open day?",
    "חשבון הגז שלי גבוה מדי",
    "מתי מפנים את הגזם?",
    "فاتورة الغاز مرتفعة",
    "Kolik stojí připojení plynu?",
    "Túl magas a gázszámlám.",
    "The street lamp is dark.",
    "הפנס ברחוב כבוי",
    "Přeplněný koš na dětském hřišti",
]


@pytest.fixture(scope="module")
def of_every_town():
    return signs_of(read(tomllib.loads(DANGERS.read_text("utf-8"))["dangers"]))


@pytest.mark.parametrize(("code", "words"), SAID)
def test_what_people_say_in_five_languages_is_noticed(of_every_town, code: str, words: str) -> None:
    found = of_every_town.first({Fact.WORDS: words})
    assert found is not None and found.code == code


@pytest.mark.parametrize("words", NOT_SAID)
def test_harmless_words_are_not_taken_for_danger(of_every_town, words: str) -> None:
    assert of_every_town.first({Fact.WORDS: words}) is None
