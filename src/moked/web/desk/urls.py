"""Addresses of the desk."""

from django.urls import include, path

from moked.web.desk import call, case, queue, resident

app_name = "desk"
urlpatterns = [
    path("", queue.queue, name="queue"),
    path("new/", call.new, name="new"),
    path("new/callers/", call.callers, name="new_callers"),
    path("new/services/", call.services, name="new_services"),
    path("new/questions/", call.questions, name="new_questions"),
    path("new/beside/", call.beside, name="new_beside"),
    path("settings/", include("moked.web.desk.settings.urls")),
    path("residents/<slug:reference>/", resident.resident, name="resident"),
    path("residents/<slug:reference>/contacts/", resident.show_contacts, name="resident_contacts"),
    path("cases/<str:number>/", case.case, name="case"),
    path("cases/<str:number>/reply/", case.reply, name="reply"),
    path("cases/<str:number>/note/", case.note, name="note"),
    path("cases/<str:number>/assign/", case.assign, name="assign"),
    path("cases/<str:number>/state/", case.move, name="move"),
    path("cases/<str:number>/close/", case.close, name="close"),
    path("cases/<str:number>/review/answer/", case.answer_review, name="answer_review"),
    path("cases/<str:number>/review/reopen/", case.reopen, name="reopen"),
]
