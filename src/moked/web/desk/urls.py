"""Addresses of the desk."""

from django.urls import include, path

from moked.web.desk import call, case, changes, crew, exports, photos, queue, resident, search

app_name = "desk"
urlpatterns = [
    path("", queue.queue, name="queue"),
    path("search/", search.search, name="search"),
    path("new/", call.new, name="new"),
    path("new/callers/", call.callers, name="new_callers"),
    path("new/services/", call.services, name="new_services"),
    path("new/questions/", call.questions, name="new_questions"),
    path("new/beside/", call.beside, name="new_beside"),
    path("crew/", crew.crew, name="crew"),
    path("crew/marks/", crew.crew_marks, name="crew_marks"),
    path("crew/<str:number>/", crew.crew_case, name="crew_case"),
    path("crew/<str:number>/start/", crew.crew_start, name="crew_start"),
    path("crew/<str:number>/note/", crew.crew_note, name="crew_note"),
    path("crew/<str:number>/done/", crew.crew_done, name="crew_done"),
    path("exports/", exports.exports, name="exports"),
    path("exports/<slug:key>/", exports.export_file, name="export_file"),
    path("settings/", include("moked.web.desk.settings.urls")),
    path("residents/<slug:reference>/", resident.resident, name="resident"),
    path("residents/<slug:reference>/contacts/", resident.show_contacts, name="resident_contacts"),
    path("cases/<str:number>/", case.case, name="case"),
    path("cases/<str:number>/reply/", case.reply, name="reply"),
    path("cases/<str:number>/note/", case.note, name="note"),
    path("cases/<str:number>/assign/", case.assign, name="assign"),
    path("cases/<str:number>/state/", case.move, name="move"),
    path("cases/<str:number>/close/", case.close, name="close"),
    path("cases/<str:number>/photos/<int:photo_id>/<str:size>/", photos.photo, name="photo"),
    path("cases/<str:number>/photos/<int:photo_id>/", changes.show_photo, name="show_photo"),
    path("cases/<str:number>/service/", changes.service, name="change_service"),
    path("cases/<str:number>/place/", changes.place, name="change_place"),
    path("cases/<str:number>/schedule/", changes.schedule, name="schedule"),
    path("cases/<str:number>/merge/", changes.merge, name="merge"),
    path("cases/<str:number>/unmerge/", changes.unmerge, name="unmerge"),
    path("cases/<str:number>/link/", changes.link, name="link"),
    path("cases/<str:number>/unlink/", changes.unlink, name="unlink"),
    path("cases/<str:number>/split/", changes.split, name="split"),
    path("cases/<str:number>/public/", changes.public_words, name="public_words"),
    path("cases/<str:number>/hide/", changes.hide, name="hide"),
    path("cases/<str:number>/check/confirm/", changes.confirm_check, name="confirm_check"),
    path("cases/<str:number>/check/back/", changes.send_back, name="send_back"),
    path("cases/<str:number>/review/answer/", case.answer_review, name="answer_review"),
    path("cases/<str:number>/review/reopen/", case.reopen, name="reopen"),
]
