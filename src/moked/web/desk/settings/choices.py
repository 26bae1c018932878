"""What settings offer to choose from: the town's own things, by name in the reader's language."""

from collections.abc import Iterable

from django.conf import settings
from django.utils.dates import WEEKDAYS as WEEKDAY_NAMES
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from moked.accounts import queries as accounts
from moked.accounts.models import Team, User
from moked.base.labels import label
from moked.base.questions import Question
from moked.base.sorting import sort_key
from moked.cases import queries
from moked.cases.facts import WEEKDAYS
from moked.cases.rules import Channel
from moked.catalogue.models import Service
from moked.catalogue.queries import questions_of
from moked.catalogue.rules import Priority
from moked.handovers.models import ExternalBody
from moked.knowledge.models import LifeEvent
from moked.municipalities.models import Municipality
from moked.places.models import Area
from moked.places.rules import AreaKind
from moked.routing.decisions import people_of
from moked.web.desk.settings.departments import INDENT, named
from moked.web.desk.settings.texts import language_name
from moked.web.ui import labels
from moked.web.ui.labels import AREA_KINDS

Choices = list[tuple[str, str]]
Groups = list[tuple[str, Choices]]


def reader(town: Municipality) -> str:
    """Return the language names are chosen in."""
    return get_language() or town.language


def _sorted(found: Iterable[tuple[str, str]], town: Municipality) -> Choices:
    language = reader(town)
    return sorted(found, key=lambda one: sort_key(one[1], language))


def service_choices(town: Municipality) -> Choices:
    """Return the town's services by name."""
    rows = Service.objects.filter(municipality=town, is_offered=True)
    return _sorted(((one.slug, one.name_in(reader(town), town.language)) for one in rows), town)


def area_choices(town: Municipality) -> Groups:
    """Return the town's areas, grouped by kind, each group led by "any of them"."""
    rows = Area.objects.filter(municipality=town, is_retired=False).exclude(kind=AreaKind.OUTLINE)
    groups: dict[str, Choices] = {}
    for one in rows.defer("geometry").order_by("kind", "code"):
        name = one.name_in(reader(town), town.language) or one.code
        groups.setdefault(one.kind, []).append((f"{one.kind}/{one.code}", name))
    return [_group(str(AREA_KINDS[AreaKind(kind)]), kind, areas) for kind, areas in groups.items()]


def _group(word: str, kind: str, areas: Choices) -> tuple[str, Choices]:
    return word, [(f"{kind}/", _("%(kind)s: any") % {"kind": word}), *areas]


def department_choices(town: Municipality) -> Choices:
    """Return the departments as a tree."""
    return [
        (branch.department.code, INDENT * branch.depth + named(branch.department, town))
        for branch in accounts.tree(town.pk)
    ]


def team_choices(town: Municipality) -> Choices:
    """Return the teams by name, each with its department."""
    rows = Team.objects.filter(municipality=town, is_retired=False).select_related("department")
    return _sorted(((one.code, team_name(one, town)) for one in rows), town)


def team_name(team: Team, town: Municipality) -> str:
    """Return a team's name with that of its department."""
    own = team.name_in(reader(town), town.language)
    return f"{own} ({named(team.department, town)})" if team.department else own


def people_choices(town: Municipality) -> Choices:
    """Return those who work on cases, by name."""
    rows = User.objects.filter(id__in=list(people_of(town.pk)))
    return _sorted(((str(one.pk), one.name) for one in rows), town)


def body_choices(town: Municipality) -> Choices:
    """Return the external bodies by name."""
    rows = ExternalBody.objects.filter(municipality=town, is_retired=False)
    return _sorted(((one.code, one.name_in(reader(town), town.language)) for one in rows), town)


def label_choices(town: Municipality) -> Choices:
    """Return the labels by name."""
    known = queries.labels_of_town(town.pk, reader(town), town.language)
    return [(one.code, one.name_in(reader(town), town.language)) for one in known if not one.is_retired]


def life_event_choices(town: Municipality) -> Choices:
    """Return the life events in the order residents see them."""
    rows = LifeEvent.objects.filter(municipality=town, is_retired=False).order_by("position", "code")
    return [(one.code, one.name_in(reader(town), town.language)) for one in rows]


def channel_choices() -> Choices:
    """Return the ways a contact may come."""
    return [(one.value, str(labels.CHANNELS[one])) for one in Channel if one != Channel.UNKNOWN]


def language_choices() -> Choices:
    """Return the languages cases may be in."""
    return [(code, language_name(code)) for code, _name in settings.LANGUAGES]


def priority_choices() -> Choices:
    """Return the priorities, the lowest first."""
    return [(one.value, str(labels.PRIORITIES[one])) for one in Priority]


def weekday_choices() -> Choices:
    """Return the days of the week."""
    return [(code, str(WEEKDAY_NAMES[day])) for day, code in enumerate(WEEKDAYS)]


def answer_choices(town: Municipality, slugs: Iterable[str] | None = None) -> Groups:
    """Return the options of these services' questions, or of all, grouped by question."""
    rows = Service.objects.filter(municipality=town, is_offered=True).select_related("revision")
    rows = rows if slugs is None else rows.filter(slug__in=list(slugs))
    questions: dict[str, Question] = {}
    for service in rows.order_by("slug"):
        questions |= {one.code: one for one in questions_of(service) if one.options}
    return [(_label(one, town), _options(one, town)) for one in questions.values()]


def _label(question: Question, town: Municipality) -> str:
    return label(question.label, reader(town), town.language)


def _options(question: Question, town: Municipality) -> Choices:
    return [
        (f"{question.code}={one.code}", label(one.label, reader(town), town.language))
        for one in question.options
    ]
