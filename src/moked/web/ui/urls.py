"""Addresses of what all pages share."""

from django.conf import settings
from django.urls import path

from moked.web.ui import views

app_name = "ui"
urlpatterns = [
    path("language/", views.language, name="language"),
    path("appearance/", views.appearance, name="appearance"),
]
if settings.DEMO:
    urlpatterns.append(path("gallery/", views.gallery, name="gallery"))
