"""HTML of mails: made harmless, and turned into text that keeps who said what."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from urllib.parse import unquote

import nh3
from selectolax.lexbor import LexborHTMLParser, LexborNode

TAGS = {
    "a", "abbr", "address", "article", "b", "bdi", "bdo", "big", "blockquote", "br", "caption", "center",
    "cite", "code", "col", "colgroup", "dd", "del", "details", "dfn", "div", "dl", "dt", "em", "figcaption",
    "figure", "font", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "i", "img", "ins", "kbd",
    "li", "mark", "ol", "p", "pre", "q", "s", "samp", "section", "small", "span", "strike", "strong", "sub",
    "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul", "var",
}  # fmt: skip
GONE_WITH_CONTENT = {
    "script", "style", "title", "head", "template", "noscript", "iframe", "noframes", "noembed", "object",
    "embed", "applet", "svg", "math", "select", "textarea", "audio", "video", "canvas",
}  # fmt: skip
ATTRIBUTES = {
    "*": {"dir", "lang", "style", "title", "align"},
    "a": {"href"},
    "bdo": {"dir"},
    "font": {"color", "size"},
    "img": {"alt", "width", "height", "data-part", "data-remote"},
    "ol": {"start", "type"},
    "td": {"colspan", "rowspan", "valign", "width", "bgcolor"},
    "th": {"colspan", "rowspan", "valign", "width", "bgcolor"},
    "table": {"border", "cellpadding", "cellspacing", "width", "bgcolor"},
}
SCHEMES = {"http", "https", "mailto", "tel"}
STYLES = re.compile(
    r"\s*(?:color|background-color|direction|font-style|font-weight|text-align|text-decoration)"
    r"\s*:\s*(?:#?[a-z\d-]{1,30}|rgba?\([\d\s,.%]{1,40}\))\s*",
    re.IGNORECASE,
)
PLAIN = re.compile(r"[#\w.,%+ -]{0,60}")
BLOCKS = {
    "address", "article", "blockquote", "center", "dd", "details", "div", "dl", "dt", "figure", "footer",
    "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre",
    "section", "table", "tr", "ul",
}  # fmt: skip
SPACED = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "table", "blockquote"}
SPOKEN_BLOCKS = ("p", "div", "li", "td", "th", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "pre")
UNSEEN = GONE_WITH_CONTENT - {"noscript", "noframes", "noembed"}
SPACES = re.compile(r"[ \t\r\n\f\u00a0]+")
REMOTE = re.compile(r"(?:https?:)?//[^\s]{1,2000}", re.IGNORECASE)
DEEPEST_SIGNS = 20
NUMBER = re.compile(r"\d{1,4}")


class Mark(Enum):
    """Where a client says that what it quotes begins: everything below, or as a `wrote` line does."""

    BELOW = auto()
    WROTE = auto()


@dataclass
class Written:
    """HTML as lines of text, cited ones with `>`; marks by the number of the line they stand before."""

    lines: list[str] = field(default_factory=list)
    marks: dict[int, Mark] = field(default_factory=dict)
    links: int = 0


def cleaned(html: str, parts: Mapping[str, str]) -> str:
    """Return HTML that runs and loads nothing, its pictures as `data-part` or `data-remote`.

    `parts` tells the file of each Content-ID that has one. What is clean may be cleaned again.
    """
    tree = LexborHTMLParser(html)
    for image in tree.css("img"):
        _without_source(image, parts)
    for block in tree.css(",".join(SPOKEN_BLOCKS)):
        if not (block.attributes.get("dir") or "").strip():
            block.attrs["dir"] = "auto"
    return nh3.clean(
        (tree.body.inner_html if tree.body else None) or "",
        tags=TAGS,
        clean_content_tags=GONE_WITH_CONTENT,
        attributes=ATTRIBUTES,
        attribute_filter=_allowed,
        url_schemes=SCHEMES,
        url_relative="deny",
        link_rel="noopener noreferrer nofollow",
    )


def _without_source(image: LexborNode, parts: Mapping[str, str]) -> None:
    """Have nothing loaded: the mail's own picture is named by its file, one from elsewhere by its address."""
    source = (image.attributes.get("src") or "").strip()
    if not source:
        return
    del image.attrs["src"]
    image.attrs["data-part"] = image.attrs["data-remote"] = ""
    if source[:4].casefold() == "cid:":
        image.attrs["data-part"] = parts.get(content_id(source), "")
    elif REMOTE.fullmatch(source):
        image.attrs["data-remote"] = f"https:{source}" if source.startswith("//") else source


def content_id(source: str) -> str:
    """Return the Content-ID that an address beginning with cid: means."""
    return unquote(source[4:]).strip("<> ")


def _allowed(tag: str, name: str, value: str) -> str | None:
    """Return an attribute's value as far as it can only describe; None leaves the attribute out."""
    match name:
        case "style":
            return ";".join(one.strip() for one in value.split(";") if STYLES.fullmatch(one)) or None
        case "data-part":
            return value if NUMBER.fullmatch(value) else None
        case "data-remote":
            return value if REMOTE.fullmatch(value) and not value.startswith("//") else None
        case "href" | "alt" | "title":
            return value
        case _:
            return value if PLAIN.fullmatch(value) else None


def sources(html: str) -> set[str]:
    """Return the Content-IDs of the mail's own pictures that its HTML shows."""
    shown = (one.attributes.get("src") or "" for one in LexborHTMLParser(html).css("[src]"))
    return {content_id(source.strip()) for source in shown if source.strip()[:4].casefold() == "cid:"}


def written(html: str) -> Written:
    """Return what a person reads in some HTML. Never recurses, since it may be nested at will."""
    return _Writer().write(LexborHTMLParser(html).body)


class _Writer:
    def __init__(self) -> None:
        self.result = Written()
        self.line: list[str] = []
        self.citing = 0
        self.verbatim = 0

    def write(self, root: LexborNode | None) -> Written:
        node, is_entering = root, True
        while node is not None:
            if is_entering:
                below = self._enter(node)
                if below and node.first_child is not None:
                    node = node.first_child
                    continue
            self._leave(node)
            if root is None or node.mem_id == root.mem_id:
                break
            node, is_entering = (node.next, True) if node.next is not None else (node.parent, False)
        self._break()
        return self.result

    def _enter(self, node: LexborNode) -> bool:
        """Write what a node says itself; tells whether to look at what it holds."""
        if node.is_text_node:
            self._say(node.text_content or "")
            return False
        tag = node.tag or ""
        if not node.is_element_node or tag in UNSEEN:
            return False
        if tag in BLOCKS:
            self._break(is_paragraph=tag in SPACED)
        attributes = node.attributes
        if (mark := _mark(tag, attributes)) is not None:
            self._break()
            self.result.marks.setdefault(len(self.result.lines), mark)
        if _is_citation(tag, attributes):
            self.citing += 1
        self._begin(tag, attributes)
        return True

    def _begin(self, tag: str, attributes: Mapping[str, str | None]) -> None:
        match tag:
            case "br":
                self._break(is_forced=True)
            case "hr":
                self.line.append("-" * 10)
                self._break()
            case "li":
                self.line.append("- ")
            case "pre":
                self.verbatim += 1
            case "img" if (attributes.get("alt") or "").strip():
                self._say(f"[{attributes['alt']}]")

    def _leave(self, node: LexborNode) -> None:
        if not node.is_element_node:
            return
        tag = node.tag or ""
        if tag in UNSEEN:
            return
        match tag:
            case "a":
                self._say_address(node)
            case "td" | "th":
                self.line.append(" ")
            case "pre":
                self._break()
                self.verbatim -= 1
        if tag in BLOCKS:
            self._break(is_paragraph=tag in SPACED and tag != "blockquote")
        if _is_citation(tag, node.attributes):
            self.citing -= 1

    def _say(self, text: str) -> None:
        if self.verbatim:
            *whole, last = text.replace("\r\n", "\n").split("\n")
            for line in whole:
                self.line.append(line)
                self._break(is_forced=True)
            self.line.append(last)
            return
        self.line.append(SPACES.sub(" ", text))

    def _say_address(self, link: LexborNode) -> None:
        """Write where a link leads if its words do not tell."""
        address = (link.attributes.get("href") or "").strip()
        if not address.casefold().startswith(("http:", "https:")):
            self.result.links += bool(address)
            return
        self.result.links += 1
        said = "".join(self.line[-20:])
        bare = address.partition("://")[2].strip("/") or address
        if bare[:500] not in said:
            self.line.append(f" <{address}>")

    def _break(self, *, is_paragraph: bool = False, is_forced: bool = False) -> None:
        """End the line; before and after a paragraph there is one blank line."""
        text = "".join(self.line)
        text = text.rstrip() if self.verbatim else SPACES.sub(" ", text).strip()
        self.line = []
        lines = self.result.lines
        signs = "> " * min(self.citing, DEEPEST_SIGNS)
        if text or is_forced:
            lines.append(f"{signs}{text}".rstrip())
        if is_paragraph and lines and lines[-1].strip("> "):
            lines.append(signs.rstrip())


def _is_citation(tag: str, attributes: Mapping[str, str | None]) -> bool:
    """Tell whether a client quotes here; a blockquote alone is a person's own doing."""
    if tag != "blockquote":
        return False
    named = f" {attributes.get('class') or ''} ".casefold()
    return (
        (attributes.get("type") or "").casefold() == "cite"
        or " gmail_quote" in named
        or "protonmail_quote" in named
    )


def _mark(tag: str, attributes: Mapping[str, str | None]) -> Mark | None:
    """Return what a client's own sign means: Gmail, Outlook, Yahoo and AOL, Proton, Thunderbird, Zimbra."""
    if tag not in {"div", "span", "p", "hr"}:
        return None
    names = f"{attributes.get('id') or ''} {attributes.get('class') or ''}".split()
    for name in names:
        plain = name.removeprefix("x_").casefold()
        if plain in BELOW or "yahoo_quoted" in plain:
            return Mark.BELOW
        if plain.startswith(("gmail_quote", "protonmail_quote", "moz-cite-prefix", "gmail_attr")):
            return Mark.WROTE
    return Mark.BELOW if OUTLOOK_LINE.match(attributes.get("style") or "") else None


BELOW = {"divrplyfwdmsg", "appendonsend", "stopspelling", "olk_src_body_section", "zwchr"}
OUTLOOK_LINE = re.compile(
    r"\s*border:\s*none;\s*border-top:\s*solid #[\da-f]{6} 1\.0pt;\s*padding:\s*3\.0pt 0(in|cm|mm|pt)? 0",
    re.IGNORECASE,
)
