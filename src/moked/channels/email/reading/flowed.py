"""Text in the format that lets lines flow (RFC 3676), as Thunderbird and Apple Mail send it."""


def unflowed(text: str, *, delete_space: bool) -> str:
    """Return paragraphs on one line each; a signature's mark stays, and so do quote signs."""
    paragraphs: list[tuple[int, list[str]]] = []
    is_open = False
    for line in text.splitlines():
        content = line.lstrip(">")
        depth = len(line) - len(content)
        content = content.removeprefix(" ")
        flows = content.endswith(" ") and content != "-- "
        kept = content[:-1] if flows and delete_space else content
        if is_open and paragraphs[-1][0] == depth and content != "-- ":
            paragraphs[-1][1].append(kept)
        else:
            paragraphs.append((depth, [kept]))
        is_open = flows
    return "\n".join(f"{'>' * depth}{' ' * bool(depth)}{''.join(pieces)}" for depth, pieces in paragraphs)
