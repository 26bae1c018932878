"""Which word of a mail server on a sender counts: ours, the topmost, on DMARC and on the domain in From."""

import pytest

from moked.channels.email.authentication import is_proven
from moked.channels.email.reading.message import read
from tests.channels.email.reading.letters import OURS, mail

US = "mx.town.example"
PASS = f"{US}; spf=pass smtp.mailfrom=a@b.example; dmarc=pass (p=REJECT) header.from=town.example"


@pytest.mark.parametrize(
    "results",
    [
        [PASS],
        [PASS.replace(US, f"{US} 1").replace("dmarc=", "DMARC/1 = ")],
        ["edge.town.example; dmarc=none", PASS, PASS.replace("pass", "fail")],
        [f'{US} (gateway); dkim=pass header.i="@x;y"; dmarc=pass action=none header.from=TOWN.example;x=y'],
    ],
)
def test_our_server_s_word_counts(results):
    assert is_proven(results, US.upper(), "Town.example")


@pytest.mark.parametrize(
    "results",
    [
        [],
        [PASS.replace("dmarc=pass", "dmarc=fail")],
        [PASS.replace("dmarc=pass", "dmarc=none")],
        [PASS.replace("dmarc=pass", "dmarc=passing")],
        [f"{US}; spf=pass; dkim=pass header.d=town.example"],
        [PASS.replace("header.from=town.example", "header.from=town.example.org")],
        [PASS.replace("header.from=town.example", "")],
        [PASS.replace(US, "mx.evil.example")],
        # Whoever wrote below our server's word, in a comment or in quotes says nothing.
        [f"{US}; dmarc=fail header.from=town.example", PASS],
        [f"{US}; spf=fail (x; dmarc=pass header.from=town.example)"],
        [f'{US}; spf=fail smtp.mailfrom="a; dmarc=pass header.from=town.example; "@b.example'],
        [f"{US}; spf=fail (x \\) ; dmarc=pass header.from=town.example)"],
        [f"{US}; dmarc=fail; dmarc=pass header.from=town.example"],
        ["; dmarc=pass header.from=town.example"],
    ],
)
def test_nobody_else_s_word_does(results):
    assert not is_proven(results, US, "town.example")


def test_what_a_sender_hides_in_encoded_words_is_not_our_server_s_word(tmp_path):
    forged = "=?l1?q?=3Bdmarc=3Dpass_header.from=3Dtown.example_?=@evil.example"
    said = f"{US}; spf=pass smtp.mailfrom={forged}; dmarc=fail header.from=town.example"
    found = read(mail(Authentication_Results=said), OURS, tmp_path)
    assert found.authentication_results == (said,)
    assert not is_proven(found.authentication_results, US, "town.example")


def test_without_a_name_nobody_is_proven():
    assert not is_proven(["; dmarc=pass header.from=town.example", PASS], "", "town.example")
