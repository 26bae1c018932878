"""A town's own colours: one for light pages and one for dark ones, each readable wherever it stands."""

import dataclasses
from collections.abc import Mapping
from enum import StrEnum

from moked.base.colours import contrast, is_colour, mix

LEAST_CONTRAST = 4.5
WHITE, BLACK, INK = "#ffffff", "#000000", "#10151c"
HOVER_SHARE = 0.25


class Scheme(StrEnum):
    """Light pages or dark ones."""

    LIGHT = "light"
    DARK = "dark"


# Where links and buttons stand: page, surface and a selected row; as in ui/tokens.css, which a test compares.
GROUNDS: Mapping[Scheme, tuple[str, ...]] = {
    Scheme.LIGHT: ("#f5f6f8", "#ffffff", "#dce9f7"),
    Scheme.DARK: ("#10151c", "#18202a", "#1d3a59"),
}


class BadColour(ValueError):
    """A colour is none (no `ratio`), or cannot be read where it stands: `ratio` is the worst measured."""

    def __init__(self, scheme: Scheme, ratio: float | None) -> None:
        measured = "no colour" if ratio is None else f"{ratio:.2f}:1"
        super().__init__(
            f"The {scheme} colour is refused: {measured}, at least {LEAST_CONTRAST}:1 is needed."
        )
        self.scheme, self.ratio = scheme, ratio


@dataclasses.dataclass(frozen=True)
class Shades:
    """What follows from one colour: the text on it, its shade under a pointer, the text on that."""

    brand: str
    on_brand: str
    hover: str
    on_hover: str


@dataclasses.dataclass(frozen=True)
class Brand:
    """The town's colour for links and main buttons, `#rrggbb` each; checked by `check_brand`."""

    light: str
    dark: str

    def shades(self, scheme: Scheme) -> Shades:
        """Return the colours of one scheme."""
        brand, away = (self.light, BLACK) if scheme == Scheme.LIGHT else (self.dark, WHITE)
        hover = mix(brand, away, HOVER_SHARE)
        return Shades(brand, text_on(brand), hover, text_on(hover))


def text_on(colour: str) -> str:
    """Return white or ink, whichever is read better on the colour."""
    return max(WHITE, INK, key=lambda text: contrast(text, colour))


def worst_contrast(brand: Brand, scheme: Scheme) -> float:
    """Return the lowest ratio among all that stands together: links on their grounds, texts on buttons."""
    shades = brand.shades(scheme)
    pairs = [(shades.brand, ground) for ground in GROUNDS[scheme]]
    pairs += [(shades.on_brand, shades.brand), (shades.on_hover, shades.hover)]
    return min(contrast(*pair) for pair in pairs)


def check_brand(brand: Brand) -> None:
    """Raise BadColour when a colour is none or any pair falls below 4.5:1."""
    for scheme, colour in ((Scheme.LIGHT, brand.light), (Scheme.DARK, brand.dark)):
        if not is_colour(colour):
            raise BadColour(scheme, None)
        ratio = worst_contrast(brand, scheme)
        if ratio < LEAST_CONTRAST:
            raise BadColour(scheme, ratio)
