"""Whether the installation works, for whoever watches it by machine."""

import structlog
from django.db import Error, connection
from django.http import HttpRequest, JsonResponse

from moked.events.queries import is_worker_late
from moked.web.ui.access import PUBLIC, access

log = structlog.get_logger("moked.health")


@access(PUBLIC, in_town=False)
def health(request: HttpRequest) -> JsonResponse:
    """Answer 200 while the database answers, else 503; a worker that is late is told, but is no outage."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        worker = "late" if is_worker_late() else "ok"
    except Error as error:
        log.error("database_unusable", reason=type(error).__name__)
        return JsonResponse({"status": "failing", "database": "failing", "worker": "unknown"}, status=503)
    return JsonResponse({"status": "ok", "database": "ok", "worker": worker})
