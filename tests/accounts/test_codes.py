"""One-time codes by the clock: the standard's own examples, and what is taken when."""

import base64
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from moked.accounts.codes import address_of, code_at, secret_of, step_of

SECRET = base64.b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    ("moment", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_the_standard(moment: int, code: str) -> None:
    """RFC 6238, appendix B: the last six of its eight digits."""
    assert code_at(SECRET, moment // 30) == code


@pytest.mark.parametrize(("later", "found"), [(-31, False), (-30, True), (0, True), (59, True), (60, False)])
def test_a_code_is_taken_half_a_minute_around_its_time(later: int, found: bool) -> None:
    step = 1000
    assert step_of(SECRET, code_at(SECRET, step), at=step * 30 + later) == (step if found else None)


def test_a_code_is_taken_only_after_the_last_one() -> None:
    code = code_at(SECRET, 1000)
    assert step_of(SECRET, code, at=30000, after=999) == 1000
    assert step_of(SECRET, code, at=30000, after=1000) is None
    assert step_of(SECRET, code, at=30000, after=1001) is None


@pytest.mark.parametrize("code", ["", "0", "٠٠٠٠٠٠", "x" * 10_000, "12345", "1234567"])
def test_anything_else_is_no_code(code: str) -> None:
    assert step_of(SECRET, code, at=30000) is None


def test_the_picture_names_town_and_person() -> None:
    secret = secret_of(b"\x01" * 32)
    parts = urlsplit(address_of(secret, issuer="גבעת: אלון", account="a+b@c.example"))
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert unquote(parts.path) == "/גבעת  אלון:a+b@c.example"
    assert parse_qs(parts.query) == {"secret": [secret], "issuer": ["גבעת  אלון"]}
    assert len(base64.b32decode(secret)) == 20
