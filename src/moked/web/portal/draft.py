"""A report being written: everything said so far travels in hidden fields, nothing is kept in a session."""

import hashlib
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property

from django.http import QueryDict
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from moked.cases import queries as cases
from moked.cases.models import Case
from moked.cases.operations import Said
from moked.catalogue import queries as catalogue
from moked.catalogue.models import Service
from moked.catalogue.rules import PlaceNeed
from moked.places import queries as places
from moked.places.rules import BadPoint, Place, Point, PositionSource, read_point
from moked.residents.operations import ContactDetails
from moked.routing.queries import danger_in
from moked.web.portal.forms import ContactForm, MatterForm, PlaceForm
from moked.web.ui.forms import SubmissionField
from moked.web.ui.photos import NewPhotos
from moked.web.ui.questions import QuestionsForm
from moked.web.ui.requests import TownRequest

PHOTO_FIRST = "photo"
CONTACT_FIELDS = ("name", "email", "phone")
PLACE_FIELDS = ("address", "latitude", "longitude", "source")
FIELDS = ("first", "matter", "service", *PLACE_FIELDS, "outside", "unlike", "join", *CONTACT_FIELDS)
MOST_READ = 20_000  # more than fits in a report; no need to look for hints in megabytes


class Step(StrEnum):
    """The pages; which of them there are depends on what was said."""

    PHOTO = "photo"
    WHAT = "what"
    PLACE = "place"
    DUPLICATES = "duplicates"
    QUESTIONS = "questions"
    CONTACT = "contact"
    REVIEW = "review"


class Draft:
    """What the resident has said so far, as it came in the request."""

    def __init__(self, request: TownRequest) -> None:
        self.request = request
        self.municipality = request.municipality
        sent: QueryDict = request.POST
        self.said = {name: sent.get(name, "") for name in FIELDS}
        if request.method != "POST":
            self.said |= {name: request.GET.get(name, "") for name in ("first", "service")}
        self.submission = SubmissionField().clean(sent.get("submission"))
        self.language = translation.get_language() or self.municipality.language
        offered = catalogue.offered(self.municipality.pk)
        self.services = catalogue.by_name(offered, self.language, self.municipality.language)
        self.suggested = catalogue.suggest(self.services, self.said["matter"][:MOST_READ])
        self.photos = NewPhotos(request, self.municipality.pk, datetime.now(UTC))
        self.photo_position_is_new = self._take_photo_position()

    @property
    def is_photo_first(self) -> bool:
        """The resident began with a photo."""
        return self.said["first"] == PHOTO_FIRST

    @property
    def service(self) -> Service | None:
        """The chosen service, if it is on offer."""
        return next((one for one in self.services if one.slug == self.said["service"]), None)

    @cached_property
    def place(self) -> Place:
        """Where it is, with the areas there."""
        return places.locate(
            self.municipality.pk,
            point=self._point,
            address=self.place_form().cleaned_address,
            source=self._source if self._point else "",
        )

    @property
    def is_placed(self) -> bool:
        """Something was said of where it is."""
        return bool(self.place.address or self.place.point)

    @property
    def place_words(self) -> str:
        """Where it is, to read over: the address or, for a pin without one, its position."""
        if self.place.address or self.place.point is None:
            return self.place.address
        point = self.place.point
        return _("Pin on the map at %(position)s") % {
            "position": f"{point.latitude:.5f}, {point.longitude:.5f}"
        }

    @property
    def place_step(self) -> Step:
        """The page on which the place is changed."""
        return Step.PHOTO if self.is_photo_first else Step.PLACE

    @property
    def outside_key(self) -> str:
        """What the form sends back once the resident was told that a place lies outside the town."""
        return _key(self.place.point) if self.place.is_outside else ""

    @cached_property
    def joined_case(self) -> Case | None:
        """The public case that the resident said is theirs too."""
        if not self.said["join"]:
            return None
        return cases.public_case(self.municipality.pk, self.said["join"])

    @property
    def duplicates_key(self) -> str:
        """What the form sends back for "None of these": asked once for each service and place."""
        return _key(self.place.point, self.said["service"])

    @cached_property
    def duplicates(self) -> list[cases.NearbyCase]:
        """Open public cases close by that may be the same matter."""
        if self.service is None or self.place.point is None:
            return []
        return cases.likely_duplicates(self.service, self.place.point)

    @property
    def matter(self) -> str:
        """What the case begins with: the resident's words or, for photos without any, the service's name."""
        words: str = self.matter_form(self.said).cleaned_words
        if words or self.service is None:
            return words
        return self.service.name_in(self.language, self.municipality.language)

    @cached_property
    def advice(self) -> str:
        """What to do until somebody comes, where what was said so far is a sign of danger."""
        town = self.municipality
        words, service = self.matter_form(self.said).cleaned_words, self.said.get("service", "")
        if not words and not service:
            return ""
        danger = danger_in(town.pk, words=words, service=service)
        return danger.advice_in(self.language, town.language, town.emergency_phone) if danger else ""

    @property
    def everything(self) -> Said:
        """What is said beside the matter, for the operation."""
        questions = catalogue.questions_of(self.service) if self.service else ()
        return Said(
            place=self.place,
            answers=self.questions().answers.values,
            public_codes=frozenset(one.code for one in questions if one.is_public),
            photos=self.photos.tokens,
        )

    def matter_form(self, said: dict[str, str] | None = None, **kwargs: object) -> MatterForm:
        """Return the form of what it is about; without `said` it is only shown, not checked."""
        return MatterForm(
            said,
            services=self.services,
            suggested=self.suggested,
            language=self.language,
            town_language=self.municipality.language,
            has_photos=bool(self.photos.tokens),
            **kwargs,
        )

    def place_form(self, *, is_checked: bool = True) -> PlaceForm:
        """Return the form of where it is."""
        needed = self.service is not None and self.service.place == PlaceNeed.NEEDED
        return PlaceForm(self.said, is_needed=needed, is_checked=is_checked)

    def contact_form(self) -> ContactForm:
        """Return the checked form of how to reach the resident."""
        return ContactForm(self.said)

    @property
    def details(self) -> ContactDetails:
        """How to reach the resident, as far as it can be kept."""
        form = self.contact_form()
        return form.details if form.is_valid() else ContactDetails()

    def questions(self, *, checks: bool = True) -> QuestionsForm:
        """Return the service's questions with what was answered."""
        return QuestionsForm(
            catalogue.questions_of(self.service) if self.service else (),
            self.request.POST,
            self.language,
            self.municipality.language,
            checks=checks,
            refresh_url=reverse("portal:questions"),
        )

    @property
    def steps(self) -> list[Step]:
        """The pages of this report, in order."""
        first = [Step.PHOTO, Step.WHAT] if self.is_photo_first else [Step.WHAT]
        return [
            *first,
            *(step for step in (Step.PLACE, Step.DUPLICATES) if self._has(step)),
            *self._last_steps,
        ]

    @property
    def _last_steps(self) -> list[Step]:
        asks = not self.joined_case and self.service is not None and catalogue.questions_of(self.service)
        return [*([Step.QUESTIONS] if asks else []), Step.CONTACT, Step.REVIEW]

    def _has(self, step: Step) -> bool:
        if step == Step.DUPLICATES:
            return bool(self.duplicates)
        if self.service is None or self.service.place == PlaceNeed.NONE:
            return False
        # Who began with a photo has said where it is, unless it has to be known and is not.
        return not self.is_photo_first or (self.service.place == PlaceNeed.NEEDED and not self.is_placed)

    @property
    def _point(self) -> Point | None:
        try:
            return read_point(self.said["latitude"], self.said["longitude"])
        except BadPoint:
            return None

    @property
    def _source(self) -> str:
        source = self.said["source"]
        return source if source in list(PositionSource) else PositionSource.PIN

    def _take_photo_position(self) -> bool:
        """Propose the place that a photo sent with the form knows; False where one was said before."""
        if self.photos.point is None or self._point or self.said["address"]:
            return False
        latitude, longitude = self.photos.point
        self.said |= {"latitude": str(latitude), "longitude": str(longitude), "source": PositionSource.PHOTO}
        return True


def _key(point: Point | None, *more: str) -> str:
    said = "\x1f".join([str(point), *more])
    return hashlib.sha256(said.encode()).hexdigest()[:16]
