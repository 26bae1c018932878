"""A21: nothing in an export is ever run as a formula, in a CSV file or in a workbook."""

import csv
import io
import re
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moked.accounts.rules import Actor, Role
from moked.catalogue.models import Service
from moked.exchange.exports.rules import Column, Format
from moked.exchange.exports.writing import csv_lines, kept_lines, write_workbook
from moked.municipalities.models import Municipality
from tests.exchange.files import ask, content, lines, sheet, update
from tests.factories import make_actor, make_case, make_service, make_town

pytestmark = pytest.mark.abuse("A21")

SIGNS = "=+-@|\t\r\n＝＋－＠｜﹢﹣−"
ATTACKS = [
    "=1+1",
    "+1",
    "-2+3",
    "@SUM(1)",
    "|calc",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    " =1+1",
    "\u200f=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(1)",
    '=HYPERLINK("http://evil.example";"click")',
    "=cmd|' /C calc'!A0",
    "x;=1+1",
    "x\t=1+1",
    "x\n=1+1",
    'x","=1+1',
    'x;"=1+1',
    '"=1+1',
    "https://evil.example",
    "mailto:evil@example.org",
    "007",
    "1e9",
]


@pytest.fixture
def town(db) -> Municipality:
    return make_town()


@pytest.fixture
def agent(town: Municipality) -> Actor:
    return make_actor(town, Role.AGENT)


def cells_as(data: bytes, delimiter: str) -> list[str]:
    """Return what a program takes for cells that expects this separator, of a file of any quoting."""
    return [
        cell for row in csv.reader(io.StringIO(data.decode("utf-8-sig")), delimiter=delimiter) for cell in row
    ]


def runs(cell: str) -> bool:
    """Tell whether a spreadsheet program would run it; a negative number is one."""
    seen = "".join(char for char in cell if not char.isspace() and char not in "\u200e\u200f\ufeff")
    return seen.startswith(tuple(SIGNS.strip())) and not re.fullmatch(r"-\d+\.\d+", cell)


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_a_resident_wrote_is_run_in_no_file(attack: str, town: Municipality, agent: Actor) -> None:
    """The words are put in past every form, as an import or another release may have kept them."""
    service = make_service(town)
    update(Service.objects.get(pk=service.pk), name={"en": attack})
    case = make_case(town, service=service, name="x", email="x@example.org", phone="050")
    update(case, title=attack, address=attack, outcome=attack[:24], latitude=-31.5, longitude=-0.25)
    update(case.department, name={"en": attack})
    data = content(ask(town, agent), agent)
    for delimiter in ",;\t|":
        assert [cell for cell in cells_as(data, delimiter) if runs(cell)] == []
    [line] = lines(data)
    assert (line["Latitude"], line["Longitude"]) == ("-31.5", "-0.25")
    plain = attack.replace("\r", "\n")
    assert line["Matter"].replace("'", "") == plain.replace("'", "")
    book = content(ask(town, agent, kind=Format.XLSX), agent)
    _headers, row = sheet(book).rows
    assert {cell.data_type for cell in row} <= {"s", "n", "d"}
    assert all(cell.hyperlink is None for cell in row)
    held = {cell.coordinate: cell for cell in row}
    assert held["B2"].value == attack.replace("\r", "\n") and held["B2"].data_type == "s"
    assert [cell.value for cell in row if cell.data_type == "n" and cell.value is not None] == [-31.5, -0.25]
    assert is_free_of_formulas(book)


def is_free_of_formulas(book: bytes) -> bool:
    """Tell whether no part of a workbook holds a formula, a link, or anything outside itself."""
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        names = parts.namelist()
        return not any(
            b"<f>" in parts.read(name) or b"<hyperlink" in parts.read(name) for name in names
        ) and (not any("external" in name.lower() or "vba" in name.lower() for name in names))


def test_headers_and_the_name_of_the_sheet_are_looked_at_too(tmp_path) -> None:
    headers = [("=1+1", "＠x")]
    assert csv_lines(headers) == "'=1+1,'＠x\r\n".encode()
    source, target = tmp_path / "rows", tmp_path / "book"
    source.write_bytes(kept_lines(headers))
    columns = (Column.OPENED, Column.LATITUDE)
    write_workbook(target, source, columns=columns, sheet="='[x]'!A1", language="en")
    page = sheet(target.read_bytes())
    assert page.title == "x '!A1"
    assert [(cell.value, cell.data_type) for cell in page[1]] == [("=1+1", "s"), ("＠x", "s")]


TEXTS = st.lists(st.text(st.sampled_from(SIGNS + " ;,\"'ab\u200f\x00\x0b\ufffe")), min_size=2, max_size=4)


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_no_text_in_a_csv_file_is_run_whatever_separator_is_expected(texts: list[str]) -> None:
    for delimiter in ",;\t":
        assert [cell for cell in cells_as(csv_lines([texts]), delimiter) if runs(cell)] == []


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXTS)
def test_no_text_in_a_workbook_is_anything_but_text(tmp_path, texts: list[str]) -> None:
    source, target = tmp_path / "rows", tmp_path / "book"
    source.write_bytes(kept_lines([["x"] * len(texts), texts]))
    write_workbook(target, source, columns=[Column.TITLE] * len(texts), sheet="x", language="he")
    book = target.read_bytes()
    kinds = {cell.data_type for row in sheet(book).rows for cell in row if cell.value is not None}
    assert kinds == {"s"} and is_free_of_formulas(book)


def test_hebrew_opens_as_hebrew(town: Municipality, agent: Actor) -> None:
    make_case(town, matter='בור בכביש, "עמוק"')
    data = content(ask(town, agent), agent)
    assert data.startswith(b"\xef\xbb\xbf")
    assert lines(data)[0]["Matter"] == 'בור בכביש, "עמוק"'
