"""What the lock files may not hold."""

import pytest

from script.lint import FOREIGN, foreign_lines


def test_foreign_lines_in_our_lock_files_are_none() -> None:
    assert list(foreign_lines()) == []


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://mirror.example/simple",
        "--find-links /somewhere/wheels",
        "moked @ file:///srv/moked",
        "git+ssh://git@host.example/x",
        '      "resolved": "http://registry.example/x.tgz",',
        "    # via -r /home/somebody/run.in",
        '"C:\\\\wheels"',
    ],
)
def test_foreign_when_a_line_names_a_place_then_it_is_seen(line: str) -> None:
    assert FOREIGN.search(line)


@pytest.mark.parametrize(
    "line",
    [
        "    --hash=sha256:5a811826e1a5a06c25ebc3e6c4a704613eb9a1bcf6b78428fbe865f4f6c9a4b8 \\",
        "    # via -c requirements/run.txt",
        '    "node_modules/@popperjs/core": {',
        '      "integrity": "sha512-7owtzuw9D+ipt0g8mcBGOm7MS/mv/REKsjSwEUe749UUsrnG54TSmus==",',
    ],
)
def test_foreign_when_a_line_names_none_then_it_passes(line: str) -> None:
    assert not FOREIGN.search(line)
