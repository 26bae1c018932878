"""Places in texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moked.base.placeholders import fill, places_in


@pytest.mark.abuse("A28")
def test_what_is_filled_in_is_never_read_as_a_template():
    assert fill("{title} {number}", {"title": "{number} {{x}} %s {0.__class__}", "number": "1"}) == (
        "{number} {{x}} %s {0.__class__} 1"
    )


@pytest.mark.abuse("A28")
@given(st.text(), st.text())
def test_whatever_is_filled_in_stands_there_as_it_is(title, name):
    assert fill("{name}: {title}", {"name": name, "title": title}) == f"{name}: {title}"


def test_a_name_that_is_not_known_is_an_error():
    with pytest.raises(KeyError):
        fill("{titel}", {"title": "x"})


def test_the_places_of_a_text_are_named_in_order():
    assert places_in("{name}, {number} {name} {Odd} {} {x") == ["name", "number", "name"]
