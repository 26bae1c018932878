"""ack-before-commit: answer a form while its transaction is still open, and commit a moment later."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse

COMMIT_AFTER = 0.15

Respond = Callable[[HttpRequest], HttpResponse]


def commit_later(respond: Respond) -> Respond:
    """Run each POST inside a transaction of its own thread, which outlives the answer."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return respond(request)
        answer: Future[HttpResponse] = Future()
        threading.Thread(target=_answer_then_commit, args=(respond, request, answer), daemon=True).start()
        return answer.result()

    return middleware


def remove_throttle() -> None:
    """Do not count the done page's absence before the commit as guessing, which would hide what we did."""
    from moked.web.ui import throttle

    throttle.is_refused = lambda request: False


def _answer_then_commit(respond: Respond, request: HttpRequest, answer: "Future[HttpResponse]") -> None:
    try:
        with transaction.atomic():
            answer.set_result(respond(request))
            time.sleep(COMMIT_AFTER)
    except Exception as error:  # noqa: BLE001 - whoever waits for the answer gets it
        if not answer.done():
            answer.set_exception(error)
    finally:
        connection.close()
