"""Who may open a page. Every view says so with `@access`; one that does not fails a test.

`Town.actor` on the request is who is signed in here. A page refused to a person looks exactly as if it did
not exist; somebody not signed in is sent to sign in, whether the page exists or not.
"""

import functools
from collections.abc import Callable, Iterable
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect

from moked.accounts.rules import Role
from moked.web.ui.requests import TownRequest
from moked.web.ui.sign_in_proofs import lacks_second_factor

View = Callable[..., Any]

PUBLIC = "public"
LINK = "link"
TOKEN = "token"  # noqa: S105 - the word for it
STAFF = "staff"


def access(
    *who: str | Role,
    methods: Iterable[str] = ("GET",),
    in_town: bool = True,
    before_second_factor: bool = False,
) -> Callable[[View], View]:
    """Declare who may open a view and with which methods; GET brings HEAD.

    `who` is PUBLIC, LINK (the address itself holds a secret the view must check), TOKEN (a header holds it),
    STAFF (any member of this municipality) or roles. `in_town=False` marks pages outside any municipality,
    such as `/health`; `before_second_factor=True` those that an administrator needs in order to set up a
    second factor: from all others they are led there.
    """
    allowed = tuple(methods) + (("HEAD",) if "GET" in methods else ())

    def declare(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: TownRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method not in allowed:
                return HttpResponseNotAllowed(allowed)
            if in_town and request.municipality is None:
                raise Http404
            if not {PUBLIC, LINK, TOKEN} & set(who):
                if not request.user.is_authenticated:
                    return redirect_to_login(request.get_full_path())
                actor = request.actor
                # A lazy None is not None, but it is false.
                if not actor or not (STAFF in who or actor.roles & set(who)):
                    raise Http404
                if not before_second_factor and lacks_second_factor(request):
                    return redirect("account_safety")
            response: HttpResponse = view(request, *args, **kwargs)
            return response

        guarded.access = {"who": [str(one) for one in who], "methods": list(allowed)}  # type: ignore[attr-defined]
        return guarded

    return declare
