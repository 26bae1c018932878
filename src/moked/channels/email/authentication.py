"""What the town's own mail server found out about a mail: Authentication-Results (RFC 8601)."""

import re
from collections.abc import Iterable, Iterator

LONGEST_RESULTS = 20_000
_DMARC = re.compile(r"dmarc(?:\s*/\s*\d+)?\s*=\s*(\w+)", re.IGNORECASE)
_DOMAIN = re.compile(r"header\.from\s*=\s*([^\s;\"]+)", re.IGNORECASE)


def is_proven(results: Iterable[str], authserv_id: str, domain: str) -> bool:
    """Tell whether a mail is from the domain in its From, as a server of ours found by DMARC.

    `results` are the headers, the topmost first: servers add theirs on top, so only the first that bears our
    server's name counts, and what anybody wrote below it or under another name does not.
    """
    for header in results:
        ours, *statements = _pieces(header[:LONGEST_RESULTS])
        if authserv_id and ours.split()[:1] == [authserv_id.casefold()]:
            return _passes(statements, domain)
    return False


def _passes(statements: Iterable[str], domain: str) -> bool:
    """Tell whether the first word on DMARC says that it is met, for this domain."""
    for statement in statements:
        if found := _DMARC.match(statement):
            about = _DOMAIN.search(statement)
            return found[1] == "pass" and about is not None and about[1] == domain.casefold()
    return False


def _pieces(header: str) -> list[str]:
    """Return what stands between the semicolons, in small letters, without comments and what is quoted.

    A sender's address and other words of theirs stand there as well, quoted or in a comment.
    """
    return [one.strip() for one in "".join(_bare(header)).casefold().split(";")]


def _bare(header: str) -> Iterator[str]:
    depth, is_quoted, is_escaped = 0, False, False
    for char in header:
        if is_escaped:
            is_escaped = False
        elif char == "\\" and (depth or is_quoted):
            is_escaped = True
        elif char == '"' and not depth:
            is_quoted = not is_quoted
            yield '"'
        elif is_quoted:
            continue
        elif char == "(":
            depth += 1
        elif char == ")" and depth:
            depth -= 1
        elif not depth:
            yield char
