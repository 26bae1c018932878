"""How an export calls its columns and codes: as the pages do."""

from django.conf import settings
from django.utils.translation import pgettext_lazy

from moked.exchange.exports.rules import Column
from moked.exchange.exports.words import Words
from moked.web.ui.labels import CHANNELS, KINDS, OUTCOMES, STATES

HEADERS = {
    Column.NUMBER: pgettext_lazy("column", "Number"),
    Column.TITLE: pgettext_lazy("column", "Matter"),
    Column.KIND: pgettext_lazy("column", "Kind"),
    Column.SERVICE: pgettext_lazy("column", "Service"),
    Column.DEPARTMENT: pgettext_lazy("column", "Department"),
    Column.STATE: pgettext_lazy("column", "State"),
    Column.OUTCOME: pgettext_lazy("column", "Outcome"),
    Column.CHANNEL: pgettext_lazy("column", "Channel"),
    Column.LANGUAGE: pgettext_lazy("column", "Language"),
    Column.OPENED: pgettext_lazy("column", "Opened"),
    Column.FIRST_ANSWER: pgettext_lazy("column", "First answer"),
    Column.PROMISED: pgettext_lazy("column", "Promised for"),
    Column.CLOSED: pgettext_lazy("column", "Closed"),
    Column.ADDRESS: pgettext_lazy("column", "Address"),
    Column.DISTRICT: pgettext_lazy("column", "District"),
    Column.LABELS: pgettext_lazy("column", "Labels"),
    Column.LATITUDE: pgettext_lazy("column", "Latitude"),
    Column.LONGITUDE: pgettext_lazy("column", "Longitude"),
    Column.NAME: pgettext_lazy("column", "Reporter"),
    Column.PHONE: pgettext_lazy("column", "Phone"),
    Column.EMAIL: pgettext_lazy("column", "E-mail"),
}
WORDS = Words(
    headers=HEADERS,
    codes={
        Column.KIND: KINDS,
        Column.STATE: STATES,
        Column.OUTCOME: OUTCOMES,
        Column.CHANNEL: CHANNELS,
        Column.LANGUAGE: dict(settings.LANGUAGES),
    },
    sheet=pgettext_lazy("sheet", "Cases"),
)
