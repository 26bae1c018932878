"""A report taken down for a resident: one page in the order of the conversation, and the next one is ready.

The parts that fill in while one types are asked for by POST, so that nothing about a caller stands in an
address. The button pressed, `step`, says what to do: look (fill in what can be known), save, answer (save and
close with the answer), or join-NUMBER (it belongs to that case).
"""

from datetime import UTC, datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from moked.accounts.rules import WORKS_ON_CASES
from moked.cases.models import Case
from moked.cases.operations import UnableToChangeCase, UnableToOpenCase
from moked.cases.queries import NoSuchCase, case_by_number
from moked.cases.rules import Outcome
from moked.intake import operations as intake
from moked.web.desk import refusals, saved
from moked.web.desk.call_draft import Call, Step
from moked.web.desk.call_form import CallForm
from moked.web.ui.access import access
from moked.web.ui.questions import QuestionsForm
from moked.web.ui.requests import TownRequest
from moked.web.ui.views import see_other


@access(*WORKS_ON_CASES, methods=("GET", "POST"))
def new(request: TownRequest) -> HttpResponse:
    """Take a report down, and say its number and its promise."""
    call = Call(request)
    if request.method != "POST" or call.step == Step.LOOK:
        return _show(call, call.form(), call.questions())
    form = call.form(is_sent=True)
    questions = call.questions(is_sent=call.step != Step.JOIN)
    are_answered = call.step == Step.JOIN or questions is None or questions.is_valid()
    if form.is_valid() and are_answered and (case := _done(call, form, questions)):
        what = saved.sign(case, call.step, has_email=bool(call.details_from(form).email))
        return see_other(f"{reverse('desk:new')}?saved={what}")
    return _show(call, form, questions)


@access(*WORKS_ON_CASES, methods=("POST",))
def callers(request: TownRequest) -> HttpResponse:
    """Return who may be calling, as a part of the page."""
    call = Call(request)
    return render(request, "desk/new_callers.html", {"form": call.form(), "call": call})


@access(*WORKS_ON_CASES, methods=("POST",))
def services(request: TownRequest) -> HttpResponse:
    """Return the services, those first that the words so far may be about, as a part of the page."""
    return render(request, "desk/new_services.html", {"form": Call(request).form()})


@access(*WORKS_ON_CASES, methods=("POST",))
def questions(request: TownRequest) -> HttpResponse:
    """Return what the chosen service asks, as a part of the page."""
    return render(request, "desk/new_questions.html", {"questions": Call(request).questions()})


@access(*WORKS_ON_CASES, methods=("POST",))
def beside(request: TownRequest) -> HttpResponse:
    """Return what is known of the caller, the place and the service, as a part of the page."""
    call = Call(request)
    return render(request, "desk/new_beside.html", {"beside": call.beside(datetime.now(UTC))})


def _done(call: Call, form: CallForm, questions: QuestionsForm | None) -> Case | None:
    """Do what the button says; when that is refused, add the reason to the form."""
    try:
        if call.step == Step.JOIN:
            return _join(call, form)
        return _open(call, form, questions)
    except UnableToOpenCase as refusal:
        form.add_error(None, refusals.OPENINGS[refusal.code])
    except UnableToChangeCase as refusal:
        words = refusals.JOININGS if call.step == Step.JOIN else refusals.ANSWERS
        form.add_error(None, words.get(refusal.code) or refusals.CHANGES[refusal.code])
    except NoSuchCase:
        form.add_error(None, refusals.JOININGS["NOT_FOUND"])
    return None


def _open(call: Call, form: CallForm, questions: QuestionsForm | None) -> Case:
    now, report = datetime.now(UTC), call.report_from(form, questions)
    if call.step == Step.ANSWER:
        return intake.answer_at_once(
            outcome=Outcome.ANSWERED,
            message=form.cleaned_data["answer"],
            by=call.actor,
            now=now,
            submission=form.cleaned_data["submission"],
            **report,
        )
    return intake.report(by=call.actor, now=now, submission=form.cleaned_data["submission"], **report)


def _join(call: Call, form: CallForm) -> Case:
    case = case_by_number(call.actor, call.joins)
    said = form.cleaned_data
    intake.join(
        case_id=case.pk,
        matter=said["matter"],
        channel=said["channel"],
        language=call.language_from(form),
        details=call.details_from(form),
        caller=call.caller.resident if call.caller else None,
        is_somebody_else=call.is_somebody_else(form),
        by=call.actor,
        now=datetime.now(UTC),
        submission=said["submission"],
    )
    return case


def _show(call: Call, form: CallForm, questions: QuestionsForm | None) -> HttpResponse:
    context = {
        "place": "new",
        "form": form,
        "call": call,
        "has_services": bool(call.services),
        "questions": questions,
        "failed": bool(questions and questions.errors),
        "beside": call.beside(datetime.now(UTC)),
        "saved": saved.read(call.request.GET.get("saved", "")),
    }
    return render(call.request, "desk/new.html", context)
