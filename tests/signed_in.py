"""Browsers in which somebody has signed in, without the pages on which one does."""

from allauth.account.internal.flows.login import record_authentication
from django.http import HttpResponse
from django.test import Client, RequestFactory

from moked.accounts.models import User
from moked.web.ui.middleware import remember_seen
from moked.web.ui.sign_in_proofs import FACTOR, PASSWORD


def signed_in(
    user: User, client: Client | None = None, *, proofs: tuple[str, ...] = (PASSWORD, FACTOR)
) -> Client:
    """Return a browser with a session of this person, seen just now, who proved themselves just now."""
    client = client or Client()
    client.force_login(user)
    request = RequestFactory().get("/")
    request.session, request.user = client.session, user
    for proof in proofs:
        record_authentication(request, user, proof)
    request.session.save()
    response = HttpResponse()
    remember_seen(request, response)
    client.cookies.update(response.cookies)
    return client
