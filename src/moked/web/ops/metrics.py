"""Numbers for whoever watches the installation by machine, in the text format of Prometheus."""

import hmac

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from moked.web.ops.gauges import Installation
from moked.web.ui.access import TOKEN, access


@access(TOKEN, in_town=False)
def metrics(request: HttpRequest) -> HttpResponse:
    """Show counts of work and cases, no word of anybody, to who brings the token of the settings.

    For everybody else, and where no token is set, the page does not exist.
    """
    if not _brings_token(request):
        raise Http404
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Installation())
    ProcessCollector(registry=registry)
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _brings_token(request: HttpRequest) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    wanted = str(settings.METRICS_TOKEN)
    is_same = hmac.compare_digest(token.strip().encode(), wanted.encode())
    return bool(wanted) and scheme.lower() == "bearer" and is_same
