"""A pack loaded again after both it and the town have changed: the town's changes stay, the rest moves."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from moked.accounts.models import Department, Team
from moked.accounts.operations import change_department, change_team, retire_department
from moked.accounts.queries import actor_for
from moked.accounts.rules import Sharing
from moked.audit.models import AuditRecord
from moked.cases.models import Label
from moked.cases.operations import change_label
from moked.catalogue.models import Service
from moked.catalogue.operations import publish_service, retire_service
from moked.catalogue.rules import ServiceDocument
from moked.handovers.models import ExternalBody
from moked.handovers.operations import publish_body
from moked.handovers.rules import BodyDocument
from moked.knowledge.models import LifeEvent, LifeSituation
from moked.knowledge.operations import publish_life_event, publish_life_situation
from moked.knowledge.rules import LifeEventDocument, LifeSituationDocument
from moked.packs import loader
from moked.packs.problems import RefusedPack
from moked.places.models import Area, Landmark, Street
from moked.places.operations import set_areas, set_landmarks, set_streets
from moked.replies.models import ReplyTemplate
from moked.replies.operations import publish_reply_template, retire_reply_template
from moked.replies.rules import ReplyTemplateDocument
from moked.revisions.models import Revision
from moked.sla.calendars import Calendar as Hours
from moked.sla.models import Calendar, Target
from moked.sla.operations import publish_calendar, publish_target
from moked.sla.targets import Promise
from tests.factories import NOW, make_staff
from tests.packs import small

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=3)
OWN = {"en": "Our own", "he": "משלנו"}
MOVED = small.texts("Moved")


def change_pothole(town, by):
    row = Service.objects.select_related("revision").get(municipality=town, slug="pothole")
    said = ServiceDocument.from_document({**row.revision.document, "name": OWN})
    publish_service(municipality=town, slug="pothole", document=said, by_user_id=by.user_id, now=LATER)


def change_roads(town, by):
    row = Department.objects.get(municipality=town, code="roads")
    change_department(department_id=row.pk, name=OWN, parent_id=None, by=by, now=LATER)


def change_calendar(town, by):
    hours = Hours.from_document({"zone": town.time_zone, "week": {"sat": [["08:00", "20:00"]]}})
    publish_calendar(
        municipality=town, code="office", name=OWN, hours=hours, by_user_id=by.user_id, now=LATER
    )


def change_target(town, by):
    publish_target(
        service=Service.objects.select_related("municipality").get(municipality=town, slug="pothole"),
        promise=Promise.from_document({"calendar": "office", "resolution": "1d"}),
        by_user_id=by.user_id,
        now=LATER,
    )


def change_reply(town, by):
    said = ReplyTemplateDocument.from_document({"name": OWN, "text": OWN})
    publish_reply_template(municipality=town, code="thanks", document=said, by_user_id=by.user_id, now=LATER)


def change_life_event(town, by):
    said = LifeEventDocument(OWN, OWN)
    publish_life_event(
        municipality=town, code="moving", position=0, document=said, by_user_id=by.user_id, now=LATER
    )


def change_guide(town, by):
    row = LifeSituation.objects.select_related("revision").get(municipality=town)
    said = LifeSituationDocument.from_document({**row.revision.document, "title": OWN})
    publish_life_situation(municipality=town, slug="address", document=said, by_user_id=by.user_id, now=LATER)


def change_body(town, by):
    row = ExternalBody.objects.select_related("revision").get(municipality=town)
    said = BodyDocument.from_document({**row.revision.document, "name": OWN})
    publish_body(municipality=town, code="water", document=said, by_user_id=by.user_id, now=LATER)


def change_crew(town, by):
    change_team(
        team_id=Team.objects.get(municipality=town, code="crew").pk,
        name=OWN,
        department_id=None,
        sharing=Sharing.NOBODY,
        is_on_call=True,
        by=by,
        now=LATER,
    )


def change_school(town, by):
    label = Label.objects.get(municipality=town, code="school")
    change_label(label_id=label.pk, name=OWN, colour="RED", by=by, now=LATER)


def change_map(town, by):
    common = {"municipality": town, "records": [], "source": "ours", "by_user_id": by.user_id, "now": LATER}
    set_areas(kind="OUTLINE", **common)
    set_areas(kind="DISTRICT", **common)
    set_landmarks(**common)
    set_streets(is_whole=True, **common)


def moved_pack():
    """Return the pack after an update that says something else in every place."""
    pack = small.documents()
    town, services = pack["town.toml"], pack["services.toml"]["services"]
    town["departments"][1]["name"] = services[0]["name"] = town["calendars"][0]["name"] = MOVED
    town["calendars"][0]["week"] = {"mon": [["09:00", "17:00"]]}
    services[0]["promise"]["resolution"] = "5d"
    pack["replies.toml"]["reply_templates"][0]["name"] = MOVED
    pack["guides.toml"]["life_events"][0]["name"] = MOVED
    pack["guides.toml"]["life_situations"][0]["title"] = MOVED
    pack["bodies.toml"]["external_bodies"][0]["name"] = MOVED
    town["teams"][1] = {"code": "crew", "name": MOVED, "on_call": True}
    town["labels"][1] = {"code": "school", "name": MOVED, "colour": "GREEN"}
    pack["map.toml"]["streets"][0] = "Moved"
    return pack


def seen(town):
    """Return what shows, for each kind of thing, whose words hold."""
    office = Calendar.objects.select_related("revision").get(municipality=town)
    return {
        "service pothole": Service.objects.get(municipality=town, slug="pothole").name["en"],
        "department roads": Department.objects.get(municipality=town, code="roads").name["en"],
        "calendar office": office.name["en"],
        "team crew": Team.objects.get(municipality=town, code="crew").name["en"],
        "label school": Label.objects.get(municipality=town, code="school").name["en"],
        "target pothole": Target.objects.get(service__municipality=town, service__slug="pothole").resolution,
        "reply template thanks": ReplyTemplate.objects.get(municipality=town).name["en"],
        "life event moving": LifeEvent.objects.get(municipality=town).name["en"],
        "life situation address": LifeSituation.objects.get(municipality=town).title["en"],
        "external body water": ExternalBody.objects.get(municipality=town).name["en"],
        "streets": Street.objects.filter(municipality=town, name={"en": "Moved"}, is_retired=False).exists(),
    }


ALL_MOVED = dict.fromkeys(
    (
        "service pothole",
        "department roads",
        "team crew",
        "label school",
        "calendar office",
        "reply template thanks",
        "life event moving",
        "life situation address",
        "external body water",
    ),
    "Moved",
) | {"target pothole": "5d", "streets": True}
CHANGES = {
    "service pothole": (change_pothole, "Our own"),
    "department roads": (change_roads, "Our own"),
    "team crew": (change_crew, "Our own"),
    "label school": (change_school, "Our own"),
    "calendar office": (change_calendar, "Our own"),
    "target pothole": (change_target, "1d"),
    "reply template thanks": (change_reply, "Our own"),
    "life event moving": (change_life_event, "Our own"),
    "life situation address": (change_guide, "Our own"),
    "external body water": (change_body, "Our own"),
    "streets": (change_map, False),
}


@pytest.fixture
def town(tmp_path):
    return loader.load_folder(small.write(tmp_path / "pack", small.documents()), now=NOW).town


@pytest.fixture
def by(town):
    return actor_for(make_staff(town, "SERVICE_MANAGER"), town.pk)


def written():
    return Revision.objects.count(), AuditRecord.objects.count()


@pytest.mark.parametrize("thing", CHANGES)
def test_what_the_town_changed_stays_and_the_rest_moves(tmp_path, town, by, thing):
    change, own = CHANGES[thing]
    change(town, by)
    path = small.write(tmp_path / "pack", moved_pack())
    loaded = loader.load_folder(path, now=LATER)
    assert seen(town) == ALL_MOVED | {thing: own}
    kept = [str(one) for one in loaded.kept]
    assert f"{thing}, changed here on 2026-11-19" in kept
    assert len(kept) == (4 if thing == "streets" else 1)
    before = written()
    again = loader.load_folder(path, now=LATER)
    assert (again.written, again.kept, written()) == (0, loaded.kept, before)


def test_what_nobody_changed_moves_with_the_pack(tmp_path, town):
    loaded = loader.load_folder(small.write(tmp_path / "pack", moved_pack()), now=LATER)
    assert (seen(town), loaded.kept) == (ALL_MOVED, ())
    assert loaded.written == 14


def test_the_same_pack_twice_writes_nothing(tmp_path, town):
    before = written()
    loaded = loader.load_folder(tmp_path / "pack", now=LATER)
    assert (loaded.written, loaded.unchanged, loaded.kept, written()) == (0, 20, (), before)


def test_a_calendar_that_moves_keeps_its_special_days(tmp_path, town):
    days = Calendar.objects.select_related("revision").get(municipality=town).hours.days
    loader.load_folder(small.write(tmp_path / "pack", moved_pack()), now=LATER)
    hours = Calendar.objects.select_related("revision").get(municipality=town).hours
    assert days
    assert (hours.days, len(hours.week[0]), len(hours.week[1])) == (days, 1, 0)


def test_what_the_town_retired_stays_retired_and_is_told(tmp_path, town, by):
    service = Service.objects.get(municipality=town, slug="pothole")
    template = ReplyTemplate.objects.get(municipality=town)
    scope = {"municipality_id": town.pk, "by_user_id": by.user_id, "now": LATER}
    retire_service(service_id=service.pk, **scope)
    retire_reply_template(template_id=template.pk, **scope)
    loaded = loader.load_folder(small.write(tmp_path / "pack", moved_pack()), now=LATER)
    assert [one.kind for one in loaded.kept] == ["service", "reply_template"]
    service.refresh_from_db()
    template.refresh_from_db()
    assert (service.is_offered, service.name["en"]) == (False, "Pothole")
    assert (template.is_retired, template.name["en"]) == (True, "Thanks")


def test_what_the_pack_adds_comes_beside_the_towns_own(tmp_path, town, by):
    change_pothole(town, by)
    pack = small.documents()
    added = {**pack["services.toml"]["services"][1], "slug": "praise", "name": small.texts("Praise")}
    pack["services.toml"]["services"].append(added)
    loaded = loader.load_folder(small.write(tmp_path / "pack", pack), now=LATER)
    assert Service.objects.get(municipality=town, slug="praise").name["en"] == "Praise"
    assert (loaded.written, len(loaded.kept)) == (2, 1)


def test_a_pack_that_no_longer_fits_the_town_is_refused_and_nothing_of_it_is_written(tmp_path, town, by):
    pack = moved_pack()
    pack["services.toml"]["services"][0]["department"] = "works"
    change_roads(town, by)
    row = Department.objects.get(municipality=town, code="works")
    retire_department(department_id=row.pk, by=by, now=LATER)
    before = written()
    with pytest.raises(RefusedPack, match=r"service pothole: It does not fit .* no department “works”"):
        loader.load_folder(small.write(tmp_path / "pack", pack), now=LATER)
    assert written() == before
    assert seen(town)["calendar office"] == "Office hours"


def test_a_pack_goes_into_another_town_by_its_slug(tmp_path, town, capsys):
    call_command("load_pack", str(tmp_path / "pack"), "--municipality", "otherton")
    assert capsys.readouterr().out == "otherton: 20 written, 0 unchanged, 0 kept.\n"
    assert Area.objects.filter(municipality__slug="otherton").count() == 6
    assert Landmark.objects.count() == 2


def test_the_command_tells_what_it_kept_and_why(tmp_path, town, by, capsys):
    change_pothole(town, by)
    call_command("load_pack", str(small.write(tmp_path / "pack", moved_pack())))
    assert capsys.readouterr().out == (
        "kept: service pothole, changed here on 2026-11-19\nsmallton: 13 written, 6 unchanged, 1 kept.\n"
    )
