"""Addresses of the public figures."""

from django.urls import path

from moked.web.transparency import feeds, open_data, views

app_name = "transparency"
urlpatterns = [
    path("", views.figures, name="figures"),
    path("months.xml", feeds.months, name="months_feed"),
    path("cases/<str:month>.csv", open_data.cases_csv, name="cases_csv"),
    path("cases/<str:month>.geojson", open_data.cases_geojson, name="cases_geojson"),
]
