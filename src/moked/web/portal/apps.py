from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "moked.web.portal"
    label = "web_portal"
