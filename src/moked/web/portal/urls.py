"""Addresses of the pages for residents."""

from django.urls import path

from moked.web.portal import (
    following,
    guides,
    handovers,
    notices,
    photos,
    pictures,
    reporting,
    start,
    survey,
    tracking,
)

app_name = "portal"
urlpatterns = [
    path("", start.start, name="start"),
    path("guides/", guides.guides, name="guides"),
    path("guides/<slug:slug>/", guides.guide, name="guide"),
    path("report/", reporting.report, name="report"),
    path("report/suggest/", reporting.suggest, name="suggest"),
    path("photo/", photos.upload, name="upload_photo"),
    path("photo/<str:token>/", photos.uploaded, name="uploaded_photo"),
    path("report/questions/", reporting.questions, name="questions"),
    path("photos/<str:number>/<int:photo_id>/<str:size>/", pictures.public_photo, name="public_photo"),
    path("joined/<str:secret>/", following.joined, name="joined"),
    path("follow/<str:secret>/", following.follow, name="follow"),
    path("track/<str:secret>/photos/<int:photo_id>/<str:size>/", pictures.own_photo, name="own_photo"),
    path("done/<str:secret>/", tracking.done, name="done"),
    path("track/<str:secret>/", tracking.track, name="track"),
    path("notices/<str:secret>/", notices.notices, name="notices"),
    path("survey/<str:secret>/", survey.survey, name="survey"),
    path("handed/<str:secret>/", handovers.hand_over, name="hand_over"),
    path(
        "handed/<str:secret>/photos/<int:photo_id>/<str:size>/", handovers.handed_photo, name="handed_photo"
    ),
]
