"""A town's own colours as a style sheet, named by what it says, so that browsers keep it."""

import hashlib

from django.http import Http404, HttpResponse

from moked.municipalities.models import Municipality
from moked.municipalities.rules import Brand, Scheme
from moked.web.ui.access import PUBLIC, access
from moked.web.ui.requests import TownRequest

NAMES = {"brand": "brand", "on_brand": "on-brand", "hover": "brand-hover", "on_hover": "on-brand-hover"}
KEPT_FOR_A_YEAR = "public, max-age=31536000, immutable"


@access(PUBLIC)
def stylesheet(request: TownRequest, version: str) -> HttpResponse:
    """Answer the town's colours; those of another day are no more."""
    brand = request.municipality.own_colours
    if brand is None or version != version_of(request.municipality):
        raise Http404
    return HttpResponse(
        sheet(brand), content_type="text/css; charset=utf-8", headers={"Cache-Control": KEPT_FOR_A_YEAR}
    )


def version_of(municipality: Municipality | None) -> str:
    """Return the version of the town's style sheet, "" without colours of its own."""
    brand = municipality.own_colours if municipality else None
    return hashlib.sha256(sheet(brand).encode()).hexdigest()[:12] if brand else ""


def sheet(brand: Brand) -> str:
    """Return the style sheet that puts the town's colours in place of the product's."""
    light, dark = brand.shades(Scheme.LIGHT), brand.shades(Scheme.DARK)
    lines = (
        f"  --{token}: light-dark({getattr(light, name)}, {getattr(dark, name)});"
        for name, token in NAMES.items()
    )
    return ":root {\n" + "\n".join(lines) + "\n}\n"
