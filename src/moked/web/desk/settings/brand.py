"""The town's own colours, refused where they could not be read."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from moked.municipalities.models import Municipality
from moked.municipalities.operations import BRAND, set_brand
from moked.municipalities.rules import GROUNDS, BadColour, Brand, Scheme
from moked.web.desk.settings import history
from moked.web.desk.settings.frame import BOTH, MANAGER, show
from moked.web.ui.access import access
from moked.web.ui.forms import Form, LineField
from moked.web.ui.requests import TownRequest
from moked.web.ui.views import see_other

SETTING = "brand"
NAME = "colours"
PRODUCT = Brand("#0b55a0", "#86bdf5")
NO_COLOUR = gettext_lazy("Choose a colour, like #0b55a0.")
TOO_WEAK = gettext_lazy(
    "This colour reaches a contrast of %(ratio).2f to 1 where it is read; 4.5 is needed. %(advice)s"
)
ADVICE = {
    Scheme.LIGHT: gettext_lazy("Choose a darker one."),
    Scheme.DARK: gettext_lazy("Choose a lighter one."),
}


class BrandForm(Form):
    """One colour for light pages and one for dark ones."""

    def __init__(self, *args: Any, brand: Brand, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = {"light": gettext_lazy("On light pages"), "dark": gettext_lazy("On dark pages")}
        for name, word in words.items():
            field = LineField(max_length=7, label=word, kind="color", missing=NO_COLOUR, test=name)
            field.initial = getattr(brand, name)
            self.fields[name] = field

    @property
    def brand(self) -> Brand:
        """The colours, once the fields are checked."""
        return Brand(self.cleaned_data["light"].lower(), self.cleaned_data["dark"].lower())


def brand_of(town: Municipality) -> Brand:
    """Return the town's colours, or the product's."""
    return Brand(**town.brand) if town.brand else PRODUCT


@access(*MANAGER, methods=BOTH)
def brand(request: TownRequest) -> HttpResponse:
    """Choose the colours, or go back to those that come with Moked."""
    town, step = request.municipality, request.POST.get("step", "")
    form = BrandForm(request.POST if step == "save" else None, brand=brand_of(town))
    is_asked = step == "default" or (step == "save" and form.is_valid())
    if is_asked and _is_set(request, form, None if step == "default" else form.brand):
        messages.success(request, _("The colours hold from now on."))
        return see_other(reverse("desk:settings_brand"))
    return show(
        request,
        "desk/settings/brand.html",
        SETTING,
        form=form,
        is_own=bool(town.brand),
        samples=_samples(brand_of(town)),
        history_name=NAME,
    )


def _is_set(request: TownRequest, form: BrandForm, brand: Brand | None) -> bool:
    """Set the colours; a refusal is added to the field of the colour."""
    try:
        _set(request, brand)
    except BadColour as refusal:
        form.add_error(str(refusal.scheme), ValidationError(words_of(refusal), code="contrast"))
        return False
    return True


def _set(request: TownRequest, brand: Brand | None) -> None:
    set_brand(
        municipality_id=request.municipality.pk,
        brand=brand,
        by_user_id=request.actor.user_id,
        now=history.now(),
    )


def words_of(refusal: BadColour) -> str:
    """Return why a colour is refused, and what to do about it."""
    if refusal.ratio is None:
        return str(NO_COLOUR)
    return str(TOO_WEAK) % {"ratio": refusal.ratio, "advice": ADVICE[refusal.scheme]}


def _samples(brand: Brand) -> list[dict[str, Any]]:
    """Return the colours as a page wears them, to be drawn as a picture."""
    return [
        {"shades": brand.shades(scheme), "ground": GROUNDS[scheme][1], "scheme": str(scheme)}
        for scheme in Scheme
    ]


def _find(town: Municipality, name: str) -> history.Thing | None:
    if name != NAME:
        return None
    return history.Thing(town.pk, _("Colours"), reverse("desk:settings_brand"))


def _publish(request: TownRequest, name: str, document: dict[str, Any]) -> None:
    try:
        _set(request, Brand(**document) if document else None)
    except BadColour as refusal:
        raise history.Refused(words_of(refusal)) from refusal


history.register(history.Kind(BRAND, SETTING, MANAGER, _find, _publish))
