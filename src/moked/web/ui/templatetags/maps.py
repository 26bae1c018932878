"""What a map needs to know before it is drawn: where its tiles come from, and its words."""

import json
import re

from django import template
from django.conf import settings
from django.template.context import Context
from django.utils.translation import gettext as _

from moked.places.rules import Point
from moked.web.ui.requests import TownRequest

register = template.Library()

APPLE = re.compile("iPhone|iPad|iPod|Macintosh")  # they do not know the scheme geo:


@register.simple_tag
def map_source() -> dict[str, str]:
    """Return the addresses of style and tiles that the installation set; empty ones draw the town alone."""
    return {
        "style": settings.MAP_STYLE_URL,
        "tiles": settings.MAP_TILES_URL,
        "attribution": settings.MAP_ATTRIBUTION,
    }


@register.simple_tag
def map_words() -> str:
    """Return, as JSON, what the script of a map says."""
    gestures = "CooperativeGesturesHandler"
    return json.dumps(
        {
            "asking": _("Asking this device where it is…"),
            "refused": _("This device may not say where it is. Write the address, or move the pin."),
            "unknown": _("This device does not know where it is. Write the address, or move the pin."),
            "placed": _("The pin is at {where}."),
            "library": {
                "Map.Title": _("Map"),
                "Marker.Title": _("Pin"),
                "AttributionControl.ToggleAttribution": _("Sources of the map"),
                f"{gestures}.WindowsHelpText": _("Hold Ctrl while scrolling to zoom the map"),
                f"{gestures}.MacHelpText": _("Hold ⌘ while scrolling to zoom the map"),
                f"{gestures}.MobileHelpText": _("Two fingers move the map"),
            },
        },
        ensure_ascii=False,
    )


@register.simple_tag(takes_context=True)
def map_app(context: Context, point: Point) -> str:
    """Return the address at which the reader's device opens a place in its map app."""
    request: TownRequest = getattr(context, "request", None) or context["request"]
    place = f"{point.latitude:.6f},{point.longitude:.6f}"
    is_apple = APPLE.search(request.headers.get("User-Agent", ""))
    return f"maps:?q={place}" if is_apple else f"geo:{place}?q={place}"
