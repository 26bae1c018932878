from django.apps import AppConfig


class SurveysConfig(AppConfig):
    name = "moked.surveys"
