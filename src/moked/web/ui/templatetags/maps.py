"""What a map needs to know before it is drawn: where its tiles come from, and its words."""

import json

from django import template
from django.conf import settings
from django.utils.translation import gettext as _

register = template.Library()


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
