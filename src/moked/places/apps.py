from django.apps import AppConfig


class PlacesConfig(AppConfig):
    name = "moked.places"
