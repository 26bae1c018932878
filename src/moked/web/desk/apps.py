from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "moked.web.desk"
    label = "web_desk"
