from django.apps import AppConfig


class RoutingConfig(AppConfig):
    name = "moked.routing"
