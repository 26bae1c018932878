"""The documents rendered from the code say what the code says."""

import pytest

from moked.cases import rules
from moked.config.management.commands import write_docs


@pytest.mark.parametrize("name", write_docs.DOCUMENTS)
def test_a_rendered_document_equals_its_code(name: str) -> None:
    written = (write_docs.FOLDER / name).read_text(encoding="utf-8")
    assert written == write_docs.DOCUMENTS[name](), "Run: manage.py write_docs"


def test_the_diagram_draws_every_move_once() -> None:
    arrows = [line.strip() for line in write_docs.diagram() if "-->" in line]
    assert len(arrows) == len(set(arrows))
    drawn = set()
    for arrow in arrows:
        source, _, rest = arrow.partition(" --> ")
        target, _, step = rest.partition(": ")
        sources = rules.OPEN if source == "Open" else [source]
        drawn |= {(one, step, target) for one in sources}
    moves = {(move.source, move.step, move.target) for move in rules.TRANSITIONS}
    assert drawn - {("[*]", "", "RECEIVED")} == moves


def test_every_step_is_explained() -> None:
    assert write_docs.STEPS.keys() == set(rules.Step)
