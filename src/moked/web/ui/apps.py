from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "moked.web.ui"
    label = "web_ui"
