"""Routing rules as sentences, and what to say about those that cannot work."""

import dataclasses
import functools

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from moked.accounts.models import Department
from moked.base.labels import label
from moked.catalogue.models import Service
from moked.municipalities.models import Municipality
from moked.places.models import Area
from moked.places.rules import AreaKind
from moked.routing.rules import BadRules, Rule
from moked.web.ui import labels

# By whether services are named, and whether nothing, a kind of area or areas are.
PATTERNS = {
    (False, "anywhere"): _("Everything else goes to %(department)s."),
    (True, "anywhere"): _("%(services)s: goes to %(department)s, wherever it is."),
    (False, "kind"): _("Whatever lies in one of these areas – %(kind)s, any – goes to %(department)s."),
    (True, "kind"): _("%(services)s, in one of these areas – %(kind)s, any –: goes to %(department)s."),
    (False, "areas"): _("Whatever lies in %(areas)s (%(kind)s) goes to %(department)s."),
    (True, "areas"): _("%(services)s, in %(areas)s (%(kind)s): goes to %(department)s."),
}
REFUSALS = {
    "TOO_MANY": _("There is room for 200 rules. Put several services or areas into one rule."),
    "NO_DEPARTMENT": _("Rule %(number)d leads to no department. Change it and choose one."),
    "NO_KIND": _("Rule %(number)d names areas without saying of which kind. Change it."),
    "UNKNOWN_DEPARTMENT": _("The department “%(name)s” of rule %(number)d is no longer there. Change it."),
    "UNKNOWN_SERVICE": _("The service “%(name)s” of rule %(number)d is no longer there. Change the rule."),
    "UNKNOWN_KIND": _("Rule %(number)d names a kind of area the town has none of: “%(name)s”. Change it."),
    "UNKNOWN_AREA": _("The area “%(name)s” of rule %(number)d is no longer there. Change the rule."),
    "NEVER_REACHED": _("Rule %(number)d never decides anything: rule %(name)s before it takes everything."),
    "NOT_A_LIST": _("The rules on this page cannot be read any more. Open the page again."),
}


@dataclasses.dataclass(frozen=True)
class Sentence:
    """A rule in words."""

    number: int
    text: str


class Words:
    """The names of what a town's rules speak of, read once."""

    def __init__(self, town: Municipality) -> None:
        self.town = town

    def sentence(self, number: int, rule: Rule) -> Sentence:
        """Return a rule in words."""
        where = "areas" if rule.areas else "kind" if rule.area_kind else "anywhere"
        areas = (self.area(rule.area_kind, code) for code in rule.areas)
        said = {
            "services": ", ".join(self.service(slug) for slug in rule.services),
            "areas": ", ".join(areas),
            "kind": self.kind(rule.area_kind),
            "department": self.department(rule.department),
        }
        return Sentence(number, str(PATTERNS[bool(rule.services), where]) % said)

    def department(self, code: str) -> str:
        """Return a department's name."""
        return self._departments.get(code, code)

    def service(self, slug: str) -> str:
        """Return a service's name."""
        return self._services.get(slug, slug)

    def area(self, kind: str, code: str) -> str:
        """Return an area's name."""
        return self._areas.get((kind, code), code)

    def kind(self, code: str) -> str:
        """Return the word for a kind of area."""
        return str(labels.AREA_KINDS[AreaKind(code)]) if code in list(AreaKind) else code

    @functools.cached_property
    def _departments(self) -> dict[str, str]:
        return {one.code: self._named(one) for one in Department.objects.filter(municipality=self.town)}

    @functools.cached_property
    def _services(self) -> dict[str, str]:
        return {one.slug: self._named(one) for one in Service.objects.filter(municipality=self.town)}

    @functools.cached_property
    def _areas(self) -> dict[tuple[str, str], str]:
        rows = Area.objects.filter(municipality=self.town).defer("geometry")
        return {(one.kind, one.code): self._named(one) for one in rows}

    def _named(self, one: Department | Service | Area) -> str:
        return label(one.name, get_language() or self.town.language, self.town.language)


def refusal_of(refusal: BadRules, town: Municipality) -> str:
    """Return why rules are refused, in a sentence."""
    words = Words(town)
    name = refusal.name
    if refusal.code == "UNKNOWN_DEPARTMENT":
        name = words.department(name)
    elif refusal.code == "UNKNOWN_SERVICE":
        name = words.service(name)
    return str(REFUSALS[refusal.code]) % {"number": refusal.number, "name": name}
