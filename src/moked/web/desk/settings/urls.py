"""Addresses of the settings, part of the desk's."""

from django.urls import path

from moked.web.desk.settings import (
    brand,
    calendars,
    departments,
    frame,
    history,
    maps,
    notices,
    people,
    questions,
    replies,
    routing,
    services,
)

urlpatterns = [
    path("", frame.overview, name="settings"),
    path("services/", services.services, name="settings_services"),
    path("services/new/", services.new_service, name="settings_new_service"),
    path("services/<slug:slug>/", services.service, name="settings_service"),
    path("services/<slug:slug>/questions/<slug:code>/", questions.question, name="settings_question"),
    path("routing/", routing.routing, name="settings_routing"),
    path("map/", maps.town_map, name="settings_map"),
    path("replies/", replies.reply_templates, name="settings_replies"),
    path("replies/new/", replies.new_reply_template, name="settings_new_reply"),
    path("replies/<slug:code>/", replies.reply_template, name="settings_reply"),
    path("brand/", brand.brand, name="settings_brand"),
    path("calendars/", calendars.calendars, name="settings_calendars"),
    path("calendars/new/", calendars.new_calendar, name="settings_new_calendar"),
    path("calendars/<slug:code>/", calendars.calendar, name="settings_calendar"),
    path("notices/", notices.notices, name="settings_notices"),
    path("notices/<slug:kind>/<slug:language>/", notices.notice, name="settings_notice"),
    path("departments/", departments.departments, name="settings_departments"),
    path("departments/new/", departments.new_department, name="settings_new_department"),
    path("departments/<slug:code>/", departments.department, name="settings_department"),
    path("people/", people.people, name="settings_people"),
    path("people/new/", people.new_person, name="settings_new_person"),
    path("people/<int:user_id>/", people.person, name="settings_person"),
    path("history/<slug:kind>/<slug:name>/", history.history, name="settings_history"),
]
