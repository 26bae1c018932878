"""Streets and landmarks from tables, however they were saved."""

import codecs
import io
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moked.places import imports, queries
from moked.places.imports import UnableToApply
from moked.places.models import HouseRange, Landmark, MapImport, Street
from moked.places.rules import HouseRun, Point
from moked.revisions.models import Revision
from tests.factories import make_town
from tests.places.files import BY, apply, check_streets, codes, said
from tests.places.maps import add_streets, make_map, street

pytestmark = pytest.mark.django_db

HEBREW = "שם רחוב;סמל\nהרצל;1\nז'בוטינסקי;2\nשד' בן גוריון;3\n"
CZECH = "název;kód\nŽižkova;1\nPříčná;2\nNa Šťáhlavce;3\nŮvaly;4\n"
HUNGARIAN = "utca neve;id\nKőfaragó utca;1\nÜllői út;2\nFő tér;3\n"
ARABIC = "اسم,code\nشارع الملك,1\nالقدس,2\n"


def hebrew_town():
    return make_town(language="he", languages=["he", "ar", "en"])


def stored(town) -> dict[str, dict[str, str]]:
    return {row.code: row.name for row in Street.objects.filter(municipality=town, is_retired=False)}


@pytest.mark.parametrize(
    ("text", "encoding", "language", "languages"),
    [
        (HEBREW, "utf-8", "he", ["he", "en"]),
        (HEBREW, "utf-8-sig", "he", ["he", "en"]),
        (HEBREW, "windows-1255", "he", ["he", "ar", "en"]),
        (HEBREW, "utf-16", "he", ["he", "en"]),
        (ARABIC, "windows-1256", "ar", ["ar", "en"]),
        (CZECH, "cp1250", "cs", ["cs", "en"]),
        (CZECH, "iso-8859-2", "cs", ["cs", "en"]),
        (CZECH, "utf-16-le", "cs", ["cs", "en"]),
        (HUNGARIAN.replace("utca neve", "utcanév"), "cp1250", "hu", ["hu", "en"]),
        (HUNGARIAN.replace("utca neve", "utcanév"), "iso-8859-2", "hu", ["hu", "en"]),
    ],
)
def test_a_table_is_read_in_the_encoding_it_was_saved_in(text, encoding, language, languages):
    town = make_town(language=language, languages=languages)
    preview = check_streets(town, text, encoding)
    assert preview.problems == ()
    apply(town, preview)
    rows = [line.replace(";", ",").split(",") for line in text.splitlines()[1:]]
    assert stored(town) == {code: {language: name} for name, code in rows}


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters_quotes_and_commas_in_names(delimiter):
    text = f'name{delimiter}code\r\n"King, the {delimiter}""first"""{delimiter}1\r\n'
    town = make_town()
    apply(town, check_streets(town, text))
    assert stored(town) == {
        "1": {"en": f'King, the {delimiter}"first"' if delimiter != "\t" else 'King, the "first"'}
    }


def test_positions_names_in_several_languages_and_house_ranges():
    text = (
        "Code;Name;Name (he);From;To;Parity;Start lat;Start lon;End lat;End lon\n"
        "7;Park Road;דרך הפארק;1;21;odd;32,01;34,80;32,03;34,80\n"
        "7;Park Road;דרך הפארק;22;2;זוגי;32.03;34.81;32.01;34.81\n"
    )
    town = make_map()
    preview = check_streets(town, text)
    assert (preview.problems, preview.new.names) == ((), ("Park Road",))
    apply(town, preview)
    assert stored(town) == {"7": {"en": "Park Road", "he": "דרך הפארק"}}
    assert [row.run for row in HouseRange.objects.order_by("first")] == [
        HouseRun("ODD", 1, 21, Point(32.01, 34.8), Point(32.03, 34.8)),
        HouseRun("EVEN", 2, 22, Point(32.01, 34.81), Point(32.03, 34.81)),
    ]
    found = queries.find_address(town.pk, "דרך הפארק 12")
    assert found is not None
    assert found.point == Point(32.02, 34.81)


def test_each_bad_line_is_told_with_its_number_and_reason_and_the_rest_is_kept():
    text = (
        "name,code,lat,lon,from,to,parity,start_lat,start_lon,end_lat,end_lon\n"
        "Good Street,1,32.0,34.8\n"
        ",2,32.0,34.8\n"
        "Nowhere,3,nan,34.8\n"
        "Half,4,32.0,\n"
        "Too far,5,50.0,14.0\n"
        "\n"
        "Other Street,1,32.0,34.8\n"
        "Good Street,1,32.0,34.8\n"
        "Words,8,,,one,nine,,32.0,34.8,32.0,34.8\n"
        "No ends,9,,,1,9,,,,,\n"
        "Odd side,10,,,1,9,sideways,32.0,34.8,32.0,34.8\n"
        f"Long code,{'x' * 61},,\n"
        "Zero\x00byte,12,,\n"
        "Last Street,13,,\n"
    )
    town = make_map()
    preview = check_streets(town, text)
    assert said(preview) == [
        "Line 3 has no name.",
        "Line 4 has a position that is not a latitude and a longitude.",
        "Line 5 has a position that is not a latitude and a longitude.",
        "Line 6 (Too far) has a position far outside the town.",
        "Line 8 has the code 1 of line 2, but another name.",
        "Line 9 (Good Street) repeats line 2.",
        "Line 10 has house numbers that are not a first and a last number.",
        "Line 11 has house numbers but not the positions of the first and the last.",
        "Line 12 has house numbers that are not a first and a last number.",
        "Line 13 has a name or code that is too long.",
        "Line 14 holds characters that cannot be stored.",
    ]
    assert (preview.rejected, preview.new.names) == (11, ("Good Street", "Last Street"))
    apply(town, preview)
    assert stored(town) == {"1": {"en": "Good Street"}, "13": {"en": "Last Street"}}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "EMPTY"),
        (b"\xef\xbb\xbf\n", "EMPTY"),
        (b"name\n", "NO_RECORDS"),
        (b"lat;lon\n1;2\n", "NO_HEADER"),
        (b"\x00\x01\x02\x03" * 100, "NO_HEADER"),
        (b"PNG\x00" + bytes(range(256)) * 20, "NOT_TEXT"),
        (b"\x81\x8d\x8f\x90\x9d" * 50, "NOT_TEXT"),
        (b"name,city\nPark,Elsewhere\n", "OTHER_TOWNS"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_a_sentence(content, code):
    preview = check_streets(make_town(), content)
    assert (codes(preview), preview.import_id) == ([code], None)
    assert said(preview)[0].endswith(".")


def test_a_quotation_mark_left_open_is_told():
    preview = check_streets(make_town(), 'name,code\nGood,1\n"Open,2\n' + "More,3\n" * 30_000)
    assert codes(preview) == ["RECORD_BROKEN"]
    assert said(preview)[0].startswith("Line 3 ")
    assert preview.new.names == ("Good",)


def test_a_file_of_several_towns_gives_each_its_own():
    town = make_town(name={"he": "חיפה", "en": "Haifa"}, language="he", languages=["he"])
    preview = check_streets(town, "city,street\nחיפה,הנמל\nעכו,הים\nHAIFA,Port\n")
    assert preview.new.names == ("Port", "הנמל")
    assert preview.read == 2


def test_streets_of_one_name_in_different_districts_are_different_streets():
    town = make_town()
    preview = check_streets(town, "district;street\nI.;Main Street\nII.;Main Street\nII.;main st.\n")
    assert (preview.new.count, codes(preview)) == (2, ["RECORD_OTHER_NAME"])


def test_a_list_without_codes_knows_its_streets_again():
    town = make_town()
    apply(town, check_streets(town, "street\nPark Road\nMill Lane\n"))
    preview = check_streets(town, "street;lat;lon\nPark Road;32.0;34.8\nmill lane;;\nNew Street;;\n")
    assert (preview.new.names, preview.changed.names) == (("New Street",), ("Park Road", "mill lane"))
    assert (preview.same.count, preview.gone.count) == (0, 0)


def test_what_a_whole_list_lacks_is_gone_and_what_a_part_lacks_stays():
    town = make_town()
    add_streets(town, street("1", en="One"), street("2", en="Two"))
    part = check_streets(town, "code,name\n2,Two\n3,Three\n", is_whole=False)
    assert (part.new.names, part.same.names, part.gone.count) == (("Three",), ("Two",), 0)
    apply(town, part)
    assert set(stored(town)) == {"1", "2", "3"}
    whole = check_streets(town, "code,name\n2,Two\n3,Three\n")
    assert (whole.same.count, whole.gone.names) == (2, ("One",))
    apply(town, whole)
    assert set(stored(town)) == {"2", "3"}
    assert Street.objects.get(code="1").is_retired
    assert Revision.objects.filter(kind="streets").latest("number").document == {
        "source": "file",
        "written": 2,
        "retired": 1,
    }


def test_streets_checked_before_another_change_are_not_applied():
    town = make_town()
    stale = check_streets(town, "code,name\n2,Two\n")
    add_streets(town, street("1", en="One"))
    with pytest.raises(UnableToApply):
        apply(town, stale)
    assert set(stored(town)) == {"1"}
    assert MapImport.objects.get().state == "CHECKED"


@pytest.mark.abuse("A30")
def test_exchanged_columns_are_offered_the_other_way_round():
    town = make_map()
    text = "name,lat,lon\nPark,34.80,32.0\nMill,34.81,32.01\n"
    preview = check_streets(town, text)
    assert (codes(preview)[0], preview.may_swap, preview.import_id) == ("SWAPPED", True, None)
    again = check_streets(town, text, swap=True)
    assert again.problems == ()
    apply(town, again)
    assert {row.point for row in Street.objects.all()} == {Point(32.0, 34.8), Point(32.01, 34.81)}


def test_landmarks_need_a_position_and_come_once():
    town = make_map()
    text = "name,name_he,lat,lon\nHall,היכל,32.0,34.8\nPool,,,\nhall,,32.0,34.8\n"
    preview = imports.check_landmarks(municipality=town, file=io.BytesIO(text.encode()), **BY)
    assert said(preview) == ["Line 3 has no position.", "Line 4 (hall) repeats line 2."]
    apply(town, preview)
    [row] = Landmark.objects.all()
    assert (row.name, row.point) == ({"en": "Hall", "he": "היכל"}, Point(32.0, 34.8))
    found = queries.find_address(town.pk, "היכל")
    assert found is not None
    assert found.kind == "LANDMARK"


def test_fifty_thousand_lines_are_read_and_written_in_bounded_time():
    town = hebrew_town()
    lines = (f"רחוב {number} על שם מישהו;{number}" for number in range(50_000))
    content = ("שם;קוד\n" + "\n".join(lines)).encode("windows-1255")
    started = time.perf_counter()
    preview = check_streets(town, content)
    assert (preview.new.count, preview.encoding, preview.rejected) == (50_000, "windows-1255", 0)
    apply(town, preview)
    assert Street.objects.filter(municipality=town).count() == 50_000
    assert time.perf_counter() - started < 120


def test_a_file_larger_than_fifty_megabytes_is_refused_unread():
    content = b"name\n" + b"x" * (51 * 1024 * 1024)
    assert codes(check_streets(make_town(), content)) == ["TOO_BIG"]


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)
@given(content=st.binary(max_size=300) | st.text(alphabet='name,;\n\r"\t12.אž\x00', max_size=200))
def test_whatever_a_file_holds_is_answered(content):
    town = make_town()
    for start in (b"", b"name;code\n", codecs.BOM_UTF16_LE):
        body = start + (content.encode() if isinstance(content, str) else content)
        preview = check_streets(town, body)
        assert preview.import_id or preview.problems
        assert all(said(preview)) or not preview.problems
