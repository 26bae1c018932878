"""What holds for every test: its part of the run, its database, and the data it may need."""

import contextlib
import os
from collections.abc import Generator, Iterable, Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from script import needs

pytest_plugins = ["tests.fixtures", "tests.channels.fixtures"]

# Tests run beside others on a busy machine; how fast something is, benchmarks tell.
settings.register_profile("beside-others", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("beside-others")

ROOT = Path(__file__).resolve().parents[1]
ONE_DATABASE_ONLY = ROOT / "tests" / "one_database_only.txt"
REALDATA = Path(os.environ.get("MOKED_REALDATA") or ROOT.parent / "shared" / "data")
PARTS = ("pure", "unit", "journey", "fault")
DATABASE_FIXTURES = {"db", "transactional_db"}


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("moked")
    group.addoption("--part", choices=PARTS, help="only one part of the tests: see script/test")
    group.addoption("--realdata", action="store_true", help="fail, not skip, where the real data is absent")
    group.addoption("--realdata-whole", action="store_true", help="import the real sets whole: 20 minutes")
    group.addoption("--faults-long", action="store_true", help="run the fault rigs at full length")
    group.addoption(
        "--mails-long",
        action="store_true",
        help="20,000 random mails, all hostile ones: 20 minutes",
    )
    group.addoption(
        "--abuse-long", action="store_true", help="every route, everybody, on both databases: 6 minutes more"
    )
    group.addoption("--promises-long", action="store_true", help="replay 10,000 cases' promises: 30 minutes")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    listed = only_on(abuse_long=config.getoption("--abuse-long"))
    if part := config.getoption("--part"):
        keep(config, items, [item for item in items if part_of(item, listed) == part])
    skip_other_databases(items, listed)
    skip_without_real_data(config, items)


def part_of(item: pytest.Item, listed: Mapping[str, str]) -> str:
    """Name the part a test belongs to; a pure one is the same on every database, so it runs once."""
    if marked := [part for part in ("journey", "fault") if item.get_closest_marker(part)]:
        return marked[0]
    is_of_a_database = touches_the_database(item) or plain_name(item) in listed
    return "unit" if is_of_a_database else "pure"


def touches_the_database(item: pytest.Item) -> bool:
    fixtures = getattr(item, "fixturenames", ())
    return bool(item.get_closest_marker("django_db")) or not DATABASE_FIXTURES.isdisjoint(fixtures)


def plain_name(item: pytest.Item) -> str:
    return item.nodeid.partition("[")[0]


def keep(config: pytest.Config, items: list[pytest.Item], chosen: list[pytest.Item]) -> None:
    left_out = set(items).difference(chosen)
    config.hook.pytest_deselected(items=[item for item in items if item in left_out])
    items[:] = chosen


def only_on(*, abuse_long: bool) -> dict[str, str]:
    """Return the one database of each test that one_database_only.txt lists; of stars only in a short run."""
    lines = ONE_DATABASE_ONLY.read_text(encoding="utf-8").splitlines()
    pairs = [line.split(maxsplit=1) for line in lines if line.strip() and not line.startswith("#")]
    return {test: where.rstrip("*") for where, test in pairs if not (abuse_long and where.endswith("*"))}


def skip_other_databases(items: Iterable[pytest.Item], listed: Mapping[str, str]) -> None:
    here = "postgresql" if os.environ.get("MOKED_DATABASE_URL", "").startswith("postgres") else "sqlite"
    for item in items:
        database = listed.get(plain_name(item), here)
        if database != here:
            item.add_marker(pytest.mark.skip(reason=f"runs on {database} only"))


def skip_without_real_data(config: pytest.Config, items: Iterable[pytest.Item]) -> None:
    for item in items:
        if ROOT / "tests" / "realdata" in item.path.parents:
            item.add_marker(pytest.mark.realdata)
        if (
            item.get_closest_marker("realdata")
            and not REALDATA.is_dir()
            and not config.getoption("--realdata")
        ):
            item.add_marker(pytest.mark.skip(reason=f"there is no real data in {REALDATA}"))


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call() -> Generator[None, object, object]:
    with skipped_for_want_of_a_program():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup() -> Generator[None, object, object]:
    with skipped_for_want_of_a_program():
        return (yield)


@contextlib.contextmanager
def skipped_for_want_of_a_program() -> Iterator[None]:
    """Skip what needs a program that this user may not install, naming the command; in CI it fails."""
    try:
        yield
    except needs.MissingProgram as missing:
        if needs.in_ci():
            raise
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def realdata() -> Path:
    """The folder of the real data sets; a test that uses it carries the marker `realdata`."""
    assert REALDATA.is_dir(), "The real data is absent: name its folder in MOKED_REALDATA."
    return REALDATA
