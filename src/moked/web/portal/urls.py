"""Addresses of the pages for residents."""

from django.urls import path

from moked.web.portal import views

app_name = "portal"
urlpatterns = [path("", views.start, name="start")]
