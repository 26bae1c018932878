"""Files as people upload them."""

import io
import json
from typing import Any

from moked.municipalities.models import Municipality
from moked.places import imports
from moked.places.imports import Preview
from tests.factories import NOW
from tests.places.maps import square

BY = {"source": "file", "by_user_id": None, "now": NOW}


def feature(name: str = "", geometry: Any = None, **properties: Any) -> dict[str, Any]:
    """Return a GeoJSON feature; a small square inside the test town unless a geometry is given."""
    geometry = geometry or square(31.96, 34.76, 31.97, 34.77)
    named = {"name": name} if name else {}
    return {"type": "Feature", "properties": named | properties, "geometry": geometry}


def polygon(*rings: list) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def collection(*features: Any, **more: Any) -> bytes:
    document = {"type": "FeatureCollection", "features": list(features)} | more
    return json.dumps(document, ensure_ascii=False).encode()


def check(town: Municipality, content: bytes, kind: str = "DISTRICT", **more: Any) -> Preview:
    return imports.check_areas(municipality=town, kind=kind, content=content, **(BY | more))


def apply(town: Municipality, preview: Preview) -> Any:
    assert preview.import_id is not None, [problem.sentence() for problem in preview.problems]
    return imports.apply_import(municipality=town, import_id=preview.import_id, by_user_id=None, now=NOW)


def check_streets(town: Municipality, text: str | bytes, encoding: str = "utf-8", **more: Any) -> Preview:
    content = text.encode(encoding) if isinstance(text, str) else text
    return imports.check_streets(municipality=town, file=io.BytesIO(content), **(BY | more))


def said(preview: Preview) -> list[str]:
    """Return the problems in words."""
    return [problem.sentence() for problem in preview.problems]


def codes(preview: Preview) -> list[str]:
    return [problem.code for problem in preview.problems]
