"""Secret links."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moked.links import operations as links
from moked.links import rules
from moked.links.models import Link
from tests.factories import NOW

TRACKING, SURVEY = Link.Purpose.TRACKING, Link.Purpose.SURVEY


@pytest.fixture
def secret(db) -> str:
    return links.render(links.create(municipality_id=1, purpose=TRACKING, object_id=7))


def opens(secret: str, *, municipality_id=1, purpose=TRACKING, now=NOW) -> int | None:
    try:
        return links.open_link(secret, municipality_id=municipality_id, purpose=purpose, now=now).object_id
    except links.NoSuchLink:
        return None


def test_a_rendered_link_opens_its_object_and_is_always_the_same(secret):
    assert opens(secret) == 7
    assert secret == links.render(Link.objects.get())
    _, token = secret.split(".")
    assert len(token) == 32 and token == token.lower()


@pytest.mark.abuse("A02")
def test_nothing_secret_is_stored(secret):
    assert secret.split(".")[1] not in str(list(Link.objects.values()))


@pytest.mark.abuse("A02")
@pytest.mark.parametrize(
    "spoil",
    [
        lambda secret: "",
        lambda secret: secret[:-1],
        lambda secret: secret + "a",
        lambda secret: secret.upper(),
        lambda secret: secret.split(".")[0] + ".",
        lambda secret: secret.split(".")[0],
        lambda secret: "." + secret.split(".")[1],
        lambda secret: "x" + secret,
        lambda secret: secret + " ",
        lambda secret: secret.replace(".", "\x00."),
        lambda secret: secret.split(".")[0] + "." + "a" * 32,
        lambda secret: "שלום.ש",
    ],
)
def test_a_wrong_or_cut_link_opens_nothing(secret, spoil):
    assert opens(spoil(secret)) is None


@pytest.mark.abuse("A02")
def test_a_link_opens_nothing_elsewhere_for_another_purpose_or_after_its_end(secret):
    assert opens(secret, municipality_id=2) is None
    assert opens(secret, purpose=SURVEY) is None
    links.set_expiry(purpose=TRACKING, object_id=7, expires_at=NOW)
    assert opens(secret, now=NOW - timedelta(seconds=1)) == 7
    assert opens(secret, now=NOW) is None


@pytest.mark.abuse("A02")
def test_a_revoked_link_opens_nothing_and_a_new_one_does(secret):
    links.revoke(purpose=TRACKING, object_id=7)
    assert opens(secret) is None
    assert opens(links.render(Link.objects.get())) == 7


@given(st.text(), st.text(), st.integers(0, 99))
def test_tokens_differ_in_every_ingredient(purpose, reference, version):
    token = rules.derive_token(b"k", purpose=purpose, reference=reference, version=version)
    assert len(token) == 32
    assert token != rules.derive_token(b"k", purpose=purpose, reference=reference, version=version + 1)
    assert token != rules.derive_token(b"K", purpose=purpose, reference=reference, version=version)
    assert token != rules.derive_token(b"k", purpose=purpose + "x", reference=reference, version=version)
