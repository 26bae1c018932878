"""Titles: prefixes go at the beginning, in all languages and any number, and nothing else goes."""

import pytest

from moked.channels.email.reading.subjects import is_forward, title_of
from tests.channels.email.reading.letters import mail, opened


@pytest.mark.parametrize(
    "prefix",
    [
        "Re: ", "RE:", "re : ", "Re[2]: ", "Re(3): ", "Aw: ", "AW: ", "Fw: ", "Fwd: ", "FWD: ", "WG: ",
        "Tr: ", "RV: ",
        "SV: ", "VS: ", "Odp: ", "תגובה: ", "השב: ", "הועבר: ", "העברה: ", "\u200fהשב: ",
        "\u202bתגובה:\u202c ", "رد: ",
        "إعادة توجيه: ", "Válasz: ", "Re: Fwd: WG: AW: ", "תגובה: Re: השב: ", "RE: RE: RE: ", "Re：",
    ],
)  # fmt: skip
def test_a_prefix_goes(prefix: str) -> None:
    assert title_of(f"{prefix}A lamp is broken") == "A lamp is broken"


@pytest.mark.parametrize(
    "subject",
    [
        "A lamp, see Re: lamps", "Fwd without a colon", "FWD", "WGS84: where is it", "Regarding: lamps",
        "Re-opening: pool",
        "Trash: everywhere", "Address: Herzl 5", "תגובהה: x", "השבת: מים", "", "12:30 at the square",
        "Reply: no prefix of any program",
    ],
)  # fmt: skip
def test_what_is_no_prefix_stays(subject: str) -> None:
    assert title_of(subject) == subject


def test_only_the_outermost_prefix_tells_a_forwarded_mail() -> None:
    assert [is_forward(one) for one in ("Fwd: x", "WG: x", "הועבר: x", "Re: Fwd: x", "x Fwd: y", "FWD")] == [
        True, True, True, False, False, False,
    ]  # fmt: skip


def test_a_title_of_nothing_but_prefixes_takes_no_time() -> None:
    assert title_of("Re: " * 16_000) == ""


def test_bidirectional_controls_stay_in_the_subject_and_never_show() -> None:
    read = opened(mail(Subject="Re: invoice\u202efdp.exe\u2066".encode()))
    assert read.subject == "Re: invoice\u202efdp.exe\u2066"
    assert (read.subject_shown, read.title) == ("Re: invoicefdp.exe", "invoicefdp.exe")
