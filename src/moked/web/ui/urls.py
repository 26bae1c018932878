"""Addresses of what all pages share."""

from django.conf import settings
from django.urls import path

from moked.web.ui import brand, places, views

app_name = "ui"
urlpatterns = [
    path("language/", views.language, name="language"),
    path("keys/", views.keys, name="keys"),
    path("brand-<slug:version>.css", brand.stylesheet, name="brand"),
    path("map/", places.map_data, name="map_data"),
    path("addresses/", places.addresses, name="addresses"),
    path("addresses/nearest/", places.nearest, name="nearest_address"),
    path("appearance/", views.appearance, name="appearance"),
]
if settings.DEMO:
    urlpatterns += [
        path("gallery/", views.gallery, name="gallery"),
        path("gallery/marks/", views.gallery_marks, name="gallery_marks"),
        path("gallery/options/", views.gallery_options, name="gallery_options"),
        path("gallery/photo/", views.gallery_photo, name="gallery_photo"),
    ]
