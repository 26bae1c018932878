"""Packs from anywhere: what is wrong is told with file and place, and nothing of such a pack is written."""

import os
import random

import pytest
from django.core.management import CommandError, call_command

from moked.municipalities.models import Municipality
from moked.packs import folder, loader
from moked.packs.problems import MOST_SHOWN, RefusedPack
from moked.revisions.models import Revision
from tests.factories import NOW, make_town
from tests.packs import small

pytestmark = pytest.mark.django_db
LRO = "\u202d"


def refusal_of(path, **options) -> list[str]:
    """Load a pack that is refused; return its problems, having seen that nothing was written."""
    before = Municipality.objects.count(), Revision.objects.count()
    with pytest.raises(RefusedPack) as refused:
        loader.load_folder(path, now=NOW, **options)
    assert (Municipality.objects.count(), Revision.objects.count()) == before
    return [str(one) for one in refused.value.problems]


def spoilt(tmp_path, change) -> list[str]:
    pack = small.documents()
    change(pack)
    return refusal_of(small.write(tmp_path / "pack", pack))


def test_the_small_pack_is_sound(tmp_path):
    loaded = loader.load_folder(small.write(tmp_path / "pack", small.documents()), now=NOW)
    assert loaded.town.slug == "smallton"
    assert loaded.written == 20


def pothole(pack):
    return pack["services.toml"]["services"][0]


SPOILT = {
    "unknown key": (
        lambda pack: pothole(pack).update(colour="red"),
        "services.toml: services › pothole (number 1) › colour: There is no such key",
    ),
    "missing key": (
        lambda pack: pothole(pack).pop("department"),
        "services.toml: services › pothole (number 1) › department: This key is missing",
    ),
    "wrong type": (
        lambda pack: pothole(pack).update(photos="yes"),
        "services.toml: services › pothole (number 1) › photos: Write true or false",
    ),
    "a number for a text": (
        lambda pack: pack["town.toml"].update(phone=106),
        "town.toml: phone: Write a text in quotation marks",
    ),
    "a text for a table": (
        lambda pack: pothole(pack).update(name="Pothole"),
        "services.toml: services › pothole (number 1) › name: Write a table",
    ),
    "a table for a list": (
        lambda pack: pack["services.toml"].update(services={}),
        "services.toml: services: Write a list",
    ),
    "a path for a slug": (
        lambda pack: pothole(pack).update(slug="../../etc/passwd"),
        "slug: “../../etc/passwd” does not fit here",
    ),
    "a path for the town": (
        lambda pack: pack["town.toml"].update(slug="..%2f.."),
        "town.toml: slug: “..%2f..” does not fit here",
    ),
    "a slug of the settings": (
        lambda pack: pothole(pack).update(slug="new"),
        "services.toml: services › new (number 1) › slug: “new” is taken",
    ),
    "a doubled slug": (
        lambda pack: pothole(pack).update(slug="question"),
        "services.toml: services › question (number 2) › slug: “question” stands twice",
    ),
    "a doubled department": (
        lambda pack: pack["town.toml"]["departments"][1].update(name=small.texts("Works")),
        "town.toml: departments › roads (number 2) › name: “Works” stands twice",
    ),
    "an unknown department": (
        lambda pack: pothole(pack).update(department="magic"),
        "services.toml: services › pothole (number 1) › department: There is no department “magic”",
    ),
    "a parent below its child": (
        lambda pack: pack["town.toml"]["departments"].reverse(),
        "town.toml: departments › roads (number 1) › parent: No department “works” stands before",
    ),
    "a team of an unknown department": (
        lambda pack: pack["town.toml"]["teams"][1].update(department="magic"),
        "town.toml: teams › crew (number 2) › department: There is no department “magic”",
    ),
    "a team that shares in no way": (
        lambda pack: pack["town.toml"]["teams"][1].update(sharing="EVERYBODY"),
        "town.toml: teams › crew (number 2) › sharing: Choose from: NOBODY, IN_TURN, LEAST_LOADED.",
    ),
    "a label of an unknown colour": (
        lambda pack: pack["town.toml"]["labels"][1].update(colour="PINK"),
        "town.toml: labels › school (number 2) › colour: Choose from: BLUE, TEAL, GREEN, AMBER, RED, VIOLET.",
    ),
    "a label of a long name": (
        lambda pack: pack["town.toml"]["labels"][1].update(name=small.texts("x" * 41)),
        "town.toml: labels › school (number 2) › name: Shorten this name to 40 characters",
    ),
    "two labels of one name": (
        lambda pack: pack["town.toml"]["labels"][1].update(name=small.texts("STORM ")),
        "town.toml: labels › school (number 2) › name: “storm” stands twice",
    ),
    "a doubled team": (
        lambda pack: pack["town.toml"]["teams"].append({"code": "other", "name": small.texts("Duty desk")}),
        "town.toml: teams › other (number 3) › name: “Duty desk” stands twice",
    ),
    "an unknown calendar": (
        lambda pack: pothole(pack).update(promise={"calendar": "moon"}),
        "services.toml: services › pothole (number 1) › promise › calendar: There is no calendar “moon”",
    ),
    "a promise in no unit": (
        lambda pack: pothole(pack).update(promise={"resolution": "soon"}),
        "services.toml: services › pothole (number 1) › promise › resolution: 'soon' is no target",
    ),
    "a promise nobody can keep": (
        lambda pack: (
            pack["town.toml"]["calendars"][0].update(week={"mon": [["08:00", "08:01"]]}),
            pothole(pack).update(promise={"resolution": "900h"}),
        ),
        "services.toml: services › pothole (number 1) › promise › resolution: Nothing is due",
    ),
    "hours that are none": (
        lambda pack: pack["town.toml"]["calendars"][0].update(week={"mon": [["8", "99"]]}),
        "town.toml: calendars › office (number 1): ",
    ),
    "a country nobody knows": (
        lambda pack: pack["town.toml"]["calendars"][0].update(country="QQ"),
        "town.toml: calendars › office (number 1): There are no holidays of 'QQ'",
    ),
    "a role nobody has": (
        lambda pack: pothole(pack).update(confidential_roles=["KING"]),
        "services.toml: services › pothole (number 1) › confidential_roles › number 1: Choose roles from",
    ),
    "no text in the town's language": (
        lambda pack: pothole(pack)["name"].pop("en"),
        "services.toml: services › pothole (number 1) › name: Write it in the language of the town: en",
    ),
    "a question without it": (
        lambda pack: pothole(pack)["questions"][1]["label"].pop("en"),
        "services › pothole (number 1) › questions › deep (number 2) › label: Write it in the language",
    ),
    "a language nobody named": (
        lambda pack: pothole(pack)["name"].update(fr="Trou"),
        "services › pothole (number 1) › name › fr: The pack's languages are en, he",
    ),
    "a language Moked does not speak": (
        lambda pack: pack["town.toml"]["languages"].append("xx"),
        "town.toml: languages › number 3: Choose languages from",
    ),
    "a condition on an unknown question": (
        lambda pack: pothole(pack)["questions"][1].update(ask_if={"field": "colour", "is": "L"}),
        "services.toml: services › pothole (number 1): When to ask “deep”: The condition asks for “colour”",
    ),
    "a reply of an unknown service": (
        lambda pack: pack["replies.toml"]["reply_templates"][0].update(service="magic"),
        "replies.toml: reply_templates › thanks (number 1) › service: There is no service “magic”",
    ),
    "a reply with an unknown place": (
        lambda pack: pack["replies.toml"]["reply_templates"][0].update(text={"en": "{password}"}),
        "replies.toml: reply_templates › thanks (number 1): There is nothing to put in place of {password}",
    ),
    "an external body for an unknown service": (
        lambda pack: pack["bodies.toml"]["external_bodies"][0].update(services=["magic"]),
        "bodies.toml: external_bodies › water (number 1) › services › number 1: There is no service “magic”",
    ),
    "an external body with no address": (
        lambda pack: pack["bodies.toml"]["external_bodies"][0].update(email="nobody"),
        "bodies.toml: external_bodies › water (number 1) › email: “nobody” does not fit here",
    ),
    "an external body that sees too much": (
        lambda pack: pack["bodies.toml"]["external_bodies"][0].update(sees=["NOTES"]),
        "bodies.toml: external_bodies › water (number 1): Choose what the body may see of the reporter",
    ),
    "a guide of an unknown event": (
        lambda pack: pack["guides.toml"]["life_situations"][0].update(life_events=["flying"]),
        "guides.toml: life_situations › address (number 1) › life_events › number 1: There is no life event",
    ),
    "a guide to a script": (
        lambda pack: pack["guides.toml"]["life_situations"][0].update(official="javascript:alert(1)"),
        "guides.toml: life_situations › address (number 1): Begin the address of the official",
    ),
    "NUL in a text": (
        lambda pack: pothole(pack)["name"].update(en="Pot\x00hole"),
        "services.toml: services › pothole (number 1) › name › en: Take the invisible control characters out",
    ),
    "text turned round": (
        lambda pack: pothole(pack)["name"].update(en=f"Pot{LRO}hole"),
        "services.toml: services › pothole (number 1) › name › en: Take the invisible control characters out",
    ),
    "a text without end": (
        lambda pack: pothole(pack)["description"].update(en="a" * 8_001),
        "services.toml: services › pothole (number 1) › description › en: Shorten this text to 8000",
    ),
    "a map nowhere": (
        lambda pack: pack["map.toml"].update(latitude=91),
        "map.toml: latitude: Write a number up to 80",
    ),
    "a street in too many languages": (
        lambda pack: pack["map.toml"]["streets"].append("One | Two"),
        "map.toml: streets › number 4: Write the name in each of 1 languages",
    ),
}


@pytest.mark.parametrize("name", SPOILT)
def test_what_is_spoilt_is_told_with_its_place(tmp_path, name):
    change, told = SPOILT[name]
    problems = spoilt(tmp_path, change)
    assert any(told in one for one in problems), problems
    assert len(problems) <= 3, problems


def test_latitude_that_is_no_number_is_refused(tmp_path):
    path = small.write(tmp_path / "pack", small.documents())
    plan = path / "map.toml"
    plan.write_text(plan.read_text("utf-8").replace("51.5", "nan"), "utf-8")
    assert refusal_of(path) == ["map.toml: latitude: Write a number here."]


def test_a_condition_within_conditions_without_end_is_refused(tmp_path):
    nested = {"field": "size", "is": "L"}
    for _ in range(6):
        nested = {"not": nested}
    [problem] = spoilt(tmp_path, lambda pack: pothole(pack)["questions"][1].update(ask_if=nested))
    assert "Simplify the condition" in problem


FILES = {
    "too large": (b"# " + b"a" * folder.MOST_BYTES, "services.toml: It is larger than 2 MB"),
    "NUL": (b'a = "b"\n\x00', "services.toml: line 2: It holds a NUL byte"),
    "not UTF-8": ("שירות".encode("cp1255"), "services.toml: line 1: Save it as UTF-8"),
    "UTF-16": ('a = "b"'.encode("utf-16"), "services.toml: line 1: It holds a NUL byte"),
    "no TOML": (b"services = [", "services.toml: This is no TOML"),
    "a tag of YAML": (b"!!python/object/apply:os.system ['id']", "services.toml: This is no TOML"),
    "an anchor of YAML": (b"a: &a [*a, *a]", "services.toml: This is no TOML"),
    "a key twice": (b"services = []\nservices = []", "services.toml: This is no TOML"),
    "a number of a million digits": (b"a = " + b"1" * 1_000_000, "services.toml: This is no TOML"),
    "deep lists": (b"a = 1\nb = " + b"[" * 100_000, "services.toml: line 2: It is nested more than 16"),
    "deep keys": (b"a" + b".a" * 500_000 + b" = 1", "services.toml: line 1: It is nested more than 16"),
    "deep keys behind a text": (
        b'a = { b = """c"""", d' + b".d" * 1000 + b" = 1 }",
        "services.toml: line 1: It is nested more than 16",
    ),
    "a text that never ends": (b'a = """\n' + b'\\"""\n' * 300_000, "services.toml: This is no TOML"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_cannot_be_read_is_told_with_its_line(tmp_path, name):
    content, told = FILES[name]
    path = small.write(tmp_path / "pack", small.documents())
    (path / "services.toml").write_bytes(content)
    [problem] = refusal_of(path)
    assert told in problem


def test_brackets_and_dots_in_texts_are_not_deep(tmp_path):
    words = "[[[[[[[[[[ a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s {{{{{{{{{{ \"\"\" ''' #"
    pack = small.documents()
    pothole(pack)["description"]["en"] = words
    town = loader.load_folder(small.write(tmp_path / "pack", pack), now=NOW).town
    assert town.slug == "smallton"


def test_links_are_not_followed(tmp_path):
    path = small.write(tmp_path / "pack", small.documents())
    (path / "services.toml").rename(tmp_path / "elsewhere.toml")
    (path / "services.toml").symlink_to(tmp_path / "elsewhere.toml")
    assert refusal_of(path) == ["services.toml: This is a link to somewhere else: put the file itself here."]


def test_what_is_no_plain_file_is_not_waited_for(tmp_path):
    path = small.write(tmp_path / "pack", small.documents())
    (path / "services.toml").unlink()
    os.mkfifo(path / "services.toml")
    assert refusal_of(path) == ["services.toml: This is no plain file: put one here."]


def test_a_folder_in_place_of_a_file_is_told(tmp_path):
    path = small.write(tmp_path / "pack", small.documents())
    (path / "map.toml").unlink()
    (path / "map.toml").mkdir()
    [problem] = refusal_of(path)
    assert problem.startswith("map.toml: ")


def test_data_files_of_other_names_are_told_and_others_left_alone(tmp_path):
    path = small.write(tmp_path / "pack", small.documents())
    for name in ("services.yaml", "Towns.TOML", "README.md", ".git"):
        (path / name).write_text("!!python/object/apply:os.system ['id']", "utf-8")
    problems = refusal_of(path)
    assert [one.split(":")[0] for one in problems] == ["'Towns.TOML'", "'services.yaml'"]


def test_missing_files_are_told(tmp_path):
    path = tmp_path / "empty"
    path.mkdir()
    assert [one.split(":")[0] for one in refusal_of(path)] == ["town.toml", "services.toml"]


def test_a_pack_needs_neither_replies_nor_guides_nor_a_map(tmp_path):
    pack = {name: said for name, said in small.documents().items() if name in folder.NEEDED}
    assert loader.load_folder(small.write(tmp_path / "pack", pack), now=NOW).written == 12


def test_all_problems_of_all_files_are_told_at_once_and_fifty_shown(tmp_path):
    pack = small.documents()
    pack["services.toml"]["services"] = [{**pothole(pack), "slug": f"s-{n}", "colour": 1} for n in range(60)]
    pack["replies.toml"]["reply_templates"][0].pop("text")
    path = small.write(tmp_path / "pack", pack)
    with pytest.raises(RefusedPack) as refused:
        loader.load_folder(path, now=NOW)
    assert len(refused.value.problems) == 61
    lines = str(refused.value).splitlines()
    assert len(lines) == MOST_SHOWN + 2
    assert lines[-1] == "… and 11 more. Mend these first."


def test_a_pack_without_the_towns_language_is_refused(tmp_path):
    make_town(slug="elsewhere", language="cs", languages=["cs"])
    path = small.write(tmp_path / "pack", small.documents())
    [problem] = refusal_of(path, slug="elsewhere")
    assert problem.startswith("town.toml: languages: The town speaks cs")


def test_whatever_stands_in_whatever_place_is_refused_in_words_or_loaded(tmp_path):
    """Put odd values everywhere, one at a time: the look over a pack never breaks down."""
    odd = [None, -1, 1e308, True, "", "x" * 10, [], [[]], [1], {}, {"en": 1}, {"en": ["x"]}, {"": ""}]
    chance = random.Random(7)
    places = [(file, way) for file, said in small.documents().items() for way in ways(said)]
    for file, way in places:
        pack = small.documents()
        value = chance.choice(odd)
        inner = pack[file]
        for step in way[:-1]:
            inner = inner[step]
        if value is None:
            del inner[way[-1]]
        else:
            inner[way[-1]] = value
        try:
            loader.checking.check(loader.checking.read(small.write(tmp_path / "pack", pack)), "en")
        except RefusedPack as refusal:
            assert all(one.what and one.file for one in refusal.problems)


def ways(value, way=()):
    """Yield the way to each value inside."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in inside:
        yield (*way, step)
        yield from ways(inner, (*way, step))


def test_the_command_says_all_and_writes_nothing(tmp_path):
    pack = small.documents()
    pothole(pack).pop("department")
    path = small.write(tmp_path / "pack", pack)
    with pytest.raises(CommandError, match=r"pothole \(number 1\) › department: This key is missing"):
        call_command("load_pack", str(path))
    for name in ("../../etc/passwd", "no\x00thing", str(tmp_path / "nowhere")):
        with pytest.raises(CommandError, match="Choose one of: cz, generic, hu, il"):
            call_command("load_pack", name)
    with pytest.raises(CommandError, match="small letters"):
        call_command("load_pack", "generic", "--municipality", "../x")
    assert not Municipality.objects.exists()
