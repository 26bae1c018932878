from django.apps import AppConfig


class OpsConfig(AppConfig):
    name = "moked.web.ops"
    label = "web_ops"
