"""HTML of strangers does nothing but show text: asserted on what a browser's parser makes of it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from moked.channels.email.reading import html
from tests.channels.email.reading.letters import mail, opened, part, parts
from tests.channels.email.reading.vectors import VECTORS

pytestmark = pytest.mark.abuse("A09")

FORBIDDEN = {
    "applet", "audio", "base", "body", "button", "canvas", "command", "dialog", "embed", "fencedframe",
    "form", "frame",
    "frameset", "head", "html", "iframe", "input", "isindex", "layer", "link", "marquee", "math", "meta",
    "noembed",
    "noframes", "noscript", "object", "option", "param", "picture", "plaintext", "portal", "script",
    "select", "slot",
    "source", "style", "svg", "template", "textarea", "title", "track", "video", "xml", "xmp",
}  # fmt: skip
LOADING = {
    "src",
    "srcset",
    "background",
    "poster",
    "data",
    "action",
    "formaction",
    "cite",
    "longdesc",
    "xlink:href",
}
SCHEMES = ("http://", "https://", "mailto:", "tel:")


def complaints(clean: str) -> list[str]:
    """Return what in some HTML could run, load, or reach out of its place."""
    found = []
    for node in LexborHTMLParser(f"<body>{clean}</body>").css("body *"):
        if node.tag in FORBIDDEN or node.tag not in html.TAGS:
            found.append(f"<{node.tag}>")
        for name, value in node.attributes.items():
            found += [f"{node.tag} {name}={value}"] if is_bad(node.tag, name, value or "") else []
    return found


def is_bad(tag: str, name: str, value: str) -> bool:
    if name.startswith("on") or name in LOADING or name in {"id", "class", "name", "target", "srcdoc"}:
        return True
    if name == "href":
        return tag != "a" or not value.lower().startswith(SCHEMES)
    if name == "style":
        return any(
            sign in value.lower() for sign in ("url", "expression", "import", "position", "\\", "@", "/*")
        )
    if name == "data-remote":
        return not value.startswith(("http://", "https://"))
    return name == "data-part" and not value.isdigit()


def test_there_are_two_hundred_vectors() -> None:
    assert len(set(VECTORS)) >= 200


@pytest.mark.parametrize("vector", VECTORS, ids=range(len(VECTORS)))
def test_a_vector_in_the_body_does_nothing(vector: str) -> None:
    read = opened(mail(f"<p>Hello</p>{vector}<p>there</p>", html=True))
    assert complaints(read.html_clean) == []
    assert "Hello" in read.html_clean
    assert complaints(html.cleaned(read.html_clean, {})) == []


def test_a_vector_in_any_other_place_is_only_text() -> None:
    for vector in VECTORS:
        line = " ".join(vector.split())
        name = line.replace("\\", "").replace('"', "'")
        raw = parts(
            part(vector),
            part("x", "text/plain", Content_Disposition=f'attachment; filename="{name}"'.encode()),
            headers={"Subject": line.encode(), "From": f'"{name}" <d@example.net>'.encode()},
        )
        read = opened(raw)
        assert read.html_clean == ""
        shown = (read.subject_shown, read.title, read.authors[0].name, read.attachments[0].name)
        assert [one for one in shown if "\n" in one or "\x00" in one or "\u202e" in one] == []


def test_plain_text_beside_html_stays_text() -> None:
    read = opened(parts(part("<script>alert(1)</script>"), part("<b>x</b>", "text/html")))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in read.html_clean
    assert complaints(read.html_clean) == []


def test_pictures_wait_for_a_click() -> None:
    clean = html.cleaned(
        '<img src="https://t.example/p.gif" width=1><img src="//t.example/q.gif">'
        '<img src="cid:a@b" alt="lamp">'
        '<img src="data:image/png;base64,AA"><img src="ftp://t.example/x"><img data-remote="javascript:x">'
        '<img data-part="7 onerror=x"><img src="cid:unknown">',
        {"a@b": "3"},
    )
    assert html.cleaned(clean, {}) == clean
    images = [node.attributes for node in LexborHTMLParser(clean).css("img")]
    assert images == [
        {"width": "1", "data-remote": "https://t.example/p.gif"},
        {"data-remote": "https://t.example/q.gif"},
        {"alt": "lamp", "data-part": "3"},
        {},
        {},
        {},
        {},
        {},
    ]


def test_what_people_wrote_keeps_its_looks() -> None:
    wanted = (
        '<p dir="rtl" style="text-align:right">שלום <b>רב</b></p><ul><li dir="auto">one</li></ul>'
        '<span style="color:#ff0000">red answer</span>'
        '<a href="https://x.example/?a=1&amp;b=2" rel="noopener noreferrer nofollow">there</a>'
    )
    assert html.cleaned(wanted, {}) == wanted
    assert html.cleaned("<p>שלום</p>", {}) == '<p dir="auto">שלום</p>'


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(VECTORS),
            st.sampled_from(
                ["<svg>", "<math>", "</p>", "<table>", "<noscript>", "<!--", "-->", "]]>", "<template>"]
            ),
            st.sampled_from(
                ["<style>", "</style>", "<title>", "<textarea>", "<select>", "<mglyph>", '"', "'", "\x00"]
            ),
            st.text(max_size=20),
        ),
        max_size=6,
    )
)
def test_no_mixture_of_vectors_does_anything(pieces: list[str]) -> None:
    clean = html.cleaned("".join(pieces), {"a": "1"})
    assert complaints(clean) == []
