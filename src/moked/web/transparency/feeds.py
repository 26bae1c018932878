"""News of the figures as RSS: one entry for each month that has ended."""

from datetime import UTC, datetime

from django.http import HttpResponse
from django.utils.feedgenerator import Rss201rev2Feed
from django.utils.translation import gettext as _

from moked.insights import published
from moked.web.transparency.views import today_in
from moked.web.ui.access import PUBLIC, access
from moked.web.ui.requests import TownRequest
from moked.web.ui.templatetags.numbers import number, percent
from moked.web.ui.templatetags.ui import month as month_words
from moked.web.ui.views import public_address


@access(PUBLIC)
def months(request: TownRequest) -> HttpResponse:
    """Tell of the last twelve months that have ended, the newest first."""
    today = today_in(request)
    town = request.municipality.name_in(request.LANGUAGE_CODE)
    page = public_address(request, "transparency:figures")
    feed = Rss201rev2Feed(
        title=_("Public figures of %(town)s") % {"town": town},
        link=page,
        description=_("How many reports came in, how many were finished, and how many of those in time."),
        language=request.LANGUAGE_CODE,
        feed_url=public_address(request, "transparency:months_feed"),
    )
    ended = [
        one
        for one in published.published_months(request.municipality.pk, today)
        if one < today.replace(day=1)
    ]
    if ended:
        found = published.figures(request.municipality.pk, ended[-1], ended[-1], today)
        for row in reversed(found.months[-12:]):
            link = f"{page}?from={row.month:%Y-%m}&to={row.month:%Y-%m}"
            feed.add_item(
                title=month_words(row.month),
                link=link,
                description=_told(row),
                unique_id=link,
                pubdate=_day_after(row, request),
            )
    response = HttpResponse(content_type="application/rss+xml; charset=utf-8")
    feed.write(response, "utf-8")
    return response


def _told(row: published.MonthRow) -> str:
    said = {
        "received": number(row.measures.received or 0),
        "closed": number(row.measures.closed or 0),
        "share": percent(row.measures.in_time or 0),
    }
    if row.measures.in_time is None:
        return _("Reports received: %(received)s. Finished: %(closed)s.") % said
    return _("Reports received: %(received)s. Finished: %(closed)s; in the promised time: %(share)s.") % said


def _day_after(row: published.MonthRow, request: TownRequest) -> datetime:
    year, month = row.month.year + row.month.month // 12, row.month.month % 12 + 1
    return datetime(year, month, 1, tzinfo=request.municipality.zone).astimezone(UTC)
