"""Count the queries of pages: python -m benchmarks.inside.query_counts FACTS"""

from benchmarks.inside import start  # isort: skip

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import connection
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from benchmarks import addresses
from moked.accounts.models import User
from moked.web.ui.middleware import remember_seen


def main() -> None:
    """Tell the number of queries by page."""
    facts = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    start.tell({name: count(client, facts, path) for name, client, path in pages(facts)})


def pages(facts: dict[str, Any]) -> Iterator[tuple[str, Client, str]]:
    """Yield pages that look alike in a small town and a large one."""
    agent, worker = (client_of(facts["logins"][role]) for role in ("AGENT", "DEPARTMENT_WORKER"))
    resident = Client(headers={"host": "localhost"})
    still_open, closed = facts["worked"][:2]
    for path in (addresses.QUEUE, *addresses.QUEUE_VIEWS):
        yield f"{path}, agent", agent, path
    yield f"{addresses.QUEUE}, department", worker, addresses.QUEUE
    yield "open case, agent", agent, addresses.case(still_open)
    yield "closed case, agent", agent, addresses.case(closed)
    yield "open case, department", worker, addresses.case(still_open)
    yield "tracking page, open", resident, addresses.tracking(still_open)
    yield "tracking page, closed", resident, addresses.tracking(closed)


def client_of(email: str) -> Client:
    """Return a client signed in, with the cookie that says when it was last seen."""
    client = Client(headers={"host": "localhost"})
    client.force_login(User.objects.get(email=email))
    request, response = RequestFactory().get("/"), HttpResponse()
    request.session = client.session
    remember_seen(request, response)
    client.cookies.update(response.cookies)
    return client


def count(client: Client, facts: dict[str, Any], path: str) -> int:
    """Return how many queries the second request for a page makes; the first may fill caches."""
    address = addresses.of_town(facts, path)
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        response = client.get(address)
    assert response.status_code == 200, (address, response.status_code)
    return len(captured)


if __name__ == "__main__":
    main()
