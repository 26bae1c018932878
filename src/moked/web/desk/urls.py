"""Addresses of the desk."""

from django.urls import include, path

from moked.web.desk import case, queue, report

app_name = "desk"
urlpatterns = [
    path("", queue.queue, name="queue"),
    path("new/", report.new, name="new"),
    path("settings/", include("moked.web.desk.settings.urls")),
    path("cases/<str:number>/", case.case, name="case"),
    path("cases/<str:number>/reply/", case.reply, name="reply"),
    path("cases/<str:number>/note/", case.note, name="note"),
    path("cases/<str:number>/assign/", case.assign, name="assign"),
    path("cases/<str:number>/state/", case.move, name="move"),
    path("cases/<str:number>/close/", case.close, name="close"),
    path("cases/<str:number>/review/answer/", case.answer_review, name="answer_review"),
    path("cases/<str:number>/review/reopen/", case.reopen, name="reopen"),
]
