"""What the tests of the rigs share."""

import contextlib
import os
from collections.abc import Callable, Iterator

import pytest

from script import needs


@pytest.fixture
def long(pytestconfig: pytest.Config) -> bool:
    """Whether the rigs run at full length."""
    return bool(pytestconfig.getoption("--faults-long"))


@pytest.fixture
def unless_missing() -> Callable[[], "contextlib.AbstractContextManager[None]"]:
    """Skip, naming the command that mends it, where a program is missing; under CI=true that is a failure."""

    @contextlib.contextmanager
    def skipping() -> Iterator[None]:
        try:
            yield
        except needs.MissingProgram as missing:
            if os.environ.get("CI", "").lower() in {"true", "1"}:
                raise
            pytest.skip(str(missing))

    return skipping
