from django.apps import AppConfig


class TransparencyConfig(AppConfig):
    name = "moked.web.transparency"
    label = "web_transparency"
