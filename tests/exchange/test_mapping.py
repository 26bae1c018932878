"""A mapping is read into plain values, or refused in words that say what to write."""

import pytest

from moked.cases.rules import Channel, State
from moked.exchange.imports.mapping import BadMapping, read_mapping
from tests.exchange.histories import MAPPING, csv_of, row, run, write
from tests.factories import make_town


def read(tmp_path, text):
    path = tmp_path / "other-town.toml"
    path.write_text(text, encoding="utf-8")
    return read_mapping(path)


def test_a_mapping_is_read_whole(tmp_path):
    said = read(tmp_path, MAPPING + '\n[channel.values]\n"tel" = "PHONE"\n')
    assert (said.source, said.encoding, said.zone.key, said.language) == (
        "other-town",
        "utf-8",
        "Europe/Budapest",
        "hu",
    )
    assert (said.states["done"], said.channels, said.channel) == (
        State.RESOLVED,
        {"tel": Channel.PHONE},
        Channel.WEB,
    )
    assert said.areas.kind == "DISTRICT"
    assert said.makes == {"services", "departments", "areas"}
    assert len(said.sha256) == 64


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[clean]", "[cleaning]", r"no table \[cleaning\]"),
        ("trim_prefix", "cut_prefix", "no key 'cut_prefix'"),
        ('title = "title"', 'titel = "title"', "no key 'titel'"),
        ('"RESOLVED"', '"FIXED"', "status.values has no 'FIXED'"),
        ('"RESOLVED"', '"MERGED"', "status.values has no 'MERGED'"),
        ('channel = "WEB"', 'channel = "FAX"', "defaults.channel has no 'FAX'"),
        ("Europe/Budapest", "Europe/Buda", "no time zone 'Europe/Buda'"),
        ("Europe/Budapest", "../../etc/passwd", "no time zone"),
        ('language = "hu"', 'language = "magyar"', "no language 'magyar'"),
        ('encoding = "utf-8"', 'encoding = "utf-16"', "'utf-16' cannot be read"),
        ('encoding = "utf-8"', 'encoding = "hex"', "'hex' cannot be read"),
        ('kind = "district"', 'kind = "outline"', "area.kind has no 'OUTLINE'"),
        ('kind = "kind"', "kind = 3", "no key 'kind'"),
        ('service = "kind"\n', "", "which column is service"),
        ('latitude = "lat"\n', "", "both latitude and longitude"),
        ('external_id = "id"\n', "", "exactly one way"),
        ('boundaries = "districts.geojson"\n', "", "only be created from a file of boundaries"),
        ('"areas"]', '"streets"]', "cannot have 'streets'"),
        ('status = "state"\n', "", "defaults.status"),
        ('zone = "Europe/Budapest"\n', "", "Write a text for source.zone"),
        ("[source]", "[source", "not TOML"),
        ('"UPDATE:"', "true", "Write a text for clean.split_leading_update"),
    ],
)
def test_a_mapping_that_cannot_be_followed_is_refused(tmp_path, old, new, words):
    assert old in MAPPING or "kind = 3" in new
    text = MAPPING.replace(old, new) if old in MAPPING else MAPPING.replace("[columns]", "[columns]\n" + new)
    with pytest.raises(BadMapping, match=words):
        read(tmp_path, text)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("districts.geojson", "elsewhere.geojson", "no file of boundaries 'elsewhere.geojson'"),
        ('name = "name"', 'name = "label"', "no boundary has the property 'label'|No boundary has"),
        ("districts.geojson", "cases.csv", "cannot be used"),
    ],
)
def test_boundaries_that_cannot_be_used_are_refused(tmp_path, old, new, words):
    path = write(tmp_path, csv_of([row(1)]), MAPPING.replace(old, new))
    with pytest.raises(BadMapping, match=words):
        run(make_town(language="hu"), path)
