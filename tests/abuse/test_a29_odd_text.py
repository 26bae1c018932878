"""A29: empty, over-long, invisible and malformed text in every text field of every form."""

import importlib
import pkgutil
import unicodedata
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

import pytest
from django import forms
from django.apps import apps
from django.db import models

import moked.web
from moked.base.questions import WITH_OPTIONS, WITHOUT_ANSWER, Kind, Option, Question
from moked.base.text import _balanced
from moked.cases.models import Answer
from moked.web.ui.forms import CoordinateField, DayField, SourceField, SubmissionField, TextField
from moked.web.ui.questions import PREFIX
from moked.web.ui.sign_in_forms import NewPasswordForm
from tests.abuse.answers import writes
from tests.abuse.routes import ROUTES, Aim
from tests.abuse.test_a04_mass_assignment import aim_of
from tests.abuse.world import ASKS_AGAIN, World, address, browser, make_world, send, undone
from tests.factories import make_service

pytestmark = pytest.mark.abuse("A29")

# Where each form is sent. A form that is missing here makes the suite fail.
SENT_TO: dict[str, tuple[str, ...]] = {
    "desk.forms.ReplyForm": ("desk:reply",),
    "desk.forms.NoteForm": ("desk:note", "desk:crew_note"),
    "desk.forms.ReviewForm": ("desk:answer_review", "desk:reopen"),
    "desk.forms.CloseForm": ("desk:close", "desk:crew_done"),
    "desk.call_form.CallForm": ("desk:new",),
    "desk.forms.AssignForm": ("desk:assign",),
    "desk.case_forms.OtherPlaceForm": ("desk:change_place",),
    "desk.case_forms.PublicWordsForm": ("desk:public_words",),
    "desk.case_forms.SendBackForm": ("desk:send_back",),
    "desk.case_forms.SplitForm": ("desk:split",),
    "desk.case_forms.HandOverForm": ("desk:hand_over",),
    "desk.case_forms.TellBodyForm": ("desk:tell_body",),
    "desk.settings.bodies.ExternalBodyForm": ("desk:settings_new_body", "desk:settings_body"),
    "desk.settings.mailboxes.MailboxForm": ("desk:settings_mailbox",),
    "desk.settings.mailboxes.NewMailboxForm": ("desk:settings_new_mailbox",),
    "desk.forms.PriorityForm": ("desk:set_priority",),
    "desk.forms.KindForm": ("desk:set_kind",),
    "desk.forms.PraiseForm": ("desk:praise",),
    "desk.mails.DiscardForm": ("desk:mail",),
    "desk.case_labels.LabelsForm": ("desk:labels",),
    "desk.forms.StateForm": ("desk:move",),
    "desk.settings.departments.DepartmentForm": ("desk:settings_new_department", "desk:settings_department"),
    "desk.settings.labels.LabelForm": ("desk:settings_new_label", "desk:settings_label"),
    "desk.settings.team_forms.TeamForm": ("desk:settings_new_team", "desk:settings_team"),
    "desk.settings.notices.NoticeForm": ("desk:settings_notice",),
    "desk.settings.calendar_forms.CalendarForm": ("desk:settings_new_calendar", "desk:settings_calendar"),
    "desk.settings.calendar_forms.ProbeForm": ("desk:settings_calendar",),
    "desk.settings.guide_forms.GuideForm": ("desk:settings_new_guide", "desk:settings_guide"),
    "desk.settings.guide_forms.LifeEventForm": (
        "desk:settings_new_life_event",
        "desk:settings_life_event",
    ),
    "desk.settings.replies.ReplyTemplateForm": ("desk:settings_new_reply", "desk:settings_reply"),
    "desk.settings.brand.BrandForm": ("desk:settings_brand",),
    "desk.settings.closed.ClosedForm": ("desk:settings_closed",),
    "desk.settings.maps.MapFileForm": ("desk:settings_map",),
    "desk.case_forms.LaterForm": ("desk:later",),
    "desk.settings.warnings.LevelForm": ("desk:settings_warnings",),
    "desk.settings.promises.FromForm": ("desk:settings_promise",),
    "desk.settings.promises.TermsForm": ("desk:settings_promise",),
    "desk.settings.dangers.DangerForm": ("desk:settings_dangers",),
    "desk.settings.routing_forms.RuleForm": ("desk:settings_routing",),
    "desk.settings.reaction_forms.ReactionForm": ("desk:settings_reactions",),
    "desk.settings.service_forms.ServiceForm": ("desk:settings_new_service", "desk:settings_service"),
    "desk.settings.question_forms.QuestionForm": ("desk:settings_question",),
    "desk.settings.people.InvitationForm": ("desk:settings_new_person",),
    "desk.settings.people.RoleForm": ("desk:settings_person",),
    "desk.resident_contacts.PointForm": ("desk:resident_contact_new", "desk:resident_contact"),
    "portal.forms.MatterForm": ("portal:report",),
    "portal.forms.ContactForm": ("portal:report",),
    "portal.forms.PlaceForm": ("portal:report",),
    "portal.forms.ReplyForm": ("portal:track",),
    "portal.forms.SurveyForm": ("portal:survey",),
    "portal.forms.BodyAnswerForm": ("portal:hand_over",),
    "portal.forms.FollowForm": ("portal:start",),
    "ui.sign_in_forms.SignInForm": ("account_login",),
    "ui.sign_in_forms.ResetForm": ("account_reset_password",),
    "ui.sign_in_forms.OwnPasswordForm": ("account_change_password",),
    "ui.sign_in_factor_forms.PasskeyNameForm": ("account_rename_passkey",),
}
NOT_SENT = {
    "desk.case_forms.NothingForm": "only a button",
    "desk.forms.CalledForm": "only a button",
    "portal.forms.NoticesForm": "choices only",
    "desk.case_forms.OtherCaseForm": "a number that is looked up and not kept",
    "desk.case_forms.OtherServiceForm": "choices only",
    "desk.case_forms.ScheduleForm": "choices only",
    "desk.settings.calendar_forms.HolidaysForm": "choices only",
    "desk.settings.team_forms.MembersForm": "choices only",
    "desk.settings.notices.QuietForm": "times; odd ones are tried with the page",
    "desk.settings.team_forms.RosterForm": "days and times; odd times are tried with the page",
    "desk.settings.team_forms.AbsenceForm": "days and choices; odd days are tried with the page",
    "desk.settings.trials.TrialForm": "choices and days, for a trial",
    "desk.mails.OpenForm": "as the report of an agent; tried with the page",
    "desk.mails.CaseNoteForm": "as a note of an agent; tried with the page",
    "desk.resident_merging.LookForm": "a name that is looked up and not kept",
    "desk.resident_merging.MergeForm": "choices only",
    "desk.exports.ExportForm": "days and choices; odd days are tried with the page",
    "desk.forms.CaseForm": "what forms of a case have in common",
    "desk.forms.WordsForm": "what forms with words have in common",
    "desk.settings.texts.TextsForm": "what forms with texts in several languages have in common",
    "ui.forms.Form": "what all forms have in common",
    "ui.gallery.GalleryForm": "an example in the demo's gallery",
    "ui.questions.QuestionsForm": "its fields are a town's; odd answers are tried below",
    "ui.sign_in_factor_forms.AppCodeForm": "keeps nothing; odd codes are tried in A25",
    "ui.sign_in_factor_forms.CodeForm": "keeps nothing; odd codes are tried in A25",
    "ui.sign_in_factor_forms.CredentialForm": "no text; odd answers are tried in A25",
    "ui.sign_in_factor_forms.PasswordForm": "keeps nothing; odd passwords are tried in A25",
    "ui.sign_in_forms.NewPasswordForm": "behind a reset link; tried at its end",
}
ADDRESSES = {"contact", "email", "link", "token_url"}
NUMBERS = {"answer_days", "reminder_days", "port"}
UNSEEN = {"Cc", "Cs", "Zl", "Zp"}
BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
ONE_LINE = {"title", "name", "value", "normalised", "email"}
BLANK = ["", " ", "\n\n", "\t", "\u00a0", "\u3000", "\u2028", "\x07"]
INVISIBLE = ["\u202e", "\u2066\u2069", "\u200e\u200f", "\u200b", "\u200d\u2060", "\ufeff", "\u00ad", "\ufe0f"]
ODD = [
    f"be{BIDI}fore",
    "one\u202eeno",
    "one\u2067two\u2066three\nfour\u2069",
    "bell\x07 escape\x1b[2J delete\x7f",
    "line\u2028paragraph\u2029next form\x0cfeed\x0bend",
    "noncharacters\ufffe\uffff",
    "zalgo" + "\u0301" * 100,
    "שלום עולם\u200f LTR \u200emarks",
    "private \ue000 and astral 😀 𐤀",
]


def form_classes() -> Iterator[tuple[str, type[forms.BaseForm]]]:
    """Yield every form class that the front doors define, by its name below `moked.web`."""
    for module in pkgutil.walk_packages(moked.web.__path__, "moked.web."):
        if "management" in module.name:
            continue
        for name, found in vars(importlib.import_module(module.name)).items():
            if (
                isinstance(found, type)
                and issubclass(found, forms.BaseForm)
                and found.__module__ == module.name
            ):
                yield f"{module.name.removeprefix('moked.web.')}.{name}", found


CLASSES = dict(form_classes())


def text_fields(route: str) -> list[str]:
    """Return the names of the text fields of the forms that are sent to a route."""
    return [
        name
        for form, sent_to in SENT_TO.items()
        if route in sent_to
        for name, field in CLASSES[form].base_fields.items()  # type: ignore[attr-defined]
        if isinstance(field, TextField | forms.CharField)
    ]


WITH_TEXT = sorted({route for sent_to in SENT_TO.values() for route in sent_to if text_fields(route)})
SECRET_TEXT = {"password", "oldpassword", "password1", "password2", "client_secret", "refresh_token"}


@pytest.fixture
def world(db) -> World:
    return make_world()


def test_every_form_is_tried() -> None:
    assert CLASSES.keys() == SENT_TO.keys() | NOT_SENT.keys()
    assert {type(field) for form in CLASSES.values() for field in form.base_fields.values()} <= {  # type: ignore[attr-defined]
        *(found for found in all_kinds(TextField)),
        *(found for found in all_kinds(forms.CharField)),
        *(found for found in all_kinds(forms.ChoiceField)),
        *(found for found in all_kinds(forms.BooleanField)),
        CoordinateField,
        SourceField,
        DayField,
        SubmissionField,
    }, "a field of a new kind: is it text?"


def all_kinds(kind: type) -> Iterator[type]:
    yield kind
    for below in kind.__subclasses__():
        yield from all_kinds(below)


def test_every_route_that_takes_text_has_some_to_try() -> None:
    assert {"portal:report", "portal:track", "portal:survey", "desk:new", "desk:reply"} <= set(WITH_TEXT)
    assert {name for route in WITH_TEXT for name in text_fields(route)} >= {
        "matter",
        "words",
        "name",
        "email",
        "body",
    }


def post(
    world: World, route: str, actor: str, aim: Aim, form: dict[str, Any] | str, **options: Any
) -> tuple[int, dict[str, list[tuple[Any, ...]]]]:
    """Send a form; return the status and the new or changed rows of each table it wrote to, and undo it."""
    with undone():
        with writes() as tables:
            path = address(aim.town, route, **aim.params)
            response = send(world, actor, "post", path, data=form, **options)
        return response.status_code, {
            model._meta.label: list(model._default_manager.values_list())
            for model in apps.get_models()
            if model._meta.db_table in tables
        }


def texts(found: dict[str, list[tuple[Any, ...]]]) -> Iterator[tuple[str, str]]:
    """Yield every text in the rows, with its column's name."""
    for label, some in found.items():
        fields = apps.get_model(label)._meta.concrete_fields
        for row in some:
            for field, value in zip(fields, row, strict=True):
                if isinstance(value, str) and isinstance(field, models.CharField | models.TextField):
                    yield field.attname, value
                if isinstance(value, dict):
                    yield from ((name, text) for name, text in value.items() if isinstance(text, str))


@pytest.mark.parametrize("route", WITH_TEXT)
def test_odd_text_is_refused_or_kept_clean(route: str, world: World) -> None:
    actor, aim = aim_of(route, world)
    browser(world, actor)
    form = ROUTES[route].form(world)
    for name in text_fields(route):
        for odd in ODD:
            said = f"{form.get(name) or 'text'} {odd}"
            status, after = post(world, route, actor, aim, form | {name: said})
            assert status in {200, 302, 303}, (name, odd)
            assert status != ASKS_AGAIN or after == {}, (name, odd)
            for column, text in texts(after):
                where = (name, odd, column, text)
                kinds = {unicodedata.category(char) for char in text if char not in "\n\t"}
                assert not kinds & UNSEEN, where
                assert not set(text) & {"\ufffe", "\uffff"}, where
                assert column not in ONE_LINE or not set(text) & set(BIDI), where
                assert all(_balanced(line) == line for line in text.split("\n")), where


def test_odd_answers_to_questions_are_refused_or_kept_clean(world: World) -> None:
    """The fields of a service's questions stand in no class; each kind of question is tried here."""
    option = (Option("one", {"en": "One"}),)
    questions = tuple(
        Question(kind.lower(), kind, {"en": kind}, options=option if kind in WITH_OPTIONS else ())
        for kind in Kind
        if kind not in WITHOUT_ANSWER
    )
    service = make_service(world.town, questions=questions)
    form = ROUTES["portal:report"].form(world) | {"service": service.slug}
    aim = Aim(world.town, {})
    for question in questions:
        for odd in [*ODD, "\x00", "x" * 5_001]:
            said = form | {f"{PREFIX}-{question.code}": f"1 {odd}"}
            status, after = post(world, "portal:report", "anonymous", aim, said)
            is_kept = question.kind in {Kind.TEXT, Kind.LONG_TEXT} and odd in ODD
            assert (status == 303) is is_kept, (question, odd)
            assert is_kept or after == {}, (question, odd)
            for text in answers_in(after):
                assert not {unicodedata.category(char) for char in text if char not in "\n\t"} & UNSEEN, odd
                assert all(_balanced(line) == line for line in text.split("\n")), (question, odd)
                assert question.kind == Kind.LONG_TEXT or not set(text) & {*BIDI, "\n"}, odd


def answers_in(found: dict[str, list[tuple[Any, ...]]]) -> Iterator[str]:
    """Yield the answers in words among the rows, at least one if there is a case."""
    column = [field.attname for field in Answer._meta.concrete_fields].index("value")
    answers = [row[column] for row in found.get(Answer._meta.label, ())]
    assert bool(answers) is bool(found)
    yield from answers


def test_controls_of_the_second_set_are_not_kept(world: World) -> None:
    actor, aim = aim_of("portal:report", world)
    form = ROUTES["portal:report"].form(world)
    controls = "".join(map(chr, range(0x80, 0xA0)))
    _, after = post(
        world, "portal:report", actor, aim, form | {"matter": f"one{controls}two", "name": f"a{controls}b"}
    )
    assert not [text for _, text in texts(after) if set(text) & set(controls)]


@pytest.mark.parametrize("route", WITH_TEXT)
def test_nul_is_refused(route: str, world: World) -> None:
    actor, aim = aim_of(route, world)
    browser(world, actor)
    form = ROUTES[route].form(world)
    for name in text_fields(route):
        for said in ("\x00", f"{form.get(name) or 'text'}\x00", f"\x00{form.get(name) or 'text'}"):
            assert post(world, route, actor, aim, form | {name: said}) == (ASKS_AGAIN, {}), (name, said)


@pytest.mark.parametrize("route", WITH_TEXT)
def test_bytes_that_are_no_text_do_no_harm(route: str, world: World) -> None:
    """Lone surrogates and broken UTF-8, which only a hand-made request can hold."""
    actor, aim = aim_of(route, world)
    browser(world, actor)
    form = ROUTES[route].form(world)
    for name in text_fields(route):
        for broken in ("%ED%A0%80", "%ff%fe", "%C0%80", "%F5%80%80%80", "%"):
            others = urlencode({key: value for key, value in form.items() if key != name})
            body = f"{others}&{name}={quote_plus(str(form.get(name) or 'text'))}{broken}"
            status, after = post(
                world,
                route,
                actor,
                aim,
                body,
                content_type="application/x-www-form-urlencoded",
            )
            assert status in {200, 302, 303, 400, 429}, (name, broken)
            for _, text in texts(after):
                kinds = {unicodedata.category(char) for char in text if char != "\n"}
                assert not kinds & {"Cs", "Cc"}, (name, broken)


@pytest.mark.parametrize("route", WITH_TEXT)
def test_too_much_text_is_refused_and_as_much_as_fits_is_taken(route: str, world: World) -> None:
    actor, aim = aim_of(route, world)
    browser(world, actor)
    form = ROUTES[route].form(world)
    for name in text_fields(route):
        [most] = {
            field.max_length or longest(field)
            for form_name, sent_to in SENT_TO.items()
            if route in sent_to and (field := CLASSES[form_name].base_fields.get(name))  # type: ignore[attr-defined]
        }
        for length in (most + 1, most * 2, 100_000):
            status, after = post(world, route, actor, aim, form | {name: "x" * length})
            assert (status, after) == (ASKS_AGAIN, {}), (name, length)
        if name not in SECRET_TEXT | ADDRESSES | NUMBERS | {"phone", "login", "official", "from_day"}:
            status, after = post(world, route, actor, aim, form | {name: "x" * most})
            assert status == 303 and any("x" * most in text for _, text in texts(after)), name


def longest(field: forms.Field) -> int:
    return 254 if isinstance(field, forms.EmailField) else 200


def needed_text(route: str) -> set[str]:
    """Return the text fields that must be filled, other than secrets, where a blank is a letter like any."""
    return {
        name
        for form, sent_to in SENT_TO.items()
        if route in sent_to
        for name, field in CLASSES[form].base_fields.items()  # type: ignore[attr-defined]
        if field.required and name in text_fields(route)
    } - SECRET_TEXT


NEEDS_TEXT = [route for route in WITH_TEXT if needed_text(route)]


@pytest.mark.parametrize("route", NEEDS_TEXT)
def test_a_field_that_must_be_filled_takes_no_blanks(route: str, world: World) -> None:
    actor, aim = aim_of(route, world)
    browser(world, actor)
    form = ROUTES[route].form(world)
    for name in needed_text(route):
        for said in BLANK:
            assert post(world, route, actor, aim, form | {name: said}) == (ASKS_AGAIN, {}), repr(said)
        without = {key: value for key, value in form.items() if key != name}
        assert post(world, route, actor, aim, without) == (ASKS_AGAIN, {}), name


@pytest.mark.parametrize("route", [route for route in NEEDS_TEXT if ROUTES[route].writes])
def test_words_nobody_can_see_are_no_words(route: str, world: World) -> None:
    actor, aim = aim_of(route, world)
    browser(world, actor)
    form = ROUTES[route].form(world)
    for name in needed_text(route):
        for said in INVISIBLE:
            assert post(world, route, actor, aim, form | {name: said}) == (ASKS_AGAIN, {}), repr(said)


@pytest.mark.parametrize("route", ["portal:report", "desk:new", "portal:track"])
def test_more_than_a_request_may_hold_is_refused_early(route: str, world: World) -> None:
    actor, aim = aim_of(route, world)
    browser(world, actor)
    form = ROUTES[route].form(world)
    assert post(world, route, actor, aim, form | {"matter": "x" * 2_000_000}) == (400, {})
    assert post(world, route, actor, aim, form | {f"field{turn}": "x" for turn in range(300)}) == (400, {})


ODD_LETTERS = ["\x00", "\u202e", "\x1b", "\n", "🤷", "\u0660", "'", "\\"]
NAMES = (
    "q",
    "view",
    "service",
    "after",
    "show",
    "shown",
    "saved",
    "phone",
    "from",
    "to",
    "format",
    "next",
    "language",
    "page",
)
ODD_ANSWERS = [
    *ODD_LETTERS,
    "-1",
    "1e400-1",
    "nan-1",
    "1-99999999999999999999",
    "9" * 400,
    "2026-13",
    "0000-00",
]


@pytest.mark.parametrize("actor", ["anonymous", "agent"])
def test_odd_text_in_an_address_is_a_page_that_does_not_exist(actor: str, world: World) -> None:
    browser(world, actor)
    odd = {
        "number": [*ODD_LETTERS, *(f"26-000001-{char}" for char in ODD_LETTERS), "9" * 400],
        "secret": [*ODD_LETTERS, *(f"aaaaaaaaaa.{char}" for char in ODD_LETTERS), "9" * 400],
        "name": ODD_LETTERS,
        "uidb36": ODD_LETTERS,
        "key": ODD_LETTERS,
        "reference": ODD_LETTERS,
    }
    with writes() as found:
        for route, entry in ROUTES.items():
            for param, texts in odd.items():
                if param not in (entry.missing or {}):
                    continue
                for text in texts:
                    path = address(world.town, route, **{**(entry.missing or {}), param: "PLACE"})
                    path = path.replace("PLACE", quote(text, safe=""))
                    response = send(world, actor, "get" if entry.get else "post", path)
                    says_so = route == "account_reset_password_from_key" and response.status_code == 200
                    assert says_so or response.status_code in {302, 404}, (route, text)
    assert found == set()


@pytest.mark.parametrize("actor", ["agent", "administrator"])
def test_odd_text_in_a_question_is_answered_as_if_it_were_not_there(actor: str, world: World) -> None:
    browser(world, actor)
    for route, entry in ROUTES.items():
        if not entry.get or (entry.missing and route != "desk:case"):
            continue
        aim = next(iter(entry.aims(world).values()))
        path = address(aim.town, route, **aim.params)
        for text in ODD_ANSWERS:
            response = send(world, actor, "get", path, data=dict.fromkeys(NAMES, text))
            assert response.status_code in {200, 302, 404}, (route, text)


def test_a_new_password_behind_a_reset_link_takes_no_odd_text(db: None) -> None:
    fields = NewPasswordForm.base_fields
    assert set(fields) == {"password1", "password2"}
    for said in ("\x00" * 12, "long-enough-\x00-word", "x" * 201, "", " "):
        form = NewPasswordForm({"password1": said, "password2": said}, user=None, temp_key=None)
        assert not form.is_valid(), repr(said)
