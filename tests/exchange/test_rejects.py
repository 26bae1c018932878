"""Broken records are rejected by line and reason, and nothing else is."""

import csv
import gzip
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moked.cases.models import Case
from moked.exchange.imports import files
from moked.exchange.imports.files import BadFile, SourceFile
from moked.exchange.imports.reasons import SENTENCES, Reject
from moked.exchange.imports.rejects import RejectFile
from moked.exchange.models import ImportedCase
from tests.exchange.histories import COLUMNS, MAPPING, csv_of, row, run, write
from tests.factories import make_town

pytestmark = pytest.mark.django_db

BROKEN = {
    "impossible day": ({"opened": "2024-02-30"}, "BAD_DATE", "opened_at"),
    "impossible time": ({"opened": "2024-02-03 25:61"}, "BAD_DATE", "opened_at"),
    "no date at all": ({"opened": "yesterday"}, "BAD_DATE", "opened_at"),
    "before there were computers": ({"opened": "0001-01-01"}, "BAD_DATE", "opened_at"),
    "no opening": ({"opened": ""}, "NO_DATE", "opened_at"),
    "in the future": ({"opened": "2027-01-01", "closed": "", "state": "new"}, "IN_FUTURE", "opened_at"),
    "impossible closing": ({"closed": "2024-13-01"}, "BAD_DATE", "closed_at"),
    "closed before opened": ({"closed": "2024-03-01"}, "CLOSED_BEFORE_OPENED", "closed_at"),
    "answered before opened": ({"answered": "2024-03-01"}, "ANSWERED_BEFORE_OPENED", "first_response_at"),
    "no id": ({"id": " "}, "NO_ID", "external_id"),
    "doubled id": ({"id": "2"}, "DOUBLED_ID", "external_id"),
    "unknown status": ({"state": "gone"}, "UNKNOWN_STATUS", "status"),
    "no status": ({"state": ""}, "NO_STATUS", "status"),
    "no service": ({"kind": ""}, "NO_SERVICE", "service"),
    "unknown area": ({"district": "North"}, "UNKNOWN_AREA", "area"),
    "no number": ({"lat": "NaN"}, "NOT_A_NUMBER", "latitude"),
    "infinity": ({"lon": "inf"}, "NOT_A_NUMBER", "latitude"),
    "half a position": ({"lon": ""}, "HALF_POSITION", "longitude"),
    "swapped": ({"lat": "19.05", "lon": "47.5"}, "SWAPPED", "latitude"),
    "beyond the pole": ({"lat": "95"}, "OUT_OF_RANGE", "latitude"),
    "nowhere": ({"lat": "0", "lon": "0"}, "NOWHERE", "latitude"),
    "NUL": ({"words": "a\x00b"}, "NUL", ""),
    "wrong encoding": ({"words": "k\udce1ty\udcfa"}, "WRONG_ENCODING", ""),
    "endless": ({"words": "a" * 131_073}, "TOO_LONG", ""),
    "long id": ({"id": "7" * 201}, "TOO_LONG", "external_id"),
}


def test_broken_records_are_rejected_and_their_neighbours_are_not(tmp_path):
    town = make_town(language="hu")
    rows, expected = [row(2, words='Two\nlines,\n"three"')], []
    for number, (values, code, field) in enumerate(BROKEN.values(), 100):
        rows.append(row(number) | values)
        expected.append((len(rows) + 1, code, field))
        rows.append(row(number + 1000, words="One line\r\nand another"))
    report, rejects = run(town, write(tmp_path, csv_of(rows)))
    assert [(one.line, one.code, one.field) for one in rejects] == expected
    assert (report.counts.read, report.counts.accepted) == (len(rows), len(rows) - len(BROKEN))
    assert (report.counts.rejected, report.counts.present) == (len(BROKEN), 0)
    assert report.reasons == Counter(code for _, code, _ in BROKEN.values())
    lines = set(ImportedCase.objects.values_list("line", flat=True))
    assert lines == set(range(2, len(rows) + 2)) - {line for line, _, _ in expected}


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        (b'9,2024-03-05,,,new,K,O,"open,w,a,West,47.5,19.05', "BAD_QUOTES"),
        (b'9,2024-03-05,,,new,K,O,"t"x,w,a,West,47.5,19.05', "BAD_QUOTES"),
        (b"9,2024-03-05,,,new", "WRONG_FIELDS"),
        (b"9,2024-03-05,,,new,K,O,t,w,a,West,47.5,19.05,more", "WRONG_FIELDS"),
    ],
)
@pytest.mark.parametrize("is_last", [False, True])
def test_a_record_that_cannot_be_divided_takes_no_neighbour_with_it(tmp_path, broken, code, is_last):
    good = csv_of([row(number, words="One\nand two") for number in range(1, 6)]).splitlines(keepends=True)
    at = len(good) if is_last else 3
    content = b"".join([*good[:at], broken + b"\n", *good[at:]])
    report, rejects = run(make_town(language="hu"), write(tmp_path, content))
    # Each record has two lines in the file and one number.
    assert [(one.line, one.code) for one in rejects] == [(7 if is_last else 3, code)]
    assert report.counts.accepted == 5


def test_an_unknown_service_is_only_refused_where_none_may_be_made(tmp_path):
    mapping = MAPPING.replace('create = ["services", "departments", "areas"]', 'create = ["areas"]')
    town = make_town(language="hu")
    path = write(tmp_path, csv_of([row(1), row(2, kind="")]), mapping)
    _, rejects = run(town, path)
    assert [one.code for one in rejects] == ["UNKNOWN_DEPARTMENT", "NO_SERVICE"]
    assert not Case.objects.exists()


def test_the_reject_report_is_text_for_every_spreadsheet(tmp_path):
    path = tmp_path / "rejects.csv"
    with RejectFile(path) as report:
        report.add(Reject(3, "UNKNOWN_STATUS", "status", "=1+1", {"value": "@x"}))
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, one = csv.reader(file)
    assert header == ["line", "external_id", "field", "reason", "words"]
    assert one == [
        "3",
        "'=1+1",
        "status",
        "UNKNOWN_STATUS",
        "The mapping does not say what the status “@x” stands for.",
    ]


def test_every_reason_that_is_given_has_its_sentence():
    codes = {code for _, code, _ in BROKEN.values()} | {"BAD_QUOTES", "WRONG_FIELDS", "UNKNOWN_SERVICE"}
    codes |= {"UNKNOWN_CHANNEL", "UNKNOWN_DEPARTMENT"}
    assert codes == SENTENCES.keys()


def test_a_file_that_unpacks_to_far_too_much_is_refused_before_it_fills_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "SMALL", 1024**2)
    with gzip.open(tmp_path / "bomb.csv.gz", "wb") as bomb:
        for _ in range(30):
            bomb.write(b"a" * 1024**2)
    with pytest.raises(BadFile, match="unpacks to far more"):
        SourceFile(tmp_path / "bomb.csv.gz", "utf-8")


def test_a_line_without_an_end_is_one_rejection(tmp_path):
    content = csv_of([row(1)]) + b"x" * (files.LONGEST_RECORD * 3) + b"\n" + csv_of([row(2)]).split(b"\n")[1]
    report, rejects = run(make_town(language="hu"), write(tmp_path, content))
    assert [(one.line, one.code) for one in rejects] == [(3, "TOO_LONG")]
    assert report.counts.accepted == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\n\n", "does not name columns"),
        (b"id,opened\n1,2", "no column"),
        (gzip.compress(b"id,opened\n" * 1000, mtime=0)[:-20], "damaged or cut off"),
        (b"\x1f\x8bnot gzip", "damaged or cut off"),
        (b"\xff\xfei\x00d\x00", "does not name columns"),
        (csv_of([]).replace(b"opened", b"id"), "2 columns 'id'"),
    ],
)
def test_a_file_that_is_no_table_of_cases_is_refused_in_words(tmp_path, content, words):
    with pytest.raises(BadFile, match=words):
        run(make_town(language="hu"), write(tmp_path, content))


@given(content=st.binary(max_size=600), has_header=st.booleans())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_bytes_come_each_record_is_counted_once(tmp_path, content, has_header):
    town = make_town(language="hu")
    header = ",".join(COLUMNS).encode() + b"\n"
    try:
        report, rejects = run(town, write(tmp_path, (header if has_header else b"") + content), is_dry=True)
    except BadFile:
        assert not has_header
        return
    counts = report.counts
    assert counts.read == counts.accepted + counts.rejected + counts.present
    assert counts.rejected == len(rejects)


CELLS = st.one_of(
    st.sampled_from(["", "1", "2024-03-05", "done", "new", "West", "47.5", "19.05", '"', "a\nb", "=1+1"]),
    st.text(st.characters(codec="utf-8"), max_size=20),
)


@given(rows=st.lists(st.lists(CELLS, min_size=13, max_size=13), max_size=8))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_cells_come_the_lines_are_the_records(tmp_path, rows):
    town = make_town(language="hu")
    content = csv_of([dict(zip(COLUMNS, cells, strict=True)) for cells in rows])
    report, rejects = run(town, write(tmp_path, content), is_dry=True)
    assert report.counts.read == len(rows)
    assert [one.line for one in rejects] == sorted({one.line for one in rejects})
    assert all(2 <= one.line <= len(rows) + 1 for one in rejects)
