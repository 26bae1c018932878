"""What every page relies on: icons that exist, contrast, rules of the style sheets and templates."""

import re
from pathlib import Path

import pytest

from moked.web.ui import labels

WEB = Path(labels.__file__).parents[1]
STATIC = WEB / "ui" / "static" / "ui"
SHEETS = sorted(WEB.glob("*/static/**/*.css"))
TEMPLATES = sorted(WEB.glob("*/templates/**/*.html"))
ICONS = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons.svg").read_text(encoding="utf-8")))

LIGHT, DARK = 0, 1
PAIRS = [
    ("text", "surface", 7),
    ("text", "page", 7),
    ("muted", "surface", 7),
    ("brand", "surface", 4.5),
    ("brand", "page", 4.5),
    ("brand", "selected", 4.5),
    ("on-brand", "brand", 4.5),
    ("on-brand-hover", "brand-hover", 4.5),
    ("on-danger", "danger", 4.5),
    ("error", "surface", 4.5),
    ("error", "page", 4.5),
    ("field-border", "surface", 3),
    ("text", "selected", 4.5),
    ("text", "blue", 4.5),
    ("on-note", "note", 4.5),
    *((f"on-{tone}", tone, 4.5) for tone in ("neutral", "blue", "violet", "amber", "teal", "green", "red")),
]


def tokens(scheme: int) -> dict[str, str]:
    """Return the colours of the light scheme or of the dark one."""
    sheet = (STATIC / "tokens.css").read_text(encoding="utf-8")
    pairs = re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);", sheet)
    return {name: colours[scheme] for name, *colours in pairs}


def luminance(colour: str) -> float:
    """Return relative luminance, WCAG 2.2."""
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "back", "least"), PAIRS)
def test_text_can_be_read_on_its_ground(front: str, back: str, least: float, scheme: int) -> None:
    colours = tokens(scheme)

    assert contrast(colours[front], colours[back]) >= least


def test_contrast_is_computed_as_the_standard_does() -> None:
    assert round(contrast("#000000", "#ffffff"), 2) == 21
    assert round(contrast("#0b55a0", "#ffffff"), 1) == 7.4


def test_every_icon_asked_for_exists() -> None:
    asked = {
        name
        for template in TEMPLATES
        for name in re.findall(r'(?:{% icon |icon=)"([\w-]+)"', template.read_text(encoding="utf-8"))
    }
    tables = (
        labels.STATES,
        labels.OUTCOMES,
        labels.CHANNELS,
        labels.CHANGES,
        labels.KINDS,
        labels.REVIEW_REASONS,
    )
    asked |= {label.icon for table in tables for label in table.values()}

    assert asked - ICONS == set()
    assert len(asked) > 20


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_sheets_know_start_and_end_but_not_left_and_right(sheet: Path) -> None:
    rules = sheet.read_text(encoding="utf-8")
    rules = "\n".join(line for line in rules.splitlines() if not line.startswith("[dir="))

    assert (
        re.findall(r"(?:margin|padding|border|inset)-(?:left|right)\b|(?:^|[\s;{])(?:left|right):", rules)
        == []
    )
    assert re.findall(r"text-align: (?:left|right)", rules) == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_templates_hold_no_styles_and_no_scripts(template: Path) -> None:
    page = template.read_text(encoding="utf-8")

    assert re.findall(r"\sstyle=|\son[a-z]+=|<style|javascript:", page) == []
    assert [
        tag for tag in re.findall(r"<script[^>]*>", page) if "src=" not in tag or "CSP_NONCE" not in tag
    ] == []


@pytest.mark.parametrize("name", ["STATES", "STANDINGS"])
def test_every_state_has_words(name: str) -> None:
    assert set(getattr(labels, name)) == set(labels.State)


@pytest.mark.parametrize(
    ("table", "codes"),
    [
        (labels.OUTCOMES, labels.Outcome),
        (labels.RESIDENT_OUTCOMES, labels.Outcome),
        (labels.CHANNELS, labels.Channel),
        (labels.CHANGES, labels.ChangeKind),
        (labels.KINDS, labels.CaseKind),
        (labels.REVIEW_REASONS, labels.ReviewReason),
        (labels.ROLES, labels.Role),
    ],
)
def test_every_code_has_words(table, codes) -> None:
    assert set(table) == set(codes)
