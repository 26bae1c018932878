"""Pictures for invented cases, drawn from a few shapes: a street, and what is wrong in it."""

import random
from io import BytesIO

from PIL import Image, ImageDraw

WIDTH, HEIGHT = 480, 360
SKIES = ("#bcd7ee", "#d9dee4", "#f1d9bd")
WALLS = ("#d8b48a", "#c98f74", "#b9c2a1", "#a9b4c4")
WINDOW, KERB, ROAD, LINE = "#5b6f85", "#b3aca2", "#6b6e73", "#e3e0d6"
TARMAC, DARK, EARTH, METAL = "#4a4c50", "#232427", "#7a5b3e", "#3d444d"
LEAF, GLASS, CAR, TYRE = "#4c7a3d", "#f2cf63", "#9b3b35", "#1d2126"
BAGS = ("#2f6d5b", "#33373d", "#274c77")


def draw(service: str, chance: random.Random) -> bytes:
    """Return a PNG of a street with what a report to a service may be about."""
    image = Image.new("RGB", (WIDTH, HEIGHT), chance.choice(SKIES))
    pen = ImageDraw.Draw(image)
    _street(pen, chance)
    match service:
        case "pothole" | "manhole":
            _hole(pen, chance)
        case "street-light":
            _lamp(pen)
        case "tree":
            _tree(pen)
        case "parking":
            _car(pen)
        case _:
            _heap(pen, chance)
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _street(pen: ImageDraw.ImageDraw, chance: random.Random) -> None:
    for left in range(0, WIDTH, 120):
        top = chance.randrange(40, 110)
        pen.rectangle((left, top, left + 119, 220), fill=chance.choice(WALLS))
        for across in (left + 20, left + 70):
            for down in range(top + 20, 190, 50):
                pen.rectangle((across, down, across + 25, down + 30), fill=WINDOW)
    pen.rectangle((0, 220, WIDTH, 245), fill=KERB)
    pen.rectangle((0, 245, WIDTH, HEIGHT), fill=ROAD)
    for left in range(10, WIDTH, 100):
        pen.rectangle((left, 340, left + 55, 346), fill=LINE)


def _hole(pen: ImageDraw.ImageDraw, chance: random.Random) -> None:
    left, width = chance.randrange(90, 200), chance.randrange(120, 200)
    pen.ellipse((left - 14, 266, left + width + 14, 330), fill=TARMAC)
    pen.ellipse((left, 274, left + width, 322), fill=DARK)


def _lamp(pen: ImageDraw.ImageDraw) -> None:
    pen.rectangle((330, 50, 338, 235), fill=METAL)
    pen.rectangle((280, 50, 338, 57), fill=METAL)
    pen.polygon([(268, 57), (308, 57), (300, 76), (276, 76)], fill=GLASS)


def _tree(pen: ImageDraw.ImageDraw) -> None:
    pen.polygon([(150, 290), (170, 285), (360, 230), (355, 215)], fill=EARTH)
    for left, top in ((60, 215), (110, 235), (40, 255), (95, 270)):
        pen.ellipse((left, top, left + 90, top + 70), fill=LEAF)


def _car(pen: ImageDraw.ImageDraw) -> None:
    pen.rounded_rectangle((120, 215, 370, 280), 18, fill=CAR)
    pen.polygon([(165, 217), (200, 170), (300, 170), (335, 217)], fill=CAR)
    for left in (150, 290):
        pen.ellipse((left, 255, left + 50, 305), fill=TYRE)


def _heap(pen: ImageDraw.ImageDraw, chance: random.Random) -> None:
    for _ in range(6):
        left, top = chance.randrange(120, 300), chance.randrange(190, 235)
        pen.ellipse((left, top, left + 75, top + 60), fill=chance.choice(BAGS))
